//! Turns the façade's plain data into what people and programs read. Decides nothing.
//!
//! Nothing goes out but through [`domain::shown`] and its kin: lines by `line!`, JSON by [`json_text`].

/// Appends one line to a `String`. Whatever the arguments hold, it stays one line, and a terminal obeys none of it.
macro_rules! line {
    ($out:expr, $($arg:tt)*) => { crate::render::push_line(&mut $out, &format!($($arg)*)) };
}

pub(crate) mod agents;
pub(crate) mod evaluation;
pub(crate) mod fleet;
pub(crate) mod graph;
pub(crate) mod hits;
pub(crate) mod impact;
pub(crate) mod json;
pub(crate) mod progress;
pub(crate) mod runs;
pub(crate) mod table;
pub(crate) mod text;

fn push_line(out: &mut String, text: &str) {
    out.push_str(&domain::shown_in_line(text));
    out.push('\n');
}

/// Returns the text of JSON as it may go to a terminal.
pub(crate) fn json_text(value: &serde_json::Value) -> String {
    domain::shown_json(&value.to_string()).into_owned()
}
