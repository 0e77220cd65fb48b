//! Linear layers on AMX tiles of bytes.

use std::arch::x86_64::*;

use super::tiles::{Product, ROW_N_BYTES, Tiles};
use crate::encoder::kernels::avx512::bytes::{Columns, Finish};
use crate::encoder::kernels::avx512::linear::{ADD, GELU, LANES, MULTIPLY, RELU, SILU, STORE};
use crate::encoder::kernels::{Epilogue, INT8_PANEL_WIDTH, LinearInt8, QuantizedRows, ROW_BLOCK};

/// Panels of a product.
const PRODUCT_REGISTERS: usize = 2;

/// Outputs of a product.
const PRODUCT_WIDTH: usize = PRODUCT_REGISTERS * INT8_PANEL_WIDTH;

/// Cache lines of the next product's weights that a step asks for: the blocks of 256 rows together ask for all.
const FETCHED_LINES: usize = 4;

#[repr(C, align(64))]
struct Sums([[i32; PRODUCT_WIDTH]; ROW_BLOCK]);

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

/// Multiplies product after product; while the tile unit works on one, the processor makes outputs of the sums before it.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
unsafe fn panels<const EPILOGUE: u8>(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    output: &mut [f32],
) {
    let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
    let n_rows = rows.scales.len();
    let n_steps = n_inputs / ROW_N_BYTES;
    let mut sums = [const { Sums([[0; PRODUCT_WIDTH]; ROW_BLOCK]) }; 2];
    let [mut sums, mut earlier_sums] = sums.each_mut();
    // SAFETY: the table is handed out only where tiles are available. The panels and the rows exist by the lengths checked at the
    // door, which has `values` filled up to whole blocks of rows and `n_inputs` to whole tiles.
    unsafe {
        let tiles = Tiles::set_up();
        let mut earlier = Unfinished::new(rows, linear, output, 0, 0, 0);
        for first in (0..n_outputs).step_by(PRODUCT_WIDTH) {
            let panels = linear.panels.as_ptr().cast::<u8>().add(first * n_inputs);
            let mut next = panels.wrapping_add(PRODUCT_WIDTH * n_inputs);
            for row in (0..n_rows).step_by(ROW_BLOCK) {
                let n_block_rows = ROW_BLOCK.min(n_rows - row);
                let product = Product {
                    left: rows.values.as_ptr().add(row * n_inputs),
                    left_stride: n_inputs,
                    right: panels,
                    right_next: INT8_PANEL_WIDTH * n_inputs,
                    n_steps,
                    output: sums.0.as_mut_ptr().cast(),
                    output_stride: PRODUCT_REGISTERS * ROW_N_BYTES,
                };
                let share = earlier.n_rows.div_ceil(n_steps);
                tiles.multiply_int8(product, n_block_rows, |step| {
                    next = fetch(next);
                    earlier.finish::<EPILOGUE>(step * share, share, earlier_sums);
                });
                earlier = Unfinished::new(rows, linear, output, row, first, n_block_rows);
                std::mem::swap(&mut sums, &mut earlier_sums);
            }
        }
        earlier.finish::<EPILOGUE>(0, earlier.n_rows, earlier_sums);
    }
}

/// Asks for cache lines into the second level, and returns where they end. Nothing need exist there.
#[inline]
#[target_feature(enable = "avx512f")]
fn fetch(start: *const u8) -> *const u8 {
    for line in 0..FETCHED_LINES {
        _mm_prefetch::<_MM_HINT_T1>(start.wrapping_add(ROW_N_BYTES * line).cast());
    }
    start.wrapping_add(ROW_N_BYTES * FETCHED_LINES)
}

/// Where the sums of a product belong.
struct Unfinished {
    n_rows: usize,
    columns: [Columns; PRODUCT_REGISTERS],
}

impl Unfinished {
    /// # Safety
    ///
    /// The rows and the outputs `first..first + PRODUCT_WIDTH` exist, and `output` has all rows.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn new(
        rows: &QuantizedRows,
        linear: &LinearInt8<'_>,
        output: &mut [f32],
        row: usize,
        first: usize,
        n_rows: usize,
    ) -> Unfinished {
        // SAFETY: by the caller.
        let columns = unsafe {
            let finish = Finish::new(rows, linear, output, row, first);
            [finish.columns(0), finish.columns(1)]
        };
        Unfinished { n_rows, columns }
    }

    /// Makes outputs of the sums of at most `n` rows from `first` on.
    ///
    /// # Safety
    ///
    /// The sums are of the rows and outputs that this was made with.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    unsafe fn finish<const EPILOGUE: u8>(&self, first: usize, n: usize, sums: &Sums) {
        for row in first..(first + n).min(self.n_rows) {
            let sums = sums.0[row].as_chunks::<LANES>().0;
            for (columns, sums) in self.columns.iter().zip(sums) {
                // SAFETY: by the caller; the sums of a register are aligned as `Sums` is.
                unsafe { columns.finish::<EPILOGUE>(row, _mm512_load_si512(sums.as_ptr().cast())) }
            }
        }
    }
}
