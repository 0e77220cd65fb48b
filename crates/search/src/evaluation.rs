//! Measures a ranking against known answers. Pure.
//!
//! A hit counts by file, where the hits are folded to the first of each file, and by definition, where its lines must lie over a
//! target's. Relevance is yes or no. A target that is optional is a good answer, but nobody has to find it.

use std::collections::HashSet;

/// Hits that count.
const DEPTH: usize = 10;

/// Share of the shorter of two ranges of lines that must be common to both.
const MIN_OVERLAP: f64 = 0.5;

/// A longer hit shows nobody where the answer is, unless the answer is as long itself.
const MAX_LINES: u32 = 150;
const MAX_TIMES_TARGET: u32 = 3;

/// A good answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The file.
    pub path: String,
    /// First and last line, where a definition is meant.
    pub lines: Option<(u32, u32)>,
    /// Whether it is good but need not be found.
    pub is_optional: bool,
}

/// A place that a ranking gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub path: String,
    /// First line.
    pub start_line: u32,
    /// Last line.
    pub end_line: u32,
}

/// How good a ranking is, each from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// One divided by the rank of the first good hit; 0 beyond the tenth.
    pub reciprocal_rank: f64,
    /// Share of the targets at the first rank.
    pub recall_at_1: f64,
    /// Share of the targets among the first five.
    pub recall_at_5: f64,
    /// Share of the targets among the first ten.
    pub recall_at_10: f64,
    /// Gain discounted by rank, over the best possible.
    pub ndcg_at_10: f64,
}

impl Scores {
    /// Returns the mean; zeros for nothing.
    pub fn mean(all: &[Scores]) -> Scores {
        let mean =
            |of: fn(&Scores) -> f64| all.iter().map(of).sum::<f64>() / all.len().max(1) as f64;
        Scores {
            reciprocal_rank: mean(|scores| scores.reciprocal_rank),
            recall_at_1: mean(|scores| scores.recall_at_1),
            recall_at_5: mean(|scores| scores.recall_at_5),
            recall_at_10: mean(|scores| scores.recall_at_10),
            ndcg_at_10: mean(|scores| scores.ndcg_at_10),
        }
    }
}

/// Samples of the test below: its p-values are resolved down to about a thousandth.
const SAMPLES: u32 = 4000;

/// Returns how often chance alone would give means at least as far apart, when each pair could as well be swapped (a paired
/// randomisation test): small means that the difference is real. The same numbers always give the same answer.
pub fn p_value(pairs: &[(f64, f64)]) -> f64 {
    let differences: Vec<f64> = pairs
        .iter()
        .map(|(a, b)| a - b)
        .filter(|difference| *difference != 0.0)
        .collect();
    let observed = differences.iter().sum::<f64>().abs();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut n_as_far = 0_u32;
    for _ in 0..SAMPLES {
        let mut sum = 0.0;
        for difference in &differences {
            // SplitMix64's output step on a Weyl sequence.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            sum += if mixed >> 63 == 0 {
                *difference
            } else {
                -difference
            };
        }
        n_as_far += u32::from(sum.abs() >= observed - 1e-12);
    }
    f64::from(n_as_far) / f64::from(SAMPLES)
}

/// Scores a ranking by file.
pub fn by_file(found: &[Found], targets: &[Target]) -> Scores {
    let required: HashSet<&str> = required(targets)
        .map(|target| target.path.as_str())
        .collect();
    let good: HashSet<&str> = targets.iter().map(|target| target.path.as_str()).collect();
    let mut seen = HashSet::new();
    let files = found
        .iter()
        .map(|found| found.path.as_str())
        .filter(|path| seen.insert(*path));
    let mut gains = Vec::new();
    let mut ranks = Vec::new();
    for (rank, path) in files.enumerate() {
        gains.push(good.contains(path));
        if required.contains(path) {
            ranks.push(rank);
        }
    }
    scores(&gains, &ranks, required.len())
}

/// Scores a ranking by definition; nothing where no target has lines.
pub fn by_definition(found: &[Found], targets: &[Target]) -> Option<Scores> {
    let with_lines: Vec<Target> = targets
        .iter()
        .filter(|target| target.lines.is_some())
        .cloned()
        .collect();
    if with_lines.is_empty() {
        return None;
    }
    let required: Vec<&Target> = required(&with_lines).collect();
    let mut hit: Vec<&Target> = Vec::new();
    let mut gains = Vec::new();
    let mut ranks = Vec::new();
    for (rank, found) in found.iter().enumerate() {
        let mut gain = false;
        for target in with_lines.iter().filter(|target| is_hit(found, target)) {
            if hit.iter().any(|before| std::ptr::eq(*before, target)) {
                continue;
            }
            hit.push(target);
            gain = true;
            if required
                .iter()
                .any(|required| std::ptr::eq(*required, target))
            {
                ranks.push(rank);
            }
        }
        gains.push(gain);
    }
    Some(scores(&gains, &ranks, required.len()))
}

