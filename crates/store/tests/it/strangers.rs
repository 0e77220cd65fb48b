//! Attacks by another role on the same server, and by the server's own limits.

use std::io;
use std::time::Duration;

use domain::{ContentHash, View};
use postgres::Client;
use store::conformance::sample;
use store::{PostgresStore, Store, StoreError};
use testkit::{PostgresServer, TestDatabase};

/// Roles are the server's, not the database's: each test has its own, and takes them away again.
struct Role<'a> {
    database: &'a TestDatabase,
    name: String,
}

impl Role<'_> {
    fn new<'a>(database: &'a TestDatabase, word: &str) -> Role<'a> {
        let name = format!("{}_{word}", database.name());
        run(
            &mut database.client(),
            &format!("CREATE ROLE {name} LOGIN PASSWORD 'secret'"),
        );
        Role { database, name }
    }

    fn address(&self) -> String {
        self.database.address_of(&self.name, "secret")
    }

    fn client(&self) -> Client {
        Client::connect(&self.address(), postgres::NoTls).unwrap()
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        let name = &self.name;
        let tidy = format!(
            "REASSIGN OWNED BY {name} TO CURRENT_USER; DROP OWNED BY {name}; DROP ROLE {name}"
        );
        self.database.client().batch_execute(&tidy).ok();
    }
}

fn run(client: &mut Client, sql: &str) {
    client
        .batch_execute(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

fn open(address: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&address.parse().unwrap())
}

fn read(address: &str) -> Result<PostgresStore, StoreError> {
    PostgresStore::open_read_only(&address.parse().unwrap())
}

/// Everything that a store is asked to do.
fn use_all(store: &mut PostgresStore) {
    let run = sample::begin(store, "a");
    let generation = run.generation;
    for index in 0..5 {
        let words: Vec<String> = (0..5).map(|n| format!("{index} {n}")).collect();
        let sources: Vec<&str> = words.iter().map(String::as_str).collect();
        let file = sample::file(&format!("{index}.ts"), &sources);
        store.replace_file(generation, &file).unwrap();
    }
    store
        .remove_files(generation, &[sample::path("4.ts")])
        .unwrap();
    sample::finish(store, &run);
    ask_all(store, generation);
    store.sweep_vectors().unwrap();
    store.shrink().unwrap();
}

fn ask_all(store: &PostgresStore, generation: store::GenerationId) {
    let query = sample::vector(ContentHash::of(b"1 2"));
    let model = sample::model();
    let found = store
        .vector_search(generation, &model, View::Code, &query, 3)
        .unwrap();
    assert_eq!(found.len(), 3);
    store
        .lexical_search(generation, &["1".to_owned()], 3)
        .unwrap();
    store.repositories().unwrap();
    store.counts(generation).unwrap();
    store.reclaimable().unwrap();
    store.check_integrity().unwrap();
    store.digest(generation).unwrap();
}

/// Functions and operators that would be a better match for calls of ours than the server's own; each notes as whom it ran.
const BETTER_MATCHES: &str = "
CREATE TABLE evil.caught (who text, what text);
CREATE FUNCTION evil.caught(what text) RETURNS text LANGUAGE plpgsql SECURITY INVOKER AS
    $$ BEGIN RAISE EXCEPTION 'ran % as %', what, current_user; END $$;
CREATE FUNCTION public.concat_ws(text, text, text, text) RETURNS text LANGUAGE sql AS $$ SELECT evil.caught('concat_ws') $$;
CREATE FUNCTION public.format(text, name, name) RETURNS text LANGUAGE sql AS $$ SELECT evil.caught('format') $$;
CREATE FUNCTION public.glue(text, bigint) RETURNS text LANGUAGE sql AS $$ SELECT evil.caught('||') $$;
CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = bigint, FUNCTION = public.glue);
CREATE FUNCTION public.vector_dims(ext.halfvec) RETURNS integer LANGUAGE sql AS $$ SELECT evil.caught('vector_dims')::integer $$;
CREATE FUNCTION public.near(ext.halfvec, ext.halfvec) RETURNS float8 LANGUAGE sql AS $$ SELECT evil.caught('<#>')::float8 $$;
CREATE OPERATOR public.<#> (LEFTARG = ext.halfvec, RIGHTARG = ext.halfvec, FUNCTION = public.near);
";

