//! Corrects words of a question that occur nowhere, against the words that do.

use std::fmt;

use store::{Store, StoreError};
use strsim::osa_distance;

use crate::Source;
use crate::question::Question;

/// Letters of a word in which two that changed places are surely a slip, in which one too few or too many is, in which a wrong one is, and in
/// which two edits are. Below, other words that somebody may mean are as near: `batch` and `patch`, `token` and `taken`, `better` and `batter`.
/// Of 332 questions about a repository that were asked without slips, two are corrected.
const SWAPPED_MIN_LETTERS: usize = 4;
const LENGTH_EDIT_MIN_LETTERS: usize = 6;
const WRONG_LETTER_MIN_LETTERS: usize = 7;
const TWO_EDITS_MIN_LETTERS: usize = 9;

/// More words of one question are not looked up: it is a text in a language that nothing here is written in.
const MAX_CORRECTED: usize = 4;

/// Chunks in which the spelling of a word is looked for.
const CHUNKS_FOR_SPELLING: usize = 3;

/// A word that occurs nowhere, and one that does and is looked for in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The word of the question.
    pub written: String,
    /// What is looked for.
    pub meant: String,
}

impl fmt::Display for Correction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} for {}", self.meant, self.written)
    }
}

/// Returns what words of `question` are corrected to; nothing for what is spelled by a machine, such as a trace.
pub(crate) fn corrections(
    store: &dyn Store,
    sources: &[Source],
    question: &Question,
) -> Result<Vec<Correction>, StoreError> {
    if question.is_reported || !question.places.is_empty() {
        return Ok(Vec::new());
    }
    let unknown = unknown_words(store, sources, question)?;
    if unknown.len() > MAX_CORRECTED {
        return Ok(Vec::new());
    }
    let mut corrections = Vec::new();
    for (written, nearest) in nearest_words(store, sources, unknown)? {
        if let Some(meant) = spelling(store, sources, &nearest)? {
            corrections.push(Correction { written, meant });
        }
    }
    Ok(corrections)
}

/// Returns a question with its corrected words.
pub(crate) fn corrected(text: &str, corrections: &[Correction]) -> String {
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut whole = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !is_of_word(c)) {
        let word = piece.trim_end_matches(|c: char| !is_of_word(c));
        let correction = corrections.iter().find(|one| one.written == word);
        whole.push_str(correction.map_or(word, |one| &one.meant));
        whole.push_str(&piece[word.len()..]);
    }
    whole
}

/// Returns the words of a question that can be corrected and that no source knows, each with the form in which they would.
fn unknown_words(
    store: &dyn Store,
    sources: &[Source],
    question: &Question,
) -> Result<Vec<(String, String)>, StoreError> {
    let is_plain = |word: &&String| {
        word.len() >= SWAPPED_MIN_LETTERS && word.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let known_as = |word: &String| store::code_words(word).into_iter().next();
    let words = question.words.iter().filter(is_plain);
    let mut words: Vec<(String, String)> = words
        .filter_map(|word| Some((word.clone(), known_as(word)?)))
        .collect();
    words.dedup();
    for source in sources {
        let looked_for: Vec<String> = words.iter().map(|(_, word)| word.clone()).collect();
        let known = store.knows_words(source.generation, &looked_for)?;
        let mut known = known.into_iter();
        words.retain(|_| known.next() == Some(false));
        if words.is_empty() {
            break;
        }
    }
    Ok(words)
}

/// A word that a source knows, and how far it is from one that none does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Near {
    n_edits: usize,
    /// The rarest last.
    rarity: std::cmp::Reverse<u64>,
    word: String,
}

