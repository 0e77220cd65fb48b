//! The real worker, with faults: a file's name says what happens when it is taken up.
//!
//! `a.sigkill.ts` kills the worker, `a.once.sigkill.ts` does so only at the first attempt (it leaves a mark beside the tree).
//!
//! With the arguments `index TREE NAME=VALUE…` it is the parent of such workers, for tests that need one of another user.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[path = "misbehaving_worker/probe.rs"]
mod probe;

use app::{IndexOptions, Overrides, Project, Settings, StopHandle};
use rustix::process::{Signal, getpid, kill_process};

fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, tree, settings @ ..] = &arguments[..]
        && word == "index"
    {
        index(Path::new(tree), settings);
        return std::process::ExitCode::SUCCESS;
    }
    match app::serve_worker(misbehave) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(_) => std::process::ExitCode::FAILURE,
    }
}

/// Indexes a tree by workers of this program and prints what came of it.
fn index(tree: &Path, settings: &[String]) {
    let mut overrides = Overrides::default();
    let own = std::env::current_exe().expect("the running program has a path");
    overrides.set("worker_program", own.to_str().map(str::to_owned));
    for setting in settings {
        let (name, value) = setting.split_once('=').expect("NAME=VALUE");
        // As many as the arguments of one call.
        overrides.set(name.to_owned().leak(), Some(value.to_owned()));
    }
    let settings = Settings::resolve(&overrides, None).expect("the test's settings are valid");
    let summary = Project::new(settings)
        .index(
            tree,
            &IndexOptions::default(),
            &StopHandle::new(),
            &mut |_| {},
            &mut |_| {},
        )
        .expect("the run reaches its end");
    let said = match &summary.problems[..] {
        [] => format!("{} file, no problem", summary.counts.n_files),
        problems => problems
            .iter()
            .map(|problem| problem.cause.as_str())
            .collect(),
    };
    writeln!(std::io::stdout(), "{said}").expect("a pipe to the test");
}

fn misbehave(job: &[u8]) {
    let head = job.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head: serde_json::Value = serde_json::from_slice(head).expect("jobs begin with JSON");
    let path = head["path"].as_str().expect("a job names a file");
    let words: Vec<&str> = path.split('.').collect();
    if words.contains(&"once") && !is_first_attempt(path) {
        return;
    }
    for word in &words {
        match *word {
            "sigkill" => kill(Signal::KILL),
            "sigsegv" => kill(Signal::SEGV),
            "abort" => std::process::abort(),
            "exit" => std::process::exit(3),
            "panic" => panic!("the file said so"),
            "overflow" => {
                overflow(1);
            }
            "hang" => std::thread::sleep(Duration::from_secs(600)),
            "memory" => allocate_without_end(),
            "reach" => reach_out(),
            "probe" => try_calls(&words),
            _ => {}
        }
    }
}

/// Ends the worker if a call that is not on the list is made, or one that is reaches anything else; says which.
fn try_calls(words: &[&str]) {
    // Outside of a sandbox some would never return.
    let calls = match words.contains(&"free") {
        true => String::new(),
        false => probe::unexpected_calls(words),
    };
    let reached = probe::arguments();
    if !calls.is_empty() || !reached.is_empty() {
        end_with(&format!("reached {reached}, calls by number {calls}"));
    }
}

/// Ends the worker with a line that becomes the cause of the problem.
fn end_with(line: &str) -> ! {
    // A problem quotes the first line.
    writeln!(std::io::stderr(), "{line}").expect("a pipe to the parent");
    std::process::exit(3)
}

/// Ends the worker if it gets hold of anything that is not its own; says what.
#[expect(
    clippy::disallowed_methods,
    reason = "what a worker must not do is done here"
)]
fn reach_out() {
    use std::net::{TcpListener, UdpSocket};
    use std::os::unix::net::UnixStream;

    let outside = std::env::temp_dir().join(format!("reached-{}", std::process::id()));
    let reached = [
        ("another file", std::fs::read("/etc/passwd").is_ok()),
        ("another folder", std::fs::read_dir("/etc").is_ok()),
        ("the temporary folder", std::fs::write(outside, "x").is_ok()),
        (
            "a file by a link",
            std::fs::read("/proc/self/root/etc/passwd").is_ok(),
        ),
        (
            "the parent's memory",
            std::fs::read(format!("/proc/{}/environ", parent())).is_ok(),
        ),
        ("the network", TcpListener::bind("127.0.0.1:0").is_ok()),
        (
            "the network by datagrams",
            UdpSocket::bind("127.0.0.1:0").is_ok(),
        ),
        ("other programs' sockets", UnixStream::pair().is_ok()),
        ("a port of others", is_connected()),
        (
            "another program",
            std::process::Command::new("/bin/true").spawn().is_ok(),
        ),
        (
            "a signal to the parent",
            rustix::process::test_kill_process(
                rustix::process::getppid().expect("a worker has a parent"),
            )
            .is_ok(),
        ),
    ];
    let reached: Vec<&str> = reached
        .iter()
        .filter(|(_, is_reached)| *is_reached)
        .map(|(what, _)| *what)
        .collect();
    if !reached.is_empty() {
        end_with(&format!("reached {}", reached.join(", ")));
    }
}

/// Whether a connection to a port that is no service of the run goes out; that nobody listens there is an answer.
fn is_connected() -> bool {
    match std::net::TcpStream::connect(("127.0.0.1", 1)) {
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
    }
}

fn parent() -> i32 {
    rustix::process::getppid().map_or(1, |pid| pid.as_raw_nonzero().get())
}

fn kill(signal: Signal) -> ! {
    loop {
        // More than once: the runtime's handler for stack overflows takes the first segmentation fault that is none and gives
        // the signal its default meaning again.
        kill_process(getpid(), signal).expect("a process may signal itself");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Leaves a mark in a folder that the worker's environment names, so that the second attempt differs from the first.
#[expect(
    clippy::disallowed_methods,
    reason = "a test program, controlled by its test"
)]
fn is_first_attempt(path: &str) -> bool {
    let marks = PathBuf::from(
        std::env::var_os("FAULT_MARKS").unwrap_or_else(|| std::env::temp_dir().into()),
    );
    let mark = marks.join(Path::new(path).file_name().expect("a path has a name"));
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(mark)
        .is_ok()
}

#[expect(unconditional_recursion, reason = "that is the fault")]
fn overflow(depth: u64) -> u64 {
    std::hint::black_box(overflow(std::hint::black_box(depth) + 1)) + 1
}

fn allocate_without_end() {
    let mut held = Vec::new();
    loop {
        held.push(vec![1_u8; 8 << 20]);
        std::hint::black_box(&held);
    }
}
