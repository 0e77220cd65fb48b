//! NEON, which every 64-bit Arm has, and its instructions for bytes where there are those. One register holds 4 floats, or 16
//! bytes of 4 groups of four.
//!
//! Products are written by hand; the rest is [`super::portable`], which compilers turn into NEON as it is.

mod bytes;

use std::arch::aarch64::*;
use std::arch::is_aarch64_feature_detected;

use super::tile::{ROWS, WIDTH, linear, n_rows_f32, values_f32};
use super::{BLOCK_ROWS, Epilogue, Kernels, LinearF32, PANEL_WIDTH, portable};

pub(super) const KERNELS: Kernels = Kernels {
    block_rows: BLOCK_ROWS,
    linear_f32,
    linear_int8: bytes::linear_int8,
    quantize: portable::quantize,
    normalize: portable::normalize,
    attention_f32: portable::attention_f32,
    attention_bf16: portable::attention_bf16,
};

pub(super) const DOTPROD_KERNELS: Kernels = Kernels {
    linear_int8: bytes::linear_int8_dotprod,
    ..KERNELS
};

pub(super) const I8MM_KERNELS: Kernels = Kernels {
    linear_int8: bytes::linear_int8_i8mm,
    ..KERNELS
};

pub(super) fn is_dotprod_available() -> bool {
    is_aarch64_feature_detected!("dotprod")
}

pub(super) fn is_i8mm_available() -> bool {
    is_aarch64_feature_detected!("i8mm")
}

/// Floats or integer sums of one register.
const LANES: usize = 4;

/// Registers of a tile's row.
const REGISTERS: usize = WIDTH / LANES;

linear!(
    linear_f32,
    "neon",
    [f32],
    LinearF32<'_>,
    PANEL_WIDTH,
    n_rows_f32,
    f32,
    products_f32,
    values_f32
);

#[inline]
#[target_feature(enable = "neon")]
unsafe fn products_f32<const N_ROWS: usize>(
    rows: &[f32],
    row: usize,
    weights: *const f32,
    column: usize,
    n_inputs: usize,
    output: &mut [[f32; WIDTH]; ROWS],
) {
    let mut sums = [[vdupq_n_f32(0.0); REGISTERS]; N_ROWS];
    // SAFETY: by the caller, N_ROWS rows of `n_inputs` and a panel of that depth exist; the output has as many numbers as the sums.
    unsafe {
        let rows = rows.as_ptr().add(row * n_inputs);
        for input in 0..n_inputs {
            let at = weights.add(input * PANEL_WIDTH + column);
            let mut weights = [vdupq_n_f32(0.0); REGISTERS];
            for (register, weights) in weights.iter_mut().enumerate() {
                *weights = vld1q_f32(at.add(LANES * register));
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = vld1q_dup_f32(rows.add(row * n_inputs + input));
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = vfmaq_f32(*sum, value, weights);
                }
            }
        }
        for (sums, output) in sums.into_iter().zip(output) {
            for (sum, output) in sums.into_iter().zip(output.as_chunks_mut::<LANES>().0) {
                vst1q_f32(output.as_mut_ptr(), sum);
            }
        }
    }
}
