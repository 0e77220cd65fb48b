//! Coupling: how many nodes and files a node is tied to.

use domain::{EdgeKind, SymbolKind};

use super::dependencies::{Dependencies, Neighbours};
use crate::network::{Groups, Link, Network};

/// How many nodes and files a node is tied to.
#[derive(Debug)]
pub(super) struct Coupling {
    /// Nodes that depend on it.
    pub(super) fan_in: u32,
    /// Nodes that it depends on.
    pub(super) fan_out: u32,
    /// Nodes that use it as a value.
    pub(super) use_fan_in: u32,
    /// Nodes that it uses as values.
    pub(super) use_fan_out: u32,
    /// Other files that depend on it; for a module, on anything in its file.
    pub(super) afferent: u32,
    /// Other files that it depends on; for a module, that anything in its file depends on.
    pub(super) efferent: u32,
}

impl Coupling {
    /// Returns R. C. Martin's instability ("OO Design Quality Metrics", 1994), from 0 (only depended on) to 1 (only depends).
    pub(super) fn instability(&self) -> f32 {
        match self.afferent + self.efferent {
            0 => 0.0,
            both => self.efferent as f32 / both as f32,
        }
    }
}

/// Returns the coupling of every node.
pub(super) fn coupling(network: &Network, dependencies: &Dependencies) -> Vec<Coupling> {
    let afferent = n_files(network, &dependencies.inward);
    let efferent = n_files(network, &dependencies.outward);
    let uses = n_uses(network);
    (0..network.nodes.len())
        .map(|node| Coupling {
            use_fan_in: uses[node].0,
            use_fan_out: uses[node].1,
            fan_in: dependencies.inward.of(node as u32).len() as u32,
            fan_out: dependencies.outward.of(node as u32).len() as u32,
            afferent: afferent[node],
            efferent: efferent[node],
        })
        .collect()
}

/// Returns for every node how many others use it as a value, and how many it uses: links between two nodes are folded.
fn n_uses(network: &Network) -> Vec<(u32, u32)> {
    let mut counts = vec![(0, 0); network.nodes.len()];
    let is_use = |link: &&Link| link.kind == EdgeKind::References && link.is_dependency();
    // A pair of nodes has at most one link of a kind, so that counting links counts nodes.
    for link in network.links.iter().filter(is_use) {
        counts[link.target as usize].0 += 1;
        counts[link.source as usize].1 += 1;
    }
    counts
}

/// Returns for every node the number of other files among its neighbours.
fn n_files(network: &Network, neighbours: &Neighbours) -> Vec<u32> {
    let by_file = Groups::new(
        network.n_files(),
        network.nodes.iter().map(|node| node.file),
    );
    // The node that a file was last counted for: cheaper than a set for each node.
    let mut counted_for = vec![None; network.n_files()];
    let mut count = |node: u32, members: &[u32]| {
        let own_file = network.file_of(node);
        let mut n_files = 0;
        for &neighbour in members.iter().flat_map(|&member| neighbours.of(member)) {
            let file = network.file_of(neighbour);
            if file != own_file && counted_for[file as usize] != Some(node) {
                counted_for[file as usize] = Some(node);
                n_files += 1;
            }
        }
        n_files
    };
    (0..)
        .zip(&network.nodes)
        .map(|(number, node)| match node.kind {
            SymbolKind::Module => count(number, by_file.get(node.file)),
            _ => count(number, &[number]),
        })
        .collect()
}
