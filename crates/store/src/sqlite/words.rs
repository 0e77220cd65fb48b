//! Finds chunks by words.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::bm25::Bm25;
use crate::postings::{self, UnreadablePostings};
use crate::ranking::Best;
use crate::records::{ChunkId, GenerationId};
use crate::sqlite::failure::Failure;
use crate::sqlite::packs::{
    self, Files, Pack, Packs, Place, ScannedFile, WordPack, WordPackWriter,
};
use crate::sqlite::rows;
use crate::sqlite::search::ranked;
use crate::{ids, lexical};

/// Writes the words of a file.
pub(super) fn insert(transaction: &Transaction<'_>, file: i64, row: &[u8]) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO words (file, postings) VALUES (?1, ?2)")?
        .execute(params![file, row])?;
    Ok(())
}

/// Returns the best `limit` chunks of a generation.
pub(super) fn search(
    connection: &Connection,
    database: &Path,
    packs: &Packs,
    generation: GenerationId,
    words: &[String],
    limit: usize,
) -> Result<Vec<(ChunkId, f32)>, Failure> {
    let words = lexical::query_words(words);
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let files = packs.files(connection, generation)?;
    let get = || pack(connection, database, packs, generation, &files);
    let place = Place::of_words(database, generation);
    packs.words.ask(&place, get, |pack| {
        let best = best(connection, pack, &files, &words, limit)?;
        Ok(ranked(connection, best, limit)?)
    })
}

/// Returns for each word whether it is in a copy or in a file that the copy does not have.
pub(super) fn known(
    connection: &Connection,
    database: &Path,
    packs: &Packs,
    generation: GenerationId,
    words: &[String],
) -> Result<Vec<bool>, Failure> {
    let files = packs.files(connection, generation)?;
    let get = || pack(connection, database, packs, generation, &files);
    let place = Place::of_words(database, generation);
    packs.words.ask(&place, get, |pack| {
        let mut known: Vec<bool> = match pack {
            Some(pack) => words.iter().map(|word| pack.has(word)).collect(),
            None => vec![false; words.len()],
        };
        if known.contains(&false) {
            let last_packed = pack.map_or(i64::MIN, Pack::last_file);
            visit_spellings(connection, files.after(last_packed), |spelling, _| {
                let alike = words.iter().zip(&mut known);
                alike
                    .filter(|(word, _)| *word == spelling)
                    .for_each(|(_, known)| *known = true);
            })?;
        }
        Ok(known)
    })
}

/// Returns the chunks that have one of some words.
pub(super) fn chunks_with(
    connection: &Connection,
    database: &Path,
    packs: &Packs,
    generation: GenerationId,
    words: &[String],
) -> Result<Vec<ChunkId>, Failure> {
    let mut words = words.to_vec();
    words.sort_unstable();
    words.dedup();
    let files = packs.files(connection, generation)?;
    let get = || pack(connection, database, packs, generation, &files);
    let place = Place::of_words(database, generation);
    packs.words.ask(&place, get, |pack| {
        let last_packed = pack.map_or(i64::MIN, Pack::last_file);
        let newer = Newer::read(connection, files.after(last_packed), &words)?;
        let of_newer = newer.entries.iter().flatten();
        let mut chunks: BTreeSet<i64> = of_newer.map(|(place, _)| newer.chunks[*place].0).collect();
        if let Some(pack) = pack {
            let places = words.iter().flat_map(|word| pack.entries(word));
            let packed = places.map(|(place, _)| pack.chunk(place));
            chunks.extend(packed.filter(|chunk| files.have(*chunk)));
        }
        Ok(chunks.into_iter().map(ChunkId).collect())
    })
}

