//! Attention for sets that have a [`Register`]: head after head, whose numbers are packed once and stay in the second-level cache, and
//! a few queries at a time, whose scores stay in the first.
//!
//! A query's scores, weights and mixture are summed in an order that the queries beside it do not change.

use std::slice;

use super::head::{ABSENT, BF16, F32, Head};
use super::tile::{ROWS, products, with_rows};
use super::vector::{Register, Vector, WIDTH};
use super::{Attention, AttentionScratch};

/// # Safety
///
/// The lengths are those that the door checks, and the processor has the set.
#[inline(always)]
pub(super) unsafe fn attention_f32<R: Register, const N: usize>(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    // SAFETY: the same contract.
    unsafe { heads::<R, N, F32>(attention, output, scratch) }
}

/// # Safety
///
/// The lengths are those that the door checks, and the processor has the set.
#[inline(always)]
pub(super) unsafe fn attention_bf16<R: Register, const N: usize>(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    // SAFETY: the same contract.
    unsafe { heads::<R, N, BF16>(attention, output, scratch) }
}

#[inline(always)]
unsafe fn heads<R: Register, const N: usize, const NUMBERS: u8>(
    attention: &Attention<'_>,
    output: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    let n_tokens = attention.n_tokens;
    for head in 0..attention.n_heads {
        // SAFETY: `projected` has three times `width` floats per token and `output` has `width`; a head lies within `width`.
        unsafe {
            let head = Head::new(attention, output, head);
            for token in 0..n_tokens {
                let at = token * head.head_width;
                let (queries, values) = (&mut scratch.queries[at..], &mut scratch.values[at..]);
                copy::<R, N, NUMBERS>(head.query(token), &mut queries[..head.head_width]);
                copy::<R, N, NUMBERS>(head.value(token), &mut values[..head.head_width]);
            }
            pack_keys::<R, N, NUMBERS>(&head, &mut scratch.keys);
            for first in (0..n_tokens).step_by(ROWS) {
                with_rows!(ROWS.min(n_tokens - first), N_ROWS => {
                    attend::<R, N, N_ROWS, NUMBERS>(&head, first, scratch);
                });
            }
        }
    }
}

/// Returns `vector` in the numbers of a product.
#[inline(always)]
fn number<R: Register, const N: usize, const NUMBERS: u8>(vector: Vector<R, N>) -> Vector<R, N> {
    match NUMBERS {
        BF16 => vector.round_bf16(),
        _ => vector,
    }
}

/// # Safety
///
/// `source` has as many floats as `target`.
#[inline(always)]
unsafe fn copy<R: Register, const N: usize, const NUMBERS: u8>(
    source: *const f32,
    target: &mut [f32],
) {
    for (index, target) in target.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
        // SAFETY: by the caller.
        unsafe {
            let vector = Vector::<R, N>::load(source.add(WIDTH * index));
            number::<R, N, NUMBERS>(vector).store(target.as_mut_ptr());
        }
    }
}

/// Lays keys out as panels of [`WIDTH`] tokens side by side, dimension after dimension; tokens that are not there are zero.
#[inline(always)]
unsafe fn pack_keys<R: Register, const N: usize, const NUMBERS: u8>(head: &Head, keys: &mut [f32]) {
    let panels = keys.chunks_exact_mut(WIDTH * head.head_width);
    for (first, panel) in (0..head.n_tokens).step_by(WIDTH).zip(panels) {
        let n_present = WIDTH.min(head.n_tokens - first);
        let squares = panel.as_chunks_mut::<WIDTH>().0.as_chunks_mut::<WIDTH>().0;
        for (index, square) in squares.iter_mut().enumerate() {
            let mut rows = [[0.0; WIDTH]; WIDTH];
            for (token, row) in rows[..n_present].iter_mut().enumerate() {
                // SAFETY: the token exists and has as many more dimensions from here.
                unsafe {
                    let key = head.key(first + token).add(WIDTH * index);
                    copy::<R, N, NUMBERS>(key, row);
                }
            }
            for (dimension, tokens) in square.iter_mut().enumerate() {
                for (key, row) in tokens.iter_mut().zip(&rows) {
                    *key = row[dimension];
                }
            }
        }
    }
}

/// Writes the outputs of N_ROWS queries.
///
/// # Safety
///
/// The queries exist, and everything of the head is packed.
#[inline(always)]
unsafe fn attend<R: Register, const N: usize, const N_ROWS: usize, const NUMBERS: u8>(
    head: &Head,
    first: usize,
    scratch: &mut AttentionScratch,
) {
    let Head {
        n_tokens,
        head_width,
        ..
    } = *head;
    let n_scores = n_tokens.next_multiple_of(WIDTH);
    let (keys, values) = (scratch.keys.as_ptr(), scratch.values.as_ptr());
    let scores = &mut scratch.scores[..N_ROWS * n_scores];
    // SAFETY: by the caller; the door made room for whole vectors of keys and scores.
    unsafe {
        let queries = scratch.queries.as_ptr().add(first * head_width);
        for panel in (0..n_scores).step_by(WIDTH) {
            let keys = keys.add(panel * head_width);
            let sums = products::<R, N, N_ROWS>(queries, head_width, keys, WIDTH, head_width);
            for (row, sum) in sums.into_iter().enumerate() {
                sum.store(scores.as_mut_ptr().add(row * n_scores + panel));
            }
        }
        let mut factors = [0.0; N_ROWS];
        let rows = scores.chunks_exact_mut(n_scores).zip(&mut factors);
        for (row, (scores, factor)) in rows.enumerate() {
            *factor = soften::<R, N, NUMBERS>(head, first + row, scores);
        }
        for column in (0..head_width).step_by(WIDTH) {
            let (weights, values) = (scores.as_ptr(), values.add(column));
            let sums = products::<R, N, N_ROWS>(weights, n_scores, values, head_width, n_tokens);
            for (row, sum) in sums.into_iter().enumerate() {
                let mixed = sum.multiply(Vector::splat(factors[row]));
                mixed.store(head.output(first + row).add(column));
            }
        }
    }
}

/// Makes scores the powers of two below their maximum, and returns what they must be multiplied with to sum to one.
///
/// # Safety
///
/// The query exists, and the scores are whole vectors.
#[inline(always)]
unsafe fn soften<R: Register, const N: usize, const NUMBERS: u8>(
    head: &Head,
    query: usize,
    scores: &mut [f32],
) -> f32 {
    let (present, absent) = scores.split_at_mut(head.n_tokens);
    absent.fill(ABSENT);
    // SAFETY: every load and store is of an array of a vector's floats, and a bias of every token exists.
    unsafe {
        let bias = head.bias(query);
        if !bias.is_null() {
            let bias = slice::from_raw_parts(bias, head.n_tokens);
            for (score, bias) in present.iter_mut().zip(bias) {
                *score += bias;
            }
        }
        let (scores, _) = scores.as_chunks_mut::<WIDTH>();
        let mut highest = Vector::<R, N>::splat(ABSENT);
        for scores in &*scores {
            highest = highest.larger(Vector::load(scores.as_ptr()));
        }
        let highest = Vector::<R, N>::splat(
            highest.fold(|high, score| if score > high { score } else { high }),
        );
        let mut sum = Vector::<R, N>::splat(0.0);
        for scores in scores {
            let power = Vector::load(scores.as_ptr()).subtract(highest).exp2();
            number::<R, N, NUMBERS>(power).store(scores.as_mut_ptr());
            sum = sum.add(power);
        }
        1.0 / sum.fold(|sum, power| sum + power)
    }
}
