//! One pass of packed sequences through a model.

use super::Precision;
use super::config::Dimensions;
use super::kernels::{Attention, AttentionScratch, Epilogue, Kernels, QuantizedRows};
use super::layout::{LayerLayout, LinearLayout, NormLayout};
use super::packed::{Linear, Packed};
use super::positions::Places;

/// Weights of single precision are four times the bytes to fetch for a block of rows, and so want more rows to share them: an eighth faster with
/// BERT-base, a fifteenth with MiniLM.
const F32_BLOCK_FACTOR: usize = 2;

/// Buffers that a pass needs, kept from one to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    hidden: Vec<f32>,
    projected: Vec<f32>,
    attended: Vec<f32>,
    block: Block,
    attention: AttentionScratch,
}

/// Buffers for the rows that go through the linear layers together.
#[derive(Default)]
struct Block {
    /// A copy of hidden rows: what is normalised before a half of a layer, or what is added again after it.
    copied: Vec<f32>,
    inner: Vec<f32>,
    quantized: QuantizedRows,
}

/// A model ready to compute.
pub(crate) struct Model {
    pub(crate) dimensions: Dimensions,
    pub(crate) packed: Packed,
    pub(crate) kernels: &'static Kernels,
    places: Places,
    /// Rows that go through the linear layers together.
    block_rows: usize,
}

impl Model {
    /// Makes a model for sequences of at most `reach` tokens, which are no more than it has positions.
    pub(crate) fn new(
        dimensions: Dimensions,
        packed: Packed,
        kernels: &'static Kernels,
        reach: usize,
    ) -> Model {
        let block_rows = match packed.precision {
            Precision::Int8 => kernels.block_rows,
            Precision::F32 => kernels.block_rows * F32_BLOCK_FACTOR,
        };
        Model {
            block_rows,
            places: Places::new(&dimensions, packed.distances(), reach),
            dimensions,
            packed,
            kernels,
        }
    }

    /// Returns the last hidden states of `sequences`, one row a token, one sequence behind the other.
    ///
    /// Every id is in the vocabulary and no sequence is empty or longer than the model's reach.
    pub(crate) fn forward<'s>(
        &self,
        sequences: &[Vec<u32>],
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let Dimensions {
            width, inner_width, ..
        } = self.dimensions;
        let block_rows = self.block_rows;
        let n_tokens: usize = sequences.iter().map(Vec::len).sum();
        scratch.hidden.resize(n_tokens * width, 0.0);
        scratch.projected.resize(n_tokens * 3 * width, 0.0);
        scratch.attended.resize(n_tokens * width, 0.0);
        scratch.block.copied.resize(block_rows * width, 0.0);
        scratch.block.inner.resize(block_rows * inner_width, 0.0);
        self.embed(sequences, &mut scratch.hidden);
        for (index, layer) in self.packed.layout.layers.iter().enumerate() {
            self.project(layer, scratch);
            self.attend(index, sequences, scratch);
            self.transform(layer, scratch);
        }
        if let Some(norm) = &self.packed.layout.final_norm {
            self.normalize(&mut scratch.hidden, norm);
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
        self.normalize(hidden, &self.packed.layout.norm);
    }

    /// Makes queries, keys and values of all tokens.
    fn project(&self, layer: &LayerLayout, scratch: &mut Scratch) {
        let width = self.dimensions.width;
        let block_rows = self.block_rows;
        let Block {
            copied, quantized, ..
        } = &mut scratch.block;
        let hidden = scratch.hidden.chunks(block_rows * width);
        let projected = scratch.projected.chunks_mut(block_rows * 3 * width);
        for (mut hidden, projected) in hidden.zip(projected) {
            if let Some(norm) = self.norm_before(layer.attention_norm.as_ref()) {
                hidden = self.normalized(hidden, norm, copied);
            }
            let steps = [(&layer.project, Epilogue::Store)];
            self.linear(hidden, &steps, projected, quantized);
            if let Some([query_norm, key_norm]) = &layer.query_key_norms {
                for row in projected.chunks_exact_mut(3 * width) {
                    let (query, rest) = row.split_at_mut(width);
                    self.normalize(query, query_norm);
                    self.normalize(&mut rest[..width], key_norm);
                }
            }
        }
    }

