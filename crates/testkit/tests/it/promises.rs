//! What the program promised from its first design on.

use app::{IndexOptions, StopHandle};
use testkit::{TestProject, count_statement, shared_tree};

fn with_workers(project: TestProject, n_workers: usize) -> TestProject {
    project
        .with("workers", n_workers.to_string())
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
}

fn ten_functions() -> TestProject {
    let project = TestProject::new("");
    for number in 0..10 {
        project.write(
            &format!("src/file{number}.ts"),
            count_statement(&format!("count{number}")),
        );
    }
    project
}

#[test]
fn ten_files_by_two_workers_give_ten_files_and_ten_chunks() {
    let summary = with_workers(ten_functions(), 2).index_by_workers();
    assert!(summary.is_complete && summary.problems.is_empty());
    assert_eq!(
        (
            summary.n_files,
            summary.counts.n_files,
            summary.counts.n_chunks
        ),
        (10, 10, 10)
    );
    assert_eq!(summary.n_vectors_computed + summary.n_vectors_reused, 20);
}

#[test]
fn run_without_changes_says_what_the_one_before_has_counted() {
    let project = ten_functions();
    project.write(
        "src/uses.ts",
        "import { count1 } from './file1'\ncount1()\n",
    );
    project.write("latin1.ts", b"// caf\xe9\n");
    project.index_streaming();
    project.delete("latin1.ts");
    project.write("blob.bin", b"\0");
    let told = |summary: app::RunSummary| {
        let (counts, graph) = (summary.counts, summary.graph);
        format!("{counts:?} {:?} {graph:?}", summary.symbols_by_kind)
    };
    let counted = told(project.index_streaming());
    assert_eq!(told(project.index_streaming()), counted);
    // Where specifiers lead is looked at all the same.
    project.write(
        "tsconfig.json",
        "{\"compilerOptions\":{\"paths\":{\"x\":[\"./src/file2\"]}}}",
    );
    project.write("src/uses.ts", "import { count2 } from 'x'\ncount2()\n");
    let before = project.index_streaming().graph;
    project.write(
        "tsconfig.json",
        "{\"compilerOptions\":{\"paths\":{\"x\":[\"./none.ts\"]}}}",
    );
    let after = project.index_streaming().graph;
    assert_ne!(before, after);
}

#[test]
fn invalid_file_between_two_good_ones_loses_neither() {
    let project = TestProject::new("");
    project.write("a.ts", count_statement("first"));
    project.write("b.ts", "!!!INVALID SYNTAX!!!");
    project.write("c.ts", count_statement("last"));
    let summary = with_workers(project, 2).index_by_workers();
    assert_eq!((summary.counts.n_files, summary.problems.len()), (3, 0));
    assert_eq!(summary.notes.len(), 1, "{:?}", summary.notes);
    assert!(summary.notes[0].1.contains("line 1"));
}

#[test]
fn one_worker_gives_what_sequential_gives() {
    let sequential = ten_functions();
    sequential.index_streaming();
    let parallel = with_workers(ten_functions(), 1);
    parallel.index_by_workers();
    assert_eq!(sequential.digest(), parallel.digest());
}

#[test]
fn empty_directory_is_an_error_that_says_so() {
    let project = with_workers(TestProject::new(""), 2);
    let run = project.try_index(&IndexOptions::default(), &StopHandle::new(), &mut |_| {});
    let error = domain::one_line(&run.unwrap_err());
    assert!(
        error.contains("holds no file that can be indexed"),
        "{error}"
    );
    assert!(project.open().status(None).unwrap().is_empty());
}

#[test]
fn unchanged_files_are_not_processed_again_and_vanished_ones_are_forgotten() {
    let project = with_workers(ten_functions(), 2);
    project.index_by_workers();
    project.write("src/file0.ts", count_statement("changed"));
    project.delete("src/file9.ts");
    let summary = project.index_by_workers();
    assert_eq!(
        (
            summary.n_unchanged,
            summary.n_deleted,
            summary.counts.n_files
        ),
        (8, 1, 9)
    );
    let fresh = TestProject::on(project.tree());
    fresh.index_streaming();
    assert_eq!(project.digest(), fresh.digest());
}

#[test]
fn change_back_computes_no_vector_again() {
    let project = ten_functions();
    project.index_streaming();
    let digest = project.digest();
    project.write("src/file0.ts", count_statement("changed"));
    project.index_streaming();
    assert_ne!(project.digest(), digest);
    project.write("src/file0.ts", count_statement("count0"));
    let back = project.index_streaming();
    assert_eq!((back.n_vectors_computed, project.digest()), (0, digest));
}

#[test]
fn another_profile_builds_a_new_generation_and_replaces_the_old_one() {
    let project = ten_functions();
    assert_eq!(project.index_streaming().generation, 1);
    let other = project.with("embeddings", "none");
    let summary = other.index_streaming();
    assert_eq!((summary.generation, summary.n_unchanged), (2, 0));
    let status = other.open().status(None).unwrap();
    assert_eq!(
        (status.len(), status[0].generation, status[0].building),
        (1, 2, None)
    );
}

#[test]
fn full_run_reuses_vectors_and_ends_with_the_same_digest() {
    let project = ten_functions();
    project.index_streaming();
    let digest = project.digest();
    let options = IndexOptions {
        is_streaming: true,
        from_scratch: true,
        ..IndexOptions::default()
    };
    let again = project.index(&options);
    assert_eq!((again.generation, again.n_vectors_computed), (2, 0));
    assert_eq!(project.digest(), digest);
}

#[test]
fn hono_gives_every_source_file_and_one_digest_whatever_the_workers() {
    let Some(tree) = shared_tree("hono") else {
        return;
    };
    let sequential = TestProject::on(&tree);
    let summary = sequential.index_streaming();
    let n_files = summary.n_files;
    // Its files of TypeScript and JavaScript; those of other languages come on top.
    assert!(n_files >= 265, "{n_files} files");
    assert_eq!(
        (summary.counts.n_files, summary.problems.len()),
        (n_files, 0)
    );
    for n_workers in [1, 2, 4, 8] {
        let project = with_workers(TestProject::on(&tree), n_workers);
        assert_eq!(project.index_by_workers().counts.n_files, n_files);
        assert_eq!(project.digest(), sequential.digest(), "{n_workers} workers");
    }
}
