//! Linear layers of 8 bits, with VNNI or without; both give the same integers and finish them alike.

use std::arch::x86_64::*;

use super::linear::{ADD, GELU, MULTIPLY, PANEL_REGISTERS, RELU, SILU, STORE, finish};
use super::{LANES, TILE_ROWS, with_rows};
use crate::encoder::kernels::{Epilogue, LinearInt8, PANEL_WIDTH, QuantizedRows};

/// Defines a linear layer of the products of `$products`.
///
/// A macro, since a function of other features than its caller's stays a function of its own.
macro_rules! linear_int8 {
    ($name:ident, $features:literal, $products:ident) => {
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name(
            rows: &QuantizedRows,
            linear: &LinearInt8<'_>,
            epilogue: Epilogue,
            output: &mut [f32],
        ) {
            #[target_feature(enable = $features)]
            unsafe fn panels<const EPILOGUE: u8>(
                rows: &QuantizedRows,
                linear: &LinearInt8<'_>,
                output: &mut [f32],
            ) {
                let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
                let n_rows = rows.scales.len();
                for first in (0..n_outputs).step_by(PANEL_WIDTH) {
                    for row in (0..n_rows).step_by(TILE_ROWS) {
                        // SAFETY: the panel and the rows of the tile exist, by the lengths checked at the door.
                        unsafe {
                            let tile = TileInt8 {
                                rows: rows.values.as_ptr().add(row * n_inputs),
                                weights: linear.panels.as_ptr().add(first * n_inputs),
                                n_inputs,
                                finish: Finish::new(rows, linear, output, row, first),
                            };
                            with_rows!(TILE_ROWS.min(n_rows - row), [1 2 3 4 5 6], ROWS => multiply::<ROWS, EPILOGUE>(&tile));
                        }
                    }
                }
            }

            #[inline]
            #[target_feature(enable = $features)]
            unsafe fn multiply<const ROWS: usize, const EPILOGUE: u8>(tile: &TileInt8) {
                // SAFETY: by the caller, ROWS rows of `n_inputs` exist, and a whole panel; `n_inputs` is a multiple of four.
                unsafe {
                    let products = $products::<ROWS>(tile);
                    for register in 0..PANEL_REGISTERS {
                        let columns = tile.finish.columns(register);
                        for (row, products) in products.iter().enumerate() {
                            columns.finish::<EPILOGUE>(row, products[register]);
                        }
                    }
                }
            }

            // SAFETY: the same contract.
            unsafe {
                match epilogue {
                    Epilogue::Store => panels::<STORE>(rows, linear, output),
                    Epilogue::Gelu => panels::<GELU>(rows, linear, output),
                    Epilogue::Silu => panels::<SILU>(rows, linear, output),
                    Epilogue::Relu => panels::<RELU>(rows, linear, output),
                    Epilogue::Add => panels::<ADD>(rows, linear, output),
                    Epilogue::Multiply => panels::<MULTIPLY>(rows, linear, output),
                }
            }
        }
    };
}

linear_int8!(
    linear_int8,
    "avx512f,avx512bw,avx512dq,avx512vl",
    products_int16
);
linear_int8!(
    linear_int8_vnni,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni",
    products_vnni
);

struct TileInt8 {
    rows: *const u8,
    weights: *const i8,
    n_inputs: usize,
    finish: Finish,
}

/// What turns integer products into outputs: pointers to the first row and the first output of a block.
pub(in super::super) struct Finish {
    row_scales: *const f32,
    row_zeros: *const i32,
    scales: *const f32,
    sums: *const i32,
    bias: *const f32,
    output: *mut f32,
    n_outputs: usize,
}

impl Finish {
    /// # Safety
    ///
    /// The row and the output `first` exist, and `output` has all rows.
    pub(in super::super) unsafe fn new(
        rows: &QuantizedRows,
        linear: &LinearInt8<'_>,
        output: &mut [f32],
        row: usize,
        first: usize,
    ) -> Finish {
        let n_outputs = linear.bias.len();
        // SAFETY: by the caller.
        unsafe {
            Finish {
                row_scales: rows.scales.as_ptr().add(row),
                row_zeros: rows.zeros.as_ptr().add(row),
                scales: linear.scales.as_ptr().add(first),
                sums: linear.sums.as_ptr().add(first),
                bias: linear.bias.as_ptr().add(first),
                output: output.as_mut_ptr().add(row * n_outputs + first),
                n_outputs,
            }
        }
    }

