//! The graph of a repository in memory, for what walks it or prints it.

use domain::{RepoPath, SymbolKind};
use graph::Network;
use index::Numbers;
use store::{
    Edge, FileGraph, FileId, GenerationId, GraphFile, GraphNode, Reading, StoreError, SymbolId,
};

use crate::symbol::GraphSymbol;

/// The nodes and edges of one generation.
pub(crate) struct CodeGraph {
    /// Files in path order.
    pub(crate) files: Vec<GraphFile>,
    /// Symbols by path and place; a node's number is its place here.
    pub(crate) nodes: Vec<GraphNode>,
    /// Edges by file, in path order.
    pub(crate) graphs: Vec<FileGraph>,
    numbers: Numbers,
}

impl CodeGraph {
    /// Reads the graph of a generation.
    pub(crate) fn read(
        reading: &Reading<'_>,
        generation: GenerationId,
    ) -> Result<CodeGraph, StoreError> {
        let files = reading.graph_state(generation)?.files;
        let nodes = reading.graph_nodes(generation)?;
        let graphs = reading.file_graphs(generation)?;
        Ok(CodeGraph {
            numbers: Numbers::new(&files, &nodes)?,
            files,
            nodes,
            graphs,
        })
    }

    /// Returns a symbol's node; nothing if its file is gone.
    pub(crate) fn number(&self, id: SymbolId) -> Option<u32> {
        self.numbers.node(id)
    }

    /// Returns a symbol's node; nothing if its file is gone.
    pub(crate) fn node(&self, id: SymbolId) -> Option<&GraphNode> {
        let number = self.numbers.node(id)?;
        self.nodes.get(number as usize)
    }

    /// Returns a definition as answers name it.
    pub(crate) fn symbol(&self, number: u32) -> Option<GraphSymbol> {
        let node = self.nodes.get(number as usize)?;
        Some(GraphSymbol {
            path: self.path(node.id.file)?.clone(),
            line: node.position.line,
            end_line: node.span.end_line,
            kind: node.kind,
            qualified_name: node.qualified_name.clone(),
            flags: node.flags,
        })
    }

    /// Returns the last declaration of an overloaded function, which is its implementation where there is one; any other node stays
    /// itself.
    pub(crate) fn last_overload(&self, number: u32) -> u32 {
        let Some(node) = self.nodes.get(number as usize) else {
            return number;
        };
        if !matches!(
            node.kind,
            SymbolKind::Function | SymbolKind::Method | SymbolKind::Constructor
        ) {
            return number;
        }
        // A signature holds no definitions, so that overloads are neighbours.
        let later = &self.nodes[number as usize + 1..];
        let is_same = |other: &&GraphNode| {
            other.id.file == node.id.file
                && other.parent == node.parent
                && other.kind == node.kind
                && other.qualified_name == node.qualified_name
        };
        number + later.iter().take_while(is_same).count() as u32
    }

    /// Returns the edges whose source is in a file.
    pub(crate) fn edges_of(&self, file: FileId) -> &[Edge] {
        self.graph_of(file)
            .map_or(&[], |graph| graph.edges.as_slice())
    }

    /// Returns how the references of a file were resolved; nothing if they were not.
    pub(crate) fn graph_of(&self, file: FileId) -> Option<&FileGraph> {
        let path = self.path(file)?;
        let by_path = |graph: &FileGraph| self.path(graph.file).cmp(&Some(path));
        let place = self.graphs.binary_search_by(by_path).ok()?;
        Some(&self.graphs[place])
    }

    /// Returns the graph as numbers; a node's number is the same in both.
    pub(crate) fn network(&self) -> Result<Network, StoreError> {
        let graphs: Vec<&FileGraph> = self.graphs.iter().collect();
        index::network(&self.numbers, &self.nodes, &graphs)
    }

    /// Whether a file of this path is in the graph.
    pub(crate) fn has_path(&self, path: &str) -> bool {
        self.files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .is_ok()
    }

    /// Returns the row of a file; nothing if it is not in the graph.
    pub(crate) fn file_of(&self, path: &RepoPath) -> Option<FileId> {
        let place = self
            .files
            .binary_search_by(|file| file.path.cmp(path))
            .ok()?;
        Some(self.files[place].id)
    }

    /// Returns the path of a file.
    pub(crate) fn path(&self, file: FileId) -> Option<&RepoPath> {
        let place = self.numbers.file(file)?;
        Some(&self.files.get(place as usize)?.path)
    }
}
