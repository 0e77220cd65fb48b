//! The words of a generation, each with the chunks that have it: what the rows of its files say, inverted.

use std::io::{self, Seek, SeekFrom, Write};

use hashbrown::HashMap;
use memmap2::MmapMut;

use super::checked::{Checked, Damaged};
use super::place::{Aside, Place};
use super::{FILE_BYTES, Files, Pack};
use crate::ids;
use crate::lexical::WEIGHTS;
use crate::postings::{self, UnreadablePostings, push_number, take_number};

/// Begins every file; another word with every change of the format.
pub(super) const MAGIC: [u8; 8] = *b"mnemowp4";

/// Magic, the fields' weights, highest file id, number of chunks, number of words, number of files: eight bytes each. Then the chunks' ids and
/// lengths, for each word and the end where it begins in the spellings and in the entries, the spellings in order, the entries, and the files.
///
/// An entry is the chunk's place in the copy as a difference to the one before and the word's weighted frequency, as in postings.rs.
const HEADER_BYTES: usize = 8 * (5 + WEIGHTS.len());

const ID_BYTES: usize = 8;
const LENGTH_BYTES: usize = 8;
const WORD_BYTES: usize = 16;

/// Packed words.
pub(in crate::sqlite) struct WordPack {
    bytes: Checked,
    n_chunks: usize,
    n_words: usize,
    entries_at: usize,
    files_at: usize,
    last_file: i64,
}

impl Pack for WordPack {
    fn open(place: &Place) -> Result<Option<WordPack>, Damaged> {
        let Some(bytes) = place.open(&MAGIC)? else {
            return Ok(None);
        };
        let mut weights = WEIGHTS.iter().zip((8..).step_by(8));
        if !weights.all(|(weight, at)| bytes.number(at) == Some(u64::from(*weight))) {
            // Those of another version.
            return match bytes.is_damaged() {
                true => Err(Damaged),
                false => Ok(None),
            };
        }
        WordPack::read(bytes).ok_or(Damaged).map(Some)
    }

    fn bytes(&self) -> &Checked {
        &self.bytes
    }

    fn n_rows(&self) -> usize {
        self.n_chunks
    }

    fn last_file(&self) -> i64 {
        self.last_file
    }

    fn files(&self) -> Option<&[u8]> {
        self.bytes.get(self.files_at..self.bytes.len())
    }
}

impl WordPack {
    /// Nothing where the parts do not make up the whole.
    fn read(bytes: Checked) -> Option<WordPack> {
        let at = 8 + 8 * WEIGHTS.len();
        let last_file = bytes.number(at)?.cast_signed();
        let n_chunks = usize::try_from(bytes.number(at + 8)?).ok()?;
        let n_words = usize::try_from(bytes.number(at + 16)?).ok()?;
        let file_bytes = usize::try_from(bytes.number(at + 24)?)
            .ok()?
            .checked_mul(FILE_BYTES)?;
        let files_at = bytes.len().checked_sub(file_bytes)?;
        let tables = n_chunks
            .checked_mul(ID_BYTES + LENGTH_BYTES)?
            .checked_add(n_words.checked_add(1)?.checked_mul(WORD_BYTES)?)?
            .checked_add(HEADER_BYTES)?;
        if bytes.len() < tables {
            return None;
        }
        let mut pack = WordPack {
            bytes,
            n_chunks,
            n_words,
            entries_at: 0,
            files_at,
            last_file,
        };
        let (spellings, entries) = pack.starts(n_words)?;
        pack.entries_at = tables.checked_add(spellings)?;
        (files_at == pack.entries_at.checked_add(entries)?).then_some(pack)
    }

    /// Returns the id of the chunk at a place; 0 where the copy is damaged.
    pub(in crate::sqlite) fn chunk(&self, place: usize) -> i64 {
        let at = HEADER_BYTES + ID_BYTES * place;
        self.bytes.number(at).map_or(0, u64::cast_signed)
    }

    /// Returns the number of words of the chunk at a place; 0 where the copy is damaged.
    pub(in crate::sqlite) fn length(&self, place: usize) -> u64 {
        let at = HEADER_BYTES + ID_BYTES * self.n_chunks + LENGTH_BYTES * place;
        self.bytes.number(at).unwrap_or(0)
    }

    /// Returns the place of each chunk that has `word`, in order, and how often it has it.
    pub(in crate::sqlite) fn entries(&self, word: &str) -> impl Iterator<Item = (usize, u64)> {
        let mut rest = self.find(word).unwrap_or_default();
        let mut place = 0_u64;
        std::iter::from_fn(move || {
            place = place.checked_add(take_number(&mut rest)?)?;
            let frequency = take_number(&mut rest)?;
            let place = usize::try_from(place).ok()?;
            (place < self.n_chunks).then_some((place, frequency))
        })
    }

