//! Turns the façade's plain data into what people and programs read. Decides nothing.

pub(crate) mod evaluation;
pub(crate) mod graph;
pub(crate) mod hits;
pub(crate) mod json;
pub(crate) mod progress;
pub(crate) mod text;

use std::borrow::Cow;

/// Returns a text without what a terminal would obey: source code and names of files may hold sequences that move its cursor, change its
/// title or worse. Tabs stay, and so do line ends.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let is_obeyed = |c: char| c.is_control() && !matches!(c, '\t' | '\n');
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| match is_obeyed(c) {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// The same for what has to stay in one line.
pub(crate) fn visible_in_line(text: &str) -> Cow<'_, str> {
    match visible(text) {
        shown if shown.contains('\n') => Cow::Owned(shown.replace('\n', "\\n")),
        shown => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("a\tb\nc é"), "a\tb\nc é");
        assert_eq!(visible("\x1b[31mred\r\x07"), "\\u{1b}[31mred\\r\\u{7}");
        assert_eq!(visible_in_line("a\nb.ts"), "a\\nb.ts");
    }
}
