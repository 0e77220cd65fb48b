//! Turns the text of one source file into chunks, symbols and references.
//!
//! A pure function of path and text: reads no file, knows no store, and never fails. A file with syntax errors still gives
//! chunks. Start at [`extract`].

mod chunker;
mod complexity;
mod decode;
mod languages;
mod outline;
mod oxc_outline;
mod text;
mod tree_sitter_outline;
mod views;

pub use decode::{DecodeError, decode};
pub use languages::{is_test_path, language_of};
pub use views::view_input;

use domain::{Chunk, Parser, Reference, RepoPath, Symbol};

/// Version of what [`extract`] gives; a change of it is another profile, so that files are indexed anew.
pub const EXTRACTOR_VERSION: u32 = 1;

/// What the cutting of chunks depends on.
pub struct ExtractSettings<'a> {
    /// Largest number of tokens of either view's input of a chunk.
    pub max_tokens: usize,
    /// Counts the tokens of a text as the model would.
    pub count_tokens: &'a dyn Fn(&str) -> usize,
}

/// What a file turned into.
#[derive(Clone, Debug, PartialEq)]
pub struct Extraction {
    /// Which parser read it.
    pub parser: Parser,
    /// Chunks in source order; together they hold every non-blank line.
    pub chunks: Vec<Chunk>,
    /// Definitions; the first is the module itself.
    pub symbols: Vec<Symbol>,
    /// Uses of names, in source order.
    pub references: Vec<Reference>,
    /// Number of lines.
    pub n_lines: u32,
    /// Something a person should know although the file is indexed.
    pub note: Option<String>,
}
