use std::arch::x86_64::*;

use super::tiles::{Product, ROW_N_BYTES, ROWS, Tiles};
use crate::encoder::kernels::avx512::bytes::Finish;
use crate::encoder::kernels::avx512::linear::{
    ADD, GELU, LANES, MULTIPLY, PANEL_REGISTERS, RELU, SILU, STORE,
};
use crate::encoder::kernels::{Epilogue, LinearInt8, PANEL_WIDTH, QuantizedRows, ROW_BLOCK};

/// Bytes of a panel's row: four inputs of every output.
const PANEL_ROW_N_BYTES: usize = 4 * PANEL_WIDTH;

/// Column tiles of a product.
const PRODUCT_REGISTERS: usize = 2;

#[repr(C, align(64))]
struct Sums([[i32; PRODUCT_REGISTERS * LANES]; ROW_BLOCK]);

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
            Epilogue::Store => panels::<STORE>(rows, linear, output),
            Epilogue::Gelu => panels::<GELU>(rows, linear, output),
            Epilogue::Silu => panels::<SILU>(rows, linear, output),
            Epilogue::Relu => panels::<RELU>(rows, linear, output),
            Epilogue::Add => panels::<ADD>(rows, linear, output),
            Epilogue::Multiply => panels::<MULTIPLY>(rows, linear, output),
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn panels<const EPILOGUE: u8>(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    output: &mut [f32],
) {
    let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
    let n_rows = rows.scales.len();
    let mut sums = Sums([[0; PRODUCT_REGISTERS * LANES]; ROW_BLOCK]);
    // SAFETY: the table is handed out only where tiles are available. The panel and the rows exist by the lengths checked at the
    // door, which has `values` filled up to whole blocks of rows and `n_inputs` to whole tiles.
    unsafe {
        let tiles = Tiles::set_up();
        for first in (0..n_outputs).step_by(PANEL_WIDTH) {
            for row in (0..n_rows).step_by(ROW_BLOCK) {
                let n_block_rows = ROW_BLOCK.min(n_rows - row);
                let finish = Finish::new(rows, linear, output, row, first);
                for register in (0..PANEL_REGISTERS).step_by(PRODUCT_REGISTERS) {
                    let columns = first * n_inputs + register * ROW_N_BYTES;
                    let product = Product {
                        left: rows.values.as_ptr().add(row * n_inputs),
                        left_stride: n_inputs,
                        right: linear.panels.as_ptr().cast::<u8>().add(columns),
                        right_stride: PANEL_ROW_N_BYTES,
                        right_step: ROWS * PANEL_ROW_N_BYTES,
                        right_next: ROW_N_BYTES,
                        n_steps: n_inputs / ROW_N_BYTES,
                        output: sums.0.as_mut_ptr().cast(),
                        output_stride: PRODUCT_REGISTERS * ROW_N_BYTES,
                    };
                    tiles.multiply_int8(product, n_block_rows);
                    for (row, sums) in sums.0[..n_block_rows].iter().enumerate() {
                        for (next, sums) in sums.as_chunks::<LANES>().0.iter().enumerate() {
                            let sums = _mm512_load_si512(sums.as_ptr().cast());
                            finish.finish::<EPILOGUE>(row, register + next, sums);
                        }
                    }
                }
            }
        }
    }
}
