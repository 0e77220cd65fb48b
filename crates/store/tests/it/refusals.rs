use rusqlite::Connection;
use store::conformance::sample;
use store::{SqliteStore, Store, StoreError};

#[test]
fn missing_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let error = SqliteStore::open_read_only(&path).err().unwrap();
    assert!(
        matches!(error, StoreError::NotFound { .. }) && error.to_string().contains("none.db"),
        "{error}"
    );
    assert!(!path.exists());
}

#[test]
fn newer_database_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mnemo.db");
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    for error in [
        SqliteStore::open(&path).err().unwrap(),
        SqliteStore::open_read_only(&path).err().unwrap(),
    ] {
        assert!(
            matches!(
                error,
                StoreError::NewerSchema {
                    found: 99,
                    supported: 9,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn files_of_others_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "not a database\n".repeat(300);
    fs_err::write(&path, &text).unwrap();
    assert!(matches!(
        SqliteStore::open(&path).err().unwrap(),
        StoreError::NotADatabase { .. }
    ));
    assert_eq!(fs_err::read_to_string(&path).unwrap(), text);

    let path = folder.path().join("other.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    let before = fs_err::read(&path).unwrap();
    assert!(matches!(
        SqliteStore::open(&path).err().unwrap(),
        StoreError::ForeignDatabase { .. }
    ));
    assert_eq!(fs_err::read(&path).unwrap(), before);
}

#[test]
fn reader_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mnemo.db");
    let mut writer = SqliteStore::open(&path).unwrap();
    let generation = sample::begin(&mut writer, "a").generation;
    let mut reader = SqliteStore::open_read_only(&path).unwrap();
    assert_eq!(reader.counts(generation).unwrap().n_files, 0);
    let error = reader
        .replace_file(generation, &sample::file("a.ts", &["x"]))
        .unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}
