//! What a store promises of facts, edges and metrics.

use domain::{ContentHash, EdgeKind, NodeMetrics, Position, Provenance, ReferenceKind, Resolution};

use super::Open;
use super::sample::{begin, file, path};
use crate::{
    Edge, FileGraph, FileId, GenerationId, GraphUpdate, MetricsRow, ResolvedFrom, Store, SymbolId,
};

fn two_files(store: &mut dyn Store) -> (GenerationId, FileId, FileId) {
    let generation = begin(store, "a").generation;
    for at in ["a.ts", "b.ts"] {
        store.replace_file(generation, &file(at, &["one"])).unwrap();
    }
    let files = store.graph_state(generation).unwrap().files;
    (generation, files[0].id, files[1].id)
}

pub(super) fn graph(from: FileId, to: FileId) -> FileGraph {
    FileGraph {
        file: from,
        from: ResolvedFrom {
            modules: ContentHash::of(b"modules"),
            dependencies: vec![to],
            behind: vec![to],
        },
        outcomes: vec![
            Resolution::Resolved,
            Resolution::External,
            Resolution::TooDeep,
        ],
        edges: vec![Edge {
            kind: EdgeKind::Calls,
            source: 1,
            target: SymbolId {
                file: to,
                symbol: 1,
            },
            reference: Some(0),
            how: Some(ReferenceKind::Call),
            position: Position { line: 3, column: 4 },
            provenance: Provenance::Import,
        }],
    }
}

pub(super) fn update(graph: FileGraph) -> GraphUpdate {
    GraphUpdate {
        basis: Some(ContentHash::of(b"basis")),
        metrics: vec![metrics_of(graph.file)],
        files: vec![graph],
    }
}

fn metrics_of(file: FileId) -> MetricsRow {
    let id = SymbolId { file, symbol: 1 };
    MetricsRow {
        id,
        metrics: NodeMetrics {
            fan_in: 1,
            fan_out: 2,
            use_fan_in: 5,
            use_fan_out: 6,
            afferent: 3,
            efferent: 4,
            instability: 0.5,
            page_rank: 1.25,
            betweenness: 0.1,
            cycle_size: 1,
            ..NodeMetrics::default()
        },
        cycle: id,
        community: SymbolId { file, symbol: 0 },
    }
}

pub(super) fn edges_go_with_their_file(open: Open<'_>) {
    let mut store = open();
    let (generation, a, b) = two_files(&mut *store);
    assert_eq!(store.facts(a).unwrap(), file("a.ts", &["one"]).facts);
    let name = &file("a.ts", &["one"]).facts.names[0];
    assert_eq!(store.files_naming(generation, name).unwrap(), [a, b]);
    assert_eq!(store.files_naming(generation, "nobody").unwrap(), []);
    let of_a = graph(a, b);
    store
        .replace_graph(generation, &update(of_a.clone()))
        .unwrap();

    let other = open();
    let state = other.graph_state(generation).unwrap();
    assert_eq!(state.basis, Some(ContentHash::of(b"basis")));
    assert_eq!(store.graph_basis(generation).unwrap(), state.basis);
    assert_eq!(state.files[0].resolved, Some(of_a.from.clone()));
    assert_eq!(state.files[1].resolved, None);
    assert_eq!(other.file_graphs(generation).unwrap(), [of_a]);
    assert_eq!(other.metrics(generation).unwrap(), [metrics_of(a)]);
    let counts = other.graph_counts(generation).unwrap();
    assert_eq!(counts.edges[&EdgeKind::Calls], 1);
    assert_eq!(counts.references[&Resolution::TooDeep], 1);

    // A changed file gets another id, so that whoever depended on it sees that it is gone.
    store
        .replace_file(generation, &file("b.ts", &["two"]))
        .unwrap();
    let files = store.graph_state(generation).unwrap().files;
    assert!(files.iter().all(|file| file.id != b));
    assert_eq!(store.file_graphs(generation).unwrap().len(), 1);
    store.remove_files(generation, &[path("a.ts")]).unwrap();
    assert_eq!(store.file_graphs(generation).unwrap(), []);
    assert_eq!(store.metrics(generation).unwrap(), []);
    let nodes = store.graph_nodes(generation).unwrap();
    assert_eq!(nodes.len(), 2);
    assert_eq!(nodes[1].parent, Some(0));
}

pub(super) fn digest_depends_on_the_graph(open: Open<'_>) {
    let mut store = open();
    let (generation, a, b) = two_files(&mut *store);
    let changes: &[fn(&mut FileGraph)] = &[
        |_| {},
        |graph| graph.outcomes[1] = Resolution::Dynamic,
        |graph| graph.edges[0].kind = EdgeKind::Renders,
        |graph| graph.edges[0].source = 0,
        |graph| graph.edges[0].target.symbol = 0,
        |graph| graph.edges[0].target.file = graph.file,
        |graph| graph.edges[0].reference = None,
        |graph| graph.edges[0].how = None,
        |graph| graph.edges[0].how = Some(ReferenceKind::Decorator),
        |graph| graph.edges[0].position.column += 1,
        |graph| graph.edges[0].provenance = Provenance::This,
        |graph| graph.edges.clear(),
    ];
    let mut seen = std::collections::HashSet::new();
    for change in changes {
        let mut changed = graph(a, b);
        change(&mut changed);
        store.replace_graph(generation, &update(changed)).unwrap();
        assert!(seen.insert(store.digest(generation).unwrap()));
    }
    let changes: &[fn(&mut MetricsRow)] = &[
        |row| row.metrics.fan_in += 1,
        |row| row.metrics.fan_out += 1,
        |row| row.metrics.use_fan_in += 1,
        |row| row.metrics.use_fan_out += 1,
        |row| row.metrics.afferent += 1,
        |row| row.metrics.efferent += 1,
        |row| row.metrics.instability += 1.0,
        |row| row.metrics.page_rank += 1.0,
        |row| row.metrics.betweenness += 1.0,
        |row| row.metrics.cycle_size += 1,
        |row| row.cycle.symbol = 0,
        |row| row.community.symbol = 1,
    ];
    for change in changes {
        let mut changed = metrics_of(a);
        change(&mut changed);
        let update = GraphUpdate {
            metrics: vec![changed],
            ..update(graph(a, b))
        };
        store.replace_graph(generation, &update).unwrap();
        assert!(seen.insert(store.digest(generation).unwrap()));
    }
}
