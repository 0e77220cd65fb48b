//! Measures every node of a network.
//!
//! PageRank, betweenness and communities are written here. rustworkx-core has no PageRank, no communities and no sampled
//! betweenness, and brings rayon, rand and ndarray along; petgraph's PageRank compares all pairs of nodes. Everything runs
//! on one thread and in the order of the node numbers, so that equal networks have equal measures to the last bit.

mod betweenness;
mod communities;
mod coupling;
mod dependencies;
mod page_rank;
#[cfg(test)]
mod tests;

use domain::NodeMetrics;

use crate::network::{Network, components};
use betweenness::betweenness;
use communities::communities;
use coupling::{Coupling, coupling};
use dependencies::Dependencies;
use page_rank::page_rank;

/// Returns the measures of every node, in the order of the nodes.
///
/// Recursion is no dependency here: a link from a node to itself counts nowhere. Linear in nodes and links, but for
/// betweenness, which follows all links from a bounded number of nodes.
pub fn metrics(network: &Network) -> Vec<NodeMetrics> {
    let dependencies = Dependencies::of(network);
    let mut metrics: Vec<NodeMetrics> = coupling(network, &dependencies)
        .into_iter()
        .map(coupling_metrics)
        .collect();
    let page_ranks = page_rank(&dependencies);
    let betweennesses = betweenness(&dependencies);
    let communities = communities(network);
    for (node, measured) in metrics.iter_mut().enumerate() {
        measured.page_rank = page_ranks[node] as f32;
        measured.betweenness = betweennesses[node] as f32;
        measured.community = communities[node];
    }
    for cycle in components(network.nodes.len(), dependencies.pairs()) {
        for &node in &cycle {
            metrics[node as usize].cycle = cycle[0];
            metrics[node as usize].cycle_size = cycle.len() as u32;
        }
    }
    metrics
}

fn coupling_metrics(coupling: Coupling) -> NodeMetrics {
    NodeMetrics {
        fan_in: coupling.fan_in,
        fan_out: coupling.fan_out,
        use_fan_in: coupling.use_fan_in,
        use_fan_out: coupling.use_fan_out,
        afferent: coupling.afferent,
        efferent: coupling.efferent,
        instability: coupling.instability(),
        ..NodeMetrics::default()
    }
}
