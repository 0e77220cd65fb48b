//! Definitions, walks over their edges, cycles, hotspots and modules.
//!
//! Nodes of an answer are named by their place in its list, so that a tree can be drawn from it without a second question.

use app::{
    AnswerEdge, AnswerNode, CycleAnswer, CyclesAnswer, GraphAnswer, GraphSymbol, HotspotRow,
    HotspotsAnswer, ModulesAnswer,
};
use domain::EdgeKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::Coverage;

/// A definition.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Symbol {
    /// Its path within the repository.
    pub file: String,
    /// Line of its name, from 1.
    pub line: u32,
    /// Last line of the definition.
    pub end_line: u32,
    /// What it is.
    pub kind: &'static str,
    /// Names of the enclosing definitions and its own; the path for a module.
    pub qualified_name: String,
    /// Whether other modules can see it.
    pub exported: bool,
    /// Whether it stands in a test.
    pub test: bool,
    /// The name by which a question means this definition and no other.
    pub address: String,
}

/// A part of the graph: what a walk came by, the starts first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Walk {
    /// What it was taken from.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// The starts, then what the walk came by: a parent stands before its children.
    pub nodes: Vec<Node>,
    /// Edges between the nodes, one for each that the walk came by.
    pub edges: Vec<Edge>,
    /// Nodes that the walk reached and the limit left out.
    pub left_out: usize,
    /// References that may lead to the starts as well and could not be followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfollowed: Option<Unfollowed>,
}

/// A definition of a walk, and how the walk came to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Node {
    /// The definition.
    #[serde(flatten)]
    pub symbol: Symbol,
    /// Whether its file has changed since it was indexed, so that lines may have moved.
    pub stale: bool,
    /// Edges from the start; 0 for a start.
    pub depth: u32,
    /// Place of the node nearer to the start; nothing for a start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<usize>,
    /// Place of the edge that leads there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge: Option<usize>,
}

/// A relation between two nodes of a walk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Edge {
    /// Place of the node that depends.
    pub source: usize,
    /// Place of the node that it depends on.
    pub target: usize,
    /// What the edge says.
    pub kind: &'static str,
    /// How the reference that says so uses the target; nothing where no single reference does.
    pub how: Option<&'static str>,
    /// The first line of the source's file that says so.
    pub line: u32,
    /// How it was found.
    pub provenance: &'static str,
    /// How sure that is, from 0 to 1.
    pub confidence: f64,
    /// Number of places that say so, each by its confidence.
    pub weight: f64,
}

/// References by the name of what was asked about that could not be followed.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Unfollowed {
    /// How many there are.
    pub references: usize,
    /// How many of each kind, by why they were not followed; the most first.
    pub counts: Vec<UnfollowedCount>,
    /// The nearest of them.
    pub nearest: Vec<UnfollowedPlace>,
}

/// How many references of a kind were not followed, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnfollowedCount {
    /// How they use the name.
    pub kind: &'static str,
    /// Why they were not followed.
    pub reason: &'static str,
    /// How many.
    pub references: usize,
}

/// A reference that could not be followed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnfollowedPlace {
    /// Its path within the repository.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// How it uses the name.
    pub kind: &'static str,
    /// Why it was not followed.
    pub reason: &'static str,
}

/// What goes round in circles.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cycles {
    /// What it was taken from.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// The largest first.
    pub cycles: Vec<Cycle>,
    /// Cycles that the limit left out.
    pub left_out: usize,
}

/// Modules or definitions that all lead to each other.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cycle {
    /// All of them, by path and place.
    pub members: Vec<Symbol>,
    /// A short way round, each with what leads to the next.
    pub way_round: Vec<CycleStep>,
}

/// A step of a way round.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CycleStep {
    /// The definition.
    #[serde(flatten)]
    pub symbol: Symbol,
    /// What leads to the next.
    pub edge: &'static str,
    /// The line that says so; 0 where no single one does.
    pub edge_line: u32,
}

/// Definitions that most deserve care.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Hotspots {
    /// What it was taken from.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// The highest score first.
    pub hotspots: Vec<Hotspot>,
}

