//! Errors that name the file and what was tried, in the words of `fs-err`.

use std::io;
use std::path::Path;

/// Adds to the system's words what was tried and with which file.
pub(crate) fn failed(doing: &str, path: &Path, source: impl Into<io::Error>) -> io::Error {
    let source = source.into();
    io::Error::new(
        source.kind(),
        format!("failed to {doing} `{}`: {source}", path.display()),
    )
}

/// Refuses a file for what it is.
pub(crate) fn refused(path: &Path, why: &str) -> io::Error {
    failed(
        "open file",
        path,
        io::Error::new(io::ErrorKind::InvalidInput, why),
    )
}
