//! Copies of what searches go through, packed into files beside the database so that they are read at the speed of memory.
//!
//! In the database a vector, or the words of a file, is a row between other rows. A copy is one file that every process which searches
//! maps, so that it is in memory once. It is only ever a copy: where it cannot be written or read, the rows are searched.
//!
//! Ids of files are given in rising order and never twice, and the rows of a file never change. So a copy stays right for the files
//! that are still there, what is new has a higher id than everything in it, and nothing has to be invalidated. It is written anew once
//! too much is missing from it or gone.
//!
//! Another database may come to stand beside the copies: one made anew after the old was deleted, or a backup. It gives the same ids to
//! other files, so a copy names the files that it is of.
//!
//! A copy that is not as it was written is dropped, made anew, and said.

mod checked;
mod place;
mod vectors;
mod words;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use blake3::Hasher;
use rusqlite::Connection;

use crate::ids;
use crate::records::GenerationId;
use crate::sqlite::failure::Failure;
use crate::sqlite::read::OF_GENERATION;
use checked::{Checked, Damaged};

pub(super) use place::{Place, damaged, forget, make_room};
pub(super) use vectors::{VectorPack, VectorPackWriter};
pub(super) use words::{WordPack, WordPackWriter};

/// As many rows are searched in the database as fast as a copy is opened.
const MIN_ROWS: usize = 2_000;

/// A copy of one kind.
pub(super) trait Pack: Sized {
    /// Opens a copy; nothing where there is none or it is of another version.
    fn open(place: &Place) -> Result<Option<Self>, Damaged>;
    /// Its content.
    fn bytes(&self) -> &Checked;
    fn n_rows(&self) -> usize;
    /// The highest id of a file when it was written.
    fn last_file(&self) -> i64;
    /// The files that it is of, as [`Files::write`] wrote them; nothing where they are damaged.
    fn files(&self) -> Option<&[u8]>;

    /// Whether something that was read of it is not as it was written.
    fn is_damaged(&self) -> bool {
        self.bytes().is_damaged()
    }

    /// Takes it for damaged because of what it says.
    fn give_up(&self) {
        self.bytes().give_up();
    }

    /// Whether all files that it should have are those that it is of.
    fn is_of(&self, files: &Files) -> bool {
        let copied = self.files().unwrap_or_default();
        let mut copied = copied.as_chunks::<FILE_BYTES>().0.iter();
        let older = &files.all[..files.all.len() - files.after(self.last_file()).len()];
        // Both in order of ids.
        older.iter().all(|file| {
            let wanted = file.to_bytes();
            let reached = |copied: &&[u8; FILE_BYTES]| copied[..8] >= wanted[..8];
            copied.find(reached) == Some(&wanted)
        })
    }

    /// Whether so much is missing or gone that a new copy is worth its cost.
    fn is_out_of_date(&self, files: &Files) -> bool {
        let n_missing = n_chunks(files.after(self.last_file()));
        let n_gone = (self.n_rows() + n_missing).saturating_sub(files.n_chunks);
        n_missing.max(n_gone) > MIN_ROWS.max(self.n_rows() / 10)
    }
}

/// The files of a generation, in order of ids.
pub(super) struct Files {
    pub(super) all: Vec<ScannedFile>,
    pub(super) n_chunks: usize,
    pub(super) n_words: u64,
}

/// A file of a generation.
pub(super) struct ScannedFile {
    pub(super) id: i64,
    pub(super) n_chunks: usize,
    n_words: u64,
    /// Distinguishes it from another file that has the same id in another database.
    tag: u64,
}

/// An id, the highest digit first so that bytes are in the order of ids, and a tag.
const FILE_BYTES: usize = 16;

impl ScannedFile {
    fn to_bytes(&self) -> [u8; FILE_BYTES] {
        let mut bytes = [0; FILE_BYTES];
        bytes[..8].copy_from_slice(&self.id.to_be_bytes());
        bytes[8..].copy_from_slice(&self.tag.to_be_bytes());
        bytes
    }
}

impl Files {
    fn read(connection: &Connection, generation: GenerationId) -> rusqlite::Result<Files> {
        let all = connection
            .prepare_cached(&format!(
                "SELECT id, n_chunks, n_words, path, hash FROM files WHERE {OF_GENERATION} ORDER BY id",
            ))?
            .query_map([generation.0], |row| {
                let n_chunks: i64 = row.get(1)?;
                // Room is made for as many.
                let n_chunks = ids::n_rows(n_chunks)
                    .ok_or(rusqlite::Error::IntegralValueOutOfRange(1, n_chunks))?;
                let n_words = row.get(2)?;
                let (path, hash) = (row.get_ref(3)?.as_bytes()?, row.get_ref(4)?.as_bytes()?);
                Ok(ScannedFile {
                    id: row.get(0)?,
                    n_chunks,
                    n_words,
                    tag: tag(n_chunks, n_words, path, hash),
                })
            })?
            .collect::<rusqlite::Result<Vec<ScannedFile>>>()?;
        Ok(Files {
            n_chunks: n_chunks(&all),
            n_words: all
                .iter()
                .fold(0, |sum, file| file.n_words.saturating_add(sum)),
            all,
        })
    }

    /// Returns the highest id.
    fn last(&self) -> i64 {
        self.all.last().map_or(0, |file| file.id)
    }

    /// Whether a chunk is of one of the files.
    pub(super) fn have(&self, chunk: i64) -> bool {
        let file = ids::file_of(chunk);
        self.all.binary_search_by_key(&file, |file| file.id).is_ok()
    }

