//! Landlock for files, seccomp for calls: `files` and `calls` below.

mod calls;
mod files;

use std::error::Error;

use super::{Confinement, Enforcement};

pub(super) fn enforcement() -> Enforcement {
    Enforcement {
        files: files::newest_rules(),
        calls: calls::are_filtered(),
    }
}

pub(super) fn enter(confinement: &Confinement) -> Result<(), String> {
    let failed = |what: &'static str| {
        move |error: &dyn Error| format!("cannot confine a worker's {what}: {error}")
    };
    // Asked before files are out of reach, that which answers it among them.
    let are_filtered = calls::are_filtered();
    files::confine(confinement).map_err(|error| failed("files")(error.as_ref()))?;
    if are_filtered {
        calls::confine(confinement).map_err(|error| failed("calls")(error.as_ref()))?;
    }
    Ok(())
}
