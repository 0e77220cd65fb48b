//! Files that were not indexed: by a problem, or left out on purpose.

use serde::{Deserialize, Serialize};

use crate::{RepoPath, words};

words! {
    /// Why a file could not be indexed.
    ProblemKind {
        /// It could not be opened or read.
        Unreadable = "unreadable",
        /// It was gone when its turn came.
        Vanished = "vanished",
        /// Its bytes are no text in a known encoding.
        Encoding = "encoding",
        /// Its name is not UTF-8.
        Name = "name",
        /// It took longer than the time limit.
        Timeout = "timeout",
        /// A worker died of it by a signal or an abort.
        Crash = "crash",
        /// A worker ran out of memory on it.
        OutOfMemory = "out_of_memory",
        /// The code met a condition that it believed impossible.
        Internal = "internal",
        /// The model could not embed it.
        Embedding = "embedding",
        /// The store refused it.
        Store = "store",
    }
}

/// A file that could not be indexed. A result, never an exception.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which file; with replacement characters where its name is not UTF-8.
    pub path: String,
    /// Why.
    pub kind: ProblemKind,
    /// The cause in words that a person can act on: a lowercase fragment.
    pub cause: String,
}

words! {
    /// Why a file was left out on purpose.
    SkipReason {
        /// No grammar for files of this name.
        UnsupportedLanguage = "unsupported language",
        /// A NUL byte in its first part, and no byte order mark that explains it.
        Binary = "binary",
        /// A pointer of Git LFS stands in its place.
        LfsPointer = "Git LFS pointer",
        /// Larger than the size limit.
        TooLarge = "too large",
        /// Its name or its text says that a tool squeezed it.
        Minified = "minified",
        /// Its head says that a tool wrote it.
        Generated = "generated",
        /// A large file of values, such as a recorded answer, in a format of configuration.
        Data = "data",
        /// A package manager's lock file.
        LockFile = "lock file",
        /// It holds credentials, or its name says that it does.
        Secret = "secret",
        /// A repository of its own inside the tree.
        NestedRepository = "nested repository",
        /// A test, while tests are excluded.
        Test = "test excluded",
        /// Left out by `--exclude`, or not named by `--include`.
        Excluded = "excluded",
        /// A symbolic link: its target is indexed where it stands.
        Symlink = "symlink",
        /// A FIFO, socket or device.
        SpecialFile = "special file",
    }
}

impl Skip {
    /// Returns why, with the extension of a file in a language that nothing here reads: `in a language that nothing here reads: .xyz`.
    pub fn in_words(&self) -> String {
        if self.reason != SkipReason::UnsupportedLanguage {
            return self.reason.as_str().to_owned();
        }
        match self.path.extension() {
            Some(extension) => format!("in a language that nothing here reads: .{extension}"),
            None => "without an extension, and no script".to_owned(),
        }
    }
}

/// A file left out on purpose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Skip {
    /// Which file.
    pub path: RepoPath,
    /// Why.
    pub reason: SkipReason,
    /// What exactly gave the reason away, such as "longest line has 90,112 characters".
    pub detail: String,
}
