//! What workers may touch of the machine: the tree, the database and the model.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use embed::EmbedderSetup;
use workers::{Confinement, Enforcement, NetworkAccess, OtherCalls};

use crate::project::Project;
use crate::settings::{DatabaseLocation, Sandbox};
use crate::worker::WorkerSetup;

/// What SQLite keeps beside a database that is open: the log and its index. They are there as long as the parent has it open.
const DATABASE_FILE_SUFFIXES: &[&str] = &["", "-wal", "-shm"];

/// Returns what a worker may touch; everything where the sandbox is off.
pub(crate) fn confinement(sandbox: Sandbox, setup: &WorkerSetup) -> Option<Confinement> {
    let other_calls = match sandbox {
        Sandbox::Off => return None,
        Sandbox::On => OtherCalls::Fail,
        Sandbox::Strict => OtherCalls::Kill,
    };
    let mut confinement = Confinement {
        readable: setup.root.iter().cloned().collect(),
        writable: Vec::new(),
        network: NetworkAccess::None,
        other_calls,
    };
    let mut ports = Vec::new();
    for needs in setup.embedding.embedders().map(EmbedderSetup::needs) {
        ports.extend(needs.port);
        for folder in needs.folders {
            confinement.readable.push(folder.to_owned());
            confinement.readable.extend(linked_files(folder));
        }
    }
    match &setup.database {
        DatabaseLocation::Sqlite(path) => {
            // SQLite keeps the log beside the file itself, wherever links to it lie.
            let file = fs_err::canonicalize(path).unwrap_or_else(|_| path.clone());
            let files = DATABASE_FILE_SUFFIXES
                .iter()
                .map(|ending| beside(&file, ending));
            confinement.writable.extend(files);
        }
        DatabaseLocation::Postgres(address) => {
            confinement.network = NetworkAccess::Handed;
            let certificates = address.root_certificates().map(PathBuf::from);
            // A folder would open all that is in it.
            let certificates = certificates.filter(|path| path.is_file());
            confinement.readable.extend(certificates);
        }
    }
    if !ports.is_empty() {
        // Among what that takes is what connections are handed over by.
        confinement.network = NetworkAccess::Ports(ports);
    }
    Some(confinement)
}

impl Project {
    /// Returns what a person should know about the sandbox; nothing where it is whole.
    pub(crate) fn sandbox_remark(&self) -> Option<String> {
        match self.settings.sandbox.value {
            Sandbox::Off => Some("workers are not confined: the sandbox is off".to_owned()),
            Sandbox::On | Sandbox::Strict => remark_on(Enforcement::of_this_kernel()),
        }
    }
}

/// The version of Landlock with which it keeps from all that filters of calls keep from otherwise, where it can.
const LANDLOCK_WITH_SIGNALS: u32 = 6;

/// Returns what a kernel lacks for workers to be confined.
fn remark_on(enforcement: Enforcement) -> Option<String> {
    let lacking = match (enforcement.files, enforcement.calls) {
        (Some(_), true) => return None,
        (None, true) => "files they read and write: this kernel has no Landlock".to_owned(),
        (Some(LANDLOCK_WITH_SIGNALS..), false) => {
            "network and processes they reach: this kernel has no seccomp filters".to_owned()
        }
        (Some(version), false) => format!(
            "network, devices and processes they reach: this kernel has no seccomp filters, and version {version} of Landlock, \
             which keeps from less than version {LANDLOCK_WITH_SIGNALS}"
        ),
        (None, false) => {
            "files, network and processes they reach: this kernel has neither Landlock nor seccomp filters".to_owned()
        }
    };
    Some(format!("workers are not confined in what {lacking}"))
}

/// Says what of this kernel confines workers.
pub(crate) fn enforcing() -> String {
    let enforcement = Enforcement::of_this_kernel();
    let files = enforcement
        .files
        .map(|version| format!("Landlock {version}"));
    let calls = enforcement.calls.then(|| "seccomp".to_owned());
    let parts: Vec<String> = files.into_iter().chain(calls).collect();
    parts.join(", ")
}

/// Returns the files that links in a model's folder lead to, one by one: caches of models keep their files that way. What leads to a folder
/// leads to no file of a model.
fn linked_files(folder: &Path) -> Vec<PathBuf> {
    let names = embed::models::FILES.iter();
    let links = names
        .map(|name| folder.join(name))
        .filter(|path| path.is_symlink());
    let targets = links.filter_map(|link| fs_err::canonicalize(link).ok());
    targets.filter(|target| target.is_file()).collect()
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kernel_lacks_is_said() {
        let check = |files, calls, expected: Option<&[&str]>| {
            let remark = remark_on(Enforcement { files, calls });
            match (&remark, expected) {
                (None, None) => {}
                (Some(remark), Some(words)) => {
                    assert!(words.iter().all(|word| remark.contains(word)), "{remark}");
                }
                _ => panic!("{files:?} {calls}: {remark:?}"),
            }
        };
        check(Some(1), true, None);
        check(None, true, Some(&["files", "no Landlock"]));
        check(Some(6), false, Some(&["network", "no seccomp"]));
        check(Some(3), false, Some(&["devices", "version 3"]));
        check(None, false, Some(&["neither"]));
    }
}
