//! NEON, which every 64-bit Arm has, and its instructions for bytes where there are those. One register holds 4 floats, or 16
//! bytes of 4 groups of four.
//!
//! Products of bytes are written by hand; everything else is written once for all sets.

mod bytes;
mod register;

use std::arch::aarch64::*;
use std::arch::is_aarch64_feature_detected;

use super::vector::WIDTH;
use super::{BLOCK_ROWS, Kernels, attention, portable, tile};

pub(super) const KERNELS: Kernels = Kernels {
    block_rows: BLOCK_ROWS,
    linear_f32: tile::linear_f32::<float32x4_t, REGISTERS>,
    linear_int8: bytes::linear_int8,
    quantize: portable::quantize,
    normalize: portable::normalize,
    attention_f32: attention::attention_f32::<float32x4_t, REGISTERS>,
    attention_bf16: attention::attention_bf16::<float32x4_t, REGISTERS>,
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
