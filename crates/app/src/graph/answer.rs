//! What questions about the graph are answered with.

use std::fmt;

use domain::{Complexity, EdgeKind, NodeMetrics, Provenance, ReferenceKind, RepoPath, Resolution};

use crate::coverage::Coverage;
use crate::symbol::GraphSymbol;

/// A definition of an answer, and how the walk came to it.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerNode {
    /// The definition.
    pub symbol: GraphSymbol,
    /// Whether its file has changed since it was indexed, so that lines may have moved.
    pub is_stale: bool,
    /// Edges from the start; 0 for a start.
    pub depth: u32,
    /// The node that the walk came from, and the edge between them, as places in the answer; nothing for a start.
    pub arrival: Option<Arrival>,
}

/// How a walk came to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Place of the node nearer to the start.
    pub parent: usize,
    /// Place of the edge.
    pub edge: usize,
}

/// A relation between two nodes of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnswerEdge {
    /// Place of the node that depends.
    pub source: usize,
    /// Place of the node that it depends on.
    pub target: usize,
    /// What the edge says.
    pub kind: EdgeKind,
    /// How the reference that says so uses the target; nothing where no single reference does.
    pub how: Option<ReferenceKind>,
    /// The first line of the source's file that says so.
    pub line: u32,
    /// How it was found.
    pub provenance: Provenance,
    /// Number of places that say so, each by its confidence.
    pub weight: f32,
}

/// A part of the graph: what a walk came by, the starts first.
#[derive(Clone, Debug)]
pub struct GraphAnswer {
    /// What it was taken from.
    pub coverage: Coverage,
    /// The starts, then the nodes in the order of the walk: a parent stands before its children.
    pub nodes: Vec<AnswerNode>,
    /// Edges between the nodes, one for each that the walk came by.
    pub edges: Vec<AnswerEdge>,
    /// Nodes that the walk reached and the limit left out.
    pub n_cut: usize,
    /// References that may lead to the starts as well. Only callers and impact look for them.
    pub unfollowed: Unfollowed,
}

impl GraphAnswer {
    /// Returns the nodes from the first to the last of a way, each with the edge that leads to it. Meant for an answer to
    /// [`Snapshot::path`](crate::Snapshot::path), whose last node is the end and where each leads back to the one before.
    pub fn way(&self) -> Vec<(&AnswerNode, Option<&AnswerEdge>)> {
        let mut way = Vec::new();
        let mut next = self.nodes.iter().rev().find(|node| node.arrival.is_some());
        while let Some(node) = next {
            let arrival = node.arrival;
            let edge = arrival.and_then(|arrival| self.edges.get(arrival.edge));
            way.push((node, edge));
            next = arrival.and_then(|arrival| self.nodes.get(arrival.parent));
        }
        way.reverse();
        way
    }
}

/// References by the name of what was asked about that could not be followed: any of them may lead there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfollowed {
    /// How many there are of each kind, by why they were not followed; the most first.
    pub counts: Vec<(ReferenceKind, Resolution, usize)>,
    /// The nearest of them: in the same file, then in the folders around it.
    pub nearest: Vec<UnfollowedPlace>,
}

impl Unfollowed {
    /// Returns how many there are.
    pub fn n_references(&self) -> usize {
        self.counts.iter().map(|(.., n)| n).sum()
    }
}

/// Says how many there are, of which kind, and where the nearest are; nothing where there are none.
impl fmt::Display for Unfollowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut folded: Vec<(&str, &str, usize)> = Vec::new();
        for (kind, reason, n) in &self.counts {
            let words = (noun(*kind), why(*reason));
            match folded.iter_mut().find(|row| (row.0, row.1) == words) {
                Some(row) => row.2 += n,
                None => folded.push((words.0, words.1, *n)),
            }
        }
        let kinds: Vec<String> = folded
            .into_iter()
            .map(|(noun, why, n)| match n {
                1 => format!("1 {noun} {why}"),
                n => format!("{n} {noun}s {why}"),
            })
            .collect();
        if kinds.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "not followed, but of this name, so that they may lead here: {}",
            kinds.join(", ")
        )?;
        for place in &self.nearest {
            writeln!(f, "  {} at {}:{}", noun(place.kind), place.path, place.line)?;
        }
        Ok(())
    }
}

