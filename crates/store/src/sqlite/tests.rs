use std::slice::from_ref;

use domain::{ContentHash, View};

use crate::conformance::sample;
use crate::{ChunkId, GenerationId, SqliteStore, Store, StoreError};

/// More chunks than are worth a packed copy.
const MANY: usize = 2_500;

/// Checks a vector search against the likeness of every chunk, one by one.
fn check_scan(store: &SqliteStore, generation: GenerationId) {
    let query = sample::vector(ContentHash::of(b"query"));
    let mut ids: Vec<ChunkId> = Vec::new();
    for file in store.known_files(generation).unwrap() {
        let chunks = store.chunks_of(generation, &file.path).unwrap();
        ids.extend(chunks.iter().map(|stored| stored.id));
    }
    let similarities = store
        .similarities(&sample::model(), View::Code, &query, &ids)
        .unwrap();
    let mut expected: Vec<f32> = similarities.into_iter().flatten().collect();
    expected.sort_by(|a, b| b.total_cmp(a));
    expected.truncate(50);
    let found = store
        .vector_search(generation, &sample::model(), View::Code, &query, 50)
        .unwrap();
    let found: Vec<f32> = found.into_iter().map(|(_, score)| score).collect();
    assert_eq!(found, expected);
}

fn check_both(store: &SqliteStore, generation: GenerationId) {
    check_scan(store, generation);
    check_words(store, generation);
}

/// Checks scores by words against those of a database that never packed anything.
fn check_words(store: &SqliteStore, generation: GenerationId) {
    let folder = tempfile::tempdir().unwrap();
    let mut fresh = SqliteStore::open(&folder.path().join("fresh.db")).unwrap();
    let again = sample::begin(&mut fresh, "a").generation;
    let mut files = Vec::new();
    let mut copy = |file| {
        files.push(file);
        Ok(())
    };
    store.visit_files(generation, &mut copy).unwrap();
    for mut file in files {
        file.new_vectors.clear();
        for row in &mut file.chunks {
            (row.code, row.text) = (None, None);
        }
        fresh.replace_file(again, &file).unwrap();
    }
    // Nobody can write a copy where a file is in the way.
    fs_err::write(folder.path().join("fresh.db.packs"), "").unwrap();
    let words = ["source", "1234", "changed", "new", "nowhere"].map(str::to_owned);
    let by_place = |store: &SqliteStore, generation| {
        let found = store.lexical_search(generation, &words, 50).unwrap();
        let ids: Vec<ChunkId> = found.iter().map(|(id, _)| *id).collect();
        let chunks = store.chunks(&ids).unwrap().into_iter();
        let places = chunks.map(|stored| (stored.path, stored.chunk.span.start_line));
        let scores = found.into_iter().map(|(_, score)| score.to_bits());
        places.zip(scores).collect::<Vec<_>>()
    };
    let found = by_place(store, generation);
    assert!(!found.is_empty());
    assert_eq!(found, by_place(&fresh, again));
}

#[test]
fn packed_copies_follow_the_index() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mnemo.db");
    let mut store = SqliteStore::open(&path).unwrap();
    let generation = sample::begin(&mut store, "a").generation;
    let sources: Vec<String> = (0..MANY).map(|n| format!("source {n}")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    store
        .replace_file(generation, &sample::file("a.ts", &sources[..1_500]))
        .unwrap();
    store
        .replace_file(generation, &sample::file("b.ts", &sources[1_500..]))
        .unwrap();
    check_both(&store, generation);
    let copies = || {
        fs_err::read_dir(folder.path().join("mnemo.db.packs"))
            .unwrap()
            .count()
    };
    assert_eq!(copies(), 2);
    // Newer files are found beside the copy, replaced and removed ones no longer in it.
    store
        .replace_file(generation, &sample::file("b.ts", &["changed", "and more"]))
        .unwrap();
    store
        .replace_file(generation, &sample::file("c.ts", &["new"]))
        .unwrap();
    check_both(&store, generation);
    store
        .remove_files(generation, &[sample::path("a.ts")])
        .unwrap();
    check_both(&store, generation);
    store
        .replace_file(generation, &sample::file("d.ts", &sources))
        .unwrap();
    check_both(&store, generation);
    let reader = SqliteStore::open_read_only(&path).unwrap();
    check_both(&reader, generation);
    // A damaged copy is as good as none.
    for copy in fs_err::read_dir(folder.path().join("mnemo.db.packs")).unwrap() {
        fs_err::write(copy.unwrap().path(), b"damaged").unwrap();
    }
    check_both(&SqliteStore::open_read_only(&path).unwrap(), generation);
}

