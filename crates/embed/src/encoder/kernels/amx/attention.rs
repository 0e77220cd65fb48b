use std::arch::x86_64::*;

use super::tiles::{Product, ROW_N_BYTES, ROWS, TILE_N_BYTES, Tiles};
use crate::encoder::kernels::avx512::LANES;
use crate::encoder::kernels::avx512::attention::{round_bf16, soften_row, transpose};
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
    /// Row after row, one a query of the block.
    weights: *mut u8,
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) unsafe fn attention_bf16(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let n_padded = attention.n_tokens.next_multiple_of(ROW_N_NUMBERS);
    let n_part_bytes = 2 * n_padded * attention.head_width;
    // SAFETY: the door made room for three such parts and a block's weights, and `scores` for a block's; the table is handed out
    // only where tiles are available.
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
            for first in (0..attention.n_tokens).step_by(ROW_BLOCK) {
                let n_rows = ROW_BLOCK.min(attention.n_tokens - first);
                packed.score(&tiles, first, n_rows, &mut scratch.scores);
                let factors = packed.soften(first, n_rows, &mut scratch.scores);
                packed.mix(&tiles, first, n_rows, &factors);
            }
        }
    }
}

impl Packed {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
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

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
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

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
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
                let even = _mm512_srli_epi32::<16>(round_bf16(value(token)));
                let both = _mm512_or_si512(even, round_bf16(value(token + 1)));
                let at = 2 * dimension * self.n_padded + token / 2 * ROW_N_BYTES;
                // SAFETY: the part has room for all tiles.
                unsafe { _mm512_storeu_si512(self.values.add(at).cast(), both) }
            }
        }
    }

    /// Fills `scores` with the products of `n_rows` queries and all keys.
    unsafe fn score(&self, tiles: &Tiles, first: usize, n_rows: usize, scores: &mut [f32]) {
        let head_width = self.head.head_width;
        let n_steps = head_width / ROW_N_NUMBERS;
        for key in (0..self.n_padded).step_by(2 * ROWS) {
            // SAFETY: queries, keys and scores are filled up to whole blocks.
            unsafe {
                let product = Product {
                    left: self.queries.add(2 * first * head_width),
                    left_stride: 2 * head_width,
                    right: self.keys.add(2 * key * head_width),
                    right_stride: ROW_N_BYTES,
                    right_step: TILE_N_BYTES,
                    right_next: n_steps * TILE_N_BYTES,
                    n_steps,
                    output: scores.as_mut_ptr().add(key).cast(),
                    output_stride: 4 * self.n_padded,
                };
                tiles.multiply_bf16(product, n_rows);
            }
        }
    }

    /// Turns scores into weights, and returns what each row must be multiplied with to sum to one.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn soften(&self, first: usize, n_rows: usize, scores: &mut [f32]) -> [f32; ROW_BLOCK] {
        let mut factors = [0.0; ROW_BLOCK];
        let rows = scores.chunks_exact_mut(self.n_padded).take(n_rows);
        for (row, (scores, factor)) in rows.zip(&mut factors).enumerate() {
            // SAFETY: the query exists; a block's weights have room for as many numbers as a row of scores has.
            unsafe {
                let weights = self.weights.add(2 * row * self.n_padded);
                *factor = soften_row(&self.head, first + row, scores, |index, power| {
                    let numbers = _mm512_srli_epi32::<16>(round_bf16(power));
                    let at = weights.add(2 * LANES * index);
                    _mm256_storeu_si256(at.cast(), _mm512_cvtepi32_epi16(numbers));
                });
                if self.n_padded - self.head.n_tokens >= LANES {
                    let last = weights.add(2 * (self.n_padded - LANES));
                    _mm256_storeu_si256(last.cast(), _mm256_setzero_si256());
                }
            }
        }
        factors
    }

    /// Writes the mixture of all values, weighted for `n_rows` queries.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
    unsafe fn mix(&self, tiles: &Tiles, first: usize, n_rows: usize, factors: &[f32; ROW_BLOCK]) {
        let mut mixture = Mixture([[0.0; ROW_N_NUMBERS]; ROW_BLOCK]);
        for dimension in (0..self.head.head_width).step_by(ROW_N_NUMBERS) {
            // SAFETY: weights and values are filled up to whole steps, and the queries' rows of the output exist.
            unsafe {
                let product = Product {
                    left: self.weights,
                    left_stride: 2 * self.n_padded,
                    right: self.values.add(2 * dimension * self.n_padded),
                    right_stride: ROW_N_BYTES,
                    right_step: TILE_N_BYTES,
                    right_next: 2 * LANES * self.n_padded,
                    n_steps: self.n_padded / ROW_N_NUMBERS,
                    output: mixture.0.as_mut_ptr().cast(),
                    output_stride: 4 * ROW_N_NUMBERS,
                };
                tiles.multiply_bf16(product, n_rows);
                for (row, sums) in mixture.0[..n_rows].iter().enumerate() {
                    let factor = _mm512_set1_ps(factors[row]);
                    let at = self.head.output(first + row).add(dimension);
                    for (index, sums) in sums.as_chunks::<LANES>().0.iter().enumerate() {
                        let mixed = _mm512_mul_ps(_mm512_load_ps(sums.as_ptr()), factor);
                        _mm512_storeu_ps(at.add(LANES * index), mixed);
                    }
                }
            }
        }
    }
}

/// Returns 32 floats as bfloat16.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
unsafe fn pairs(at: *const f32) -> __m512i {
    // SAFETY: by the caller, 32 floats may be read.
    let (low, high) = unsafe { (_mm512_loadu_ps(at), _mm512_loadu_ps(at.add(LANES))) };
    let low = _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(round_bf16(low)));
    let high = _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(round_bf16(high)));
    _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
}
