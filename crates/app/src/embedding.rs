//! Chooses and builds the embedders.

pub(crate) mod service;
pub(crate) mod texts;

use std::path::PathBuf;
use std::time::Duration;

use domain::{ModelId, View};
use embed::models::{
    HubSettings, LocalModel, ModelStore, ModelStoreSettings, Network, PullEvent, PullMode,
};
use embed::{EmbedderSetup, EncoderSettings, Identity, ViewEmbedders};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::settings::{EmbeddingMode, Provenance, Settings};

/// How views are embedded; crosses the pipe.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum EmbeddingSetup {
    /// No vectors.
    None,
    /// Vectors of both views.
    Views(Box<ViewSetups>),
}

/// The embedders of both views.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ViewSetups {
    code: EmbedderSetup,
    /// That of texts, where it is another.
    text: Option<EmbedderSetup>,
}

/// What a run must know about its embedders without having them.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddingFacts {
    pub(crate) code_model: Option<ModelId>,
    pub(crate) text_model: Option<ModelId>,
    pub(crate) max_input_tokens: u32,
    pub(crate) token_counter: String,
}

/// Tokens of a chunk's input where no model says how many it takes: as the default model, so that a later run with embeddings cuts alike.
const CHUNK_TOKENS_WITHOUT_MODEL: u32 = 254;

impl EmbeddingSetup {
    /// Embeds code by one embedder and texts by another, or both by one.
    pub(crate) fn of(code: EmbedderSetup, text: Option<EmbedderSetup>) -> EmbeddingSetup {
        EmbeddingSetup::Views(Box::new(ViewSetups { code, text }))
    }

    /// Returns every embedder once, that of code first.
    pub(crate) fn embedders(&self) -> impl Iterator<Item = &EmbedderSetup> {
        let views = match self {
            EmbeddingSetup::None => None,
            EmbeddingSetup::Views(views) => Some(&**views),
        };
        views
            .into_iter()
            .flat_map(|views| std::iter::once(&views.code).chain(&views.text))
    }

    /// Returns every embedder once, to be changed.
    pub(crate) fn embedders_mut(&mut self) -> impl Iterator<Item = &mut EmbedderSetup> {
        let views = match self {
            EmbeddingSetup::None => None,
            EmbeddingSetup::Views(views) => Some(&mut **views),
        };
        views
            .into_iter()
            .flat_map(|views| std::iter::once(&mut views.code).chain(&mut views.text))
    }

    /// Returns what other machines need to know of it: models by name and hash, not where they lie on this one.
    pub(crate) fn without_folders(&self) -> EmbeddingSetup {
        let mut setup = self.clone();
        for embedder in setup.embedders_mut() {
            if let EmbedderSetup::Local(encoder) = embedder {
                encoder.model_directory = PathBuf::new();
                encoder.packed_directory = PathBuf::new();
            }
        }
        setup
    }

    /// Builds the embedders of both views.
    pub(crate) fn build(&self) -> Result<Option<ViewEmbedders>, AppError> {
        let EmbeddingSetup::Views(views) = self else {
            return Ok(None);
        };
        let code = views.code.build()?;
        Ok(Some(match &views.text {
            None => ViewEmbedders::shared(code),
            Some(text) => ViewEmbedders::separate(code, text.build()?),
        }))
    }

    /// Returns how much memory the models' weights take, which all workers map together.
    pub(crate) fn mapped_bytes(&self) -> u64 {
        let needs = self.embedders().map(EmbedderSetup::needs);
        needs.map(|needs| needs.n_mapped_bytes).sum()
    }

    /// Returns how long a worker may wait for services; zero where everything is computed here.
    pub(crate) fn patience(&self) -> Duration {
        let patience = self.embedders().map(|embedder| embedder.needs().patience);
        patience.sum()
    }

    /// Returns what decides how files are cut and which vectors they link to; opens the models once, which also packs their weights
    /// before several workers ask for them.
    pub(crate) fn facts(&self) -> Result<EmbeddingFacts, AppError> {
        let facts = match self.build()? {
            None => EmbeddingFacts {
                code_model: None,
                text_model: None,
                max_input_tokens: CHUNK_TOKENS_WITHOUT_MODEL,
                token_counter: "approximate".to_owned(),
            },
            Some(embedders) => {
                let model = |view| embedders.of(view).model().clone();
                let (code, text) = (model(View::Code), model(View::Text));
                let max_input_tokens =
                    u32::try_from(embedders.max_input_tokens()).unwrap_or(u32::MAX);
                EmbeddingFacts {
                    // The one that needs more tokens decides how a chunk is cut.
                    token_counter: match code == text {
                        true => code.to_string(),
                        false => format!("{code} and {text}"),
                    },
                    code_model: Some(code),
                    text_model: Some(text),
                    max_input_tokens,
                }
            }
        };
        Ok(facts)
    }
}

