//! What workers may touch of the machine: the tree, the database and the model.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use workers::{Confinement, Enforcement, NetworkAccess};

use crate::error::AppError;
use crate::project::Project;
use crate::settings::DatabaseLocation;
use crate::worker::WorkerSetup;

/// What SQLite keeps beside a database that is open: the log and its index. They are there as long as the parent has it open.
const BESIDE_A_DATABASE: &[&str] = &["", "-wal", "-shm"];

impl Project {
    /// Returns what the workers of a run may touch; everything where the user turned the sandbox off.
    pub(crate) fn confinement(&self, setup: &WorkerSetup) -> Result<Option<Confinement>, AppError> {
        if !self.settings.sandbox.value {
            return Ok(None);
        }
        let mut confinement = Confinement {
            readable: vec![setup.root.clone()],
            writable: Vec::new(),
            network: NetworkAccess::None,
        };
        for folder in setup.embedding.folders() {
            confinement.readable.push(folder.to_owned());
            confinement.readable.extend(links_in(folder));
        }
        match &setup.database {
            DatabaseLocation::Sqlite(path) => {
                // SQLite keeps the log beside the file itself, wherever links to it lie.
                let file = fs_err::canonicalize(path).unwrap_or_else(|_| path.clone());
                let files = BESIDE_A_DATABASE.iter().map(|ending| beside(&file, ending));
                confinement.writable.extend(files);
            }
            DatabaseLocation::Postgres(address) => {
                confinement.network = NetworkAccess::Ports(address.ports());
                let certificates = address.root_certificates();
                confinement.readable.extend(certificates.map(PathBuf::from));
            }
        }
        Ok(Some(confinement))
    }

    /// Returns what a person should know about the sandbox; nothing where it is whole.
    pub(crate) fn sandbox_remark(&self) -> Option<String> {
        if !self.settings.sandbox.value {
            return Some("workers are not confined: the sandbox is off".to_owned());
        }
        let lacking = match Enforcement::of_this_kernel() {
            Enforcement {
                files: true,
                calls: true,
            } => return None,
            Enforcement {
                files: false,
                calls: true,
            } => "files they read and write: this kernel has no Landlock",
            Enforcement {
                files: true,
                calls: false,
            } => "network and processes they reach: this kernel has no seccomp filters",
            Enforcement {
                files: false,
                calls: false,
            } => {
                "files, network and processes they reach: this kernel has neither Landlock nor seccomp filters"
            }
        };
        Some(format!("workers are not confined in what {lacking}"))
    }
}

/// Returns the symbolic links in a folder, since what they lead to may lie elsewhere: caches of models keep their files that way.
fn links_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
    let links = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_symlink()));
    links.map(|entry| entry.path()).collect()
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
