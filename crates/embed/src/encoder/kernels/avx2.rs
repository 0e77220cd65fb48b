//! AVX2 with FMA, and AVX-VNNI where there is that too. One register holds 8 floats, or 32 bytes of 8 groups of four.
//!
//! Products of bytes are written by hand; everything else is written once for all sets and compiled for these registers.

mod bytes;
mod register;

use std::arch::x86_64::*;

use super::vector::WIDTH;
use super::{
    Attention, AttentionScratch, BLOCK_ROWS, Epilogue, Kernels, LinearF32, Norm, QuantizedRows,
    attention, portable, tile,
};

pub(super) const KERNELS: Kernels = Kernels {
    block_rows: BLOCK_ROWS,
    linear_f32,
    linear_int8: bytes::linear_int8,
    quantize,
    normalize,
    attention_f32,
    attention_bf16,
};

pub(super) const VNNI_KERNELS: Kernels = Kernels {
    linear_int8: bytes::linear_int8_vnni,
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

#[target_feature(enable = "avx2,fma")]
unsafe fn linear_f32(rows: &[f32], linear: &LinearF32<'_>, epilogue: Epilogue, output: &mut [f32]) {
    // SAFETY: the same contract.
    unsafe { tile::linear_f32::<__m256, REGISTERS>(rows, linear, epilogue, output) }
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
    // SAFETY: the same contract.
    unsafe { attention::attention_f32::<__m256, REGISTERS>(attention, output, scratch) }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn attention_bf16(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    // SAFETY: the same contract.
    unsafe { attention::attention_bf16::<__m256, REGISTERS>(attention, output, scratch) }
}
