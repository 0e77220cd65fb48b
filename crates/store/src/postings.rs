//! The words of a file as rows that any database can keep: for each word, in which chunks it stands and how often in which field.
//!
//! Weights are not part of a row, so that they can change without a new index. Numbers are in LEB128: seven bits a byte, the lowest
//! first. An entry is the chunk's position as a difference to the one before, the chunk's length in words, a mask of the fields that
//! have the word, and the number of occurrences in each of these.

use std::collections::BTreeMap;

use domain::{Chunk, RepoPath};

use crate::lexical::{self, COMMON_WORD_WEIGHT, FIELDS, LENGTH_CORRECTION, SATURATION};

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
            let mut counts: BTreeMap<&str, [u64; FIELDS.len()]> = BTreeMap::new();
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
}

fn push_entry(entries: &mut Vec<u8>, step: u64, length: u64, counts: &[u64; FIELDS.len()]) {
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

fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes the next number off `bytes`; `None` at the end or where no number ends.
fn take_number(bytes: &mut &[u8]) -> Option<u64> {
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
struct Entry {
    position: u64,
    length: u64,
    frequency: f64,
}

fn take_entry(bytes: &mut &[u8], position: u64) -> Option<Entry> {
    let position = position + take_number(bytes)?;
    let length = take_number(bytes)?;
    let mask = take_number(bytes)?;
    let mut frequency = 0.0;
    for (field, described) in FIELDS.iter().enumerate() {
        if mask & (1 << field) != 0 {
            frequency += described.weight * take_number(bytes)? as f64;
        }
    }
    Some(Entry {
        position,
        length,
        frequency,
    })
}

/// A row that this program did not write.
#[derive(Debug, thiserror::Error)]
#[error("the postings of a word cannot be read")]
pub(crate) struct UnreadablePostings;

/// Scores the chunks of one generation by BM25.
pub(crate) struct Scores {
    n_chunks: f64,
    mean_length: f64,
    by_chunk: std::collections::HashMap<(i64, u64), f64>,
}

impl Scores {
    /// Begins with the sizes of the generation: its number of chunks and of words in all of them.
    pub(crate) fn new(n_chunks: u64, n_words: u64) -> Scores {
        Scores {
            n_chunks: n_chunks as f64,
            mean_length: n_words as f64 / n_chunks as f64,
            by_chunk: std::collections::HashMap::new(),
        }
    }

    /// Adds what one word contributes, given each file that has it with its entries.
    ///
    /// The operations and their order are those of the embedded database, so that scores are equal to the last bit.
    pub(crate) fn add_word(&mut self, rows: &[(i64, Vec<u8>)]) -> Result<(), UnreadablePostings> {
        let mut found: Vec<(i64, Entry)> = Vec::new();
        for (file, bytes) in rows {
            let (mut rest, mut position) = (bytes.as_slice(), 0);
            while !rest.is_empty() {
                let entry = take_entry(&mut rest, position).ok_or(UnreadablePostings)?;
                position = entry.position;
                found.push((*file, entry));
            }
        }
        let n_found = found.len() as f64;
        let mut weight = ((self.n_chunks - n_found + 0.5) / (n_found + 0.5)).ln();
        if weight <= 0.0 {
            weight = COMMON_WORD_WEIGHT;
        }
        for (file, entry) in found {
            let norm = SATURATION
                * (1.0 - LENGTH_CORRECTION
                    + LENGTH_CORRECTION * entry.length as f64 / self.mean_length);
            *self.by_chunk.entry((file, entry.position)).or_default() +=
                weight * ((entry.frequency * (SATURATION + 1.0)) / (entry.frequency + norm));
        }
        Ok(())
    }

    /// Returns the file, the position and the score of every chunk that has one of the words, in no order.
    pub(crate) fn into_chunks(self) -> impl Iterator<Item = (i64, u64, f32)> {
        self.by_chunk
            .into_iter()
            .map(|((file, position), score)| (file, position, score as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::sample;

    fn entries(words: &FileWords, word: &str) -> Vec<(u64, u64, f64)> {
        let mut rest = words.postings[word].as_slice();
        let mut found: Vec<(u64, u64, f64)> = Vec::new();
        while !rest.is_empty() {
            let position = found.last().map_or(0, |last| last.0);
            let entry = take_entry(&mut rest, position).unwrap();
            found.push((entry.position, entry.length, entry.frequency));
        }
        found
    }

    #[test]
    fn entries_say_where_a_word_stands_how_often_and_in_how_long_a_chunk() {
        let file = sample::file("src/a.ts", &["other", "sort this", "sort sort"]);
        let words = FileWords::of(&file.record.path, file.chunks.iter().map(|row| &row.chunk));
        let sort = entries(&words, "sort");
        let weight = |name: &str| {
            FIELDS
                .iter()
                .find(|field| field.name == name)
                .unwrap()
                .weight
        };
        let (name, source) = (weight("name"), weight("source"));
        assert_eq!(
            sort.iter()
                .map(|entry| (entry.0, entry.2))
                .collect::<Vec<_>>(),
            [(1, name + source), (2, name + 2.0 * source)]
        );
        let lengths: u64 = entries(&words, "src").iter().map(|entry| entry.1).sum();
        assert_eq!(lengths, words.n_words);
    }

    #[test]
    fn damaged_postings_are_refused() {
        let mut scores = Scores::new(1, 1);
        for bytes in [vec![0], vec![0, 1], vec![0, 1, 1], vec![0x80; 20]] {
            assert!(scores.add_word(&[(1, bytes)]).is_err());
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
