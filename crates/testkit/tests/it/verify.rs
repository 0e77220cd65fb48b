//! `verify` finds every kind of difference, and `--repair` removes it.

use app::{Difference, Event, IndexOptions, Repair, StopHandle, VectorCheck, Verification};
use domain::RepoPath;
use store::{FileIndex, GenerationId, GraphUpdate, SqliteStore, Store};
use testkit::{TestProject, count_statement};

fn indexed() -> TestProject {
    let project = TestProject::new("")
        .with("workers", "1")
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"));
    project.write("src/a.ts", count_statement("alpha"));
    project.write(
        "src/b.ts",
        "import { alpha } from './a'\nexport function beta() {\n  return alpha([])\n}\n",
    );
    project.index_streaming();
    project
}

fn verify(project: &TestProject, repair: Repair) -> Verification {
    project
        .open()
        .verify(
            None,
            repair,
            VectorCheck::Links,
            &StopHandle::new(),
            &mut |_| {},
        )
        .unwrap()
}

/// Changes the index behind the program's back; `verify` says what, and repairs it.
fn check(
    plant: impl FnOnce(&TestProject, &mut SqliteStore, GenerationId),
    path: &str,
    expected: Difference,
) {
    let project = indexed();
    let mut store = SqliteStore::open(&project.database()).unwrap();
    let generation = store.repositories().unwrap()[0].generation;
    plant(&project, &mut store, generation);
    drop(store);
    let found = verify(&project, Repair::Nothing);
    assert!(!found.is_good());
    assert!(
        found.differences.contains(&(path.to_owned(), expected)),
        "{expected:?}: {:?}",
        found.differences
    );
    assert!(verify(&project, Repair::Differences).is_good());
    assert_eq!(
        verify(&project, Repair::Nothing).differences,
        [],
        "{expected:?}"
    );
    let fresh = TestProject::on(project.tree());
    fresh.index_streaming();
    assert_eq!(project.digest(), fresh.digest(), "{expected:?}");
    let names = project.open().status(None).unwrap().len();
    assert_eq!(names, 1, "the rebuild is gone");
}

fn replace(
    store: &mut SqliteStore,
    generation: GenerationId,
    path: &str,
    change: impl Fn(&mut FileIndex),
) {
    let mut found = None;
    store
        .visit_files(generation, &mut |file| {
            if file.record.path.as_str() == path {
                found = Some(file);
            }
            Ok(())
        })
        .unwrap();
    let mut file = found.unwrap();
    change(&mut file);
    store.replace_file(generation, &file).unwrap();
}

fn regraph(store: &mut SqliteStore, generation: GenerationId, change: impl Fn(&mut GraphUpdate)) {
    let basis = store.graph_state(generation).unwrap().basis;
    let files = store.file_graphs(generation).unwrap();
    let metrics = store.metrics(generation).unwrap();
    let mut update = GraphUpdate {
        basis,
        files,
        metrics,
    };
    change(&mut update);
    store.replace_graph(generation, &update).unwrap();
}

#[test]
fn good_index_is_good() {
    let found = verify(&indexed(), Repair::Nothing);
    assert!(found.is_good(), "{found:?}");
    assert_eq!(found.n_files, 2);
}

#[test]
fn planted_difference_of_each_kind_is_found_and_repaired() {
    check(
        |_, store, generation| {
            store
                .remove_files(generation, &[RepoPath::new("src/a.ts").unwrap()])
                .unwrap();
        },
        "src/a.ts",
        Difference::Missing,
    );
    check(
        |_, store, generation| {
            replace(store, generation, "src/a.ts", |file| {
                file.record.path = RepoPath::new("src/ghost.ts").unwrap();
            });
        },
        "src/ghost.ts",
        Difference::Gone,
    );
    check(
        |project, _, _| project.write("src/a.ts", count_statement("edited")),
        "src/a.ts",
        Difference::Edited,
    );
    check(
        |_, store, generation| {
            replace(store, generation, "src/a.ts", |file| {
                file.chunks[0].chunk.name = "omega".to_owned();
            });
        },
        "src/a.ts",
        Difference::Content,
    );
    check(
        |_, store, generation| {
            replace(store, generation, "src/a.ts", |file| {
                let row = &mut file.chunks[0];
                std::mem::swap(&mut row.code, &mut row.text);
            });
        },
        "src/a.ts",
        Difference::Content,
    );
    check(
        |_, store, generation| {
            regraph(store, generation, |update| {
                update.files.iter_mut().for_each(|file| file.edges.clear());
            });
        },
        "src/b.ts",
        Difference::Edges,
    );
    check(
        |_, store, generation| {
            regraph(store, generation, |update| {
                update.metrics[0].metrics.page_rank += 1.0
            });
        },
        "src/a.ts",
        Difference::Metrics,
    );
}