/// A definition that is hard to change and much depended on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Hotspot {
    /// The definition.
    #[serde(flatten)]
    pub symbol: Symbol,
    /// Cognitive complexity, raised by how many depend on it and how many it depends on.
    pub score: f64,
    /// Its size and branching.
    pub complexity: Complexity,
    /// Its measures in the graph.
    pub metrics: Measures,
}

/// Size and branching.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Complexity {
    /// McCabe's number: 1 and the decision points.
    pub cyclomatic: u32,
    /// Cognitive complexity after G. A. Campbell.
    pub cognitive: u32,
    /// Lines that hold code.
    pub n_code_lines: u32,
}

/// The measures of a definition in the graph of its repository.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Measures {
    /// Distinct definitions that depend on it.
    pub fan_in: u32,
    /// Distinct definitions that it depends on.
    pub fan_out: u32,
    /// Distinct definitions that use it as a value.
    pub use_fan_in: u32,
    /// Distinct definitions that it uses so.
    pub use_fan_out: u32,
    /// Distinct other files that depend on it.
    pub afferent: u32,
    /// Distinct other files that it depends on.
    pub efferent: u32,
    /// `efferent / (afferent + efferent)`.
    pub instability: f64,
    /// PageRank along dependencies; the mean over all definitions is 1.
    pub page_rank: f64,
    /// Share of the shortest ways between others that lead through it.
    pub betweenness: f64,
    /// Number of definitions in its cycle; 1 outside of cycles.
    pub cycle_size: u32,
    /// Number of its cycle.
    pub cycle: u32,
    /// Number of its community.
    pub community: u32,
}

/// Which modules depend on which.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Modules {
    /// What it was taken from.
    #[serde(flatten)]
    pub coverage: Coverage,
    /// Files, or folders with the number of their files.
    pub modules: Vec<Module>,
    /// By source and target.
    pub links: Vec<ModuleLink>,
}

/// A file or folder with its coupling.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Module {
    /// Its path; empty for the repository's own folder.
    pub path: String,
    /// Number of its files.
    pub files: u32,
    /// Modules that depend on it.
    pub afferent: u32,
    /// Modules that it depends on.
    pub efferent: u32,
    /// `efferent / (afferent + efferent)`.
    pub instability: f64,
}

/// The dependencies of one module on another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModuleLink {
    /// Path of the module that depends.
    pub source: String,
    /// Path of the module that it depends on.
    pub target: String,
    /// Number of places that say so, each by its confidence.
    pub weight: f64,
}

impl From<&GraphSymbol> for Symbol {
    fn from(symbol: &GraphSymbol) -> Symbol {
        Symbol {
            file: symbol.path.to_string(),
            line: symbol.line,
            end_line: symbol.end_line,
            kind: symbol.kind.as_str(),
            qualified_name: symbol.qualified_name.clone(),
            exported: symbol.flags.is_exported,
            test: symbol.flags.is_test,
            address: symbol.address(),
        }
    }
}

impl From<&GraphAnswer> for Walk {
    fn from(answer: &GraphAnswer) -> Walk {
        Walk {
            coverage: Coverage::from(&answer.coverage),
            nodes: answer.nodes.iter().map(Node::from).collect(),
            edges: answer.edges.iter().map(Edge::from).collect(),
            left_out: answer.n_cut,
            unfollowed: Some(Unfollowed::from(&answer.unfollowed)),
        }
    }
}

impl Walk {
    /// Returns the answer to a question for a way where there is none.
    pub fn no_way(coverage: &app::Coverage) -> Walk {
        Walk {
            coverage: Coverage::from(coverage),
            nodes: Vec::new(),
            edges: Vec::new(),
            left_out: 0,
            unfollowed: None,
        }
    }
}

impl From<&AnswerNode> for Node {
    fn from(node: &AnswerNode) -> Node {
        Node {
            symbol: Symbol::from(&node.symbol),
            stale: node.is_stale,
            depth: node.depth,
            parent: node.arrival.map(|arrival| arrival.parent),
            edge: node.arrival.map(|arrival| arrival.edge),
        }
    }
}

