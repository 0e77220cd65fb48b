//! What can go wrong between us and the server, sorted by what it means.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use postgres::error::SqlState;

use crate::StoreError;
use crate::postgres::address::PostgresAddress;

/// What can go wrong inside a transaction: the server fails or cannot be heard, a row makes no sense, or we refuse.
#[derive(Debug)]
pub(super) enum Failure {
    Server(postgres::Error),
    Unreadable(Box<dyn Error + Send + Sync>),
    Refused(StoreError),
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Failure {
        Failure::Server(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Refused(error)
    }
}

impl Failure {
    pub(super) fn unreadable(error: impl Error + Send + Sync + 'static) -> Failure {
        Failure::Unreadable(Box::new(error))
    }

    /// Whether the same may succeed in a while, perhaps over another connection.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Failure::Server(error) => is_disconnection(error) || is_contention(error),
            Failure::Unreadable(_) => false,
            Failure::Refused(error) => matches!(
                error,
                StoreError::Unreachable { .. }
                    | StoreError::NoConnectionLeft { .. }
                    | StoreError::Busy { .. }
                    | StoreError::ReadingLost { .. }
            ),
        }
    }

    /// Returns the server's words where it met a damaged table or index.
    pub(super) fn damage(&self) -> Option<String> {
        let Failure::Server(error) = self else {
            return None;
        };
        let is_damage = error.code().is_some_and(|code| {
            *code == SqlState::INDEX_CORRUPTED || *code == SqlState::DATA_CORRUPTED
        });
        let answer = error.as_db_error().filter(|_| is_damage)?;
        Some(answer.message().to_owned())
    }

    /// Whether a server that is there cannot take us just now.
    pub(super) fn is_full_or_starting(&self) -> bool {
        let Failure::Server(error) = self else {
            return false;
        };
        error.code().is_some_and(|code| {
            *code == SqlState::TOO_MANY_CONNECTIONS || *code == SqlState::CANNOT_CONNECT_NOW
        })
    }

    /// Whether the server, or what stands before it, does not take what we said.
    pub(super) fn is_of_protocol(&self) -> bool {
        matches!(self, Failure::Server(error) if error.code() == Some(&SqlState::PROTOCOL_VIOLATION))
    }

    pub(super) fn into_error(
        self,
        operation: &'static str,
        address: &PostgresAddress,
    ) -> StoreError {
        match self {
            Failure::Server(error) => from_server(error, operation, address),
            Failure::Unreadable(source) => StoreError::Corrupt {
                path: PathBuf::from(address.to_string()),
                source,
            },
            Failure::Refused(error) => error,
        }
    }
}

/// Whether the connection is gone or never came about.
fn is_disconnection(error: &postgres::Error) -> bool {
    match error.code() {
        Some(code) => {
            code.code().starts_with("08")
                || [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::CANNOT_CONNECT_NOW,
                    SqlState::TOO_MANY_CONNECTIONS,
                    SqlState::IDLE_SESSION_TIMEOUT,
                ]
                .contains(code)
        }
        None => {
            error.is_closed()
                || error
                    .source()
                    .is_some_and(|source| source.is::<io::Error>())
        }
    }
}

/// Whether others were in the way, or may have been: what waits for a lock meets a limit of time that it does not meet alone.
fn is_contention(error: &postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::LOCK_NOT_AVAILABLE,
        ]
        .contains(code)
            || limit(code).is_some_and(|limit| limit.ends_with("timeout"))
    })
}

/// Returns the setting by which the server ends what takes long.
fn limit(code: &SqlState) -> Option<&'static str> {
    match code.code() {
        "57014" => Some("statement_timeout"),
        "25P03" => Some("idle_in_transaction_session_timeout"),
        "25P04" => Some("transaction_timeout"),
        "57P05" => Some("idle_session_timeout"),
        "53400" => Some("temp_file_limit"),
        _ => None,
    }
}

/// Whether a prepared statement is not where it was prepared, or is where nobody did: a session that is not one's own.
fn is_of_another_session(error: &postgres::Error) -> bool {
    let codes = [
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::DUPLICATE_PSTATEMENT,
    ];
    error.code().is_some_and(|code| codes.contains(code))
}

fn from_server(
    error: postgres::Error,
    operation: &'static str,
    address: &PostgresAddress,
) -> StoreError {
    let database = address.to_string();
    if is_of_another_session(&error) {
        return StoreError::Pooled { database };
    }
    let path = PathBuf::from(&database);
    let Some(said) = error.as_db_error() else {
        return match is_disconnection(&error) {
            true => StoreError::Unreachable {
                database,
                source: Box::new(error),
            },
            false => StoreError::Backend {
                operation,
                source: Box::new(error),
            },
        };
    };
    let reason = said.message().to_owned();
    let code = said.code().clone();
    if let Some(limit) = limit(&code) {
        return StoreError::Limit {
            database,
            limit,
            operation,
            reason,
        };
    }
    match code.code() {
        "53300" => StoreError::NoConnectionLeft { database, reason },
        "53100" => StoreError::DiskFull { path },
        "25006" => StoreError::ReadOnly { path },
        // Login and database, then rights.
        "28000" | "28P01" | "3D000" => StoreError::Refused { database, reason },
        "42501" => StoreError::Forbidden {
            database,
            operation,
            reason,
        },
        _ if is_contention(&error) => StoreError::Busy { operation },
        _ if is_disconnection(&error) => StoreError::Unreachable {
            database,
            source: reason.into(),
        },
        "XX001" | "XX002" => StoreError::Corrupt {
            path,
            source: reason.into(),
        },
        // The driver's own words are "db error"; the server's say what.
        _ => StoreError::Backend {
            operation,
            source: reason.into(),
        },
    }
}
