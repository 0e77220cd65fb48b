//! Attention by AVX-512.

use std::arch::x86_64::*;

use super::linear::{IN_ORDER, PAIRS_TURNED, products};
use super::{LANES, TILE_ROWS, exp2, with_rows};
use crate::encoder::kernels::head::{ABSENT, BF16, F32, Head};
use crate::encoder::kernels::{Attention, AttentionScratch, PANEL_WIDTH};

/// Query rows that are worked on at a time; their scores stay in the first-level cache.
const QUERY_BLOCK: usize = 12;

#[target_feature(enable = "avx512f,avx512dq")]
pub(super) unsafe fn attention_f32(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    // SAFETY: the same contract.
    unsafe { heads::<F32>(attention, output, scratch) }
}

#[target_feature(enable = "avx512f,avx512dq")]
pub(super) unsafe fn attention_bf16(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    // SAFETY: the same contract.
    unsafe { heads::<BF16>(attention, output, scratch) }
}

#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn heads<const NUMBERS: u8>(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let Attention {
        n_tokens,
        n_heads,
        head_width,
        ..
    } = *attention;
    // Twelve rows of two registers are as many sums as six rows of four.
    let block = if head_width == 32 {
        QUERY_BLOCK
    } else {
        TILE_ROWS
    };
    let padded = n_tokens.next_multiple_of(LANES);
    for head in 0..n_heads {
        // SAFETY: `projected` has three times `width` floats per token and `output` has `width`; a head lies within `width`.
        unsafe {
            let head = Head::new(attention, output, head);
            pack_queries::<NUMBERS>(&head, &mut scratch.queries);
            pack_keys::<NUMBERS>(&head, &mut scratch.keys);
            pack_values::<NUMBERS>(&head, &mut scratch.values);
            for first in (0..n_tokens).step_by(block) {
                let n_rows = block.min(n_tokens - first);
                score::<NUMBERS>(&head, first, n_rows, scratch);
                let mut factors = [0.0; QUERY_BLOCK];
                let rows = scratch.scores[..n_rows * padded].chunks_exact_mut(padded);
                for (row, (scores, factor)) in rows.zip(&mut factors).enumerate() {
                    let at = scores.as_mut_ptr();
                    *factor = soften_row(&head, first + row, scores, |index, power| {
                        let weight = number::<NUMBERS>(power);
                        _mm512_storeu_ps(at.add(LANES * index), weight);
                    });
                }
                if head_width == 32 {
                    with_rows!(n_rows, [1 2 3 4 5 6 7 8 9 10 11 12], ROWS => mix::<ROWS, 2, NUMBERS>(&head, first, scratch, &factors));
                } else {
                    with_rows!(n_rows, [1 2 3 4 5 6], ROWS => mix::<ROWS, 4, NUMBERS>(&head, first, scratch, &factors));
                }
            }
        }
    }
}

/// Returns `values` in the numbers of a product.
#[inline]
#[target_feature(enable = "avx512f")]
fn number<const NUMBERS: u8>(values: __m512) -> __m512 {
    match NUMBERS {
        BF16 => _mm512_castsi512_ps(round_bf16(values)),
        _ => values,
    }
}

/// Rounds to the nearest bfloat16, ties to even, and leaves it in the upper half of every lane.
#[inline]
#[target_feature(enable = "avx512f")]
pub(in super::super) fn round_bf16(values: __m512) -> __m512i {
    let bits = _mm512_castps_si512(values);
    let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
    let half = _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff));
    let upper = _mm512_set1_epi32(0xffff_0000_u32.cast_signed());
    _mm512_and_si512(_mm512_add_epi32(bits, half), upper)
}

/// Copies queries together, in the numbers of a product.
#[target_feature(enable = "avx512f")]
unsafe fn pack_queries<const NUMBERS: u8>(head: &Head, queries: &mut [f32]) {
    for (token, target) in queries.chunks_exact_mut(head.head_width).enumerate() {
        // SAFETY: `queries` has as many rows as there are tokens, and a row has `head_width` floats.
        unsafe { copy::<NUMBERS>(head.query(token), target) }
    }
}

/// # Safety
///
/// `source` has as many floats as `target`.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn copy<const NUMBERS: u8>(source: *const f32, target: &mut [f32]) {
    for (index, target) in target.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        // SAFETY: by the caller.
        unsafe {
            let register = number::<NUMBERS>(_mm512_loadu_ps(source.add(LANES * index)));
            _mm512_storeu_ps(target.as_mut_ptr(), register);
        }
    }
}

