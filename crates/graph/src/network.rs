//! The graph in memory: nodes by number, links by node. Start at [`Network`].

mod components;
mod groups;
#[cfg(test)]
pub(crate) mod sketch;

use domain::{EdgeKind, SymbolKind};

pub use components::components;
pub(crate) use groups::Groups;

/// A node as walks and measures see it; its number is its place in [`Network::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Number of its file; equal for all nodes of a file.
    pub file: u32,
    /// What it is.
    pub kind: SymbolKind,
    /// Whether it is a test.
    pub is_test: bool,
}

/// A directed edge between two nodes, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Who depends or contains.
    pub source: u32,
    /// On whom, or what.
    pub target: u32,
    /// How.
    pub kind: EdgeKind,
    /// Whether nothing of it is left when the program runs, in any of the places that say so.
    pub is_type_only: bool,
    /// Number of places in the source that say so, each by its confidence.
    pub weight: f32,
}

impl Link {
    /// Returns whether it says that its source depends on another node: any kind but [`EdgeKind::Contains`], and no recursion.
    pub(crate) fn is_dependency(&self) -> bool {
        self.kind != EdgeKind::Contains && self.source != self.target
    }
}

/// The graph of one repository in memory.
///
/// Nodes are ordered by path and place in the file, links by source, target and kind, so that equal graphs have equal measures.
/// Links name only nodes that exist.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Nodes; a file's module comes before its other nodes.
    pub nodes: Vec<Node>,
    /// Edges, in order.
    pub links: Vec<Link>,
}

impl Network {
    /// Returns one more than the largest file number.
    pub(crate) fn n_files(&self) -> usize {
        self.nodes
            .iter()
            .map(|node| node.file as usize + 1)
            .max()
            .unwrap_or(0)
    }

    /// Returns the file that a node is in.
    pub(crate) fn file_of(&self, node: u32) -> u32 {
        self.nodes[node as usize].file
    }
}
