//! Runs a helper program to its end and returns what it printed.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs `program` with `arguments` in `directory`, with no input; succeeds whatever its exit status.
#[expect(
    clippy::disallowed_methods,
    reason = "children are started in this crate"
)]
pub fn capture<A: AsRef<OsStr>>(
    program: &str,
    arguments: &[A],
    directory: &Path,
) -> io::Result<Output> {
    Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
}
