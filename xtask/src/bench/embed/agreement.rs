//! How far an engine's vectors are those of our f32 engine: by cosine, and by what a search would find.

use serde_json::{Value, json};

/// Nearest texts compared.
const N_NEAREST: usize = 10;

/// An engine against the reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Agreement {
    /// The lowest cosine of a text's two vectors.
    pub(super) lowest: f64,
    /// The mean cosine.
    pub(super) mean: f64,
    /// Which share of each text's nearest others by the reference are among its nearest by the engine, on average.
    pub(super) overlap: f64,
}

impl Agreement {
    /// Compares vectors of unit length of the same texts, one after the other, `width` numbers each.
    pub(super) fn of(vectors: &[f32], reference: &[f32], width: usize) -> Agreement {
        let rows = |values: &[f32]| -> Vec<Vec<f32>> {
            values.chunks(width).map(<[f32]>::to_vec).collect()
        };
        let (vectors, reference) = (rows(vectors), rows(reference));
        let pairs = vectors.iter().zip(&reference);
        let cosines: Vec<f64> = pairs.map(|(a, b)| cosine(a, b)).collect();
        let n_texts = vectors.len() as f64;
        let shares = (0..vectors.len()).map(|text| {
            let expected = nearest(&reference, text);
            let found = nearest(&vectors, text);
            let n_found = expected.iter().filter(|text| found.contains(text)).count();
            n_found as f64 / expected.len().max(1) as f64
        });
        Agreement {
            lowest: cosines.iter().copied().fold(1.0, f64::min),
            mean: cosines.iter().sum::<f64>() / n_texts,
            overlap: shares.sum::<f64>() / n_texts,
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({"cosine_lowest": self.lowest, "cosine_mean": self.mean, "overlap_at_10": self.overlap})
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
    products.sum()
}

fn nearest(vectors: &[Vec<f32>], text: usize) -> Vec<usize> {
    let mut others: Vec<(f64, usize)> = (0..vectors.len())
        .filter(|other| *other != text)
        .map(|other| (cosine(&vectors[text], &vectors[other]), other))
        .collect();
    others.sort_by(|a, b| b.0.total_cmp(&a.0));
    others.truncate(N_NEAREST);
    others.into_iter().map(|(_, other)| other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_counts_the_nearest_that_both_find() {
        let at = |degrees: f32| [degrees.to_radians().cos(), degrees.to_radians().sin()];
        let spread =
            |step: f32| -> Vec<f32> { (0..13).flat_map(|n| at(n as f32 * step)).collect() };
        let reference = spread(5.0);
        let same = Agreement::of(&reference, &reference, 2);
        assert_eq!(same.overlap, 1.0);
        assert!((same.lowest - 1.0).abs() < 1e-6);
        // The first text moves to the other end, so that its two farthest become its nearest.
        let mut moved = reference.clone();
        moved[..2].copy_from_slice(&at(65.0));
        let found = Agreement::of(&moved, &reference, 2);
        assert!(found.overlap < 1.0 && found.overlap > 0.5, "{found:?}");
        assert!(found.lowest < 0.5 && found.mean < 1.0, "{found:?}");
    }
}
