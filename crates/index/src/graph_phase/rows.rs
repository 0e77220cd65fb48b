//! Turns what resolution found into the rows of the store, and measures the whole graph.

use domain::{EdgeKind, Provenance, ReferenceKind, Resolution, SymbolKind};
use graph::resolve::{Outcome, Reason, SymbolAt};
use graph::{Link, Network, Node};
use store::{Edge, FileGraph, GraphFile, GraphNode, StoreError, SymbolId};

use super::heads::Head;
use super::numbers::Numbers;
use super::resolution::ResolvedFile;

/// Returns what has to be written of a file.
pub(super) fn file_graph(
    files: &[GraphFile],
    heads: &[Head],
    numbers: &Numbers,
    resolved: ResolvedFile<'_>,
) -> FileGraph {
    let file = files[resolved.place].id;
    let id_of = |at: SymbolAt| SymbolId {
        file: files[at.file as usize].id,
        symbol: at.symbol,
    };
    let mut edges = Vec::new();
    let mut others = resolved.others.iter().peekable();
    let pairs = resolved.uses.iter().zip(&resolved.outcomes);
    for (place, (reference, outcome)) in (0..).zip(pairs) {
        let Outcome::Found { target, provenance } = *outcome else {
            continue;
        };
        let mut kind = edge_kind(reference.kind);
        if reference.kind == ReferenceKind::Call && is_type(numbers, heads, id_of(target)) {
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
            reference: Some(place),
            how: Some(reference.kind),
            position: reference.position,
            provenance,
        });
        let first = edges[edges.len() - 1];
        let of_place = |(of, _): &&(u32, SymbolAt)| *of <= place;
        while let Some((of, target)) = others.next_if(of_place) {
            if *of == place {
                let target = id_of(*target);
                edges.push(Edge { target, ..first });
            }
        }
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
                .map(|number| heads[number as usize].position)
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

fn is_type(numbers: &Numbers, heads: &[Head], id: SymbolId) -> bool {
    let head = numbers.node(id).map(|number| &heads[number as usize]);
    head.is_some_and(|head| {
        use SymbolKind::{Class, Enum, Interface, Type};
        matches!(head.kind, Class | Enum | Interface | Type)
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

/// Returns the graph in memory: nodes in the order of `nodes`, files and nodes numbered by `numbers`.
///
/// Fails where an edge leads from or to a symbol that is not there. Edges to files that are gone are left out.
pub fn network(
    numbers: &Numbers,
    nodes: &[GraphNode],
    graphs: &[&FileGraph],
) -> Result<Network, StoreError> {
    let heads: Vec<Head> = nodes.iter().map(Head::of).collect();
    let mut links = containment(numbers, &heads);
    for graph in graphs {
        links.extend(links_of(numbers, graph)?);
    }
    network_of(numbers, &heads, links)
}

/// Returns the graph in memory that links make of symbols.
pub(super) fn network_of(
    numbers: &Numbers,
    heads: &[Head],
    links: Vec<Link>,
) -> Result<Network, StoreError> {
    let node = |head: &Head| {
        Ok(Node {
            file: numbers
                .file(head.id.file)
                .ok_or(StoreError::Contradiction {
                    symbol: head.id,
                    what: "is of no file of its generation",
                })?,
            kind: head.kind,
            is_test: head.is_test,
        })
    };
    Ok(Network {
        nodes: heads.iter().map(node).collect::<Result<_, StoreError>>()?,
        links: fold(links),
    })
}

/// Returns what symbols are contained in.
pub(super) fn containment(numbers: &Numbers, heads: &[Head]) -> Vec<Link> {
    let mut links = Vec::new();
    for (target, head) in (0..).zip(heads) {
        let parent = head.parent.map(|symbol| SymbolId { symbol, ..head.id });
        let parent = parent.and_then(|parent| numbers.node(parent));
        links.extend(parent.map(|source| Link {
            source,
            target,
            kind: EdgeKind::Contains,
            is_type_only: false,
            weight: 1.0,
        }));
    }
    links
}

/// Returns the edges of a file as links, those that say the same as one.
pub(super) fn links_of(numbers: &Numbers, graph: &FileGraph) -> Result<Vec<Link>, StoreError> {
    let mut links = Vec::new();
    for edge in &graph.edges {
        let ends = numbers.ends(graph.file, edge)?;
        links.extend(ends.map(|(source, target)| Link {
            source,
            target,
            kind: edge.kind,
            is_type_only: edge.how.is_some_and(ReferenceKind::is_type_only),
            weight: edge.provenance.confidence(),
        }));
    }
    Ok(fold(links))
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
