//! Workers reach what they need and nothing else, where the kernel can see to it.

use testkit::{TestProject, count_statement};
use workers::Enforcement;

/// A tree with a file that makes its worker reach for everything that is not its own.
fn reaching() -> TestProject {
    let project = TestProject::new("")
        .with("workers", "2")
        .with("worker_program", env!("CARGO_BIN_EXE_faulty-worker"));
    for name in ["one", "two", "three.reach"] {
        project.write(&format!("src/{name}.ts"), count_statement("count"));
    }
    project
}

#[test]
fn workers_reach_no_file_no_network_no_program_and_no_process_but_their_own() {
    let enforcement = Enforcement::of_this_kernel();
    if !(enforcement.files && enforcement.calls) {
        eprintln!("skipped: this kernel confines no process ({enforcement:?})");
        return;
    }
    let project = reaching();
    let summary = project.index_by_workers();
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    let free = TestProject::on(project.tree());
    free.index_streaming();
    assert_eq!(project.digest(), free.digest());
}

#[test]
fn workers_reach_all_of_it_when_the_sandbox_is_off() {
    let summary = reaching().with("sandbox", "false").index_by_workers();
    let [problem] = summary.problems.as_slice() else {
        panic!("one file reaches: {:?}", summary.problems)
    };
    for what in [
        "another file",
        "another folder",
        "the temporary folder",
        "a file by a link",
        "the network",
        "the network by datagrams",
        "other programs' sockets",
        "another program",
        "a signal to the parent",
    ] {
        assert!(problem.cause.contains(what), "{}", problem.cause);
    }
}

#[test]
fn tree_and_database_may_be_reached_by_links() {
    let project = reaching();
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("tree");
    std::os::unix::fs::symlink(project.tree(), &link).unwrap();
    let database = elsewhere.path().join("index.db");
    fs_err::write(project.database(), "").unwrap();
    std::os::unix::fs::symlink(project.database(), &database).unwrap();
    let linked = TestProject::on(&link)
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
        .with("database", database.to_str().unwrap());
    let summary = linked.index_by_workers();
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    let fresh = TestProject::on(project.tree());
    fresh.index_streaming();
    assert_eq!(linked.digest(), fresh.digest());
}
