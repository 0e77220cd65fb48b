//! Workers reach what they need and nothing else, where the kernel can see to it.

use std::path::Path;

use app::{AppError, IndexOptions, StopHandle};
use domain::{Language, RepoPath};
use testkit::{TestDatabase, TestProject, count_statement};
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
    if enforcement.files.is_none() || !enforcement.calls {
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
    // What is not there, or empty, would become what the link's maker wants.
    for start in [
        |_: &std::path::Path| (),
        |path: &std::path::Path| fs_err::write(path, "").unwrap(),
    ] {
        start(&project.database());
        std::os::unix::fs::symlink(project.database(), &database).unwrap();
        let linked = TestProject::on(&link).with("database", database.to_str().unwrap());
        let refused = linked.try_index(&IndexOptions::default(), &StopHandle::new(), &mut |_| {});
        assert!(matches!(refused, Err(AppError::Store(_))));
        fs_err::remove_file(&database).unwrap();
    }
    fs_err::remove_file(project.database()).unwrap();
    TestProject::on(project.tree())
        .with("database", project.database().to_str().unwrap())
        .index_streaming();
    std::os::unix::fs::symlink(project.database(), &database).unwrap();
    let linked = TestProject::on(&link)
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
        .with("database", database.to_str().unwrap());
    let anew = IndexOptions {
        from_scratch: true,
        ..IndexOptions::default()
    };
    let summary = linked.index(&anew);
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    let fresh = TestProject::on(project.tree());
    fresh.index_streaming();
    assert_eq!(linked.digest(), fresh.digest());
}

/// An ending for each language.
const ENDINGS: &[&str] = &[
    "ts",
    "tsx",
    "js",
    "jsx",
    "py",
    "vue",
    "svelte",
    "astro",
    "c",
    "cpp",
    "cs",
    "php",
    "rb",
    "kt",
    "swift",
    "scala",
    "sh",
    "lua",
    "ex",
    "hs",
    "ml",
    "dart",
    "zig",
    "r",
    "jl",
    "pl",
    "m",
    "ps1",
    "groovy",
    "sol",
    "erl",
    "clj",
    "go",
    "java",
    "rs",
    "md",
    "rst",
    "adoc",
    "html",
    "yaml",
    "toml",
    "json",
    "ipynb",
    "sql",
    "proto",
    "graphql",
    "prisma",
    "tf",
    "css",
    "dockerfile",
];

/// Small models of every family, under names of known models.
const MODELS: &[(&str, &str)] = &[
    ("all-mpnet-base-v2", "small-mpnet"),
    ("nomic-embed-text-v1.5", "small-nomic"),
    ("jina-embeddings-v2-base-code", "small-jina-code"),
    ("gte-modernbert-base", "small-modern"),
];

/// A file in every language, long enough for several steps, one of them cut off, so that the tolerant parser has it; in a sandbox in which a
/// call that is not on the list kills.
fn in_all_languages() -> TestProject {
    let steady = env!("CARGO_BIN_EXE_steady-worker");
    let project = TestProject::new("")
        .with("workers", "2")
        .with("threads", "2")
        .with("sandbox", "strict")
        .with("worker_program", steady);
    let path = |ending: &str| format!("src/file.{ending}");
    // Other text has no ending: it is what `--include` names.
    let named = Language::ALL
        .iter()
        .filter(|language| **language != Language::Text);
    for language in named {
        let has_it = |ending: &&&str| {
            let path = RepoPath::new(path(ending)).unwrap();
            extract::language_of(&path) == Some(*language)
        };
        let ending = ENDINGS.iter().find(has_it);
        let ending = ending.unwrap_or_else(|| panic!("an ending for {language:?} is missing here"));
        let functions: String = (0..100)
            .map(|number| count_statement(&format!("count{number}")))
            .collect();
        project.write(&path(ending), functions);
    }
    project.write("src/cut.ts", "export function cut() { if (");
    project
}

fn check_strict(project: &TestProject, what: &str) {
    let summary = project.index_by_workers();
    assert!(
        summary.problems.is_empty() && summary.is_complete,
        "a worker with {what} makes a call that is not on the list of crates/workers/src/confinement/linux/calls.rs; \
         strace with MNEMO_SANDBOX=strict names it: {:?}",
        summary.problems
    );
}

#[test]
fn no_language_embedder_or_store_makes_a_call_that_is_not_on_the_list() {
    check_strict(&in_all_languages(), "mock vectors");
    check_strict(&in_all_languages().with("embeddings", "none"), "no vectors");
    let models = tempfile::tempdir().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embed/tests/fixtures");
    for (name, fixture) in MODELS {
        let folder = models.path().join(name);
        fs_err::create_dir(&folder).unwrap();
        for file in ["config.json", "tokenizer.json", "model.safetensors"] {
            fs_err::copy(fixtures.join(fixture).join(file), folder.join(file)).unwrap();
        }
        for precision in ["int8", "f32"] {
            let project = in_all_languages()
                .with("embeddings", "real")
                .with("window", "128")
                .with("precision", precision)
                .with("model_dir", models.path().to_str().unwrap())
                .with("models", *name)
                .with("cache_dir", models.path().join("cache").to_str().unwrap());
            check_strict(&project, &format!("{name} in {precision}"));
        }
    }
}

#[test]
fn no_worker_of_a_server_makes_a_call_that_is_not_on_the_list() {
    let database = TestDatabase::new();
    let project = in_all_languages().with("database", database.address());
    check_strict(&project, "PostgreSQL");
}
