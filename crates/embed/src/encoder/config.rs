use std::path::Path;

use serde::Deserialize;

use super::kernels::PANEL_WIDTH;
use crate::EmbedError;

/// Bounds of every size: far above any encoder, and low enough that no product of them overflows.
const MAX_SIZE: usize = 1 << 24;
const MAX_WIDTH: usize = 1 << 16;
const MAX_LAYERS: usize = 1 << 10;

/// How a model is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// BERT: absolute positions.
    Bert,
    /// MPNet: BERT whose scores also get a bias by the distance of tokens, the same in every layer.
    Mpnet,
}

/// Buckets of distances in MPNet: eight near ones and eight ranges to either side.
pub(crate) const N_BUCKETS: usize = 32;

/// The sizes of a model, checked against what the kernels can do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dimensions {
    pub(crate) family: Family,
    pub(crate) n_words: usize,
    pub(crate) n_positions: usize,
    /// Rows of the position embeddings that no token uses, before those that are used.
    pub(crate) n_unused_positions: usize,
    /// None in MPNet.
    pub(crate) n_types: usize,
    pub(crate) width: usize,
    pub(crate) inner_width: usize,
    pub(crate) n_layers: usize,
    pub(crate) n_heads: usize,
    pub(crate) epsilon: f32,
}

impl Dimensions {
    /// Reads and checks a model's `config.json`.
    pub(crate) fn read(path: &Path) -> Result<Dimensions, EmbedError> {
        let text = fs_err::read(path)?;
        let config: Config =
            serde_json::from_slice(&text).map_err(|source| EmbedError::Config {
                path: path.to_owned(),
                source,
            })?;
        config.check(path)?;
        let family = if config.model_type == "mpnet" {
            Family::Mpnet
        } else {
            Family::Bert
        };
        // MPNet counts from behind the padding token, whose id is 1.
        let n_unused_positions = match family {
            Family::Bert => 0,
            Family::Mpnet => 2,
        };
        Ok(Dimensions {
            family,
            n_words: config.vocab_size,
            n_positions: config.max_position_embeddings - n_unused_positions,
            n_unused_positions,
            n_types: match family {
                Family::Bert => config.type_vocab_size,
                Family::Mpnet => 0,
            },
            width: config.hidden_size,
            inner_width: config.intermediate_size,
            n_layers: config.num_hidden_layers,
            n_heads: config.num_attention_heads,
            epsilon: config.layer_norm_eps,
        })
    }

    pub(crate) fn head_width(&self) -> usize {
        self.width / self.n_heads
    }
}

/// The fields of `config.json` that matter to us.
#[derive(Deserialize)]
struct Config {
    model_type: String,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
    vocab_size: usize,
    max_position_embeddings: usize,
    #[serde(default)]
    type_vocab_size: usize,
    #[serde(default = "n_buckets")]
    relative_attention_num_buckets: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    layer_norm_eps: f32,
}

fn absolute() -> String {
    "absolute".to_owned()
}

fn n_buckets() -> usize {
    N_BUCKETS
}

impl Config {
    fn check(&self, path: &Path) -> Result<(), EmbedError> {
        let require = |is_met: bool, field, value: &dyn ToString, needs| match is_met {
            true => Ok(()),
            false => Err(EmbedError::Unsupported {
                path: path.to_owned(),
                field,
                value: value.to_string(),
                needs,
            }),
        };
        let is_width =
            |value: usize| (1..=MAX_WIDTH).contains(&value) && value.is_multiple_of(PANEL_WIDTH);
        let is_size = |value: usize| (1..=MAX_SIZE).contains(&value);
        let heads = self.num_attention_heads;
        require(
            matches!(self.model_type.as_str(), "bert" | "mpnet"),
            "model_type",
            &self.model_type,
            "bert or mpnet",
        )?;
        require(
            self.hidden_act == "gelu",
            "hidden_act",
            &self.hidden_act,
            "gelu",
        )?;
        require(
            self.position_embedding_type == "absolute",
            "position_embedding_type",
            &self.position_embedding_type,
            "absolute",
        )?;
        require(
            is_size(self.vocab_size),
            "vocab_size",
            &self.vocab_size,
            "1 to 2^24",
        )?;
        require(
            is_size(self.max_position_embeddings.saturating_sub(2)),
            "max_position_embeddings",
            &self.max_position_embeddings,
            "3 to 2^24",
        )?;
        require(
            is_size(self.type_vocab_size) || self.model_type == "mpnet",
            "type_vocab_size",
            &self.type_vocab_size,
            "1 to 2^24",
        )?;
        require(
            self.relative_attention_num_buckets == N_BUCKETS,
            "relative_attention_num_buckets",
            &self.relative_attention_num_buckets,
            "32",
        )?;
        let needs_width = "a multiple of 64 up to 65,536";
        require(
            is_width(self.hidden_size),
            "hidden_size",
            &self.hidden_size,
            needs_width,
        )?;
        require(
            is_width(self.intermediate_size),
            "intermediate_size",
            &self.intermediate_size,
            needs_width,
        )?;
        require(
            (1..=MAX_LAYERS).contains(&self.num_hidden_layers),
            "num_hidden_layers",
            &self.num_hidden_layers,
            "1 to 1,024",
        )?;
        require(
            self.hidden_size == heads.saturating_mul(32)
                || self.hidden_size == heads.saturating_mul(64),
            "num_attention_heads",
            &heads,
            "heads of 32 or 64 dimensions",
        )?;
        require(
            self.layer_norm_eps > 0.0 && self.layer_norm_eps < 1.0,
            "layer_norm_eps",
            &self.layer_norm_eps,
            "a small positive number",
        )
    }
}
