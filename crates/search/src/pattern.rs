//! A pattern to look for in texts, and which words a text must have to match it.
//!
//! Lexical search knows identifiers without their endings, so a piece of text that every match has in it leads to the words that can
//! contain it, those to chunks, and only their text is compared with the pattern.

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};
use thiserror::Error;

/// Fewer letters lead to most of the words there are.
const PIECE_MIN_BYTES: usize = 3;

/// Alternatives of one pattern that are looked up; of more, all text is compared.
const MAX_ALTERNATIVES: usize = 32;

/// What lexical search takes off a word at most, in reading order: a doubled consonant, then the ending of a plural or a verb, or an `e`
/// or `y` before or in place of it (`lexical.rs` of the store).
const ENDINGS: &[&str] = &["", "s", "es", "ies", "ing", "ings", "ed"];
const VOWELS: &[&str] = &["", "e", "y"];

/// Why a regular expression cannot be read, on one line.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct PatternError(String);

impl From<regex::Error> for PatternError {
    fn from(error: regex::Error) -> PatternError {
        // The lines before show the expression and where it is wrong.
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default();
        PatternError(reason.trim_start_matches("error: ").to_owned())
    }
}

/// What lines are looked for.
#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// Each match has one of these in it, lower-cased and inside one identifier; nothing where that is unknown.
    pieces: Option<Vec<Piece>>,
}

impl Pattern {
    /// Reads a regular expression, of which `^` and `$` are the ends of a line.
    ///
    /// # Errors
    ///
    /// What is wrong with the expression.
    pub fn regex(text: &str) -> Result<Pattern, PatternError> {
        let regex = Regex::new(text)?;
        let hir = regex_syntax::parse(text).ok();
        Ok(Pattern {
            regex,
            pieces: hir.and_then(|hir| pieces(&hir)),
        })
    }

    /// Looks for a text as it is, with nothing of a word on either side.
    pub fn word(text: &str) -> Result<Pattern, PatternError> {
        let escaped = regex::escape(text);
        Pattern::regex(&format!(r"\b{{start-half}}{escaped}\b{{end-half}}"))
    }

    pub(crate) fn is_in(&self, line: &str) -> bool {
        self.regex.is_match(line)
    }

    /// Whether it is a whole name.
    pub(crate) fn is_all_of(&self, name: &str) -> bool {
        let found = self.regex.find(name);
        !name.is_empty() && found.is_some_and(|found| found.range() == (0..name.len()))
    }

    /// Whether a text with `word`, as lexical search knows it, may match; nothing where any text may.
    pub(crate) fn chooser(&self) -> Option<impl Fn(&str) -> bool> {
        let pieces = self.pieces.as_ref()?;
        Some(|word: &str| pieces.iter().any(|piece| piece.may_be_in(word)))
    }
}

/// A text that stands in an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    whole: String,
    /// What is left of it at the end of words whose ending was taken off.
    cut: Vec<String>,
}

impl Piece {
    /// Nothing where it may have been taken off a word in full.
    fn new(whole: &str) -> Option<Piece> {
        let mut cut = Vec::new();
        let last_letters = whole.chars().next_back().into_iter().chain(whole.chars());
        let doubled: Vec<String> = last_letters
            .map(String::from)
            .chain([String::new()])
            .collect();
        for double in &doubled {
            for vowel in VOWELS {
                for ending in ENDINGS {
                    let taken = format!("{double}{vowel}{ending}");
                    for n_bytes in 1..=taken.len().min(whole.len()) {
                        if whole.ends_with(&taken[..n_bytes]) {
                            cut.push(whole[..whole.len() - n_bytes].to_owned());
                        }
                    }
                }
            }
        }
        cut.sort();
        cut.dedup();
        // Of what is left of all, the shortest says least and holds for the others that begin so.
        let is_known = whole.len() >= PIECE_MIN_BYTES && cut.iter().all(|left| !left.is_empty());
        is_known.then(|| Piece {
            whole: whole.to_owned(),
            cut,
        })
    }

    fn may_be_in(&self, word: &str) -> bool {
        word.contains(&self.whole) || self.cut.iter().any(|left| word.ends_with(left))
    }
}

