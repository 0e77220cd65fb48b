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
    /// The numbers of the lines among these that say about as much, in order; none where no line says any.
    pub matching: Vec<u32>,
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
    let is_named = |number: u32| {
        let mut places = question.places.iter();
        places.any(|named| named.line == number && named.fit(hit.path.as_str()) > 0)
    };
    let counts: Vec<usize> = lines
        .iter()
        .map(|(number, line)| match is_named(*number) {
            true => usize::MAX,
            false => n_said(line),
        })
        .collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    let best = counts.iter().position(|count| *count == most).unwrap_or(0);
    let n_shown = 2 * n_context + 1;
    let first = best
        .saturating_sub(n_context)
        .min(lines.len().saturating_sub(n_shown));
    let shown = first..lines.len().min(first.saturating_add(n_shown));
    let says_enough = |place: &usize| most > 0 && counts[*place] > most / 2;
    Snippet {
        best_line: hit.start_line + best as u32,
        matching: shown
            .clone()
            .filter(says_enough)
            .map(|place| lines[place].0)
            .collect(),
        lines: lines[shown].to_vec(),
    }
}
