//! Linear layers of 8 bits: products in pairs of 16 bits, or of four bytes where there is AVX-VNNI.

use std::arch::x86_64::*;

use super::{LANES, REGISTERS};
use crate::encoder::kernels::tile::{self, GROUP_N_BYTES, Products, ROWS, Sums};
use crate::encoder::kernels::{Epilogue, LinearInt8, QuantizedRows};

/// Rows that are widened at a time: few enough for the second-level cache, enough that reading the weights costs little beside using
/// them.
const WIDENED_N_ROWS: usize = 8 * ROWS;

#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn linear_int8(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    let n_rows = rows.scales.len();
    let mut widened = vec![[0; 2]; WIDENED_N_ROWS.min(n_rows) * linear.n_inputs / 4];
    for first in (0..n_rows).step_by(WIDENED_N_ROWS) {
        let range = first..n_rows.min(first + WIDENED_N_ROWS);
        let (groups, _) = rows.values[first * linear.n_inputs..].as_chunks();
        for (group, widened) in groups.iter().zip(&mut widened) {
            *widened = widen(*group);
        }
        let groups = widened.as_ptr();
        // SAFETY: the same contract, and as many rows were widened as there are in the range.
        unsafe {
            tile::linear_int8::<__m256, REGISTERS, Pairs>(
                groups, range, rows, linear, epilogue, output,
            );
        }
    }
}

/// Returns the even values and the odd ones, each in 16 bits.
#[inline(always)]
fn widen(group: [u8; 4]) -> [u32; 2] {
    let values = u32::from_le_bytes(group);
    [values & 0x00ff_00ff, (values >> 8) & 0x00ff_00ff]
}

#[target_feature(enable = "avx2,fma,avxvnni")]
pub(super) unsafe fn linear_int8_vnni(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    // SAFETY: the same contract.
    unsafe { tile::linear_int8_as_is::<__m256, REGISTERS, Fours>(rows, linear, epilogue, output) }
}

/// Pairs of 16-bit integers: products of bytes in pairs would overflow them. Register after register, since weights take two.
struct Pairs;

impl Products for Pairs {
    type Group = [u32; 2];

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn sum<const N_ROWS: usize>(
        rows: *const [u32; 2],
        weights: *const i8,
        n_groups: usize,
        output: &mut Sums,
    ) {
        for register in 0..REGISTERS {
            // SAFETY: by the caller; the output has as many numbers as the sums.
            unsafe {
                let weights = weights.add(4 * LANES * register);
                let mut sums = [_mm256_setzero_si256(); N_ROWS];
                for group in 0..n_groups {
                    let weights = weights.add(GROUP_N_BYTES * group);
                    let weights = _mm256_loadu_si256(weights.cast());
                    // The even bytes and the odd ones with their signs.
                    let even = _mm256_srai_epi16::<8>(_mm256_slli_epi16::<8>(weights));
                    let odd = _mm256_srai_epi16::<8>(weights);
                    for (row, sum) in sums.iter_mut().enumerate() {
                        let [even_values, odd_values] = *rows.add(row * n_groups + group);
                        let even_values = _mm256_set1_epi32(even_values.cast_signed());
                        let odd_values = _mm256_set1_epi32(odd_values.cast_signed());
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
}

/// Four bytes at a time.
struct Fours;

impl Products for Fours {
    type Group = [u8; 4];

    #[inline]
    #[target_feature(enable = "avx2,fma,avxvnni")]
    unsafe fn sum<const N_ROWS: usize>(
        rows: *const [u8; 4],
        weights: *const i8,
        n_groups: usize,
        output: &mut Sums,
    ) {
        // SAFETY: by the caller; the output has as many numbers as the sums.
        unsafe {
            let mut sums = [[_mm256_setzero_si256(); REGISTERS]; N_ROWS];
            for group in 0..n_groups {
                let weights = weights.add(GROUP_N_BYTES * group);
                let weights = [
                    _mm256_loadu_si256(weights.cast()),
                    _mm256_loadu_si256(weights.add(4 * LANES).cast()),
                ];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let values = i32::from_le_bytes(*rows.add(row * n_groups + group));
                    let values = _mm256_set1_epi32(values);
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
}
