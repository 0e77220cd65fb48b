//! Linear layers tile after tile, for sets that write the products of a tile by hand and take the rest from [`super::portable`].
//!
//! What a tile computes for a row never depends on its other rows, so neither does an output on where its row lies.

use super::{LinearF32, LinearInt8, QuantizedRows, portable};

/// Rows of a tile: with [`WIDTH`] outputs they are as many sums as leave room for weights and a value in 16 registers of 8
/// floats or 32 of 4.
pub(super) const ROWS: usize = 6;

/// Outputs of a tile.
pub(super) const WIDTH: usize = 16;

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

/// Defines a linear layer: `$multiply` writes the sums of a tile, `$values` what a row of them stands for.
///
/// A macro and no function of closures, because a closure may stay a function of its own, without the instructions of the set.
macro_rules! linear {
    ($visibility:vis $name:ident, $features:literal, $rows:ty, $linear:ty, $panel_width:ident, $n_rows:path, $number:ty, $multiply:ident, $values:path) => {
        #[target_feature(enable = $features)]
        $visibility unsafe fn $name(rows: &$rows, linear: &$linear, epilogue: Epilogue, output: &mut [f32]) {
            use $crate::encoder::kernels::{portable, tile};
            let (n_inputs, n_outputs) = (linear.n_inputs, linear.bias.len());
            let n_all_rows: usize = $n_rows(rows, linear);
            for first in (0..n_outputs).step_by(tile::WIDTH) {
                let panel = first / $panel_width * $panel_width;
                for row in (0..n_all_rows).step_by(tile::ROWS) {
                    let n_rows = tile::ROWS.min(n_all_rows - row);
                    let mut sums: [[$number; tile::WIDTH]; tile::ROWS] = Default::default();
                    // SAFETY: the panel and the rows of the tile exist, by the lengths checked at the door.
                    unsafe {
                        let weights = linear.panels.as_ptr().add(panel * n_inputs);
                        tile::with_rows!(n_rows, N_ROWS => {
                            $multiply::<N_ROWS>(rows, row, weights, first - panel, n_inputs, &mut sums);
                        });
                    }
                    for (row, sums) in (row..row + n_rows).zip(&sums) {
                        let at = row * n_outputs + first;
                        let values = $values(rows, linear, row, first, sums);
                        portable::finish(values, epilogue, &mut output[at..at + tile::WIDTH]);
                    }
                }
            }
        }
    };
}
pub(super) use linear;

pub(super) fn n_rows_f32(rows: &[f32], linear: &LinearF32<'_>) -> usize {
    rows.len() / linear.n_inputs
}

pub(super) fn n_rows_int8(rows: &QuantizedRows, _: &LinearInt8<'_>) -> usize {
    rows.scales.len()
}

#[inline(always)]
pub(super) fn values_f32(
    _: &[f32],
    linear: &LinearF32<'_>,
    _: usize,
    first: usize,
    sums: &[f32; WIDTH],
) -> [f32; WIDTH] {
    portable::values_f32(linear, first, sums)
}
