//! Follows the links of a network: who calls, what a change affects, how two nodes hang together, where cycles are.
//!
//! Nodes and links are numbers all the way, and every answer has one order that depends on the network alone. Start at
//! [`Walk`] for questions about some nodes; [`cycles`], [`hotspots`] and [`modules`] look at the network as a whole.

mod cycles;
mod hotspots;
mod impact;
mod kinds;
mod modules;
mod path;
mod reach;
#[cfg(test)]
mod tests;

pub use cycles::{Cycle, CycleLevel, cycles, cycles_through};
pub use hotspots::{Hotspot, hotspots};
pub use impact::{Affected, Impact};
pub use kinds::EdgeKinds;
pub use modules::{Fold, Module, ModuleGraph, ModuleLink, modules};
pub use reach::{Bounds, Reach, Step};

use domain::EdgeKind;

use crate::network::{Groups, Link, Network};

/// A network with its links at hand from both ends. Made once, then asked often; making it is linear in nodes and links.
///
/// A number that is no node of the network is nobody: it reaches nothing and nothing reaches it.
#[derive(Clone, Debug)]
pub struct Walk<'n> {
    network: &'n Network,
    outward: Groups,
    inward: Groups,
}

/// Which way to follow links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    /// From source to target.
    Outward,
    /// From target to source.
    Inward,
}

/// A link seen from one of its ends.
#[derive(Clone, Copy, Debug)]
struct Hop {
    /// Number of the link.
    via: u32,
    /// What the link says.
    kind: EdgeKind,
    /// The node at the other end.
    node: u32,
}

impl<'n> Walk<'n> {
    /// Prepares a network for walks.
    pub fn new(network: &'n Network) -> Walk<'n> {
        let n_nodes = network.nodes.len();
        Walk {
            network,
            outward: Groups::new(n_nodes, network.links.iter().map(|link| link.source)),
            inward: Groups::new(n_nodes, network.links.iter().map(|link| link.target)),
        }
    }

    /// Returns some nodes and everything that they contain, at any depth, each once: the given nodes first, then what lies
    /// in them, nearest first.
    pub fn with_contents(&self, nodes: &[u32]) -> Vec<u32> {
        let mut all = Vec::new();
        let mut is_listed = vec![false; self.network.nodes.len()];
        let mut list = |node: u32, all: &mut Vec<u32>| {
            let is_new = is_listed
                .get_mut(node as usize)
                .is_some_and(|listed| !std::mem::replace(listed, true));
            if is_new {
                all.push(node);
            }
        };
        nodes.iter().for_each(|&node| list(node, &mut all));
        let mut next = 0;
        while let Some(&node) = all.get(next) {
            next += 1;
            let contained = self.hops(node, Direction::Outward);
            for hop in contained.filter(|hop| hop.kind == EdgeKind::Contains) {
                list(hop.node, &mut all);
            }
        }
        all
    }

    fn hops(&self, node: u32, direction: Direction) -> impl Iterator<Item = Hop> {
        let links = match direction {
            Direction::Outward => self.outward.get(node),
            Direction::Inward => self.inward.get(node),
        };
        links.iter().map(move |&via| {
            let link: &Link = &self.network.links[via as usize];
            let node = match direction {
                Direction::Outward => link.target,
                Direction::Inward => link.source,
            };
            Hop {
                via,
                kind: link.kind,
                node,
            }
        })
    }
}
