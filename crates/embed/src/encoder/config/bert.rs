//! `config.json` of BERT and MPNet.

use super::fields::Fields;
use super::{BERT_NAMES, Dimensions, Family, N_BUCKETS, Positions, n_types, sizes};
use crate::EmbedError;

/// MPNet counts positions from behind the padding token, whose id is 1.
const N_UNUSED_MPNET_POSITIONS: usize = 2;

pub(super) fn read(fields: &Fields) -> Result<Dimensions, EmbedError> {
    fields.only("hidden_act", "gelu", "gelu")?;
    fields.only("position_embedding_type", "absolute", "absolute")?;
    fields.off("is_decoder")?;
    Ok(Dimensions {
        n_types: n_types(fields)?,
        ..sizes(fields, &BERT_NAMES)?
    })
}

pub(super) fn read_mpnet(fields: &Fields) -> Result<Dimensions, EmbedError> {
    fields.only("hidden_act", "gelu", "gelu")?;
    let n_buckets = fields
        .optional("relative_attention_num_buckets")?
        .unwrap_or(N_BUCKETS);
    if n_buckets != N_BUCKETS {
        return Err(fields.unsupported("relative_attention_num_buckets", n_buckets, "32"));
    }
    let sizes = sizes(fields, &BERT_NAMES)?;
    if sizes.n_positions <= N_UNUSED_MPNET_POSITIONS {
        return Err(fields.unsupported(BERT_NAMES.n_positions, sizes.n_positions, "3 to 2^24"));
    }
    Ok(Dimensions {
        family: Family::Mpnet,
        n_positions: sizes.n_positions - N_UNUSED_MPNET_POSITIONS,
        n_unused_positions: N_UNUSED_MPNET_POSITIONS,
        positions: Positions::LearntAndBuckets,
        ..sizes
    })
}
