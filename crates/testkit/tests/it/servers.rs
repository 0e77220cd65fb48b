//! The same runs and questions on a PostgreSQL server: the same answers, whatever the server does meanwhile.

use app::{Event, IndexOptions, Mode, RunSummary, SearchOptions, StopHandle, TestHits};
use testkit::{PostgresServer, TestDatabase, TestProject, count_statement, shared_tree};

fn on_server(project: TestProject, database: &TestDatabase, n_workers: usize) -> TestProject {
    project
        .with("database", database.address())
        .with("workers", n_workers.to_string())
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
}

/// A tree whose files call and import each other.
fn linked_files(n_files: usize) -> TestProject {
    let project = TestProject::new("");
    for number in 0..n_files {
        let next = (number + 1) % n_files;
        let import = format!("import {{ count{next} }} from './file{next}'\n");
        let call = format!("export const twice{number} = () => count{next}([]) * 2\n");
        let count = count_statement(&format!("count{number}"));
        project.write(
            &format!("src/file{number}.ts"),
            format!("{import}{count}{call}"),
        );
    }
    project
}

fn expected_digest(project: &TestProject) -> String {
    let embedded = TestProject::on(project.tree());
    embedded.index_streaming();
    embedded.digest()
}

fn check_whole(summary: &RunSummary, n_files: u64) {
    assert!(summary.is_complete);
    assert_eq!(
        (summary.counts.n_files, summary.problems.len()),
        (n_files, 0),
        "{:?}",
        summary.problems
    );
}

#[test]
fn digest_is_that_of_the_embedded_database_after_every_kind_of_change() {
    let database = TestDatabase::new();
    let project = on_server(linked_files(12), &database, 2);
    check_whole(&project.index_by_workers(), 12);
    assert_eq!(project.digest(), expected_digest(&project));
    project.write("src/file0.ts", count_statement("changed"));
    project.delete("src/file9.ts");
    project.write("src/new.ts", "export * from './file1'\n");
    check_whole(&project.index_by_workers(), 12);
    assert_eq!(project.digest(), expected_digest(&project));
    let options = IndexOptions {
        from_scratch: true,
        ..IndexOptions::default()
    };
    assert_eq!(project.index(&options).n_vectors_computed, 0);
    assert_eq!(project.digest(), expected_digest(&project));
}

#[test]
fn second_machine_computes_no_vector_that_the_first_one_made() {
    let database = TestDatabase::new();
    let options = |name: &str| IndexOptions {
        repository: Some(name.to_owned()),
        ..IndexOptions::default()
    };
    let first = on_server(linked_files(10), &database, 2);
    let second = on_server(linked_files(10), &database, 2);
    let made = first.index(&options("first"));
    assert!(made.n_vectors_computed > 0);
    let reused = second.index(&options("second"));
    assert_eq!((reused.n_vectors_computed, reused.counts), (0, made.counts));
}

#[test]
fn two_runs_of_two_repositories_at_once_end_as_one_after_the_other() {
    let database = TestDatabase::new();
    let expected = expected_digest(&linked_files(20));
    std::thread::scope(|scope| {
        for name in ["first", "second"] {
            let (database, expected) = (&database, &expected);
            scope.spawn(move || {
                let project = on_server(linked_files(20), database, 2);
                let options = IndexOptions {
                    repository: Some(name.to_owned()),
                    ..IndexOptions::default()
                };
                check_whole(&project.index(&options), 20);
                let (_, digest) = project.open().digest(Some(name)).unwrap();
                assert_eq!(digest.to_string(), *expected);
            });
        }
    });
}

#[test]
fn fewer_connections_than_workers_shrink_the_pool_and_lose_nothing() {
    // Five, as the superuser that the tests are: two for the run, one for what looks at it, two for workers.
    let server = PostgresServer::start(&[("max_connections", "5"), ("autovacuum", "off")]);
    let database = server.database();
    let project = on_server(linked_files(40), &database, 8);
    check_whole(&project.index_by_workers(), 40);
    assert_eq!(project.digest(), expected_digest(&project));
}

/// What workers commit is on the disk late here, so that a crash takes it back although it was reported.
#[test]
fn files_that_a_crash_of_the_server_takes_back_are_done_again() {
    let server = PostgresServer::start(&[("wal_writer_delay", "10s")]);
    let database = server.database();
    let project = on_server(linked_files(40), &database, 2);
    project.index_by_workers();
    for number in 0..40 {
        let path = format!("src/file{number}.ts");
        project.write(&path, count_statement(&format!("changed{number}")));
    }
    project.write("src/new.ts", count_statement("new"));
    let (mut n_indexed, mut n_lost) = (0, 0);
    let options = IndexOptions::default();
    let summary = project.try_index(&options, &StopHandle::new(), &mut |event| match event {
        Event::FileIndexed { .. } => {
            n_indexed += 1;
            if n_indexed == 20 || n_indexed == 41 {
                server.restart_at_once();
            }
        }
        Event::Notice(remark) if remark.contains("lost by a crash") => n_lost += 1,
        _ => {}
    });
    check_whole(&summary.unwrap(), 41);
    assert!(
        n_lost > 0 && n_indexed > 41,
        "nothing was lost: {n_indexed}"
    );
    assert_eq!(project.digest(), expected_digest(&project));
}

#[test]
fn crashes_of_the_server_during_a_run_lose_nothing() {
    let server = PostgresServer::start(&[]);
    let database = server.database();
    let project = on_server(linked_files(150), &database, 2);
    let mut n_indexed = 0;
    let options = IndexOptions::default();
    let summary = project.try_index(&options, &StopHandle::new(), &mut |event| {
        n_indexed += u64::from(matches!(event, Event::FileIndexed { .. }));
        if matches!(event, Event::FileIndexed { .. }) && [20, 60, 100].contains(&n_indexed) {
            server.restart_at_once();
        }
    });
    check_whole(&summary.unwrap(), 150);
    assert_eq!(project.digest(), expected_digest(&project));
}

#[test]
fn real_trees_give_the_same_digest_and_the_same_answers() {
    for (name, queries) in [
        (
            "hono",
            [
                "route regexp",
                "parseBody",
                "c.json response header",
                "jwt verify token",
            ],
        ),
        (
            "vue-core",
            [
                "reactive effect",
                "compileScript",
                "hydrate mismatch",
                "patchProp style",
            ],
        ),
    ] {
        let Some(tree) = shared_tree(name) else {
            return;
        };
        let embedded = TestProject::on(&tree);
        embedded.index_streaming();
        for n_workers in [1, 4] {
            let database = TestDatabase::new();
            let project = on_server(TestProject::on(&tree), &database, n_workers);
            project.index_by_workers();
            assert_eq!(
                project.digest(),
                embedded.digest(),
                "{name}, {n_workers} workers"
            );
            for query in queries {
                assert_eq!(
                    answers(&project, query),
                    answers(&embedded, query),
                    "{query}"
                );
            }
        }
    }
}

/// Returns where each hit stands and its score, of each way to search.
fn answers(project: &TestProject, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    for mode in [Mode::Lexical, Mode::Semantic, Mode::Hybrid] {
        let options = SearchOptions {
            form: app::Form::Question,
            repositories: Vec::new(),
            limit: 20,
            offset: 0,
            mode,
            path: None,
            language: None,
            kind: None,
            tests: TestHits::Lower,
        };
        let answer = project.open().search(query, &options).expect("an answer");
        found.extend(answer.hits.iter().map(|hit| format!("{hit:?}")));
    }
    assert!(!found.is_empty());
    found
}
