//! Writes packed files: the weights of a model in the order and form in which the kernels read them.
//!
//! Works panel by panel from the mapped source, so that packing needs a few hundred kilobytes of memory whatever the model's size.

mod names;
mod source;

use std::io::{self, Write};

use half::f16;

use super::Precision;
use super::config::{Dimensions, Positions};
use super::kernels::{INT8_PANEL_WIDTH, PANEL_WIDTH};
use super::layout::{LayerLayout, Layout, LinearLayout, NormLayout};
use crate::EmbedError;
use names::{DISTANCES, Names, POSITIONS, Project, TYPES, Units, names};
pub(crate) use source::Source;

/// Largest weight of 8 bits; -128 stays unused, so that the scale is symmetric.
const INT8_MAX: f32 = 127.0;

/// Writes the whole packed file, which begins with `header`.
pub(crate) fn pack(
    source: Source<'_>,
    dimensions: &Dimensions,
    precision: Precision,
    header: &[u8],
    output: &mut impl Write,
) -> Result<(), EmbedError> {
    let layout = Layout::new(dimensions, precision);
    let names = names(dimensions.family, dimensions.is_gated);
    let mut packer = Packer {
        source: &source.with_prefix_of(names.words),
        dimensions,
        names: &names,
        precision,
        output,
        position: 0,
    };
    packer.section(0, header)?;
    packer.embeddings(&layout)?;
    packer.norm(names.norm, &layout.norm)?;
    packer.distances(&layout)?;
    for (index, layer) in layout.layers.iter().enumerate() {
        packer.layer(&format!("{}.{index}", names.layer), layer)?;
    }
    if let Some(norm) = &layout.final_norm {
        packer.norm(names.final_norm, norm)?;
    }
    packer.pad(layout.n_bytes)
}

/// A linear layer of the source, or a part of its outputs.
struct Part {
    name: String,
    /// The first output that belongs to the part, of how many outputs that the layer has.
    first: usize,
    n_all: usize,
    factor: f32,
    has_bias: bool,
}

struct Packer<'a, W> {
    source: &'a Source<'a>,
    dimensions: &'a Dimensions,
    names: &'a Names,
    precision: Precision,
    output: &'a mut W,
    position: usize,
}