/// Returns the targets that are not optional, or all where all are.
fn required(targets: &[Target]) -> impl Iterator<Item = &Target> {
    let all_optional = targets.iter().all(|target| target.is_optional);
    targets
        .iter()
        .filter(move |target| all_optional || !target.is_optional)
}

fn is_hit(found: &Found, target: &Target) -> bool {
    let Some((start, end)) = target.lines else {
        return false;
    };
    if found.path != target.path {
        return false;
    }
    let length = |start: u32, end: u32| end.saturating_sub(start) + 1;
    let (of_target, of_found) = (length(start, end), length(found.start_line, found.end_line));
    let (first, last) = (found.start_line.max(start), found.end_line.min(end));
    let common = if first <= last {
        length(first, last)
    } else {
        0
    };
    common > 0
        && f64::from(common) >= MIN_OVERLAP * f64::from(of_target.min(of_found))
        && of_found <= MAX_LINES.max(MAX_TIMES_TARGET * of_target)
}

fn scores(gains: &[bool], ranks: &[usize], n_required: usize) -> Scores {
    let n_required = n_required.max(1);
    let recall = |depth: usize| {
        ranks.iter().filter(|&&rank| rank < depth).count() as f64 / n_required as f64
    };
    let gains = &gains[..gains.len().min(DEPTH)];
    let discount = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
    let gained: f64 = (0..gains.len())
        .filter(|&rank| gains[rank])
        .map(discount)
        .sum();
    let ideal: f64 = (0..n_required.min(DEPTH)).map(discount).sum();
    let first = gains.iter().position(|gain| *gain);
    Scores {
        reciprocal_rank: first.map_or(0.0, |rank| 1.0 / (rank + 1) as f64),
        recall_at_1: recall(1),
        recall_at_5: recall(5),
        recall_at_10: recall(DEPTH),
        // A sum of nothing is -0.0, which would be printed so.
        ndcg_at_10: (gained / ideal).clamp(0.0, 1.0) + 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, start_line: u32, end_line: u32) -> Found {
        Found {
            path: path.to_owned(),
            start_line,
            end_line,
        }
    }

    fn target(path: &str, lines: Option<(u32, u32)>) -> Target {
        Target {
            path: path.to_owned(),
            lines,
            is_optional: false,
        }
    }

    #[test]
    fn files_count_once() {
        let ranking = [found("a", 1, 2), found("a", 5, 6), found("b", 1, 2)];
        let scores = by_file(&ranking, &[target("b", None), target("c", None)]);
        assert_eq!(scores.reciprocal_rank, 0.5);
        assert_eq!((scores.recall_at_1, scores.recall_at_5), (0.0, 0.5));
        let ideal = 1.0 + 1.0 / 3.0_f64.log2();
        assert!((scores.ndcg_at_10 - (1.0 / 3.0_f64.log2()) / ideal).abs() < 1e-12);
    }

    #[test]
    fn definitions_need_their_lines() {
        let targets = [target("a", Some((10, 19)))];
        let score = |start, end| {
            by_definition(&[found("a", start, end)], &targets)
                .unwrap()
                .ndcg_at_10
        };
        assert_eq!(score(10, 19), 1.0);
        assert_eq!(score(15, 30), 1.0);
        assert_eq!(score(16, 30), 0.0);
        assert_eq!(score(12, 13), 1.0);
        assert_eq!(score(1, 200), 0.0);
        assert_eq!(by_definition(&[], &[target("a", None)]), None);
    }

    #[test]
    fn chance_is_distinguished_from_difference() {
        let better: Vec<(f64, f64)> = (0..40)
            .map(|n| (0.5 + f64::from(n % 3) * 0.1, 0.4))
            .collect();
        assert!(p_value(&better) < 0.001);
        let noise: Vec<(f64, f64)> = (0..40)
            .map(|n| (f64::from(n % 2), f64::from((n + 1) % 2)))
            .collect();
        assert_eq!(p_value(&noise), 1.0);
        assert_eq!(p_value(&[]), 1.0);
    }

    #[test]
    fn optional_targets_help_and_are_not_asked_for() {
        let optional = Target {
            is_optional: true,
            ..target("b", None)
        };
        let targets = [target("a", None), optional];
        let scores = by_file(&[found("b", 1, 1), found("a", 1, 1)], &targets);
        assert_eq!(scores.reciprocal_rank, 1.0);
        assert_eq!((scores.recall_at_1, scores.recall_at_5), (0.0, 1.0));
        assert_eq!(scores.ndcg_at_10, 1.0);
    }
}
