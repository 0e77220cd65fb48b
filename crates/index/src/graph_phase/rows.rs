//! Turns what resolution found into the rows of the store, and measures the whole graph.

use domain::{EdgeKind, Provenance, ReferenceKind, Resolution, SymbolKind};
use graph::resolve::{Outcome, Reason, SymbolAt};
use graph::{Link, Network, Node};
use rustc_hash::FxHashMap;
use store::{
    Edge, FileGraph, FileId, GraphFile, GraphNode, GraphUpdate, MetricsRow, StoreError, SymbolId,
};

use super::ResolvedFile;
use super::numbers::Numbers;

/// Returns what has to be written; `graphs` are what the store has.
pub(super) fn update(
    files: &[GraphFile],
    nodes: &[GraphNode],
    graphs: &[FileGraph],
    resolved: Vec<ResolvedFile>,
) -> Result<GraphUpdate, StoreError> {
    let numbers = Numbers::new(files, nodes)?;
    let changed: Vec<FileGraph> = resolved
        .into_iter()
        .map(|file| file_graph(files, nodes, &numbers, file))
        .collect();
    let all = merge(files, graphs, &changed);
    let network = network(&numbers, nodes, &all)?;
    let metrics = graph::metrics(&network)
        .into_iter()
        .zip(nodes)
        .map(|(metrics, node)| MetricsRow {
            id: node.id,
            cycle: nodes[metrics.cycle as usize].id,
            community: nodes[metrics.community as usize].id,
            metrics,
        })
        .collect();
    Ok(GraphUpdate {
        basis: None,
        files: changed,
        metrics,
    })
}

fn file_graph(
    files: &[GraphFile],
    nodes: &[GraphNode],
    numbers: &Numbers,
    resolved: ResolvedFile,
) -> FileGraph {
    let file = files[resolved.place].id;
    let id_of = |at: SymbolAt| SymbolId {
        file: files[at.file as usize].id,
        symbol: at.symbol,
    };
    let mut edges = Vec::new();
    let pairs = resolved.uses.iter().zip(&resolved.outcomes);
    for (place, (reference, outcome)) in pairs.enumerate() {
        let Outcome::Found { target, provenance } = *outcome else {
            continue;
        };
        let mut kind = edge_kind(reference.kind);
        if reference.kind == ReferenceKind::Call && is_type(numbers, nodes, id_of(target)) {
            kind = resolved.call_of_type;
        }
        let is_of_module = matches!(kind, EdgeKind::Imports | EdgeKind::ReExports);
        let target = id_of(target);
        // What a file exports of its own is contained in it.
        if kind == EdgeKind::ReExports && target.file == file {
            continue;
        }
        edges.push(Edge {
            kind,
            source: if is_of_module { 0 } else { reference.from },
            target,
            reference: Some(place as u32),
            how: Some(reference.kind),
            position: reference.position,
            provenance,
        });
    }
    for relation in &resolved.relations {
        let source = SymbolId {
            file,
            symbol: relation.from,
        };
        edges.push(Edge {
            kind: relation.kind,
            source: relation.from,
            target: id_of(relation.target),
            reference: None,
            how: None,
            position: numbers
                .node(source)
                .map(|number| nodes[number as usize].position)
                .unwrap_or_default(),
            provenance: Provenance::Members,
        });
    }
    FileGraph {
        file,
        from: resolved.from,
        outcomes: resolved.outcomes.iter().map(resolution).collect(),
        edges,
    }
}

fn is_type(numbers: &Numbers, nodes: &[GraphNode], id: SymbolId) -> bool {
    let node = numbers.node(id).map(|number| &nodes[number as usize]);
    node.is_some_and(|node| {
        use SymbolKind::{Class, Enum, Interface, Type};
        matches!(node.kind, Class | Enum | Interface | Type)
    })
}

