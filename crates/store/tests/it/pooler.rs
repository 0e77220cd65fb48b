//! A store behind PgBouncer, the real one: in session mode it works, in transaction mode it is refused.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the pooler is the test's own child, and where there is none the test says so"
)]

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::RepositoryName;
use store::{PostgresStore, Store, StoreError};
use tempfile::TempDir;
use testkit::TestDatabase;

/// It refuses to run as root; this user owns nothing and exists everywhere.
const UNPRIVILEGED: u32 = 65534;

struct Pooler {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Pooler {
    /// Starts PgBouncer before the server of a database; nothing where there is no such program.
    fn start(database: &TestDatabase, mode: &str, more: &str) -> Option<Pooler> {
        let address = database.address();
        let place = address.split_once('@').expect("an address has a user").1;
        let (host, port) = place.split('/').next()?.split_once(':')?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let own = listener.local_addr().expect("it is bound").port();
        drop(listener);
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let settings = format!(
            "[databases]\n* = host={host} port={port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {own}\n\
             auth_type = any\nunix_socket_dir =\npool_mode = {mode}\ndefault_pool_size = 20\n{more}\n"
        );
        let file = folder.path().join("pgbouncer.ini");
        fs_err::write(&file, settings).expect("the folder can be written to");
        let mut command = Command::new("pgbouncer");
        if rustix::process::geteuid().is_root() {
            use std::os::unix::fs::PermissionsExt;
            let open = std::fs::Permissions::from_mode(0o755);
            fs_err::set_permissions(folder.path(), open).expect("the folder is ours");
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        let spawned = command
            .arg("-q")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
            .spawn();
        let Ok(process) = spawned else {
            println!("left out: there is no program pgbouncer");
            return None;
        };
        let mut pooler = Pooler {
            process,
            port: own,
            _folder: folder,
        };
        while TcpStream::connect(("127.0.0.1", own)).is_err() {
            let ended = pooler.process.try_wait().expect("it is our child");
            assert!(ended.is_none(), "pgbouncer does not start: {ended:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(pooler)
    }

    fn open(&self, database: &TestDatabase) -> Result<PostgresStore, StoreError> {
        let (name, port) = (database.name(), self.port);
        let address = format!("postgres://postgres@127.0.0.1:{port}/{name}");
        PostgresStore::open(&address.parse().expect("it is an address"))
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn lock(store: &PostgresStore) -> Result<(), StoreError> {
    let name = RepositoryName::new("code".to_owned()).expect("it is a name");
    store.lock_repository(&name, Duration::ZERO).map(drop)
}

#[test]
fn pooler_of_sessions_works() {
    let database = TestDatabase::new();
    let Some(pooler) = Pooler::start(&database, "session", "") else {
        return;
    };
    let store = pooler.open(&database).expect("the database opens");
    lock(&store).expect("it can be locked");
    let other = pooler.open(&database).expect("the database opens again");
    assert!(other.repositories().expect("it answers").is_empty());
}

#[test]
fn pooler_of_transactions_is_refused_in_a_sentence() {
    let database = TestDatabase::new();
    // As it comes, and as it is set up for programs that send options.
    for more in ["", "ignore_startup_parameters = options"] {
        let Some(pooler) = Pooler::start(&database, "transaction", more) else {
            return;
        };
        let refused = match pooler.open(&database) {
            Ok(store) => lock(&store).expect_err("it cannot be locked"),
            Err(error) => error,
        };
        assert!(
            matches!(refused, StoreError::Pooled { .. }),
            "{more}: {refused:?}"
        );
        assert!(refused.to_string().contains("pool_mode = transaction"));
    }
}
