//! Our own encoder: packed sequences, weights in a mapped file, kernels for the processor at hand.
//!
//! Knows the families BERT, MPNet, NomicBERT, JinaBERT v2 and ModernBERT. Reads a model's folder and a directory of packed files, nothing else; where models come from is the
//! business of [`crate::models`]. Start at [`Encoder::open`]; the mathematics is in [`forward`], the speed in [`kernels`].

mod config;
mod forward;
mod identity;
mod kernels;
mod layout;
mod mapping;
mod pack;
mod packed;
mod parallel;
mod positions;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::ModelId;
use serde::{Deserialize, Serialize};

pub use identity::Identity;
pub use kernels::InstructionSet;

use crate::plan::{BATCH_MAX_TOKENS, plan};
use crate::tokenizer::Tokenizer;
use crate::{EmbedError, Embedder, Embeddings, Role};
use config::Dimensions;
use forward::{Model, Scratch};
use kernels::Kernels;
use layout::Layout;
use packed::Packed;
use parallel::in_parallel;

/// In which numbers a model is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    /// Single-precision floats.
    F32,
    /// 8-bit integers in linear layers and bfloat16 in attention: several times as fast, at a cosine of 0.995 or more, for every text
    /// that is not empty, to [`Precision::F32`].
    Int8,
}

impl Precision {
    /// Returns the fixed word of this precision.
    pub fn as_str(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::Int8 => "int8",
        }
    }
}

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// That of the first token, which stands for the whole.
    Cls,
}

/// Which part of a pooled vector is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// The first so many dimensions.
    pub n_dimensions: usize,
    /// Whether the whole vector is normalised to mean zero and variance one before.
    pub is_normalized_before: bool,
}

/// What [`Encoder::open`] needs to know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EncoderSettings {
    /// The model's name, for its identity.
    pub model_name: String,
    /// Holds `config.json`, `tokenizer.json` and `model.safetensors`.
    pub model_directory: PathBuf,
    /// SHA-256 of `model.safetensors` in hexadecimal digits.
    pub weights_sha256: String,
    /// Tokens of a text at most, special tokens and prefix counted.
    pub window: usize,
    /// How tokens become one vector.
    pub pooling: Pooling,
    /// What of a vector is kept; all of it where there is nothing.
    pub cut: Option<Cut>,
    /// What the model wants before a query.
    pub query_prefix: String,
    /// What the model wants before a document.
    pub document_prefix: String,
    /// Where packed weights are kept; made if missing.
    pub packed_directory: PathBuf,
    /// In which numbers to compute.
    pub precision: Precision,
    /// The kernels to use; `None` means the fastest of this processor.
    pub instruction_set: Option<InstructionSet>,
    /// Threads that compute; the vectors are the same with any number.
    pub n_threads: NonZeroUsize,
}

impl EncoderSettings {
    /// Names the model and everything else that decides a vector's bits on one instruction set.
    pub fn model_id(&self) -> ModelId {
        let identity = Identity {
            name: &self.model_name,
            hash: self.weights_sha256.get(..8).unwrap_or(&self.weights_sha256),
            precision: self.precision,
            window: self.window,
            n_dimensions: self.cut.map(|cut| cut.n_dimensions),
        };
        ModelId::new(identity.to_string())
    }

    /// Returns the size of the packed weights, which all processes that have the model open share.
    pub fn packed_n_bytes(&self) -> Result<u64, EmbedError> {
        let dimensions = Dimensions::read(&self.model_directory.join("config.json"))?;
        Ok(Layout::new(&dimensions, self.precision).n_bytes as u64)
    }
}

/// Returns the tokens of the longest sequence that the model of a `config.json` takes.
pub(crate) fn n_positions(config_path: &Path) -> Result<usize, EmbedError> {
    Ok(Dimensions::read(config_path)?.n_positions)
}

/// A model on this processor.
pub struct Encoder {
    shared: Arc<Shared>,
    /// One a thread.
    scratches: Vec<Scratch>,
}

/// What encoders of one model have together.
struct Shared {
    id: ModelId,
    tokenizer: Tokenizer,
    model: Model,
    pooling: Pooling,
    cut: Option<Cut>,
    window: usize,
    max_input_tokens: usize,
    query_prefix: String,
    document_prefix: String,
}

/// What one input became.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// Of unit length.
    pub vector: Vec<f32>,
    /// Tokens that went through the model, special tokens included.
    pub n_tokens: usize,
}

impl Encoder {
    /// Opens a model; packs its weights if nobody has done so before.
    pub fn open(settings: &EncoderSettings) -> Result<Encoder, EmbedError> {
        let config_path = settings.model_directory.join("config.json");
        let dimensions = Dimensions::read(&config_path)?;
        let tokenizer = Tokenizer::open(&settings.model_directory.join("tokenizer.json"))?;
        let n_reserved = tokenizer.n_special_tokens() + tokenizer.count(&settings.document_prefix);
        if settings.window > dimensions.n_positions || settings.window <= n_reserved {
            return Err(EmbedError::Window {
                window: settings.window,
                n_reserved,
                n_positions: dimensions.n_positions,
            });
        }
        if let Some(cut) = settings.cut
            && !(1..=dimensions.width).contains(&cut.n_dimensions)
        {
            return Err(EmbedError::Cut {
                n_dimensions: cut.n_dimensions,
                width: dimensions.width,
            });
        }
        let set = settings
            .instruction_set
            .unwrap_or_else(InstructionSet::detect);
        let kernels = Kernels::of(set)?;
        let packed = Packed::open(settings, &dimensions)?;
        let shared = Shared {
            id: settings.model_id(),
            tokenizer,
            model: Model::new(dimensions, packed, kernels, settings.window),
            pooling: settings.pooling,
            cut: settings.cut,
            window: settings.window,
            max_input_tokens: settings.window - n_reserved,
            query_prefix: settings.query_prefix.clone(),
            document_prefix: settings.document_prefix.clone(),
        };
        Ok(Encoder {
            shared: Arc::new(shared),
            scratches: (0..settings.n_threads.get())
                .map(|_| Scratch::default())
                .collect(),
        })
    }

