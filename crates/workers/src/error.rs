//! Why a pool gave up.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a pool gave up. Every worker is dead by then; jobs without an event were not done.
#[derive(Debug, Error)]
pub enum PoolError {
    /// The program cannot be started.
    #[error("cannot start the worker program {}", .program.display())]
    Spawn {
        /// What was started as a worker.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program does not speak the protocol.
    #[error("{} does not answer as a worker: {detail}{}", .program.display(), said(.stderr))]
    Handshake {
        /// What was started as a worker.
        program: PathBuf,
        /// What was wrong.
        detail: String,
        /// The last of what it wrote to standard error.
        stderr: String,
    },
    /// The program speaks another version of the protocol.
    #[error("{} speaks version {theirs} of the worker protocol, this program speaks {ours}", .program.display())]
    Version {
        /// What was started as a worker.
        program: PathBuf,
        /// The version of this program.
        ours: u32,
        /// The version of the worker.
        theirs: u32,
    },
    /// What starts workers on other machines cannot be used, or ended.
    #[error("{message}")]
    Engine {
        /// Its own words, or what happened to it.
        message: String,
    },
    /// No worker could make its handler.
    #[error("no worker can be set up: {message}")]
    Setup {
        /// The words of the last one.
        message: String,
    },
    /// Workers end or hang before they are ready.
    #[error("the worker program {} does not start, {n} attempts in a row: {cause}{}", .program.display(), said(.stderr))]
    DoNotStart {
        /// What was started as a worker.
        program: PathBuf,
        /// How many attempts.
        n: u32,
        /// What happened to the last.
        cause: String,
        /// The last of what it wrote to standard error.
        stderr: String,
    },
    /// The circuit breaker: workers die one after the other, and no job is done.
    #[error("{n} workers died in a row and no job was done, the last: {cause}{}", said(.stderr))]
    WorkersKeepDying {
        /// How many.
        n: u32,
        /// What happened to the last.
        cause: String,
        /// The last of what it wrote to standard error.
        stderr: String,
    },
}

fn said(stderr: &str) -> String {
    match stderr.trim().lines().next_back() {
        Some(line) => format!(" (it said: {line})"),
        None => String::new(),
    }
}
