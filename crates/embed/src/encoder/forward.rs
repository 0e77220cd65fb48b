//! One pass of packed sequences through a model.

use super::Precision;
use super::config::{Dimensions, N_BUCKETS};
use super::kernels::{Attention, AttentionScratch, Bias, Epilogue, Kernels, QuantizedRows};
use super::layout::LinearLayout;
use super::packed::{Linear, Packed};

/// Buffers that a pass needs, kept from one to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    hidden: Vec<f32>,
    projected: Vec<f32>,
    attended: Vec<f32>,
    inner: Vec<f32>,
    quantized: QuantizedRows,
    attention: AttentionScratch,
}

/// A model ready to compute.
pub(crate) struct Model {
    pub(crate) dimensions: Dimensions,
    pub(crate) packed: Packed,
    pub(crate) kernels: &'static Kernels,
    /// By head and distance, for sequences as long as the model has positions; empty in families that have none.
    distances: Vec<f32>,
}

impl Model {
    pub(crate) fn new(dimensions: Dimensions, packed: Packed, kernels: &'static Kernels) -> Model {
        let by_bucket = packed.distances();
        let reach = if by_bucket.is_empty() {
            0
        } else {
            dimensions.n_positions
        };
        let distances = (0..dimensions.n_heads)
            .flat_map(|head| {
                let distances = (1..2 * reach).map(move |distance| bucket(reach, distance));
                distances.map(move |bucket| by_bucket[bucket * dimensions.n_heads + head])
            })
            .collect();
        Model {
            distances,
            dimensions,
            packed,
            kernels,
        }
    }

    fn bias(&self) -> Option<Bias<'_>> {
        (!self.distances.is_empty()).then_some(Bias {
            values: &self.distances,
            reach: self.dimensions.n_positions,
        })
    }

    /// Returns the last hidden states of `sequences`, one row a token, one sequence behind the other.
    ///
    /// Every id is in the vocabulary and no sequence is empty or longer than the positions of the model.
    pub(crate) fn forward<'s>(
        &self,
        sequences: &[Vec<u32>],
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let width = self.dimensions.width;
        let n_tokens: usize = sequences.iter().map(Vec::len).sum();
        scratch.hidden.resize(n_tokens * width, 0.0);
        scratch.projected.resize(n_tokens * 3 * width, 0.0);
        scratch.attended.resize(n_tokens * width, 0.0);
        scratch
            .inner
            .resize(self.kernels.block_rows * self.dimensions.inner_width, 0.0);
        self.embed(sequences, &mut scratch.hidden);
        for layer in 0..self.dimensions.n_layers {
            self.attend(layer, sequences, scratch);
            self.transform(layer, scratch);
        }
        &scratch.hidden
    }

    fn embed(&self, sequences: &[Vec<u32>], hidden: &mut [f32]) {
        let tokens = sequences
            .iter()
            .flat_map(|sequence| sequence.iter().enumerate());
        for (row, (position, id)) in hidden.chunks_exact_mut(self.dimensions.width).zip(tokens) {
            self.packed.embedding(*id as usize, position, row);
        }
        let norm = self.packed.norm(&self.packed.layout.norm);
        self.kernels.normalize(hidden, &norm);
    }

    /// Projects all tokens, then attends within each sequence.
    fn attend(&self, layer: usize, sequences: &[Vec<u32>], scratch: &mut Scratch) {
        let Dimensions { width, n_heads, .. } = self.dimensions;
        let layer = &self.packed.layout.layers[layer];
        let block_rows = self.kernels.block_rows;
        let hidden = scratch.hidden.chunks(block_rows * width);
        let projected = scratch.projected.chunks_mut(block_rows * 3 * width);
        for (hidden, projected) in hidden.zip(projected) {
            let quantized = &mut scratch.quantized;
            self.linear(
                hidden,
                &layer.project,
                Epilogue::Store,
                projected,
                quantized,
            );
        }
        let (mut projected, mut attended) = (&scratch.projected[..], &mut scratch.attended[..]);
        for sequence in sequences {
            let own_projected = projected.split_off(..sequence.len() * 3 * width);
            let own_attended = attended.split_off_mut(..sequence.len() * width);
            let attention = Attention {
                projected: own_projected.expect("every token has a projected row"),
                n_tokens: sequence.len(),
                n_heads,
                head_width: self.dimensions.head_width(),
                bias: self.bias(),
            };
            let own_attended = own_attended.expect("every token has an attended row");
            let scratch = &mut scratch.attention;
            match self.packed.precision {
                Precision::F32 => self
                    .kernels
                    .attention_f32(&attention, own_attended, scratch),
                Precision::Int8 => self
                    .kernels
                    .attention_bf16(&attention, own_attended, scratch),
            }
        }
    }

    /// The rest of a layer, which every token goes through alone.
    fn transform(&self, layer: usize, scratch: &mut Scratch) {
        let Dimensions {
            width, inner_width, ..
        } = self.dimensions;
        let layer = &self.packed.layout.layers[layer];
        let attention_norm = self.packed.norm(&layer.attention_norm);
        let output_norm = self.packed.norm(&layer.output_norm);
        let block_rows = self.kernels.block_rows;
        let hidden = scratch.hidden.chunks_mut(block_rows * width);
        let quantized = &mut scratch.quantized;
        for (hidden, attended) in hidden.zip(scratch.attended.chunks(block_rows * width)) {
            let inner = &mut scratch.inner[..hidden.len() / width * inner_width];
            self.linear(attended, &layer.merge, Epilogue::Add, hidden, quantized);
            self.kernels.normalize(hidden, &attention_norm);
            self.linear(hidden, &layer.expand, Epilogue::Gelu, inner, quantized);
            self.linear(inner, &layer.contract, Epilogue::Add, hidden, quantized);
            self.kernels.normalize(hidden, &output_norm);
        }
    }

    fn linear(
        &self,
        rows: &[f32],
        layout: &LinearLayout,
        epilogue: Epilogue,
        output: &mut [f32],
        quantized: &mut QuantizedRows,
    ) {
        match self.packed.linear(layout) {
            Linear::F32(linear) => self.kernels.linear_f32(rows, &linear, epilogue, output),
            Linear::Int8(linear) => {
                self.kernels.quantize(rows, layout.n_inputs, quantized);
                self.kernels
                    .linear_int8(quantized, &linear, epilogue, output);
            }
        }
    }
}

/// Returns the bucket of the distance `place - reach` from a query to a key.
///
/// Half of the buckets are for keys behind the query. Near distances have a bucket each; farther ones share one between two powers of
/// the square root of two, and the last takes all that are left.
fn bucket(reach: usize, place: usize) -> usize {
    const N_NEAR: usize = N_BUCKETS / 4;
    let side = if place > reach { N_BUCKETS / 2 } else { 0 };
    let distance = place.abs_diff(reach);
    if distance < N_NEAR {
        return side + distance;
    }
    let n_halves = (distance * distance / (N_NEAR * N_NEAR)).ilog2() as usize;
    side + (N_NEAR + n_halves).min(N_BUCKETS / 2 - 1)
}