    /// Returns the files that a copy which ends with `last` does not have.
    pub(super) fn after(&self, last: i64) -> &[ScannedFile] {
        &self.all[self.all.partition_point(|file| file.id <= last)..]
    }

    /// Writes which files a copy is of.
    fn write(&self, file: &mut impl io::Write) -> io::Result<()> {
        let mut files = self.all.iter();
        files.try_for_each(|scanned| file.write_all(&scanned.to_bytes()))
    }

    /// Whether there are enough rows for a copy.
    pub(super) fn are_many(&self) -> bool {
        self.n_chunks >= MIN_ROWS
    }
}

/// Returns what distinguishes a file from any other. It is written down, so it must be the same in every build: the hashers of the standard
/// library promise that to nobody.
fn tag(n_chunks: usize, n_words: u64, path: &[u8], hash: &[u8]) -> u64 {
    let mut hasher = Hasher::new();
    hasher.update(&(n_chunks as u64).to_le_bytes());
    hasher.update(&n_words.to_le_bytes());
    // Its length first, so that the end of a path is not taken for the begin of a hash.
    hasher.update(&(path.len() as u64).to_le_bytes());
    hasher.update(path).update(hash);
    let mut first = [0; 8];
    hasher.finalize_xof().fill(&mut first);
    u64::from_le_bytes(first)
}

fn n_chunks(files: &[ScannedFile]) -> usize {
    files.iter().map(|file| file.n_chunks).sum()
}

/// What searches remember from one to the next.
#[derive(Default)]
pub(super) struct Packs {
    pub(super) words: OpenPacks<WordPack>,
    pub(super) vectors: OpenPacks<VectorPack>,
    files: RefCell<Option<KnownFiles>>,
}

/// The files of a generation, as long as nobody writes.
struct KnownFiles {
    generation: GenerationId,
    /// As [`version`] was.
    version: (i64, u64),
    files: Arc<Files>,
}

impl Packs {
    /// Returns the copies that were dropped since this was last asked.
    pub(super) fn dropped(&self) -> Vec<PathBuf> {
        let mut dropped = self.words.dropped.take();
        dropped.append(&mut self.vectors.dropped.take());
        dropped.dedup();
        dropped
    }

    /// Returns the files of a generation, read anew only after a change of the database.
    pub(super) fn files(
        &self,
        connection: &Connection,
        generation: GenerationId,
    ) -> rusqlite::Result<Arc<Files>> {
        let version = version(connection)?;
        let mut known = self.files.borrow_mut();
        let is_current =
            |known: &&KnownFiles| known.generation == generation && known.version == version;
        if let Some(known) = known.as_ref().filter(is_current) {
            return Ok(Arc::clone(&known.files));
        }
        let files = Arc::new(Files::read(connection, generation)?);
        *known = Some(KnownFiles {
            generation,
            version,
            files: Arc::clone(&files),
        });
        Ok(files)
    }
}

/// Counts the changes by others that this connection has seen, and its own.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<(i64, u64)> {
    let by_others = connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
    Ok((by_others, connection.total_changes()))
}

/// The copies of one kind that are open.
pub(super) struct OpenPacks<P> {
    open: RefCell<HashMap<Place, Arc<P>>>,
    /// Those that were found damaged and dropped, until somebody asks.
    dropped: RefCell<Vec<PathBuf>>,
}

impl<P> Default for OpenPacks<P> {
    fn default() -> OpenPacks<P> {
        OpenPacks {
            open: RefCell::default(),
            dropped: RefCell::default(),
        }
    }
}

impl<P: Pack> OpenPacks<P> {
    /// Returns a copy that is not too far behind.
    pub(super) fn get(&self, place: &Place, files: &Files) -> Option<Arc<P>> {
        let open = self.open.borrow().get(place).map(Arc::clone);
        let is_good = |pack: &P| !pack.is_out_of_date(files) && pack.is_of(files);
        if let Some(open) = open.filter(|pack| is_good(pack)) {
            return Some(open);
        }
        // Another process may have written a newer one.
        let pack = match P::open(place) {
            Ok(pack) => Arc::new(pack?),
            Err(Damaged) => {
                self.drop_damaged(place);
                return None;
            }
        };
        if is_good(&pack) {
            let mut packs = self.open.borrow_mut();
            packs.insert(place.clone(), Arc::clone(&pack));
            return Some(pack);
        }
        if pack.is_damaged() {
            self.drop_damaged(place);
        }
        None
    }

    /// Asks the copy that `get` returns, and where it turns out to be damaged another that is made anew, or else none.
    pub(super) fn ask<T>(
        &self,
        place: &Place,
        get: impl Fn() -> Result<Option<Arc<P>>, Failure>,
        ask: impl Fn(Option<&P>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..2 {
            let pack = get()?;
            let answer = ask(pack.as_deref());
            if !pack.is_some_and(|pack| pack.is_damaged()) {
                return answer;
            }
            self.drop_damaged(place);
        }
        ask(None)
    }

    fn drop_damaged(&self, place: &Place) {
        self.open.borrow_mut().remove(place);
        place.remove();
        self.dropped.borrow_mut().push(place.path());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_the_same_in_every_build_and_say_where_a_path_ends() {
        let hash: Vec<u8> = (0..32).collect();
        // BLAKE3 of the same bytes by the implementation in Python.
        assert_eq!(tag(3, 120, b"src/a.ts", &hash), 0x1320_99dc_d33c_9b6f);
        assert_ne!(tag(1, 1, b"ab", b"c"), tag(1, 1, b"a", b"bc"));
    }
}