/// Visits the words of a copy and of the files that it does not have, each with the bytes of its entries.
pub(super) fn visit(
    connection: &Connection,
    database: &Path,
    packs: &Packs,
    generation: GenerationId,
    visit: &mut dyn FnMut(&str, u64),
) -> Result<(), Failure> {
    let files = packs.files(connection, generation)?;
    let get = || pack(connection, database, packs, generation, &files);
    let place = Place::of_words(database, generation);
    let visit = RefCell::new(visit);
    packs.words.ask(&place, get, |pack| {
        let mut visit = visit.borrow_mut();
        if let Some(pack) = pack {
            pack.visit_words(&mut **visit);
        }
        let last_packed = pack.map_or(i64::MIN, Pack::last_file);
        visit_spellings(connection, files.after(last_packed), &mut **visit)
    })
}

fn visit_spellings(
    connection: &Connection,
    files: &[ScannedFile],
    mut visit: impl FnMut(&str, u64),
) -> Result<(), Failure> {
    visit_rows(connection, files, |row| {
        for word in postings::words(row) {
            let (spelling, entries) = word?;
            visit(spelling, entries.len() as u64);
        }
        Ok(())
    })
}

/// Returns the best chunks of a copy and of the files that it does not have.
fn best(
    connection: &Connection,
    pack: Option<&WordPack>,
    files: &Files,
    words: &[String],
    limit: usize,
) -> Result<Best, Failure> {
    let last_packed = pack.map_or(i64::MIN, Pack::last_file);
    let newer = Newer::read(connection, files.after(last_packed), words)?;
    let scores = Scores {
        bm25: Bm25::new(files.n_chunks as u64, files.n_words),
        gone: pack.and_then(|pack| gone(pack, files)),
        pack,
        newer,
    };
    let best = scores.best(words, limit);
    if let Some(pack) = pack
        && !best.candidates().all(|chunk| files.have(chunk))
    {
        pack.give_up();
    }
    Ok(best)
}

/// Returns a copy of the words that is not too far behind; writes one where there is none and enough to copy.
pub(super) fn pack(
    connection: &Connection,
    database: &Path,
    packs: &Packs,
    generation: GenerationId,
    files: &Files,
) -> Result<Option<Arc<WordPack>>, Failure> {
    let place = Place::of_words(database, generation);
    let found = packs.words.get(&place, files);
    if found.is_some() || !files.are_many() {
        return Ok(found);
    }
    packs::make_room(connection, database)?;
    let mut writer = WordPackWriter::new(files);
    visit_rows(connection, &files.all, |row| writer.count(row))?;
    // A copy that cannot be written is no failure: the rows are searched.
    let Ok(mut writer) = writer.write(&place) else {
        return Ok(None);
    };
    visit_rows(connection, &files.all, |row| writer.add(row))?;
    Ok(writer
        .finish()
        .ok()
        .and_then(|()| packs.words.get(&place, files)))
}

/// Visits the words of files, in order; of a file without any it visits nothing.
fn visit_rows(
    connection: &Connection,
    files: &[ScannedFile],
    mut visit: impl FnMut(&[u8]) -> Result<(), UnreadablePostings>,
) -> Result<(), Failure> {
    let mut statement = connection.prepare_cached("SELECT postings FROM words WHERE file = ?1")?;
    for file in files {
        let visited = statement
            .query_row([file.id], |row| Ok(visit(row.get_ref(0)?.as_blob()?)))
            .optional()?;
        visited
            .unwrap_or_else(|| visit(&[]))
            .map_err(|error| rows::unreadable(0, error))?;
    }
    Ok(())
}

/// Returns which chunks of a copy are gone, by their place in it; nothing when none is.
fn gone(pack: &WordPack, files: &Files) -> Option<Vec<bool>> {
    let n_newer: usize = files
        .after(pack.last_file())
        .iter()
        .map(|file| file.n_chunks)
        .sum();
    if files.n_chunks - n_newer == pack.n_rows() {
        return None;
    }
    let mut alive = files.all.iter().map(|file| file.id).peekable();
    let is_gone = |place| {
        let file = ids::file_of(pack.chunk(place));
        while alive.next_if(|alive| *alive < file).is_some() {}
        alive.peek() != Some(&file)
    };
    Some((0..pack.n_rows()).map(is_gone).collect())
}

