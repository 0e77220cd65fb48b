//! A map of the code: what lies in a folder or file, and what of it depends on what, to be looked at level by level.

use std::collections::{BTreeMap, HashMap};

use domain::{EdgeKind, SymbolKind};

use super::GraphView;
use crate::coverage::Coverage;
use crate::error::AppError;

/// Levels of folders between the folder that is looked at and what the map shows, at most.
const MAX_DEPTH: usize = 16;

/// A map of one folder or file.
#[derive(Clone, Debug)]
pub struct MapAnswer {
    /// What it was taken from.
    pub coverage: Coverage,
    /// The folder or file; empty for the whole repository. A folder that holds nothing but a folder is passed over.
    pub place: String,
    /// What lies in it, by path.
    pub nodes: Vec<MapNode>,
    /// What depends on what, by source and target.
    pub links: Vec<MapLink>,
}

/// What a node of a map is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// A folder with all that is below it.
    Folder,
    /// A file.
    File,
    /// A definition, with all that is in it.
    Definition(SymbolKind),
}

/// Something on a map.
#[derive(Clone, Debug)]
pub struct MapNode {
    /// What it is called there: the rest of its path, or the name of a definition.
    pub label: String,
    /// Its path, or for a definition the name by which a question means it.
    pub address: String,
    /// What it is.
    pub kind: MapKind,
    /// Files below it; 1 for a file and in it.
    pub n_files: u32,
    /// Nodes of the map that depend on it.
    pub afferent: u32,
    /// Nodes of the map that it depends on.
    pub efferent: u32,
    /// How many nodes all lead to each other, this one among them; 1 outside of cycles.
    pub cycle_size: usize,
}

/// A dependency on a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapLink {
    /// Place of the node that depends.
    pub source: usize,
    /// Place of the node that it depends on.
    pub target: usize,
    /// Number of places in the code that say so, each by its confidence.
    pub weight: f32,
    /// Whether it is part of a cycle.
    pub is_in_cycle: bool,
}

impl GraphView {
    /// Returns the map of a folder, `depth` levels of folders below it, or of the definitions of a file.
    pub fn map(&self, place: &str, depth: usize) -> Result<MapAnswer, AppError> {
        let place = place.trim_matches('/');
        let depth = depth.clamp(1, MAX_DEPTH);
        let (place, nodes, node_of) = match self.graph.has_path(place) {
            true => {
                let (nodes, node_of) = self.definitions_in(place);
                (place.to_owned(), nodes, node_of)
            }
            false => self.folders_in(place, depth),
        };
        if nodes.is_empty() && !place.is_empty() {
            return Err(AppError::UnknownSymbol {
                name: place,
                similar: Vec::new(),
            });
        }
        Ok(self.connected(place, nodes, &node_of))
    }

    /// Returns what lies below a folder, and for each node of the graph which of it holds it.
    fn folders_in(&self, place: &str, depth: usize) -> (String, Vec<MapNode>, Vec<Option<usize>>) {
        let mut place = place.to_owned();
        loop {
            let (names, of_file) = self.names_in(&place, depth);
            // A folder that holds nothing but one folder says nothing by itself.
            if let [(name, (MapKind::Folder, _))] = &names.iter().collect::<Vec<_>>()[..] {
                place = (*name).clone();
                continue;
            }
            let places: HashMap<&String, usize> = names
                .keys()
                .enumerate()
                .map(|(at, name)| (name, at))
                .collect();
            let of_file: Vec<Option<usize>> = of_file
                .iter()
                .map(|name| places.get(name.as_ref()?).copied())
                .collect();
            let nodes = self.network.nodes.iter();
            let node_of = nodes.map(|node| of_file[node.file as usize]).collect();
            let node = |(address, (kind, n_files)): (&String, &(MapKind, u32))| MapNode {
                label: below(&place, address).unwrap_or(address).to_owned(),
                address: address.clone(),
                kind: *kind,
                n_files: *n_files,
                afferent: 0,
                efferent: 0,
                cycle_size: 1,
            };
            let nodes = names.iter().map(node).collect();
            return (place, nodes, node_of);
        }
    }

