//! A model in a folder that the user names: a known one by its hash or, where none is known, by the folder's name, or any other by its
//! own description.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::SourceError;
use super::known::KnownModel;
use super::local::LocalModel;
use super::{CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE, verified};
use crate::encoder::{Pooling, n_positions};
use crate::limits::{DESCRIPTION_MAX_BYTES, TOKENIZER_MAX_BYTES, WEIGHTS_MAX_BYTES};

/// Tokens that a model which takes thousands is given at a time: what most were trained on, and attention's time grows with the square.
const DEFAULT_LONGEST_WINDOW: usize = 512;

#[derive(Deserialize)]
struct SentenceConfig {
    max_seq_length: Option<usize>,
}

#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

#[derive(Deserialize)]
struct Module {
    #[serde(rename = "type")]
    kind: String,
}

/// What a model's folder may hold, and how large each file may be. What stands there instead, such as a pipe or a device, is refused before
/// anything reads it.
const FILES: &[(&str, u64)] = &[
    (CONFIG_FILE, DESCRIPTION_MAX_BYTES),
    (TOKENIZER_FILE, TOKENIZER_MAX_BYTES),
    (WEIGHTS_FILE, WEIGHTS_MAX_BYTES),
    (SENTENCE_FILE, DESCRIPTION_MAX_BYTES),
    (MODULES_FILE, DESCRIPTION_MAX_BYTES),
    (POOLING_FILE, DESCRIPTION_MAX_BYTES),
];
const SENTENCE_FILE: &str = "sentence_bert_config.json";
const MODULES_FILE: &str = "modules.json";
const POOLING_FILE: &str = "1_Pooling/config.json";

/// Reads the model in `directory`; `record` remembers the hash of its weights.
pub(crate) fn read(
    directory: &Path,
    known: &[KnownModel],
    record: &Path,
) -> Result<LocalModel, SourceError> {
    let directory = fs_err::canonicalize(directory)?;
    for (name, max_bytes) in FILES {
        let is_needed = super::FILES.contains(name);
        match files::open_named(&directory.join(name), *max_bytes) {
            Err(error) if error.kind() == ErrorKind::NotFound && !is_needed => {}
            opened => drop(opened?),
        }
    }
    let weights_sha256 = verified::sha256(&directory.join(WEIGHTS_FILE), record)?;
    let name = name(&directory);
    let is_known = |model: &&KnownModel| match model.weights_sha256() {
        Some(sha256) => sha256 == weights_sha256,
        None => model.is_called(&name),
    };
    match known.iter().find(is_known) {
        Some(model) => Ok(LocalModel::known(model, directory, weights_sha256)),
        None => describe(directory, weights_sha256),
    }
}

/// A folder's name is that of its model.
fn name(directory: &Path) -> String {
    let name = directory.file_name().unwrap_or(directory.as_os_str());
    name.to_string_lossy().to_lowercase()
}

fn describe(directory: PathBuf, weights_sha256: String) -> Result<LocalModel, SourceError> {
    let n_positions = n_positions(&directory.join(CONFIG_FILE))?;
    let sentence: Option<SentenceConfig> = optional(&directory.join(SENTENCE_FILE))?;
    let modules: Option<Vec<Module>> = optional(&directory.join(MODULES_FILE))?;
    Ok(LocalModel {
        name: name(&directory),
        weights_sha256,
        window: sentence
            .and_then(|sentence| sentence.max_seq_length)
            .unwrap_or(n_positions)
            .min(n_positions)
            .min(DEFAULT_LONGEST_WINDOW),
        pooling: pooling(&directory)?,
        matryoshka: None,
        is_normalized: modules.is_none_or(|modules| {
            modules
                .iter()
                .any(|module| module.kind.ends_with("Normalize"))
        }),
        query_prefix: String::new(),
        document_prefix: String::new(),
        directory,
    })
}

/// Mean is what sentence-transformers does with a folder that does not say.
fn pooling(directory: &Path) -> Result<Pooling, SourceError> {
    let path = directory.join(POOLING_FILE);
    match optional::<PoolingConfig>(&path)? {
        None => Ok(Pooling::Mean),
        Some(config) if config.pooling_mode_mean_tokens => Ok(Pooling::Mean),
        Some(config) if config.pooling_mode_cls_token => Ok(Pooling::Cls),
        Some(_) => Err(SourceError::Description {
            path,
            cause: "only mean and cls pooling are supported".to_owned(),
        }),
    }
}

fn optional<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, SourceError> {
    if path.exists() {
        required(path).map(Some)
    } else {
        Ok(None)
    }
}

fn required<T: DeserializeOwned>(path: &Path) -> Result<T, SourceError> {
    let text = files::read_named(path, DESCRIPTION_MAX_BYTES)?;
    serde_json::from_slice(&text).map_err(|error| SourceError::Description {
        path: path.to_owned(),
        cause: error.to_string(),
    })
}