fn noun(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Call | ReferenceKind::TaggedTemplate | ReferenceKind::Decorator => "call",
        ReferenceKind::New => "instantiation",
        ReferenceKind::Jsx => "element",
        ReferenceKind::Extends | ReferenceKind::Implements => "base",
        kind if kind.is_use() => "use",
        _ => "reference",
    }
}

fn why(reason: Resolution) -> &'static str {
    match reason {
        Resolution::MissingModule => "of a module that was not found",
        Resolution::NoSuchExport => "of what its module does not export",
        Resolution::UnknownReceiver => "on something of unknown type",
        Resolution::NoSuchMember => "on a type without such a member",
        Resolution::NotRead => "in a file with a syntax error",
        _ => "that took too long",
    }
}

/// Where a reference stands that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfollowedPlace {
    /// The file.
    pub path: RepoPath,
    /// Where in that file, from 1.
    pub line: u32,
    /// How it uses the name.
    pub kind: ReferenceKind,
    /// Why it was not followed.
    pub reason: Resolution,
}

/// What goes round in circles.
#[derive(Clone, Debug)]
pub struct CyclesAnswer {
    /// What it was taken from.
    pub coverage: Coverage,
    /// The largest cycle first.
    pub cycles: Vec<CycleAnswer>,
    /// Cycles that the limit left out.
    pub n_cut: usize,
}

/// Definitions or modules that all lead to each other.
#[derive(Clone, Debug)]
pub struct CycleAnswer {
    /// All of them, by path and place.
    pub members: Vec<GraphSymbol>,
    /// A short way round: each with the line that leads to the next, the last to the first.
    pub way_round: Vec<(GraphSymbol, EdgeKind, u32)>,
}

/// Definitions that most deserve care.
#[derive(Clone, Debug)]
pub struct HotspotsAnswer {
    /// What it was taken from.
    pub coverage: Coverage,
    /// The highest score first.
    pub hotspots: Vec<HotspotRow>,
}

/// A definition that is hard to change and much depended on.
#[derive(Clone, Debug)]
pub struct HotspotRow {
    /// The definition.
    pub symbol: GraphSymbol,
    /// Cognitive complexity, raised by how many depend on it and how many it depends on.
    pub score: f64,
    /// Its size and branching.
    pub complexity: Complexity,
    /// Its measures in the graph.
    pub metrics: NodeMetrics,
}

/// Which modules depend on which.
#[derive(Clone, Debug)]
pub struct ModulesAnswer {
    /// What it was taken from.
    pub coverage: Coverage,
    /// Files, or folders with the number of their files.
    pub modules: Vec<ModuleRow>,
    /// By source and target.
    pub links: Vec<ModuleLinkRow>,
}

/// A file or folder with its coupling (R. C. Martin, 1994).
#[derive(Clone, Debug)]
pub struct ModuleRow {
    /// Its path; empty for the repository's own folder.
    pub path: String,
    /// Number of its files.
    pub n_files: u32,
    /// Modules that depend on it.
    pub afferent: u32,
    /// Modules that it depends on.
    pub efferent: u32,
}

impl ModuleRow {
    /// Returns `efferent / (afferent + efferent)`: 0 for what others stand on, 1 for what stands on others.
    pub fn instability(&self) -> f32 {
        match self.afferent + self.efferent {
            0 => 0.0,
            all => self.efferent as f32 / all as f32,
        }
    }
}

/// The dependencies of one module on another, by their places.
#[derive(Clone, Copy, Debug)]
pub struct ModuleLinkRow {
    /// Place of the module that depends.
    pub source: usize,
    /// Place of the module that it depends on.
    pub target: usize,
    /// Number of places that say so, each by its confidence.
    pub weight: f32,
}