/// What files that the copy does not have say of the words asked for.
#[derive(Default)]
struct Newer {
    /// Ids and numbers of words of their chunks.
    chunks: Vec<(i64, u64)>,
    /// By word: the chunk's place among `chunks` and the word's frequency.
    entries: Vec<Vec<(usize, u64)>>,
}

impl Newer {
    fn read(
        connection: &Connection,
        files: &[ScannedFile],
        words: &[String],
    ) -> Result<Newer, Failure> {
        let mut newer = Newer {
            chunks: Vec::new(),
            entries: vec![Vec::new(); words.len()],
        };
        let mut scanned = files.iter();
        visit_rows(connection, files, |row| match scanned.next() {
            Some(file) => newer.add(file, row, words),
            None => Ok(()),
        })?;
        Ok(newer)
    }

    fn add(
        &mut self,
        file: &ScannedFile,
        row: &[u8],
        words: &[String],
    ) -> Result<(), UnreadablePostings> {
        let first = self.chunks.len();
        let chunk = |position| (ids::row_id(file.id, position), 0);
        self.chunks.extend((0..file.n_chunks).map(chunk));
        for word in postings::words(row) {
            let (spelling, entries) = word?;
            let Ok(word) = words.binary_search_by(|word| word.as_str().cmp(spelling)) else {
                continue;
            };
            for entry in postings::entries(entries) {
                let entry = entry?;
                let position = usize::try_from(entry.position).ok();
                let place = position.and_then(|position| first.checked_add(position));
                let place = place.ok_or(UnreadablePostings)?;
                self.chunks.get_mut(place).ok_or(UnreadablePostings)?.1 = entry.length;
                self.entries[word].push((place, entry.frequency));
            }
        }
        Ok(())
    }
}

/// Scores the chunks of a copy and those that are newer, one after the other in one row of sums.
struct Scores<'p> {
    bm25: Bm25,
    pack: Option<&'p WordPack>,
    gone: Option<Vec<bool>>,
    newer: Newer,
}

impl Scores<'_> {
    fn best(&self, words: &[String], limit: usize) -> Best {
        let n_packed = self.pack.map_or(0, Pack::n_rows);
        let mut sums = vec![0.0_f64; n_packed + self.newer.chunks.len()];
        let mut found = Vec::new();
        for (word, newer) in words.iter().zip(&self.newer.entries) {
            found.clear();
            let packed = self.pack.into_iter().flat_map(|pack| pack.entries(word));
            found.extend(packed.filter(|(place, _)| !self.is_gone(*place)));
            found.extend(
                newer
                    .iter()
                    .map(|(place, frequency)| (n_packed + place, *frequency)),
            );
            let weight = self.bm25.weight(found.len());
            for (place, frequency) in &found {
                sums[*place] += self.bm25.score(weight, *frequency, self.length(*place));
            }
        }
        let mut best = Best::new(limit);
        let scored = sums.iter().enumerate().filter(|(_, sum)| **sum > 0.0);
        for (place, sum) in scored {
            best.offer(self.chunk(place), *sum as f32);
        }
        best
    }

    fn is_gone(&self, place: usize) -> bool {
        self.gone.as_ref().is_some_and(|gone| gone[place])
    }

    fn length(&self, place: usize) -> u64 {
        match self.newer_place(place) {
            Err(pack) => pack.length(place),
            Ok(newer) => self.newer.chunks[newer].1,
        }
    }

    fn chunk(&self, place: usize) -> i64 {
        match self.newer_place(place) {
            Err(pack) => pack.chunk(place),
            Ok(newer) => self.newer.chunks[newer].0,
        }
    }

    /// Returns the place among the newer chunks, or the copy that has the place.
    fn newer_place(&self, place: usize) -> Result<usize, &WordPack> {
        match self.pack {
            Some(pack) if place < pack.n_rows() => Err(pack),
            Some(pack) => Ok(place - pack.n_rows()),
            None => Ok(place),
        }
    }
}
