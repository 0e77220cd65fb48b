//! The table of front ends: everything that differs from language to language is a row here, and nothing else asks which language
//! a file is in.

use domain::{Facts, Family, Language, RepoPath};

use crate::ecmascript::ECMASCRIPT;
use crate::outline::Outline;
use crate::python::PYTHON;
use crate::text::LineIndex;

/// What reads the files of some languages.
pub(crate) struct FrontEnd {
    /// The group of languages that these files can refer to; nothing is followed from a file of no family.
    pub(crate) family: Option<Family>,
    /// Version of what it makes of a file. A change of it indexes the files of its languages anew, and no others.
    pub(crate) version: u32,
    /// The languages, with what their files are called.
    pub(crate) languages: &'static [Names],
    /// Whether a file of this name is a test, whatever folder it lies in.
    pub(crate) is_test_name: fn(&str) -> bool,
    /// What the language brings along.
    pub(crate) library: Option<fn() -> &'static Facts>,
    /// Reads a file.
    pub(crate) reader: &'static dyn Reader,
}

/// A language and what its files are called.
pub(crate) struct Names {
    /// The language.
    pub(crate) language: Language,
    /// Extensions in lower case. `d.ts` and the like need no entry: what counts is behind the last dot.
    pub(crate) extensions: &'static [&'static str],
}

/// Turns the text of a file into its outline; never fails.
pub(crate) trait Reader: Sync {
    /// Returns what is in the file. Runs on a stack of at least 64 MB.
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline;
}

/// Every front end of this program.
const FRONT_ENDS: &[&FrontEnd] = &[&ECMASCRIPT, &PYTHON];

/// A table of front ends. Tests make others than [`FrontEnds::LINKED`].
pub(crate) struct FrontEnds<'a> {
    rows: &'a [&'a FrontEnd],
}

impl<'a> FrontEnds<'a> {
    /// What this program was built with.
    pub(crate) const LINKED: FrontEnds<'static> = FrontEnds { rows: FRONT_ENDS };

    /// Returns the language of a file by its extension, in upper or lower case, with its front end.
    pub(crate) fn of_path(&self, path: &RepoPath) -> Option<(&'a FrontEnd, Language)> {
        let extension = path.extension()?;
        let is_named = |names: &&Names| {
            let mut extensions = names.extensions.iter();
            extensions.any(|known| extension.eq_ignore_ascii_case(known))
        };
        self.rows.iter().find_map(|row| {
            let names = row.languages.iter().find(is_named)?;
            Some((*row, names.language))
        })
    }

    /// Returns what reads a language.
    pub(crate) fn of_language(&self, language: Language) -> Option<&'a FrontEnd> {
        let reads = |row: &&&FrontEnd| row.languages.iter().any(|one| one.language == language);
        self.rows.iter().find(reads).copied()
    }

    /// Returns what the languages of a family bring along.
    pub(crate) fn library(&self, family: Family) -> Option<&'static Facts> {
        let mut rows = self.rows.iter().filter(|row| row.family == Some(family));
        rows.find_map(|row| row.library).map(|library| library())
    }
}
