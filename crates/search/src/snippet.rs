//! Chooses the lines of a hit worth showing. Pure.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use domain::Hit;

use crate::place::Place;
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

/// Finds which lines of a hit answer.
#[derive(Clone, Debug)]
pub enum Marker {
    /// Those that say most of a question.
    Question(Arc<QuestionMarker>),
    /// Those that match a pattern, by their numbers.
    Lines(Vec<u32>),
}

/// What of a question a line can say.
#[derive(Debug)]
pub struct QuestionMarker {
    said: BTreeSet<String>,
    places: Vec<Place>,
}

impl Marker {
    /// Marks what says most of a question.
    pub fn question(text: &str) -> Marker {
        let question = question::read(text);
        let words = question.words.iter();
        Marker::Question(Arc::new(QuestionMarker {
            said: words.flat_map(|word| store::code_words(word)).collect(),
            places: question.places,
        }))
    }

    /// Returns the line of `hit` that answers best and `n_context` lines on either side, the head of the definition where no line does; of
    /// a pattern every line that matches, with the lines around it.
    pub fn snippet<'h>(&self, hit: &'h Hit, n_context: usize) -> Snippet<'h> {
        let lines: Vec<(u32, &str)> = (hit.start_line..).zip(hit.source.lines()).collect();
        match self {
            Marker::Question(marker) => {
                let weights = lines
                    .iter()
                    .map(|(number, line)| marker.weight(hit, *number, line));
                choose(hit, &lines, &weights.collect::<Vec<_>>(), n_context)
            }
            Marker::Lines(numbers) => all_of(hit, &lines, numbers, n_context),
        }
    }

    /// Returns where in a line stand words that a question asks for, as written; of a pattern nothing.
    pub fn words_in(&self, line: &str) -> Vec<Range<usize>> {
        let Marker::Question(marker) = self else {
            return Vec::new();
        };
        let is_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let mut found = Vec::new();
        let mut end = 0;
        while let Some(start) = line[end..].find(is_of_word).map(|start| end + start) {
            let rest = &line[start..];
            end = start
                + rest
                    .find(|letter| !is_of_word(letter))
                    .unwrap_or(rest.len());
            let words = store::code_words(&line[start..end]);
            if words.iter().any(|word| marker.said.contains(word)) {
                found.push(start..end);
            }
        }
        found
    }
}

impl QuestionMarker {
    /// Returns how much a line of a hit says.
    fn weight(&self, hit: &Hit, number: u32, line: &str) -> usize {
        let is_named = |named: &Place| named.line == number && named.fit(hit.path.as_str()) > 0;
        if self.places.iter().any(is_named) {
            return usize::MAX;
        }
        let words: BTreeSet<String> = store::code_words(line).into_iter().collect();
        words.intersection(&self.said).count()
    }
}

/// Lines of one hit that are shown of those that match.
const MAX_MATCHING: usize = 20;

/// Returns every line that matches, each with the lines around it.
fn all_of<'h>(
    hit: &Hit,
    lines: &[(u32, &'h str)],
    numbers: &[u32],
    n_context: usize,
) -> Snippet<'h> {
    let numbers = &numbers[..numbers.len().min(MAX_MATCHING)];
    let is_shown = |(number, _): &&(u32, &str)| {
        let mut around = numbers.iter();
        around.any(|matching| matching.abs_diff(*number) as usize <= n_context)
    };
    Snippet {
        best_line: numbers.first().copied().unwrap_or(hit.start_line),
        matching: numbers.to_vec(),
        lines: lines.iter().filter(is_shown).copied().collect(),
    }
}

fn choose<'h>(
    hit: &Hit,
    lines: &[(u32, &'h str)],
    counts: &[usize],
    n_context: usize,
) -> Snippet<'h> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_were_asked_for_are_found_in_a_line() {
        let check = |question: &str, line: &str, expected: &[&str]| {
            let places = Marker::question(question).words_in(line);
            let found: Vec<&str> = places.into_iter().map(|place| &line[place]).collect();
            assert_eq!(found, expected, "{question:?} in {line:?}");
        };
        check(
            "match a route",
            "  const routes = matchRoute(größe)",
            &["routes", "matchRoute"],
        );
        check("größe", "if (größe > 1) größe = 1", &["größe", "größe"]);
        check("parseBody", "x.parseBody(y)", &["parseBody"]);
        check("nothing", "x.y", &[]);
        check("x", "", &[]);
        let lines = Marker::Lines(vec![1]);
        assert!(lines.words_in("x").is_empty());
    }
}
