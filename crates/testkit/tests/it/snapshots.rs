//! A question beside a writer is answered from one state.

use std::sync::atomic::{AtomicBool, Ordering};

use app::{Tests, WalkOptions};
use store::conformance::sample;
use store::{GenerationId, SqliteStore, Store};
use testkit::{TestProject, count_statement};

/// Runs `questions` while another connection replaces one file again and again.
fn beside_a_writer(project: &TestProject, questions: impl FnOnce()) {
    let mut store = SqliteStore::open(&project.database()).expect("the database opens");
    let generation = generation(&store);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n_written = 0;
            while !is_over.load(Ordering::Relaxed) {
                let file = sample::file("src/b.ts", &[&format!("written {n_written}")]);
                let written = store.replace_file(generation, &file);
                written.expect("the file is written");
                n_written += 1;
            }
        });
        let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(questions));
        is_over.store(true, Ordering::Relaxed);
        asked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

fn generation(store: &dyn Store) -> GenerationId {
    store.repositories().expect("the index is there")[0].generation
}

#[test]
fn graph_is_read_from_one_state_beside_a_writer() {
    let callers = "import { a } from './a'\nexport function caller() { return a([]) }\n";
    let project = TestProject::new(&format!(
        "//- src/a.ts\n{}//- src/b.ts\nexport const b = 1\n//- src/c.ts\n{callers}",
        count_statement("a")
    ));
    project.index_streaming();
    let options = WalkOptions {
        max_depth: None,
        limit: 10,
        tests: Tests::With,
    };
    beside_a_writer(&project, || {
        let open = project.open();
        for _ in 0..400 {
            let graph = open.graph(None).expect("the graph is read");
            let answer = graph.callers(&["a"], &options).expect("the name is known");
            assert_eq!(answer.nodes.len(), 2);
            assert_eq!(answer.coverage.n_files, 3);
        }
    });
}
