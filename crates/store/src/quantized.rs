//! Vectors in whole numbers, to find quickly what can be near: the result with the error that it can have.
//!
//! A stored vector has eight bits a number, a query sixteen: its rounding is too small to matter, and both together fit 32-bit sums. By the
//! inequality of Cauchy and Schwarz, replacing a vector of unit length by one at distance `error` changes a dot product with a query `q` by
//! at most `error · |q|`.

use crate::dot::widened;

/// Largest stored number.
const ROW_MAX: f32 = i8::MAX as f32;

/// A stored vector: `values[i] · scale` is near number `i`.
pub(crate) struct Quantized {
    /// Signed numbers.
    pub(crate) values: Vec<u8>,
    pub(crate) scale: f32,
    /// Distance to the vector.
    pub(crate) error: f32,
}

impl Quantized {
    /// Rounds a vector of half-precision numbers.
    pub(crate) fn of_halves(halves: &[u8]) -> Quantized {
        let (halves, _) = halves.as_chunks::<2>();
        let numbers = || halves.iter().map(|half| widened(*half));
        let largest = numbers().fold(0.0_f32, |largest, number| largest.max(number.abs()));
        let scale = largest / ROW_MAX;
        let mut squares = 0.0;
        let values = numbers().map(|number| {
            // Of zeros alone the quotient is not a number, which is rounded to zero.
            let value = (number / scale).round() as i8;
            squares += (number - f32::from(value) * scale).powi(2);
            value.cast_unsigned()
        });
        Quantized {
            values: values.collect(),
            scale,
            error: squares.sqrt(),
        }
    }
}

/// A query: `values[i] · scale` is near number `i`.
pub(crate) struct QuantizedQuery {
    values: Vec<i16>,
    scale: f32,
    /// The length of the query, or 1 if it is shorter.
    length: f32,
}

/// Every dot product is off by rounding too: that of the query, and that of the exact result in single precision.
const ROUNDING: f32 = 1e-4;

impl QuantizedQuery {
    pub(crate) fn new(query: &[f32]) -> QuantizedQuery {
        let largest = query
            .iter()
            .fold(0.0_f32, |largest, number| largest.max(number.abs()));
        // So small that no sum of products leaves 32 bits.
        let limit =
            (i32::MAX as usize / (i8::MAX as usize * query.len().max(1))).min(i16::MAX as usize);
        let scale = largest / limit as f32;
        let squares: f32 = query.iter().map(|number| number * number).sum();
        QuantizedQuery {
            values: query
                .iter()
                .map(|number| (number / scale).round() as i16)
                .collect(),
            scale,
            length: squares.sqrt().max(1.0),
        }
    }

    /// Returns nearly the dot product with a row, off by at most [`error`](QuantizedQuery::error).
    pub(crate) fn dot(&self, values: &[u8], scale: f32) -> f32 {
        whole_dot(&self.values, values) as f32 * (self.scale * scale)
    }

    /// Returns by how much a product with a row can be off, given the row's own error.
    pub(crate) fn error(&self, of_row: f32) -> f32 {
        self.length * (of_row + ROUNDING)
    }
}

fn whole_dot(query: &[i16], row: &[u8]) -> i32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just seen.
        return unsafe { whole_dot_avx2(query, row) };
    }
    whole_dot_portable(query, row)
}

/// The same, which the compiler makes wider.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn whole_dot_avx2(query: &[i16], row: &[u8]) -> i32 {
    whole_dot_portable(query, row)
}

#[inline(always)]
fn whole_dot_portable(query: &[i16], row: &[u8]) -> i32 {
    let pairs = query.iter().zip(row);
    pairs
        .map(|(query, value)| i32::from(*query) * i32::from(value.cast_signed()))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;

    fn halves(numbers: impl Iterator<Item = f32>) -> Vec<u8> {
        numbers
            .flat_map(|number| f16::from_f32(number).to_le_bytes())
            .collect()
    }

    #[test]
    fn results_are_off_by_no_more_than_they_say() {
        for n in [1, 3, 384, 768, 4096] {
            let length = (n as f32).sqrt();
            let query: Vec<f32> = (0..n)
                .map(|at| (at as f32 * 0.7).sin() * 1.4 / length)
                .collect();
            for seed in 0..50 {
                let numbers =
                    (0..n).map(|at| ((at + seed * 31) as f32 * 0.37).cos() * 1.4 / length);
                let halves = halves(numbers);
                let row = Quantized::of_halves(&halves);
                let quick = QuantizedQuery::new(&query);
                let off = quick.dot(&row.values, row.scale) - crate::dot::dot(&query, &halves);
                assert!(off.abs() <= quick.error(row.error), "{n}, {seed}: {off}");
                assert!(row.error < 0.02, "{n}, {seed}: {}", row.error);
            }
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        for n in [1, 384, 4096] {
            let query = QuantizedQuery::new(&vec![1.0; n]);
            let row = Quantized::of_halves(&halves((0..n).map(|_| -1.0)));
            let found = query.dot(&row.values, row.scale);
            assert!((found + n as f32).abs() < n as f32 * 1e-3, "{found}");
        }
        let zero = Quantized::of_halves(&[0; 8]);
        assert_eq!(
            QuantizedQuery::new(&[0.0; 4]).dot(&zero.values, zero.scale),
            0.0
        );
    }
}
