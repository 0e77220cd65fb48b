//! The graph of a repository in memory, for what walks it or prints it.

use std::collections::HashMap;

use domain::RepoPath;
use store::{FileGraph, FileId, GenerationId, GraphFile, GraphNode, Store, StoreError, SymbolId};

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

    /// Returns the path of a file.
    pub(crate) fn path(&self, file: FileId) -> Option<&RepoPath> {
        let (place, _) = self.places.get(&file)?;
        Some(&self.files[*place].path)
    }
}
