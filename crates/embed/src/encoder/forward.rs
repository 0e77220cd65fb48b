//! One pass of packed sequences through a model.

use super::Precision;
use super::config::Dimensions;
use super::kernels::{
    Attention, AttentionScratch, Epilogue, Kernels, QuantizedRows, ROW_BLOCK, room,
};
use super::layout::{LayerLayout, LinearLayout, NormLayout};
use super::packed::{Linear, Packed};
use super::positions::Places;

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

/// What one pass works on: rows of all its tokens, and what every block of them goes through.
struct Pass<'s> {
    /// Rows that go through the linear layers together.
    block_rows: usize,
    hidden: &'s mut [f32],
    projected: &'s mut [f32],
    attended: &'s mut [f32],
    block: &'s mut Block,
    attention: &'s mut AttentionScratch,
}

/// Returns how many rows a block has where it may have `max` of them: blocks of nearly the same size.
fn block_rows(n_rows: usize, max: usize) -> usize {
    let n_blocks = n_rows.div_ceil(max).max(1);
    n_rows.div_ceil(n_blocks).next_multiple_of(ROW_BLOCK)
}

/// A model ready to compute.
pub(crate) struct Model {
    pub(crate) dimensions: Dimensions,
    pub(crate) packed: Packed,
    pub(crate) kernels: &'static Kernels,
    places: Places,
    /// Rows that go through the linear layers together, at most.
    max_block_rows: usize,
}

impl Model {
    /// Makes a model for sequences of at most `reach` tokens, which are no more than it has positions.
    pub(crate) fn new(
        dimensions: Dimensions,
        packed: Packed,
        kernels: &'static Kernels,
        reach: usize,
    ) -> Model {
        Model {
            max_block_rows: kernels.block_rows(packed.precision, dimensions.width),
            places: Places::new(&dimensions, packed.distances(), reach),
            dimensions,
            packed,
            kernels,
        }
    }

    /// Returns the last hidden states of `sequences`, one row per token, one sequence behind the other.
    ///
    /// Every id is in the vocabulary and no sequence is empty or longer than the model's reach.
    pub(crate) fn forward<'s>(
        &self,
        sequences: &[Vec<u32>],
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let width = self.dimensions.width;
        let n_tokens: usize = sequences.iter().map(Vec::len).sum();
        let mut pass = Pass {
            block_rows: block_rows(n_tokens, self.max_block_rows),
            hidden: room(&mut scratch.hidden, n_tokens * width),
            projected: room(&mut scratch.projected, n_tokens * 3 * width),
            attended: room(&mut scratch.attended, n_tokens * width),
            block: &mut scratch.block,
            attention: &mut scratch.attention,
        };
        self.embed(sequences, pass.hidden);
        for (index, layer) in self.packed.layout.layers.iter().enumerate() {
            self.project(layer, &mut pass);
            self.attend(index, sequences, &mut pass);
            self.transform(layer, &mut pass);
        }
        if let Some(norm) = &self.packed.layout.final_norm {
            self.normalize(pass.hidden, norm);
        }
        pass.hidden
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
    fn project(&self, layer: &LayerLayout, pass: &mut Pass<'_>) {
        let width = self.dimensions.width;
        let Block {
            copied, quantized, ..
        } = &mut *pass.block;
        let hidden = pass.hidden.chunks(pass.block_rows * width);
        let projected = pass.projected.chunks_mut(pass.block_rows * 3 * width);
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
    fn attend(&self, layer: usize, sequences: &[Vec<u32>], pass: &mut Pass<'_>) {
        let Dimensions { width, n_heads, .. } = self.dimensions;
        let mut projected = &mut *pass.projected;
        let mut attended = &mut *pass.attended;
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
            let scratch = &mut *pass.attention;
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
    fn transform(&self, layer: &LayerLayout, pass: &mut Pass<'_>) {
        let width = self.dimensions.width;
        let block_n_numbers = pass.block_rows * width;
        let hidden = pass.hidden.chunks_mut(block_n_numbers);
        for (hidden, attended) in hidden.zip(pass.attended.chunks(block_n_numbers)) {
            if self.dimensions.normalizes_before() {
                self.transform_normalized_before(layer, hidden, attended, pass.block);
            } else {
                self.transform_normalized_after(layer, hidden, attended, pass.block);
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
        if layer.second_norm.is_some() {
            room(&mut block.copied, hidden.len()).copy_from_slice(hidden);
        }
        let merge = [(&layer.merge, Epilogue::Add)];
        self.linear(attended, &merge, hidden, &mut block.quantized);
        if let Some(norm) = &layer.attention_norm {
            self.normalize(hidden, norm);
        }
        if let Some(norm) = &layer.second_norm {
            for (value, input) in hidden.iter_mut().zip(&block.copied) {
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
        inner: &mut Vec<f32>,
        quantized: &mut QuantizedRows,
    ) {
        let Dimensions {
            width,
            inner_width,
            activation,
            ..
        } = self.dimensions;
        let inner = room(inner, rows.len() / width * inner_width);
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
    fn normalized<'c>(
        &self,
        rows: &[f32],
        norm: &NormLayout,
        copied: &'c mut Vec<f32>,
    ) -> &'c [f32] {
        let copied = room(copied, rows.len());
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
