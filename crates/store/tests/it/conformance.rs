use store::{SqliteStore, Store, conformance};

#[test]
fn sqlite_keeps_every_promise() {
    conformance::run_all(&|| {
        let folder = tempfile::tempdir().unwrap();
        Box::new(move || -> Box<dyn Store> {
            Box::new(SqliteStore::open(&folder.path().join("deep/er/mnemo.db")).unwrap())
        })
    });
}
