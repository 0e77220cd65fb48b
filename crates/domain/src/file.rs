use serde::{Deserialize, Serialize};

use crate::{ContentHash, RepoPath, words};

words! {
    /// The language a file is written in, as its name tells.
    Language {
        /// `.ts`, `.mts`, `.cts` and declaration files.
        TypeScript = "typescript",
        /// `.tsx`.
        Tsx = "tsx",
        /// `.js`, `.mjs`, `.cjs`.
        JavaScript = "javascript",
        /// `.jsx`.
        Jsx = "jsx",
        /// `.py`, `.pyw` and stubs, `.pyi`.
        Python = "python",
    }
}

words! {
    /// A group of languages whose files can refer to each other, and which share the rules of modules. Files of two families never
    /// resolve into each other.
    Family {
        /// TypeScript and JavaScript.
        Ecmascript = "ecmascript",
        /// Python.
        Python = "python",
    }
}

words! {
    /// Which parser gave a file its chunks and symbols.
    Parser {
        /// The fast parser, with scopes.
        Oxc = "oxc",
        /// The error-tolerant parser: the file has syntax errors, or brackets nested too deep for the fast one.
        TreeSitter = "tree-sitter",
        /// Python's, which goes on after syntax errors.
        Ruff = "ruff",
        /// None: blocks of lines.
        Lines = "lines",
    }
}

/// What the file system said about a file when its bytes were read: a fast hint that it is unchanged, never the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileStamp {
    /// Size in bytes.
    pub n_bytes: u64,
    /// Modification time in nanoseconds since 1970; `None` when the file was so young that a later write could carry the same
    /// time ("racily clean"), so that only the hash can tell.
    pub modified_ns: Option<i64>,
}

/// One indexed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where it is.
    pub path: RepoPath,
    /// Hash of exactly the bytes that were indexed.
    pub hash: ContentHash,
    /// Size and time of those bytes.
    pub stamp: FileStamp,
    /// Its language.
    pub language: Language,
    /// Version of the front end that read it: another one may make something else of the same bytes.
    pub front_end: u32,
    /// Which parser read it.
    pub parser: Parser,
    /// Whether its path says that it is a test.
    pub is_test: bool,
    /// Number of lines.
    pub n_lines: u32,
    /// Something a person should know although the file is indexed, such as "syntax error on line 3".
    pub note: Option<String>,
}
