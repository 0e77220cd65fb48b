//! Where copies are: a folder of ours beside the database, and in it files with exactly our names.

use std::collections::HashSet;
use std::io::{self, Seek};
use std::path::{Path, PathBuf};

use files::OwnFolder;
use fs_err as fs;
use memmap2::Mmap;
use rusqlite::Connection;

use super::checked::{self, Checked, Damaged};
use super::{vectors, words};
use crate::records::GenerationId;

/// Ends the name of every copy.
const ENDING: &str = "pack";

/// Where a copy is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::sqlite) struct Place {
    folder: PathBuf,
    name: String,
}

impl Place {
    /// Returns where the words of a generation are.
    pub(in crate::sqlite) fn of_words(database: &Path, generation: GenerationId) -> Place {
        Place::of(database, format!("{}-words", generation.0))
    }

    /// Returns where the vectors of a generation are that a column of its chunks links to.
    pub(in crate::sqlite) fn of_vectors(
        database: &Path,
        generation: GenerationId,
        model: i64,
        column: &str,
    ) -> Place {
        Place::of(database, format!("{}-{model}-{column}", generation.0))
    }

    fn of(database: &Path, stem: String) -> Place {
        Place {
            folder: folder(database),
            name: format!("{stem}.{ENDING}"),
        }
    }

    /// Maps the copy; nothing where there is none that is ours and begins with `magic`.
    pub(super) fn open(&self, magic: &[u8]) -> Result<Option<Checked>, Damaged> {
        match self.map() {
            Some(mapping) => Checked::new(mapping, magic),
            None => Ok(None),
        }
    }

    fn map(&self) -> Option<Mmap> {
        let file = OwnFolder::find(&self.folder).ok()??.open(&self.name).ok()?;
        // SAFETY: a copy is written under another name and then renamed, and never changed afterwards, so the mapped bytes stay as they
        // are. It is a file of this user's that others cannot write; who truncates it by hand gets a SIGBUS, as with every mapped database.
        unsafe { Mmap::map(file.file()) }.ok()
    }

    /// Deletes the copy.
    pub(super) fn remove(&self) {
        if let Ok(Some(folder)) = OwnFolder::find(&self.folder) {
            // Another process may be faster.
            folder.remove(&self.name).ok();
        }
    }

    /// Returns where the copy is, for messages.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }
}

/// Reads every copy beside a database to its end; returns those that are damaged.
pub(in crate::sqlite) fn damaged(database: &Path) -> Vec<PathBuf> {
    let folder = folder(database);
    let names = match OwnFolder::find(&folder) {
        Ok(Some(own)) => own.names().unwrap_or_default(),
        _ => Vec::new(),
    };
    let mut places: Vec<Place> = names
        .into_iter()
        .filter(|name| generation_of(name).is_some() && name.ends_with(ENDING))
        .map(|name| Place {
            folder: folder.clone(),
            name,
        })
        .collect();
    places.sort_by(|a, b| a.name.cmp(&b.name));
    places.retain(|place| {
        let magic = match place.name.ends_with("-words.pack") {
            true => words::MAGIC,
            false => vectors::MAGIC,
        };
        match place.open(&magic) {
            Ok(Some(copy)) => copy.get(0..copy.len()).is_none(),
            // Of another version, which is not used.
            Ok(None) => false,
            Err(Damaged) => true,
        }
    });
    places.iter().map(Place::path).collect()
}

/// Returns the generation that a name in the folder is a copy of, whole or half-written; nothing for names that we never give.
fn generation_of(name: &str) -> Option<i64> {
    let (stem, ending) = name.split_once('.')?;
    let (generation, kind) = stem.split_once('-')?;
    let is_of_vectors = || {
        let (model, column) = kind.split_once('-')?;
        (number(model).is_some() && matches!(column, "code_vector" | "text_vector")).then_some(())
    };
    let is_ours = (kind == "words" || is_of_vectors().is_some())
        && (ending == ENDING || number(ending).is_some());
    number(generation).filter(|_| is_ours)
}

/// Reads a number that is written as we write it.
fn number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number >= 0 && number.to_string() == text).then_some(number)
}

fn folder(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".packs");
    PathBuf::from(name)
}

/// Makes the folder and deletes in it the copies of generations that nobody can ask for. What another process maps stays readable to it.
pub(in crate::sqlite) fn make_room(
    connection: &Connection,
    database: &Path,
) -> rusqlite::Result<()> {
    let alive = connection
        .prepare_cached("SELECT id FROM generations WHERE state <> 'replaced'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<HashSet<i64>>>()?;
    // Without a folder the copy cannot be written either, and the rows are searched.
    if let Ok(folder) = OwnFolder::make(&folder(database)) {
        remove(&folder, |generation| !alive.contains(&generation));
    }
    Ok(())
}

/// Deletes the copies that an earlier database of the same name has left.
pub(in crate::sqlite) fn forget(database: &Path) {
    if let Ok(Some(folder)) = OwnFolder::find(&folder(database)) {
        // Those that stay are of other files and therefore not used.
        remove(&folder, |_| true);
    }
}

fn remove(folder: &OwnFolder, is_dead: impl Fn(i64) -> bool) {
    for name in folder.names().unwrap_or_default() {
        if generation_of(&name).is_some_and(&is_dead) {
            // Another process may be faster.
            folder.remove(&name).ok();
        }
    }
}

/// A file that nobody sees before it is whole.
pub(super) struct Aside {
    pub(super) file: fs::File,
    folder: OwnFolder,
    aside: String,
    name: String,
}

impl Aside {
    pub(super) fn new(place: &Place) -> io::Result<Aside> {
        let folder = OwnFolder::make(&place.folder)?;
        let aside = place.name.replace(ENDING, &std::process::id().to_string());
        // One of the same name was left by a process that died, before this one was given its number.
        folder.remove(&aside).ok();
        Ok(Aside {
            file: folder.make_new(&aside)?,
            folder,
            aside,
            name: place.name.clone(),
        })
    }

    /// Puts the file in its place.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.rewind()?;
        checked::finish(&mut self.file)?;
        self.folder.rename(&self.aside, &self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_we_give_are_ours() {
        for (name, generation) in [
            ("3-words.pack", Some(3)),
            ("12-4-code_vector.pack", Some(12)),
            ("12-4-text_vector.981", Some(12)),
            ("3-words.981", Some(3)),
            ("3-words", None),
            ("3-notes.pack", None),
            ("03-words.pack", None),
            ("+3-words.pack", None),
            ("-3-words.pack", None),
            ("2024-12-report.pdf", None),
            ("2024-words.txt", None),
            ("3-words.pack.bak", None),
            ("3-4-code_vector-x.pack", None),
            ("2024-thesis.pack", None),
        ] {
            assert_eq!(generation_of(name), generation, "{name}");
        }
    }
}