    /// Whether a chunk has `word`.
    pub(in crate::sqlite) fn has(&self, word: &str) -> bool {
        self.find(word).is_some()
    }

    /// Visits every word with the number of bytes of its entries; ends where the copy is damaged.
    pub(in crate::sqlite) fn visit_words(&self, visit: &mut dyn FnMut(&str, u64)) {
        for word in 0..self.n_words {
            let (Some(spelling), Some(entries)) = (self.spelling(word), self.postings(word)) else {
                return;
            };
            if let Ok(spelling) = std::str::from_utf8(spelling) {
                visit(spelling, entries.len() as u64);
            }
        }
    }

    fn find(&self, word: &str) -> Option<&[u8]> {
        let (mut first, mut end) = (0, self.n_words);
        while first < end {
            let middle = first + (end - first) / 2;
            match self.spelling(middle)?.cmp(word.as_bytes()) {
                std::cmp::Ordering::Less => first = middle + 1,
                std::cmp::Ordering::Greater => end = middle,
                std::cmp::Ordering::Equal => return self.postings(middle),
            }
        }
        None
    }

    fn spelling(&self, word: usize) -> Option<&[u8]> {
        let (start, end) = (self.starts(word)?.0, self.starts(word + 1)?.0);
        let spellings_at = self.words_at() + WORD_BYTES * (self.n_words + 1);
        self.bytes
            .get(spellings_at.checked_add(start)?..spellings_at.checked_add(end)?)
    }

    fn postings(&self, word: usize) -> Option<&[u8]> {
        let (start, end) = (self.starts(word)?.1, self.starts(word + 1)?.1);
        self.bytes
            .get(self.entries_at.checked_add(start)?..self.entries_at.checked_add(end)?)
    }

    fn starts(&self, word: usize) -> Option<(usize, usize)> {
        let at = self.words_at() + WORD_BYTES * word;
        let start = |at| usize::try_from(self.bytes.number(at)?).ok();
        Some((start(at)?, start(at + 8)?))
    }

    fn words_at(&self) -> usize {
        HEADER_BYTES + (ID_BYTES + LENGTH_BYTES) * self.n_chunks
    }
}

/// Writes a copy in two passes over the files, so that only the vocabulary is in memory.
pub(in crate::sqlite) struct WordPackWriter<'f> {
    files: &'f Files,
    vocabulary: HashMap<String, Word>,
    lengths: Vec<u64>,
    /// Place of the next file's first chunk.
    next: usize,
    /// Position of the next file.
    n_files: usize,
}

#[derive(Default)]
struct Word {
    n_bytes: usize,
    /// Place of the last chunk that was seen.
    last: usize,
}

impl Word {
    /// Returns how far a place is behind the last one; the entries of a word rise.
    fn step_to(&self, place: usize) -> Result<u64, UnreadablePostings> {
        let step = place.checked_sub(self.last);
        step.map(|step| step as u64).ok_or(UnreadablePostings)
    }
}

