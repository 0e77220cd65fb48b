//! What a worker may touch of the machine, enforced by the kernel on Linux.
//!
//! A worker parses strangers' files. Should one of them make it run code, that code can read and write what is listed here, and reach
//! nothing else: no other file (Landlock), and no network, no other program and no other process, since it may make only the calls that
//! a worker makes (seccomp). The parent is not confined.

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
    /// What comes of a call to the kernel that workers need not make.
    pub other_calls: OtherCalls,
}

/// What comes of a call to the kernel that workers need not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherCalls {
    /// It fails as by a kernel that does not have it.
    Fail,
    /// It ends the worker by SIGSYS: for finding out what a library wants.
    Kill,
}

/// Whom a worker may talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkAccess {
    /// Nobody: it gets no socket.
    None,
    /// Whom its parent connects it to: it gets no socket but those that are handed over ([`Parent::connect`](crate::Parent::connect)).
    Handed,
    /// Servers on these TCP ports, and whoever resolves their names.
    Ports(Vec<u16>),
}

/// How much of a [`Confinement`] this kernel enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enforcement {
    /// Access to files: the newest version of Landlock's rules that it has, nothing where it has no Landlock.
    pub files: Option<u32>,
    /// Calls to the kernel, with them sockets, other programs and other processes (seccomp).
    pub calls: bool,
}

impl Enforcement {
    /// Finds out what this kernel enforces.
    pub fn of_this_kernel() -> Enforcement {
        #[cfg(target_os = "linux")]
        return linux::enforcement();
        #[cfg(not(target_os = "linux"))]
        Enforcement {
            files: None,
            calls: false,
        }
    }
}

impl Confinement {
    /// Confines the calling thread and all that it starts from now on, for good, as far as this kernel can. Limits that this process still
    /// wants to set on itself come before.
    pub(crate) fn enter(&self) -> Result<(), String> {
        #[cfg(target_os = "linux")]
        linux::enter(self)?;
        Ok(())
    }
}
