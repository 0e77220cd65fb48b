//! Where everything lies in a packed file: a pure function of the model's sizes and the precision.
//!
//! A header, then sections of plain little-endian numbers, each at a multiple of 64 bytes.

use std::ops::Range;

use super::Precision;
use super::config::{Dimensions, Family, N_BUCKETS};

/// Raised whenever a section, its order or its meaning changes, or the rounding of weights.
pub(crate) const LAYOUT_VERSION: u32 = 1;

/// A cache line, and the widest register.
const ALIGNMENT: usize = 64;
const HEADER_N_BYTES: usize = 192;
const MAGIC: &[u8; 8] = b"mnemoenc";

/// Byte ranges of all sections.
#[derive(Debug)]
pub(crate) struct Layout {
    /// Word embeddings: half precision in a model of 8 bits, else single.
    pub(crate) words: Range<usize>,
    /// Position embeddings plus the embedding of the first token type, which is the only one in use where there are any.
    pub(crate) positions: Range<usize>,
    pub(crate) norm: NormLayout,
    /// Bias by bucket of distance and head, which MPNet has.
    pub(crate) distances: Range<usize>,
    pub(crate) layers: Vec<LayerLayout>,
    pub(crate) n_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct LayerLayout {
    /// Queries, keys and values of all heads as one linear layer.
    pub(crate) project: LinearLayout,
    pub(crate) merge: LinearLayout,
    pub(crate) attention_norm: NormLayout,
    pub(crate) expand: LinearLayout,
    pub(crate) contract: LinearLayout,
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
        let Dimensions {
            width, inner_width, ..
        } = *dimensions;
        let mut sections = Sections {
            end: HEADER_N_BYTES,
            precision,
        };
        let word_n_bytes = match precision {
            Precision::F32 => 4,
            Precision::Int8 => 2,
        };
        let words = sections.next(dimensions.n_words * width * word_n_bytes);
        let positions = sections.next(dimensions.n_positions * width * 4);
        let norm = sections.norm(width);
        let distances = sections.next(match dimensions.family {
            Family::Bert => 0,
            Family::Mpnet => 4 * N_BUCKETS * dimensions.n_heads,
        });
        let layers = (0..dimensions.n_layers)
            .map(|_| LayerLayout {
                project: sections.linear(width, 3 * width),
                merge: sections.linear(width, width),
                attention_norm: sections.norm(width),
                expand: sections.linear(width, inner_width),
                contract: sections.linear(inner_width, width),
                output_norm: sections.norm(width),
            })
            .collect();
        Layout {
            words,
            positions,
            norm,
            distances,
            layers,
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
