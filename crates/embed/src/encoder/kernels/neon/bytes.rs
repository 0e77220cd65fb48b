//! Linear layers of 8 bits. Stable Rust has no intrinsics for the instructions of two of the three ways.
//!
//! Rows are unsigned bytes and weights signed ones, which only the last way can multiply as they are. The others take 128 off
//! every value first, and the layer's sums of weights give it back: the integers stay the same.

use std::arch::aarch64::*;
use std::arch::asm;

use super::{LANES, REGISTERS};
use crate::encoder::kernels::tile::{self, GROUP_N_BYTES, Products, ROWS, Sums};
use crate::encoder::kernels::vector::WIDTH;
use crate::encoder::kernels::{Epilogue, LinearInt8, QuantizedRows};

#[target_feature(enable = "neon")]
pub(super) unsafe fn linear_int8(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    // SAFETY: the same contract.
    unsafe {
        tile::linear_int8_as_is::<float32x4_t, REGISTERS, Pairs>(rows, linear, epilogue, output)
    }
}

#[target_feature(enable = "neon,dotprod")]
pub(super) unsafe fn linear_int8_dotprod(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    // SAFETY: the same contract.
    unsafe {
        tile::linear_int8_as_is::<float32x4_t, REGISTERS, Dotprod>(rows, linear, epilogue, output)
    }
}

#[target_feature(enable = "neon,i8mm")]
pub(super) unsafe fn linear_int8_i8mm(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    // SAFETY: the same contract.
    unsafe {
        tile::linear_int8_as_is::<float32x4_t, REGISTERS, I8mm>(rows, linear, epilogue, output)
    }
}

/// Multiplies into 16 bits, which hold two products of bytes since no weight is -128. Register after register, since the pairs of
/// an output have a sum each until the end.
struct Pairs;

impl Products for Pairs {
    type Group = [u8; 4];
    const SHIFT: i32 = 128;

    #[inline]
    #[target_feature(enable = "neon")]
    unsafe fn sum<const N_ROWS: usize>(
        rows: *const [u8; 4],
        weights: *const i8,
        n_groups: usize,
        output: &mut Sums,
    ) {
        for register in 0..REGISTERS {
            let mut sums = [[vdupq_n_s32(0); 2]; N_ROWS];
            // SAFETY: by the caller; the output has as many numbers as the sums.
            unsafe {
                let weights = weights.add(4 * LANES * register);
                for group in (0..n_groups).step_by(2) {
                    let at = weights.add(GROUP_N_BYTES * group);
                    let (even, odd) = (vld1q_s8(at), vld1q_s8(at.add(GROUP_N_BYTES)));
                    for (row, [low, high]) in sums.iter_mut().enumerate() {
                        let values = rows.add(row * n_groups + group);
                        let even_values = shifted(repeated(*values));
                        let odd_values = shifted(repeated(*values.add(1)));
                        let products = vmull_s8(vget_low_s8(even), vget_low_s8(even_values));
                        let products =
                            vmlal_s8(products, vget_low_s8(odd), vget_low_s8(odd_values));
                        *low = vpadalq_s16(*low, products);
                        let products = vmull_high_s8(even, even_values);
                        *high = vpadalq_s16(*high, vmlal_high_s8(products, odd, odd_values));
                    }
                }
                for ([low, high], output) in sums.into_iter().zip(&mut *output) {
                    let output = output.as_mut_ptr().add(LANES * register);
                    vst1q_s32(output, vpaddq_s32(low, high));
                }
            }
        }
    }
}

/// Four bytes at a time.
struct Dotprod;

impl Products for Dotprod {
    type Group = [u8; 4];
    const SHIFT: i32 = 128;

    #[inline]
    #[target_feature(enable = "neon,dotprod")]
    unsafe fn sum<const N_ROWS: usize>(
        rows: *const [u8; 4],
        weights: *const i8,
        n_groups: usize,
        output: &mut Sums,
    ) {
        let mut sums = [[vdupq_n_s32(0); REGISTERS]; N_ROWS];
        // SAFETY: by the caller, and groups come in whole registers; the output has as many numbers as the sums.
        unsafe {
            for group in (0..n_groups).step_by(4) {
                let mut values = [vdupq_n_s8(0); N_ROWS];
                for (row, values) in values.iter_mut().enumerate() {
                    *values = shifted(vld1q_u8(rows.add(row * n_groups + group).cast()));
                }
                let at = weights.add(GROUP_N_BYTES * group);
                add_dot_products::<N_ROWS, 0>(&mut sums, &values, at);
                add_dot_products::<N_ROWS, 1>(&mut sums, &values, at.add(GROUP_N_BYTES));
                add_dot_products::<N_ROWS, 2>(&mut sums, &values, at.add(2 * GROUP_N_BYTES));
                add_dot_products::<N_ROWS, 3>(&mut sums, &values, at.add(3 * GROUP_N_BYTES));
            }
            for (sums, output) in sums.into_iter().zip(output) {
                for (sum, output) in sums.into_iter().zip(output.as_chunks_mut::<LANES>().0) {
                    vst1q_s32(output.as_mut_ptr(), sum);
                }
            }
        }
    }
}