#[test]
fn vector_that_the_model_does_not_give_is_found_by_recomputing_and_repaired() {
    let project = indexed();
    let digest = project.digest();
    // The digest knows the right one; the links do not.
    let connection = rusqlite::Connection::open(project.database()).unwrap();
    let spoil = "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE id =
                 (SELECT code_vector FROM chunks WHERE name = 'alpha')";
    assert_eq!(connection.execute(spoil, []).unwrap(), 1);
    drop(connection);
    assert_ne!(project.digest(), digest);
    assert!(verify(&project, Repair::Nothing).is_good());
    let recompute = |repair| {
        let stop = StopHandle::new();
        let project = project.open();
        project
            .verify(None, repair, VectorCheck::Values, &stop, &mut |_| {})
            .unwrap()
    };
    let expected = [("src/a.ts".to_owned(), Difference::Vectors)];
    assert_eq!(recompute(Repair::Nothing).differences, expected);
    assert!(recompute(Repair::Differences).is_repaired);
    assert_eq!(recompute(Repair::Nothing).differences, []);
    assert_eq!(project.digest(), digest);
}

#[test]
fn what_a_killed_verify_leaves_is_no_repository_of_the_users_and_goes() {
    let project = indexed();
    let digest = project.digest();
    let leave = || {
        let options = IndexOptions {
            repository: Some("tree (verify)".to_owned()),
            is_streaming: true,
            ..IndexOptions::default()
        };
        let stop = StopHandle::new();
        let stopped = project.try_index(&options, &stop, &mut |event| {
            if matches!(event, Event::FileIndexed { .. }) {
                stop.stop_gracefully();
            }
        });
        assert!(!stopped.unwrap().is_complete);
    };
    let n_repositories = || {
        let store = SqliteStore::open_read_only(&project.database()).unwrap();
        store.repositories().unwrap().len()
    };
    leave();
    assert_eq!(n_repositories(), 2);
    assert_eq!(project.open().status(None).unwrap().len(), 1);
    assert_eq!(project.digest(), digest, "it is not asked which is meant");
    assert!(verify(&project, Repair::Nothing).is_good());
    assert_eq!(n_repositories(), 1);
    leave();
    project.open().collect_garbage().unwrap();
    assert_eq!(n_repositories(), 1);
    assert_eq!(project.digest(), digest);
}

#[test]
fn damaged_page_is_reported() {
    let project = indexed();
    let mut bytes = fs_err::read(project.database()).unwrap();
    // Anywhere behind the first pages, which every opening reads.
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0x5a);
    fs_err::write(project.database(), bytes).unwrap();
    let outcome = project.open().verify(
        None,
        Repair::Nothing,
        VectorCheck::Links,
        &StopHandle::new(),
        &mut |_| {},
    );
    let is_reported = match outcome {
        Ok(found) => !found.damage.is_empty(),
        Err(error) => {
            error.to_string().contains("damaged") || error.to_string().contains("corrupt")
        }
    };
    assert!(is_reported);
}

#[test]
fn settings_other_than_those_of_the_index_are_refused_before_anything_is_rebuilt() {
    let project = indexed().with("embeddings", "none");
    let outcome = project.open().verify(
        None,
        Repair::Nothing,
        VectorCheck::Links,
        &StopHandle::new(),
        &mut |_| {},
    );
    assert!(outcome.unwrap_err().to_string().contains("another model"));
}

#[test]
fn garbage_is_what_no_file_has_and_collecting_it_changes_no_answer() {
    let project = indexed();
    let digest = project.digest();
    for number in 0..40 {
        project.write(
            &format!("src/x{number}.ts"),
            count_statement(&format!("x{number}")),
        );
    }
    project.index_streaming();
    for number in 0..40 {
        project.delete(&format!("src/x{number}.ts"));
    }
    project.index_streaming();
    let before = project.open().reclaimable().unwrap();
    assert!(before.n_vectors >= 40 && before.n_bytes > 0, "{before:?}");
    let collected = project.open().collect_garbage().unwrap();
    assert_eq!(collected.n_vectors, before.n_vectors);
    assert_eq!(project.open().reclaimable().unwrap().n_vectors, 0);
    assert_eq!(project.digest(), digest);
}
