//! `config.json` of JinaBERT v2, of which two variants differ in code but not in configuration.

use super::fields::Fields;
use super::{Activation, BERT_NAMES, Biases, Dimensions, Family, Positions, n_types, sizes};
use crate::EmbedError;

/// The sources that models of this family name in their configuration, which otherwise looks the same in both.
const PLAIN_SOURCE: &str = "jina-bert-implementation";
const CODE_SOURCE: &str = "jina-bert-v2-qk-post-norm";

pub(super) fn read(fields: &Fields) -> Result<Dimensions, EmbedError> {
    fields.only("hidden_act", "gelu", "gelu")?;
    let activation = match fields.text("feed_forward_type")? {
        "geglu" => Activation::Gelu,
        "reglu" => Activation::Relu,
        other => return Err(fields.unsupported("feed_forward_type", other, "geglu or reglu")),
    };
    let sizes = sizes(fields, &BERT_NAMES)?;
    Ok(Dimensions {
        family: family(fields)?,
        n_types: n_types(fields)?,
        positions: Positions::Slopes,
        activation,
        is_gated: true,
        biases: Biases {
            expand: false,
            ..sizes.biases
        },
        ..sizes
    })
}

fn family(fields: &Fields) -> Result<Family, EmbedError> {
    let sources = ["auto_map", "_name_or_path"].map(|field| {
        let value = fields.value(field);
        value.map(ToString::to_string).unwrap_or_default()
    });
    let names = |source: &str| sources.iter().any(|text| text.contains(source));
    match (names(CODE_SOURCE), names(PLAIN_SOURCE)) {
        (true, _) => Ok(Family::JinaCode),
        (false, true) => Ok(Family::Jina),
        (false, false) => Err(fields.unsupported(
            "auto_map",
            &sources[0],
            "the name of jina-bert-implementation or jina-bert-v2-qk-post-norm",
        )),
    }
}
