//! Makes one ranking of several. Pure.

use std::collections::HashMap;

use store::ChunkId;

/// Reciprocal-rank fusion's constant, from Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
/// individual Rank Learning Methods" (SIGIR 2009).
const RANK_OFFSET: f64 = 60.0;

/// Words against both vector views together: each view alone weighs half.
const LEXICAL_WEIGHT: f64 = 1.0;
const SEMANTIC_WEIGHT: f64 = 0.5;

/// Chunks in order of one measure, best first.
#[derive(Debug)]
pub(crate) struct Ranking {
    weight: f64,
    ids: Vec<ChunkId>,
}

impl Ranking {
    /// Ranks by words.
    pub(crate) fn lexical(scored: Vec<(ChunkId, f32)>) -> Ranking {
        Ranking {
            weight: LEXICAL_WEIGHT,
            ids: scored.into_iter().map(|(id, _)| id).collect(),
        }
    }

    /// Ranks by the vectors of one view.
    pub(crate) fn semantic(scored: Vec<(ChunkId, f32)>) -> Ranking {
        Ranking {
            weight: SEMANTIC_WEIGHT,
            ids: scored.into_iter().map(|(id, _)| id).collect(),
        }
    }
}

/// Returns every chunk of the rankings with its fused score, best first; equal scores in the order of first appearance.
pub(crate) fn fuse(rankings: &[Ranking]) -> Vec<(ChunkId, f64)> {
    let mut order: Vec<ChunkId> = Vec::new();
    let mut scores: HashMap<ChunkId, f64> = HashMap::new();
    for ranking in rankings {
        for (rank, &id) in (1_u32..).zip(&ranking.ids) {
            let score = scores.entry(id).or_insert_with(|| {
                order.push(id);
                0.0
            });
            *score += ranking.weight / (RANK_OFFSET + f64::from(rank));
        }
    }
    let mut fused: Vec<(ChunkId, f64)> = order.into_iter().map(|id| (id, scores[&id])).collect();
    fused.sort_by(|a, b| b.1.total_cmp(&a.1));
    fused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(rankings: &[Ranking]) -> Vec<i64> {
        fuse(rankings).into_iter().map(|(id, _)| id.0).collect()
    }

    fn scored(ids: &[i64]) -> Vec<(ChunkId, f32)> {
        ids.iter().map(|&id| (ChunkId(id), 0.0)).collect()
    }

    #[test]
    fn agreement_of_rankings_beats_one_first_place() {
        let rankings = [
            Ranking::lexical(scored(&[1, 2])),
            Ranking::semantic(scored(&[2, 3])),
            Ranking::semantic(scored(&[2])),
        ];
        assert_eq!(ids(&rankings), [2, 1, 3]);
    }

    #[test]
    fn ties_keep_the_order_of_first_appearance() {
        let rankings = [
            Ranking::semantic(scored(&[7, 8])),
            Ranking::semantic(scored(&[9, 6])),
        ];
        assert_eq!(ids(&rankings), [7, 9, 8, 6]);
    }
}
