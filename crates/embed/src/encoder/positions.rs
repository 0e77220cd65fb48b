//! How attention learns where tokens stand, where positions are not part of the embeddings: angles and biases, computed once.
//!
//! Only tables and plain loops; what a family uses is decided by [`Positions`].

use super::config::{Dimensions, N_BUCKETS, Positions, RotaryLayer};
use super::kernels::Bias;

/// A score so low that its key counts for nothing.
const FORBIDDEN: f32 = -1e30;

/// What the layers of a model need to know of positions, for sequences up to a length.
pub(crate) struct Places {
    /// Tokens of the longest sequence.
    reach: usize,
    rotations: Vec<Rotation>,
    biases: Vec<Vec<f32>>,
    layers: Vec<Layer>,
}

/// Where a layer's tables are.
#[derive(Clone, Copy, Default)]
struct Layer {
    rotation: Option<usize>,
    bias: Option<usize>,
}

impl Places {
    /// Computes the tables for sequences of at most `reach` tokens; `by_bucket` is what MPNet has learnt, by bucket and head.
    pub(crate) fn new(dimensions: &Dimensions, by_bucket: &[f32], reach: usize) -> Places {
        let mut places = Places {
            reach,
            rotations: Vec::new(),
            biases: Vec::new(),
            layers: vec![Layer::default(); dimensions.n_layers],
        };
        let n_heads = dimensions.n_heads;
        match &dimensions.positions {
            Positions::Learnt => {}
            Positions::LearntAndBuckets => places.bias_all(n_heads, |head, place| {
                by_bucket[bucket(reach, place) * n_heads + head]
            }),
            Positions::Slopes => {
                let slopes = slopes(n_heads);
                // The softmax is one of powers of two.
                let factor = -std::f32::consts::LOG2_E;
                places.bias_all(n_heads, |head, place| {
                    factor * slopes[head] * place.abs_diff(reach) as f32
                });
            }
            Positions::Rotary(layers) => places.turn(layers, dimensions),
        }
        places
    }

    /// Gives all layers one bias, a function of head and place.
    fn bias_all(&mut self, n_heads: usize, value: impl Fn(usize, usize) -> f32) {
        self.biases.push(bias(n_heads, self.reach, value));
        for layer in &mut self.layers {
            layer.bias = Some(0);
        }
    }

    fn turn(&mut self, layers: &[RotaryLayer], dimensions: &Dimensions) {
        let reach = self.reach;
        let mut seen: Vec<(RotaryLayer, Layer)> = Vec::new();
        for (layer, own) in layers.iter().zip(&mut self.layers) {
            if let Some((_, same)) = seen.iter().find(|(other, _)| other == layer) {
                *own = *same;
                continue;
            }
            own.rotation = Some(self.rotations.len());
            let rotation = Rotation::new(layer.theta, dimensions.head_width(), reach);
            self.rotations.push(rotation);
            // No token of a shorter sequence is too far away.
            if let Some(farthest) = layer.farthest.filter(|farthest| farthest + 1 < reach) {
                own.bias = Some(self.biases.len());
                let value = |_, place: usize| match place.abs_diff(reach) <= farthest {
                    true => 0.0,
                    false => FORBIDDEN,
                };
                self.biases.push(bias(dimensions.n_heads, reach, value));
            }
            seen.push((*layer, *own));
        }
    }

    /// Returns what is added to the scores of a layer.
    pub(crate) fn bias(&self, layer: usize) -> Option<Bias<'_>> {
        self.layers[layer].bias.map(|index| Bias {
            values: &self.biases[index],
            reach: self.reach,
        })
    }

    /// Turns queries and keys of one sequence, whose rows hold queries, keys and values of all heads.
    pub(crate) fn rotate(&self, layer: usize, width: usize, projected: &mut [f32]) {
        let Some(index) = self.layers[layer].rotation else {
            return;
        };
        let rotation = &self.rotations[index];
        for (position, row) in projected.chunks_exact_mut(3 * width).enumerate() {
            rotation.turn(position, &mut row[..2 * width]);
        }
    }
}

