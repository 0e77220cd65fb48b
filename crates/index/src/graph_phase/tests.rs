use std::path::Path;

use domain::{ContentHash, FileRecord, FileStamp, Language, RepoPath};
use store::conformance::sample;
use store::{FileIndex, GenerationId, GraphUpdate, SqliteStore, Store};

use super::{Limits, update};
use crate::plan::{Embedding, Resources};

/// Modules that import each other, a script whose names all share, and an addition to a module.
const TREE: &[(&str, &str)] = &[
    (
        "a.ts",
        "export class A { run() { return this } }\nexport const one = () => new A().run()\n",
    ),
    (
        "b.ts",
        "import { A, one } from './a'\nexport const two = () => { one(); return new A() }\n",
    ),
    (
        "c.ts",
        "import { two } from './b'\ntwo().run().more(); shared()\n",
    ),
    (
        "d.ts",
        "export {}\ndeclare module './a' { interface A { more(): void } }\n",
    ),
    ("e.d.ts", "declare function shared(): void\n"),
];

fn indexed(path: &str, text: &str) -> FileIndex {
    let path = RepoPath::new(path).unwrap();
    let settings = extract::ExtractSettings {
        max_tokens: 256,
        count_tokens: &str::len,
    };
    let extraction = extract::extract(&path, text, Language::TypeScript, &settings);
    FileIndex {
        record: FileRecord {
            path,
            hash: ContentHash::of(text.as_bytes()),
            stamp: FileStamp {
                n_bytes: text.len() as u64,
                modified_ns: None,
            },
            language: Language::TypeScript,
            front_end: 1,
            parser: extraction.parser,
            is_test: false,
            is_generated: false,
            n_lines: extraction.n_lines,
            note: None,
        },
        chunks: Vec::new(),
        symbols: extraction.symbols,
        facts: extraction.facts,
        new_vectors: Vec::new(),
    }
}

/// Runs `work` on a database with the tree's files, on the stack that parsing and resolution need.
fn with_tree<T: Send>(work: impl FnOnce(&mut SqliteStore, GenerationId, &Path) -> T + Send) -> T {
    let run = || {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("mnemo.db")).unwrap();
        let generation = sample::begin(&mut store, "tree").generation;
        for (path, text) in TREE {
            store
                .replace_file(generation, &indexed(path, text))
                .unwrap();
        }
        // Enough for several threads.
        for number in 0..40 {
            let text = "import { two } from './b'\nexport const more = () => two().run()\n";
            store
                .replace_file(generation, &indexed(&format!("f{number}.ts"), text))
                .unwrap();
        }
        work(&mut store, generation, folder.path())
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(super::STACK_BYTES);
        let thread = thread.spawn_scoped(scope, run).unwrap();
        thread.join().unwrap()
    })
}

const SMALLEST: Limits = Limits {
    facts_bytes: 1,
    rows: 1,
    n_threads: 1,
};
const AMPLE: Limits = Limits {
    facts_bytes: 48 << 20,
    rows: 100_000,
    n_threads: 1,
};

#[test]
fn graph_does_not_depend_on_what_is_held_at_once_nor_on_threads() {
    let digest = |limits| {
        with_tree(|store, generation, root| {
            update(store, generation, root, &|| limits).unwrap();
            store.digest(generation).unwrap()
        })
    };
    let digest_of_all = digest(AMPLE);
    for n_threads in [1, 2, 4] {
        for limits in [SMALLEST, AMPLE] {
            assert_eq!(
                digest(Limits {
                    n_threads,
                    ..limits
                }),
                digest_of_all
            );
        }
    }
}

#[test]
fn graph_that_was_written_in_part_is_finished_by_the_next_run() {
    with_tree(|store, generation, root| {
        update(store, generation, root, &|| AMPLE).unwrap();
        let whole = store.digest(generation).unwrap();
        let first = store.file_graphs(generation).unwrap().swap_remove(0);
        for (path, text) in &TREE[1..3] {
            store
                .replace_file(generation, &indexed(path, text))
                .unwrap();
        }
        let piece = GraphUpdate {
            files: vec![first],
            ..GraphUpdate::default()
        };
        store.replace_graph(generation, &piece).unwrap();
        assert_ne!(store.digest(generation).unwrap(), whole);
        update(store, generation, root, &|| SMALLEST).unwrap();
        assert_eq!(store.digest(generation).unwrap(), whole);
        assert!(store.graph_state(generation).unwrap().basis.is_some());
    });
}

#[test]
fn limits_yield_to_what_a_run_may_take() {
    let resources = |n_mib: u64| Resources {
        n_workers: 1,
        n_threads: 1,
        budget_bytes: n_mib << 20,
        embedding: Embedding::None,
    };
    let limits = |n_mib, n_held_mib: u64| Limits::of(&resources(n_mib), n_held_mib << 20);
    for n_mib in [40, 100, 400, 4_000] {
        let limits = limits(n_mib, 30);
        let n_bytes = limits.facts_bytes + limits.rows * super::ROW_BYTES;
        assert!(
            n_bytes as u64 <= ((n_mib - 30) << 20).max(5 << 20) / 2 + (4 << 20),
            "{n_mib} MiB"
        );
    }
    assert_eq!(limits(100, 500).facts_bytes, *super::FACTS_BYTES.start());
    assert_eq!(limits(4_000, 500).facts_bytes, *super::FACTS_BYTES.end());
    assert_eq!(limits(4_000, 500).n_threads, 1);
}