    /// Returns the folders and files of a folder by path, with the number of files, and for each file of the repository which it is in.
    #[expect(
        clippy::type_complexity,
        reason = "two columns of a table that is taken apart at once"
    )]
    fn names_in(
        &self,
        place: &str,
        depth: usize,
    ) -> (BTreeMap<String, (MapKind, u32)>, Vec<Option<String>>) {
        let mut names: BTreeMap<String, (MapKind, u32)> = BTreeMap::new();
        let files = self.graph.files.iter();
        let of_file = files.map(|file| {
            let path = file.path.as_str();
            let rest = below(place, path)?;
            let end = rest.match_indices('/').nth(depth - 1);
            let (name, kind) = match end {
                Some((end, _)) => {
                    let end = path.len() - rest.len() + end;
                    (path[..end].to_owned(), MapKind::Folder)
                }
                None => (path.to_owned(), MapKind::File),
            };
            names.entry(name.clone()).or_insert((kind, 0)).1 += 1;
            Some(name)
        });
        let of_file = of_file.collect();
        (names, of_file)
    }

    /// Returns the definitions of a file that stand in no other, and for each node of the graph which of them holds it.
    fn definitions_in(&self, path: &str) -> (Vec<MapNode>, Vec<Option<usize>>) {
        let mut nodes: Vec<MapNode> = Vec::new();
        let mut node_of = vec![None; self.network.nodes.len()];
        // By place among the symbols of the file.
        let mut places: HashMap<u32, usize> = HashMap::new();
        for (number, node) in self.graph.nodes.iter().enumerate() {
            let is_here = self
                .graph
                .path(node.id.file)
                .is_some_and(|at| at.as_str() == path);
            let Some(parent) = node.parent.filter(|_| is_here) else {
                continue;
            };
            // Parents stand before what is in them.
            let place = places.get(&parent).copied().unwrap_or_else(|| {
                let symbol = self.graph.symbol(number as u32);
                nodes.push(MapNode {
                    label: node.name.clone(),
                    address: symbol.map_or_else(String::new, |symbol| symbol.address()),
                    kind: MapKind::Definition(node.kind),
                    n_files: 1,
                    afferent: 0,
                    efferent: 0,
                    cycle_size: 1,
                });
                nodes.len() - 1
            });
            places.insert(node.id.symbol, place);
            node_of[number] = Some(place);
        }
        (nodes, node_of)
    }

    /// Adds what depends on what among the nodes, and which of them go round in circles.
    fn connected(
        &self,
        place: String,
        mut nodes: Vec<MapNode>,
        node_of: &[Option<usize>],
    ) -> MapAnswer {
        let mut weights: BTreeMap<(usize, usize), f32> = BTreeMap::new();
        let links = self.network.links.iter();
        for link in links.filter(|link| link.kind != EdgeKind::Contains) {
            let ends = (node_of[link.source as usize], node_of[link.target as usize]);
            if let (Some(source), Some(target)) = ends
                && source != target
            {
                *weights.entry((source, target)).or_default() += link.weight;
            }
        }
        let pairs = weights
            .keys()
            .map(|(source, target)| (*source as u32, *target as u32));
        let component_of = super::components(nodes.len(), pairs);
        let mut sizes = vec![0; nodes.len()];
        for component in &component_of {
            sizes[*component] += 1;
        }
        for (node, component) in nodes.iter_mut().zip(&component_of) {
            node.cycle_size = sizes[*component];
        }
        let links = weights.into_iter().map(|((source, target), weight)| {
            nodes[source].efferent += 1;
            nodes[target].afferent += 1;
            MapLink {
                source,
                target,
                weight,
                is_in_cycle: component_of[source] == component_of[target],
            }
        });
        let links = links.collect();
        MapAnswer {
            coverage: self.coverage.clone(),
            place,
            nodes,
            links,
        }
    }
}

/// Returns what stands after a folder in a path that lies below it.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}
