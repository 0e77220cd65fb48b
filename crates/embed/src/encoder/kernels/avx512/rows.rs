//! Work on single rows by AVX-512: quantisation and normalisation.

use std::arch::x86_64::*;

use super::LANES;
use crate::encoder::kernels::{Norm, QuantizedRows};

/// Independent parts of a reduction: a single one would wait four cycles for every step.
const PARTS: usize = 4;

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) unsafe fn quantize(rows: &[f32], width: usize, quantized: &mut QuantizedRows) {
    for (index, row) in rows.chunks_exact(width).enumerate() {
        let (row, _) = row.as_chunks::<LANES>();
        let (low, high) = extremes(row);
        // A row of nothing but zeros needs some step.
        let range = (high - low).max(1e-20);
        let steps = 255.0 / range;
        let zero = _mm512_cvtps_epi32(_mm512_set1_ps(-low * steps));
        quantized.scales[index] = range / 255.0;
        quantized.zeros[index] = _mm512_cvtsi512_si32(zero);
        let steps = _mm512_set1_ps(steps);
        let integers = |values: &[f32; LANES]| {
            _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_mul_ps(load(values), steps)), zero)
        };
        let bytes = &mut quantized.values[index * width..][..width];
        let (blocks, rest) = row.as_chunks::<PARTS>();
        let (block_bytes, rest_bytes) = bytes.as_chunks_mut::<{ PARTS * LANES }>();
        for ([first, second, third, fourth], bytes) in blocks.iter().zip(block_bytes) {
            let low = _mm512_packs_epi32(integers(first), integers(second));
            let high = _mm512_packs_epi32(integers(third), integers(fourth));
            // Packing goes quarter by quarter: fours of the first register stand where every fourth four belongs.
            let fours = _mm512_packus_epi16(low, high);
            let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            let packed = _mm512_permutexvar_epi32(order, fours);
            // SAFETY: the array has the 64 bytes that are written.
            unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), packed) }
        }
        for (values, bytes) in rest.iter().zip(rest_bytes.as_chunks_mut::<LANES>().0) {
            // Saturation needs signed bytes to be cut off at zero first.
            let shifted = _mm512_max_epi32(integers(values), _mm512_setzero_si512());
            let packed = _mm512_cvtusepi32_epi8(shifted);
            // SAFETY: the array has the 16 bytes that are written.
            unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), packed) }
        }
    }
}

/// Returns the lowest and the highest of a row's values and zero.
#[inline]
#[target_feature(enable = "avx512f")]
fn extremes(row: &[[f32; LANES]]) -> (f32, f32) {
    let mut lows = [_mm512_setzero_ps(); PARTS];
    let mut highs = [_mm512_setzero_ps(); PARTS];
    let (blocks, rest) = row.as_chunks::<PARTS>();
    for values in blocks {
        for ((values, low), high) in values.iter().zip(&mut lows).zip(&mut highs) {
            *low = _mm512_min_ps(*low, load(values));
            *high = _mm512_max_ps(*high, load(values));
        }
    }
    for values in rest {
        lows[0] = _mm512_min_ps(lows[0], load(values));
        highs[0] = _mm512_max_ps(highs[0], load(values));
    }
    let low = lows
        .into_iter()
        .reduce(|low, next| _mm512_min_ps(low, next));
    let high = highs
        .into_iter()
        .reduce(|high, next| _mm512_max_ps(high, next));
    let (low, high) = (
        low.expect("there are parts"),
        high.expect("there are parts"),
    );
    (_mm512_reduce_min_ps(low), _mm512_reduce_max_ps(high))
}

#[target_feature(enable = "avx512f")]
pub(super) unsafe fn normalize(rows: &mut [f32], norm: &Norm<'_>) {
    let width = norm.weight.len();
    let (weights, _) = norm.weight.as_chunks::<LANES>();
    let (biases, _) = norm.bias.as_chunks::<LANES>();
    for row in rows.chunks_exact_mut(width) {
        let (row, _) = row.as_chunks_mut::<LANES>();
        let sum = sum_of(row, |sum, values| _mm512_add_ps(sum, values));
        let mean = _mm512_set1_ps(sum / width as f32);
        let squares = sum_of(row, |sum, values| {
            let distance = _mm512_sub_ps(values, mean);
            _mm512_fmadd_ps(distance, distance, sum)
        });
        let variance = squares / width as f32;
        let factor = _mm512_set1_ps(1.0 / (variance + norm.epsilon).sqrt());
        for ((values, weights), biases) in row.iter_mut().zip(weights).zip(biases) {
            let scaled = _mm512_mul_ps(_mm512_sub_ps(load(values), mean), factor);
            store(values, _mm512_fmadd_ps(scaled, load(weights), load(biases)));
        }
    }
}

/// Sums what `add` adds of a row's values.
#[inline]
#[target_feature(enable = "avx512f")]
fn sum_of(row: &[[f32; LANES]], add: impl Fn(__m512, __m512) -> __m512) -> f32 {
    let mut sums = [_mm512_setzero_ps(); PARTS];
    let (blocks, rest) = row.as_chunks::<PARTS>();
    for values in blocks {
        for (sum, values) in sums.iter_mut().zip(values) {
            *sum = add(*sum, load(values));
        }
    }
    for values in rest {
        sums[0] = add(sums[0], load(values));
    }
    let [first, second, third, fourth] = sums;
    let (low, high) = (_mm512_add_ps(first, second), _mm512_add_ps(third, fourth));
    _mm512_reduce_add_ps(_mm512_add_ps(low, high))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(values: &[f32; LANES]) -> __m512 {
    // SAFETY: the array has the 16 floats that are read.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(values: &mut [f32; LANES], register: __m512) {
    // SAFETY: the array has the 16 floats that are written.
    unsafe { _mm512_storeu_ps(values.as_mut_ptr(), register) }
}
