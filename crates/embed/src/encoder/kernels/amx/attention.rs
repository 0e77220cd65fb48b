//! Attention on AMX tiles of bfloat16.

use std::arch::x86_64::*;

use super::tiles::{Product, ROW_N_BYTES, ROWS, TILE_N_BYTES, Tiles};
use crate::encoder::kernels::avx512::LANES;
use crate::encoder::kernels::avx512::attention::{soften_row, transpose};
use crate::encoder::kernels::avx512::bf16::{numbers, pairs};
use crate::encoder::kernels::head::Head;
use crate::encoder::kernels::{Attention, AttentionScratch, ROW_BLOCK};

/// Numbers of a tile's row.
const ROW_N_NUMBERS: usize = ROW_N_BYTES / 2;

#[repr(C, align(64))]
struct Mixture([[f32; ROW_N_NUMBERS]; ROW_BLOCK]);

/// One head as tiles of bfloat16; tokens are filled up with zeros to whole steps of 32.
struct Packed {
    head: Head,
    n_padded: usize,
    /// Row after row.
    queries: *mut u8,
    /// Tiles of 16 tokens by 32 dimensions, those of the same tokens together, pairs of dimensions across.
    keys: *mut u8,
    /// Tiles of 32 tokens by 16 dimensions, those of the same dimensions together, pairs of tokens across.
    values: *mut u8,
    /// Of two blocks of queries.
    weights: *mut u8,
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
pub(super) unsafe fn attention_bf16(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let n_padded = attention.n_tokens.next_multiple_of(ROW_N_NUMBERS);
    let n_part_bytes = 2 * n_padded * attention.head_width;
    let scores = scratch.scores.split_at_mut(n_padded * ROW_BLOCK);
    // SAFETY: the door made room for three such parts and the weights of two blocks, and `scores` for two blocks'; the table is handed
    // out only where tiles are available.
    unsafe {
        let tiles = Tiles::set_up();
        for head in 0..attention.n_heads {
            let start = scratch.tiles.as_mut_ptr().cast::<u8>();
            let packed = Packed {
                head: Head::new(attention, output, head),
                n_padded,
                queries: start,
                keys: start.add(n_part_bytes),
                values: start.add(2 * n_part_bytes),
                weights: start.add(3 * n_part_bytes),
            };
            packed.pack_queries();
            packed.pack_keys();
            packed.pack_values();
            packed.attend(&tiles, [scores.0, scores.1]);
        }
    }
}

impl Packed {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn pack_queries(&self) {
        let head_width = self.head.head_width;
        for token in 0..self.head.n_tokens {
            for dimension in (0..head_width).step_by(ROW_N_NUMBERS) {
                // SAFETY: the token exists and has 32 more dimensions from here; the part has room for all of them.
                unsafe {
                    let numbers = pairs(self.head.query(token).add(dimension));
                    let at = self.queries.add(2 * (token * head_width + dimension));
                    _mm512_storeu_si512(at.cast(), numbers);
                }
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn pack_keys(&self) {
        let Head {
            n_tokens,
            head_width,
            ..
        } = self.head;
        for first in (0..self.n_padded).step_by(ROWS) {
            for dimension in (0..head_width).step_by(ROW_N_NUMBERS) {
                let mut square = [_mm512_setzero_ps(); LANES];
                for (token, row) in (first..n_tokens).zip(&mut square) {
                    // SAFETY: the token exists and has 32 more dimensions from here.
                    let numbers = unsafe { pairs(self.head.key(token).add(dimension)) };
                    *row = _mm512_castsi512_ps(numbers);
                }
                for (row, pairs) in transpose(square).into_iter().enumerate() {
                    // A tile holds as many bytes as its numbers, so it starts where its first numbers would.
                    let at = 2 * (first * head_width + dimension * ROWS) + row * ROW_N_BYTES;
                    // SAFETY: the part has room for all tiles.
                    unsafe { _mm512_storeu_ps(self.keys.add(at).cast(), pairs) }
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
        for dimension in (0..head_width).step_by(LANES) {
            for token in (0..self.n_padded).step_by(2) {
                let value = |token: usize| {
                    if token < n_tokens {
                        // SAFETY: the token exists and has 16 more dimensions from here.
                        unsafe { _mm512_loadu_ps(self.head.value(token).add(dimension)) }
                    } else {
                        _mm512_setzero_ps()
                    }
                };
                let even = _mm512_cvtepu16_epi32(numbers(value(token)));
                let odd = _mm512_cvtepu16_epi32(numbers(value(token + 1)));
                let both = _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd));
                let at = 2 * dimension * self.n_padded + token / 2 * ROW_N_BYTES;
                // SAFETY: the part has room for all tiles.
                unsafe { _mm512_storeu_si512(self.values.add(at).cast(), both) }
            }
        }
    }

    /// Goes through the queries block after block. While the processor makes weights of a block's scores, the tile unit makes the
    /// scores of the next block and mixes values by the weights of the last.
    ///
    /// # Safety
    ///
    /// All parts are filled, and both `scores` have room for a block's.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn attend(&self, tiles: &Tiles, scores: [&mut [f32]; 2]) {
        let [mut scores, mut next_scores] = scores;
        let mut last: Option<Softened> = None;
        let n_tokens = self.head.n_tokens;
        // SAFETY: by the caller.
        unsafe {
            self.score(tiles, 0, scores, || {});
            for first in (0..n_tokens).step_by(ROW_BLOCK) {
                let next = first + ROW_BLOCK;
                let n_products = usize::from(next < n_tokens) + usize::from(last.is_some());
                let n_steps = n_products * self.n_steps();
                let mut block = self.block(first);
                let share = block.n_rows.div_ceil(n_steps.max(1));
                let mut soften = || self.soften(&mut block, share, scores);
                if next < n_tokens {
                    self.score(tiles, next, next_scores, &mut soften);
                }
                if let Some(last) = &last {
                    self.mix(tiles, last, &mut soften);
                }
                self.soften(&mut block, ROW_BLOCK, scores);
                last = Some(block);
                std::mem::swap(&mut scores, &mut next_scores);
            }
            if let Some(last) = &last {
                self.mix(tiles, last, || {});
            }
        }
    }

    /// Steps of the tile unit for the scores of a block, and as many for mixing its values.
    fn n_steps(&self) -> usize {
        self.n_padded / ROW_BLOCK * (self.head.head_width / ROW_N_NUMBERS)
    }

    /// Returns a block of queries, none of whose scores are weights yet; every other block has the same place for them.
    fn block(&self, first: usize) -> Softened {
        let weights = first / ROW_BLOCK % 2 * 2 * ROW_BLOCK * self.n_padded;
        Softened {
            first,
            n_rows: ROW_BLOCK.min(self.head.n_tokens - first),
            n_done: 0,
            factors: [0.0; ROW_BLOCK],
            weights: self.weights.wrapping_add(weights),
        }
    }

    /// Fills `scores` with the products of a block of queries and all keys.
    #[inline(always)]
    unsafe fn score(
        &self,
        tiles: &Tiles,
        first: usize,
        scores: &mut [f32],
        mut meanwhile: impl FnMut(),
    ) {
        let n_rows = ROW_BLOCK.min(self.head.n_tokens - first);
        let head_width = self.head.head_width;
        let n_steps = head_width / ROW_N_NUMBERS;
        for key in (0..self.n_padded).step_by(2 * ROWS) {
            // SAFETY: queries, keys and scores are filled up to whole blocks.
            unsafe {
                let product = Product {
                    left: self.queries.add(2 * first * head_width),
                    left_stride: 2 * head_width,
                    right: self.keys.add(2 * key * head_width),
                    right_next: n_steps * TILE_N_BYTES,
                    n_steps,
                    output: scores.as_mut_ptr().add(key).cast(),
                    output_stride: 4 * self.n_padded,
                };
                tiles.multiply_bf16(product, n_rows, |_| meanwhile());
            }
        }
    }

    /// Turns the scores of the next `n` rows of a block into weights.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")]
    unsafe fn soften(&self, block: &mut Softened, n: usize, scores: &mut [f32]) {
        let end = block.n_rows.min(block.n_done + n);
        for row in block.n_done..end {
            let scores = &mut scores[row * self.n_padded..][..self.n_padded];
            // SAFETY: the query exists; a block's weights have room for as many numbers as a row of scores has.
            unsafe {
                let weights = block.weights.add(2 * row * self.n_padded);
                let query = block.first + row;
                block.factors[row] = soften_row(&self.head, query, scores, |index, power| {
                    let at = weights.add(2 * LANES * index);
                    _mm256_storeu_si256(at.cast(), numbers(power));
                });
                if self.n_padded - self.head.n_tokens >= LANES {
                    let last = weights.add(2 * (self.n_padded - LANES));
                    _mm256_storeu_si256(last.cast(), _mm256_setzero_si256());
                }
            }
        }
        block.n_done = end;
    }

    /// Writes the mixture of all values, weighted for a block of queries.
    #[inline(always)]
    unsafe fn mix(&self, tiles: &Tiles, block: &Softened, mut meanwhile: impl FnMut()) {
        let mut mixture = Mixture([[0.0; ROW_N_NUMBERS]; ROW_BLOCK]);
        for dimension in (0..self.head.head_width).step_by(ROW_N_NUMBERS) {
            // SAFETY: weights and values are filled up to whole steps, and the queries' rows of the output exist.
            unsafe {
                let product = Product {
                    left: block.weights,
                    left_stride: 2 * self.n_padded,
                    right: self.values.add(2 * dimension * self.n_padded),
                    right_next: 2 * LANES * self.n_padded,
                    n_steps: self.n_padded / ROW_N_NUMBERS,
                    output: mixture.0.as_mut_ptr().cast(),
                    output_stride: 4 * ROW_N_NUMBERS,
                };
                tiles.multiply_bf16(product, block.n_rows, |_| meanwhile());
                self.write(block, dimension, &mixture);
            }
        }
    }

    /// Writes a mixture of 32 dimensions to the output.
    #[inline]
    #[target_feature(enable = "avx512f")]
    unsafe fn write(&self, block: &Softened, dimension: usize, mixture: &Mixture) {
        for (row, sums) in mixture.0[..block.n_rows].iter().enumerate() {
            let factor = _mm512_set1_ps(block.factors[row]);
            // SAFETY: by the caller, the queries' rows of the output exist.
            unsafe {
                let at = self.head.output(block.first + row).add(dimension);
                for (index, sums) in sums.as_chunks::<LANES>().0.iter().enumerate() {
                    let mixed = _mm512_mul_ps(_mm512_load_ps(sums.as_ptr()), factor);
                    _mm512_storeu_ps(at.add(LANES * index), mixed);
                }
            }
        }
    }
}

/// A block of queries, whose scores become weights row after row.
struct Softened {
    first: usize,
    n_rows: usize,
    n_done: usize,
    /// What each row's weights must be multiplied with to sum to one.
    factors: [f32; ROW_BLOCK],
    /// Row after row.
    weights: *mut u8,
}
