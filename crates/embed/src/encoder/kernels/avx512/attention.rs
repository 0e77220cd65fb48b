use std::arch::x86_64::*;

use super::linear::products;
use super::{LANES, TILE_ROWS, exp2, with_rows};
use crate::encoder::kernels::{AttentionScratch, AttentionShape, PANEL_WIDTH, QUERY_BLOCK};

/// Scores of tokens that are not there: nothing to the maximum.
const ABSENT: f32 = -1e30;

#[target_feature(enable = "avx512f,avx512dq")]
pub(super) unsafe fn attention(
    projected: &[f32],
    shape: AttentionShape,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    // Twelve rows of two registers are as many sums as six rows of four.
    let block = if shape.head_width == 32 {
        QUERY_BLOCK
    } else {
        TILE_ROWS
    };
    for head in 0..shape.n_heads {
        // SAFETY: `projected` has three times `width` floats a token and `output` has `width`; a head lies within `width`.
        unsafe {
            let head = Head {
                shape,
                projected: projected.as_ptr().add(head * shape.head_width),
                output: output.as_mut_ptr().add(head * shape.head_width),
            };
            pack_keys(&head, &mut scratch.keys);
            pack_values(&head, &mut scratch.values);
            for first in (0..shape.n_tokens).step_by(block) {
                let n_rows = block.min(shape.n_tokens - first);
                score(&head, first, n_rows, scratch);
                let factors = soften(shape, &mut scratch.scores[..n_rows * shape.padded_tokens()]);
                if shape.head_width == 32 {
                    with_rows!(n_rows, [1 2 3 4 5 6 7 8 9 10 11 12], ROWS => mix::<ROWS, 2>(&head, first, scratch, &factors));
                } else {
                    with_rows!(n_rows, [1 2 3 4 5 6], ROWS => mix::<ROWS, 4>(&head, first, scratch, &factors));
                }
            }
        }
    }
}

/// One head of one sequence: pointers to its first token.
struct Head {
    shape: AttentionShape,
    projected: *const f32,
    output: *mut f32,
}

impl Head {
    unsafe fn query(&self, token: usize) -> *const f32 {
        // SAFETY: by the caller, the token exists.
        unsafe { self.projected.add(3 * token * self.shape.width()) }
    }

    unsafe fn key(&self, token: usize) -> *const f32 {
        // SAFETY: by the caller, the token exists.
        unsafe { self.projected.add((3 * token + 1) * self.shape.width()) }
    }

    unsafe fn value(&self, token: usize) -> *const f32 {
        // SAFETY: by the caller, the token exists.
        unsafe { self.projected.add((3 * token + 2) * self.shape.width()) }
    }
}

/// Lays keys out as the panels of a linear layer: tokens side by side, dimension after dimension. The last panel is as wide as the
/// tokens that are left, in whole registers; tokens that are not there are zero.
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn pack_keys(head: &Head, keys: &mut [f32]) {
    let AttentionShape {
        n_tokens,
        head_width,
        ..
    } = head.shape;
    let padded = head.shape.padded_tokens();
    for first in (0..padded).step_by(LANES) {
        let panel = first / PANEL_WIDTH * PANEL_WIDTH;
        let panel_width = PANEL_WIDTH.min(padded - panel);
        for dimension in (0..head_width).step_by(LANES) {
            let mut square = [_mm512_setzero_ps(); LANES];
            let n_present = LANES.min(n_tokens - first);
            for (token, row) in square.iter_mut().enumerate().take(n_present) {
                // SAFETY: the token exists and has 16 more dimensions from here.
                unsafe { *row = _mm512_loadu_ps(head.key(first + token).add(dimension)) }
            }
            for (row, register) in transpose(square).into_iter().enumerate() {
                let at = panel * head_width + (dimension + row) * panel_width + (first - panel);
                let at = &mut keys[at..at + LANES];
                // SAFETY: the slice has the 16 floats that are written.
                unsafe { _mm512_storeu_ps(at.as_mut_ptr(), register) }
            }
        }
    }
}

/// Copies values together: in place they are so far apart that they would share few sets of the cache.
#[target_feature(enable = "avx512f")]
unsafe fn pack_values(head: &Head, values: &mut [f32]) {
    let head_width = head.shape.head_width;
    for (token, target) in values.chunks_exact_mut(head_width).enumerate() {
        for (index, target) in target.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            // SAFETY: `values` has as many rows as there are tokens, and a row has `head_width` floats.
            unsafe {
                let register = _mm512_loadu_ps(head.value(token).add(LANES * index));
                _mm512_storeu_ps(target.as_mut_ptr(), register);
            }
        }
    }
}

/// Fills `scores` with the products of `n_rows` queries and all keys.
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn score(head: &Head, first: usize, n_rows: usize, scratch: &mut AttentionScratch) {
    let padded = head.shape.padded_tokens();
    for row in (0..n_rows).step_by(TILE_ROWS) {
        for panel in (0..padded).step_by(PANEL_WIDTH) {
            // SAFETY: the rows' queries exist; the door made room for `padded` keys and as many scores a row.
            unsafe {
                let tile = ScoreTile {
                    queries: head.query(first + row),
                    stride: 3 * head.shape.width(),
                    keys: scratch.keys.as_ptr().add(panel * head.shape.head_width),
                    depth: head.shape.head_width,
                    scores: scratch.scores.as_mut_ptr().add(row * padded + panel),
                    n_scores: padded,
                };
                with_rows!(TILE_ROWS.min(n_rows - row), [1 2 3 4 5 6], ROWS => {
                    match PANEL_WIDTH.min(padded - panel) / LANES {
                        1 => score_tile::<ROWS, 1>(&tile),
                        2 => score_tile::<ROWS, 2>(&tile),
                        3 => score_tile::<ROWS, 3>(&tile),
                        _ => score_tile::<ROWS, 4>(&tile),
                    }
                });
            }
        }
    }
}

