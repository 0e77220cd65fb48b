//! The dot product of a query and a stored vector: what every likeness is.
//!
//! Sums are kept side by side and added up in one fixed order, and nothing is fused, so that the result has the same bits on every
//! processor and in every backend that uses it.

/// Sums kept side by side; as many as the widest registers hold.
const LANES: usize = 16;

/// Moves the exponent of a half, shifted to its place in a float, from one bias to the other: 2 to the power of 127 − 15.
const REBIAS: f32 = f32::from_bits((127 + 112) << 23);

/// Returns the dot product of `query` and the half-precision numbers in `bytes`, little-endian.
///
/// What is longer than the other is left out. Infinities and NaN, which no embedding holds, come out as large numbers.
pub(crate) fn dot(query: &[f32], bytes: &[u8]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just seen.
        return unsafe { dot_avx2(query, bytes) };
    }
    dot_portable(query, bytes)
}

/// The same, compiled for registers twice as wide.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_avx2(query: &[f32], bytes: &[u8]) -> f32 {
    dot_portable(query, bytes)
}

#[inline(always)]
fn dot_portable(query: &[f32], bytes: &[u8]) -> f32 {
    let (halves, _) = bytes.as_chunks::<2>();
    let (query_blocks, query_rest) = query.as_chunks::<LANES>();
    let (half_blocks, half_rest) = halves.as_chunks::<LANES>();
    let mut sums = [0.0_f32; LANES];
    for (query, halves) in query_blocks.iter().zip(half_blocks) {
        for lane in 0..LANES {
            sums[lane] += query[lane] * widened(halves[lane]);
        }
    }
    let rest: f32 = query_rest
        .iter()
        .zip(half_rest)
        .map(|(value, half)| value * widened(*half))
        .sum();
    sums.iter().sum::<f32>() + rest
}

/// Returns a half-precision number in single precision, exactly.
#[inline(always)]
fn widened(bytes: [u8; 2]) -> f32 {
    let bits = u32::from(u16::from_le_bytes(bytes));
    let magnitude = f32::from_bits((bits & 0x7fff) << 13) * REBIAS;
    f32::from_bits(magnitude.to_bits() | (bits & 0x8000) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;

    #[test]
    fn every_finite_half_is_widened_exactly() {
        for bits in 0..=u16::MAX {
            let half = f16::from_bits(bits);
            if half.is_finite() {
                assert_eq!(
                    widened(bits.to_le_bytes()).to_bits(),
                    half.to_f32().to_bits(),
                    "{bits:#x}"
                );
            }
        }
    }

    #[test]
    fn all_ways_give_the_same_bits() {
        for n in [0, 1, 16, 100, 384] {
            let values: Vec<f32> = (0..n)
                .map(|n| ((n * 37 % 101) as f32 - 50.0) / 300.0)
                .collect();
            let bytes: Vec<u8> = values
                .iter()
                .rev()
                .flat_map(|value| f16::from_f32(*value).to_le_bytes())
                .collect();
            assert_eq!(
                dot(&values, &bytes).to_bits(),
                dot_portable(&values, &bytes).to_bits(),
                "{n}"
            );
        }
    }
}
