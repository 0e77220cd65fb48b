use store::{PostgresStore, SqliteStore, Store, conformance};
use testkit::TestDatabase;

#[test]
fn sqlite_keeps_every_promise() {
    conformance::run_all(&|| {
        let folder = tempfile::tempdir().unwrap();
        Box::new(move || -> Box<dyn Store> {
            Box::new(SqliteStore::open(&folder.path().join("deep/er/mnemo.db")).unwrap())
        })
    });
}

#[test]
fn postgres_keeps_every_promise() {
    conformance::run_all(&|| {
        let database = TestDatabase::new();
        Box::new(move || -> Box<dyn Store> {
            Box::new(PostgresStore::open(&database.address().parse().unwrap()).unwrap())
        })
    });
}