/// Returns a table by head of the distances from `1 - reach` to `reach - 1`, of values by head and place, which is the distance plus
/// `reach`.
fn bias(n_heads: usize, reach: usize, value: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let value = &value;
    (0..n_heads)
        .flat_map(|head| (1..2 * reach).map(move |place| value(head, place)))
        .collect()
}

/// Cosines and sines of the angles of every position.
struct Rotation {
    /// Pairs of dimensions of a head.
    n_pairs: usize,
    cosines: Vec<f32>,
    sines: Vec<f32>,
}

impl Rotation {
    /// The angle of pair `p` at a position is the position divided by `theta` to the power of `2 p / head_width` (Su et al. 2021).
    fn new(theta: f32, head_width: usize, reach: usize) -> Rotation {
        let n_pairs = head_width / 2;
        let angle = |index: usize| {
            let power = (index % n_pairs) as f64 / n_pairs as f64;
            (index / n_pairs) as f64 / f64::from(theta).powf(power)
        };
        let angles = || (0..reach * n_pairs).map(angle);
        Rotation {
            n_pairs,
            cosines: angles().map(|angle| angle.cos() as f32).collect(),
            sines: angles().map(|angle| angle.sin() as f32).collect(),
        }
    }

    /// Turns every head of `row`: a pair is a dimension of a head's first half and its like in the second.
    fn turn(&self, position: usize, row: &mut [f32]) {
        let own = position * self.n_pairs..(position + 1) * self.n_pairs;
        let (cosines, sines) = (&self.cosines[own.clone()], &self.sines[own]);
        for head in row.chunks_exact_mut(2 * self.n_pairs) {
            let (first, second) = head.split_at_mut(self.n_pairs);
            let angles = cosines.iter().zip(sines);
            for ((first, second), (cosine, sine)) in first.iter_mut().zip(second).zip(angles) {
                (*first, *second) = (
                    *first * cosine - *second * sine,
                    *second * cosine + *first * sine,
                );
            }
        }
    }
}

/// Returns how fast scores fall with distance in every head (Press et al. 2022).
///
/// With a power of two of heads they are a geometric sequence that ends at 2^-8. With any other number, those of the next lower power of
/// two come first, then every other one of the next higher.
fn slopes(n_heads: usize) -> Vec<f32> {
    let sequence = |n: usize| (1..=n).map(move |index| (-8.0 * index as f32 / n as f32).exp2());
    let lower = 1 << n_heads.ilog2();
    sequence(lower)
        .chain(sequence(2 * lower).step_by(2))
        .take(n_heads)
        .collect()
}

/// Returns the bucket of the distance `place - reach` from a query to a key.
///
/// Half of the buckets are for keys behind the query. Near distances have a bucket each; farther ones share one between two powers of
/// the square root of two, and the last takes all that are left.
fn bucket(reach: usize, place: usize) -> usize {
    const N_NEAR: usize = N_BUCKETS / 4;
    let side = if place > reach { N_BUCKETS / 2 } else { 0 };
    let distance = place.abs_diff(reach);
    if distance < N_NEAR {
        return side + distance;
    }
    let n_halves = (distance * distance / (N_NEAR * N_NEAR)).ilog2() as usize;
    side + (N_NEAR + n_halves).min(N_BUCKETS / 2 - 1)
}

#[cfg(test)]
mod tests {
    use super::slopes;

    fn check_slopes(n_heads: usize, negative_powers: &[f32]) {
        let found: Vec<f32> = slopes(n_heads).iter().map(|slope| -slope.log2()).collect();
        assert_eq!(found, negative_powers, "{n_heads} heads");
    }

    #[test]
    fn slopes_are_those_of_the_paper() {
        check_slopes(1, &[8.0]);
        check_slopes(4, &[2.0, 4.0, 6.0, 8.0]);
        check_slopes(6, &[2.0, 4.0, 6.0, 8.0, 1.0, 3.0]);
        check_slopes(8, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        let twelve = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 0.5, 1.5, 2.5, 3.5];
        check_slopes(12, &twelve);
    }
}
