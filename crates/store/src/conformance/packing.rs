//! What a store promises of what goes through a pack.

use std::io::Cursor;

use domain::{Problem, ProblemKind, Resolution, Skip, SkipReason};

use super::Open;
use super::graph::{graph, update};
use super::sample::{begin, file, finish, path};
use crate::{GenerationId, Pack, Packing, RepositorySummary, Store, VectorsOf, write_pack};

/// Fills a repository with all that a generation can hold.
fn fill(store: &mut dyn Store, name: &str) -> RepositorySummary {
    let run = begin(store, name);
    let generation = run.generation;
    for at in ["a.ts", "b.ts"] {
        let file = file(at, &["one", "two"]);
        store.replace_file(generation, &file).unwrap();
    }
    let files = store.graph_state(generation).unwrap().files;
    let mut graph = graph(files[0].id, files[1].id);
    // As many as the file has references.
    graph.outcomes.push(Resolution::External);
    let graph = update(graph);
    store.replace_graph(generation, &graph).unwrap();
    let problem = Problem {
        path: "c.ts".to_owned(),
        kind: ProblemKind::Store,
        cause: "gone".to_owned(),
    };
    let skip = Skip {
        path: path("d.ts"),
        reason: SkipReason::Minified,
        detail: "its name".to_owned(),
    };
    store
        .record_left_out(generation, &[problem], &[skip])
        .unwrap();
    finish(store, &run);
    summary_of(store, name)
}

fn summary_of(store: &dyn Store, name: &str) -> RepositorySummary {
    let mut all = store.repositories().unwrap().into_iter();
    all.find(|one| one.name.as_str() == name).unwrap()
}

fn packed(store: &dyn Store, summary: &RepositorySummary, vectors: VectorsOf) -> Vec<u8> {
    let packing = Packing {
        program: "1.2.3".to_owned(),
        vectors,
    };
    let mut bytes = Vec::new();
    write_pack(store, summary, &packing, &mut bytes).unwrap();
    bytes
}

fn left_out(store: &dyn Store, generation: GenerationId) -> (Vec<Problem>, Vec<Skip>) {
    let problems = store.problems(generation).unwrap();
    (problems, store.skips(generation).unwrap())
}

pub(super) fn pack_says_what_the_store_says(open: Open<'_>) {
    let mut store = open();
    let before = fill(&mut *store, "a");
    let bytes = packed(&*store, &before, VectorsOf::Chunks);
    let mut pack = Pack::open(Cursor::new(&bytes)).unwrap();
    let manifest = pack.manifest().clone();
    assert_eq!((manifest.program.as_str(), manifest.n_files), ("1.2.3", 2));
    assert_eq!(manifest.profile, before.profile);
    let digest = |of: &RepositorySummary| Some(store.digest(of.generation).unwrap());
    assert_eq!(manifest.digest, digest(&before));
    let run = begin(&mut *store, "b");
    pack.restore(&mut *store, run.generation).unwrap();
    finish(&mut *store, &run);
    let after = summary_of(&*store, "b");
    let digest = |of: &RepositorySummary| Some(store.digest(of.generation).unwrap());
    assert_eq!(digest(&after), manifest.digest);
    let left_out = |of: &RepositorySummary| left_out(&*store, of.generation);
    assert_eq!(left_out(&after), left_out(&before));
    let basis = |of: &RepositorySummary| store.graph_state(of.generation).unwrap().basis;
    assert_eq!(basis(&after), basis(&before));
    // Names of repositories differ, and nothing else does.
    let again = packed(&*store, &after, VectorsOf::Chunks);
    assert_eq!(again.len(), bytes.len());

    let words = packed(&*store, &before, VectorsOf::Nothing);
    let pack = Pack::open(Cursor::new(&words)).unwrap();
    assert_eq!(pack.manifest().digest, None);
    assert_eq!(pack.manifest().profile.code_model, None);
    assert!(words.len() < bytes.len());
}
