//! Linear layers by AVX-512, with VNNI where the processor has it.

use std::arch::x86_64::*;

pub(in super::super) use super::LANES;
use super::{TILE_ROWS, gelu, silu, with_rows};
use crate::encoder::kernels::{Epilogue, LinearF32, PANEL_WIDTH};

/// Registers of a panel's row.
pub(in super::super) const PANEL_REGISTERS: usize = PANEL_WIDTH / LANES;

/// Orders in which products are summed: one after the other, or of every two the second first, as the instruction for bfloat16 does.
pub(super) const IN_ORDER: u8 = 0;
pub(super) const PAIRS_TURNED: u8 = 1;

pub(in super::super) const STORE: u8 = 0;
pub(in super::super) const GELU: u8 = 1;
pub(in super::super) const SILU: u8 = 2;
pub(in super::super) const RELU: u8 = 3;
pub(in super::super) const ADD: u8 = 4;
pub(in super::super) const MULTIPLY: u8 = 5;

#[target_feature(enable = "avx512f,avx512dq")]
pub(super) unsafe fn linear_f32(
    rows: &[f32],
    linear: &LinearF32<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    // SAFETY: the same contract.
    unsafe {
        match epilogue {
            Epilogue::Store => panels_f32::<STORE>(rows, linear, output),
            Epilogue::Gelu => panels_f32::<GELU>(rows, linear, output),
            Epilogue::Silu => panels_f32::<SILU>(rows, linear, output),
            Epilogue::Relu => panels_f32::<RELU>(rows, linear, output),
            Epilogue::Add => panels_f32::<ADD>(rows, linear, output),
            Epilogue::Multiply => panels_f32::<MULTIPLY>(rows, linear, output),
        }
    }
}

#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn panels_f32<const EPILOGUE: u8>(rows: &[f32], linear: &LinearF32<'_>, output: &mut [f32]) {
    let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
    let n_rows = rows.len() / n_inputs;
    for panel in 0..n_outputs / PANEL_WIDTH {
        for row in (0..n_rows).step_by(TILE_ROWS) {
            // SAFETY: the panel and the rows of the tile exist, by the lengths checked at the door.
            unsafe {
                let tile = TileF32 {
                    rows: rows.as_ptr().add(row * n_inputs),
                    weights: linear.panels.as_ptr().add(panel * PANEL_WIDTH * n_inputs),
                    bias: linear.bias.as_ptr().add(panel * PANEL_WIDTH),
                    n_inputs,
                    output: output
                        .as_mut_ptr()
                        .add(row * n_outputs + panel * PANEL_WIDTH),
                    n_outputs,
                };
                with_rows!(TILE_ROWS.min(n_rows - row), [1 2 3 4 5 6], ROWS => tile_f32::<ROWS, EPILOGUE>(&tile));
            }
        }
    }
}

struct TileF32 {
    rows: *const f32,
    weights: *const f32,
    bias: *const f32,
    n_inputs: usize,
    output: *mut f32,
    n_outputs: usize,
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn tile_f32<const ROWS: usize, const EPILOGUE: u8>(tile: &TileF32) {
    // SAFETY: by the caller, `rows` and `output` have ROWS rows of `n_inputs` and `n_outputs`, and a whole panel and its bias exist.
    unsafe {
        let sums = products::<ROWS, PANEL_REGISTERS, IN_ORDER>(
            tile.rows,
            tile.n_inputs,
            tile.weights,
            tile.n_inputs,
        );
        for (row, sums) in sums.into_iter().enumerate() {
            for (register, sum) in sums.into_iter().enumerate() {
                let bias = _mm512_loadu_ps(tile.bias.add(LANES * register));
                let at = tile.output.add(row * tile.n_outputs + LANES * register);
                finish::<EPILOGUE>(_mm512_add_ps(sum, bias), at);
            }
        }
    }
}

/// Sums the products of ROWS rows, `stride` floats apart, with REGISTERS registers of columns that lie behind one another.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn products<const ROWS: usize, const REGISTERS: usize, const ORDER: u8>(
    rows: *const f32,
    stride: usize,
    columns: *const f32,
    depth: usize,
) -> [[__m512; REGISTERS]; ROWS] {
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    let mut add = |index: usize| {
        let mut column = [_mm512_setzero_ps(); REGISTERS];
        // SAFETY: by the caller, `depth` floats of each row and `depth` times REGISTERS registers of columns exist.
        unsafe {
            for (register, column) in column.iter_mut().enumerate() {
                *column = _mm512_loadu_ps(columns.add((index * REGISTERS + register) * LANES));
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = _mm512_set1_ps(*rows.add(row * stride + index));
                for (sum, column) in sums.iter_mut().zip(column) {
                    *sum = _mm512_fmadd_ps(value, column, *sum);
                }
            }
        }
    };
    if ORDER == IN_ORDER {
        (0..depth).for_each(add);
    } else {
        for pair in 0..depth / 2 {
            add(2 * pair + 1);
            add(2 * pair);
        }
        if !depth.is_multiple_of(2) {
            add(depth - 1);
        }
    }
    sums
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
pub(super) unsafe fn finish<const EPILOGUE: u8>(value: __m512, at: *mut f32) {
    // SAFETY: by the caller, 16 floats may be read and written at `at`.
    unsafe {
        let value = match EPILOGUE {
            GELU => gelu(value),
            SILU => silu(value),
            RELU => _mm512_max_ps(value, _mm512_setzero_ps()),
            ADD => _mm512_add_ps(value, _mm512_loadu_ps(at)),
            MULTIPLY => _mm512_mul_ps(value, _mm512_loadu_ps(at)),
            _ => value,
        };
        _mm512_storeu_ps(at, value);
    }
}
