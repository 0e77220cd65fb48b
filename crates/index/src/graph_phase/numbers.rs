//! The numbers that a graph in memory gives to the rows of a store.

use rustc_hash::FxHashMap;
use store::{Edge, FileId, GraphFile, GraphNode, StoreError, SymbolId};

/// Files numbered in path order, and their symbols as nodes, file by file.
///
/// Made of what several reads returned, and refuses what cannot be of one state: every number that it gives is that of a file or node.
pub struct Numbers {
    files: FxHashMap<FileId, FileNumbers>,
}

#[derive(Clone, Copy)]
struct FileNumbers {
    place: u32,
    first_node: u32,
    n_nodes: u32,
}

impl Numbers {
    /// Numbers files and nodes by their places in what [`graph_state`](store::Store::graph_state) and
    /// [`graph_nodes`](store::Store::graph_nodes) return.
    ///
    /// Fails with the first symbol whose file, or whose parent, is missing, or that is not where its place in its file says.
    pub fn new(files: &[GraphFile], nodes: &[GraphNode]) -> Result<Numbers, StoreError> {
        Numbers::of(files, nodes.iter().map(|node| (node.id, node.parent)))
    }

    /// Numbers nodes that are given as ids with their parents.
    pub(super) fn of(
        files: &[GraphFile],
        nodes: impl Iterator<Item = (SymbolId, Option<u32>)> + Clone,
    ) -> Result<Numbers, StoreError> {
        let mut numbers = Numbers {
            files: FxHashMap::default(),
        };
        for (place, file) in (0..).zip(files) {
            let none_yet = FileNumbers {
                place,
                first_node: 0,
                n_nodes: 0,
            };
            numbers.files.insert(file.id, none_yet);
        }
        for (number, (id, _)) in (0..).zip(nodes.clone()) {
            let contradiction = |what| StoreError::Contradiction { symbol: id, what };
            let file = numbers.files.get_mut(&id.file);
            let file = file.ok_or_else(|| contradiction("is of no file of its generation"))?;
            if file.n_nodes == 0 {
                file.first_node = number;
            }
            if file.n_nodes != id.symbol || number - file.first_node != id.symbol {
                return Err(contradiction("does not follow the symbol before it"));
            }
            file.n_nodes += 1;
        }
        let mut nodes = nodes;
        let orphan = nodes.find(|(id, parent)| {
            let parent = parent.map(|symbol| SymbolId { symbol, ..*id });
            parent.is_some_and(|parent| parent == *id || numbers.node(parent).is_none())
        });
        match orphan {
            Some((orphan, _)) => Err(StoreError::Contradiction {
                symbol: orphan,
                what: "has a parent that its file does not have",
            }),
            None => Ok(numbers),
        }
    }

    /// Returns the place of a file; nothing for one that the generation does not have.
    pub fn file(&self, file: FileId) -> Option<u32> {
        self.files.get(&file).map(|numbers| numbers.place)
    }

    /// Returns the number of a symbol's node; nothing if the generation does not have its file, or the file not the symbol.
    pub fn node(&self, id: SymbolId) -> Option<u32> {
        let file = self.files.get(&id.file)?;
        (id.symbol < file.n_nodes).then(|| file.first_node + id.symbol)
    }

    /// Returns the ends of an edge of `file`; nothing where it leads to a file that was replaced or removed since.
    ///
    /// Fails where the file of either end is there and the symbol is not.
    pub fn ends(&self, file: FileId, edge: &Edge) -> Result<Option<(u32, u32)>, StoreError> {
        let source = SymbolId {
            file,
            symbol: edge.source,
        };
        let end = |id: SymbolId, what| match self.files.contains_key(&id.file) {
            true => {
                let number = self.node(id);
                let missing = StoreError::Contradiction { symbol: id, what };
                number.map(Some).ok_or(missing)
            }
            false => Ok(None),
        };
        let source = end(source, "has an edge and is not there")?;
        let target = end(edge.target, "is where an edge leads and is not there")?;
        Ok(source.zip(target))
    }
}

#[cfg(test)]
mod tests {
    use domain::{Complexity, Flags, Position, RepoPath, Span, SymbolKind};

    use super::*;

    fn file(id: i64) -> GraphFile {
        GraphFile {
            id: FileId(id),
            language: domain::Language::TypeScript,
            is_shared: false,
            path: RepoPath::new(format!("{id}.ts")).unwrap(),
            resolved: None,
        }
    }

    fn node(file: i64, symbol: u32, parent: Option<u32>) -> GraphNode {
        GraphNode {
            id: SymbolId {
                file: FileId(file),
                symbol,
            },
            parent,
            kind: SymbolKind::Function,
            name: String::new(),
            qualified_name: String::new(),
            position: Position::default(),
            span: Span::default(),
            flags: Flags::default(),
            complexity: Complexity::default(),
        }
    }

    fn refused(files: &[GraphFile], nodes: &[GraphNode]) -> String {
        Numbers::new(files, nodes).err().unwrap().to_string()
    }

    #[test]
    fn nodes_are_numbered_file_by_file() {
        let nodes = [node(9, 0, None), node(9, 1, Some(0)), node(4, 0, None)];
        let numbers = Numbers::new(&[file(9), file(7), file(4)], &nodes).unwrap();
        let number = |file, symbol| {
            numbers.node(SymbolId {
                file: FileId(file),
                symbol,
            })
        };
        let found = [number(9, 0), number(9, 1), number(4, 0)];
        assert_eq!(found, [Some(0), Some(1), Some(2)]);
        let missing = [
            number(9, 2),
            number(7, 0),
            number(1, 0),
            number(9, u32::MAX),
        ];
        assert_eq!(missing, [None; 4]);
        assert_eq!(
            (numbers.file(FileId(4)), numbers.file(FileId(1))),
            (Some(2), None)
        );
    }

    #[test]
    fn rows_of_two_states_are_refused_by_name() {
        let start = "the database contradicts itself: symbol";
        for (nodes, expected) in [
            (
                vec![node(2, 0, None)],
                "0 of file 2 is of no file of its generation",
            ),
            (
                vec![node(1, 1, None)],
                "1 of file 1 does not follow the symbol before it",
            ),
            (
                vec![node(1, 0, None), node(1, 2, None)],
                "2 of file 1 does not follow the symbol before it",
            ),
            (
                vec![node(1, 0, Some(3))],
                "0 of file 1 has a parent that its file does not have",
            ),
            (
                vec![node(1, 0, Some(0))],
                "0 of file 1 has a parent that its file does not have",
            ),
        ] {
            assert_eq!(refused(&[file(1)], &nodes), format!("{start} {expected}"));
        }
    }
}