impl<W: Write> Packer<'_, W> {
    fn embeddings(&mut self, layout: &Layout) -> Result<(), EmbedError> {
        let Dimensions { n_words, width, .. } = *self.dimensions;
        let words = self.source.tensor(self.names.words, &[n_words, width])?;
        self.pad(layout.words.start)?;
        for word in 0..n_words {
            let word = words.read(word * width..(word + 1) * width);
            match self.precision {
                Precision::F32 => self.write(&le_bytes(&word, f32::to_le_bytes))?,
                Precision::Int8 => {
                    self.write(&le_bytes(&word, |value| f16::from_f32(value).to_le_bytes()))?;
                }
            }
        }
        self.pad(layout.positions.start)?;
        self.positions()
    }

    fn positions(&mut self) -> Result<(), EmbedError> {
        let dimensions = self.dimensions;
        let width = dimensions.width;
        let first_type = match dimensions.n_types {
            0 => vec![0.0; width],
            n_types => self.source.tensor(TYPES, &[n_types, width])?.read(0..width),
        };
        let n_unused = dimensions.n_unused_positions;
        let positions = match dimensions.positions {
            Positions::Learnt | Positions::LearntAndBuckets => {
                let shape = [n_unused + dimensions.n_positions, width];
                Some(self.source.tensor(POSITIONS, &shape)?)
            }
            Positions::Rotary(_) | Positions::Slopes => None,
        };
        for row in n_unused..n_unused + dimensions.n_position_rows() {
            let mut sum = first_type.clone();
            if let Some(positions) = &positions {
                let position = positions.read(row * width..(row + 1) * width);
                for (sum, position) in sum.iter_mut().zip(position) {
                    *sum += position;
                }
            }
            self.write(&le_bytes(&sum, f32::to_le_bytes))?;
        }
        Ok(())
    }

    /// The softmax is one of powers of two here too.
    fn distances(&mut self, layout: &Layout) -> Result<(), EmbedError> {
        let n_heads = self.dimensions.n_heads;
        let n_values = layout.distances.len() / 4;
        if n_values == 0 {
            return Ok(());
        }
        let shape = [n_values / n_heads, n_heads];
        let values = self.source.tensor(DISTANCES, &shape)?.read(0..n_values);
        let scaled: Vec<f32> = values
            .iter()
            .map(|value| value * std::f32::consts::LOG2_E)
            .collect();
        self.section(layout.distances.start, &le_bytes(&scaled, f32::to_le_bytes))
    }

    fn layer(&mut self, name: &str, layout: &LayerLayout) -> Result<(), EmbedError> {
        let Dimensions {
            width,
            inner_width,
            biases,
            ..
        } = *self.dimensions;
        let names = self.names;
        let within = |part: &str| format!("{name}.{part}");
        let whole = |part: &str, n_outputs: usize, has_bias: bool| Part {
            name: within(part),
            first: 0,
            n_all: n_outputs,
            factor: 1.0,
            has_bias,
        };
        self.projection(name, layout)?;
        let merge = whole(names.merge, width, biases.attention);
        self.linear(&[merge], width, &layout.merge)?;
        if let Some(norm) = &layout.attention_norm {
            self.norm(&within(names.attention_norm), norm)?;
        }
        if let Some(norm) = &layout.second_norm {
            self.norm(&within(names.second_norm), norm)?;
        }
        let half = |part: &str, first: usize| Part {
            first,
            n_all: 2 * inner_width,
            ..whole(part, inner_width, biases.expand)
        };
        let (gate, expand) = match names.units {
            Units::Plain(part) => (None, whole(part, inner_width, biases.expand)),
            Units::Separate { gate, expand } => (
                Some(whole(gate, inner_width, biases.expand)),
                whole(expand, inner_width, biases.expand),
            ),
            Units::GateFirst(part) => (Some(half(part, 0)), half(part, inner_width)),
            Units::GateLast(part) => (Some(half(part, inner_width)), half(part, 0)),
        };
        if let (Some(gate), Some(layout)) = (gate, &layout.gate) {
            self.linear(&[gate], inner_width, layout)?;
        }
        self.linear(&[expand], inner_width, &layout.expand)?;
        let contract = whole(names.contract, width, biases.contract);
        self.linear(&[contract], width, &layout.contract)?;
        self.norm(&within(names.output_norm), &layout.output_norm)
    }

    /// Writes queries, keys and values, and what normalises them.
    fn projection(&mut self, name: &str, layout: &LayerLayout) -> Result<(), EmbedError> {
        let width = self.dimensions.width;
        // The softmax is one of powers of two, and its factor is part of the query, or of what normalises it.
        let factor = std::f32::consts::LOG2_E / (self.dimensions.head_width() as f32).sqrt();
        let query_factor = match layout.query_key_norms {
            None => factor,
            Some(_) => 1.0,
        };
        let has_bias = self.dimensions.biases.attention;
        let factors = [query_factor, 1.0, 1.0];
        let mut parts = Vec::new();
        for (index, factor) in factors.into_iter().enumerate() {
            let (part, first, n_all) = match self.names.project {
                Project::Separate(parts) => (parts[index], 0, width),
                Project::Fused(part) => (part, index * width, 3 * width),
            };
            parts.push(Part {
                name: format!("{name}.{part}"),
                first,
                n_all,
                factor,
                has_bias,
            });
        }
        self.linear(&parts, width, &layout.project)?;
        if let Some([query, key]) = &layout.query_key_norms {
            let names = self.names.query_key_norms;
            self.scaled_norm(&format!("{name}.{}", names[0]), factor, query)?;
            self.norm(&format!("{name}.{}", names[1]), key)?;
        }
        Ok(())
    }

    fn norm(&mut self, name: &str, layout: &NormLayout) -> Result<(), EmbedError> {
        self.scaled_norm(name, 1.0, layout)
    }

    /// Writes a normalisation whose results are multiplied with `factor`.
    fn scaled_norm(
        &mut self,
        name: &str,
        factor: f32,
        layout: &NormLayout,
    ) -> Result<(), EmbedError> {
        let width = layout.weight.len() / 4;
        let read = |part: &str| -> Result<Vec<u8>, EmbedError> {
            let values = self.source.tensor(&format!("{name}.{part}"), &[width])?;
            let scaled: Vec<f32> = values
                .read(0..width)
                .iter()
                .map(|value| value * factor)
                .collect();
            Ok(le_bytes(&scaled, f32::to_le_bytes))
        };
        let weight = read("weight")?;
        let bias = match self.dimensions.biases.norms {
            true => read("bias")?,
            false => vec![0; 4 * width],
        };
        self.section(layout.weight.start, &weight)?;
        self.section(layout.bias.start, &bias)
    }

    /// Writes one linear layer made of `parts` with `part_n_outputs` outputs each.
    fn linear(
        &mut self,
        parts: &[Part],
        part_n_outputs: usize,
        layout: &LinearLayout,
    ) -> Result<(), EmbedError> {
        let n_inputs = layout.n_inputs;
        let panel_width = match self.precision {
            Precision::F32 => PANEL_WIDTH,
            Precision::Int8 => INT8_PANEL_WIDTH,
        };
        let mut outputs = Outputs::default();
        self.pad(layout.panels.start)?;
        for part in parts {
            let name = format!("{}.weight", part.name);
            let weights = self.source.tensor(&name, &[part.n_all, n_inputs])?;
            let own = part.first..part.first + part_n_outputs;
            for first in own.clone().step_by(panel_width) {
                let mut panel = weights.read(first * n_inputs..(first + panel_width) * n_inputs);
                for weight in &mut panel {
                    *weight *= part.factor;
                }
                match self.precision {
                    Precision::F32 => self.panel_f32(&panel, n_inputs)?,
                    Precision::Int8 => self.panel_int8(&panel, n_inputs, &mut outputs)?,
                }
            }
            let bias = match part.has_bias {
                true => {
                    let name = format!("{}.bias", part.name);
                    self.source.tensor(&name, &[part.n_all])?.read(own)
                }
                false => vec![0.0; part_n_outputs],
            };
            outputs
                .bias
                .extend(bias.iter().map(|value| value * part.factor));
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
                packed[(input / 4 * INT8_PANEL_WIDTH + output) * 4 + input % 4] =
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
