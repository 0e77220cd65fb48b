use std::arch::x86_64::*;

use super::{LANES, TILE_ROWS, gelu, with_rows};
use crate::encoder::kernels::{Epilogue, LinearF32, LinearInt8, PANEL_WIDTH, QuantizedRows};

/// Registers of a panel's row.
const PANEL_REGISTERS: usize = PANEL_WIDTH / LANES;

const STORE: u8 = 0;
const GELU: u8 = 1;
const ADD: u8 = 2;

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
            Epilogue::Add => panels_f32::<ADD>(rows, linear, output),
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
        let sums = products::<ROWS, PANEL_REGISTERS>(
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

/// Sums `depth` products of ROWS rows, `stride` floats apart, with REGISTERS registers of columns that lie behind one another.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn products<const ROWS: usize, const REGISTERS: usize>(
    rows: *const f32,
    stride: usize,
    columns: *const f32,
    depth: usize,
) -> [[__m512; REGISTERS]; ROWS] {
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for index in 0..depth {
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
    }
    sums
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) unsafe fn linear_int8(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    // SAFETY: the same contract.
    unsafe {
        match epilogue {
            Epilogue::Store => panels_int8::<STORE>(rows, linear, output),
            Epilogue::Gelu => panels_int8::<GELU>(rows, linear, output),
            Epilogue::Add => panels_int8::<ADD>(rows, linear, output),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn panels_int8<const EPILOGUE: u8>(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    output: &mut [f32],
) {
    let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
    let n_rows = rows.scales.len();
    for panel in 0..n_outputs / PANEL_WIDTH {
        let first = panel * PANEL_WIDTH;
        for row in (0..n_rows).step_by(TILE_ROWS) {
            // SAFETY: the panel and the rows of the tile exist, by the lengths checked at the door.
            unsafe {
                let tile = TileInt8 {
                    rows: rows.values.as_ptr().add(row * n_inputs),
                    row_scales: rows.scales.as_ptr().add(row),
                    row_zeros: rows.zeros.as_ptr().add(row),
                    weights: linear.panels.as_ptr().add(first * n_inputs),
                    scales: linear.scales.as_ptr().add(first),
                    sums: linear.sums.as_ptr().add(first),
                    bias: linear.bias.as_ptr().add(first),
                    n_inputs,
                    output: output.as_mut_ptr().add(row * n_outputs + first),
                    n_outputs,
                };
                with_rows!(TILE_ROWS.min(n_rows - row), [1 2 3 4 5 6], ROWS => tile_int8::<ROWS, EPILOGUE>(&tile));
            }
        }
    }
}

struct TileInt8 {
    rows: *const u8,
    row_scales: *const f32,
    row_zeros: *const i32,
    weights: *const i8,
    scales: *const f32,
    sums: *const i32,
    bias: *const f32,
    n_inputs: usize,
    output: *mut f32,
    n_outputs: usize,
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn tile_int8<const ROWS: usize, const EPILOGUE: u8>(tile: &TileInt8) {
    // SAFETY: by the caller, `rows` and `output` have ROWS rows of `n_inputs` and `n_outputs`, and a whole panel with its scales, sums
    // and bias exists. `n_inputs` is a multiple of four.
    unsafe {
        let products = products_int8::<ROWS>(tile);
        for (row, products) in products.into_iter().enumerate() {
            let row_scale = _mm512_set1_ps(*tile.row_scales.add(row));
            let row_zero = _mm512_set1_epi32(*tile.row_zeros.add(row));
            for (register, product) in products.into_iter().enumerate() {
                let at = LANES * register;
                let sums = _mm512_loadu_epi32(tile.sums.add(at));
                let product = _mm512_sub_epi32(product, _mm512_mullo_epi32(row_zero, sums));
                let scale = _mm512_mul_ps(row_scale, _mm512_loadu_ps(tile.scales.add(at)));
                let bias = _mm512_loadu_ps(tile.bias.add(at));
                let value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(product), scale, bias);
                finish::<EPILOGUE>(value, tile.output.add(row * tile.n_outputs + at));
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn products_int8<const ROWS: usize>(tile: &TileInt8) -> [[__m512i; PANEL_REGISTERS]; ROWS] {
    let mut sums = [[_mm512_setzero_si512(); PANEL_REGISTERS]; ROWS];
    for group in 0..tile.n_inputs / 4 {
        let mut weights = [_mm512_setzero_si512(); PANEL_REGISTERS];
        // SAFETY: by the caller, `n_inputs` bytes of each row and a panel of that depth exist.
        unsafe {
            for (register, weights) in weights.iter_mut().enumerate() {
                let at = 4 * (group * PANEL_WIDTH + register * LANES);
                *weights = _mm512_loadu_si512(tile.weights.add(at).cast());
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let values = tile.rows.add(row * tile.n_inputs + 4 * group);
                let values = _mm512_set1_epi32(values.cast::<i32>().read_unaligned());
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = _mm512_dpbusd_epi32(*sum, values, weights);
                }
            }
        }
    }
    sums
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn finish<const EPILOGUE: u8>(value: __m512, at: *mut f32) {
    // SAFETY: by the caller, 16 floats may be read and written at `at`.
    unsafe {
        let value = match EPILOGUE {
            GELU => gelu(value),
            ADD => _mm512_add_ps(value, _mm512_loadu_ps(at)),
            _ => value,
        };
        _mm512_storeu_ps(at, value);
    }
}
