//! A copy of a generation's vectors beside the database, packed so that a scan runs at the speed of memory.
//!
//! In the database a vector is a row between other rows. The copy is one file for each view and model, mapped by every process that
//! searches, so that it is in memory once. It is only ever a copy: where it cannot be written or read, the rows are scanned.
//!
//! Ids of files are given in rising order and never twice, and the rows of a file never change. So a copy stays right for the files
//! that are still there, what is new has a higher id than everything in it, and nothing has to be invalidated. It is written anew once
//! too much is missing from it or gone.

use std::collections::HashSet;
use std::io::{self, BufWriter, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use fs_err as fs;
use memmap2::Mmap;

/// Begins every file; another word with every change of the format.
const MAGIC: [u8; 8] = *b"mnemovp1";

/// Magic, number of dimensions, highest file id, number of rows: eight bytes each. Then the vectors, then the chunks' ids.
const HEADER_BYTES: usize = 32;

/// As many rows are scanned in the database as fast as a copy is opened.
pub(super) const MIN_ROWS: usize = 2_000;

/// Which copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct PackKey {
    pub(super) generation: i64,
    pub(super) model: i64,
    /// The column that leads to the vectors.
    pub(super) link: &'static str,
}

/// Packed vectors.
pub(super) struct Pack {
    mapping: Mmap,
    n_rows: usize,
    pub(super) n_dimensions: usize,
    /// The highest id of a file when it was written.
    pub(super) last_file: i64,
}

impl Pack {
    /// Opens a copy; nothing where there is none or it is of no use.
    pub(super) fn open(database: &Path, key: &PackKey) -> Option<Pack> {
        let file = fs::File::open(path(database, key)).ok()?;
        // SAFETY: a copy is written under another name and then renamed, and never changed afterwards, so the mapped bytes stay as they
        // are. Who truncates our files by hand gets a SIGBUS, as with every mapped database.
        let mapping = unsafe { Mmap::map(file.file()) }.ok()?;
        let number = |at: usize| -> Option<u64> {
            Some(u64::from_le_bytes(
                mapping.get(at..at + 8)?.try_into().ok()?,
            ))
        };
        if mapping.get(..8)? != MAGIC {
            return None;
        }
        let n_dimensions = usize::try_from(number(8)?).ok()?;
        let last_file = number(16)?.cast_signed();
        let n_rows = usize::try_from(number(24)?).ok()?;
        let row_bytes = n_dimensions.checked_mul(2)?.checked_add(8)?;
        let n_bytes = n_rows.checked_mul(row_bytes)?.checked_add(HEADER_BYTES)?;
        (n_dimensions > 0 && mapping.len() == n_bytes).then_some(Pack {
            mapping,
            n_rows,
            n_dimensions,
            last_file,
        })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Returns each chunk's id with its vector's bytes for some rows, in order of ids.
    pub(super) fn rows(&self, range: Range<usize>) -> impl Iterator<Item = (i64, &[u8])> {
        let row_bytes = 2 * self.n_dimensions;
        let (vectors, ids) = self.mapping[HEADER_BYTES..].split_at(row_bytes * self.n_rows);
        let (ids, _) = ids.as_chunks::<8>();
        let vectors = &vectors[row_bytes * range.start..row_bytes * range.end];
        let ids = ids[range].iter().map(|id| i64::from_le_bytes(*id));
        ids.zip(vectors.chunks_exact(row_bytes))
    }

    /// Whether so much is missing or gone that a new copy is worth its cost.
    pub(super) fn is_out_of_date(&self, n_missing: usize, n_alive: usize) -> bool {
        let n_gone = (self.n_rows + n_missing).saturating_sub(n_alive);
        n_missing.max(n_gone) > MIN_ROWS.max(self.n_rows / 10)
    }
}

/// Writes a copy row by row; nobody sees it before it is whole.
pub(super) struct PackWriter {
    file: BufWriter<fs::File>,
    aside: PathBuf,
    path: PathBuf,
    ids: Vec<u8>,
}

impl PackWriter {
    /// Begins a copy, and deletes those of generations that are not among `alive`.
    pub(super) fn new(
        database: &Path,
        key: &PackKey,
        alive: &HashSet<i64>,
    ) -> io::Result<PackWriter> {
        let folder = folder(database);
        fs::create_dir_all(&folder)?;
        remove_dead(&folder, alive)?;
        let path = path(database, key);
        let aside = path.with_extension(format!("{}", std::process::id()));
        let mut file = BufWriter::new(fs::File::create(&aside)?);
        file.write_all(&[0; HEADER_BYTES])?;
        Ok(PackWriter {
            file,
            aside,
            path,
            ids: Vec::new(),
        })
    }

    /// Adds a chunk's vector; ids rise.
    pub(super) fn add(&mut self, id: i64, vector: &[u8]) -> io::Result<()> {
        self.ids.extend(id.to_le_bytes());
        self.file.write_all(vector)
    }

    /// Ends the copy and puts it in its place.
    pub(super) fn finish(mut self, n_dimensions: usize, last_file: i64) -> io::Result<()> {
        let n_rows = self.ids.len() / 8;
        self.file.write_all(&self.ids)?;
        self.file.rewind()?;
        self.file.write_all(&MAGIC)?;
        for number in [
            n_dimensions as u64,
            last_file.cast_unsigned(),
            n_rows as u64,
        ] {
            self.file.write_all(&number.to_le_bytes())?;
        }
        self.file.flush()?;
        fs::rename(&self.aside, &self.path)
    }
}

fn folder(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".vectors");
    PathBuf::from(name)
}

fn path(database: &Path, key: &PackKey) -> PathBuf {
    folder(database).join(format!(
        "{}-{}-{}.pack",
        key.generation, key.model, key.link
    ))
}

/// Deletes the copies of generations that nobody can ask for. What another process maps stays readable to it.
fn remove_dead(folder: &Path, alive: &HashSet<i64>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let generation = name
            .split_once('-')
            .and_then(|(number, _)| number.parse().ok());
        if generation.is_some_and(|generation| !alive.contains(&generation)) {
            // Another process may be faster.
            fs::remove_file(path).ok();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_read_as_written_and_damaged_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let key = |generation| PackKey {
            generation,
            model: 1,
            link: "code_vector",
        };
        for generation in [1, 2] {
            let mut writer =
                PackWriter::new(&database, &key(generation), &HashSet::from([2])).unwrap();
            writer.add(5, &[1, 2, 3, 4]).unwrap();
            writer.add(9, &[5, 6, 7, 8]).unwrap();
            writer.finish(2, 7).unwrap();
        }
        assert!(
            Pack::open(&database, &key(1)).is_none(),
            "of a dead generation"
        );
        let pack = Pack::open(&database, &key(2)).unwrap();
        let rows: Vec<(i64, Vec<u8>)> = pack
            .rows(0..pack.n_rows())
            .map(|(id, bytes)| (id, bytes.to_vec()))
            .collect();
        assert_eq!(rows, [(5, vec![1, 2, 3, 4]), (9, vec![5, 6, 7, 8])]);
        assert_eq!((pack.n_dimensions, pack.last_file), (2, 7));
        assert!(!pack.is_out_of_date(10, 12));
        assert!(pack.is_out_of_date(3_000, 3_002));

        let path = path(&database, &key(2));
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(Pack::open(&database, &key(2)).is_none(), "cut off");
        fs::write(&path, b"something else").unwrap();
        assert!(Pack::open(&database, &key(2)).is_none(), "not ours");
    }
}
