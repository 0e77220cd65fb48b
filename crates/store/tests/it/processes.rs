//! Real processes on one database: this test binary runs itself as the writer.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use store::conformance::sample;
use store::{SqliteStore, Store};

const DATABASE: &str = "MNEMO_STORE_TEST_DATABASE";
const WRITER: &str = "MNEMO_STORE_TEST_WRITER";
const N_FILES: usize = 100;
const N_WRITERS: usize = 8;

#[expect(
    clippy::disallowed_methods,
    reason = "the test is its own child process"
)]
fn spawn_writer(database: &Path, writer: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["processes::writer", "--exact", "--nocapture"])
        .env(DATABASE, database)
        .env(WRITER, writer)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// What a child process does; nothing when it runs as one of the tests.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the environment separates the child from the test"
)]
fn writer() {
    let (Some(database), Ok(writer)) = (std::env::var_os(DATABASE), std::env::var(WRITER)) else {
        return;
    };
    let mut store = SqliteStore::open(Path::new(&database)).unwrap();
    let generation = sample::begin(&mut store, "a").generation;
    for round in 0.. {
        for index in 0..N_FILES {
            store
                .replace_file(generation, &file(&writer, index, round))
                .unwrap();
        }
        if writer != "endless" && round == 1 {
            return;
        }
    }
}

/// Every chunk of a file names its round, so that a file of two rounds would show.
fn file(writer: &str, index: usize, round: usize) -> store::FileIndex {
    let sources: Vec<String> = (0..6)
        .map(|chunk| format!("round{round} {writer} {index} {chunk}"))
        .collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    sample::file(&format!("{writer}/{index}.ts"), &sources)
}

#[test]
fn eight_processes_open_and_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("mnemo.db");
    let writers: Vec<Child> = (0..N_WRITERS)
        .map(|writer| spawn_writer(&database, &writer.to_string()))
        .collect();
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let store = SqliteStore::open_read_only(&database).unwrap();
    let generation = store.repositories().unwrap()[0].generation;
    assert_eq!(
        store.counts(generation).unwrap().n_files,
        (N_WRITERS * N_FILES) as u64
    );
    assert_consistent(&store, &database);
}

#[test]
fn killed_writer_leaves_whole_files() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("mnemo.db");
    drop(SqliteStore::open(&database).unwrap());
    for _ in 0..3 {
        let before = n_written(&database);
        let mut writer = spawn_writer(&database, "endless");
        while n_written(&database) < before + 30 {
            assert!(
                writer.try_wait().unwrap().is_none(),
                "the writer ended by itself"
            );
            std::thread::yield_now();
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let store = SqliteStore::open(&database).unwrap();
        assert_consistent(&store, &database);
    }
}

/// Returns how many files were ever written, by the ids that are never given twice.
fn n_written(database: &Path) -> i64 {
    rusqlite::Connection::open(database)
        .unwrap()
        .query_row(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'files'",
            [],
            |row| row.get(0),
        )
        .unwrap()
}

fn assert_consistent(store: &SqliteStore, database: &Path) {
    let generation = store.repositories().unwrap()[0].generation;
    store
        .visit_files(generation, &mut |file| {
            let round = &file.chunks[0].chunk.name;
            assert_eq!(file.chunks.len(), 6);
            assert!(
                file.chunks
                    .iter()
                    .all(|row| row.chunk.name == *round && row.code.is_some())
            );
            Ok(())
        })
        .unwrap();
    let connection = rusqlite::Connection::open(database).unwrap();
    let verdict: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    let n_found = store
        .lexical_search(generation, &["hello".to_owned()], usize::MAX >> 8)
        .unwrap()
        .len();
    assert_eq!(n_found as u64, store.counts(generation).unwrap().n_chunks);
}
