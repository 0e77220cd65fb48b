//! Locks between processes: files beside the database, locked by the operating system.
//!
//! The operating system frees a lock when its holder dies, so none is ever stale; the files stay, because removing a lock file races
//! with whoever opens it. Their content only serves the message.

use std::fs::TryLockError;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{ContentHash, RepositoryName};
use files::OwnFolder;
use fs_err as fs;

use crate::{RepositoryLock, StoreError};

/// Short against a run, long against the cost of a try.
const RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// A lock file that this process holds; released on drop.
pub(super) struct FileLock {
    _file: fs::File,
}

impl RepositoryLock for FileLock {}

pub(super) fn lock_repository(
    database: &Path,
    repository: &RepositoryName,
    patience: Duration,
) -> Result<Box<dyn RepositoryLock>, StoreError> {
    let name = ContentHash::of(repository.as_str().as_bytes()).to_string();
    match lock(database, &name, patience)? {
        Ok(lock) => Ok(Box::new(lock)),
        Err(holder) => Err(StoreError::Locked {
            repository: repository.clone(),
            holder,
        }),
    }
}

/// Takes the lock `name` of the database, or returns who holds it when `patience` is over.
pub(super) fn lock(
    database: &Path,
    name: &str,
    patience: Duration,
) -> Result<Result<FileLock, String>, StoreError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnlyDisk {
            path: database.to_owned(),
        },
        io::ErrorKind::StorageFull => StoreError::DiskFull {
            path: database.to_owned(),
        },
        _ => StoreError::Open {
            path: database.to_owned(),
            source: Box::new(source),
        },
    };
    let mut file = OwnFolder::make(&folder(database))
        .and_then(|folder| folder.open_or_make(name))
        .map_err(failed)?;
    let deadline = Instant::now() + patience;
    loop {
        match file.file().try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(source)) => return Err(failed(source)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Ok(Err(holder(file)));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(RETRY_INTERVAL.min(patience)),
        }
    }
    // Without its content the lock holds all the same, so a full disk does not matter here.
    file.set_len(0)
        .and_then(|()| write!(file, "{} {}", std::process::id(), unix_seconds()))
        .ok();
    Ok(Ok(FileLock { _file: file }))
}

fn folder(database: &Path) -> PathBuf {
    let mut folder = database.as_os_str().to_owned();
    folder.push(".locks");
    PathBuf::from(folder)
}

/// Returns who holds a lock, by the content of its file.
fn holder(file: fs::File) -> String {
    let mut content = String::new();
    // As much as the two numbers take; who wrote more is not one of us.
    file.take(64).read_to_string(&mut content).ok();
    let mut numbers = content.split(' ').map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(process)), Some(Ok(since))) => {
            format!(
                "process {process} for {} s",
                unix_seconds().saturating_sub(since)
            )
        }
        _ => "another process".to_owned(),
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |age| age.as_secs())
}