#[test]
fn functions_of_another_role_never_run_as_us() {
    let database = TestDatabase::new();
    let (mallory, alice) = (
        Role::new(&database, "mallory"),
        Role::new(&database, "alice"),
    );
    let mut client = database.client();
    run(
        &mut client,
        &format!(
            "CREATE SCHEMA ext; CREATE EXTENSION vector SCHEMA ext; GRANT USAGE ON SCHEMA ext TO PUBLIC;
             CREATE SCHEMA evil AUTHORIZATION {m}; GRANT USAGE ON SCHEMA evil TO PUBLIC; GRANT CREATE ON SCHEMA public TO {m};
             CREATE SCHEMA mnemo AUTHORIZATION {a}; ALTER DATABASE {d} SET search_path = evil, public, pg_catalog, ext",
            m = mallory.name,
            a = alice.name,
            d = database.name(),
        ),
    );
    run(&mut mallory.client(), BETTER_MATCHES);
    // Rights of the least kind: a schema of its own.
    let mut store = open(&alice.address()).unwrap().with_index_from(3);
    use_all(&mut store);
    let generation = store.repositories().unwrap()[0].generation;
    ask_all(&read(&alice.address()).unwrap(), generation);
}

#[test]
fn schema_of_another_role_is_refused_with_the_way_out() {
    let database = TestDatabase::new();
    let (mallory, alice) = (
        Role::new(&database, "mallory"),
        Role::new(&database, "alice"),
    );
    let mut client = database.client();
    run(
        &mut client,
        &format!(
            "CREATE EXTENSION vector; GRANT CREATE ON DATABASE {} TO {}, {}",
            database.name(),
            mallory.name,
            alice.name
        ),
    );
    drop(open(&mallory.address()).unwrap());
    run(
        &mut mallory.client(),
        "GRANT ALL ON SCHEMA mnemo TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA mnemo TO PUBLIC;
         REVOKE CREATE ON SCHEMA mnemo FROM PUBLIC;
         CREATE FUNCTION mnemo.take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$;
         CREATE TRIGGER take BEFORE INSERT ON mnemo.repositories FOR EACH ROW EXECUTE FUNCTION mnemo.take()",
    );
    let refusals = [
        open(&alice.address()).err(),
        open(&database.address()).err(),
        read(&database.address()).err(),
        PostgresStore::open_again(&alice.address().parse().unwrap()).err(),
    ];
    for error in refusals {
        let error = error.expect("the schema is refused");
        assert!(matches!(error, StoreError::Untrusted { .. }), "{error:?}");
        assert!(error.to_string().contains(&mallory.name), "{error}");
    }
}

#[test]
fn everybody_may_read_but_what_runs_in_anothers_schema_is_refused() {
    let database = TestDatabase::new();
    let (owner, reader) = (
        Role::new(&database, "owner"),
        Role::new(&database, "reader"),
    );
    run(
        &mut database.client(),
        &format!(
            "CREATE EXTENSION vector; CREATE SCHEMA mnemo AUTHORIZATION {}",
            owner.name
        ),
    );
    let mut store = open(&owner.address()).unwrap();
    use_all(&mut store);
    let generation = store.repositories().unwrap()[0].generation;
    let mut client = owner.client();
    // As `docs/operations.md` says.
    let grants = format!(
        "GRANT USAGE ON SCHEMA mnemo TO {0}; GRANT SELECT ON ALL TABLES IN SCHEMA mnemo TO {0}",
        reader.name
    );
    run(&mut client, &grants);
    ask_all(&read(&reader.address()).unwrap(), generation);
    let error = open(&reader.address()).err().unwrap();
    assert!(matches!(error, StoreError::Untrusted { .. }), "{error:?}");

    let caught =
        "CREATE FUNCTION public.caught(x text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RAISE EXCEPTION 'ran as %', current_user; END $$";
    let on_server = format!("GRANT CREATE ON SCHEMA public TO {}", owner.name);
    run(&mut database.client(), &on_server);
    run(&mut client, caught);
    for (attack, undo) in [
        (
            "ALTER TABLE mnemo.files RENAME TO kept; CREATE VIEW mnemo.files AS SELECT * FROM mnemo.kept WHERE public.caught(path)",
            "DROP VIEW mnemo.files; ALTER TABLE mnemo.kept RENAME TO files",
        ),
        (
            "ALTER TABLE mnemo.files ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON mnemo.files USING (public.caught(path))",
            "DROP POLICY p ON mnemo.files; ALTER TABLE mnemo.files DISABLE ROW LEVEL SECURITY",
        ),
        (
            "CREATE INDEX trap ON mnemo.skips (path) WHERE public.caught(path)",
            "DROP INDEX mnemo.trap",
        ),
        (
            "CREATE FUNCTION mnemo.count(bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1'",
            "DROP FUNCTION mnemo.count(bigint)",
        ),
        (
            "CREATE TYPE mnemo.kind AS ENUM ('x'); ALTER TABLE mnemo.models ADD COLUMN k mnemo.kind",
            "ALTER TABLE mnemo.models DROP COLUMN k; DROP TYPE mnemo.kind",
        ),
        (
            "CREATE TABLE mnemo.child () INHERITS (mnemo.files)",
            "DROP TABLE mnemo.child",
        ),
        (
            "GRANT CREATE ON SCHEMA mnemo TO PUBLIC",
            "REVOKE CREATE ON SCHEMA mnemo FROM PUBLIC",
        ),
    ] {
        run(&mut client, attack);
        let refusal = read(&reader.address()).err();
        assert!(
            matches!(refusal, Some(StoreError::Untrusted { .. })),
            "{attack}: {refusal:?}"
        );
        run(&mut client, undo);
        assert!(read(&reader.address()).is_ok(), "{undo}");
    }
}

