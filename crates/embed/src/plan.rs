//! Decides which sequences go through the model together: lengths in, batches out. Pure.

use std::ops::Range;

/// Tokens of a batch at most. Memory of a forward pass is about 8 KB a token at 384 dimensions, and a batch of this size keeps it near
/// 2 MB per worker: one or two blocks of rows. More tokens bring no speed: matrix products work on far smaller blocks, and sequences are packed without padding.
pub(crate) const BATCH_MAX_TOKENS: usize = 256;

/// Returns batches of neighbouring sequences, in order, that cover all of `lengths` and hold at most `budget` tokens each.
///
/// A sequence that is longer than the budget is a batch of its own. Sorting by length would gain nothing, as nothing is padded.
pub(crate) fn plan(lengths: &[usize], budget: usize) -> Vec<Range<usize>> {
    let mut batches = Vec::new();
    let (mut start, mut n_tokens) = (0, 0);
    for (index, length) in lengths.iter().enumerate() {
        if index > start && n_tokens + length > budget {
            batches.push(start..index);
            (start, n_tokens) = (index, 0);
        }
        n_tokens += length;
    }
    if start < lengths.len() {
        batches.push(start..lengths.len());
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lengths: &[usize], expected: &[Range<usize>]) {
        assert_eq!(plan(lengths, 10), expected, "{lengths:?}");
    }

    #[test]
    fn batches_are_full_and_within_the_budget() {
        check(&[], &[]);
        check(&[10], std::slice::from_ref(&(0..1)));
        check(&[4, 6, 1], &[0..2, 2..3]);
        check(&[4, 7, 3, 1], &[0..1, 1..3, 3..4]);
    }

    #[test]
    fn sequence_over_the_budget_stands_alone() {
        check(&[11], std::slice::from_ref(&(0..1)));
        check(&[2, 11, 2, 2], &[0..1, 1..2, 2..4]);
    }
}