/// Returns texts of which every match of `hir` has one in it.
fn pieces(hir: &Hir) -> Option<Vec<Piece>> {
    match hir.kind() {
        HirKind::Capture(capture) => pieces(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => pieces(&repetition.sub),
        HirKind::Alternation(alternatives) => {
            let of_each = alternatives.iter().map(pieces);
            let all: Vec<Vec<Piece>> = of_each.collect::<Option<_>>()?;
            let all: Vec<Piece> = all.into_iter().flatten().collect();
            (all.len() <= MAX_ALTERNATIVES).then_some(all)
        }
        HirKind::Concat(parts) => {
            let of_text = longest_piece(&text_of(parts));
            let others = parts.iter().filter_map(pieces);
            let shortest = |of: &Vec<Piece>| of.iter().map(|piece| piece.whole.len()).min();
            of_text.into_iter().chain(others).max_by_key(shortest)
        }
        HirKind::Literal(_) | HirKind::Class(_) => {
            longest_piece(&text_of(std::slice::from_ref(hir)))
        }
        _ => None,
    }
}

/// Returns what stands in a row for sure, lower-cased, with a space where something else may stand.
fn text_of(parts: &[Hir]) -> String {
    let mut text = String::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(literal) => text.push_str(&literal.to_lowercase()),
                Err(_) => text.push(' '),
            },
            HirKind::Class(class) => text.push(letter_in_any_case(class).unwrap_or(' ')),
            // They take no text.
            HirKind::Look(_) | HirKind::Empty => {}
            _ => text.push(' '),
        }
    }
    text
}

/// Returns the letter of which a class is the two cases.
fn letter_in_any_case(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else {
        return None;
    };
    let mut letters = class
        .ranges()
        .iter()
        .flat_map(|range| range.start()..=range.end());
    let first = letters.next()?;
    let lower = first.to_ascii_lowercase();
    let is_case =
        |letter: char| letter.is_ascii_alphabetic() && letter.to_ascii_lowercase() == lower;
    (is_case(first) && letters.take(2).all(is_case)).then_some(lower)
}

fn longest_piece(text: &str) -> Option<Vec<Piece>> {
    let is_of_identifier = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let longest = text
        .split(|c: char| !is_of_identifier(c))
        .max_by_key(|piece| piece.len())?;
    Some(vec![Piece::new(longest)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(text: &str) -> Option<Vec<String>> {
        let pieces = Pattern::regex(text).unwrap().pieces?;
        Some(pieces.into_iter().map(|piece| piece.whole).collect())
    }

    #[test]
    fn every_match_has_a_piece() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(needed(text).unwrap(), expected, "{text}");
        };
        check("parseBody", &["parsebody"]);
        check(r"await\s+fetchUser\(", &["fetchuser"]);
        check("(?i)router", &["router"]);
        check("foobar|bazqux", &["foobar", "bazqux"]);
        check("(throw new )+TypeError", &["typeerror"]);
        check(r"^const\b.*handler = ", &["handler"]);
        for text in [
            "a.b",
            ".*",
            "x*",
            "foobar|.",
            "(foobar)?",
            r"\d+",
            "in",
            "ing",
        ] {
            assert_eq!(needed(text), None, "{text}");
        }
    }

    #[test]
    fn words_without_their_endings_are_chosen() {
        for text in [
            "handles",
            "handling",
            "handle",
            "stopped",
            "stoppings",
            "queries",
            "parsed",
            "routing",
            "freeing",
            "obeyed",
            "getUserIDs",
            "classes",
            "matches",
            "parseBody",
        ] {
            let pattern = Pattern::regex(text).unwrap();
            let Some(is_chosen) = pattern.chooser() else {
                continue;
            };
            for within in [
                text.to_owned(),
                format!("x{text}"),
                format!("{text}Y"),
                format!("a_{text}s"),
            ] {
                let words = store::code_words(&within);
                assert!(
                    is_chosen(&words[0]),
                    "{text} in {within}, known as {words:?}"
                );
            }
        }
    }

    #[test]
    fn words_have_borders() {
        let pattern = Pattern::word("route").unwrap();
        assert!(
            pattern.is_in("a.route(b)") && !pattern.is_in("router") && !pattern.is_in("reroute")
        );
        assert!(Pattern::word("$state").unwrap().is_in("x = $state(0)"));
        assert!(
            pattern.is_all_of("route") && !pattern.is_all_of("routes") && !pattern.is_all_of("")
        );
    }
}
