//! What a server can do to a store that a file cannot.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::conformance::sample;
use store::{PostgresStore, SqliteStore, Store, StoreError};
use testkit::{PostgresServer, TestDatabase};

fn open(address: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&address.parse().unwrap())
}

fn refusal(address: &str) -> StoreError {
    open(address).err().expect("the database refuses")
}

/// The message must have the words and none of the password.
fn check_words(error: &StoreError, words: &[&str]) {
    let message = error.to_string();
    assert!(!message.contains("secret"), "{message}");
    for word in words {
        assert!(message.contains(word), "{message:?} does not say {word:?}");
    }
}

#[test]
fn refusals_say_who_refuses_what() {
    let database = TestDatabase::new();
    let role = format!("{}_plain", database.name());
    let mut client = database.client();
    let create = format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'");
    client.batch_execute(&create).unwrap();

    let error = refusal(&database.address_of(&role, "not-secret"));
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    check_words(&error, &[&role, "password"]);

    let error = refusal(&database.address_of(&role, "secret"));
    assert!(
        matches!(error, StoreError::MissingExtension { .. }),
        "{error:?}"
    );
    check_words(&error, &["vector"]);

    client.batch_execute("CREATE EXTENSION vector").unwrap();
    let error = refusal(&database.address_of(&role, "secret"));
    assert!(matches!(error, StoreError::Forbidden { .. }), "{error:?}");
    check_words(&error, &["opening the database", "permission denied"]);

    let grant = format!("GRANT CREATE ON DATABASE {} TO {role}", database.name());
    client.batch_execute(&grant).unwrap();
    assert!(open(&database.address_of(&role, "secret")).is_ok());

    let error = refusal(&database.address().replace("mnemo_test_", "none_"));
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    check_words(&error, &["does not exist"]);

    let error = refusal("postgres://me:secret@127.0.0.1:1/code");
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
    check_words(&error, &["me@127.0.0.1:1/code"]);

    let tidy = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&tidy).unwrap();
}

#[test]
fn newer_schema_is_refused_with_both_versions_and_an_empty_database_has_no_index() {
    let database = TestDatabase::new();
    let address = database.address().parse().unwrap();
    let error = PostgresStore::open_read_only(&address).err().unwrap();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    drop(PostgresStore::open(&address).unwrap());
    let newer = "INSERT INTO mnemo.migrations (version) VALUES (99)";
    database.client().batch_execute(newer).unwrap();
    for error in [
        PostgresStore::open(&address).err().unwrap(),
        PostgresStore::open_read_only(&address).err().unwrap(),
    ] {
        assert!(
            matches!(error, StoreError::NewerSchema { found: 99, .. }),
            "{error}"
        );
    }
}

#[test]
fn reader_writes_nothing() {
    let database = TestDatabase::new();
    let mut writer = open(&database.address()).unwrap();
    let generation = sample::begin(&mut writer, "a").generation;
    let address = database.address().parse().unwrap();
    let mut reader = PostgresStore::open_read_only(&address).unwrap();
    assert_eq!(reader.counts(generation).unwrap().n_files, 0);
    let error = reader
        .replace_file(generation, &sample::file("a.ts", &["x"]))
        .unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn holder_of_a_repository_is_named_and_keeps_it_when_its_connection_is_cut() {
    let database = TestDatabase::new();
    let (first, second) = (
        open(&database.address()).unwrap(),
        open(&database.address()).unwrap(),
    );
    let repository = sample::repository("a");
    let lock = first.lock_repository(&repository, Duration::ZERO).unwrap();
    let refused = |patience| second.lock_repository(&repository, patience).err();
    let process = format!("process {}", std::process::id());
    check_words(&refused(Duration::ZERO).unwrap(), &[&process, " for "]);
    cut_connections(&database);
    // The holder looks every two seconds; nobody else asks meanwhile.
    std::thread::sleep(Duration::from_secs(4));
    assert!(refused(Duration::ZERO).is_some());
    drop(lock);
    assert!(second.lock_repository(&repository, Duration::ZERO).is_ok());
}

#[test]
fn holder_that_lost_its_repository_to_another_writes_nothing_more() {
    let database = TestDatabase::new();
    let mut first = open(&database.address()).unwrap();
    let second = open(&database.address()).unwrap();
    let repository = sample::repository("a");
    let lock = first.lock_repository(&repository, Duration::ZERO).unwrap();
    let generation = sample::begin(&mut first, "a").generation;
    cut_connections(&database);
    let others = second
        .lock_repository(&repository, Duration::from_secs(1))
        .unwrap();
    std::thread::sleep(Duration::from_secs(4));
    let error = first
        .replace_file(generation, &sample::file("a.ts", &["x"]))
        .unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    drop((lock, others));
}

fn cut_connections(database: &TestDatabase) {
    database
        .client()
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
}

/// Writes files one after the other, each over an older state of itself.
fn write_files(store: &mut dyn Store, n_files: usize) -> store::GenerationId {
    let generation = sample::begin(store, "a").generation;
    for sources in [&["draft", "two"][..], &["one", "two", "three"]] {
        for index in 0..n_files {
            store
                .replace_file(generation, &sample::file(&format!("{index}.ts"), sources))
                .unwrap();
        }
    }
    generation
}

fn undisturbed_digest(n_files: usize) -> domain::ContentHash {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("mnemo.db")).unwrap();
    let generation = write_files(&mut store, n_files);
    store.digest(generation).unwrap()
}

