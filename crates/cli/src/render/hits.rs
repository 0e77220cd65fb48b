//! Hits as people read them.

use std::fmt::Write;

use app::{Answer, AnswerHit};
use domain::{Reasons, shown_in_line};

/// Longer lines of source are cut.
const SNIPPET_COLUMNS: usize = 120;

/// Writes a line with styles, which are obeyed: what is not ours goes through [`shown_in_line`] before. Writing to a `String` cannot fail.
macro_rules! styled {
    ($out:expr, $($arg:tt)*) => { writeln!($out, $($arg)*).expect("a String takes everything") };
}

/// What of a hit is shown.
pub(crate) struct Shown {
    /// Lines on either side of the one that answers best.
    pub(crate) n_context: usize,
    /// Whether to say what the score is made of.
    pub(crate) explains: bool,
    /// Whether bold and dim text may be used.
    pub(crate) is_styled: bool,
}

pub(crate) fn hits(answer: &Answer, view: &Shown) -> String {
    let (bold, dim, plain) = match view.is_styled {
        true => ("\x1b[1m", "\x1b[2m", "\x1b[0m"),
        false => ("", "", ""),
    };
    let mut out = String::new();
    for found in &answer.hits {
        let AnswerHit { hit, is_stale, .. } = found;
        let repository = match answer.coverages.len() {
            // The one repository would stand in front of every hit.
            1 => String::new(),
            _ => format!("{} ", hit.repository),
        };
        let name = match hit.qualified_name.is_empty() {
            true => String::new(),
            false => format!(" {}", shown_in_line(&hit.qualified_name)),
        };
        let stale = if *is_stale { "  (changed since)" } else { "" };
        styled!(
            out,
            "{repository}{bold}{}:{}{plain}  {}{name}  {dim}{:.3}{plain}{stale}",
            shown_in_line(hit.path.as_str()),
            hit.start_line,
            hit.kind,
            hit.score
        );
        if view.explains {
            styled!(out, "        {dim}{}{plain}", reasons(&hit.reasons));
        }
        let snippet = found.snippet(view.n_context);
        for (number, text) in snippet.lines {
            let strong = if number == snippet.best_line {
                bold
            } else {
                ""
            };
            let line = match view.is_styled {
                true => marked(found, &cut(text), strong),
                false => shown_in_line(&cut(text)).into_owned(),
            };
            styled!(out, "{dim}{number:>6}{plain}  {strong}{line}{plain}");
        }
        styled!(out, "");
    }
    out
}

/// Returns a line in which the words that were asked for are underlined; `style` is that of the rest.
fn marked(found: &AnswerHit, line: &str, style: &str) -> String {
    let mut out = String::new();
    let mut behind = 0;
    for word in found.words_in(line) {
        out.push_str(&shown_in_line(&line[behind..word.start]));
        let text = shown_in_line(&line[word.clone()]);
        out.push_str(&format!("\x1b[4m{text}\x1b[0m{style}"));
        behind = word.end;
    }
    out.push_str(&shown_in_line(&line[behind..]));
    out
}

/// Says what a score is made of, as it is computed.
fn reasons(reasons: &Reasons) -> String {
    let mut text = format!(
        "(words {:.3} + code {:.3} + text {:.3})",
        reasons.words, reasons.code, reasons.text
    );
    let factors = [
        ("name", reasons.name),
        ("kind", reasons.kind),
        ("test", reasons.test),
        ("dependents", reasons.dependents),
    ];
    // Factors of 1 and summands of 0 change nothing.
    for (word, factor) in factors.into_iter().filter(|(_, factor)| *factor != 1.0) {
        text.push_str(&format!(" × {word} {factor:.2}"));
    }
    let extras = [("named", reasons.named), ("exact", reasons.exact)];
    for (word, extra) in extras.into_iter().filter(|(_, extra)| *extra != 0.0) {
        text.push_str(&format!(" + {word} {extra:.2}"));
    }
    text
}

fn cut(text: &str) -> String {
    // Letters, not bytes: a cut inside of a letter would not be text.
    match text.char_indices().nth(SNIPPET_COLUMNS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Says what the answer covers.
pub(crate) fn coverage(answer: &Answer) -> String {
    let mut out = String::new();
    let more = if answer.has_more { ", and more" } else { "" };
    line!(
        out,
        "{}{more}",
        super::text::count(answer.hits.len(), "hit")
    );
    if let Some(matched) = &answer.matched {
        line!(out, "{matched}");
    }
    out.extend(answer.coverages.iter().map(super::graph::coverage));
    let n_stale = answer.hits.iter().filter(|hit| hit.is_stale).count();
    if n_stale > 0 {
        line!(
            out,
            "note: {} in files that changed since: run mnemo index",
            super::text::count(n_stale, "hit")
        );
    }
    if let Some(remark) = &answer.remark {
        line!(out, "note: {remark}");
    }
    out
}
