//! Vectors, their views, and the identity of the model that computed them.

use std::fmt;

use half::f16;
use serde::{Deserialize, Serialize};

use crate::ContentHash;

/// Names everything that decides a vector's bits but its input: weights, precision, pooling, window.
///
/// For example `all-minilm-l6-v2@53aa5117:int8+bf16.3`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelId(String);

/// What the identity of a service's model begins with; that of a local one has its hash after the name.
const OF_SERVICE: &str = "service:";

impl ModelId {
    /// Wraps a model's identity.
    pub fn new(id: impl Into<String>) -> ModelId {
        ModelId(id.into())
    }

    /// Names a model of an embedding service: its name there, what the service says of its weights, and the length of its vectors. Where
    /// the service is does not matter, so that it may move.
    pub fn of_service(name: &str, weights: Option<&str>, n_dimensions: usize) -> ModelId {
        let weights = weights.map(|text| format!("@{text}")).unwrap_or_default();
        ModelId(format!("{OF_SERVICE}{name}{weights}:{n_dimensions}d"))
    }

    /// Returns whether its vectors may differ in their last bits from one call to the next, as a service's do: it may compute inputs
    /// together, on several kinds of machines, and change its program.
    pub fn is_of_service(&self) -> bool {
        self.0.starts_with(OF_SERVICE)
    }

    /// Returns the identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Identifies a vector wherever it was computed: the model and the hash of the exact input text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VectorKey {
    /// The identity of the model that makes it.
    pub model: ModelId,
    /// Hash of the input's UTF-8 bytes.
    pub input: ContentHash,
}

/// An embedding in half precision, as both stores keep it.
#[derive(Clone, Debug, PartialEq)]
pub struct Vector(Vec<f16>);

impl Vector {
    /// Rounds `values` to half precision, to the nearest even.
    pub fn from_f32(values: &[f32]) -> Vector {
        Vector(values.iter().copied().map(f16::from_f32).collect())
    }

    /// Reads the little-endian bytes that [`Vector::to_bytes`] wrote; `None` for an odd number of bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Vector> {
        if !bytes.len().is_multiple_of(2) {
            return None;
        }
        Some(Vector(
            bytes
                .chunks_exact(2)
                .map(|pair| f16::from_le_bytes([pair[0], pair[1]]))
                .collect(),
        ))
    }

    /// Returns the components, two little-endian bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    /// Returns the components in single precision.
    pub fn to_f32(&self) -> Vec<f32> {
        self.0.iter().map(|value| value.to_f32()).collect()
    }

    /// Returns the number of components.
    pub fn n_dimensions(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vector_survives_bytes() {
        let vector = Vector::from_f32(&[0.5, -1.0, 0.333]);
        assert_eq!(Vector::from_bytes(&vector.to_bytes()).unwrap(), vector);
        assert!(Vector::from_bytes(&[1, 2, 3]).is_none());
    }
}