/// Where keys lie that are laid out as the panels of a linear layer: tokens side by side, step after step of the product. The last panel
/// is as wide as the tokens that are left, in whole registers.
pub(super) struct Panels {
    n_padded: usize,
    n_steps: usize,
}

impl Panels {
    pub(super) fn new(n_padded: usize, n_steps: usize) -> Panels {
        Panels { n_padded, n_steps }
    }

    /// Returns where `step` of a token is.
    pub(super) fn at(&self, token: usize, step: usize) -> usize {
        let panel = token / PANEL_WIDTH * PANEL_WIDTH;
        let panel_width = PANEL_WIDTH.min(self.n_padded - panel);
        panel * self.n_steps + step * panel_width + (token - panel)
    }
}

/// Lays keys out in [`Panels`]; tokens that are not there are zero.
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn pack_keys<const NUMBERS: u8>(head: &Head, keys: &mut [f32]) {
    let Head {
        n_tokens,
        head_width,
        ..
    } = *head;
    let padded = n_tokens.next_multiple_of(LANES);
    let panels = Panels::new(padded, head_width);
    for first in (0..padded).step_by(LANES) {
        for dimension in (0..head_width).step_by(LANES) {
            let mut square = [_mm512_setzero_ps(); LANES];
            let n_present = LANES.min(n_tokens - first);
            for (token, row) in square.iter_mut().enumerate().take(n_present) {
                // SAFETY: the token exists and has 16 more dimensions from here.
                unsafe {
                    let key = head.key(first + token).add(dimension);
                    *row = number::<NUMBERS>(_mm512_loadu_ps(key));
                }
            }
            for (row, register) in transpose(square).into_iter().enumerate() {
                let at = panels.at(first, dimension + row);
                let at = &mut keys[at..at + LANES];
                // SAFETY: the slice has the 16 floats that are written.
                unsafe { _mm512_storeu_ps(at.as_mut_ptr(), register) }
            }
        }
    }
}

/// Copies values together: in place they are so far apart that they would share few sets of the cache.
#[target_feature(enable = "avx512f")]
unsafe fn pack_values<const NUMBERS: u8>(head: &Head, values: &mut [f32]) {
    for (token, target) in values.chunks_exact_mut(head.head_width).enumerate() {
        // SAFETY: `values` has as many rows as there are tokens, and a row has `head_width` floats.
        unsafe { copy::<NUMBERS>(head.value(token), target) }
    }
}

/// Fills `scores` with the products of `n_rows` queries and all keys.
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn score<const NUMBERS: u8>(
    head: &Head,
    first: usize,
    n_rows: usize,
    scratch: &mut AttentionScratch,
) {
    let padded = head.n_tokens.next_multiple_of(LANES);
    for row in (0..n_rows).step_by(TILE_ROWS) {
        for panel in (0..padded).step_by(PANEL_WIDTH) {
            // SAFETY: the rows' queries exist; the door made room for `padded` keys and as many scores per row.
            unsafe {
                let tile = ScoreTile {
                    queries: scratch
                        .queries
                        .as_ptr()
                        .add((first + row) * head.head_width),
                    keys: scratch.keys.as_ptr().add(panel * head.head_width),
                    depth: head.head_width,
                    scores: scratch.scores.as_mut_ptr().add(row * padded + panel),
                    n_scores: padded,
                };
                with_rows!(TILE_ROWS.min(n_rows - row), [1 2 3 4 5 6], ROWS => {
                    match PANEL_WIDTH.min(padded - panel) / LANES {
                        1 => score_tile::<ROWS, 1, NUMBERS>(&tile),
                        2 => score_tile::<ROWS, 2, NUMBERS>(&tile),
                        3 => score_tile::<ROWS, 3, NUMBERS>(&tile),
                        _ => score_tile::<ROWS, 4, NUMBERS>(&tile),
                    }
                });
            }
        }
    }
}

