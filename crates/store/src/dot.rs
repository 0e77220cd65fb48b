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
    if is_x86_feature_detected!("f16c") {
        // SAFETY: the processor has F16C, and so AVX, as was just seen.
        return unsafe { dot_f16c(query, bytes) };
    }
    dot_portable(query, bytes)
}

/// The same sums, widened by an instruction, which is exact too.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx,f16c")]
fn dot_f16c(query: &[f32], bytes: &[u8]) -> f32 {
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm256_add_ps, _mm256_cvtph_ps, _mm256_loadu_ps, _mm256_mul_ps,
        _mm256_setzero_ps, _mm256_storeu_ps,
    };
    let (query_blocks, query_rest) = query.as_chunks::<LANES>();
    let (half_blocks, half_rest) = bytes.as_chunks::<{ 2 * LANES }>();
    let mut low = _mm256_setzero_ps();
    let mut high = _mm256_setzero_ps();
    for (query, halves) in query_blocks.iter().zip(half_blocks) {
        let halves = halves.as_ptr().cast();
        // SAFETY: a block is 16 floats or 16 halves, of which each load takes one half of a block; no load wants alignment.
        unsafe {
            let low_halves = _mm256_cvtph_ps(_mm_loadu_si128(halves));
            let high_halves = _mm256_cvtph_ps(_mm_loadu_si128(halves.add(1)));
            let low_query = _mm256_loadu_ps(query.as_ptr());
            let high_query = _mm256_loadu_ps(query.as_ptr().add(LANES / 2));
            low = _mm256_add_ps(low, _mm256_mul_ps(low_query, low_halves));
            high = _mm256_add_ps(high, _mm256_mul_ps(high_query, high_halves));
        }
    }
    let mut sums = [0.0_f32; LANES];
    // SAFETY: each store writes one half of the sums.
    unsafe {
        _mm256_storeu_ps(sums.as_mut_ptr(), low);
        _mm256_storeu_ps(sums.as_mut_ptr().add(LANES / 2), high);
    }
    let (half_rest, _) = half_rest.as_chunks::<2>();
    total(&sums, query_rest, half_rest)
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
    total(&sums, query_rest, half_rest)
}

/// Adds the sums and what is left after the last whole block.
#[inline(always)]
fn total(sums: &[f32; LANES], query: &[f32], halves: &[[u8; 2]]) -> f32 {
    let pairs = query.iter().zip(halves);
    let rest: f32 = pairs.map(|(value, half)| value * widened(*half)).sum();
    sums.iter().sum::<f32>() + rest
}

/// Returns a half-precision number in single precision, exactly.
#[inline(always)]
pub(crate) fn widened(bytes: [u8; 2]) -> f32 {
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
