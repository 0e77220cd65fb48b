//! Chooses and builds the embedders.

use std::path::{Path, PathBuf};

use domain::ModelId;
use embed::models::{
    HubSettings, LocalModel, ModelStore, ModelStoreSettings, Network, PullEvent, PullMode,
};
use embed::{Embedder, Encoder, EncoderSettings, MockEmbedder, ViewEmbedders};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::settings::{EmbeddingMode, Provenance, Settings};

/// What a worker needs to build its embedders; crosses the pipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum EmbeddingSetup {
    /// No vectors.
    None,
    /// Vectors from the input's hash.
    Mock,
    /// Our encoder.
    Encoder(EncoderSettings),
}

/// What a run must know about its embedders without having them.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddingFacts {
    pub(crate) model: Option<ModelId>,
    pub(crate) max_input_tokens: u32,
    pub(crate) token_counter: String,
}

/// Tokens of a chunk's input where no model says how many it takes: as the default model, so that a later run with embeddings cuts alike.
const CHUNK_TOKENS_WITHOUT_MODEL: u32 = 254;

impl EmbeddingSetup {
    /// Builds the embedders of both views.
    pub(crate) fn build(&self) -> Result<Option<ViewEmbedders>, AppError> {
        let embedder: Box<dyn Embedder> = match self {
            EmbeddingSetup::None => return Ok(None),
            EmbeddingSetup::Mock => Box::new(MockEmbedder::new()),
            EmbeddingSetup::Encoder(settings) => Box::new(Encoder::open(settings)?),
        };
        Ok(Some(ViewEmbedders::shared(embedder)))
    }

    /// Returns the folders that its files lie in.
    pub(crate) fn folders(&self) -> Vec<&Path> {
        match self {
            EmbeddingSetup::Encoder(settings) => {
                vec![&settings.model_directory, &settings.packed_directory]
            }
            EmbeddingSetup::None | EmbeddingSetup::Mock => Vec::new(),
        }
    }

    /// Returns about how much memory the model's weights take, which all workers map together.
    pub(crate) fn mapped_bytes(&self) -> u64 {
        let EmbeddingSetup::Encoder(settings) = self else {
            return 0;
        };
        let weights = settings.model_directory.join("model.safetensors");
        let n_bytes = fs_err::metadata(weights).map_or(0, |metadata| metadata.len());
        match settings.precision {
            // A quarter of what the layers have, half of what the word table has.
            embed::Precision::Int8 => n_bytes / 5 * 2,
            embed::Precision::F32 => n_bytes,
        }
    }

    /// Returns what decides how files are cut and which vectors they link to; opens the model once, which also packs its weights
    /// before several workers ask for them.
    pub(crate) fn facts(&self) -> Result<EmbeddingFacts, AppError> {
        let facts = match self.build()? {
            None => EmbeddingFacts {
                model: None,
                max_input_tokens: CHUNK_TOKENS_WITHOUT_MODEL,
                token_counter: "approximate".to_owned(),
            },
            Some(embedders) => {
                let model = embedders.of(domain::View::Code).model().clone();
                let max_input_tokens =
                    u32::try_from(embedders.max_input_tokens()).unwrap_or(u32::MAX);
                EmbeddingFacts {
                    token_counter: model.to_string(),
                    model: Some(model),
                    max_input_tokens,
                }
            }
        };
        Ok(facts)
    }
}

/// Returns how `settings` want views embedded; pulls the model where it is missing.
pub(crate) fn embedding_setup(
    settings: &Settings,
    on_pull: &mut dyn FnMut(PullEvent<'_>),
) -> Result<EmbeddingSetup, AppError> {
    match settings.embeddings.value {
        EmbeddingMode::None => Ok(EmbeddingSetup::None),
        EmbeddingMode::Mock => Ok(EmbeddingSetup::Mock),
        EmbeddingMode::Real => {
            let models = model_store(settings);
            let model = models.pull(&model_name(settings, &models)?, PullMode::Missing, on_pull)?;
            Ok(EmbeddingSetup::Encoder(encoder_settings(settings, model)))
        }
    }
}

/// Returns the setup of embedders whose model is there already; never touches the network.
pub(crate) fn present_embedding_setup(
    settings: &Settings,
) -> Result<Option<EmbeddingSetup>, AppError> {
    match settings.embeddings.value {
        EmbeddingMode::None => Ok(None),
        EmbeddingMode::Mock => Ok(Some(EmbeddingSetup::Mock)),
        EmbeddingMode::Real => {
            let models = model_store(settings);
            let model = models.find(&model_name(settings, &models)?)?;
            Ok(model.map(|model| EmbeddingSetup::Encoder(encoder_settings(settings, model))))
        }
    }
}

/// A folder that is named without a model's name means whatever model it holds.
fn model_name(settings: &Settings, models: &ModelStore) -> Result<String, AppError> {
    match settings.model.provenance {
        Provenance::Default => Ok(models.default_model()?),
        _ => Ok(settings.model.value.clone()),
    }
}

fn encoder_settings(settings: &Settings, model: LocalModel) -> EncoderSettings {
    EncoderSettings {
        model_name: model.name,
        model_directory: model.directory,
        weights_sha256: model.weights_sha256,
        window: model.window,
        pooling: model.pooling,
        query_prefix: model.query_prefix,
        document_prefix: model.document_prefix,
        packed_directory: settings.cache_dir.value.join("packed"),
        precision: settings.precision.value,
        instruction_set: None,
    }
}

pub(crate) fn model_store(settings: &Settings) -> ModelStore {
    let default = HubSettings::default();
    let endpoint = settings
        .hub
        .value
        .clone()
        .unwrap_or_else(|| default.endpoint.clone());
    let hub = HubSettings {
        endpoint,
        ..default
    };
    ModelStore::new(ModelStoreSettings {
        model_directory: settings.model_dir.value.clone(),
        hub,
        network: if settings.offline.value {
            Network::Offline
        } else {
            Network::Allowed
        },
        python: settings.python.value.clone(),
        ..ModelStoreSettings::new(settings.cache_dir.value.clone())
    })
}

/// A known model and whether it is here.
#[derive(Clone, Debug)]
pub struct ModelStatus {
    /// Its name.
    pub name: String,
    /// Its folder, where it is here.
    pub directory: Option<PathBuf>,
    /// Whether it is used when nobody says otherwise.
    pub is_default: bool,
}

/// Returns every known model.
pub fn models(settings: &Settings) -> Vec<ModelStatus> {
    let status = |entry: embed::models::ModelEntry| ModelStatus {
        is_default: entry.name == embed::models::DEFAULT_MODEL,
        name: entry.name,
        directory: entry.is_cached.then_some(entry.directory),
    };
    model_store(settings)
        .list()
        .into_iter()
        .map(status)
        .collect()
}

/// Brings a model here and returns its folder.
pub fn pull_model(
    settings: &Settings,
    name: &str,
    on_event: &mut dyn FnMut(PullEvent<'_>),
) -> Result<PathBuf, AppError> {
    Ok(model_store(settings)
        .pull(name, PullMode::Missing, on_event)?
        .directory)
}

/// Returns the folder of a model that is here.
pub fn model_path(settings: &Settings, name: &str) -> Result<Option<PathBuf>, AppError> {
    Ok(model_store(settings)
        .find(name)?
        .map(|model| model.directory))
}