impl<'f> WordPackWriter<'f> {
    pub(in crate::sqlite) fn new(files: &'f Files) -> WordPackWriter<'f> {
        WordPackWriter {
            files,
            vocabulary: HashMap::default(),
            lengths: vec![0; files.n_chunks],
            next: 0,
            n_files: 0,
        }
    }

    /// Counts what the next file's row takes.
    pub(in crate::sqlite) fn count(&mut self, row: &[u8]) -> Result<(), UnreadablePostings> {
        let mut entry_bytes = Vec::new();
        let (first, end) = self.places();
        for word in postings::words(row) {
            let (spelling, entries) = word?;
            let word = self.vocabulary.entry_ref(spelling).or_default();
            for entry in postings::entries(entries) {
                let entry = entry?;
                let place = place(first, end, entry.position)?;
                self.lengths[place] = entry.length;
                entry_bytes.clear();
                push_number(&mut entry_bytes, word.step_to(place)?);
                push_number(&mut entry_bytes, entry.frequency);
                word.n_bytes += entry_bytes.len();
                word.last = place;
            }
        }
        Ok(())
    }

    /// Returns the places of the next file's chunks and goes on.
    fn places(&mut self) -> (usize, usize) {
        let first = self.next;
        self.next += self.files.all[self.n_files].n_chunks;
        self.n_files += 1;
        (first, self.next)
    }

    /// Writes everything but the entries, after all files have been counted.
    pub(in crate::sqlite) fn write(mut self, place: &Place) -> io::Result<EntriesWriter<'f>> {
        let aside = Aside::new(place)?;
        let mut file = io::BufWriter::new(&aside.file);
        file.write_all(&MAGIC)?;
        let weights = WEIGHTS.iter().map(|weight| u64::from(*weight));
        let sizes = [
            self.files.last().cast_unsigned(),
            self.files.n_chunks as u64,
            self.vocabulary.len() as u64,
            self.files.all.len() as u64,
        ];
        for number in weights.chain(sizes) {
            file.write_all(&number.to_le_bytes())?;
        }
        for scanned in &self.files.all {
            for position in 0..scanned.n_chunks {
                file.write_all(&ids::row_id(scanned.id, position).to_le_bytes())?;
            }
        }
        for length in &self.lengths {
            file.write_all(&length.to_le_bytes())?;
        }
        let n_bytes = write_vocabulary(&mut file, &mut self.vocabulary)?;
        file.flush()?;
        drop(file);
        let entries_at = aside.file.metadata()?.len();
        let mut files = io::BufWriter::new(&aside.file);
        files.seek(SeekFrom::Start(entries_at + n_bytes as u64))?;
        self.files.write(&mut files)?;
        files.flush()?;
        drop(files);
        // SAFETY: the file has a name that only this process writes, and it is not changed by other means before the mapping ends.
        let mapping = unsafe { MmapMut::map_mut(aside.file.file()) }?;
        self.next = 0;
        self.n_files = 0;
        Ok(EntriesWriter {
            counted: self,
            entries_at: entries_at as usize,
            mapping,
            aside,
        })
    }
}

/// Writes the table of words and their spellings; from then on `n_bytes` of a word is where its next entry goes. Returns how many bytes
/// all entries take.
fn write_vocabulary(
    file: &mut impl Write,
    vocabulary: &mut HashMap<String, Word>,
) -> io::Result<usize> {
    let mut words: Vec<(&String, &mut Word)> = vocabulary.iter_mut().collect();
    words.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let (mut spellings, mut entries) = (0, 0);
    for (spelling, word) in &mut words {
        write_starts(file, spellings, entries)?;
        spellings += spelling.len();
        let n_bytes = std::mem::replace(&mut word.n_bytes, entries);
        entries += n_bytes;
        word.last = 0;
    }
    write_starts(file, spellings, entries)?;
    for (spelling, _) in &words {
        file.write_all(spelling.as_bytes())?;
    }
    Ok(entries)
}

fn write_starts(file: &mut impl Write, spellings: usize, entries: usize) -> io::Result<()> {
    file.write_all(&(spellings as u64).to_le_bytes())?;
    file.write_all(&(entries as u64).to_le_bytes())
}

/// Writes the entries.
pub(in crate::sqlite) struct EntriesWriter<'f> {
    counted: WordPackWriter<'f>,
    entries_at: usize,
    mapping: MmapMut,
    aside: Aside,
}

impl EntriesWriter<'_> {
    /// Writes what the next file's row says; the row that was counted.
    pub(in crate::sqlite) fn add(&mut self, row: &[u8]) -> Result<(), UnreadablePostings> {
        let mut entry_bytes = Vec::new();
        let (first, end) = self.counted.places();
        for word in postings::words(row) {
            let (spelling, entries) = word?;
            let word = self.counted.vocabulary.get_mut(spelling);
            let word = word.ok_or(UnreadablePostings)?;
            entry_bytes.clear();
            for entry in postings::entries(entries) {
                let entry = entry?;
                let place = place(first, end, entry.position)?;
                push_number(&mut entry_bytes, word.step_to(place)?);
                push_number(&mut entry_bytes, entry.frequency);
                word.last = place;
            }
            let start = self.entries_at + word.n_bytes;
            let target = self.mapping.get_mut(start..start + entry_bytes.len());
            target
                .ok_or(UnreadablePostings)?
                .copy_from_slice(&entry_bytes);
            word.n_bytes += entry_bytes.len();
        }
        Ok(())
    }

    /// Puts the copy in its place.
    pub(in crate::sqlite) fn finish(self) -> io::Result<()> {
        self.mapping.flush_async()?;
        drop(self.mapping);
        self.aside.finish()
    }
}

fn place(first: usize, end: usize, position: u64) -> Result<usize, UnreadablePostings> {
    let place = usize::try_from(position)
        .ok()
        .and_then(|position| first.checked_add(position));
    place.filter(|place| *place < end).ok_or(UnreadablePostings)
}
