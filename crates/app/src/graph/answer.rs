//! What questions about the graph are answered with.

use domain::{Complexity, EdgeKind, Flags, NodeMetrics, Provenance, RepoPath, SymbolKind};

use crate::coverage::Coverage;

/// A definition as an answer names it.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphSymbol {
    /// The file.
    pub path: RepoPath,
    /// Line of its name.
    pub line: u32,
    /// Last line of the definition.
    pub end_line: u32,
    /// What it is.
    pub kind: SymbolKind,
    /// Names of the enclosing definitions and its own; the path for a module.
    pub qualified_name: String,
    /// What the source says about it in passing.
    pub flags: Flags,
}

impl GraphSymbol {
    /// Returns the name by which a question means this definition and no other of another file: `path#Qualified.name`.
    pub fn address(&self) -> String {
        match self.kind {
            SymbolKind::Module => self.path.as_str().to_owned(),
            _ => format!("{}#{}", self.path, self.qualified_name),
        }
    }
}

/// A definition of an answer, and how the walk came to it.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerNode {
    /// The definition.
    pub symbol: GraphSymbol,
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
