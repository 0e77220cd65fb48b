use std::path::PathBuf;

use super::known::KnownModel;
use crate::encoder::Pooling;

/// A model whose files are here and have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalModel {
    /// Its name; the folder's for a model that is not in the table.
    pub name: String,
    /// Where `config.json`, `tokenizer.json` and `model.safetensors` are.
    pub directory: PathBuf,
    /// SHA-256 of the weights in lower-case hexadecimal digits.
    pub weights_sha256: String,
    /// Largest number of tokens, special tokens included.
    pub window: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// Whether vectors are scaled to unit length.
    pub is_normalized: bool,
    /// What is put before a query.
    pub query_prefix: String,
    /// What is put before a document.
    pub document_prefix: String,
}

impl LocalModel {
    pub(crate) fn known(model: &KnownModel, directory: PathBuf) -> LocalModel {
        LocalModel {
            name: model.name.to_owned(),
            directory,
            weights_sha256: model.weights_sha256().to_owned(),
            window: model.window,
            pooling: model.pooling,
            is_normalized: model.is_normalized,
            query_prefix: model.query_prefix.to_owned(),
            document_prefix: model.document_prefix.to_owned(),
        }
    }
}
