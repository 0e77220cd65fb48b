//! Failures inside a transaction, before it is known what they mean to a caller.

use std::path::Path;

use rusqlite::ErrorCode;

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
    match error.sqlite_error_code() {
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
