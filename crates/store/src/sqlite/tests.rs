use crate::conformance::sample;
use crate::{SqliteStore, Store, StoreError};

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