    /// Attends within each sequence.
    fn attend(&self, layer: usize, sequences: &[Vec<u32>], scratch: &mut Scratch) {
        let Dimensions { width, n_heads, .. } = self.dimensions;
        let mut projected = &mut scratch.projected[..];
        let mut attended = &mut scratch.attended[..];
        for sequence in sequences {
            let own_projected = projected
                .split_off_mut(..sequence.len() * 3 * width)
                .expect("every token has a projected row");
            let own_attended = attended
                .split_off_mut(..sequence.len() * width)
                .expect("every token has an attended row");
            self.places.rotate(layer, width, own_projected);
            let attention = Attention {
                projected: own_projected,
                n_tokens: sequence.len(),
                n_heads,
                head_width: self.dimensions.head_width(),
                bias: self.places.bias(layer),
            };
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
    fn transform(&self, layer: &LayerLayout, scratch: &mut Scratch) {
        let width = self.dimensions.width;
        let block_rows = self.block_rows;
        let hidden = scratch.hidden.chunks_mut(block_rows * width);
        for (hidden, attended) in hidden.zip(scratch.attended.chunks(block_rows * width)) {
            if self.dimensions.normalizes_before() {
                self.transform_normalized_before(layer, hidden, attended, &mut scratch.block);
            } else {
                self.transform_normalized_after(layer, hidden, attended, &mut scratch.block);
            }
        }
    }

    fn transform_normalized_before(
        &self,
        layer: &LayerLayout,
        hidden: &mut [f32],
        attended: &[f32],
        block: &mut Block,
    ) {
        let merge = [(&layer.merge, Epilogue::Add)];
        self.linear(attended, &merge, hidden, &mut block.quantized);
        let Block {
            copied,
            inner,
            quantized,
        } = block;
        let rows = self.normalized(hidden, &layer.output_norm, copied);
        self.feed_forward(layer, rows, inner, quantized);
        self.contract(layer, hidden, block);
    }

    fn transform_normalized_after(
        &self,
        layer: &LayerLayout,
        hidden: &mut [f32],
        attended: &[f32],
        block: &mut Block,
    ) {
        let copied = &mut block.copied[..hidden.len()];
        if layer.second_norm.is_some() {
            copied.copy_from_slice(hidden);
        }
        let merge = [(&layer.merge, Epilogue::Add)];
        self.linear(attended, &merge, hidden, &mut block.quantized);
        if let Some(norm) = &layer.attention_norm {
            self.normalize(hidden, norm);
        }
        if let Some(norm) = &layer.second_norm {
            for (value, input) in hidden.iter_mut().zip(&*copied) {
                *value += input;
            }
            self.normalize(hidden, norm);
        }
        self.feed_forward(layer, hidden, &mut block.inner, &mut block.quantized);
        self.contract(layer, hidden, block);
        self.normalize(hidden, &layer.output_norm);
    }

    /// Fills the inner rows: an activation, times what a gated unit has beside it.
    fn feed_forward(
        &self,
        layer: &LayerLayout,
        rows: &[f32],
        inner: &mut [f32],
        quantized: &mut QuantizedRows,
    ) {
        let Dimensions {
            width,
            inner_width,
            activation,
            ..
        } = self.dimensions;
        let inner = &mut inner[..rows.len() / width * inner_width];
        let activation = activation.epilogue();
        match &layer.gate {
            None => self.linear(rows, &[(&layer.expand, activation)], inner, quantized),
            Some(gate) => {
                let steps = [(gate, activation), (&layer.expand, Epilogue::Multiply)];
                self.linear(rows, &steps, inner, quantized);
            }
        }
    }

    fn contract(&self, layer: &LayerLayout, hidden: &mut [f32], block: &mut Block) {
        let n_rows = hidden.len() / self.dimensions.width;
        let inner = &block.inner[..n_rows * self.dimensions.inner_width];
        let steps = [(&layer.contract, Epilogue::Add)];
        self.linear(inner, &steps, hidden, &mut block.quantized);
    }

    /// Returns a normalisation that stands before a half of a layer, in families where it does.
    fn norm_before<'l>(&self, norm: Option<&'l NormLayout>) -> Option<&'l NormLayout> {
        norm.filter(|_| self.dimensions.normalizes_before())
    }

    fn normalize(&self, rows: &mut [f32], norm: &NormLayout) {
        self.kernels.normalize(rows, &self.packed.norm(norm));
    }

    /// Returns a normalised copy of `rows`.
    fn normalized<'c>(&self, rows: &[f32], norm: &NormLayout, copied: &'c mut [f32]) -> &'c [f32] {
        let copied = &mut copied[..rows.len()];
        copied.copy_from_slice(rows);
        self.normalize(copied, norm);
        copied
    }

    /// Sends `rows` through linear layers, one after the other into the same output.
    fn linear(
        &self,
        rows: &[f32],
        steps: &[(&LinearLayout, Epilogue)],
        output: &mut [f32],
        quantized: &mut QuantizedRows,
    ) {
        if self.packed.precision == Precision::Int8 {
            self.kernels.quantize(rows, steps[0].0.n_inputs, quantized);
        }
        for (layout, epilogue) in steps {
            match self.packed.linear(layout) {
                Linear::F32(linear) => self.kernels.linear_f32(rows, &linear, *epilogue, output),
                Linear::Int8(linear) => {
                    self.kernels
                        .linear_int8(quantized, &linear, *epilogue, output);
                }
            }
        }
    }
}
