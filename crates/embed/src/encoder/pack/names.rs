//! What the tensors of every family are called in the files that are published.

use crate::encoder::config::Family;

/// Names outside of the layers, and the names of a layer's parts behind `layer` and its number.
pub(super) struct Names {
    pub(super) words: &'static str,
    /// The normalisation of embeddings.
    pub(super) norm: &'static str,
    /// Of families that have one.
    pub(super) final_norm: &'static str,
    pub(super) layer: &'static str,
    pub(super) project: Project,
    /// Normalisations of queries and keys, of families that have them.
    pub(super) query_key_norms: [&'static str; 2],
    pub(super) merge: &'static str,
    pub(super) attention_norm: &'static str,
    /// Of families that have one.
    pub(super) second_norm: &'static str,
    pub(super) units: Units,
    pub(super) contract: &'static str,
    pub(super) output_norm: &'static str,
}

/// Queries, keys and values.
pub(super) enum Project {
    /// A tensor each.
    Separate([&'static str; 3]),
    /// One tensor with one behind the other.
    Fused(&'static str),
}

/// The layers before the activation.
pub(super) enum Units {
    /// No gate.
    Plain(&'static str),
    /// A tensor each.
    Separate {
        gate: &'static str,
        expand: &'static str,
    },
    /// One tensor, in which the gate's outputs come first.
    GateFirst(&'static str),
    /// One tensor, in which the gate's outputs come last.
    GateLast(&'static str),
}

/// Learnt positions and types, which have the same names in all families that have them.
pub(super) const POSITIONS: &str = "embeddings.position_embeddings.weight";
pub(super) const TYPES: &str = "embeddings.token_type_embeddings.weight";
/// MPNet's bias by bucket of distance.
pub(super) const DISTANCES: &str = "encoder.relative_attention_bias.weight";

pub(super) fn names(family: Family, is_gated: bool) -> Names {
    match family {
        Family::Bert => BERT,
        Family::Mpnet => Names {
            project: Project::Separate([
                "attention.attn.q",
                "attention.attn.k",
                "attention.attn.v",
            ]),
            merge: "attention.attn.o",
            attention_norm: "attention.LayerNorm",
            ..BERT
        },
        Family::Jina => Names {
            units: Units::GateFirst("mlp.gated_layers"),
            contract: "mlp.wo",
            output_norm: "mlp.layernorm",
            ..BERT
        },
        Family::JinaCode => Names {
            second_norm: "layer_norm_1",
            units: Units::GateLast("mlp.up_gated_layer"),
            contract: "mlp.down_layer",
            output_norm: "layer_norm_2",
            ..BERT
        },
        Family::Nomic if is_gated => NOMIC,
        Family::Nomic => Names {
            units: Units::Plain("mlp.fc1"),
            ..NOMIC
        },
        Family::Modern => MODERN,
    }
}

const BERT: Names = Names {
    words: "embeddings.word_embeddings.weight",
    norm: "embeddings.LayerNorm",
    final_norm: "",
    layer: "encoder.layer",
    project: Project::Separate([
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
    ]),
    query_key_norms: ["attention.self.layer_norm_q", "attention.self.layer_norm_k"],
    merge: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    second_norm: "",
    units: Units::Plain("intermediate.dense"),
    contract: "output.dense",
    output_norm: "output.LayerNorm",
};

const NOMIC: Names = Names {
    norm: "emb_ln",
    layer: "encoder.layers",
    project: Project::Fused("attn.Wqkv"),
    merge: "attn.out_proj",
    attention_norm: "norm1",
    units: Units::Separate {
        gate: "mlp.fc12",
        expand: "mlp.fc11",
    },
    contract: "mlp.fc2",
    output_norm: "norm2",
    ..BERT
};

const MODERN: Names = Names {
    words: "embeddings.tok_embeddings.weight",
    norm: "embeddings.norm",
    final_norm: "final_norm",
    layer: "layers",
    project: Project::Fused("attn.Wqkv"),
    merge: "attn.Wo",
    attention_norm: "attn_norm",
    units: Units::GateFirst("mlp.Wi"),
    contract: "mlp.Wo",
    output_norm: "mlp_norm",
    ..BERT
};