/// A copy is damaged wherever a disk may do so: each answer is as from the rows, the copy is made anew, and said once.
#[test]
fn damaged_copies_are_dropped_made_anew_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mnemo.db");
    let mut store = SqliteStore::open(&path).unwrap();
    let generation = sample::begin(&mut store, "a").generation;
    let sources: Vec<String> = (0..MANY).map(|n| format!("source {n}")).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    store
        .replace_file(generation, &sample::file("a.ts", &sources))
        .unwrap();
    check_both(&store, generation);
    let copies = fs_err::read_dir(folder.path().join("mnemo.db.packs")).unwrap();
    let copies: Vec<_> = copies.map(|copy| copy.unwrap().path()).collect();
    assert_eq!((copies.len(), store.damaged_copies()), (2, Vec::new()));
    for copy in copies {
        let sound = fs_err::read(&copy).unwrap();
        for part in 0..16 {
            let mut bytes = sound.clone();
            let at = 8 + part * (bytes.len() - 9) / 15;
            let end = bytes.len().min(at + 16);
            bytes[at..end].iter_mut().for_each(|byte| *byte ^= 0x55);
            fs_err::write(&copy, &bytes).unwrap();
            let reader = SqliteStore::open_read_only(&path).unwrap();
            assert_eq!(reader.damaged_copies(), from_ref(&copy), "part {part}");
            check_both(&reader, generation);
            // What no question reads of it, only who reads all of it can tell.
            match &reader.dropped_copies()[..] {
                [] => assert_eq!(reader.damaged_copies(), from_ref(&copy), "part {part}"),
                dropped => {
                    assert_eq!(dropped, from_ref(&copy), "part {part}");
                    assert!(reader.damaged_copies().is_empty(), "part {part}");
                    assert_eq!(fs_err::read(&copy).unwrap(), sound, "part {part}");
                }
            }
            assert!(reader.dropped_copies().is_empty());
        }
        store.drop_copies();
        assert!(!copy.exists());
        check_both(&store, generation);
    }
}

#[test]
fn copies_of_another_database_are_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let [path, aside] = ["mnemo.db", "aside.db"].map(|name| folder.path().join(name));
    let indexed = |word: &str| {
        let mut store = SqliteStore::open(&path).unwrap();
        let generation = sample::begin(&mut store, "a").generation;
        let sources: Vec<String> = (0..MANY).map(|n| format!("{word} {n}")).collect();
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        store
            .replace_file(generation, &sample::file("a.ts", &sources))
            .unwrap();
        check_both(&store, generation);
        generation
    };
    let generation = indexed("source");
    fs_err::rename(&path, &aside).unwrap();
    // Made anew: the same ids, other files.
    indexed("changed");
    // And back, as a backup is.
    fs_err::rename(&aside, &path).unwrap();
    check_both(&SqliteStore::open_read_only(&path).unwrap(), generation);
}

#[test]
fn full_disk_is_reported_and_what_was_there_answers() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("mnemo.db")).unwrap();
    let generation = sample::begin(&mut store, "a").generation;
    store
        .replace_file(generation, &sample::file("a.ts", &["one"]))
        .unwrap();
    let before = store.digest(generation).unwrap();
    // A page limit fails as a full disk does. SQLite never sets it under the present size.
    store
        .connection
        .pragma_update_and_check(None, "max_page_count", 1, |_| Ok(()))
        .unwrap();
    let large = "word ".repeat(100_000);
    let error = store
        .replace_file(generation, &sample::file("b.ts", &[&large]))
        .unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");
    assert_eq!(store.digest(generation).unwrap(), before);
    store
        .connection
        .pragma_update_and_check(None, "max_page_count", 1 << 20, |_| Ok(()))
        .unwrap();
    store
        .replace_file(generation, &sample::file("b.ts", &[&large]))
        .unwrap();
}

#[test]
fn full_text_tables_of_older_versions_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mnemo.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(concat!(
        include_str!("../../migrations/sqlite/0001_initial.sql"),
        include_str!("../../migrations/sqlite/0002_graph.sql"),
        "CREATE VIRTUAL TABLE words_7 USING fts5 (name, content = '', contentless_delete = 1);
         PRAGMA application_id = 0x6d6e656d; PRAGMA user_version = 2;"
    ))
    .unwrap();
    SqliteStore::open(&path).unwrap();
    let mut tables = old
        .prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'words%'")
        .unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let tables: Vec<String> = tables.map(Result::unwrap).collect();
    assert_eq!(tables, ["words"]);
}
