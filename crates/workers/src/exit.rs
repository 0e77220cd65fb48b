//! How a worker process ended.

use std::fmt;

/// How a worker process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkerExit {
    /// It exited with this status.
    Code(i32),
    /// A signal that the pool did not send ended it.
    Signal(i32),
    /// The pool killed it.
    KilledByPool,
    /// Nobody can tell: what it ran on is gone.
    Unknown,
}

const SIGKILL: i32 = 9;

/// What a shell reports for a child that SIGKILL ended.
const SHELL_STATUS_KILLED: i32 = 128 + SIGKILL;

impl WorkerExit {
    /// Returns whether this looks like the kernel's out-of-memory killer: SIGKILL, and not from the pool.
    pub fn is_probably_out_of_memory(self) -> bool {
        matches!(
            self,
            WorkerExit::Signal(SIGKILL) | WorkerExit::Code(SHELL_STATUS_KILLED)
        )
    }
}

impl fmt::Display for WorkerExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WorkerExit::Code(code) => write!(f, "exit status {code}"),
            WorkerExit::Signal(number) => match signal_name(*number) {
                Some(name) => write!(f, "signal {number} ({name})"),
                None => write!(f, "signal {number}"),
            },
            WorkerExit::KilledByPool => f.write_str("killed by the pool"),
            WorkerExit::Unknown => f.write_str("lost with what it ran on"),
        }
    }
}

/// Only signals whose number is the same on every architecture that Linux and macOS share.
fn signal_name(number: i32) -> Option<&'static str> {
    Some(match number {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        #[cfg(target_os = "linux")]
        7 => "SIGBUS",
        #[cfg(target_os = "macos")]
        10 => "SIGBUS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exits_are_reported_in_words() {
        let check = |exit: WorkerExit, expected: &str| assert_eq!(exit.to_string(), expected);
        check(WorkerExit::Code(3), "exit status 3");
        check(WorkerExit::Signal(11), "signal 11 (SIGSEGV)");
        check(WorkerExit::Signal(63), "signal 63");
    }

    #[test]
    fn only_a_kill_from_outside_looks_like_out_of_memory() {
        let check = |exit: WorkerExit, expected| {
            assert_eq!(exit.is_probably_out_of_memory(), expected, "{exit}");
        };
        check(WorkerExit::Signal(9), true);
        check(WorkerExit::Code(137), true);
        check(WorkerExit::KilledByPool, false);
        check(WorkerExit::Signal(11), false);
        check(WorkerExit::Code(9), false);
    }
}
