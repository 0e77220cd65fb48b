//! What reads the files of some languages: a row of the table in `front_ends.rs`.

use domain::{Facts, Family, Language, RepoPath};

use crate::outline::Outline;
use crate::text::LineIndex;

/// What reads the files of some languages.
pub(crate) struct FrontEnd {
    /// The group of languages that these files can refer to; nothing is followed from a file of no family.
    pub(crate) family: Option<Family>,
    /// Version of what it makes of a file. A change of it indexes the files of its languages anew, and no others.
    pub(crate) version: u32,
    /// The languages, with what their files are called.
    pub(crate) languages: &'static [Names],
    /// Larger files hold data rather than what somebody wrote.
    pub(crate) data_limit_bytes: Option<u64>,
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
    /// Whole names, which may have any extension that no language claims.
    pub(crate) file_names: &'static [&'static str],
    /// Programs that the first line of a script without extension names.
    pub(crate) programs: &'static [&'static str],
}

/// Turns the text of a file into its outline; never fails.
pub(crate) trait Reader: Sync {
    /// Returns what is in the file. Runs on a stack of at least 64 MB.
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline;
}
