//! What a model's `config.json` says, checked against what the encoder computes.
//!
//! Every family has a reader of its own, since the same thing has other names there. A setting that would change the result and
//! that the encoder does not know is refused by the name of its field. Start at [`Dimensions::read`].

mod bert;
mod fields;
mod jina;
mod modern;
mod nomic;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::kernels::{Epilogue, PANEL_WIDTH};
use crate::EmbedError;
use fields::Fields;

/// Bounds of every size: far above any encoder, and low enough that no product of them overflows.
const MAX_SIZE: usize = 1 << 24;
const MAX_WIDTH: usize = 1 << 16;
const MAX_LAYERS: usize = 1 << 10;

/// How a model is built, and so what its tensors are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// BERT (Devlin et al. 2018).
    Bert,
    /// MPNet (Song et al. 2020): BERT whose scores also get a learnt bias by the distance of tokens, the same in every layer.
    Mpnet,
    /// NomicBERT (Nussbaum et al. 2024): rotary positions and gated units, normalised after every half of a layer.
    Nomic,
    /// JinaBERT v2 (Günther et al. 2023): scores that fall with distance, and gated units.
    Jina,
    /// JinaBERT v2 of the code model: queries and keys are normalised, and the output of attention is added and normalised twice.
    JinaCode,
    /// ModernBERT (Warner et al. 2024): normalised before every half of a layer, rotary positions, most layers look at near tokens only.
    Modern,
}

/// Buckets of distances in MPNet: eight near ones and eight ranges to either side.
pub(crate) const N_BUCKETS: usize = 32;

/// How a model knows where a token stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Positions {
    /// A learnt vector for every position is added to the word's.
    Learnt,
    /// As [`Positions::Learnt`], and a learnt bias of scores by [`N_BUCKETS`] of distance.
    LearntAndBuckets,
    /// Queries and keys are turned by angles that grow with the position; one entry a layer.
    Rotary(Vec<RotaryLayer>),
    /// Scores fall linearly with distance, at another slope in every head (Press et al. 2022, in both directions).
    Slopes,
}

/// The positions of one layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RotaryLayer {
    /// The slowest pair of dimensions turns once in about this many positions times 2 pi.
    pub(crate) theta: f32,
    /// Tokens that are farther away are not looked at.
    pub(crate) farthest: Option<usize>,
}

/// The non-linear function between the linear layers of a layer's second half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    Gelu,
    Silu,
    Relu,
}

impl Activation {
    pub(crate) fn epilogue(self) -> Epilogue {
        match self {
            Activation::Gelu => Epilogue::Gelu,
            Activation::Silu => Epilogue::Silu,
            Activation::Relu => Epilogue::Relu,
        }
    }
}

/// Which parts of a layer have a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Biases {
    pub(crate) attention: bool,
    pub(crate) expand: bool,
    pub(crate) contract: bool,
    pub(crate) norms: bool,
}

/// The sizes and the shape of a model, checked against what the kernels can do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dimensions {
    pub(crate) family: Family,
    pub(crate) n_words: usize,
    /// Tokens of the longest sequence.
    pub(crate) n_positions: usize,
    /// Rows of the position embeddings that no token uses, before those that are used.
    pub(crate) n_unused_positions: usize,
    /// None in MPNet and ModernBERT.
    pub(crate) n_types: usize,
    pub(crate) width: usize,
    pub(crate) inner_width: usize,
    pub(crate) n_layers: usize,
    pub(crate) n_heads: usize,
    pub(crate) epsilon: f32,
    pub(crate) positions: Positions,
    pub(crate) activation: Activation,
    /// Whether what comes out of the activation is multiplied with the output of another linear layer.
    pub(crate) is_gated: bool,
    pub(crate) biases: Biases,
}

impl Dimensions {
    /// Reads and checks a model's `config.json`.
    pub(crate) fn read(path: &Path) -> Result<Dimensions, EmbedError> {
        let fields = Fields::read(path)?;
        let kind = fields.text("model_type")?;
        let dimensions = match kind {
            "bert" if fields.text_or("position_embedding_type", "absolute")? == "alibi" => {
                jina::read(&fields)
            }
            "bert" => bert::read(&fields),
            "mpnet" => bert::read_mpnet(&fields),
            "nomic_bert" => nomic::read(&fields),
            "modernbert" => modern::read(&fields),
            _ => {
                Err(fields.unsupported("model_type", kind, "bert, mpnet, nomic_bert or modernbert"))
            }
        }?;
        Ok(dimensions)
    }

    pub(crate) fn head_width(&self) -> usize {
        self.width / self.n_heads
    }

    /// Whether a half of a layer is normalised before it, and not after it with what it is added to.
    pub(crate) fn normalizes_before(&self) -> bool {
        self.family == Family::Modern
    }

    /// Rows of vectors that are added to those of words: one a position, or one for all of them, which is the first token type's.
    pub(crate) fn n_position_rows(&self) -> usize {
        match self.positions {
            Positions::Learnt | Positions::LearntAndBuckets => self.n_positions,
            Positions::Rotary(_) | Positions::Slopes => self.n_types.min(1),
        }
    }
}

/// What a model's sizes are called; they are checked alike in all families.
struct SizeNames {
    n_positions: &'static str,
    width: &'static str,
    inner_width: &'static str,
    n_layers: &'static str,
    n_heads: &'static str,
    epsilon: &'static str,
}

const BERT_NAMES: SizeNames = SizeNames {
    n_positions: "max_position_embeddings",
    width: "hidden_size",
    inner_width: "intermediate_size",
    n_layers: "num_hidden_layers",
    n_heads: "num_attention_heads",
    epsilon: "layer_norm_eps",
};

/// Reads what all families have; the rest is as in BERT.
fn sizes(fields: &Fields, names: &SizeNames) -> Result<Dimensions, EmbedError> {
    let is_size = |value: usize| (1..=MAX_SIZE).contains(&value);
    let is_width =
        |value: usize| (1..=MAX_WIDTH).contains(&value) && value.is_multiple_of(PANEL_WIDTH);
    let needs_width = "a multiple of 64 up to 65,536";
    let width = fields.checked(names.width, is_width, needs_width)?;
    let is_count = |heads: usize| {
        [32, 64]
            .iter()
            .any(|head_width| heads.saturating_mul(*head_width) == width)
    };
    let is_depth = |value: usize| (1..=MAX_LAYERS).contains(&value);
    Ok(Dimensions {
        family: Family::Bert,
        n_words: fields.checked("vocab_size", is_size, "1 to 2^24")?,
        n_positions: fields.checked(names.n_positions, is_size, "1 to 2^24")?,
        n_unused_positions: 0,
        n_types: 0,
        width,
        inner_width: fields.checked(names.inner_width, is_width, needs_width)?,
        n_layers: fields.checked(names.n_layers, is_depth, "1 to 1,024")?,
        n_heads: fields.checked(names.n_heads, is_count, "heads of 32 or 64 dimensions")?,
        epsilon: fields.epsilon(names.epsilon)?,
        positions: Positions::Learnt,
        activation: Activation::Gelu,
        is_gated: false,
        biases: Biases {
            attention: true,
            expand: true,
            contract: true,
            norms: true,
        },
    })
}

/// Reads the number of token types of a family that has some.
fn n_types(fields: &Fields) -> Result<usize, EmbedError> {
    let is_size = |value: usize| (1..=MAX_SIZE).contains(&value);
    fields.checked("type_vocab_size", is_size, "1 to 2^24")
}
