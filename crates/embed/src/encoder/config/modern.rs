//! `config.json` of ModernBERT.

use super::fields::Fields;
use super::{Activation, Biases, Dimensions, Family, Positions, RotaryLayer, SizeNames, sizes};
use crate::EmbedError;

const NAMES: SizeNames = SizeNames {
    n_positions: "max_position_embeddings",
    width: "hidden_size",
    inner_width: "intermediate_size",
    n_layers: "num_hidden_layers",
    n_heads: "num_attention_heads",
    epsilon: "norm_eps",
};

/// Values that the family has where its configuration does not say.
const GLOBAL_THETA: f32 = 160_000.0;
const LOCAL_THETA: f32 = 10_000.0;
const GLOBAL_EVERY: usize = 3;

const GLOBAL: &str = "full_attention";
const LOCAL: &str = "sliding_attention";

pub(super) fn read(fields: &Fields) -> Result<Dimensions, EmbedError> {
    let activation = match fields.text_or("hidden_activation", "gelu")? {
        "gelu" => Activation::Gelu,
        "silu" => Activation::Silu,
        other => return Err(fields.unsupported("hidden_activation", other, "gelu or silu")),
    };
    let sizes = sizes(fields, &NAMES)?;
    let attention = fields.flag_or("attention_bias", false)?;
    let mlp = fields.flag_or("mlp_bias", false)?;
    Ok(Dimensions {
        family: Family::Modern,
        positions: Positions::Rotary(layers(fields, sizes.n_layers)?),
        activation,
        is_gated: true,
        biases: Biases {
            attention,
            expand: mlp,
            contract: mlp,
            norms: fields.flag_or("norm_bias", false)?,
        },
        ..sizes
    })
}

fn layers(fields: &Fields, n_layers: usize) -> Result<Vec<RotaryLayer>, EmbedError> {
    // The window is that to both sides together.
    let window = fields.checked("local_attention", |width| width > 0, "a width above 0")?;
    let global = RotaryLayer {
        theta: theta(fields, GLOBAL, "global_rope_theta", GLOBAL_THETA)?,
        farthest: None,
    };
    let local = RotaryLayer {
        theta: theta(fields, LOCAL, "local_rope_theta", LOCAL_THETA)?,
        farthest: Some(window / 2),
    };
    let kinds: Option<Vec<&str>> = fields.optional("layer_types")?;
    let Some(kinds) = kinds else {
        let every = fields
            .optional("global_attn_every_n_layers")?
            .unwrap_or(GLOBAL_EVERY)
            .max(1);
        let layer = |index: usize| {
            if index.is_multiple_of(every) {
                global
            } else {
                local
            }
        };
        return Ok((0..n_layers).map(layer).collect());
    };
    if kinds.len() != n_layers {
        return Err(fields.unsupported("layer_types", kinds.len(), "an entry a layer"));
    }
    let layer = |kind: &str| match kind {
        GLOBAL => Ok(global),
        LOCAL => Ok(local),
        other => {
            Err(fields.unsupported("layer_types", other, "full_attention or sliding_attention"))
        }
    };
    kinds.into_iter().map(layer).collect()
}

/// Returns the base of the angles of one kind of layers, which newer configurations keep in a table of its own.
fn theta(
    fields: &Fields,
    kind: &str,
    field: &'static str,
    default: f32,
) -> Result<f32, EmbedError> {
    let table = fields
        .value("rope_parameters")
        .and_then(|all| all.get(kind));
    let Some(table) = table else {
        return fields.theta(field, fields.float_or(field, default)?);
    };
    let rope_type = table.get("rope_type").and_then(|value| value.as_str());
    if rope_type.is_some_and(|rope_type| rope_type != "default") {
        return Err(fields.unsupported("rope_parameters", table, "rope_type default"));
    }
    let theta = table.get("rope_theta").and_then(|value| value.as_f64());
    fields.theta(
        "rope_parameters",
        theta.map_or(default, |theta| theta as f32),
    )
}
