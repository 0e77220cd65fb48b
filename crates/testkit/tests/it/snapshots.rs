//! A question beside a writer is answered from one state, on both stores.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::yield_now;

use app::{ExportItem, Mode, Project, SearchOptions, Snapshot, TestHits, Tests, WalkOptions};
use store::conformance::sample;
use store::{GenerationId, PostgresStore, SqliteStore, Store};
use testkit::{TestDatabase, TestProject, count_statement};

/// Three files: one that is called from another, and one that a writer replaces.
fn project() -> TestProject {
    TestProject::new(&format!(
        "//- src/a.ts\n{}//- src/b.ts\nexport const b = 1\n//- src/c.ts\nimport {{ a }} from './a'\nexport function caller() {{ return a([]) }}\n",
        count_statement("a")
    ))
}

/// Asks `question` again and again while another connection replaces `src/b.ts` again and again.
fn beside_a_writer(mut store: Box<dyn Store>, mut question: impl FnMut()) {
    let generation = generation(store.as_ref());
    let is_over = AtomicBool::new(false);
    let has_written = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n_written = 0;
            while !is_over.load(Ordering::Relaxed) {
                let text = format!("written {n_written}");
                let file = sample::file("src/b.ts", &[&text, "second"]);
                let written = store.replace_file(generation, &file);
                written.expect("the file is written");
                has_written.store(true, Ordering::Relaxed);
                n_written += 1;
            }
        });
        let ask = || {
            while !has_written.load(Ordering::Relaxed) {
                yield_now();
            }
            (0..150).for_each(|_| question());
        };
        let asked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(ask));
        is_over.store(true, Ordering::Relaxed);
        asked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

fn generation(store: &dyn Store) -> GenerationId {
    store.repositories().expect("the index is there")[0].generation
}

fn search_options() -> SearchOptions {
    SearchOptions {
        form: app::Form::Question,
        repositories: Vec::new(),
        limit: 10,
        offset: 0,
        mode: Mode::Hybrid,
        path: None,
        language: None,
        kind: None,
        tests: TestHits::Lower,
    }
}

const NEAR: WalkOptions = WalkOptions {
    max_depth: None,
    limit: 10,
    tests: Tests::With,
};

/// Asks everything of one snapshot and compares the answers with each other.
fn check_page(snapshot: &mut Snapshot<'_>) -> Result<(), app::AppError> {
    let covered = snapshot.coverage().clone();
    let status = snapshot.status()?;
    assert_eq!(
        (covered.generation, covered.n_files),
        (status.generation, status.counts.n_files)
    );
    assert_eq!(snapshot.paths()?.len() as u64, status.counts.n_files);

    let answer = snapshot.search("written second", &search_options())?;
    assert_eq!(answer.coverages[0].generation, covered.generation);
    let written = answer
        .hits
        .iter()
        .filter(|found| found.hit.path.as_str() == "src/b.ts");
    for found in written {
        let chunks = snapshot.outline("src/b.ts")?;
        assert!(
            chunks
                .iter()
                .any(|chunk| found.hit.source.contains(chunk.source.trim())),
            "a hit of another state: {:?}",
            found.hit.source
        );
    }
    let graph = snapshot.graph()?;
    let callers = graph.callers(&["a"], &NEAR)?;
    assert_eq!(callers.nodes.len(), 2);
    assert_eq!(callers.coverage.n_files, covered.n_files);
    assert_eq!(graph.coverage().generation, covered.generation);
    assert_eq!(snapshot.digest()?, snapshot.digest()?);
    snapshot.hotspots(5)?;
    Ok(())
}

fn check_beside_a_writer(open: Project, store: Box<dyn Store>) {
    let mut reader = open.reader().expect("the index opens");
    beside_a_writer(store, || {
        reader.ask(None, check_page).expect("the index answers");
        let calls = &mut |_| Ok(());
        app::export(&open, None, ExportItem::Calls, calls).expect("the rows agree");
    });
}

#[test]
fn a_page_beside_a_writer_is_of_one_state() {
    let project = project();
    project.index_streaming();
    let store = SqliteStore::open(&project.database()).expect("the database opens");
    check_beside_a_writer(project.open(), Box::new(store));
}

#[test]
fn a_page_beside_a_writer_is_of_one_state_of_a_server() {
    let database = TestDatabase::new();
    let project = project().with("database", database.address());
    project.index_streaming();
    let address = database.address().parse().expect("the address is valid");
    let store = PostgresStore::open(&address).expect("the database opens");
    check_beside_a_writer(project.open(), Box::new(store));
}

#[test]
fn graph_is_read_anew_after_a_commit_of_a_run_under_way() {
    let project = project();
    project.index_streaming();
    let open = project.open();
    let mut reader = open.reader().expect("the index opens");
    let mut n_definitions = || {
        let graph = reader.ask(None, |snapshot| snapshot.graph());
        graph
            .expect("the graph is read")
            .modules(app::Fold::Files)
            .modules
            .len()
    };
    assert_eq!((n_definitions(), n_definitions()), (3, 3));
    let mut store = SqliteStore::open(&project.database()).expect("the database opens");
    let profile = store.repositories().expect("it answers")[0].profile.clone();
    let run = store.begin_run(&store::RunSettings {
        repository: sample::repository("tree"),
        root: project.tree().display().to_string(),
        profile,
        from_scratch: false,
    });
    let run = run.expect("the run begins");
    for (n_files, path) in [(4, "src/d.ts"), (5, "src/e.ts")] {
        let file = sample::file(path, &["one"]);
        store
            .replace_file(run.generation, &file)
            .expect("the file is written");
        assert_eq!(n_definitions(), n_files);
    }
    sample::finish(&mut store, &run);
    assert_eq!(n_definitions(), 5);
}

#[test]
fn reader_goes_over_to_the_generation_that_replaces_its_own() {
    let project = project();
    project.index_streaming();
    let open = project.open();
    let mut reader = open.reader().expect("the index opens");
    let mut answer = |repository| {
        reader.ask(repository, |snapshot| {
            check_page(snapshot)?;
            Ok(snapshot.coverage().generation)
        })
    };
    assert_eq!(answer(None).expect("it answers"), 1);
    project.index(&app::IndexOptions {
        is_streaming: true,
        from_scratch: true,
        ..app::IndexOptions::default()
    });
    assert_eq!(answer(None).expect("it answers"), 2);
    open.remove("tree").expect("it is there");
    let gone = answer(Some("tree")).expect_err("nothing is left");
    assert!(gone.to_string().contains("tree"), "{gone}");
    // A database in the place of the one that was opened.
    fs_err::remove_file(project.database()).expect("it is there");
    project.index_streaming();
    assert_eq!(answer(None).expect("it answers"), 1);
}
