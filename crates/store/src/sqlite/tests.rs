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

#[test]
fn packed_vectors_follow_the_index() {
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
    check_scan(&store, generation);
    let copies = || {
        fs_err::read_dir(folder.path().join("mnemo.db.vectors"))
            .unwrap()
            .count()
    };
    assert_eq!(copies(), 1);
    // Newer files are found beside the copy, replaced and removed ones no longer in it.
    store
        .replace_file(generation, &sample::file("b.ts", &["changed", "and more"]))
        .unwrap();
    store
        .replace_file(generation, &sample::file("c.ts", &["new"]))
        .unwrap();
    check_scan(&store, generation);
    store
        .remove_files(generation, &[sample::path("a.ts")])
        .unwrap();
    check_scan(&store, generation);
    store
        .replace_file(generation, &sample::file("d.ts", &sources))
        .unwrap();
    check_scan(&store, generation);
    let reader = SqliteStore::open_read_only(&path).unwrap();
    check_scan(&reader, generation);
    // A damaged copy is as good as none.
    for copy in fs_err::read_dir(folder.path().join("mnemo.db.vectors")).unwrap() {
        fs_err::write(copy.unwrap().path(), b"damaged").unwrap();
    }
    check_scan(&SqliteStore::open_read_only(&path).unwrap(), generation);
}

#[test]
fn full_disk_is_told_and_what_was_there_answers() {
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