/// Returns how `settings` want views embedded; pulls the models where they are missing.
pub(crate) fn embedding_setup(
    settings: &Settings,
    on_pull: &mut dyn FnMut(PullEvent<'_>),
) -> Result<EmbeddingSetup, AppError> {
    match settings.embeddings.value {
        EmbeddingMode::None => Ok(EmbeddingSetup::None),
        EmbeddingMode::Mock => Ok(EmbeddingSetup::of(EmbedderSetup::Mock, None)),
        EmbeddingMode::Real => {
            let models = model_store(settings);
            let mut open = |name: &str| -> Result<EncoderSettings, AppError> {
                let model = models.pull(name, PullMode::Missing, on_pull)?;
                Ok(encoder_settings(settings, model))
            };
            let names = ModelNames::of(settings, &models)?;
            let Some(service) = service::probe(settings)? else {
                let code = open(&names.code)?;
                let text = names.text.map(|name| open(&name)).transpose()?;
                return encoders(settings, code, text);
            };
            let service = EmbedderSetup::Remote(Box::new(service));
            let mut here = |name| Ok::<_, AppError>(EmbedderSetup::Local(Box::new(open(name)?)));
            let by_service = |view| service::embeds(settings, view);
            Ok(match (by_service(View::Code), by_service(View::Text)) {
                (true, false) => EmbeddingSetup::of(service, Some(here(names.of_text())?)),
                (false, _) => EmbeddingSetup::of(here(&names.code)?, Some(service)),
                (true, true) => EmbeddingSetup::of(service, None),
            })
        }
    }
}

/// Returns the setup of embedders whose models are there already; never touches the network, and so knows nothing of a service.
pub(crate) fn present_embedding_setup(
    settings: &Settings,
) -> Result<Option<EmbeddingSetup>, AppError> {
    match settings.embeddings.value {
        EmbeddingMode::None => Ok(None),
        EmbeddingMode::Mock => Ok(Some(EmbeddingSetup::of(EmbedderSetup::Mock, None))),
        EmbeddingMode::Real if settings.embedder.value.is_some() => Ok(None),
        EmbeddingMode::Real => {
            let models = model_store(settings);
            let open = |name: &str| -> Result<Option<EncoderSettings>, AppError> {
                let model = models.find(name)?;
                Ok(model.map(|model| encoder_settings(settings, model)))
            };
            let names = ModelNames::of(settings, &models)?;
            let Some(code) = open(&names.code)? else {
                return Ok(None);
            };
            let text = match names.text {
                None => None,
                Some(name) => match open(&name)? {
                    None => return Ok(None),
                    text => text,
                },
            };
            encoders(settings, code, text).map(Some)
        }
    }
}

/// Returns the setup of an index's own models, of code and of texts, where they are on this machine or at the service in force and no
/// setting that somebody made says otherwise. Touches the network for a service's models alone.
pub(crate) fn indexed_embedding_setup(
    settings: &Settings,
    code: &ModelId,
    text: &ModelId,
) -> Result<Option<EmbeddingSetup>, AppError> {
    if settings.embeddings.value != EmbeddingMode::Real {
        return Ok(None);
    }
    let models = model_store(settings);
    let names = ModelNames::of(settings, &models)?;
    let find = |id: &ModelId, name: &str| -> Result<Option<EmbedderSetup>, AppError> {
        Ok(match id.is_of_service() {
            true => service::indexed(settings, id)?
                .map(|service| EmbedderSetup::Remote(Box::new(service))),
            false => indexed_encoder(settings, &models, id, name)?
                .map(|encoder| EmbedderSetup::Local(Box::new(encoder))),
        })
    };
    let Some(of_code) = find(code, &names.code)? else {
        return Ok(None);
    };
    if code == text {
        return Ok(Some(EmbeddingSetup::of(of_code, None)));
    }
    let of_text = find(text, names.of_text())?;
    Ok(of_text.map(|of_text| EmbeddingSetup::of(of_code, Some(of_text))))
}

/// Returns the encoder of that identity; `name` is the model's by the settings.
fn indexed_encoder(
    settings: &Settings,
    models: &ModelStore,
    id: &ModelId,
    name: &str,
) -> Result<Option<EncoderSettings>, AppError> {
    let Some(identity) = Identity::parse(id.as_str()) else {
        return Ok(None);
    };
    // A model that was named and cannot be used is an error; one that is merely not here is not.
    let found = match settings.models.provenance {
        Provenance::Default => models.find_all(identity.name),
        _ => models.find(name)?.into_iter().collect(),
    };
    let settings = as_indexed(settings, &identity);
    let mut encoders = found
        .into_iter()
        .map(|model| encoder_settings(&settings, model));
    Ok(encoders.find(|encoder| encoder.model_id() == *id))
}

/// Returns settings with what the identity of an index's model says in place of defaults.
fn as_indexed(settings: &Settings, identity: &Identity<'_>) -> Settings {
    let mut settings = settings.clone();
    settings.precision.or(identity.precision);
    settings.window.or(Some(identity.window));
    settings.dimensions.or(identity.n_dimensions);
    settings
}

/// The models of both views by name.
struct ModelNames {
    code: String,
    /// That of texts, where it is another.
    text: Option<String>,
}

impl ModelNames {
    fn of_text(&self) -> &str {
        self.text.as_ref().unwrap_or(&self.code)
    }

    /// `TEXT+CODE` are two models. A folder that is named without a model's name means whatever model it holds.
    fn of(settings: &Settings, models: &ModelStore) -> Result<ModelNames, AppError> {
        let value = &settings.models.value;
        let (code, text) = match (&settings.models.provenance, value.split_once('+')) {
            (Provenance::Default, _) => (models.default_model()?, None),
            (_, None) => (value.clone(), None),
            (_, Some((text, code))) if text == code => (code.to_owned(), None),
            (_, Some((text, code))) => (code.to_owned(), Some(text.to_owned())),
        };
        Ok(ModelNames { code, text })
    }
}

/// Fails if vectors are to be cut and none of the models allows it; one that does not keeps all its dimensions beside one that does.
fn encoders(
    settings: &Settings,
    code: EncoderSettings,
    text: Option<EncoderSettings>,
) -> Result<EmbeddingSetup, AppError> {
    let encoders = std::iter::once(&code).chain(&text);
    match settings.dimensions.value {
        Some(n_dimensions) if encoders.clone().all(|encoder| encoder.cut.is_none()) => {
            let names: Vec<&str> = encoders.map(|encoder| &*encoder.model_name).collect();
            Err(AppError::Dimensions {
                models: names.join(" and "),
                n_dimensions,
            })
        }
        _ => Ok(local(code, text)),
    }
}

fn local(code: EncoderSettings, text: Option<EncoderSettings>) -> EmbeddingSetup {
    let setup = |encoder| EmbedderSetup::Local(Box::new(encoder));
    EmbeddingSetup::of(setup(code), text.map(setup))
}

fn encoder_settings(settings: &Settings, model: LocalModel) -> EncoderSettings {
    EncoderSettings {
        window: settings.window.value.unwrap_or(model.window),
        cut: settings
            .dimensions
            .value
            .and_then(|n_dimensions| model.cut(n_dimensions)),
        model_name: model.name,
        model_directory: model.directory,
        weights_sha256: model.weights_sha256,
        pooling: model.pooling,
        query_prefix: model.query_prefix,
        document_prefix: model.document_prefix,
        packed_directory: settings.cache_dir.value.join("packed"),
        precision: settings.precision.value,
        instruction_set: None,
        n_threads: settings.threads.value,
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
    /// Shorter names that mean it too.
    pub aliases: Vec<String>,
    /// Its folder, where it is here.
    pub directory: Option<PathBuf>,
    /// Size of its files, where it is known.
    pub n_bytes: Option<u64>,
    /// Whether it is used when nobody says otherwise.
    pub is_default: bool,
}

/// Returns every known model.
pub fn models(settings: &Settings) -> Vec<ModelStatus> {
    let status = |entry: embed::models::ModelEntry| ModelStatus {
        is_default: entry.name == embed::models::DEFAULT_MODEL,
        aliases: entry.aliases,
        n_bytes: entry.n_bytes,
        name: entry.name,
        directory: entry.is_cached.then_some(entry.directory),
    };
    model_store(settings)
        .list()
        .into_iter()
        .map(status)
        .collect()
}

/// Brings a model, or two joined by `+`, here and returns their folders.
pub fn pull_models(
    settings: &Settings,
    names: &str,
    on_event: &mut dyn FnMut(PullEvent<'_>),
) -> Result<Vec<PathBuf>, AppError> {
    let models = model_store(settings);
    let pull = |name| {
        let model = models.pull(name, PullMode::Missing, on_event)?;
        Ok(model.directory)
    };
    names.split('+').map(pull).collect()
}

/// Returns the folders of a model, or of two joined by `+`; nothing in place of one that is not here.
pub fn model_paths(settings: &Settings, names: &str) -> Result<Vec<Option<PathBuf>>, AppError> {
    let models = model_store(settings);
    let find = |name| Ok(models.find(name)?.map(|model| model.directory));
    names.split('+').map(find).collect()
}
