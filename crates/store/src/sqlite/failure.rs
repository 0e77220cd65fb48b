//! Failures inside a transaction, before it is known what they mean to a caller.

use std::path::Path;

use rusqlite::{ErrorCode, ffi};
use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

use crate::StoreError;

/// What can go wrong inside a transaction: the engine fails, or we refuse.
pub(super) enum Failure {
    Engine(rusqlite::Error),
    Refused(StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Failure {
        Failure::Engine(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Refused(error)
    }
}

impl Failure {
    pub(super) fn into_error(self, operation: &'static str, path: &Path) -> StoreError {
        match self {
            Failure::Engine(error) => from_engine(error, operation, path),
            Failure::Refused(error) => error,
        }
    }
}

fn from_engine(error: rusqlite::Error, operation: &'static str, path: &Path) -> StoreError {
    let path = path.to_owned();
    let is_unreadable_value = matches!(
        error,
        rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
    );
    if let Some(limit) = file_size_limit(&error) {
        return StoreError::FileSizeLimit { path, limit };
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if is_on_read_only_disk(&path) => {
            StoreError::ReadOnlyDisk { path }
        }
        Some(ErrorCode::DiskFull) => StoreError::DiskFull { path },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { path },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { operation },
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { path },
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Corrupt {
            path,
            source: Box::new(error),
        },
        Some(ErrorCode::SystemIoFailure) => StoreError::Disk {
            path,
            operation,
            source: Box::new(error),
        },
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreError::Open {
            path,
            source: Box::new(error),
        },
        _ if is_unreadable_value => StoreError::Corrupt {
            path,
            source: Box::new(error),
        },
        _ => StoreError::Backend {
            operation,
            source: Box::new(error),
        },
    }
}

/// Returns how large a file of this process may become, where that is what made the engine fail: it hides the system's error behind its own.
fn file_size_limit(error: &rusqlite::Error) -> Option<u64> {
    let extended = error.sqlite_error()?.extended_code;
    let is_of_size = matches!(
        extended,
        ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_TRUNCATE | ffi::SQLITE_IOERR_SHMSIZE
    );
    is_of_size
        .then(|| getrlimit(Resource::Fsize).current)
        .flatten()
}

/// Whether the engine's "unable to open" is of a file beside the database that it could not make.
fn is_on_read_only_disk(path: &Path) -> bool {
    let around = path.parent().unwrap_or(path);
    access(around, Access::WRITE_OK) == Err(Errno::ROFS)
}
