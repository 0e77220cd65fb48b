//! The words of a file in a form that any database can keep: for each word, in which chunks it stands and how often in which field.
//!
//! Weights are not part of it, so that they can change without a new index. Numbers are in LEB128: seven bits per byte, the lowest
//! first. An entry is the chunk's position as a difference to the one before, the chunk's length in words, a mask of the fields that
//! have the word, and the number of occurrences in each of these.

use std::collections::BTreeMap;

use domain::{Chunk, RepoPath};

use crate::lexical::{self, WEIGHTS};

/// The words of a file.
#[derive(Debug, Default)]
pub(crate) struct FileWords {
    /// Number of words in all chunks, repetitions counted.
    pub(crate) n_words: u64,
    /// Each word with its entries, in order.
    pub(crate) postings: BTreeMap<String, Vec<u8>>,
}

impl FileWords {
    pub(crate) fn of<'a>(path: &RepoPath, chunks: impl Iterator<Item = &'a Chunk>) -> FileWords {
        let mut words = FileWords::default();
        let mut last_positions: BTreeMap<String, u64> = BTreeMap::new();
        for (position, chunk) in (0..).zip(chunks) {
            let fields = lexical::fields(path, chunk);
            let mut counts: BTreeMap<&str, [u64; WEIGHTS.len()]> = BTreeMap::new();
            let mut length = 0;
            for (field, text) in fields.iter().enumerate() {
                for word in text.split_ascii_whitespace() {
                    counts.entry(word).or_default()[field] += 1;
                    length += 1;
                }
            }
            words.n_words += length;
            for (word, counts) in counts {
                let last = match last_positions.get_mut(word) {
                    Some(last) => std::mem::replace(last, position),
                    None => {
                        last_positions.insert(word.to_owned(), position);
                        0
                    }
                };
                let entries = match words.postings.get_mut(word) {
                    Some(entries) => entries,
                    None => words.postings.entry(word.to_owned()).or_default(),
                };
                push_entry(entries, position - last, length, &counts);
            }
        }
        words
    }

    /// Returns all words with their postings as one row: lengths and bytes in turn.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (word, entries) in &self.postings {
            for part in [word.as_bytes(), entries] {
                push_number(&mut bytes, part.len() as u64);
                bytes.extend(part);
            }
        }
        bytes
    }
}

fn push_entry(entries: &mut Vec<u8>, step: u64, length: u64, counts: &[u64; WEIGHTS.len()]) {
    push_number(entries, step);
    push_number(entries, length);
    let present = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    push_number(
        entries,
        present.clone().map(|(field, _)| 1 << field).sum::<u64>(),
    );
    for (_, count) in present {
        push_number(entries, *count);
    }
}

/// Appends a number.
pub(crate) fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes the next number off `bytes`; `None` at the end or where no number ends.
pub(crate) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Where a word stands in one chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The chunk's position in its file.
    pub(crate) position: u64,
    /// The chunk's number of words in all fields.
    pub(crate) length: u64,
    /// Sum over the occurrences of the weight of their field.
    pub(crate) frequency: u64,
}

/// A row that this program did not write.
#[derive(Debug, thiserror::Error)]
#[error("the postings of a word cannot be read")]
pub(crate) struct UnreadablePostings;

/// Returns the entries of one word in one file, in order.
pub(crate) fn entries(bytes: &[u8]) -> impl Iterator<Item = Result<Entry, UnreadablePostings>> {
    let (mut rest, mut position) = (bytes, 0_u64);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let entry = take_entry(&mut rest, position);
        match &entry {
            Some(entry) => position = entry.position,
            None => rest = &[],
        }
        Some(entry.ok_or(UnreadablePostings))
    })
}

fn take_entry(bytes: &mut &[u8], position: u64) -> Option<Entry> {
    let position = position.checked_add(take_number(bytes)?)?;
    let length = take_number(bytes)?;
    let mask = take_number(bytes)?;
    let mut frequency = 0_u64;
    for (field, weight) in WEIGHTS.iter().enumerate() {
        if mask & (1 << field) != 0 {
            let weighted = u64::from(*weight).checked_mul(take_number(bytes)?)?;
            frequency = frequency.checked_add(weighted)?;
        }
    }
    Some(Entry {
        position,
        length,
        frequency,
    })
}

/// Returns the words of a file, as [`FileWords::to_bytes`] wrote them, each with its postings, in order.
pub(crate) fn words(
    bytes: &[u8],
) -> impl Iterator<Item = Result<(&str, &[u8]), UnreadablePostings>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let word = take_word(&mut rest);
        if word.is_none() {
            rest = &[];
        }
        Some(word.ok_or(UnreadablePostings))
    })
}

fn take_word<'a>(bytes: &mut &'a [u8]) -> Option<(&'a str, &'a [u8])> {
    let word = take_bytes(bytes)?;
    Some((std::str::from_utf8(word).ok()?, take_bytes(bytes)?))
}

fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let n_bytes = usize::try_from(take_number(bytes)?).ok()?;
    let (taken, rest) = bytes.split_at_checked(n_bytes)?;
    *bytes = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::sample;

    fn entries_of(words: &FileWords, word: &str) -> Vec<Entry> {
        entries(&words.postings[word]).map(Result::unwrap).collect()
    }

    #[test]
    fn entries_say_where_a_word_stands_how_often_and_in_how_long_a_chunk() {
        let file = sample::file("src/a.ts", &["other", "sort this", "sort sort"]);
        let words = FileWords::of(&file.record.path, file.chunks.iter().map(|row| &row.chunk));
        let sort = entries_of(&words, "sort");
        let [name, _, _, _, _, source] = WEIGHTS.map(u64::from);
        assert_eq!(
            sort.iter()
                .map(|entry| (entry.position, entry.frequency))
                .collect::<Vec<_>>(),
            [(1, name + source), (2, name + 2 * source)]
        );
        let lengths: u64 = entries_of(&words, "src")
            .iter()
            .map(|entry| entry.length)
            .sum();
        assert_eq!(lengths, words.n_words);
        let bytes = words.to_bytes();
        let read = super::words(&bytes).map(Result::unwrap);
        let written = words.postings.iter();
        assert!(read.eq(written.map(|(word, entries)| (word.as_str(), entries.as_slice()))));
    }

    #[test]
    fn damaged_postings_are_refused() {
        for bytes in [&[0][..], &[0, 1], &[0, 1, 1], &[0x80; 20], &[0xff; 10]] {
            assert!(entries(bytes).any(|entry| entry.is_err()), "{bytes:?}");
        }
        for bytes in [&[1][..], &[1, b'a'], &[1, b'a', 2, 0], &[1, 0xff, 0]] {
            assert!(words(bytes).any(|word| word.is_err()), "{bytes:?}");
        }
    }

    #[test]
    fn numbers_of_any_size_survive() {
        for number in [0, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            push_number(&mut bytes, number);
            assert_eq!(take_number(&mut bytes.as_slice()), Some(number));
        }
    }
}