impl From<&AnswerEdge> for Edge {
    fn from(edge: &AnswerEdge) -> Edge {
        Edge {
            source: edge.source,
            target: edge.target,
            kind: edge.kind.as_str(),
            how: edge.how.map(domain::ReferenceKind::as_str),
            line: edge.line,
            provenance: edge.provenance.as_str(),
            confidence: f64::from(edge.provenance.confidence()),
            weight: f64::from(edge.weight),
        }
    }
}

impl From<&app::Unfollowed> for Unfollowed {
    fn from(unfollowed: &app::Unfollowed) -> Unfollowed {
        let counts = unfollowed.counts.iter();
        let nearest = unfollowed.nearest.iter();
        Unfollowed {
            references: unfollowed.n_references(),
            counts: counts
                .map(|(kind, reason, n)| UnfollowedCount {
                    kind: kind.as_str(),
                    reason: reason.as_str(),
                    references: *n,
                })
                .collect(),
            nearest: nearest
                .map(|place| UnfollowedPlace {
                    file: place.path.to_string(),
                    line: place.line,
                    kind: place.kind.as_str(),
                    reason: place.reason.as_str(),
                })
                .collect(),
        }
    }
}

impl From<&CyclesAnswer> for Cycles {
    fn from(answer: &CyclesAnswer) -> Cycles {
        Cycles {
            coverage: Coverage::from(&answer.coverage),
            cycles: answer.cycles.iter().map(Cycle::from).collect(),
            left_out: answer.n_cut,
        }
    }
}

impl From<&CycleAnswer> for Cycle {
    fn from(cycle: &CycleAnswer) -> Cycle {
        let step = |(symbol, kind, line): &(GraphSymbol, EdgeKind, u32)| CycleStep {
            symbol: Symbol::from(symbol),
            edge: kind.as_str(),
            edge_line: *line,
        };
        Cycle {
            members: cycle.members.iter().map(Symbol::from).collect(),
            way_round: cycle.way_round.iter().map(step).collect(),
        }
    }
}

impl From<&HotspotsAnswer> for Hotspots {
    fn from(answer: &HotspotsAnswer) -> Hotspots {
        Hotspots {
            coverage: Coverage::from(&answer.coverage),
            hotspots: answer.hotspots.iter().map(Hotspot::from).collect(),
        }
    }
}

impl From<&HotspotRow> for Hotspot {
    fn from(row: &HotspotRow) -> Hotspot {
        let (complexity, metrics) = (&row.complexity, &row.metrics);
        Hotspot {
            symbol: Symbol::from(&row.symbol),
            score: row.score,
            complexity: Complexity {
                cyclomatic: complexity.cyclomatic,
                cognitive: complexity.cognitive,
                n_code_lines: complexity.n_code_lines,
            },
            metrics: Measures {
                fan_in: metrics.fan_in,
                fan_out: metrics.fan_out,
                use_fan_in: metrics.use_fan_in,
                use_fan_out: metrics.use_fan_out,
                afferent: metrics.afferent,
                efferent: metrics.efferent,
                instability: f64::from(metrics.instability),
                page_rank: f64::from(metrics.page_rank),
                betweenness: f64::from(metrics.betweenness),
                cycle_size: metrics.cycle_size,
                cycle: metrics.cycle,
                community: metrics.community,
            },
        }
    }
}

impl From<&ModulesAnswer> for Modules {
    fn from(answer: &ModulesAnswer) -> Modules {
        let modules = answer.modules.iter().map(|module| Module {
            path: module.path.clone(),
            files: module.n_files,
            afferent: module.afferent,
            efferent: module.efferent,
            instability: f64::from(module.instability()),
        });
        let links = answer.links.iter().map(|link| ModuleLink {
            source: answer.modules[link.source].path.clone(),
            target: answer.modules[link.target].path.clone(),
            weight: f64::from(link.weight),
        });
        Modules {
            coverage: Coverage::from(&answer.coverage),
            modules: modules.collect(),
            links: links.collect(),
        }
    }
}
