//! Models for the texts of others: what an embedding server answers with.
//!
//! Vectors are those of `mnemo index` to the last bit, since the same encoder makes them.

use std::num::NonZeroUsize;

use embed::models::{LocalModel, PullEvent, PullMode, known_models};
use embed::{Cut, EmbedError, Embedded, Embedder, Encoder, MockEmbedder, Role};

use super::{ModelNames, encoder_settings, model_store};
use crate::error::AppError;
use crate::settings::{EmbeddingMode, Provenance, Settings};

/// A model that embeds texts, and what a client may know of it.
pub struct TextModel {
    /// Its name.
    pub name: String,
    /// Other names that mean it.
    pub aliases: Vec<String>,
    /// What decides a vector's bits beside its name: hash of the weights, numbers, window.
    pub weights: String,
    /// Length of a vector where nobody asks for another.
    pub n_dimensions: usize,
    /// Other lengths that vectors may be cut to.
    pub lengths: Vec<usize>,
    /// Tokens of a text at most, special tokens included.
    pub window: usize,
    /// Embeds; each thread takes [`TextEmbedder::another`].
    pub embedder: TextEmbedder,
}

/// Embeds texts on one thread.
pub struct TextEmbedder {
    engine: Engine,
    /// How vectors are cut, by their length.
    cuts: Vec<(usize, Option<Cut>)>,
}

enum Engine {
    Local(Encoder),
    Mock(MockEmbedder),
}

/// Whether models that are missing are fetched.
pub enum Missing<'p> {
    /// They are, and this is called with how far that is.
    Pulled(&'p mut dyn FnMut(PullEvent<'_>)),
    /// They are an error.
    Refused,
}

/// Opens the models that `settings` name, that of code first.
pub fn text_models(
    settings: &Settings,
    missing: &mut Missing<'_>,
) -> Result<Vec<TextModel>, AppError> {
    match settings.embeddings.value {
        EmbeddingMode::Mock => Ok(vec![mock()]),
        EmbeddingMode::Real if settings.embedder.value.is_none() => {
            let models = model_store(settings);
            let names = ModelNames::of(settings, &models)?;
            let names = std::iter::once(names.code).chain(names.text);
            let open = |name: String| {
                let model = match missing {
                    Missing::Pulled(on_pull) => models.pull(&name, PullMode::Missing, *on_pull)?,
                    Missing::Refused => {
                        let found = models.find(&name)?;
                        found.ok_or(AppError::ModelNotHere { name })?
                    }
                };
                text_model(settings, model)
            };
            names.map(open).collect()
        }
        _ => Err(AppError::NoTextModel),
    }
}

/// Returns the threads that embed for clients: all cores that this process may use unless somebody said otherwise.
pub fn text_threads(settings: &Settings) -> NonZeroUsize {
    match settings.threads.provenance {
        Provenance::Default => {
            NonZeroUsize::new(index::granted_cores()).unwrap_or(NonZeroUsize::MIN)
        }
        _ => settings.threads.value,
    }
}

fn text_model(settings: &Settings, model: LocalModel) -> Result<TextModel, AppError> {
    let known = known_models().iter().find(|known| known.name == model.name);
    let aliases = known.into_iter().flat_map(|known| {
        let shorter = known.aliases.iter().copied();
        shorter.chain([known.repository])
    });
    let lengths = model.matryoshka.map_or(&[][..], |known| known.lengths);
    let cuts = lengths
        .iter()
        .map(|length| (*length, model.cut(*length)))
        .collect();
    let lengths = lengths.to_vec();
    let aliases = aliases.map(str::to_owned).collect();
    let mut encoder_settings = encoder_settings(settings, model);
    // Threads are those of the server.
    encoder_settings.n_threads = NonZeroUsize::MIN;
    let encoder = Encoder::open(&encoder_settings)?;
    let id = encoder.model().to_string();
    let mut embedder = TextEmbedder {
        engine: Engine::Local(encoder),
        cuts,
    };
    // First, since a vector that has one of the lengths already is not cut.
    let n_dimensions = embedder.n_dimensions();
    embedder
        .cuts
        .insert(0, (n_dimensions, encoder_settings.cut));
    let name = encoder_settings.model_name;
    Ok(TextModel {
        weights: id.replacen(&format!("{name}@"), "", 1),
        aliases,
        n_dimensions,
        lengths,
        window: encoder_settings.window,
        embedder,
        name,
    })
}

fn mock() -> TextModel {
    let mock = MockEmbedder::new();
    TextModel {
        name: MockEmbedder::MODEL.to_owned(),
        aliases: Vec::new(),
        weights: "1".to_owned(),
        n_dimensions: mock.n_dimensions(),
        lengths: Vec::new(),
        window: mock.max_input_tokens() + 2,
        embedder: TextEmbedder {
            cuts: vec![(mock.n_dimensions(), None)],
            engine: Engine::Mock(mock),
        },
    }
}

impl TextEmbedder {
    /// Returns another of the same model, for another thread.
    pub fn another(&self) -> TextEmbedder {
        TextEmbedder {
            engine: match &self.engine {
                Engine::Local(encoder) => Engine::Local(encoder.another()),
                Engine::Mock(mock) => Engine::Mock(mock.clone()),
            },
            cuts: self.cuts.clone(),
        }
    }

    fn n_dimensions(&self) -> usize {
        match &self.engine {
            Engine::Local(encoder) => encoder.n_dimensions(),
            Engine::Mock(mock) => mock.n_dimensions(),
        }
    }

    /// Embeds texts into vectors of `n_dimensions`, which are one of the model's lengths.
    pub fn embed(
        &mut self,
        texts: &[&str],
        role: Role,
        n_dimensions: usize,
    ) -> Result<Vec<Embedded>, EmbedError> {
        let cut = self.cuts.iter().find(|(length, _)| *length == n_dimensions);
        let cut = cut.and_then(|(_, cut)| *cut);
        match &mut self.engine {
            Engine::Local(encoder) => encoder.embed_cut(texts, role, cut),
            Engine::Mock(mock) => {
                let one = |text: &&str| {
                    let mut embeddings = mock.embed(&[text], role)?;
                    Ok(Embedded {
                        n_tokens: embeddings.n_tokens,
                        vector: embeddings.vectors.pop().unwrap_or_default(),
                    })
                };
                texts.iter().map(one).collect()
            }
        }
    }

    /// Returns whether the model is given a part of a text only.
    pub fn is_too_long(&self, text: &str, role: Role) -> bool {
        match &self.engine {
            Engine::Local(encoder) => encoder.is_too_long(text, role),
            Engine::Mock(mock) => mock.count_tokens(text) > mock.max_input_tokens(),
        }
    }
}
