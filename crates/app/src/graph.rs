//! Questions about the code graph: who calls, what a change affects, how two definitions hang together.
//!
//! `Snapshot::graph` reads the graph of one repository in one state; the view that it returns answers as often as it is asked. Definitions are
//! meant by name, and a name that could mean several is refused with all of them.

mod answer;
pub(crate) mod lookup;
mod map;
pub(crate) mod other_names;
pub(crate) mod unfollowed;
pub(crate) mod walks;

use std::collections::HashMap;
use std::sync::OnceLock;

use domain::{EdgeKind, NodeMetrics, Position, RepoPath};
use graph::{
    Bounds, Cycle, CycleLevel, EdgeKinds, Fold, Hotspot, Link, Network, Walk, hotspots, modules,
};
use store::{Edge, MetricsRow, Reading, RepositorySummary, SymbolId};

pub use answer::{
    AnswerEdge, AnswerNode, Arrival, CycleAnswer, CyclesAnswer, GraphAnswer, HotspotRow,
    HotspotsAnswer, ModuleLinkRow, ModuleRow, ModulesAnswer, Unfollowed, UnfollowedPlace,
};
pub use map::{MapAnswer, MapKind, MapLink, MapNode};

use crate::code_graph::CodeGraph;
use crate::coverage::Coverage;
use crate::error::AppError;
use crate::symbol::GraphSymbol;
use crate::tree_file::within;

/// What becomes of tests in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tests {
    /// They are shown like everything else.
    #[default]
    With,
    /// They are left out, unless the way to something else leads through them.
    Without,
    /// Nothing else is shown but the paths to them.
    Only,
}

/// How far a walk goes and what is shown of it.
#[derive(Clone, Copy, Debug)]
pub struct WalkOptions {
    /// Edges from the start at most; without a bound if `None`.
    pub max_depth: Option<u32>,
    /// Definitions shown at most.
    pub limit: usize,
    /// What becomes of tests.
    pub tests: Tests,
}

/// The graph of one repository in memory.
pub struct GraphView {
    root: String,
    coverage: Coverage,
    pub(crate) graph: CodeGraph,
    pub(crate) network: Network,
    /// Made by the first question that names a definition.
    n_dependents: OnceLock<Vec<u32>>,
}

/// Returns for each of some nodes which strongly connected component it is in: nodes that all lead to each other are in one.
pub fn components(n_nodes: usize, links: impl IntoIterator<Item = (u32, u32)>) -> Vec<usize> {
    let mut component_of = vec![0; n_nodes];
    for (number, component) in graph::components(n_nodes, links).iter().enumerate() {
        for node in component {
            component_of[*node as usize] = number;
        }
    }
    component_of
}

impl GraphView {
    /// Reads the graph of a repository.
    pub(crate) fn read(
        reading: &Reading<'_>,
        repository: &RepositorySummary,
        coverage: &Coverage,
    ) -> Result<GraphView, AppError> {
        let graph = CodeGraph::read(reading, repository.generation)?;
        Ok(GraphView {
            root: repository.root.clone(),
            coverage: coverage.clone(),
            network: graph.network()?,
            graph,
            n_dependents: OnceLock::new(),
        })
    }

    /// Returns which index the view was read from.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// Returns the definition that a name means; several where it is declared more than once.
    ///
    /// A name is `name`, `Outer.name`, `path`, `path:line` or `path#Outer.name`; paths may be cut at a `/` on the left, names at a `.`, and
    /// paths may be absolute.
    pub fn find(&self, name: &str) -> Result<Vec<GraphSymbol>, AppError> {
        let numbers = self.numbers(&[name])?;
        Ok(self.symbols(&numbers))
    }

    /// Returns who calls, makes or renders the named definitions or anything in them or uses them as values, and who does so with those.
    ///
    /// Who calls a member of an interface or base may call what implements it, so the members that a named one implements or
    /// overrides count as named too.
    pub fn callers(&self, names: &[&str], options: &WalkOptions) -> Result<GraphAnswer, AppError> {
        let starts = self.with_what_they_stand_for(self.numbers(names)?);
        Ok(walks::callers(self, &starts, options))
    }

    /// Returns what the named definitions or anything in them call, make or render, and what those call.
    pub fn callees(&self, names: &[&str], options: &WalkOptions) -> Result<GraphAnswer, AppError> {
        Ok(walks::callees(self, &self.numbers(names)?, options))
    }

    /// Returns what implements, extends or overrides the named definitions, directly.
    pub(crate) fn implementers(
        &self,
        names: &[&str],
        options: &WalkOptions,
    ) -> Result<GraphAnswer, AppError> {
        Ok(walks::implementers(self, &self.numbers(names)?, options))
    }

    /// Returns what depends on the named definitions in any way, directly or through others: what a change of them may break.
    pub fn impact(&self, names: &[&str], options: &WalkOptions) -> Result<GraphAnswer, AppError> {
        Ok(walks::impact(self, &self.numbers(names)?, options))
    }

    /// Returns a shortest way of dependencies from one definition to another; nothing where there is none.
    pub fn path(&self, from: &str, to: &str) -> Result<Option<GraphAnswer>, AppError> {
        Ok(walks::path(
            self,
            &self.numbers(&[from])?,
            &self.numbers(&[to])?,
        ))
    }

    /// Returns the cycles among modules or calls, the largest first, at most `limit`.
    pub fn cycles(&self, level: CycleLevel, limit: usize) -> CyclesAnswer {
        let cycles = graph::cycles(&self.network, level);
        let shown = cycles.iter().take(limit);
        CyclesAnswer {
            coverage: self.coverage.clone(),
            n_cut: cycles.len().saturating_sub(limit),
            cycles: shown.map(|cycle| self.cycle(cycle)).collect(),
        }
    }

