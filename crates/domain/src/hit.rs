//! Hits: the answers of a search, and what each score is composed of.

use crate::{ChunkKind, ContentHash, Language, RepoPath, RepositoryName};

/// One answer of a search: a chunk and why it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Name of the repository that it is from.
    pub repository: RepositoryName,
    /// The file.
    pub path: RepoPath,
    /// Hash of the file's bytes that were indexed.
    pub hash: ContentHash,
    /// The file's language.
    pub language: Language,
    /// First line of the chunk, 1-based.
    pub start_line: u32,
    /// Last line of the chunk.
    pub end_line: u32,
    /// What the chunk stands for.
    pub kind: ChunkKind,
    /// Its name; empty where there is none.
    pub name: String,
    /// Its qualified name; empty where there is none.
    pub qualified_name: String,
    /// The definition's head on one line, without its body.
    pub signature: String,
    /// Larger is better; comparable within one answer only.
    pub score: f64,
    /// What the score is made of.
    pub reasons: Reasons,
    /// The chunk's source.
    pub source: String,
}

/// What a score is made of: `(words + code + text) × factors + extras`, as `search` explains.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reasons {
    /// What the words of the question give.
    pub words: f64,
    /// What the likeness of question and code gives.
    pub code: f64,
    /// What the likeness of question and names, signature and doc comment gives.
    pub text: f64,
    /// Factor for the part of the chunk's name that the question says; 1 for nothing.
    pub name: f64,
    /// Factor for what the chunk stands for; 1 for a definition of behaviour.
    pub kind: f64,
    /// Factor for a test that was not asked for; 1 for everything else.
    pub test: f64,
    /// Factor for how many definitions depend on it; 1 for none.
    pub dependents: f64,
    /// What being the definition of a name in the question gives.
    pub named: f64,
    /// What holding a phrase or a place of the question gives.
    pub exact: f64,
}