/// Returns for each unknown word the nearest that a source knows, if one is near enough.
fn nearest_words(
    store: &dyn Store,
    sources: &[Source],
    unknown: Vec<(String, String)>,
) -> Result<Vec<(String, String)>, StoreError> {
    let lengths = unknown.iter().map(|(_, word)| word.len());
    let (Some(shortest), Some(longest)) = (lengths.clone().min(), lengths.max()) else {
        return Ok(Vec::new());
    };
    let mut nearest: Vec<Option<Near>> = vec![None; unknown.len()];
    for source in sources {
        let lengths = shortest.saturating_sub(2)..=longest + 2;
        store.visit_words(source.generation, lengths, &mut |word, weight| {
            for ((_, wrong), best) in unknown.iter().zip(&mut nearest) {
                let Some(n_edits) = edits(wrong, word) else {
                    continue;
                };
                let near = Near {
                    n_edits,
                    rarity: std::cmp::Reverse(weight),
                    word: word.to_owned(),
                };
                if best.as_ref().is_none_or(|best| near < *best) {
                    *best = Some(near);
                }
            }
        })?;
    }
    let pairs = unknown.into_iter().zip(nearest);
    Ok(pairs
        .filter_map(|((written, _), near)| Some((written, near?.word)))
        .collect())
}

/// Returns the edits from `wrong` to `word` where so few are more likely a slip than another word.
fn edits(wrong: &str, word: &str) -> Option<usize> {
    if wrong.len().abs_diff(word.len()) > 2 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let begins_alike = wrong.as_bytes().first() == word.as_bytes().first();
    // Endings and beginnings make other words: `duplicate` and `deduplicate`, `public` and `publicly`.
    let is_derived = wrong.starts_with(word)
        || word.starts_with(wrong)
        || wrong.ends_with(word)
        || word.ends_with(wrong);
    let n_edits = osa_distance(wrong, word);
    let min_letters = match n_edits {
        1 if is_swapped(wrong, word) => return Some(1),
        1 if wrong.len() == word.len() => WRONG_LETTER_MIN_LETTERS,
        1 => LENGTH_EDIT_MIN_LETTERS,
        2 => TWO_EDITS_MIN_LETTERS,
        _ => return None,
    };
    (begins_alike && !is_derived && wrong.len() >= min_letters).then_some(n_edits)
}

/// Whether two words one edit apart have the same letters.
fn is_swapped(a: &str, b: &str) -> bool {
    let sum = |word: &str| word.bytes().map(u32::from).sum::<u32>();
    a.len() == b.len() && sum(a) == sum(b)
}

/// Returns a known word in full, as it is written where it stands: lexical search knows it without its ending.
fn spelling(
    store: &dyn Store,
    sources: &[Source],
    word: &str,
) -> Result<Option<String>, StoreError> {
    for source in sources {
        let mut ids = store.chunks_with(source.generation, &[word.to_owned()])?;
        ids.truncate(CHUNKS_FOR_SPELLING);
        for stored in store.chunks(&ids)? {
            let chunk = &stored.chunk;
            let fields = [stored.path.as_str(), &chunk.name, &chunk.doc, &chunk.source];
            let written = fields
                .into_iter()
                .find_map(|text| store::written(text, word));
            if let Some(written) = written {
                return Ok(Some(written.to_lowercase()));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wrong: &str, word: &str, expected: Option<usize>) {
        assert_eq!(edits(wrong, word), expected, "{wrong} {word}");
    }

    #[test]
    fn slips_are_near() {
        check("subscripton", "subscription", Some(1));
        check("fecth", "fetch", Some(1));
        check("middelwar", "middlewar", Some(1));
        check("normalis", "normaliz", Some(1));
        check("recursivley", "recursively", Some(1));
        check("authetnicaton", "authentication", Some(2));
    }

    #[test]
    fn other_words_are_not() {
        for (wrong, word) in [
            ("batch", "patch"),
            ("token", "taken"),
            ("clon", "clos"),
            ("deduplicat", "duplicat"),
            ("handler", "handl"),
            ("publicl", "public"),
            ("better", "batter"),
            ("async", "sync"),
            ("rendering", "ordering"),
            ("utf", "utf8"),
        ] {
            check(wrong, word, None);
        }
    }

    #[test]
    fn words_are_replaced_whole() {
        let corrections = [Correction {
            written: "rotuer".to_owned(),
            meant: "router".to_owned(),
        }];
        assert_eq!(
            corrected("how does the rotuer, rotuers (rotuer) work?", &corrections),
            "how does the router, rotuers (router) work?"
        );
    }
}
