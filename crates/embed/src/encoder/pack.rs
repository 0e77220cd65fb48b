//! Writes packed files: the weights of a model in the order and form in which the kernels read them.
//!
//! Works panel by panel from the mapped source, so that packing needs a few hundred kilobytes of memory whatever the model's size.

use std::io::{self, Write};
use std::path::Path;

use half::f16;
use safetensors::{Dtype, SafeTensors};

use super::Precision;
use super::config::{Dimensions, Family, N_BUCKETS};
use super::kernels::PANEL_WIDTH;
use super::layout::{Layout, LinearLayout, NormLayout};
use crate::EmbedError;

/// Largest weight of 8 bits; -128 stays unused, so that the scale is symmetric.
const INT8_MAX: f32 = 127.0;

/// Writes the sections behind the header, which ends at `header_n_bytes`.
pub(crate) fn pack(
    source: &Source<'_>,
    dimensions: &Dimensions,
    precision: Precision,
    header: &[u8],
    output: &mut impl Write,
) -> Result<(), EmbedError> {
    let layout = Layout::new(dimensions, precision);
    let mut packer = Packer {
        source,
        precision,
        output,
        position: 0,
    };
    packer.section(0, header)?;
    packer.embeddings(dimensions, &layout)?;
    packer.norm("embeddings.LayerNorm", &layout.norm)?;
    if dimensions.family == Family::Mpnet {
        packer.distances(dimensions, &layout)?;
    }
    let names = match dimensions.family {
        Family::Bert => &BERT,
        Family::Mpnet => &MPNET,
    };
    let width = dimensions.width;
    // The softmax is one of powers of two, and its factor is part of the query.
    let query_factor = std::f32::consts::LOG2_E / (dimensions.head_width() as f32).sqrt();
    for (index, layer) in layout.layers.iter().enumerate() {
        let part = |name: &str, factor: f32| Part {
            name: format!("encoder.layer.{index}.{name}"),
            factor,
        };
        let query = part(names.query, query_factor);
        let (key, value) = (part(names.key, 1.0), part(names.value, 1.0));
        packer.linear(&[query, key, value], width, &layer.project)?;
        packer.linear(&[part(names.merge, 1.0)], width, &layer.merge)?;
        let norm = part(names.attention_norm, 1.0);
        packer.norm(&norm.name, &layer.attention_norm)?;
        let inner_width = dimensions.inner_width;
        packer.linear(
            &[part("intermediate.dense", 1.0)],
            inner_width,
            &layer.expand,
        )?;
        packer.linear(&[part("output.dense", 1.0)], width, &layer.contract)?;
        packer.norm(&part("output.LayerNorm", 1.0).name, &layer.output_norm)?;
    }
    packer.pad(layout.n_bytes)
}

/// What a layer's tensors are called where families differ.
struct Names {
    query: &'static str,
    key: &'static str,
    value: &'static str,
    merge: &'static str,
    attention_norm: &'static str,
}

const BERT: Names = Names {
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    merge: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
};

const MPNET: Names = Names {
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    merge: "attention.attn.o",
    attention_norm: "attention.LayerNorm",
};

/// The tensors of a `model.safetensors`.
pub(crate) struct Source<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    /// What some exports put before every name.
    prefix: &'static str,
}

impl<'a> Source<'a> {
    pub(crate) fn new(path: &'a Path, bytes: &'a [u8]) -> Result<Source<'a>, EmbedError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|source| EmbedError::Weights {
            path: path.to_owned(),
            source,
        })?;
        let is_prefix = |prefix: &&str| {
            let name = format!("{prefix}embeddings.LayerNorm.weight");
            tensors.tensor(&name).is_ok()
        };
        let prefix = ["bert.", "mpnet."]
            .into_iter()
            .find(is_prefix)
            .unwrap_or("");
        Ok(Source {
            path,
            tensors,
            prefix,
        })
    }

    /// Returns the little-endian floats of a tensor of exactly this shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<&'a [[u8; 4]], EmbedError> {
        let name = format!("{}{name}", self.prefix);
        match self.tensors.tensor(&name) {
            Ok(tensor) if tensor.dtype() == Dtype::F32 && tensor.shape() == shape => {
                Ok(tensor.data().as_chunks().0)
            }
            _ => Err(EmbedError::Tensor {
                path: self.path.to_owned(),
                name,
                shape: shape.to_vec(),
            }),
        }
    }
}

/// A linear layer of the source whose outputs follow those of the part before it.
struct Part {
    name: String,
    factor: f32,
}

struct Packer<'a, W> {
    source: &'a Source<'a>,
    precision: Precision,
    output: &'a mut W,
    position: usize,
}

