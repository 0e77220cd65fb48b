//! The words of a file in a form that any database can keep: for each word, in which chunks it stands and how often in which field.
//!
//! Weights are not part of it, so that they can change without a new index. Numbers are in LEB128: seven bits per byte, the lowest
//! first. An entry is the chunk's position as a difference to the one before, the chunk's length in words, a mask of the fields that
//! have the word, and the number of occurrences in each of these.

mod collector;

use domain::{Chunk, RepoPath};

use crate::lexical::WEIGHTS;
use collector::Collector;

/// The words of a file.
#[derive(Debug, Default)]
pub(crate) struct FileWords {
    /// Number of words in all chunks, repetitions counted.
    pub(crate) n_words: u64,
    /// The spellings of all words, in order and one behind the other, and the entries likewise.
    spellings: String,
    entries: Vec<u8>,
    words: Vec<Word>,
}

/// Where what belongs to a word ends; it begins where the word before it ends.
#[derive(Debug)]
struct Word {
    spelling_end: usize,
    entries_end: usize,
}

impl FileWords {
    pub(crate) fn of<'a>(path: &'a RepoPath, chunks: impl Iterator<Item = &'a Chunk>) -> FileWords {
        let mut collector = Collector::default();
        chunks.for_each(|chunk| collector.take(path, chunk));
        collector.finish()
    }

    /// Returns each word with its entries, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let (mut spelling, mut entries) = (0, 0);
        self.words.iter().map(move |word| {
            let spelled = &self.spellings[spelling..word.spelling_end];
            let listed = &self.entries[entries..word.entries_end];
            (spelling, entries) = (word.spelling_end, word.entries_end);
            (spelled, listed)
        })
    }

    /// Returns all words with their postings as one row: lengths and bytes in turn.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        // A length takes a byte, mostly.
        let n_bytes = self.spellings.len() + self.entries.len() + 2 * self.words.len();
        let mut bytes = Vec::with_capacity(n_bytes);
        for (word, entries) in self.iter() {
            for part in [word.as_bytes(), entries] {
                push_number(&mut bytes, part.len() as u64);
                bytes.extend_from_slice(part);
            }
        }
        bytes
    }
}

/// Returns the words of a file as one row, as the embedded backend keeps them: for benchmarks, and for nothing that is stored.
pub fn words_of_file(path: &RepoPath, chunks: &[Chunk]) -> Vec<u8> {
    FileWords::of(path, chunks.iter()).to_bytes()
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
        let mut all = words.iter();
        let (_, bytes) = all.find(|(spelling, _)| *spelling == word).unwrap();
        entries(bytes).map(Result::unwrap).collect()
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
        assert!(read.eq(words.iter()));
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
