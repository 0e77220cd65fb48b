use crate::{ChunkKind, Language, RepoPath};

/// One answer of a search: a chunk and why it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The file.
    pub path: RepoPath,
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
    /// Larger is better; comparable within one answer only.
    pub score: f64,
    /// The chunk's source.
    pub source: String,
}
