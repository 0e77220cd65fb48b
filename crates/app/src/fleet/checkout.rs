//! A repository of elsewhere in a temporary folder: its newest commit, without its history.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use workers::{Captured, Helper, StopHandle};

use crate::error::AppError;

/// The newest commit of the largest repositories is a few gigabytes.
const PATIENCE: Duration = Duration::from_secs(1800);

/// What git says is short: names and progress go nowhere.
const MAX_BYTES: u64 = 1 << 20;

/// No program that the user's own configuration or the repository could name runs on its files, and nobody is asked for a password.
const OPTIONS: &[&str] = &[
    "--no-pager",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "filter.lfs.smudge=",
    "-c",
    "filter.lfs.process=",
    "-c",
    "filter.lfs.required=false",
    "-c",
    "protocol.ext.allow=never",
    "-c",
    "advice.detachedHead=false",
];

const ENVIRONMENT: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
];

/// A work tree that is deleted with the value.
pub(super) struct Checkout {
    folder: TempDir,
}

impl Checkout {
    /// Fetches the newest commit.
    pub(super) fn fetch(address: &str, stop: &StopHandle) -> Result<Checkout, AppError> {
        let folder = tempfile::Builder::new()
            .prefix("mnemo-fleet-")
            .tempdir()
            .map_err(AppError::Output)?;
        let git = |arguments: &[&str]| git(folder.path(), address, arguments, stop);
        git(&["init", "--quiet"])?;
        git(&[
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--",
            address,
            "HEAD",
        ])?;
        git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"])?;
        Ok(Checkout { folder })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Asks for the commit that an address's head is at.
pub(super) fn head_of(address: &str, stop: &StopHandle) -> Result<String, AppError> {
    let said = git(
        &std::env::temp_dir(),
        address,
        &["ls-remote", "--", address, "HEAD"],
        stop,
    )?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let head = text.split_whitespace().next().unwrap_or_default();
    match head.len() >= 40 && head.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(head.to_owned()),
        false => Err(failed(address, "it has no commit")),
    }
}

fn failed(address: &str, cause: &str) -> AppError {
    AppError::Fetch {
        address: store::without_password(address),
        cause: cause.to_owned(),
    }
}

fn git(
    directory: &Path,
    address: &str,
    arguments: &[&str],
    stop: &StopHandle,
) -> Result<Captured, AppError> {
    let arguments: Vec<&str> = OPTIONS.iter().chain(arguments).copied().collect();
    let helper = Helper {
        program: "git",
        arguments: &arguments,
        directory,
        environment: ENVIRONMENT,
        patience: PATIENCE,
        max_bytes: MAX_BYTES,
    };
    let said = helper.run(stop).map_err(|error| match error.kind() {
        std::io::ErrorKind::Interrupted => AppError::Interrupted,
        _ => AppError::Git(error),
    })?;
    if said.status.success() {
        return Ok(said);
    }
    let stderr = String::from_utf8_lossy(&said.stderr).into_owned();
    // Advice may follow.
    let line = stderr.lines().find(|line| line.starts_with("fatal:"));
    let line = line.or_else(|| stderr.lines().rfind(|line| !line.trim().is_empty()));
    // It may quote the address, password and all.
    let line = line.unwrap_or("git failed").trim();
    let line = line.replace(address, &store::without_password(address));
    Err(failed(address, &line))
}
