//! AVX-512, and its VNNI where there is that too. One register holds 16 floats, or 64 bytes of 16 groups of four.
//!
//! The functions trust the lengths that the door has checked; a tile is six rows by four registers, which fills the 32
//! registers with sums and one row of weights. What one tile computes for a row never depends on the other rows of it.

pub(super) mod attention;
pub(super) mod bf16;
pub(super) mod bytes;
pub(super) mod linear;
mod rows;

use std::arch::x86_64::*;

use super::{BLOCK_ROWS, EXP2, EXP2_MIN, GELU, GELU_REACH, Kernels};

pub(super) const KERNELS: Kernels = Kernels {
    block_rows: BLOCK_ROWS,
    linear_f32: linear::linear_f32,
    linear_int8: bytes::linear_int8,
    quantize: rows::quantize,
    normalize: rows::normalize,
    attention_f32: attention::attention_f32,
    attention_bf16: attention::attention_bf16,
};

pub(super) const VNNI_KERNELS: Kernels = Kernels {
    linear_int8: bytes::linear_int8_vnni,
    ..KERNELS
};

pub(super) const BF16_KERNELS: Kernels = Kernels {
    attention_bf16: bf16::attention_bf16,
    ..VNNI_KERNELS
};

/// Floats of one register.
pub(super) const LANES: usize = 16;

/// Rows of a tile.
const TILE_ROWS: usize = 6;

pub(super) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

pub(super) fn is_vnni_available() -> bool {
    is_available() && is_x86_feature_detected!("avx512vnni")
}

pub(super) fn is_bf16_available() -> bool {
    is_vnni_available() && is_x86_feature_detected!("avx512bf16")
}

/// Calls a function of a constant number of rows for a number that is known at run time only.
macro_rules! with_rows {
    ($n_rows:expr, [$($n:literal)*], $rows:ident => $call:expr) => {
        match $n_rows {
            $($n => { const $rows: usize = $n; $call })*
            n_rows => unreachable!("a tile has no {n_rows} rows"),
        }
    };
}
use with_rows;

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn exp2(power: __m512) -> __m512 {
    // A power that no float has scales to nothing by itself.
    let whole = _mm512_roundscale_ps::<0>(power);
    let rest = _mm512_sub_ps(power, whole);
    _mm512_scalef_ps(polynomial(&EXP2, rest), whole)
}

/// Returns the polynomial of these coefficients, highest power first.
#[inline]
#[target_feature(enable = "avx512f")]
fn polynomial<const N: usize>(coefficients: &[f32; N], value: __m512) -> __m512 {
    let mut sum = _mm512_set1_ps(coefficients[0]);
    for coefficient in &coefficients[1..] {
        sum = _mm512_fmadd_ps(sum, value, _mm512_set1_ps(*coefficient));
    }
    sum
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn gelu(value: __m512) -> __m512 {
    let reach = _mm512_set1_ps(GELU_REACH);
    let lowest = _mm512_set1_ps(-GELU_REACH);
    let near = _mm512_max_ps(_mm512_min_ps(value, reach), lowest);
    let scaled = _mm512_mul_ps(near, _mm512_set1_ps(2.0 / (GELU_REACH * GELU_REACH)));
    let square = _mm512_fmsub_ps(scaled, near, _mm512_set1_ps(1.0));
    let share = _mm512_fmadd_ps(near, polynomial(&GELU, square), _mm512_set1_ps(0.5));
    _mm512_mul_ps(value, share)
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn silu(value: __m512) -> __m512 {
    let power = _mm512_mul_ps(value, _mm512_set1_ps(-std::f32::consts::LOG2_E));
    // The reciprocal of a higher power would not be a number.
    let power = _mm512_min_ps(power, _mm512_set1_ps(-EXP2_MIN));
    let factor = reciprocal(_mm512_add_ps(_mm512_set1_ps(1.0), exp2(power)));
    _mm512_mul_ps(value, factor)
}

/// One Newton step from the hardware's estimate: 28 bits, several times faster than a division.
#[inline]
#[target_feature(enable = "avx512f")]
fn reciprocal(value: __m512) -> __m512 {
    let estimate = _mm512_rcp14_ps(value);
    _mm512_mul_ps(
        estimate,
        _mm512_fnmadd_ps(value, estimate, _mm512_set1_ps(2.0)),
    )
}
