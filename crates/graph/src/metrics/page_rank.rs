//! PageRank over dependencies.

use super::dependencies::Dependencies;

/// Share of the rank that follows dependencies, from Brin and Page, "The Anatomy of a Large-Scale Hypertextual Web Search
/// Engine" (1998).
const DAMPING: f64 = 0.85;

/// Mean change of a rank, as a share of the mean rank, below which the ranks stand: finer than anybody sorts by.
const TOLERANCE: f64 = 1e-6;

/// Rounds at most. The error shrinks by [`DAMPING`] a round at least, so 85 rounds reach the tolerance.
const N_ROUNDS_MAX: u32 = 100;

/// Returns the PageRank of every node, scaled so that the mean is 1.
///
/// Rank flows from a node to those it depends on, in proportion to the weights. A node without dependencies gives its rank
/// to all nodes evenly.
pub(super) fn page_rank(dependencies: &Dependencies) -> Vec<f64> {
    let n_nodes = dependencies.n_nodes();
    let given = given(dependencies);
    let mut ranks = vec![1.0; n_nodes];
    let mut offers = vec![0.0; n_nodes];
    for _ in 0..N_ROUNDS_MAX {
        let mut dangling = 0.0;
        for node in 0..n_nodes {
            // Divided once per node here, and not once per link below.
            if given[node] > 0.0 {
                offers[node] = ranks[node] / given[node];
            } else {
                // What depends on nothing would keep its rank to itself, and the sum of all ranks
                // would shrink with every round.
                dangling += ranks[node];
            }
        }
        let base = 1.0 - DAMPING + DAMPING * dangling / n_nodes as f64;
        let mut change = 0.0;
        for (node, rank) in (0..).zip(&mut ranks) {
            let received: f64 = dependencies
                .inward
                .weighted(node)
                .map(|(source, weight)| offers[source as usize] * weight)
                .sum();
            let next = base + DAMPING * received;
            change += (next - *rank).abs();
            // In place: a round reads `offers`, which hold the ranks of the one before.
            *rank = next;
        }
        if change < TOLERANCE * n_nodes as f64 {
            break;
        }
    }
    ranks
}

/// Returns the weight of all dependencies of each node.
fn given(dependencies: &Dependencies) -> Vec<f64> {
    (0..dependencies.n_nodes() as u32)
        .map(|node| {
            dependencies
                .outward
                .weighted(node)
                .map(|(_, weight)| weight)
                .sum()
        })
        .collect()
}