#[test]
fn members_of_one_role_index_together() {
    let database = TestDatabase::new();
    let (alice, bob) = (Role::new(&database, "alice"), Role::new(&database, "bob"));
    let team = Role::new(&database, "team");
    run(
        &mut database.client(),
        &format!(
            "CREATE EXTENSION vector; GRANT {0} TO {1}, {2}; CREATE SCHEMA mnemo AUTHORIZATION {0}",
            team.name, alice.name, bob.name
        ),
    );
    drop(open(&alice.address()).unwrap());
    use_all(&mut open(&bob.address()).unwrap().with_index_from(3));
    use_all(&mut open(&alice.address()).unwrap());
    // Only an owner may build it.
    let index =
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'mnemo.vectors_near_1'::regclass";
    let is_valid: bool = database.client().query_one(index, &[]).unwrap().get(0);
    assert!(is_valid);
}

#[test]
fn limits_of_the_server_are_outlived_or_named() {
    let database = TestDatabase::new();
    let mut store = open(&database.address()).unwrap();
    use_all(&mut store);
    let generation = store.repositories().unwrap()[0].generation;
    let name = database.name();
    run(
        &mut database.client(),
        &format!("ALTER DATABASE {name} SET idle_session_timeout = '100ms'"),
    );
    let idle = read(&database.address()).unwrap();
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(300));
        idle.counts(generation).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        idle.visit_files(generation, &mut |_| Ok(())).unwrap();
    }
    run(
        &mut database.client(),
        &format!("ALTER DATABASE {name} SET transaction_timeout = '200ms'"),
    );
    let hurried = read(&database.address()).unwrap();
    let mut slowly = |_| {
        std::thread::sleep(Duration::from_millis(300));
        Ok::<_, io::Error>(())
    };
    let error = hurried.visit_files(generation, &mut slowly).unwrap_err();
    assert!(matches!(error, StoreError::Limit { .. }), "{error:?}");
    assert!(error.to_string().contains("transaction_timeout"), "{error}");
}

/// The server may write no temporary file and has little memory, as one whose disk is full.
#[test]
fn nothing_needs_room_on_a_full_disk_to_be_asked_or_freed() {
    let server = PostgresServer::start(&[("temp_file_limit", "0"), ("work_mem", "'64kB'")]);
    let database = server.database();
    let mut store = open(&database.address()).unwrap();
    use_all(&mut store);
    let generation = store.repositories().unwrap()[0].generation;
    // Rows as a large repository has them, of two generations.
    run(
        &mut database.client(),
        "SET temp_file_limit = -1; INSERT INTO mnemo.vectors (model, input, vector) SELECT 1, sha256(n::text::bytea), '[1,2,3]'::halfvec FROM generate_series(1, 40000) n;
         INSERT INTO mnemo.files (generation, path, hash, n_bytes, language, parser, is_test, n_lines, n_chunks, n_symbols, n_references,
             n_words) SELECT generation, 'm/' || n, hash, 1, language, parser, is_test, 1, 0, 0, 0, 0
             FROM mnemo.files, generate_series(1, 20000) n WHERE path = '0.ts';
         INSERT INTO mnemo.facts SELECT f.id, t.bytes FROM mnemo.files f, mnemo.facts t, mnemo.files g
             WHERE f.path LIKE 'm/%' AND g.path = '0.ts' AND t.file = g.id; ANALYZE",
    );
    store.counts(generation).unwrap();
    store.digest(generation).unwrap();
    assert_eq!(store.reclaimable().unwrap().n_vectors, 40_000);
    assert_eq!(store.sweep_vectors().unwrap(), 40_000);
    store.check_integrity().unwrap();
    assert!(store.remove_repository(&sample::repository("a")).unwrap());
    assert!(store.repositories().unwrap().is_empty());
}