struct ScoreTile {
    queries: *const f32,
    stride: usize,
    keys: *const f32,
    depth: usize,
    scores: *mut f32,
    n_scores: usize,
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn score_tile<const ROWS: usize, const REGISTERS: usize>(tile: &ScoreTile) {
    // SAFETY: by the caller, ROWS queries and rows of scores exist, and a panel of REGISTERS registers.
    unsafe {
        let sums = products::<ROWS, REGISTERS>(tile.queries, tile.stride, tile.keys, tile.depth);
        for (row, sums) in sums.into_iter().enumerate() {
            for (register, sum) in sums.into_iter().enumerate() {
                _mm512_storeu_ps(tile.scores.add(row * tile.n_scores + LANES * register), sum);
            }
        }
    }
}

/// Turns scores into powers of two below their maximum, and returns what each row must be multiplied with to sum to one.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn soften(shape: AttentionShape, scores: &mut [f32]) -> [f32; QUERY_BLOCK] {
    let padded = shape.padded_tokens();
    let present = u16::MAX >> (padded - shape.n_tokens);
    let absent = _mm512_set1_ps(ABSENT);
    let mut factors = [0.0; QUERY_BLOCK];
    for (row, factor) in scores.chunks_exact_mut(padded).zip(&mut factors) {
        let (row, _) = row.as_chunks_mut::<LANES>();
        let mut highest = absent;
        let last = row.len() - 1;
        // SAFETY: every load and store is of an array of 16 floats.
        unsafe {
            let masked = _mm512_mask_loadu_ps(absent, present, row[last].as_ptr());
            _mm512_storeu_ps(row[last].as_mut_ptr(), masked);
            for scores in &*row {
                highest = _mm512_max_ps(highest, _mm512_loadu_ps(scores.as_ptr()));
            }
            let highest = _mm512_set1_ps(_mm512_reduce_max_ps(highest));
            let mut sum = _mm512_setzero_ps();
            for scores in row {
                let power = exp2(_mm512_sub_ps(_mm512_loadu_ps(scores.as_ptr()), highest));
                _mm512_storeu_ps(scores.as_mut_ptr(), power);
                sum = _mm512_add_ps(sum, power);
            }
            *factor = 1.0 / _mm512_reduce_add_ps(sum);
        }
    }
    factors
}

/// Writes the mixture of all values, weighted by the scores of ROWS queries.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn mix<const ROWS: usize, const REGISTERS: usize>(
    head: &Head,
    first: usize,
    scratch: &AttentionScratch,
    factors: &[f32; QUERY_BLOCK],
) {
    let AttentionShape { n_tokens, .. } = head.shape;
    // SAFETY: by the caller, ROWS queries exist from `first` on; their scores and all values were written before.
    unsafe {
        let sums = products::<ROWS, REGISTERS>(
            scratch.scores.as_ptr(),
            head.shape.padded_tokens(),
            scratch.values.as_ptr(),
            n_tokens,
        );
        for (row, sums) in sums.into_iter().enumerate() {
            let factor = _mm512_set1_ps(factors[row]);
            let at = head.output.add((first + row) * head.shape.width());
            for (register, sum) in sums.into_iter().enumerate() {
                _mm512_storeu_ps(at.add(LANES * register), _mm512_mul_ps(sum, factor));
            }
        }
    }
}

/// Turns rows into columns: pairs, then fours, then quarters of registers.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn transpose(rows: [__m512; LANES]) -> [__m512; LANES] {
    let zero = _mm512_setzero_ps();
    let mut fours = [zero; LANES];
    for base in (0..LANES).step_by(4) {
        let pair_low = _mm512_unpacklo_ps(rows[base], rows[base + 1]);
        let pair_high = _mm512_unpackhi_ps(rows[base], rows[base + 1]);
        let next_low = _mm512_unpacklo_ps(rows[base + 2], rows[base + 3]);
        let next_high = _mm512_unpackhi_ps(rows[base + 2], rows[base + 3]);
        fours[base] = _mm512_shuffle_ps::<0x44>(pair_low, next_low);
        fours[base + 1] = _mm512_shuffle_ps::<0xee>(pair_low, next_low);
        fours[base + 2] = _mm512_shuffle_ps::<0x44>(pair_high, next_high);
        fours[base + 3] = _mm512_shuffle_ps::<0xee>(pair_high, next_high);
    }
    // Quarter q of `fours[4 g + i]` is column 4 q + i of the rows 4 g .. 4 g + 4.
    let mut columns = [zero; LANES];
    for index in 0..4 {
        let low = _mm512_shuffle_f32x4::<0x44>(fours[index], fours[index + 4]);
        let high = _mm512_shuffle_f32x4::<0xee>(fours[index], fours[index + 4]);
        let next_low = _mm512_shuffle_f32x4::<0x44>(fours[index + 8], fours[index + 12]);
        let next_high = _mm512_shuffle_f32x4::<0xee>(fours[index + 8], fours[index + 12]);
        columns[index] = _mm512_shuffle_f32x4::<0x88>(low, next_low);
        columns[index + 4] = _mm512_shuffle_f32x4::<0xdd>(low, next_low);
        columns[index + 8] = _mm512_shuffle_f32x4::<0x88>(high, next_high);
        columns[index + 12] = _mm512_shuffle_f32x4::<0xdd>(high, next_high);
    }
    columns
}
