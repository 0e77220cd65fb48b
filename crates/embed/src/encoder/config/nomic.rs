//! `config.json` of NomicBERT; variants that would compute something else are refused.

use super::fields::Fields;
use super::{
    Activation, Biases, Dimensions, Family, Positions, RotaryLayer, SizeNames, n_types, sizes,
};
use crate::EmbedError;

const NAMES: SizeNames = SizeNames {
    n_positions: "n_positions",
    width: "n_embd",
    inner_width: "n_inner",
    n_layers: "n_layer",
    n_heads: "n_head",
    epsilon: "layer_norm_epsilon",
};

/// The base of angles where the configuration does not say.
const THETA: f32 = 10_000.0;

pub(super) fn read(fields: &Fields) -> Result<Dimensions, EmbedError> {
    for field in [
        "prenorm",
        "parallel_block",
        "causal",
        "use_rms_norm",
        "rotary_emb_interleaved",
        "rotary_head_dim",
    ] {
        fields.off(field)?;
    }
    refuse_variants(fields)?;
    let (activation, is_gated) = match fields.text("activation_function")? {
        "swiglu" => (Activation::Silu, true),
        "geglu" => (Activation::Gelu, true),
        "gelu" => (Activation::Gelu, false),
        other => {
            let needs = "swiglu, geglu or gelu";
            return Err(fields.unsupported("activation_function", other, needs));
        }
    };
    let sizes = sizes(fields, &NAMES)?;
    let theta = fields.theta(
        "rotary_emb_base",
        fields.float_or("rotary_emb_base", THETA)?,
    )?;
    let layer = RotaryLayer {
        theta,
        farthest: None,
    };
    // Beyond the positions that it was trained for a model would need other angles, which depend on the length.
    let n_trained = fields
        .optional("max_trained_positions")?
        .unwrap_or(sizes.n_positions);
    Ok(Dimensions {
        family: Family::Nomic,
        n_positions: sizes.n_positions.min(n_trained),
        n_types: n_types(fields)?,
        positions: Positions::Rotary(vec![layer; sizes.n_layers]),
        activation,
        is_gated,
        biases: Biases {
            attention: fields.flag_or("qkv_proj_bias", true)?,
            expand: fields.flag_or("mlp_fc1_bias", true)?,
            contract: fields.flag_or("mlp_fc2_bias", true)?,
            norms: true,
        },
        ..sizes
    })
}

fn refuse_variants(fields: &Fields) -> Result<(), EmbedError> {
    let fraction = fields.float_or("rotary_emb_fraction", 0.0)?;
    if fraction != 1.0 {
        return Err(fields.unsupported("rotary_emb_fraction", fraction, "1"));
    }
    if let Some(scale) = fields.value("rotary_emb_scale_base") {
        return Err(fields.unsupported("rotary_emb_scale_base", scale, "null"));
    }
    let n_experts: usize = fields.optional("num_experts")?.unwrap_or(0);
    let every: i64 = fields.optional("moe_every_n_layers")?.unwrap_or(0);
    match n_experts > 0 && every > 0 {
        true => Err(fields.unsupported("num_experts", n_experts, "a model without experts")),
        false => Ok(()),
    }
}