    /// Returns another encoder of the same model, of one thread, for another thread: weights and tables are shared.
    pub fn another(&self) -> Encoder {
        Encoder {
            shared: Arc::clone(&self.shared),
            scratches: vec![Scratch::default()],
        }
    }

    /// Returns whether an input has more tokens than the model is given of it.
    pub fn is_too_long(&self, input: &str, role: Role) -> bool {
        let prefix = self.shared.prefix(role);
        let n_special = self.shared.tokenizer.n_special_tokens();
        let n_tokens = self.shared.tokenizer.count(&format!("{prefix}{input}"));
        n_tokens + n_special > self.shared.window
    }

    /// Embeds `inputs`, each as [`Embedder::embed`] does, with vectors cut as `cut` says.
    pub fn embed_cut(
        &mut self,
        inputs: &[&str],
        role: Role,
        cut: Option<Cut>,
    ) -> Result<Vec<Embedded>, EmbedError> {
        let shared = &*self.shared;
        let sequences = shared.tokens(inputs, role)?;
        let lengths: Vec<usize> = sequences.iter().map(Vec::len).collect();
        let batches = plan(&lengths, BATCH_MAX_TOKENS);
        let (model, pooling) = (&shared.model, shared.pooling);
        let vectors = in_parallel(&mut self.scratches, batches, |batch, scratch| {
            vectors(model, &sequences[batch], pooling, cut, scratch)
        });
        let embedded = vectors.into_iter().flatten().zip(lengths);
        let embedded = embedded.map(|(vector, n_tokens)| {
            let vector = vector?;
            Some(Embedded { vector, n_tokens })
        });
        let embedded: Option<Vec<Embedded>> = embedded.collect();
        embedded.ok_or_else(|| EmbedError::Numbers {
            path: shared.model.packed.path.clone(),
        })
    }
}

impl Shared {
    fn prefix(&self, role: Role) -> &str {
        match role {
            Role::Document => &self.document_prefix,
            Role::Query => &self.query_prefix,
            Role::Whole => "",
        }
    }

    fn tokens(&self, inputs: &[&str], role: Role) -> Result<Vec<Vec<u32>>, EmbedError> {
        let prefix = self.prefix(role);
        let n_words = self.model.dimensions.n_words;
        let mut sequences = Vec::with_capacity(inputs.len());
        for input in inputs {
            let tokens = self.tokenizer.encode(prefix, input, self.window);
            if let Some(token) = tokens.iter().find(|token| **token as usize >= n_words) {
                return Err(EmbedError::UnknownToken {
                    token: *token,
                    n_words,
                });
            }
            sequences.push(tokens);
        }
        Ok(sequences)
    }
}

impl Embedder for Encoder {
    fn model(&self) -> &ModelId {
        &self.shared.id
    }

    fn n_dimensions(&self) -> usize {
        let width = self.shared.model.dimensions.width;
        self.shared.cut.map_or(width, |cut| cut.n_dimensions)
    }

    fn max_input_tokens(&self) -> usize {
        self.shared.max_input_tokens
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.shared.tokenizer.count(text)
    }

    fn embed(&mut self, inputs: &[&str], role: Role) -> Result<Embeddings, EmbedError> {
        let embedded = self.embed_cut(inputs, role, self.shared.cut)?;
        Ok(Embeddings {
            n_tokens: embedded.iter().map(|embedded| embedded.n_tokens).sum(),
            vectors: embedded
                .into_iter()
                .map(|embedded| embedded.vector)
                .collect(),
        })
    }
}

/// Returns the vector of each of `sequences`; none where numbers are not finite.
fn vectors(
    model: &Model,
    sequences: &[Vec<u32>],
    pooling: Pooling,
    cut: Option<Cut>,
    scratch: &mut Scratch,
) -> Vec<Option<Vec<f32>>> {
    let width = model.dimensions.width;
    let mut hidden = model.forward(sequences, scratch);
    let mut vectors = Vec::with_capacity(sequences.len());
    for sequence in sequences {
        let own = hidden.split_off(..sequence.len() * width);
        let own = own.expect("every token has a hidden row");
        vectors.push(unit(shorten(pool(own, width, pooling), cut)));
    }
    vectors
}

/// Makes one vector of a sequence's rows, of a length that means nothing.
fn pool(rows: &[f32], width: usize, pooling: Pooling) -> Vec<f32> {
    let mut vector = rows[..width].to_vec();
    if pooling == Pooling::Mean {
        for row in rows[width..].chunks_exact(width) {
            for (sum, value) in vector.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
    vector
}

/// Keeps the first dimensions of a vector.
fn shorten(mut vector: Vec<f32>, cut: Option<Cut>) -> Vec<f32> {
    let Some(cut) = cut else {
        return vector;
    };
    if cut.is_normalized_before {
        // The scale has no part in the direction, so the mean is all that must go.
        let mean = vector.iter().sum::<f32>() / vector.len() as f32;
        for value in &mut vector {
            *value -= mean;
        }
    }
    vector.truncate(cut.n_dimensions);
    vector
}

/// Makes a vector one of unit length; none where numbers are not finite.
fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    if !length.is_finite() {
        return None;
    }
    // Only a broken model gives nothing but zeros; it must not give NaN to the index.
    let length = length.max(f32::MIN_POSITIVE);
    for value in &mut vector {
        *value /= length;
    }
    Some(vector)
}
