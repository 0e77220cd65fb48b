//! What a worker may touch of the machine, enforced by the kernel on Linux.
//!
//! A worker parses strangers' files. Should one of them make it run code, that code can read and write what is listed here, and reach
//! nothing else: no other file (Landlock), no network, no other program and no other process (seccomp). The parent is not confined.

use std::path::PathBuf;

#[cfg(target_os = "linux")]
mod linux;
mod wire;

/// What a worker may touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// Files, and folders with all that is below; what does not exist is left out.
    pub readable: Vec<PathBuf>,
    /// Files that exist.
    pub writable: Vec<PathBuf>,
    /// Whom it may talk to.
    pub network: NetworkAccess,
}

/// Whom a worker may talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkAccess {
    /// Nobody: it gets no socket.
    None,
    /// Servers on these TCP ports, and whoever resolves their names.
    Ports(Vec<u16>),
}

/// How much of a [`Confinement`] this kernel enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforcement {
    /// Access to files.
    pub files: bool,
    /// Sockets, other programs and other processes.
    pub calls: bool,
}

impl Enforcement {
    /// Finds out what this kernel enforces.
    pub fn of_this_kernel() -> Enforcement {
        #[cfg(target_os = "linux")]
        return linux::enforcement();
        #[cfg(not(target_os = "linux"))]
        Enforcement {
            files: false,
            calls: false,
        }
    }
}

impl Confinement {
    /// Confines the calling thread and all that it starts from now on, for good, as far as this kernel can.
    pub(crate) fn enter(&self) -> Result<(), String> {
        #[cfg(target_os = "linux")]
        linux::enter(self)?;
        Ok(())
    }
}
