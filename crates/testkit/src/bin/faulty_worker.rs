//! The real worker, with faults: a file's name says what happens when it is taken up.
//!
//! `a.sigkill.ts` kills the worker, `a.once.sigkill.ts` does so only at the first attempt (it leaves a mark beside the tree).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

fn main() -> std::process::ExitCode {
    match app::serve_worker(misbehave) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(_) => std::process::ExitCode::FAILURE,
    }
}

fn misbehave(job: &[u8]) {
    let head = job.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head: serde_json::Value = serde_json::from_slice(head).expect("jobs begin with JSON");
    let path = head["path"].as_str().expect("a job names a file");
    let words: Vec<&str> = path.split('.').collect();
    if words.contains(&"once") && !is_first_attempt(path) {
        return;
    }
    for word in words {
        match word {
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
            _ => {}
        }
    }
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
        // A problem quotes the first line.
        writeln!(std::io::stderr(), "reached {}", reached.join(", "))
            .expect("a pipe to the parent");
        std::process::exit(3);
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
