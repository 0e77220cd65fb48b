//! Products tile after tile, for sets that have a [`Register`], and the linear layers made of them.
//!
//! What a tile computes for a row never depends on its other rows, so neither does an output on where its row lies.

use std::ops::Range;

use super::vector::{Register, Vector, WIDTH};
use super::{
    Epilogue, INT8_PANEL_WIDTH, LinearF32, LinearInt8, PANEL_WIDTH, QuantizedRows, portable,
};

/// Rows of a tile: with [`WIDTH`] outputs they are as many sums as leave room for weights and a value in 16 registers of 8
/// floats or 32 of 4.
pub(super) const ROWS: usize = 6;

/// Rows of weights that lie between one that is multiplied and one that is asked for: a column of a panel in single precision is spread
/// over so few sets of the first-level cache that a deep one does not stay there.
const PREFETCH_N_ROWS: usize = 16;

/// Bytes from one group of four inputs to the next in a panel of 8 bits.
pub(super) const GROUP_N_BYTES: usize = 4 * INT8_PANEL_WIDTH;

/// Integer sums of a tile.
pub(super) type Sums = [[i32; WIDTH]; ROWS];

/// Calls a function of a constant number of rows for a number that is known at run time only.
macro_rules! with_rows {
    ($n_rows:expr, $rows:ident => $call:expr) => {
        match $n_rows {
            1 => {
                const $rows: usize = 1;
                $call
            }
            2 => {
                const $rows: usize = 2;
                $call
            }
            3 => {
                const $rows: usize = 3;
                $call
            }
            4 => {
                const $rows: usize = 4;
                $call
            }
            5 => {
                const $rows: usize = 5;
                $call
            }
            _ => {
                const $rows: usize = $crate::encoder::kernels::tile::ROWS;
                $call
            }
        }
    };
}
pub(super) use with_rows;

/// Returns the products of N_ROWS rows and [`WIDTH`] columns of weights, which are summed input after input.
///
/// # Safety
///
/// The rows have `depth` floats, the first of each `row_width` behind that of the row before, and so have the columns, whose rows
/// are `weights_width` apart; the processor has the set.
#[inline(always)]
pub(super) unsafe fn products<R: Register, const N: usize, const N_ROWS: usize>(
    rows: *const f32,
    row_width: usize,
    weights: *const f32,
    weights_width: usize,
    depth: usize,
) -> [Vector<R, N>; N_ROWS] {
    // SAFETY: by the caller.
    unsafe {
        let mut sums = [Vector::splat(0.0); N_ROWS];
        for input in 0..depth {
            let weights = weights.add(weights_width * input);
            R::prefetch(weights.wrapping_add(PREFETCH_N_ROWS * weights_width));
            let weights = Vector::load(weights);
            for (row, sum) in sums.iter_mut().enumerate() {
                let value = Vector::splat(*rows.add(row_width * row + input));
                *sum = value.multiply_add(weights, *sum);
            }
        }
        sums
    }
}

/// Sends rows through a linear layer in single precision.
///
/// # Safety
///
/// The lengths are those that the door checks, and the processor has the set.
#[inline(always)]
pub(super) unsafe fn linear_f32<R: Register, const N: usize>(
    rows: &[f32],
    linear: &LinearF32<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
    let n_all_rows = rows.len() / n_inputs;
    for first in (0..n_outputs).step_by(WIDTH) {
        for row in (0..n_all_rows).step_by(ROWS) {
            let n_rows = ROWS.min(n_all_rows - row);
            // SAFETY: the panel and the rows of the tile exist, by the caller.
            unsafe {
                let panel = first / PANEL_WIDTH * PANEL_WIDTH;
                let weights = linear.panels.as_ptr().add(panel * n_inputs + first - panel);
                let rows = rows.as_ptr().add(row * n_inputs);
                let mut sums = [Vector::<R, N>::splat(0.0); ROWS];
                with_rows!(n_rows, N_ROWS => {
                    let products = products(rows, n_inputs, weights, PANEL_WIDTH, n_inputs);
                    *sums.first_chunk_mut::<N_ROWS>().expect("a tile has more rows") = products;
                });
                let bias = Vector::load(linear.bias.as_ptr().add(first));
                for (row, sums) in (row..row + n_rows).zip(sums) {
                    let output = output.as_mut_ptr().add(row * n_outputs + first);
                    sums.add(bias).finish(epilogue, output);
                }
            }
        }
    }
}

// A panel of 8-bit weights is a column of tiles.
const _: () = assert!(WIDTH == INT8_PANEL_WIDTH);

/// A way to multiply 8-bit rows and weights.
pub(super) trait Products {
    /// A group of four values of a row, in the form that is multiplied.
    type Group;

    /// What is taken off every value before it is multiplied.
    const SHIFT: i32 = 0;

    /// Writes the sums of N_ROWS rows and [`WIDTH`] outputs.
    ///
    /// # Safety
    ///
    /// N_ROWS rows and a panel of `n_groups` groups exist, a multiple of 16, and the processor has the set.
    unsafe fn sum<const N_ROWS: usize>(
        rows: *const Self::Group,
        weights: *const i8,
        n_groups: usize,
        output: &mut Sums,
    );
}

/// Sends rows through a linear layer in 8 bits whose products take them as they are.
///
/// # Safety
///
/// The lengths are those that the door checks, and the processor has the set.
#[inline(always)]
pub(super) unsafe fn linear_int8_as_is<
    R: Register,
    const N: usize,
    P: Products<Group = [u8; 4]>,
>(
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    let (groups, range) = (rows.values.as_ptr().cast(), 0..rows.scales.len());
    // SAFETY: by the caller.
    unsafe { linear_int8::<R, N, P>(groups, range, rows, linear, epilogue, output) }
}

/// Sends those rows whose groups are given through a linear layer in 8 bits.
///
/// # Safety
///
/// The lengths are those that the door checks, there are groups of as many rows as `range` has, and the processor has the set.
#[inline(always)]
pub(super) unsafe fn linear_int8<R: Register, const N: usize, P: Products>(
    groups: *const P::Group,
    range: Range<usize>,
    rows: &QuantizedRows,
    linear: &LinearInt8<'_>,
    epilogue: Epilogue,
    output: &mut [f32],
) {
    let (n_groups, n_outputs) = (linear.n_inputs / 4, linear.bias.len());
    for first in (0..n_outputs).step_by(WIDTH) {
        for row in range.clone().step_by(ROWS) {
            let n_rows = ROWS.min(range.end - row);
            let mut sums = Sums::default();
            // SAFETY: the panel and the rows of the tile exist, by the caller.
            unsafe {
                let weights = linear.panels.as_ptr().add(first * linear.n_inputs);
                let groups = groups.add((row - range.start) * n_groups);
                with_rows!(n_rows, N_ROWS => {
                    P::sum::<N_ROWS>(groups, weights, n_groups, &mut sums);
                });
                for (row, sums) in (row..row + n_rows).zip(&mut sums) {
                    for (sum, weights) in sums.iter_mut().zip(&linear.sums[first..]) {
                        *sum = sum.wrapping_add(P::SHIFT.wrapping_mul(*weights));
                    }
                    let values = portable::values_int8(rows, linear, row, first, sums);
                    let output = output.as_mut_ptr().add(row * n_outputs + first);
                    Vector::<R, N>::load(values.as_ptr()).finish(epilogue, output);
                }
            }
        }
    }
}
