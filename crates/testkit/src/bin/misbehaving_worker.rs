//! A worker that does what its job says, mostly harm.
//!
//! A job is `WORD` or `WORD ARGUMENT`. The argument `pool` makes it a parent instead, for the test that kills the parent.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, hint, process, thread};

#[path = "misbehaving_worker/probe.rs"]
mod probe;

use rustix::process::{Signal, getpid, kill_process};
use workers::{Handler, Parent, PoolEvent, PoolSettings, StopHandle};

/// Longer than any test waits, and short enough that what a failed test leaves behind goes away.
const FOREVER: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["garbage"] => {
            writeln!(io::stdout(), "I am no worker at all").expect("standard output is a pipe");
            thread::sleep(FOREVER);
        }
        ["die"] => {
            writeln!(io::stderr(), "no such library").expect("standard error is a pipe");
            return ExitCode::from(7);
        }
        ["hang"] => thread::sleep(FOREVER),
        // Frames over an output that everybody can write to.
        ["unprotected"] => {
            let served = workers::serve(io::stdin(), io::stdout(), make_handler);
            return exit_code(served.is_ok());
        }
        ["pool", job] => return run_parent(job),
        _ => {}
    }
    exit_code(workers::serve_stdio(make_handler).is_ok())
}

fn exit_code(is_ok: bool) -> ExitCode {
    ExitCode::from(u8::from(!is_ok))
}

/// Runs one job in a pool of its own and reports the worker's process id.
fn run_parent(job: &str) -> ExitCode {
    let settings = PoolSettings {
        program: env::current_exe().expect("the running program has a path"),
        arguments: Vec::new(),
        environment: Vec::new(),
        connector: None,
        engine: None,
        n_workers: 1,
        n_ahead: 1,
        setup: Vec::new(),
        start_timeout: FOREVER,
        job_timeout: FOREVER,
        grace: FOREVER,
        recycle_above_bytes: None,
        data_limit_bytes: None,
        confinement: None,
        budget_bytes: None,
        max_deaths_in_a_row: 1,
    };
    let mut pid = 0;
    let outcome = workers::run_pool(
        &settings,
        &mut [job.as_bytes().to_vec()].into_iter(),
        &StopHandle::new(),
        &mut |event| match event {
            PoolEvent::WorkerStarted { pid: started, .. } => pid = started.unwrap_or(0),
            PoolEvent::JobStarted { .. } => {
                writeln!(io::stdout(), "{pid}").expect("standard output is a pipe");
            }
            _ => {}
        },
    );
    exit_code(outcome.is_ok())
}

fn make_handler(setup: &[u8], _: Parent) -> Result<Misbehaving, String> {
    let setup = String::from_utf8_lossy(setup);
    match setup.split_once(' ') {
        Some(("refuse", why)) => Err(why.to_owned()),
        // The first worker takes the file away; the next finds none.
        Some(("refuse-without", path)) => fs_err::remove_file(path)
            .map(|()| Misbehaving::default())
            .map_err(|_| "only one of us".to_owned()),
        _ => Ok(Misbehaving::default()),
    }
}

/// Does one of five steps, remembers it in a file, and dies of it; a job that is tried often enough gets through.
fn advance(file: &Path, progress: &mut dyn FnMut(u64)) {
    let n_done = fs_err::read(file).map_or(0, |marks| marks.len());
    if n_done < 5 {
        fs_err::write(file, vec![b'x'; n_done + 1]).expect("the test's folder is writable");
        progress(n_done as u64 + 1);
        send_itself(Signal::KILL);
    }
}

#[derive(Default)]
struct Misbehaving {
    leaked: Vec<Vec<u8>>,
    /// Replies that wait for the next job that is not to be kept.
    kept: Vec<Vec<u8>>,
}

impl Handler for Misbehaving {
    fn handle(&mut self, job: &[u8], progress: &mut dyn FnMut(u64)) -> Vec<Vec<u8>> {
        let job = String::from_utf8_lossy(job).into_owned();
        let reply = self.answer(&job, progress);
        self.kept.push(reply);
        match job.starts_with("keep") {
            true => Vec::new(),
            false => self.settle(),
        }
    }

    fn settle(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.kept)
    }
}