struct ScoreTile {
    queries: *const f32,
    keys: *const f32,
    depth: usize,
    scores: *mut f32,
    n_scores: usize,
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn score_tile<const ROWS: usize, const REGISTERS: usize, const NUMBERS: u8>(
    tile: &ScoreTile,
) {
    // SAFETY: by the caller, ROWS queries and rows of scores exist, and a panel of REGISTERS registers.
    unsafe {
        let sums = match NUMBERS {
            BF16 => products::<ROWS, REGISTERS, PAIRS_TURNED>(
                tile.queries,
                tile.depth,
                tile.keys,
                tile.depth,
            ),
            _ => products::<ROWS, REGISTERS, IN_ORDER>(
                tile.queries,
                tile.depth,
                tile.keys,
                tile.depth,
            ),
        };
        for (row, sums) in sums.into_iter().enumerate() {
            for (register, sum) in sums.into_iter().enumerate() {
                _mm512_storeu_ps(tile.scores.add(row * tile.n_scores + LANES * register), sum);
            }
        }
    }
}

/// Gives `emit` a row of scores as powers of two below their maximum, and returns what they must be multiplied with to sum to one.
///
/// # Safety
///
/// The query exists, and `scores` has room for all tokens in whole registers.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
pub(in super::super) unsafe fn soften_row(
    head: &Head,
    query: usize,
    scores: &mut [f32],
    emit: impl FnMut(usize, __m512),
) -> f32 {
    let scores = &mut scores[..head.n_tokens.next_multiple_of(LANES)];
    // SAFETY: by the caller.
    let highest = unsafe { highest(head, query, scores) };
    factor(powers(scores, highest, emit))
}

/// Adds the bias to a row of scores, takes those of tokens that are not there for [`ABSENT`], and returns the highest.
///
/// # Safety
///
/// The query exists, and `scores` has room for all tokens in whole registers.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
pub(super) unsafe fn highest(head: &Head, query: usize, scores: &mut [f32]) -> f32 {
    let last = (head.n_tokens - 1) / LANES;
    let (row, _) = scores.as_chunks_mut::<LANES>();
    let absent = _mm512_set1_ps(ABSENT);
    let present = u16::MAX >> ((last + 1) * LANES - head.n_tokens);
    // SAFETY: every load and store is of an array of 16 floats, and a bias of every token exists.
    unsafe {
        let bias = head.bias(query);
        if !bias.is_null() {
            for (index, scores) in row[..=last].iter_mut().enumerate() {
                let present = if index == last { present } else { u16::MAX };
                let bias = _mm512_maskz_loadu_ps(present, bias.add(LANES * index));
                let biased = _mm512_add_ps(_mm512_loadu_ps(scores.as_ptr()), bias);
                _mm512_storeu_ps(scores.as_mut_ptr(), biased);
            }
        }
        let mut highest = _mm512_mask_loadu_ps(absent, present, row[last].as_ptr());
        _mm512_storeu_ps(row[last].as_mut_ptr(), highest);
        for scores in &row[..last] {
            highest = _mm512_max_ps(highest, _mm512_loadu_ps(scores.as_ptr()));
        }
        _mm512_reduce_max_ps(highest)
    }
}

/// Gives `emit` scores as powers of two below `highest`, register after register, and returns their sums lane by lane.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
pub(super) fn powers(scores: &[f32], highest: f32, mut emit: impl FnMut(usize, __m512)) -> __m512 {
    let highest = _mm512_set1_ps(highest);
    let mut sum = _mm512_setzero_ps();
    for (index, scores) in scores.as_chunks::<LANES>().0.iter().enumerate() {
        // SAFETY: the array has 16 floats.
        let score = unsafe { _mm512_loadu_ps(scores.as_ptr()) };
        let power = exp2(_mm512_sub_ps(score, highest));
        emit(index, power);
        sum = _mm512_add_ps(sum, power);
    }
    sum
}

/// Returns what weights must be multiplied with to sum to one, of their sums lane by lane.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
pub(super) fn factor(sums: __m512) -> f32 {
    1.0 / _mm512_reduce_add_ps(sums)
}

/// Writes the mixture of all values, weighted by the scores of ROWS queries.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn mix<const ROWS: usize, const REGISTERS: usize, const NUMBERS: u8>(
    head: &Head,
    first: usize,
    scratch: &AttentionScratch,
    factors: &[f32; QUERY_BLOCK],
) {
    let padded = head.n_tokens.next_multiple_of(LANES);
    let (weights, values) = (scratch.scores.as_ptr(), scratch.values.as_ptr());
    // SAFETY: by the caller, ROWS queries exist from `first` on; their weights and all values were written before.
    unsafe {
        let sums = match NUMBERS {
            BF16 => {
                products::<ROWS, REGISTERS, PAIRS_TURNED>(weights, padded, values, head.n_tokens)
            }
            _ => products::<ROWS, REGISTERS, IN_ORDER>(weights, padded, values, head.n_tokens),
        };
        for (row, sums) in sums.into_iter().enumerate() {
            let factor = _mm512_set1_ps(factors[row]);
            let at = head.output(first + row);
            for (register, sum) in sums.into_iter().enumerate() {
                _mm512_storeu_ps(at.add(LANES * register), _mm512_mul_ps(sum, factor));
            }
        }
    }
}

/// Turns rows into columns: pairs, then fours, then quarters of registers.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
pub(in super::super) fn transpose(rows: [__m512; LANES]) -> [__m512; LANES] {
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
