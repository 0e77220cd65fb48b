//! Linear layers of 8 bits: products of 16 bits, or of four bytes where there is AVX-VNNI.

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
    let mut widened = vec![[0; 4]; WIDENED_N_ROWS.min(n_rows) * linear.n_inputs / 4];
    for first in (0..n_rows).step_by(WIDENED_N_ROWS) {
        let range = first..n_rows.min(first + WIDENED_N_ROWS);
        let bytes = &rows.values[first * linear.n_inputs..];
        for (byte, widened) in bytes.iter().zip(widened.as_flattened_mut()) {
            *widened = u16::from(*byte);
        }
        let groups = widened.as_ptr();
        // SAFETY: the same contract, and as many rows were widened as there are in the range.
        unsafe {
            tile::linear_int8::<__m256, REGISTERS, Words>(
                groups, range, rows, linear, epilogue, output,
            );
        }
    }
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

/// Four 16-bit integers: products of bytes in pairs would overflow them. An output has two sums, so that eight at a time leave room for
/// weights.
struct Words;

impl Products for Words {
    type Group = [u16; 4];

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn sum<const N_ROWS: usize>(
        rows: *const [u16; 4],
        weights: *const i8,
        n_groups: usize,
        output: &mut Sums,
    ) {
        for register in 0..REGISTERS {
            // SAFETY: by the caller; eight outputs have two registers of bytes to widen a group, and as many sums.
            unsafe {
                let weights = weights.add(4 * LANES * register);
                let mut sums = [[_mm256_setzero_si256(); 2]; N_ROWS];
                for group in 0..n_groups {
                    let at = weights.add(GROUP_N_BYTES * group).cast::<__m128i>();
                    let weights = [
                        _mm256_cvtepi8_epi16(_mm_loadu_si128(at)),
                        _mm256_cvtepi8_epi16(_mm_loadu_si128(at.add(1))),
                    ];
                    for (row, sums) in sums.iter_mut().enumerate() {
                        let values = rows.add(row * n_groups + group);
                        let values = _mm256_set1_epi64x(values.cast::<i64>().read_unaligned());
                        for (sum, weights) in sums.iter_mut().zip(weights) {
                            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(values, weights));
                        }
                    }
                }
                for ([low, high], output) in sums.into_iter().zip(&mut *output) {
                    // Adding neighbours goes half by half, so that the middle quarters change places.
                    let both = _mm256_hadd_epi32(low, high);
                    let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(both);
                    let output = output.as_mut_ptr().add(LANES * register);
                    _mm256_storeu_si256(output.cast(), both);
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
