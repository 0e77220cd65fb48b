//! Keeps the best of many scores without keeping them all, and puts them in the order that every backend answers in.

use crate::ChunkId;

/// Collects candidates and keeps those that can still be among the best `limit`.
///
/// Everything that ties with the last place stays, because only the caller can tell which of equals comes first.
pub(crate) struct Best {
    limit: usize,
    /// How far below the last place a score can still be among the best.
    margin: f32,
    floor: f32,
    compact_at: usize,
    candidates: Vec<(i64, f32)>,
}

impl Best {
    pub(crate) fn new(limit: usize) -> Best {
        Best::with_margin(limit, 0.0)
    }

    /// Keeps what is not more than `margin` below the last place too, for scores that are only near.
    pub(crate) fn with_margin(limit: usize, margin: f32) -> Best {
        Best {
            limit,
            margin,
            floor: f32::NEG_INFINITY,
            compact_at: limit.saturating_mul(2).saturating_add(256),
            candidates: Vec::new(),
        }
    }

    /// Returns an empty one of the same kind.
    pub(crate) fn another(&self) -> Best {
        Best::with_margin(self.limit, self.margin)
    }

    pub(crate) fn offer(&mut self, id: i64, score: f32) {
        if score < self.floor {
            return;
        }
        self.candidates.push((id, score));
        if self.candidates.len() >= self.compact_at {
            self.compact();
            // Ties may have kept almost everything; waiting for twice as many keeps the whole linear.
            self.compact_at = self
                .candidates
                .len()
                .max(self.limit)
                .saturating_mul(2)
                .saturating_add(256);
        }
    }

    /// Returns the ids that are candidates by now, in no order.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = i64> {
        self.candidates.iter().map(|(id, _)| *id)
    }

    /// Returns the best candidates, in no order: at least `limit` if there were as many, and all that tie with the last.
    pub(crate) fn into_candidates(mut self) -> Vec<(i64, f32)> {
        self.compact();
        self.candidates
    }

    fn compact(&mut self) {
        if self.limit == 0 {
            self.candidates.clear();
        }
        if self.candidates.len() <= self.limit {
            return;
        }
        let (_, last, _) = self
            .candidates
            .select_nth_unstable_by(self.limit - 1, |a, b| b.1.total_cmp(&a.1));
        self.floor = last.1 - self.margin;
        let floor = self.floor;
        self.candidates.retain(|candidate| candidate.1 >= floor);
    }
}

/// A candidate with what decides between equals.
pub(crate) struct Ranked {
    pub(crate) chunk: ChunkId,
    pub(crate) score: f32,
    pub(crate) path: String,
}

/// Returns the best `limit` candidates, best first; of equals the first by path and position.
pub(crate) fn in_order(mut ranked: Vec<Ranked>, limit: usize) -> Vec<(ChunkId, f32)> {
    ranked.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.path.cmp(&b.path))
            .then_with(|| a.chunk.cmp(&b.chunk))
    });
    ranked.truncate(limit);
    ranked.iter().map(|hit| (hit.chunk, hit.score)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(scores: &[f32], limit: usize, expected: &[f32]) {
        let mut best = Best::new(limit);
        for (id, score) in scores.iter().enumerate() {
            best.offer(id as i64, *score);
        }
        let mut kept: Vec<f32> = best
            .into_candidates()
            .iter()
            .map(|candidate| candidate.1)
            .collect();
        kept.sort_by(|a, b| b.total_cmp(a));
        assert_eq!(kept, expected);
    }

    #[test]
    fn the_best_and_their_ties_stay() {
        check(&[1.0, 3.0, 2.0], 2, &[3.0, 2.0]);
        check(&[1.0, 2.0, 2.0, 2.0], 2, &[2.0, 2.0, 2.0]);
        check(&[1.0], 3, &[1.0]);
        check(&[1.0, 2.0], 0, &[]);
    }

    #[test]
    fn many_candidates_are_thinned_out() {
        let scores: Vec<f32> = (0..10_000).map(|n| (n * 7919 % 10_007) as f32).collect();
        let mut expected = scores.clone();
        expected.sort_by(|a, b| b.total_cmp(a));
        check(&scores, 10, &expected[..10]);
        check(&vec![1.0; 5_000], 10, &vec![1.0; 5_000]);
        let mut best = Best::with_margin(10, 5.0);
        for (id, score) in scores.iter().enumerate() {
            best.offer(id as i64, *score);
        }
        let mut kept = best.into_candidates();
        kept.sort_by(|a, b| b.1.total_cmp(&a.1));
        assert!(
            kept.iter()
                .map(|kept| kept.1)
                .eq(expected[..15].iter().copied())
        );
    }
}
