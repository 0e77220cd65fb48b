//! The tensors of a `model.safetensors`, before they are packed.

use std::ops::Range;
use std::path::Path;

use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use crate::EmbedError;

/// What some exports put before every name.
const PREFIXES: [&str; 4] = ["", "bert.", "mpnet.", "model."];

/// The tensors of a `model.safetensors`.
pub(crate) struct Source<'a> {
    path: &'a Path,
    tensors: SafeTensors<'a>,
    prefix: &'static str,
}

/// Floats of a tensor, read as they are asked for.
#[derive(Clone, Copy)]
pub(super) enum Floats<'a> {
    F32(&'a [[u8; 4]]),
    F16(&'a [[u8; 2]]),
    Bf16(&'a [[u8; 2]]),
}

impl Floats<'_> {
    pub(super) fn read(&self, range: Range<usize>) -> Vec<f32> {
        match self {
            Floats::F32(values) => values[range]
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect(),
            Floats::F16(values) => values[range]
                .iter()
                .map(|bytes| f16::from_le_bytes(*bytes).to_f32())
                .collect(),
            Floats::Bf16(values) => values[range]
                .iter()
                .map(|bytes| bf16::from_le_bytes(*bytes).to_f32())
                .collect(),
        }
    }

    fn are_finite(&self) -> bool {
        match self {
            Floats::F32(values) => all(values, |bytes| f32::from_le_bytes(bytes).is_finite()),
            Floats::F16(values) => all(values, |bytes| f16::from_le_bytes(bytes).is_finite()),
            Floats::Bf16(values) => all(values, |bytes| bf16::from_le_bytes(bytes).is_finite()),
        }
    }
}

fn all<const N: usize>(values: &[[u8; N]], is_met: impl Fn([u8; N]) -> bool) -> bool {
    values.iter().all(|bytes| is_met(*bytes))
}

impl<'a> Source<'a> {
    /// Reads the table of tensors of a file.
    pub(crate) fn new(path: &'a Path, bytes: &'a [u8]) -> Result<Source<'a>, EmbedError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|source| EmbedError::Weights {
            path: path.to_owned(),
            source,
        })?;
        Ok(Source {
            path,
            tensors,
            prefix: "",
        })
    }

    /// Finds out what stands before every name, by the tensor called `name`.
    pub(super) fn with_prefix_of(mut self, name: &str) -> Source<'a> {
        let is_there = |prefix: &&str| self.tensors.tensor(&format!("{prefix}{name}")).is_ok();
        self.prefix = PREFIXES.into_iter().find(is_there).unwrap_or_default();
        self
    }

    /// Returns the floats of a tensor of exactly this shape; an error if one is not finite.
    pub(super) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Floats<'a>, EmbedError> {
        let name = format!("{}{name}", self.prefix);
        let tensor = self.tensors.tensor(&name).ok();
        let tensor = tensor.filter(|tensor| tensor.shape() == shape);
        let path = self.path.to_owned();
        let floats = match tensor.map(|tensor| (tensor.dtype(), tensor.data())) {
            Some((Dtype::F32, data)) => Floats::F32(data.as_chunks().0),
            Some((Dtype::F16, data)) => Floats::F16(data.as_chunks().0),
            Some((Dtype::BF16, data)) => Floats::Bf16(data.as_chunks().0),
            _ => {
                let shape = shape.to_vec();
                return Err(EmbedError::Tensor { path, name, shape });
            }
        };
        if !floats.are_finite() {
            return Err(EmbedError::NotFinite { path, name });
        }
        Ok(floats)
    }
}