#[test]
fn cut_connections_lose_and_double_nothing() {
    const N_FILES: usize = 60;
    let database = TestDatabase::new();
    let mut store = open(&database.address()).unwrap();
    let is_done = AtomicBool::new(false);
    let generation = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                cut_connections(&database);
                std::thread::sleep(Duration::from_millis(30));
            }
        });
        let generation = write_files(&mut store, N_FILES);
        is_done.store(true, Ordering::Relaxed);
        generation
    });
    assert_eq!(store.counts(generation).unwrap().n_files, N_FILES as u64);
    assert_eq!(
        store.digest(generation).unwrap(),
        undisturbed_digest(N_FILES)
    );
}

#[test]
fn crashes_of_the_server_lose_and_double_nothing() {
    const N_FILES: usize = 300;
    let server = PostgresServer::start(&[]);
    let database = server.database();
    let mut store = open(&database.address()).unwrap();
    let writer = std::thread::spawn(move || {
        let generation = write_files(&mut store, N_FILES);
        (store, generation)
    });
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(100));
        server.restart_at_once();
    }
    let (store, generation) = writer.join().unwrap();
    assert_eq!(
        store.digest(generation).unwrap(),
        undisturbed_digest(N_FILES)
    );
}

#[test]
fn writers_of_the_same_vectors_wait_for_each_other_and_not_in_a_circle() {
    let database = TestDatabase::new();
    let mut store = open(&database.address()).unwrap();
    let generation = sample::begin(&mut store, "a").generation;
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let address = database.address();
            scope.spawn(move || {
                let mut store = open(&address).unwrap();
                for round in 0..10 {
                    let words: Vec<String> = (0..40).map(|n| format!("{round} {n}")).collect();
                    let mut sources: Vec<&str> = words.iter().map(String::as_str).collect();
                    sources.rotate_left(writer * 10);
                    let file = sample::file(&format!("{writer}/{round}.ts"), &sources);
                    store.replace_file(generation, &file).unwrap();
                }
            });
        }
    });
    let counts = store.counts(generation).unwrap();
    assert_eq!((counts.n_files, counts.n_vectors), (40, 2 * 400));
}

#[test]
fn full_server_is_waited_for() {
    let server = PostgresServer::start(&[("max_connections", "6")]);
    let database = server.database();
    let mut taken = vec![database.client()];
    while let Ok(client) = postgres::Client::connect(&database.address(), postgres::NoTls) {
        taken.push(client);
    }
    assert!(taken.len() >= 3, "{}", taken.len());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            drop(taken);
        });
        assert!(open(&database.address()).is_ok());
    });
}

#[test]
fn indexed_search_finds_what_an_exact_one_finds() {
    let database = TestDatabase::new();
    let mut store = open(&database.address()).unwrap().with_index_from(100);
    let run = sample::begin(&mut store, "a");
    for index in 0..20 {
        let words: Vec<String> = (0..20).map(|n| format!("{index} {n}")).collect();
        let sources: Vec<&str> = words.iter().map(String::as_str).collect();
        let file = sample::file(&format!("{index}.ts"), &sources);
        store.replace_file(run.generation, &file).unwrap();
    }
    sample::finish(&mut store, &run);
    let index = "SELECT count(*) FROM pg_index WHERE indexrelid = 'mnemo.vectors_near_1'::regclass AND indisvalid";
    let n_indexes: i64 = database.client().query_one(index, &[]).unwrap().get(0);
    assert_eq!(n_indexes, 1);
    // Rows that come after the index was built are in it too.
    let late = sample::file("late.ts", &["late"]);
    store.replace_file(run.generation, &late).unwrap();
    let exact = open(&database.address()).unwrap();
    let inputs = ["3 4", "17 0", "late", "never seen"];
    for input in inputs {
        let query = sample::vector(domain::ContentHash::of(input.as_bytes()));
        let search = |store: &PostgresStore| {
            store
                .vector_search(
                    run.generation,
                    &sample::model(),
                    domain::View::Code,
                    &query,
                    5,
                )
                .unwrap()
        };
        assert_eq!(search(&store), search(&exact), "{input}");
    }
}

#[test]
fn house_is_kept_and_rows_that_are_missing_are_reported() {
    let database = TestDatabase::new();
    let mut store = open(&database.address()).unwrap();
    let run = sample::begin(&mut store, "a");
    for index in 0..20 {
        let sources = [format!("x{index}"), format!("y{index}")];
        let sources = [sources[0].as_str(), sources[1].as_str()];
        let file = sample::file(&format!("{index}.ts"), &sources);
        store.replace_file(run.generation, &file).unwrap();
    }
    sample::finish(&mut store, &run);
    assert_eq!(store.reclaimable().unwrap().n_vectors, 0);
    assert!(store.check_integrity().unwrap().is_empty());
    let gone: Vec<_> = (0..19)
        .map(|index| sample::path(&format!("{index}.ts")))
        .collect();
    store.remove_files(run.generation, &gone).unwrap();
    let free = store.reclaimable().unwrap();
    assert!(free.n_vectors >= 38 && free.n_bytes > 0, "{free:?}");
    assert_eq!(store.sweep_vectors().unwrap(), free.n_vectors);
    assert!(store.shrink().is_ok());
    assert_eq!(store.reclaimable().unwrap().n_vectors, 0);

    let mut client = database.client();
    client
        .batch_execute("DELETE FROM mnemo.chunks WHERE position = 0")
        .unwrap();
    let damage = store.check_integrity().unwrap();
    assert!(
        damage.len() == 1 && damage[0].starts_with("19.ts"),
        "{damage:?}"
    );
    // Where it cannot be made there is nothing to test.
    if client.batch_execute("CREATE EXTENSION amcheck").is_ok() {
        assert_eq!(store.check_integrity().unwrap(), damage);
    }
}
