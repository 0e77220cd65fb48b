//! Runs a helper program to its end and returns what it printed.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::{StopHandle, StopLevel, unix};

/// Variables that a helper gets where this process has them: where programs and the user's own configuration are.
const INHERITED: &[&str] = &["HOME", "XDG_CONFIG_HOME", "TMPDIR", "USER", "LOGNAME"];

/// How soon a wish to stop is seen.
const STOP_INTERVAL: Duration = Duration::from_millis(100);

/// Words of a program that fails; more is not shown.
const MAX_STDERR_BYTES: u64 = 64 << 10;

/// A program to be run to its end: without input, without this process's environment, within a time and a number of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Helper<'a> {
    /// Its name, looked for in the absolute folders of `PATH` that are not in `directory`.
    pub program: &'a str,
    /// What it is started with; no shell sees them.
    pub arguments: &'a [&'a str],
    /// Where it runs.
    pub directory: &'a Path,
    /// What its environment has beside the places of programs and of the user's configuration.
    pub environment: &'a [(&'a str, &'a str)],
    /// How long it may take.
    pub patience: Duration,
    /// How much it may print.
    pub max_bytes: u64,
}

/// What a helper printed.
#[derive(Debug)]
pub struct Captured {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// The begin of its standard error.
    pub stderr: Vec<u8>,
}

impl Helper<'_> {
    /// Runs the program; succeeds whatever its exit status.
    ///
    /// Fails with [`io::ErrorKind::Interrupted`] when `stop` asks for an end, with [`io::ErrorKind::TimedOut`] when it takes too long and
    /// with [`io::ErrorKind::FileTooLarge`] when it prints too much; it is killed then, with what it has started.
    pub fn run(&self, stop: &StopHandle) -> io::Result<Captured> {
        let mut child = self.command().spawn()?;
        let outcome = self.follow(&mut child, stop);
        if outcome.is_err() {
            unix::kill_group(child.id());
        }
        let status = child.wait()?;
        let (stdout, stderr) = outcome?;
        Ok(Captured {
            status,
            stdout,
            stderr,
        })
    }

    fn command(&self) -> Command {
        #[expect(
            clippy::disallowed_methods,
            reason = "children are started in this crate"
        )]
        let mut command = Command::new(self.program);
        command.env_clear();
        for name in INHERITED {
            command.envs(variable(name).map(|value| (name, value)));
        }
        unix::in_own_group(&mut command)
            .env("PATH", self.search_path())
            .envs(self.environment.iter().copied())
            .args(self.arguments)
            .current_dir(self.directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Returns where programs are looked for: not where the program runs, whose files are others'.
    fn search_path(&self) -> OsString {
        let path = variable("PATH").unwrap_or_default();
        // The whole machine is no tree of others.
        let is_tree = self.directory.parent().is_some();
        let is_in_tree = |folder: &Path| is_tree && folder.starts_with(self.directory);
        let is_good = |folder: &Path| folder.is_absolute() && !is_in_tree(folder);
        let folders = std::env::split_paths(&path).filter(|folder| is_good(folder));
        std::env::join_paths(folders).unwrap_or_default()
    }

    /// Reads both streams to their ends.
    fn follow(&self, child: &mut Child, stop: &StopHandle) -> io::Result<(Vec<u8>, Vec<u8>)> {
        let deadline = Instant::now() + self.patience;
        let stdout = child.stdout.take().map(|pipe| gather(pipe, self.max_bytes));
        let stderr = child
            .stderr
            .take()
            .map(|pipe| gather(pipe, MAX_STDERR_BYTES));
        let printed = wait(stdout, stop, deadline)?;
        if printed.len() as u64 > self.max_bytes {
            let what = format!("{} prints more than {} bytes", self.program, self.max_bytes);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        Ok((printed, wait(stderr, stop, deadline)?))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a child gets a few variables of this process, whatever they say"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Reads a pipe in a thread of its own, one byte further than allowed.
fn gather(pipe: impl Read + Send + 'static, max_bytes: u64) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.take(max_bytes + 1).read_to_end(&mut bytes);
        // Whoever gave up waiting does not want it.
        sender.send(read.map(|_| bytes)).ok();
    });
    receiver
}

fn wait(
    stream: Option<Receiver<io::Result<Vec<u8>>>>,
    stop: &StopHandle,
    deadline: Instant,
) -> io::Result<Vec<u8>> {
    let Some(stream) = stream else {
        return Ok(Vec::new());
    };
    loop {
        match stream.recv_timeout(STOP_INTERVAL) {
            Ok(read) => return read,
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
            Err(RecvTimeoutError::Timeout) if stop.level() != StopLevel::Run => {
                return Err(io::ErrorKind::Interrupted.into());
            }
            Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                return Err(io::ErrorKind::TimedOut.into());
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell<'a>(arguments: &'a [&'a str]) -> Helper<'a> {
        Helper {
            program: "sh",
            arguments,
            directory: Path::new("/"),
            environment: &[("OWN", "1")],
            patience: Duration::from_millis(300),
            max_bytes: 10_000,
        }
    }

    #[test]
    fn helper_has_a_short_environment_of_its_own() {
        let printed = shell(&["-c", "env"]).run(&StopHandle::new()).unwrap();
        let text = String::from_utf8(printed.stdout).unwrap();
        let known = |name: &str| {
            INHERITED.contains(&name)
                || ["PATH", "OWN", "PWD", "SHLVL", "_", "OLDPWD"].contains(&name)
        };
        for line in text.lines() {
            let name = line.split('=').next().unwrap();
            assert!(known(name), "{line}");
        }
        assert!(text.contains("OWN=1"));
    }

    #[test]
    fn helper_that_hangs_or_prints_for_ever_is_ended() {
        let kind =
            |arguments: &[&str], stop: &StopHandle| shell(arguments).run(stop).unwrap_err().kind();
        let stop = StopHandle::new();
        assert_eq!(kind(&["-c", "sleep 1000"], &stop), io::ErrorKind::TimedOut);
        assert_eq!(kind(&["-c", "yes"], &stop), io::ErrorKind::FileTooLarge);
        stop.stop_gracefully();
        assert_eq!(
            kind(&["-c", "sleep 1000"], &stop),
            io::ErrorKind::Interrupted
        );
    }
}
