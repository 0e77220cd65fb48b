//! A model on this machine, whose files have been checked.

use std::path::PathBuf;

use super::known::{KnownModel, Matryoshka};
use crate::encoder::{Cut, Pooling};

/// A model whose files are here and have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalModel {
    /// Its name; the folder's for a model that is not in the table.
    pub name: String,
    /// Where `config.json`, `tokenizer.json` and `model.safetensors` are.
    pub directory: PathBuf,
    /// SHA-256 of the weights in lower-case hexadecimal digits.
    pub weights_sha256: String,
    /// Tokens that it is given at most unless another number is asked for, special tokens included.
    pub window: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether its vectors may be cut.
    pub matryoshka: Option<Matryoshka>,
    /// Whether vectors are scaled to unit length.
    pub is_normalized: bool,
    /// What is put before a query.
    pub query_prefix: String,
    /// What is put before a document.
    pub document_prefix: String,
}

impl LocalModel {
    /// Returns how its vectors are cut to `n_dimensions`; nothing if it was not made for that.
    pub fn cut(&self, n_dimensions: usize) -> Option<Cut> {
        let matryoshka = self.matryoshka?;
        let is_possible = matryoshka.lengths.contains(&n_dimensions);
        is_possible.then_some(Cut {
            n_dimensions,
            is_normalized_before: matryoshka.is_normalized_before,
        })
    }

    pub(crate) fn known(
        model: &KnownModel,
        directory: PathBuf,
        weights_sha256: String,
    ) -> LocalModel {
        LocalModel {
            name: model.name.to_owned(),
            directory,
            weights_sha256,
            window: model.window,
            pooling: model.pooling,
            matryoshka: model.matryoshka,
            is_normalized: model.is_normalized,
            query_prefix: model.query_prefix.to_owned(),
            document_prefix: model.document_prefix.to_owned(),
        }
    }
}
