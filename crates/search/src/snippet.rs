//! Chooses the lines of a hit worth showing. Pure.

use std::collections::HashSet;

use domain::Hit;

use crate::question;

/// Lines of a hit around what answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet<'h> {
    /// Number and text of each line, in order.
    pub lines: Vec<(u32, &'h str)>,
    /// The number of the line that says most of the question.
    pub best_line: u32,
}

/// Returns the line of `hit` that says most of the question and `n_context` lines on either side; the head of the definition where no
/// line says any.
pub fn snippet<'h>(text: &str, hit: &'h Hit, n_context: usize) -> Snippet<'h> {
    let question = question::read(text);
    let said: HashSet<String> = question
        .words
        .iter()
        .flat_map(|word| store::code_words(word))
        .collect();
    let lines: Vec<(u32, &str)> = (hit.start_line..).zip(hit.source.lines()).collect();
    let n_said = |line: &str| {
        let words: HashSet<String> = store::code_words(line).into_iter().collect();
        words.intersection(&said).count()
    };
    let mut best = 0;
    let mut most = 0;
    for (place, (number, line)) in lines.iter().enumerate() {
        let is_named = question
            .places
            .iter()
            .any(|named| named.line == *number && named.is_in(hit.path.as_str()));
        let count = if is_named { usize::MAX } else { n_said(line) };
        if count > most {
            (best, most) = (place, count);
        }
    }
    let n_shown = 2 * n_context + 1;
    let first = best
        .saturating_sub(n_context)
        .min(lines.len().saturating_sub(n_shown));
    Snippet {
        best_line: hit.start_line + best as u32,
        lines: lines.into_iter().skip(first).take(n_shown).collect(),
    }
}
