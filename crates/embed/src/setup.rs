//! An embedder before it is built: a value that crosses a pipe and says what the embedder will need.

use std::path::Path;
use std::time::Duration;

use domain::ModelId;
use serde::{Deserialize, Serialize};

use crate::remote::{RemoteEmbedder, RemoteSettings};
use crate::{EmbedError, Embedder, Encoder, EncoderSettings, MockEmbedder};

/// One of the kinds of embedders, and all that builds it. It may hold a key: it is meant for a pipe, never for a file or a log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum EmbedderSetup {
    /// Our encoder, in the process that asks.
    Local(Box<EncoderSettings>),
    /// A service that was probed.
    Remote(Box<RemoteSettings>),
    /// Vectors from the input's hash.
    Mock,
}

/// What an embedder takes of the machine.
#[derive(Clone, Debug, Default)]
pub struct Needs<'s> {
    /// Folders that its files lie in.
    pub folders: Vec<&'s Path>,
    /// TCP port that it connects to.
    pub port: Option<u16>,
    /// Bytes of weights that all processes map together; 0 for a model that cannot be opened.
    pub n_mapped_bytes: u64,
    /// How long a call may wait for something outside of this machine, above the time of its work.
    pub patience: Duration,
}

impl EmbedderSetup {
    /// Builds the embedder.
    pub fn build(&self) -> Result<Box<dyn Embedder>, EmbedError> {
        Ok(match self {
            EmbedderSetup::Local(settings) => Box::new(Encoder::open(settings)?),
            EmbedderSetup::Remote(settings) => Box::new(RemoteEmbedder::open(settings)),
            EmbedderSetup::Mock => Box::new(MockEmbedder::new()),
        })
    }

    /// Returns the identity of its model without building it.
    pub fn model_id(&self) -> ModelId {
        match self {
            EmbedderSetup::Local(settings) => settings.model_id(),
            EmbedderSetup::Remote(settings) => settings.model_id(),
            EmbedderSetup::Mock => ModelId::new(MockEmbedder::MODEL),
        }
    }

    /// Returns what it takes of the machine.
    pub fn needs(&self) -> Needs<'_> {
        match self {
            EmbedderSetup::Local(settings) => Needs {
                folders: vec![&settings.model_directory, &settings.packed_directory],
                n_mapped_bytes: settings.packed_n_bytes().unwrap_or(0),
                ..Needs::default()
            },
            EmbedderSetup::Remote(settings) => Needs {
                port: Some(settings.port()),
                patience: settings.patience(),
                ..Needs::default()
            },
            EmbedderSetup::Mock => Needs::default(),
        }
    }
}
