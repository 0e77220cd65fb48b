//! What the graph phase needs to know of every symbol, in a fraction of the memory that nodes take.

use domain::{Position, SymbolKind};
use store::{FileId, GraphFile, GraphNode, Store, StoreError, SymbolId};

/// Files whose symbols or edges are read at once.
pub(super) const FILES_AT_ONCE: usize = 512;

/// A symbol without its names.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) id: SymbolId,
    pub(super) parent: Option<u32>,
    pub(super) kind: SymbolKind,
    pub(super) is_test: bool,
    pub(super) position: Position,
}

impl Head {
    pub(super) fn of(node: &GraphNode) -> Head {
        Head {
            id: node.id,
            parent: node.parent,
            kind: node.kind,
            is_test: node.flags.is_test,
            position: node.position,
        }
    }
}

/// Returns the symbols of files, by path and place.
pub(super) fn read(store: &dyn Store, files: &[GraphFile]) -> Result<Vec<Head>, StoreError> {
    let mut heads = Vec::new();
    for files in files.chunks(FILES_AT_ONCE) {
        let ids: Vec<FileId> = files.iter().map(|file| file.id).collect();
        heads.extend(store.graph_nodes_of(&ids)?.iter().map(Head::of));
    }
    Ok(heads)
}