impl<W: Write> Packer<'_, W> {
    fn embeddings(&mut self, dimensions: &Dimensions, layout: &Layout) -> Result<(), EmbedError> {
        let width = dimensions.width;
        let shape = [dimensions.n_words, width];
        let words = self
            .source
            .tensor("embeddings.word_embeddings.weight", &shape)?;
        self.pad(layout.words.start)?;
        for word in words {
            match self.precision {
                Precision::F32 => self.write(word)?,
                Precision::Int8 => {
                    self.write(&f16::from_f32(f32::from_le_bytes(*word)).to_le_bytes())?;
                }
            }
        }
        let n_unused = dimensions.n_unused_positions;
        let shape = [n_unused + dimensions.n_positions, width];
        let positions = self
            .source
            .tensor("embeddings.position_embeddings.weight", &shape)?;
        let shape = [dimensions.n_types, width];
        let none = vec![[0; 4]; width];
        let types = match dimensions.n_types {
            0 => &none,
            _ => self
                .source
                .tensor("embeddings.token_type_embeddings.weight", &shape)?,
        };
        self.pad(layout.positions.start)?;
        for position in positions.chunks_exact(width).skip(n_unused) {
            for (position, first_type) in position.iter().zip(types) {
                let sum = f32::from_le_bytes(*position) + f32::from_le_bytes(*first_type);
                self.write(&sum.to_le_bytes())?;
            }
        }
        Ok(())
    }

    /// The softmax is one of powers of two here too.
    fn distances(&mut self, dimensions: &Dimensions, layout: &Layout) -> Result<(), EmbedError> {
        let shape = [N_BUCKETS, dimensions.n_heads];
        let name = "encoder.relative_attention_bias.weight";
        let values = self.source.tensor(name, &shape)?.iter();
        let scaled: Vec<f32> = values
            .map(|value| f32::from_le_bytes(*value) * std::f32::consts::LOG2_E)
            .collect();
        self.section(layout.distances.start, &le_bytes(&scaled, f32::to_le_bytes))
    }

    fn norm(&mut self, name: &str, layout: &NormLayout) -> Result<(), EmbedError> {
        let width = layout.weight.len() / 4;
        let weight = self.source.tensor(&format!("{name}.weight"), &[width])?;
        let bias = self.source.tensor(&format!("{name}.bias"), &[width])?;
        self.section(layout.weight.start, weight.as_flattened())?;
        self.section(layout.bias.start, bias.as_flattened())
    }

    /// Writes one linear layer made of `parts` with `part_n_outputs` outputs each.
    fn linear(
        &mut self,
        parts: &[Part],
        part_n_outputs: usize,
        layout: &LinearLayout,
    ) -> Result<(), EmbedError> {
        let mut outputs = Outputs::default();
        self.pad(layout.panels.start)?;
        for part in parts {
            let shape = [part_n_outputs, layout.n_inputs];
            let weights = self
                .source
                .tensor(&format!("{}.weight", part.name), &shape)?;
            let bias = self
                .source
                .tensor(&format!("{}.bias", part.name), &[part_n_outputs])?;
            for panel in weights.chunks_exact(PANEL_WIDTH * layout.n_inputs) {
                let read = |value: &[u8; 4]| f32::from_le_bytes(*value) * part.factor;
                let panel: Vec<f32> = panel.iter().map(read).collect();
                match self.precision {
                    Precision::F32 => self.panel_f32(&panel, layout.n_inputs)?,
                    Precision::Int8 => self.panel_int8(&panel, layout.n_inputs, &mut outputs)?,
                }
            }
            let bias = bias
                .iter()
                .map(|value| f32::from_le_bytes(*value) * part.factor);
            outputs.bias.extend(bias);
        }
        self.section(
            layout.scales.start,
            &le_bytes(&outputs.scales, f32::to_le_bytes),
        )?;
        self.section(
            layout.sums.start,
            &le_bytes(&outputs.sums, i32::to_le_bytes),
        )?;
        self.section(
            layout.bias.start,
            &le_bytes(&outputs.bias, f32::to_le_bytes),
        )
    }

    fn panel_f32(&mut self, panel: &[f32], n_inputs: usize) -> Result<(), EmbedError> {
        for input in 0..n_inputs {
            for output in 0..PANEL_WIDTH {
                self.write(&panel[output * n_inputs + input].to_le_bytes())?;
            }
        }
        Ok(())
    }

    fn panel_int8(
        &mut self,
        panel: &[f32],
        n_inputs: usize,
        outputs: &mut Outputs,
    ) -> Result<(), EmbedError> {
        let mut packed = vec![0; panel.len()];
        for (output, weights) in panel.chunks_exact(n_inputs).enumerate() {
            let largest = weights
                .iter()
                .fold(1e-20, |largest: f32, weight| largest.max(weight.abs()));
            let scale = largest / INT8_MAX;
            let mut sum = 0;
            for (input, weight) in weights.iter().enumerate() {
                let rounded = (weight / scale).round() as i8;
                sum += i32::from(rounded);
                packed[(input / 4 * PANEL_WIDTH + output) * 4 + input % 4] =
                    rounded.cast_unsigned();
            }
            outputs.scales.push(scale);
            outputs.sums.push(sum);
        }
        self.write(&packed)
    }

    fn section(&mut self, start: usize, bytes: &[u8]) -> Result<(), EmbedError> {
        self.pad(start)?;
        self.write(bytes)
    }

    /// Writes zeros up to `position`.
    fn pad(&mut self, position: usize) -> Result<(), EmbedError> {
        let n_bytes = position - self.position;
        io::copy(
            &mut io::Read::take(io::repeat(0), n_bytes as u64),
            self.output,
        )?;
        self.position = position;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), EmbedError> {
        self.output.write_all(bytes)?;
        self.position += bytes.len();
        Ok(())
    }
}

/// What a linear layer has once an output.
#[derive(Default)]
struct Outputs {
    scales: Vec<f32>,
    sums: Vec<i32>,
    bias: Vec<f32>,
}

fn le_bytes<T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|value| bytes(*value)).collect()
}
