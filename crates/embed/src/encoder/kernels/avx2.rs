//! AVX2 with FMA, and AVX-VNNI where there is that too. One register holds 8 floats, or 32 bytes of 8 groups of four.
//!
//! Products are written by hand, since compilers find neither the best tile nor the instructions for bytes; the rest is
//! [`super::portable`], compiled for these registers.

use std::arch::x86_64::*;

use super::tile::{ROWS, Sums, WIDTH, linear, n_rows_f32, n_rows_int8, values_f32};
use super::{
    Attention, AttentionScratch, BLOCK_ROWS, Epilogue, INT8_PANEL_WIDTH, Kernels, LinearF32,
    LinearInt8, Norm, PANEL_WIDTH, QuantizedRows, portable,
};

pub(super) const KERNELS: Kernels = Kernels {
    block_rows: BLOCK_ROWS,
    linear_f32,
    linear_int8,
    quantize,
    normalize,
    attention_f32,
    attention_bf16,
};

pub(super) const VNNI_KERNELS: Kernels = Kernels {
    linear_int8: linear_int8_vnni,
    ..KERNELS
};

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

pub(super) fn is_vnni_available() -> bool {
    is_available() && is_x86_feature_detected!("avxvnni")
}

/// Floats of one register.
const LANES: usize = 8;

/// Registers of a tile's row.
const REGISTERS: usize = WIDTH / LANES;

linear!(
    linear_f32,
    "avx2,fma",
    [f32],
    LinearF32<'_>,
    PANEL_WIDTH,
    n_rows_f32,
    f32,
    products_f32,
    values_f32
);
linear!(
    linear_int8,
    "avx2,fma",
    QuantizedRows,
    LinearInt8<'_>,
    INT8_PANEL_WIDTH,
    n_rows_int8,
    i32,
    products_int16,
    portable::values_int8
);
linear!(
    linear_int8_vnni,
    "avx2,fma,avxvnni",
    QuantizedRows,
    LinearInt8<'_>,
    INT8_PANEL_WIDTH,
    n_rows_int8,
    i32,
    products_vnni,
    portable::values_int8
);

#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn products_f32<const N_ROWS: usize>(
    rows: &[f32],
    row: usize,
    weights: *const f32,
    column: usize,
    n_inputs: usize,
    output: &mut [[f32; WIDTH]; ROWS],
) {
    let mut sums = [[_mm256_setzero_ps(); REGISTERS]; N_ROWS];
    // SAFETY: by the caller, N_ROWS rows of `n_inputs` and a panel of that depth exist; the output has as many numbers as the sums.
    unsafe {
        let rows = rows.as_ptr().add(row * n_inputs);
        for input in 0..n_inputs {
            let weights = weights.add(input * PANEL_WIDTH + column);
            let weights = [
                _mm256_loadu_ps(weights),
                _mm256_loadu_ps(weights.add(LANES)),
            ];
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = _mm256_broadcast_ss(&*rows.add(row * n_inputs + input));
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm256_fmadd_ps(value, weights, *sum);
                }
            }
        }
        for (sums, output) in sums.into_iter().zip(output) {
            for (sum, output) in sums.into_iter().zip(output.as_chunks_mut::<LANES>().0) {
                _mm256_storeu_ps(output.as_mut_ptr(), sum);
            }
        }
    }
}

/// Multiplies as 16-bit integers: products of bytes in pairs would overflow them. Register after register, since weights take two.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn products_int16<const N_ROWS: usize>(
    rows: &QuantizedRows,
    row: usize,
    weights: *const i8,
    column: usize,
    n_inputs: usize,
    output: &mut Sums,
) {
    for register in 0..REGISTERS {
        let mut sums = [_mm256_setzero_si256(); N_ROWS];
        // SAFETY: by the caller, N_ROWS rows of `n_inputs` and a panel of that depth exist; the output has as many numbers as the sums.
        unsafe {
            let rows = rows.values.as_ptr().add(row * n_inputs);
            let weights = weights.add(4 * (column + LANES * register));
            for group in 0..n_inputs / 4 {
                let weights = _mm256_loadu_si256(weights.add(4 * INT8_PANEL_WIDTH * group).cast());
                // The even bytes and the odd ones with their signs.
                let even = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(weights));
                let odd = _mm256_srai_epi16::<8>(weights);
                for (row, sum) in sums.iter_mut().enumerate() {
                    let values = rows.add(row * n_inputs + 4 * group).cast::<i32>();
                    let values = _mm256_set1_epi32(values.read_unaligned());
                    let even_values = _mm256_and_si256(values, _mm256_set1_epi16(0xff));
                    let odd_values = _mm256_srli_epi16::<8>(values);
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(even_values, even));
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(odd_values, odd));
                }
            }
            for (sum, output) in sums.into_iter().zip(&mut *output) {
                let output = output.as_mut_ptr().add(LANES * register);
                _mm256_storeu_si256(output.cast(), sum);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx2,fma,avxvnni")]
unsafe fn products_vnni<const N_ROWS: usize>(
    rows: &QuantizedRows,
    row: usize,
    weights: *const i8,
    column: usize,
    n_inputs: usize,
    output: &mut Sums,
) {
    let mut sums = [[_mm256_setzero_si256(); REGISTERS]; N_ROWS];
    // SAFETY: by the caller, N_ROWS rows of `n_inputs` and a panel of that depth exist; the output has as many numbers as the sums.
    unsafe {
        let rows = rows.values.as_ptr().add(row * n_inputs);
        for group in 0..n_inputs / 4 {
            let weights = weights.add(4 * (INT8_PANEL_WIDTH * group + column));
            let weights = [
                _mm256_loadu_si256(weights.cast()),
                _mm256_loadu_si256(weights.add(4 * LANES).cast()),
            ];
            for (row, sums) in sums.iter_mut().enumerate() {
                let values = rows.add(row * n_inputs + 4 * group).cast::<i32>();
                let values = _mm256_set1_epi32(values.read_unaligned());
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm256_dpbusd_avx_epi32(*sum, values, weights);
                }
            }
        }
        for (sums, output) in sums.into_iter().zip(output) {
            for (sum, output) in sums.into_iter().zip(output.as_chunks_mut::<LANES>().0) {
                _mm256_storeu_si256(output.as_mut_ptr().cast(), sum);
            }
        }
    }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn quantize(rows: &[f32], width: usize, quantized: &mut QuantizedRows) {
    portable::quantize(rows, width, quantized);
}

#[target_feature(enable = "avx2,fma")]
unsafe fn normalize(rows: &mut [f32], norm: &Norm<'_>) {
    portable::normalize(rows, norm);
}

#[target_feature(enable = "avx2,fma")]
unsafe fn attention_f32(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    portable::attention_f32(attention, output, scratch);
}

#[target_feature(enable = "avx2,fma")]
unsafe fn attention_bf16(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    portable::attention_bf16(attention, output, scratch);
}
