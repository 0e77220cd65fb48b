//! The graph of a repository in memory, for what walks it or prints it.

use std::collections::HashMap;

use domain::RepoPath;
use graph::Network;
use store::{
    Edge, FileGraph, FileId, GenerationId, GraphFile, GraphNode, Store, StoreError, SymbolId,
};

use crate::graph::GraphSymbol;

/// The nodes and edges of one generation.
pub(crate) struct CodeGraph {
    /// Files in path order.
    pub(crate) files: Vec<GraphFile>,
    /// Symbols by path and place; a node's number is its place here.
    pub(crate) nodes: Vec<GraphNode>,
    /// Edges by file, in path order.
    pub(crate) graphs: Vec<FileGraph>,
    /// By file: its place among the files and the number of its first node.
    places: HashMap<FileId, (usize, u32)>,
}

impl CodeGraph {
    /// Reads the graph of a generation.
    pub(crate) fn read(
        store: &dyn Store,
        generation: GenerationId,
    ) -> Result<CodeGraph, StoreError> {
        let files = store.graph_state(generation)?.files;
        let nodes = store.graph_nodes(generation)?;
        let graphs = store.file_graphs(generation)?;
        let mut places: HashMap<FileId, (usize, u32)> = files
            .iter()
            .enumerate()
            .map(|(place, file)| (file.id, (place, u32::MAX)))
            .collect();
        for (number, node) in nodes.iter().enumerate() {
            if let Some((_, first)) = places.get_mut(&node.id.file) {
                *first = (*first).min(number as u32);
            }
        }
        Ok(CodeGraph {
            files,
            nodes,
            graphs,
            places,
        })
    }

    /// Returns the number of a symbol's node; nothing if its file is gone.
    pub(crate) fn number_of(&self, id: SymbolId) -> Option<u32> {
        let (_, first) = self.places.get(&id.file)?;
        let number = first.checked_add(id.symbol)?;
        ((number as usize) < self.nodes.len()).then_some(number)
    }

    /// Returns a symbol's node; nothing if its file is gone.
    pub(crate) fn node(&self, id: SymbolId) -> Option<&GraphNode> {
        self.number_of(id)
            .map(|number| &self.nodes[number as usize])
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

    /// Returns the edges whose source is in a file.
    pub(crate) fn edges_of(&self, file: FileId) -> &[Edge] {
        let path = self.path(file);
        let found = path.and_then(|path| {
            let by_path = |graph: &FileGraph| self.path(graph.file).cmp(&Some(path));
            self.graphs.binary_search_by(by_path).ok()
        });
        found.map_or(&[], |place| self.graphs[place].edges.as_slice())
    }

    /// Returns the graph as numbers; a node's number is the same in both.
    pub(crate) fn network(&self) -> Network {
        let graphs: Vec<&FileGraph> = self.graphs.iter().collect();
        index::network(&self.files, &self.nodes, &graphs)
    }

    /// Returns the path of a file.
    pub(crate) fn path(&self, file: FileId) -> Option<&RepoPath> {
        let (place, _) = self.places.get(&file)?;
        Some(&self.files[*place].path)
    }
}
