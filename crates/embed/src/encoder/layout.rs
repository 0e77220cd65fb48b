//! Where everything lies in a packed file: a pure function of the model's sizes and the precision.
//!
//! A header, then sections of plain little-endian numbers, each at a multiple of 64 bytes.

use std::ops::Range;

use super::Precision;
use super::config::{Dimensions, Family, N_BUCKETS, Positions};

/// Raised whenever a section, its order or its meaning changes, or the rounding of weights.
pub(crate) const LAYOUT_VERSION: u32 = 3;

/// A cache line, and the widest register.
const ALIGNMENT: usize = 64;
const HEADER_N_BYTES: usize = 192;
const MAGIC: &[u8; 8] = b"mnemoenc";

/// Byte ranges of all sections.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Word embeddings: half precision in a model of 8 bits, else single.
    pub(crate) words: Range<usize>,
    /// Position embeddings plus the embedding of the first token type, which is the only one in use where there are any; one row
    /// where all positions have the same, none where there is neither.
    pub(crate) positions: Range<usize>,
    pub(crate) norm: NormLayout,
    /// Bias by bucket of distance and head, which MPNet has.
    pub(crate) distances: Range<usize>,
    pub(crate) layers: Vec<LayerLayout>,
    /// After the last layer, in families that normalise before every half of a layer.
    pub(crate) final_norm: Option<NormLayout>,
    pub(crate) n_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct LayerLayout {
    /// Queries, keys and values of all heads as one linear layer.
    pub(crate) project: LinearLayout,
    /// Normalisations of queries and of keys, all heads together.
    pub(crate) query_key_norms: Option<[NormLayout; 2]>,
    pub(crate) merge: LinearLayout,
    /// Before attention or after it; ModernBERT's first layer has none, since its input is normalised.
    pub(crate) attention_norm: Option<NormLayout>,
    /// After the layer's input was added a second time.
    pub(crate) second_norm: Option<NormLayout>,
    /// What goes through the activation of a gated unit.
    pub(crate) gate: Option<LinearLayout>,
    /// What goes through the activation, or what a gate's output is multiplied with.
    pub(crate) expand: LinearLayout,
    pub(crate) contract: LinearLayout,
    /// Before `gate` and `expand` or after `contract`.
    pub(crate) output_norm: NormLayout,
}

#[derive(Debug)]
pub(crate) struct NormLayout {
    pub(crate) weight: Range<usize>,
    pub(crate) bias: Range<usize>,
}

/// `scales` and `sums` are empty in single precision.
#[derive(Debug)]
pub(crate) struct LinearLayout {
    pub(crate) n_inputs: usize,
    pub(crate) panels: Range<usize>,
    pub(crate) scales: Range<usize>,
    pub(crate) sums: Range<usize>,
    pub(crate) bias: Range<usize>,
}

impl Layout {
    pub(crate) fn new(dimensions: &Dimensions, precision: Precision) -> Layout {
        let width = dimensions.width;
        let mut sections = Sections {
            end: HEADER_N_BYTES,
            precision,
        };
        let word_n_bytes = match precision {
            Precision::F32 => 4,
            Precision::Int8 => 2,
        };
        let words = sections.next(dimensions.n_words * width * word_n_bytes);
        let positions = sections.next(dimensions.n_position_rows() * width * 4);
        let norm = sections.norm(width);
        let distances = sections.next(match dimensions.positions {
            Positions::LearntAndBuckets => 4 * N_BUCKETS * dimensions.n_heads,
            _ => 0,
        });
        let layers = (0..dimensions.n_layers)
            .map(|index| sections.layer(index, dimensions))
            .collect();
        let final_norm = dimensions.normalizes_before().then(|| sections.norm(width));
        Layout {
            words,
            positions,
            norm,
            distances,
            layers,
            final_norm,
            n_bytes: sections.end,
        }
    }
}

struct Sections {
    end: usize,
    precision: Precision,
}

impl Sections {
    fn next(&mut self, n_bytes: usize) -> Range<usize> {
        let start = self.end;
        self.end = (start + n_bytes).next_multiple_of(ALIGNMENT);
        start..start + n_bytes
    }

    fn layer(&mut self, index: usize, dimensions: &Dimensions) -> LayerLayout {
        let Dimensions {
            family,
            width,
            inner_width,
            is_gated,
            ..
        } = *dimensions;
        let is_code = family == Family::JinaCode;
        let has_attention_norm = index > 0 || !dimensions.normalizes_before();
        LayerLayout {
            project: self.linear(width, 3 * width),
            query_key_norms: is_code.then(|| [self.norm(width), self.norm(width)]),
            merge: self.linear(width, width),
            attention_norm: has_attention_norm.then(|| self.norm(width)),
            second_norm: is_code.then(|| self.norm(width)),
            gate: is_gated.then(|| self.linear(width, inner_width)),
            expand: self.linear(width, inner_width),
            contract: self.linear(inner_width, width),
            output_norm: self.norm(width),
        }
    }

    fn norm(&mut self, width: usize) -> NormLayout {
        NormLayout {
            weight: self.next(4 * width),
            bias: self.next(4 * width),
        }
    }

    fn linear(&mut self, n_inputs: usize, n_outputs: usize) -> LinearLayout {
        let (weight_n_bytes, scale_n_bytes) = match self.precision {
            Precision::F32 => (4, 0),
            Precision::Int8 => (1, 4),
        };
        LinearLayout {
            n_inputs,
            panels: self.next(n_inputs * n_outputs * weight_n_bytes),
            scales: self.next(n_outputs * scale_n_bytes),
            sums: self.next(n_outputs * scale_n_bytes),
            bias: self.next(4 * n_outputs),
        }
    }
}

/// Returns the header of the packed file of these weights. A file with any other header is another file.
pub(crate) fn header(
    dimensions: &Dimensions,
    precision: Precision,
    weights_sha256: &str,
    n_bytes: usize,
) -> [u8; HEADER_N_BYTES] {
    let mut fields = Vec::with_capacity(HEADER_N_BYTES);
    fields.extend_from_slice(MAGIC);
    fields.extend_from_slice(&LAYOUT_VERSION.to_le_bytes());
    fields.extend_from_slice(&(precision as u32).to_le_bytes());
    for size in [
        dimensions.family as usize,
        usize::from(dimensions.is_gated),
        dimensions.n_words,
        dimensions.n_positions,
        dimensions.n_types,
        dimensions.width,
        dimensions.inner_width,
        dimensions.n_layers,
        dimensions.n_heads,
        n_bytes,
    ] {
        fields.extend_from_slice(&(size as u64).to_le_bytes());
    }
    fields.extend_from_slice(&dimensions.epsilon.to_le_bytes());
    fields.extend_from_slice(blake3::hash(weights_sha256.as_bytes()).as_bytes());
    fields.resize(HEADER_N_BYTES - blake3::OUT_LEN, 0);
    let checksum = blake3::hash(&fields);
    fields.extend_from_slice(checksum.as_bytes());
    fields
        .try_into()
        .expect("the fields and the checksum fill the header")
}