impl Misbehaving {
    fn answer(&mut self, job: &str, progress: &mut dyn FnMut(u64)) -> Vec<u8> {
        let (word, argument) = job.split_once(' ').unwrap_or((job, ""));
        match word {
            "echo" => return argument.as_bytes().to_vec(),
            "pid" => return process::id().to_string().into_bytes(),
            "environment" => return environment().into_bytes(),
            "descriptors" => return descriptors().into_bytes(),
            "calls" => {
                let words: Vec<&str> = argument.split(' ').collect();
                return probe::unexpected_calls(&words).into_bytes();
            }
            "arguments" => return probe::arguments().into_bytes(),
            "hang" => thread::sleep(FOREVER),
            "spin" => loop {
                hint::spin_loop();
            },
            "keep" => {}
            "nap" => thread::sleep(Duration::from_millis(50)),
            "wait-for" => wait_for(Path::new(argument)),
            "kill" => send_itself(Signal::KILL),
            "segv" => send_itself(Signal::SEGV),
            "kill-once" if first_time(argument) => send_itself(Signal::KILL),
            "kill-once" => {}
            "advance" => advance(Path::new(argument), progress),
            "abort" => process::abort(),
            "overflow" => drop(overflow(0)),
            "exit" => process::exit(3),
            "panic" => panic!("on request"),
            "garbage" => {
                let mut output = io::stdout();
                let written = output
                    .write_all(b"this is no frame")
                    .and_then(|()| output.flush());
                written.expect("standard output is a pipe");
                thread::sleep(FOREVER);
            }
            "allocate" => self.allocate_until_the_cap(),
            "leak" => self.leaked.push(vec![1; 64 << 20]),
            "print" => writeln!(io::stdout(), "hello").expect("standard output is redirected"),
            "chatter" => {
                let line = "x".repeat(1000);
                (0..1000).for_each(|_| {
                    writeln!(io::stderr(), "{line}").expect("standard error is read");
                });
            }
            "grandchild" => start_grandchild(argument, Escapes::No),
            "escaped-grandchild" => start_grandchild(argument, Escapes::Yes),
            _ => return format!("no such job: {job}").into_bytes(),
        }
        b"done".to_vec()
    }

    fn allocate_until_the_cap(&mut self) {
        // Bounded, so that a missing cap fails the test and not the machine.
        for _ in 0..1024 {
            self.leaked.push(vec![1; 1 << 20]);
        }
    }
}

fn environment() -> String {
    let variables = env::vars().map(|(name, value)| format!("{name}={value}"));
    variables.collect::<Vec<_>>().join(" ")
}

/// Returns what the open descriptors lead to, without that of the list itself.
fn descriptors() -> String {
    let entries = fs_err::read_dir("/proc/self/fd").expect("a process may list its own");
    let mut descriptors: Vec<String> = entries
        .filter_map(|entry| {
            let entry = entry.expect("the list can be read");
            let leads_to = fs_err::read_link(entry.path()).ok()?;
            let leads_to = leads_to.to_string_lossy();
            // A pipe has a number.
            let leads_to = leads_to.split(':').next()?.to_owned();
            let is_list = leads_to.starts_with("/proc/");
            (!is_list).then(|| format!("{} {leads_to}", entry.file_name().to_string_lossy()))
        })
        .collect();
    descriptors.sort();
    descriptors.join(", ")
}

/// Does not return: a handler of the run-time may let the first one pass.
fn send_itself(signal: Signal) -> ! {
    loop {
        kill_process(getpid(), signal).expect("a process may signal itself");
    }
}

#[expect(unconditional_recursion, reason = "it is what is asked for")]
fn overflow(depth: u64) -> Vec<u64> {
    let held = hint::black_box([depth; 1 << 10]);
    let mut deeper = overflow(depth + 1);
    deeper.push(held[0]);
    deeper
}

fn first_time(marker: &str) -> bool {
    fs_err::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(marker)
        .is_ok()
}

fn wait_for(path: &Path) {
    while !path.exists() {
        thread::sleep(Duration::from_millis(5));
    }
}

/// Starts a process that keeps the pipe of standard error open, adds its id to the file, and leaves.
fn start_grandchild(marker: &str, escapes: Escapes) -> ! {
    let program = env::current_exe().expect("the running program has a path");
    #[expect(
        clippy::disallowed_methods,
        reason = "a child that the pool knows nothing of"
    )]
    let mut command = Command::new(program);
    command.arg("hang");
    if escapes == Escapes::Yes {
        command.process_group(0);
    }
    let child = command.spawn().expect("a process can be started");
    let written = fs_err::OpenOptions::new()
        .create(true)
        .append(true)
        .open(marker)
        .and_then(|mut file| writeln!(file, "{}", child.id()));
    written.expect("the marker can be written");
    process::exit(3);
}

#[derive(PartialEq)]
enum Escapes {
    Yes,
    No,
}