    /// # Safety
    ///
    /// That many registers of outputs exist behind the first.
    #[inline]
    #[target_feature(enable = "avx512f")]
    pub(in super::super) unsafe fn columns(&self, register: usize) -> Columns {
        let at = LANES * register;
        // SAFETY: by the caller.
        unsafe {
            Columns {
                row_scales: self.row_scales,
                row_zeros: self.row_zeros,
                n_outputs: self.n_outputs,
                scales: _mm512_loadu_ps(self.scales.add(at)),
                sums: _mm512_loadu_epi32(self.sums.add(at)),
                bias: _mm512_loadu_ps(self.bias.add(at)),
                output: self.output.add(at),
            }
        }
    }
}

/// What one register of outputs has in common for all rows.
pub(in super::super) struct Columns {
    row_scales: *const f32,
    row_zeros: *const i32,
    n_outputs: usize,
    scales: __m512,
    sums: __m512i,
    bias: __m512,
    output: *mut f32,
}

impl Columns {
    /// # Safety
    ///
    /// That many rows exist behind the first.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    pub(in super::super) unsafe fn finish<const EPILOGUE: u8>(&self, row: usize, product: __m512i) {
        // SAFETY: by the caller.
        unsafe {
            let row_scale = _mm512_set1_ps(*self.row_scales.add(row));
            let row_zero = _mm512_set1_epi32(*self.row_zeros.add(row));
            let product = _mm512_sub_epi32(product, _mm512_mullo_epi32(row_zero, self.sums));
            let scale = _mm512_mul_ps(row_scale, self.scales);
            let value = _mm512_fmadd_ps(_mm512_cvtepi32_ps(product), scale, self.bias);
            finish::<EPILOGUE>(value, self.output.add(row * self.n_outputs));
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn products_vnni<const ROWS: usize>(tile: &TileInt8) -> [[__m512i; PANEL_REGISTERS]; ROWS] {
    let mut sums = [[_mm512_setzero_si512(); PANEL_REGISTERS]; ROWS];
    for group in 0..tile.n_inputs / 4 {
        let mut weights = [_mm512_setzero_si512(); PANEL_REGISTERS];
        // SAFETY: by the caller, `n_inputs` bytes of each row and a panel of that depth exist.
        unsafe {
            for (register, weights) in weights.iter_mut().enumerate() {
                let at = register * LANES * tile.n_inputs + 4 * LANES * group;
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

/// Multiplies as 16-bit integers: products of bytes in pairs would overflow them. Two registers after two, since their weights take
/// four.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn products_int16<const ROWS: usize>(tile: &TileInt8) -> [[__m512i; PANEL_REGISTERS]; ROWS] {
    let mut sums = [[_mm512_setzero_si512(); PANEL_REGISTERS]; ROWS];
    for pair in (0..PANEL_REGISTERS).step_by(2) {
        let mut pair_sums = [[_mm512_setzero_si512(); 2]; ROWS];
        for group in 0..tile.n_inputs / 4 {
            let mut weights = [[_mm512_setzero_si512(); 2]; 2];
            // SAFETY: by the caller, `n_inputs` bytes of each row and a panel of that depth exist.
            unsafe {
                for (register, [even, odd]) in weights.iter_mut().enumerate() {
                    let at = (pair + register) * LANES * tile.n_inputs + 4 * LANES * group;
                    let bytes = _mm512_loadu_si512(tile.weights.add(at).cast());
                    // The even bytes and the odd ones with their signs.
                    *even = _mm512_srai_epi16::<8>(_mm512_slli_epi16::<8>(bytes));
                    *odd = _mm512_srai_epi16::<8>(bytes);
                }
                for (row, sums) in pair_sums.iter_mut().enumerate() {
                    let values = tile.rows.add(row * tile.n_inputs + 4 * group);
                    let values = _mm512_set1_epi32(values.cast::<i32>().read_unaligned());
                    let even_values = _mm512_and_si512(values, _mm512_set1_epi16(0xff));
                    let odd_values = _mm512_srli_epi16::<8>(values);
                    for (sum, [even, odd]) in sums.iter_mut().zip(weights) {
                        *sum = _mm512_add_epi32(*sum, _mm512_madd_epi16(even_values, even));
                        *sum = _mm512_add_epi32(*sum, _mm512_madd_epi16(odd_values, odd));
                    }
                }
            }
        }
        for (sums, pair_sums) in sums.iter_mut().zip(pair_sums) {
            sums[pair..pair + 2].copy_from_slice(&pair_sums);
        }
    }
    sums
}
