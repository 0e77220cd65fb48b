//! Gathers the words of a file in one pass: an identifier that comes again costs one look-up, and no word is held by itself.

use std::hash::BuildHasher;

use domain::{Chunk, RepoPath};
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use super::{FileWords, Word, push_number};
use crate::lexical::{self, WEIGHTS};

/// Occurrences of a word in one chunk, by field.
type Counts = [u64; WEIGHTS.len()];

/// What was found of a file so far; `'t` is the life of its texts.
#[derive(Default)]
pub(super) struct Collector<'t> {
    /// The spellings of all distinct words, one behind the other, and where each ends.
    spellings: String,
    ends: Vec<u32>,
    /// Finds a word by its spelling.
    by_spelling: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Where the words of an identifier stand in `words_of`.
    identifiers: HashMap<&'t str, (u32, u32)>,
    words_of: Vec<u32>,
    /// Of the chunk in hand: how often it has each word, which words those are, and how many in all.
    counts: Vec<Counts>,
    present: Vec<u32>,
    length: u64,
    /// Every word of every chunk.
    uses: Vec<Use>,
    /// The lengths of the chunks.
    lengths: Vec<u64>,
    /// The words of what is cut at the moment.
    scratch: String,
}

/// A word in a chunk.
struct Use {
    word: u32,
    position: u32,
    counts: Counts,
}

impl<'t> Collector<'t> {
    pub(super) fn take(&mut self, path: &'t RepoPath, chunk: &'t Chunk) {
        for (field, text) in lexical::texts(path, chunk).into_iter().enumerate() {
            match lexical::composed(text) {
                std::borrow::Cow::Borrowed(text) => self.take_text(field, text),
                std::borrow::Cow::Owned(text) => {
                    lexical::for_each_identifier(&text, |identifier| {
                        let (first, end) = self.cut(identifier);
                        self.count(field, first, end);
                    });
                }
            }
        }
        self.end_chunk();
    }

    fn take_text(&mut self, field: usize, text: &'t str) {
        lexical::for_each_identifier(text, |identifier| {
            let (first, end) = match self.identifiers.get(identifier) {
                Some(known) => *known,
                None => {
                    let words = self.cut(identifier);
                    self.identifiers.insert(identifier, words);
                    words
                }
            };
            self.count(field, first, end);
        });
    }

    /// Cuts an identifier into words; returns where they stand in `words_of`.
    fn cut(&mut self, identifier: &str) -> (u32, u32) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        lexical::push_words(identifier, &mut scratch);
        let first = self.words_of.len() as u32;
        for spelling in scratch.split_ascii_whitespace() {
            let word = self.word(spelling);
            self.words_of.push(word);
        }
        self.scratch = scratch;
        (first, self.words_of.len() as u32)
    }

    /// Returns the number of a word.
    fn word(&mut self, spelling: &str) -> u32 {
        let hasher = &self.hasher;
        let hash = |spelling: &str| hasher.hash_one(spelling);
        let (spellings, ends) = (&self.spellings, &self.ends);
        let found = self.by_spelling.find(hash(spelling), |word| {
            spelled(spellings, ends, *word) == spelling
        });
        if let Some(word) = found {
            return *word;
        }
        let word = self.ends.len() as u32;
        self.spellings.push_str(spelling);
        self.ends.push(self.spellings.len() as u32);
        self.counts.push(Counts::default());
        let (spellings, ends) = (&self.spellings, &self.ends);
        self.by_spelling
            .insert_unique(hash(spelling), word, |word| {
                hash(spelled(spellings, ends, *word))
            });
        word
    }

    fn count(&mut self, field: usize, first: u32, end: u32) {
        for at in first..end {
            let word = self.words_of[at as usize];
            let counts = &mut self.counts[word as usize];
            if counts.iter().all(|count| *count == 0) {
                self.present.push(word);
            }
            counts[field] += 1;
        }
        self.length += u64::from(end - first);
    }

    fn end_chunk(&mut self) {
        let position = self.lengths.len() as u32;
        for word in self.present.drain(..) {
            let counts = std::mem::take(&mut self.counts[word as usize]);
            self.uses.push(Use {
                word,
                position,
                counts,
            });
        }
        self.lengths.push(std::mem::take(&mut self.length));
    }

    /// Returns the words in order, each with its entries.
    pub(super) fn finish(mut self) -> FileWords {
        let mut order: Vec<u32> = (0..self.ends.len() as u32).collect();
        order.sort_unstable_by_key(|word| spelled(&self.spellings, &self.ends, *word));
        let mut ranks = vec![0_u32; order.len()];
        for (rank, word) in (0..).zip(&order) {
            ranks[*word as usize] = rank;
        }
        self.uses
            .sort_unstable_by_key(|found| (ranks[found.word as usize], found.position));
        let mut words = FileWords {
            n_words: self.lengths.iter().sum(),
            ..FileWords::default()
        };
        for uses in self.uses.chunk_by(|one, other| one.word == other.word) {
            words
                .spellings
                .push_str(spelled(&self.spellings, &self.ends, uses[0].word));
            let mut last = 0;
            for found in uses {
                let (position, length) = (
                    u64::from(found.position),
                    self.lengths[found.position as usize],
                );
                push_entry(&mut words.entries, position - last, length, &found.counts);
                last = position;
            }
            words.words.push(Word {
                spelling_end: words.spellings.len(),
                entries_end: words.entries.len(),
            });
        }
        words
    }
}

fn spelled<'s>(spellings: &'s str, ends: &[u32], word: u32) -> &'s str {
    let word = word as usize;
    let start = word.checked_sub(1).map_or(0, |before| ends[before]);
    &spellings[start as usize..ends[word] as usize]
}

fn push_entry(entries: &mut Vec<u8>, step: u64, length: u64, counts: &Counts) {
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