    /// Returns the definitions that most deserve care, at most `limit`, given the `metrics` of the same state.
    pub(crate) fn hotspots(
        &self,
        metrics: &[MetricsRow],
        limit: usize,
    ) -> Result<HotspotsAnswer, AppError> {
        let nodes = self.graph.nodes.iter();
        let complexities: Vec<_> = nodes.map(|node| node.complexity).collect();
        let walk = Walk::new(&self.network);
        let metrics: HashMap<SymbolId, NodeMetrics> =
            metrics.iter().map(|row| (row.id, row.metrics)).collect();
        let row = |hotspot: &Hotspot| {
            let node = self.graph.nodes.get(hotspot.node as usize)?;
            let metrics = metrics.get(&node.id).copied();
            Some(HotspotRow {
                symbol: self.graph.symbol(hotspot.node)?,
                score: hotspot.score,
                complexity: hotspot.complexity,
                metrics: metrics.unwrap_or_default(),
            })
        };
        let hotspots = hotspots(&walk, &complexities, limit);
        Ok(HotspotsAnswer {
            coverage: self.coverage.clone(),
            hotspots: hotspots.iter().filter_map(row).collect(),
        })
    }

    /// Returns which files or folders depend on which.
    pub fn modules(&self, fold: Fold) -> ModulesAnswer {
        let files = self.graph.files.iter();
        let paths: Vec<_> = files.map(|file| file.path.clone()).collect();
        let found = modules(&self.network, &paths, fold);
        let row = |module: graph::Module| ModuleRow {
            path: module.path,
            n_files: module.n_files,
            afferent: 0,
            efferent: 0,
        };
        let mut modules: Vec<ModuleRow> = found.modules.into_iter().map(row).collect();
        let links = found.links.iter().map(|link| ModuleLinkRow {
            source: link.source as usize,
            target: link.target as usize,
            weight: link.weight,
        });
        let links: Vec<ModuleLinkRow> = links.collect();
        for link in &links {
            modules[link.source].efferent += 1;
            modules[link.target].afferent += 1;
        }
        ModulesAnswer {
            coverage: self.coverage.clone(),
            modules,
            links,
        }
    }

    /// Returns where the resolved references of a file stand, and what each means. Several edges may come from one reference; containment
    /// has none.
    pub(crate) fn links_of(
        &self,
        path: &RepoPath,
    ) -> impl Iterator<Item = (Position, GraphSymbol)> + '_ {
        let file = self.graph.file_of(path);
        let edges = file.map_or(&[][..], |file| self.graph.edges_of(file));
        edges
            .iter()
            .filter(|edge| edge.reference.is_some())
            .filter_map(|edge| {
                let number = self.graph.number(edge.target)?;
                let number = self.graph.last_overload(number);
                Some((edge.position, self.graph.symbol(number)?))
            })
    }

    pub(crate) fn numbers(&self, names: &[&str]) -> Result<Vec<u32>, AppError> {
        let dependents = self.n_dependents.get_or_init(|| self.count_dependents());
        let mut numbers = Vec::new();
        for name in names {
            let relative = within(&self.root, name.trim());
            numbers.extend(lookup::find(&self.graph, relative, dependents)?);
        }
        Ok(numbers)
    }

    fn count_dependents(&self) -> Vec<u32> {
        let mut counts = vec![0; self.network.nodes.len()];
        let links = self.network.links.iter();
        for link in links.filter(|link| link.kind != EdgeKind::Contains) {
            counts[link.target as usize] += 1;
        }
        counts
    }

    /// Adds the members of interfaces and bases that the starts, or what is in them, implement or override.
    fn with_what_they_stand_for(&self, mut starts: Vec<u32>) -> Vec<u32> {
        let walk = Walk::new(&self.network);
        let kinds = EdgeKinds::of(&[EdgeKind::Implements, EdgeKind::Overrides]);
        let is_member = |number: &u32| self.graph.nodes[*number as usize].parent != Some(0);
        let members: Vec<u32> = walk.with_contents(&starts);
        let members: Vec<u32> = members.into_iter().filter(is_member).collect();
        let bounds = Bounds {
            kinds,
            max_depth: u32::MAX,
            max_nodes: usize::MAX,
        };
        let steps = walk.callees(&members, &bounds).steps;
        starts.extend(steps.iter().map(|step| step.node).filter(is_member));
        starts
    }

    pub(crate) fn symbols(&self, numbers: &[u32]) -> Vec<GraphSymbol> {
        let numbers = numbers.iter();
        numbers
            .filter_map(|&number| self.graph.symbol(number))
            .collect()
    }

    pub(crate) fn cycle(&self, cycle: &Cycle) -> CycleAnswer {
        let step = |&link: &u32| {
            let link = &self.network.links[link as usize];
            let line = self.edge(link).map_or(0, |edge| edge.position.line);
            Some((self.graph.symbol(link.source)?, link.kind, line))
        };
        CycleAnswer {
            members: self.symbols(&cycle.nodes),
            way_round: cycle.evidence.iter().filter_map(step).collect(),
        }
    }

    /// Returns the first edge that a link was made of.
    fn edge(&self, link: &Link) -> Option<&Edge> {
        let source = self.graph.nodes[link.source as usize].id;
        let target = self.graph.nodes[link.target as usize].id;
        let is_its = |edge: &&Edge| {
            edge.source == source.symbol && edge.target == target && edge.kind == link.kind
        };
        let edges = self.graph.edges_of(source.file).iter();
        edges.filter(is_its).min_by_key(|edge| edge.position)
    }
}