fn edge_kind(kind: ReferenceKind) -> EdgeKind {
    match kind {
        ReferenceKind::Call | ReferenceKind::TaggedTemplate | ReferenceKind::Decorator => {
            EdgeKind::Calls
        }
        ReferenceKind::New => EdgeKind::Instantiates,
        ReferenceKind::Jsx => EdgeKind::Renders,
        ReferenceKind::Extends => EdgeKind::Extends,
        ReferenceKind::Implements => EdgeKind::Implements,
        ReferenceKind::Type => EdgeKind::UsesType,
        ReferenceKind::Import
        | ReferenceKind::DynamicImport
        | ReferenceKind::Require
        | ReferenceKind::ImportType => EdgeKind::Imports,
        ReferenceKind::ReExport => EdgeKind::ReExports,
        ReferenceKind::TypeImport => EdgeKind::Imports,
        ReferenceKind::TypeReExport => EdgeKind::ReExports,
        ReferenceKind::Argument
        | ReferenceKind::Alias
        | ReferenceKind::Shorthand
        | ReferenceKind::Default
        | ReferenceKind::Assigned
        | ReferenceKind::Returned
        | ReferenceKind::Element
        | ReferenceKind::MemberCall
        | ReferenceKind::JsxAttribute
        | ReferenceKind::Read
        | ReferenceKind::Written
        | ReferenceKind::Exported => EdgeKind::References,
        ReferenceKind::Fixture => EdgeKind::UsesFixture,
    }
}

fn resolution(outcome: &Outcome) -> Resolution {
    match outcome {
        Outcome::Found { .. } => Resolution::Resolved,
        Outcome::External => Resolution::External,
        Outcome::Dynamic => Resolution::Dynamic,
        Outcome::Unresolved(reason) => match reason {
            Reason::MissingModule => Resolution::MissingModule,
            Reason::NoSuchExport => Resolution::NoSuchExport,
            Reason::UnknownReceiver => Resolution::UnknownReceiver,
            Reason::NoSuchMember => Resolution::NoSuchMember,
            Reason::NotRead => Resolution::NotRead,
            Reason::TooDeep => Resolution::TooDeep,
        },
    }
}

/// Returns the graphs of all files in path order, the changed ones in place of the old.
fn merge<'g>(
    files: &[GraphFile],
    old: &'g [FileGraph],
    changed: &'g [FileGraph],
) -> Vec<&'g FileGraph> {
    let mut by_id: FxHashMap<FileId, &FileGraph> =
        old.iter().map(|graph| (graph.file, graph)).collect();
    by_id.extend(changed.iter().map(|graph| (graph.file, graph)));
    let found = files.iter().filter_map(|file| by_id.get(&file.id).copied());
    found.collect()
}

/// Returns the graph in memory: nodes in the order of `nodes`, files and nodes numbered by `numbers`.
///
/// Fails where an edge leads from or to a symbol that is not there. Edges to files that are gone are left out.
pub fn network(
    numbers: &Numbers,
    nodes: &[GraphNode],
    graphs: &[&FileGraph],
) -> Result<Network, StoreError> {
    let mut links: Vec<Link> = Vec::new();
    for (target, node) in (0..).zip(nodes) {
        let parent = node.parent.map(|symbol| SymbolId { symbol, ..node.id });
        let parent = parent.and_then(|parent| numbers.node(parent));
        links.extend(parent.map(|source| Link {
            source,
            target,
            kind: EdgeKind::Contains,
            is_type_only: false,
            weight: 1.0,
        }));
    }
    for graph in graphs {
        for edge in &graph.edges {
            links.extend(
                numbers
                    .ends(graph.file, edge)?
                    .map(|(source, target)| Link {
                        source,
                        target,
                        kind: edge.kind,
                        is_type_only: edge.how.is_some_and(ReferenceKind::is_type_only),
                        weight: edge.provenance.confidence(),
                    }),
            );
        }
    }
    let node = |node: &GraphNode| {
        Ok(Node {
            file: numbers
                .file(node.id.file)
                .ok_or(StoreError::Contradiction {
                    symbol: node.id,
                    what: "is of no file of its generation",
                })?,
            kind: node.kind,
            is_test: node.flags.is_test,
        })
    };
    Ok(Network {
        nodes: nodes.iter().map(node).collect::<Result<_, StoreError>>()?,
        links: fold(links),
    })
}

/// Links between the same nodes that say the same add up.
fn fold(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_by_key(|link| (link.source, link.target, link.kind));
    let mut folded: Vec<Link> = Vec::new();
    for link in links {
        match folded.last_mut() {
            Some(last)
                if (last.source, last.target, last.kind)
                    == (link.source, link.target, link.kind) =>
            {
                last.weight += link.weight;
                last.is_type_only &= link.is_type_only;
            }
            _ => folded.push(link),
        }
    }
    folded
}