/// Adds the products of the GROUP-th four values of every row and one group of weights.
///
/// # Safety
///
/// REGISTERS registers of weights exist.
#[inline]
#[target_feature(enable = "neon,dotprod")]
unsafe fn add_dot_products<const N_ROWS: usize, const GROUP: u8>(
    sums: &mut [[int32x4_t; REGISTERS]; N_ROWS],
    values: &[int8x16_t; N_ROWS],
    weights: *const i8,
) {
    for register in 0..REGISTERS {
        // SAFETY: by the caller; the instruction is one of the set and works on registers alone.
        unsafe {
            let weights = vld1q_s8(weights.add(4 * LANES * register));
            for (sums, values) in sums.iter_mut().zip(values) {
                asm!(
                    "sdot {sum:v}.4s, {weights:v}.16b, {values:v}.4b[{group}]",
                    sum = inout(vreg) sums[register],
                    weights = in(vreg) weights,
                    values = in(vreg) *values,
                    group = const GROUP,
                    options(pure, nomem, nostack, preserves_flags),
                );
            }
        }
    }
}

/// Multiplies two rows of eight values with two outputs' eight weights at a time.
struct I8mm;

impl Products for I8mm {
    type Group = [u8; 4];

    #[inline]
    #[target_feature(enable = "neon,i8mm")]
    unsafe fn sum<const N_ROWS: usize>(
        rows: *const [u8; 4],
        weights: *const i8,
        n_groups: usize,
        output: &mut Sums,
    ) {
        let n_pairs = N_ROWS.div_ceil(2);
        // By pair of rows, the register of outputs and its half: two outputs of the first row, the same of the second.
        let mut sums = [[[vdupq_n_s32(0); 2]; REGISTERS]; ROWS / 2];
        // SAFETY: by the caller, and groups come in pairs.
        unsafe {
            for group in (0..n_groups).step_by(2) {
                let mut values = [vdupq_n_u8(0); ROWS / 2];
                for (pair, values) in values[..n_pairs].iter_mut().enumerate() {
                    let first = rows.add(2 * pair * n_groups + group);
                    // A last row without a partner is its own.
                    let is_paired = 2 * pair + 1 < N_ROWS;
                    let second = if is_paired {
                        first.add(n_groups)
                    } else {
                        first
                    };
                    *values = vcombine_u8(vld1_u8(first.cast()), vld1_u8(second.cast()));
                }
                for register in 0..REGISTERS {
                    let at = weights.add(GROUP_N_BYTES * group + 4 * LANES * register);
                    let even = vreinterpretq_s32_s8(vld1q_s8(at));
                    let odd = vreinterpretq_s32_s8(vld1q_s8(at.add(GROUP_N_BYTES)));
                    let columns = [vzip1q_s32(even, odd), vzip2q_s32(even, odd)];
                    for (values, sums) in values[..n_pairs].iter().zip(&mut sums) {
                        for (sum, columns) in sums[register].iter_mut().zip(columns) {
                            asm!(
                                "usmmla {sum:v}.4s, {values:v}.16b, {columns:v}.16b",
                                sum = inout(vreg) *sum,
                                values = in(vreg) *values,
                                columns = in(vreg) columns,
                                options(pure, nomem, nostack, preserves_flags),
                            );
                        }
                    }
                }
            }
        }
        let output = output.as_flattened_mut().as_mut_ptr();
        for (pair, sums) in sums.iter().enumerate() {
            for (register, [low, high]) in sums.iter().enumerate() {
                let (low, high) = (vreinterpretq_s64_s32(*low), vreinterpretq_s64_s32(*high));
                let first = vreinterpretq_s32_s64(vzip1q_s64(low, high));
                let second = vreinterpretq_s32_s64(vzip2q_s64(low, high));
                // SAFETY: there are sums of as many rows and outputs as the output has.
                unsafe {
                    let at = output.add(2 * pair * WIDTH + LANES * register);
                    vst1q_s32(at, first);
                    vst1q_s32(at.add(WIDTH), second);
                }
            }
        }
    }
}

/// Returns four values over and over.
#[inline]
#[target_feature(enable = "neon")]
fn repeated(values: [u8; 4]) -> uint8x16_t {
    vreinterpretq_u8_u32(vdupq_n_u32(u32::from_le_bytes(values)))
}

/// Returns unsigned bytes smaller by 128, as signed ones.
#[inline]
#[target_feature(enable = "neon")]
fn shifted(values: uint8x16_t) -> int8x16_t {
    vreinterpretq_s8_u8(veorq_u8(values, vdupq_n_u8(0x80)))
}
