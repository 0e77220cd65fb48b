//! Attention of bfloat16 by AVX-512's own products of their pairs.
//!
//! The instruction adds the odd product of a pair to a sum, then the even one, each rounded to single precision, which is the order that
//! [`super::attention`] keeps to; so both give the same bits.

use std::arch::x86_64::*;
use std::slice;

use super::attention::{self, Panels, factor, powers, transpose};
use super::{LANES, TILE_ROWS, with_rows};
use crate::encoder::kernels::head::Head;
use crate::encoder::kernels::{Attention, AttentionScratch, PANEL_WIDTH};

/// Numbers of a register.
const NUMBERS: usize = 2 * LANES;

/// Query rows that are worked on at a time at most; their scores stay in the first-level cache.
const QUERY_BLOCK: usize = 2 * TILE_ROWS;

/// One head in pairs of numbers. Tokens that are not there are zero.
struct Packed {
    head: Head,
    /// Tokens in whole registers.
    n_padded: usize,
    /// Row after row, pairs of dimensions.
    queries: *mut u32,
    /// Panels as those of a linear layer, pairs of dimensions behind one another.
    keys: *mut u32,
    /// Pairs of tokens behind one another, dimensions side by side.
    values: *mut u32,
    /// Row after row of a block of queries, pairs of tokens.
    weights: *mut u32,
    scores: *mut f32,
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(super) unsafe fn attention_bf16(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let Attention {
        n_tokens,
        head_width,
        ..
    } = *attention;
    let n_padded = n_tokens.next_multiple_of(LANES);
    let n_part_pairs = n_padded * head_width / 2;
    for head in 0..attention.n_heads {
        // SAFETY: the door made room for three parts, the weights of a block and its scores; a head lies within a row.
        unsafe {
            let start = scratch.tiles.as_mut_ptr();
            let packed = Packed {
                head: Head::new(attention, output, head),
                n_padded,
                queries: start,
                keys: start.add(n_part_pairs),
                values: start.add(2 * n_part_pairs),
                weights: start.add(3 * n_part_pairs),
                scores: scratch.scores.as_mut_ptr(),
            };
            packed.pack_queries();
            packed.pack_keys();
            packed.pack_values();
            packed.attend();
        }
    }
}

impl Packed {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn pack_queries(&self) {
        let head_width = self.head.head_width;
        for token in 0..self.head.n_tokens {
            for dimension in (0..head_width).step_by(NUMBERS) {
                // SAFETY: the token exists and has 32 more dimensions from here; the part has room for all of them.
                unsafe {
                    let numbers = pairs(self.head.query(token).add(dimension));
                    let at = self.queries.add((token * head_width + dimension) / 2);
                    _mm512_storeu_si512(at.cast(), numbers);
                }
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn pack_keys(&self) {
        let n_pairs = self.head.head_width / 2;
        let panels = Panels::new(self.n_padded, n_pairs);
        for first in (0..self.n_padded).step_by(LANES) {
            for pair in (0..n_pairs).step_by(LANES) {
                let mut square = [_mm512_setzero_ps(); LANES];
                for (token, row) in (first..self.head.n_tokens).zip(&mut square) {
                    // SAFETY: the token exists and has 32 more dimensions from here.
                    let numbers = unsafe { self::pairs(self.head.key(token).add(2 * pair)) };
                    *row = _mm512_castsi512_ps(numbers);
                }
                for (row, pairs) in transpose(square).into_iter().enumerate() {
                    // SAFETY: the part has room for whole registers of tokens.
                    unsafe {
                        let at = self.keys.add(panels.at(first, pair + row));
                        _mm512_storeu_ps(at.cast(), pairs);
                    }
                }
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn pack_values(&self) {
        let Head {
            n_tokens,
            head_width,
            ..
        } = self.head;
        for token in (0..n_tokens).step_by(2) {
            for dimension in (0..head_width).step_by(LANES) {
                // SAFETY: the tokens exist and have 16 more dimensions from here; the part has room for all pairs of tokens.
                unsafe {
                    let even = _mm512_loadu_ps(self.head.value(token).add(dimension));
                    let odd = match token + 1 < n_tokens {
                        true => _mm512_loadu_ps(self.head.value(token + 1).add(dimension)),
                        false => _mm512_setzero_ps(),
                    };
                    let even = _mm512_cvtepu16_epi32(numbers(even));
                    let odd = _mm512_cvtepu16_epi32(numbers(odd));
                    let both = _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd));
                    let at = self.values.add(token / 2 * head_width + dimension);
                    _mm512_storeu_si512(at.cast(), both);
                }
            }
        }
    }

    /// Goes through the queries block after block.
    ///
    /// # Safety
    ///
    /// All parts are filled.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn attend(&self) {
        let n_tokens = self.head.n_tokens;
        // Twelve rows of two registers are as many sums as six rows of four.
        let block = match self.head.head_width {
            32 => QUERY_BLOCK,
            _ => TILE_ROWS,
        };
        for first in (0..n_tokens).step_by(block) {
            let n_rows = block.min(n_tokens - first);
            // SAFETY: by the caller; the rows' queries exist.
            unsafe {
                for row in (0..n_rows).step_by(TILE_ROWS) {
                    with_rows!(TILE_ROWS.min(n_rows - row), [1 2 3 4 5 6], ROWS => self.score::<ROWS>(first, row));
                }
                let factors = self.soften(first, n_rows);
                if block == QUERY_BLOCK {
                    with_rows!(n_rows, [1 2 3 4 5 6 7 8 9 10 11 12], ROWS => self.mix::<ROWS, 2>(first, &factors));
                } else {
                    with_rows!(n_rows, [1 2 3 4 5 6], ROWS => self.mix::<ROWS, 4>(first, &factors));
                }
            }
        }
    }

    /// Fills the scores of ROWS rows from the `row`-th of a block on.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn score<const ROWS: usize>(&self, first: usize, row: usize) {
        for panel in (0..self.n_padded).step_by(PANEL_WIDTH) {
            // SAFETY: by the caller, the queries exist; there are scores of whole registers.
            unsafe {
                match PANEL_WIDTH.min(self.n_padded - panel) / LANES {
                    1 => self.score_panel::<ROWS, 1>(first, row, panel),
                    2 => self.score_panel::<ROWS, 2>(first, row, panel),
                    3 => self.score_panel::<ROWS, 3>(first, row, panel),
                    _ => self.score_panel::<ROWS, 4>(first, row, panel),
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn score_panel<const ROWS: usize, const REGISTERS: usize>(
        &self,
        first: usize,
        row: usize,
        panel: usize,
    ) {
        let n_pairs = self.head.head_width / 2;
        // SAFETY: by the caller.
        unsafe {
            let queries = self.queries.add((first + row) * n_pairs);
            let keys = self.keys.add(panel * n_pairs);
            let sums = products::<ROWS, REGISTERS>(queries, n_pairs, keys, n_pairs);
            for (row, sums) in (row..row + ROWS).zip(sums) {
                for (register, sum) in sums.into_iter().enumerate() {
                    let at = row * self.n_padded + panel + LANES * register;
                    _mm512_storeu_ps(self.scores.add(at), sum);
                }
            }
        }
    }

    /// Turns the scores of the first `n_rows` rows of a block into weights, and returns what they must be multiplied with to sum to one.
    ///
    /// All rows' maxima come first and all rows' sums last: what is folded across a register waits for every step, and so waits together.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn soften(&self, first: usize, n_rows: usize) -> [f32; QUERY_BLOCK] {
        let mut highest = [0.0; QUERY_BLOCK];
        let mut sums = [_mm512_setzero_ps(); QUERY_BLOCK];
        // SAFETY: by the caller, the queries exist; a row of weights has room for as many numbers as a row of scores.
        unsafe {
            let scores = slice::from_raw_parts_mut(self.scores, n_rows * self.n_padded);
            let rows = scores.chunks_exact_mut(self.n_padded).zip(&mut highest);
            for (row, (scores, highest)) in rows.enumerate() {
                *highest = attention::highest(&self.head, first + row, scores);
            }
            let rows = scores.chunks_exact(self.n_padded).zip(&mut sums);
            for (row, (scores, sum)) in rows.enumerate() {
                let weights = self.weights.add(row * self.n_padded / 2);
                *sum = powers(scores, highest[row], |index, power| {
                    let at = weights.add(LANES / 2 * index);
                    _mm256_storeu_si256(at.cast(), numbers(power));
                });
            }
        }
        sums.map(|sums| factor(sums))
    }

    /// Writes the mixture of all values, weighted for ROWS queries.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn mix<const ROWS: usize, const REGISTERS: usize>(
        &self,
        first: usize,
        factors: &[f32; QUERY_BLOCK],
    ) {
        let n_pairs = self.head.n_tokens.div_ceil(2);
        // SAFETY: by the caller, the queries exist; their weights and all values are there.
        unsafe {
            let sums =
                products::<ROWS, REGISTERS>(self.weights, self.n_padded / 2, self.values, n_pairs);
            for (row, sums) in sums.into_iter().enumerate() {
                let factor = _mm512_set1_ps(factors[row]);
                let at = self.head.output(first + row);
                for (register, sum) in sums.into_iter().enumerate() {
                    _mm512_storeu_ps(at.add(LANES * register), _mm512_mul_ps(sum, factor));
                }
            }
        }
    }
}

/// Sums the products of ROWS rows, `stride` pairs apart, with REGISTERS registers of columns that lie behind one another.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn products<const ROWS: usize, const REGISTERS: usize>(
    rows: *const u32,
    stride: usize,
    columns: *const u32,
    n_pairs: usize,
) -> [[__m512; REGISTERS]; ROWS] {
    let mut sums = [[_mm512_setzero_ps(); REGISTERS]; ROWS];
    for pair in 0..n_pairs {
        let mut column = [_mm512_setzero_si512(); REGISTERS];
        // SAFETY: by the caller, `n_pairs` pairs of each row and so many times REGISTERS registers of columns exist.
        unsafe {
            for (register, column) in column.iter_mut().enumerate() {
                let at = columns.add((pair * REGISTERS + register) * LANES);
                *column = _mm512_loadu_si512(at.cast());
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let numbers = *rows.add(row * stride + pair);
                let numbers = _mm512_set1_epi32(numbers.cast_signed());
                for (sum, column) in sums.iter_mut().zip(column) {
                    *sum = _mm512_dpbf16_ps(*sum, as_numbers(numbers), as_numbers(column));
                }
            }
        }
    }
    sums
}

#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn as_numbers(bits: __m512i) -> __m512bh {
    // SAFETY: both are 512 bits of anything.
    unsafe { std::mem::transmute(bits) }
}

/// Returns 16 floats as bfloat16, rounded as everywhere.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bf16")]
pub(in super::super) fn numbers(values: __m512) -> __m256i {
    // SAFETY: both are 256 bits of anything.
    unsafe { std::mem::transmute(_mm512_cvtneps_pbh(values)) }
}

/// Returns 32 floats as bfloat16.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(in super::super) unsafe fn pairs(at: *const f32) -> __m512i {
    // SAFETY: by the caller, 32 floats may be read.
    let (low, high) = unsafe { (_mm512_loadu_ps(at), _mm512_loadu_ps(at.add(LANES))) };
    // SAFETY: both are 512 bits of anything.
    unsafe { std::mem::transmute(_mm512_cvtne2ps_pbh(high, low)) }
}
