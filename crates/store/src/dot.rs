//! The dot product that ranks vectors, the same to the last bit on every backend.

use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

/// Sums kept side by side, so that the order of additions is fixed and the compiler can use vector instructions.
const LANES: usize = 16;

/// Dot products with half-precision vectors; owns the space that they are widened in.
#[derive(Default)]
pub(crate) struct HalfDot {
    halves: Vec<u16>,
    values: Vec<f32>,
}

impl HalfDot {
    /// Returns the dot product of `query` and the components in `bytes`, two little-endian bytes each.
    pub(crate) fn of(&mut self, query: &[f32], bytes: &[u8]) -> f32 {
        self.halves.clear();
        self.halves.extend(
            bytes
                .chunks_exact(2)
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]])),
        );
        self.values.resize(self.halves.len(), 0.0);
        let halves: &[half::f16] = self.halves.reinterpret_cast();
        halves.convert_to_f32_slice(&mut self.values);
        dot(query, &self.values)
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_blocks, a_rest) = a.as_chunks::<LANES>();
    let (b_blocks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
