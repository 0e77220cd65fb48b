//! What a worker that was taken over could do, tried by one.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::TestDatabase;
use testkit::embedding_server::{EmbeddingServer, Kind};
use workers::{
    Confinement, Enforcement, NetworkAccess, OtherCalls, PoolEvent, PoolSettings, StopHandle,
    run_pool,
};

/// The version of Landlock that has rules for ports.
const LANDLOCK_WITH_PORTS: u32 = 4;

const PATIENCE: Duration = Duration::from_secs(60);

/// Returns what a worker answers to a job, in a sandbox in which it may open nothing.
fn answer(job: &str, confinement: Option<Confinement>) -> String {
    let settings = PoolSettings {
        program: env!("CARGO_BIN_EXE_misbehaving-worker").into(),
        arguments: Vec::new(),
        environment: Vec::new(),
        connector: None,
        engine: None,
        n_workers: 1,
        n_ahead: 1,
        setup: Vec::new(),
        start_timeout: PATIENCE,
        job_timeout: PATIENCE,
        grace: PATIENCE,
        recycle_above_bytes: None,
        data_limit_bytes: Some(64 << 20),
        confinement,
        budget_bytes: None,
        max_deaths_in_a_row: 1,
    };
    let mut answer = None;
    let outcome = run_pool(
        &settings,
        &mut [job.as_bytes().to_vec()].into_iter(),
        &StopHandle::new(),
        &mut |event| {
            if let PoolEvent::JobDone { reply, .. } = event {
                answer = Some(String::from_utf8(reply).unwrap());
            }
        },
    );
    answer.unwrap_or_else(|| panic!("no answer: {outcome:?}"))
}

fn confined(network: NetworkAccess) -> Option<Confinement> {
    Some(Confinement {
        readable: Vec::new(),
        writable: Vec::new(),
        network,
        other_calls: OtherCalls::Fail,
    })
}

/// Whether this kernel confines processes; what it does not keep from cannot be tried.
fn is_enforced() -> bool {
    let enforcement = Enforcement::of_this_kernel();
    enforcement.files.is_some() && enforcement.calls
}

#[test]
fn of_all_calls_a_worker_makes_those_on_the_list_and_no_other() {
    if !is_enforced() {
        return;
    }
    for (job, network) in [
        ("calls", NetworkAccess::None),
        ("calls handed", NetworkAccess::Handed),
        ("calls ports", NetworkAccess::Ports(vec![9])),
        ("calls handed ports", NetworkAccess::Ports(vec![9])),
    ] {
        assert_eq!(answer(job, confined(network)), "", "{job}, calls by number");
    }
}

#[test]
fn calls_that_a_worker_makes_reach_nobody_else() {
    if !is_enforced() {
        return;
    }
    assert_eq!(answer("arguments", confined(NetworkAccess::None)), "");
    assert_eq!(answer("arguments", confined(NetworkAccess::Handed)), "");
    assert_eq!(
        answer("arguments", confined(NetworkAccess::Ports(vec![9]))),
        ""
    );
    let free = answer("arguments", None);
    for what in [
        "a process",
        "the parent by a signal",
        "memory that runs",
        "another file",
    ] {
        assert!(free.contains(what), "{free}");
    }
}

/// Who runs the program.
#[derive(Clone, Copy, Debug)]
enum User {
    /// Whoever runs the tests.
    Same,
    /// One who owns nothing but what it is given.
    Unprivileged,
}

/// The number of a user who owns nothing and exists everywhere.
const UNPRIVILEGED: u32 = 65534;

fn users() -> &'static [User] {
    match rustix::process::geteuid().is_root() {
        true => &[User::Same, User::Unprivileged],
        // Only root can be another.
        false => &[User::Same],
    }
}

/// Gives a folder and all in it to a user.
fn give(folder: &Path, user: u32) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => give(&path, user),
            false => std::os::unix::fs::chown(&path, Some(user), Some(user)).unwrap(),
        }
    }
    std::os::unix::fs::chown(folder, Some(user), Some(user)).unwrap();
}

/// Indexes a tree whose only file has a worker try everything; returns what the run said.
#[expect(
    clippy::disallowed_methods,
    reason = "only a process of its own can be another user's"
)]
fn probe(user: User, words: &str, settings: &[(&str, String)]) -> String {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    fs_err::create_dir(at("tree")).unwrap();
    fs_err::write(
        at(&format!("tree/a.probe.{words}.reach.ts")),
        "export const a = 1\n",
    )
    .unwrap();
    // Another user may not be let through the folders that it was built in.
    fs_err::copy(env!("CARGO_BIN_EXE_faulty-worker"), at("program")).unwrap();
    let mut command = Command::new(at("program"));
    command.arg("index").arg(at("tree")).env_clear();
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, home.path());
    }
    for (name, value) in settings {
        let value = value.replace("HOME", home.path().to_str().unwrap());
        command.arg(format!("{name}={value}"));
    }
    if let User::Unprivileged = user {
        give(home.path(), UNPRIVILEGED);
        command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
    }
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

#[test]
fn worker_in_every_mode_and_of_every_user_reaches_nothing_but_its_own() {
    let enforcement = Enforcement::of_this_kernel();
    if enforcement.files < Some(LANDLOCK_WITH_PORTS) || !enforcement.calls {
        return;
    }
    let of = |name, value: &str| (name, value.to_owned());
    let sqlite = || of("database", "HOME/index.db");
    let mock = || of("embeddings", "mock");
    for user in users() {
        let (database, service) = (TestDatabase::new(), EmbeddingServer::start(Kind::OpenAi));
        let postgres = || of("database", &database.address());
        let remote = || {
            [
                of("embeddings", "real"),
                of("embedder", &service.url("/v1")),
            ]
        };
        let with_remote = |database| [&[database][..], &remote()].concat();
        for (words, settings) in [
            ("none", vec![sqlite(), mock()]),
            ("none.threads", vec![sqlite(), mock(), of("threads", "2")]),
            ("none", vec![sqlite(), of("embeddings", "none")]),
            ("handed", vec![postgres(), mock()]),
            ("ports", with_remote(sqlite())),
            ("handed.ports", with_remote(postgres())),
        ] {
            let said = probe(*user, words, &settings);
            assert_eq!(
                said, "1 file, no problem\n",
                "{user:?} {words} {settings:?}"
            );
        }
        let free = probe(*user, "free", &[sqlite(), mock(), of("sandbox", "false")]);
        assert!(free.contains("another file"), "{user:?} {free}");
    }
}
