//! What the operating system is asked for, on Unix. Another system gets a file beside this one with the same functions.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use fs_err as fs;
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{self, Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions};
use rustix::stdio;

use crate::{EngineSettings, PoolSettings, WorkerExit};

pub(crate) use descriptors::close_inherited;
pub(crate) use handover::{Input, Outlet};

mod descriptors;
mod handover;

/// Starts a worker with three pipes and the environment of its settings alone, in a process group of its own: what it starts can be killed
/// with it, and the terminal's Ctrl-C does not reach it.
///
/// Where it may ask for connections, its input is a socket, since only sockets carry descriptors.
pub(crate) fn spawn(settings: &PoolSettings) -> io::Result<(Child, Option<Outlet>)> {
    let (input, socket) = match settings.connector {
        None => (Stdio::piped(), None),
        Some(_) => {
            let (ours, theirs) = UnixStream::pair()?;
            (Stdio::from(OwnedFd::from(theirs)), Some(ours))
        }
    };
    #[expect(clippy::disallowed_methods, reason = "this is where children start")]
    let mut command = Command::new(&settings.program);
    command
        .args(&settings.arguments)
        .env_clear()
        .envs(
            settings
                .environment
                .iter()
                .map(|(name, value)| (name, value)),
        )
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn()?;
    let pipe = child.stdin.take().map(Outlet::Pipe);
    Ok((child, pipe.or(socket.map(Outlet::Socket))))
}

/// Starts the driver of an engine with three pipes and the environment of its settings alone, in a process group of its own.
pub(crate) fn spawn_driver(engine: &EngineSettings) -> io::Result<Child> {
    #[expect(clippy::disallowed_methods, reason = "this is where children start")]
    let mut command = Command::new(&engine.program);
    let environment = engine.environment.iter();
    command
        .args(&engine.arguments)
        .env_clear()
        .envs(environment.map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// Has a child lead a process group: what it starts can be killed with it, and the terminal's Ctrl-C is for its parent to pass on.
pub(crate) fn in_own_group(command: &mut Command) -> &mut Command {
    command.process_group(0)
}

/// Waits until a child has ended, and leaves it to be reaped: until then its process id is its own.
pub(crate) fn wait_for_end(pid: u32) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(Errno::INTR) = process::waitid(WaitId::Pid(pid_of(pid)), options) {}
}

/// Kills a child that is not reaped, and all processes of its group.
pub(crate) fn kill_group(pid: u32) {
    // An error says that all of them have ended.
    let _: Result<(), Errno> = process::kill_process_group(pid_of(pid), Signal::KILL);
}

pub(crate) fn exit_of(status: ExitStatus) -> WorkerExit {
    match (status.code(), status.signal()) {
        (Some(code), _) => WorkerExit::Code(code),
        (None, Some(signal)) => WorkerExit::Signal(signal),
        (None, None) => WorkerExit::Code(status.into_raw()),
    }
}

pub(crate) fn is_out_of_file_handles(error: &io::Error) -> bool {
    matches!(
        Errno::from_io_error(error),
        Some(Errno::MFILE | Errno::NFILE)
    )
}

fn pid_of(pid: u32) -> Pid {
    i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .expect("the process id of a child is positive")
}

/// Ties this process to its parent: killed when the thread that started it ends, and deaf to Ctrl-C, which the parent handles.
///
/// Fails when the parent has ended already.
pub(crate) fn follow_parent() -> io::Result<()> {
    let parent = process::getppid();
    #[cfg(target_os = "linux")]
    {
        process::set_parent_process_death_signal(Some(Signal::KILL))?;
        // What parses strangers' files gets no more rights than it has, whatever it starts.
        rustix::thread::set_no_new_privs(true)?;
    }
    if process::getppid() != parent {
        return Err(io::Error::other("the parent has ended"));
    }
    signal_hook::flag::register(Signal::INT.as_raw(), Arc::new(AtomicBool::new(false)))?;
    Ok(())
}

/// Takes standard input and output away for the frames: who reads input afterwards finds it empty, and what is printed goes to
/// standard error.
pub(crate) fn take_stdio() -> io::Result<(File, File)> {
    let input = fcntl_dupfd_cloexec(stdio::stdin(), 3)?;
    let output = fcntl_dupfd_cloexec(stdio::stdout(), 3)?;
    stdio::dup2_stdin(fs::File::open("/dev/null")?)?;
    stdio::dup2_stdout(stdio::stderr())?;
    Ok((File::from(input), File::from(output)))
}

/// Files that a worker may have open: the database's and the model's, many times over.
const FILES_MAX: u64 = 128;

/// Stacks of threads that a worker has beside the handler's, as the standard library makes them.
const OTHER_STACKS_BYTES: u64 = 4 << 20;

/// Limits this process for good: what it may allocate beyond what it holds now and `n_stack_bytes`, where there is a limit, the files that it
/// may have open, and that it leaves no image of its memory when it dies.
pub(crate) fn limit(n_data_bytes: Option<u64>, n_stack_bytes: u64) -> io::Result<()> {
    lower(Resource::Core, 0)?;
    lower(Resource::Nofile, FILES_MAX)?;
    let Some(n_bytes) = n_data_bytes else {
        return Ok(());
    };
    // What it holds counts address space: stacks that are reserved but never touched must not use up the limit.
    let held = data_bytes()? + n_stack_bytes + OTHER_STACKS_BYTES;
    lower(Resource::Data, n_bytes.saturating_add(held))
}

/// Lowers a limit so that it cannot be raised again; one that is lower already stays.
fn lower(resource: Resource, wanted: u64) -> io::Result<()> {
    let current = process::getrlimit(resource);
    let lowest = |limit: Option<u64>| Some(limit.unwrap_or(wanted).min(wanted));
    let limit = Rlimit {
        current: lowest(current.current),
        maximum: lowest(current.maximum),
    };
    Ok(process::setrlimit(resource, limit)?)
}

/// Returns the size of what `RLIMIT_DATA` counts.
fn data_bytes() -> io::Result<u64> {
    if cfg!(not(target_os = "linux")) {
        return Ok(0);
    }
    let statm = fs::read_to_string("/proc/self/statm")?;
    let n_pages: Option<u64> = statm
        .split_whitespace()
        .nth(5)
        .and_then(|text| text.parse().ok());
    let n_pages = n_pages.ok_or_else(|| io::Error::other("/proc/self/statm cannot be read"))?;
    Ok(n_pages * page_bytes())
}

pub(crate) fn page_bytes() -> u64 {
    rustix::param::page_size() as u64
}

/// Ends this process at once, with all that it has started, and without running anything on the way out.
pub(crate) fn die() -> ! {
    let own = process::getpid();
    if process::getpgrp() == own {
        let _: Result<(), Errno> = process::kill_process_group(own, Signal::KILL);
    }
    let _: Result<(), Errno> = process::kill_process(own, Signal::KILL);
    std::process::abort()
}
