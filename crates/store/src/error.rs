//! Errors of both backends.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use domain::{ModelId, RepoPath, RepositoryName};
use thiserror::Error;

use crate::{GenerationId, SymbolId};

/// Why a store could not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database could not be opened or created.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is no database yet.
    #[error("there is no index at {}", path.display())]
    NotFound {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is something else than a database.
    #[error("{} is not a database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error("{} is a database of another program (application id {application_id:#x})", path.display())]
    ForeignDatabase {
        /// The file.
        path: PathBuf,
        /// What it says whose it is; 0 when it does not say.
        application_id: u32,
    },
    /// A newer version of the program wrote the database.
    #[error("the database {} has schema version {found}, but this program knows versions up to {supported}", path.display())]
    NewerSchema {
        /// Where it is.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that this program knows.
        supported: u32,
    },
    /// The database awaits a migration, which needs the right to write.
    #[error("the database {} has schema version {found} and must be brought to version {supported} by a command that writes", path.display())]
    OlderSchema {
        /// Where it is.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this program reads.
        supported: u32,
    },
    /// The database may only be read.
    #[error("the database {} is read-only", path.display())]
    ReadOnly {
        /// Where it is.
        path: PathBuf,
    },
    /// The disk that the database lies on may only be read.
    #[error("the database {} lies on a disk that is mounted read-only", path.display())]
    ReadOnlyDisk {
        /// Where it is.
        path: PathBuf,
    },
    /// The database would become larger than a file of this process may be.
    #[error("the database {} would become larger than the {limit} bytes that this process may write to a file (ulimit -f)", path.display())]
    FileSizeLimit {
        /// Where it is.
        path: PathBuf,
        /// The limit in bytes, as `ulimit -f` sets it.
        limit: u64,
    },
    /// No space is left for the change; what was there before still answers.
    #[error("no space is left on the disk of the database {}", path.display())]
    DiskFull {
        /// Where it is.
        path: PathBuf,
    },
    /// The disk failed.
    #[error("the disk failed under the database {} while {operation}", path.display())]
    Disk {
        /// Where it is.
        path: PathBuf,
        /// What was being done.
        operation: &'static str,
        /// What the database engine said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database server cannot be reached, or went away and did not come back.
    #[error("cannot reach the database {database}")]
    Unreachable {
        /// Its address, without the password.
        database: String,
        /// What the system said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The database server refuses the login, or has no such database.
    #[error("the database {database} cannot be used: {reason}")]
    Refused {
        /// Its address, without the password.
        database: String,
        /// The server's words.
        reason: String,
    },
    /// The database server gives out no further connection.
    #[error("the database {database} gives out no further connection: {reason}")]
    NoConnectionLeft {
        /// Its address, without the password.
        database: String,
        /// The server's words.
        reason: String,
    },
    /// The user may not do what has to be done.
    #[error("the database {database} forbids {operation}: {reason}")]
    Forbidden {
        /// Its address, without the password.
        database: String,
        /// What was being done.
        operation: &'static str,
        /// The server's words.
        reason: String,
    },
    /// What is there may run the code of a role that is not trusted.
    #[error("the database {database} is not used: {reason}")]
    Untrusted {
        /// Its address, without the password.
        database: String,
        /// What was found.
        reason: String,
    },
    /// What stands before the server gives each transaction another session.
    #[error(
        "a pooler before {database} gives every transaction another session, as PgBouncer does with pool_mode = transaction; mnemo needs one of its own"
    )]
    Pooled {
        /// Its address, without the password.
        database: String,
    },
    /// A limit that the server's administrator set ended what was being done, again and again.
    #[error("{limit} of the server {database} ended {operation}: {reason}")]
    Limit {
        /// Its address, without the password.
        database: String,
        /// The setting.
        limit: &'static str,
        /// What was being done.
        operation: &'static str,
        /// The server's words.
        reason: String,
    },
    /// The extension for vectors is missing and cannot be made, or is too old.
    #[error("the database {database} lacks the extension for vectors: {reason}")]
    MissingExtension {
        /// Its address, without the password.
        database: String,
        /// The server's words.
        reason: String,
    },
    /// Another process indexes the repository.
    #[error("the repository {repository} is being indexed by {holder}")]
    Locked {
        /// Its name in the database.
        repository: RepositoryName,
        /// Who holds it, as far as is known.
        holder: String,
    },
    /// Other processes kept the database busy for longer than the store waits.
    #[error("the database stayed busy while {operation}")]
    Busy {
        /// What was being done.
        operation: &'static str,
    },
    /// The database contradicts itself.
    #[error("the database {} is damaged", path.display())]
    Corrupt {
        /// Where it is.
        path: PathBuf,
        /// What was found.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The generation was replaced or removed, or never was.
    #[error("generation {} is gone", generation.0)]
    NoGeneration {
        /// The row that it had.
        generation: GenerationId,
    },
    /// The run was removed with its generation, or never was.
    #[error("run {run} is gone")]
    NoRun {
        /// The run's row.
        run: i64,
    },
    /// A chunk links to a vector that is neither stored nor given, such as one that was swept since it was looked up.
    #[error("{path} links to a vector that the store does not have")]
    MissingVector {
        /// The file that was to be written.
        path: RepoPath,
    },
    /// A file has more chunks, symbols or references than a file can have.
    #[error("{path} has more than {limit} chunks, symbols or references")]
    TooManyRows {
        /// The file that was to be written.
        path: RepoPath,
        /// The largest number.
        limit: u32,
    },
    /// A query's vector has another length than the model's vectors.
    #[error("the query has {found} dimensions, but the vectors of {model} have {expected}")]
    Dimensions {
        /// The identity of the model that the index was made with.
        model: ModelId,
        /// Length of the stored vectors.
        expected: usize,
        /// Length of the query.
        found: usize,
    },
    /// Rows that were read contradict each other.
    #[error("the database contradicts itself: symbol {} of file {} {what}", symbol.symbol, symbol.file.0)]
    Contradiction {
        /// The symbol whose row, or whose edge, leads nowhere.
        symbol: SymbolId,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The state that was read is not kept any longer, for the sake of those who write.
    #[error("one state of the database is kept for {seconds} s, and the question took longer")]
    ReadingTooOld {
        /// How long it is kept.
        seconds: u64,
    },
    /// The transaction that was read in is gone, with the state that it kept.
    #[error("the state that was being read is gone while {operation}")]
    ReadingLost {
        /// What was being done.
        operation: &'static str,
    },
    /// Nobody wants the answer any more.
    #[error("cancelled")]
    Cancelled,
    /// A visitor stopped its visit.
    #[error(transparent)]
    Visit(io::Error),
    /// Anything else that the database engine refused.
    #[error("the database failed while {operation}")]
    Backend {
        /// What was being done.
        operation: &'static str,
        /// What the database engine said.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Returns whether every further change would meet the same error, so that reporting it once is enough.
    pub fn concerns_every_change(&self) -> bool {
        matches!(
            self,
            StoreError::DiskFull { .. }
                | StoreError::ReadOnly { .. }
                | StoreError::ReadOnlyDisk { .. }
                | StoreError::FileSizeLimit { .. }
                | StoreError::Corrupt { .. }
                | StoreError::Disk { .. }
                | StoreError::NoGeneration { .. }
                | StoreError::NewerSchema { .. }
                | StoreError::Unreachable { .. }
                | StoreError::Refused { .. }
                | StoreError::NoConnectionLeft { .. }
                | StoreError::Forbidden { .. }
                | StoreError::Untrusted { .. }
                | StoreError::MissingExtension { .. }
                | StoreError::Locked { .. }
        )
    }

    /// Returns whether the same question, asked of a new state, may have an answer: the state that was read is gone.
    pub fn is_of_lost_state(&self) -> bool {
        matches!(
            self,
            StoreError::ReadingLost { .. } | StoreError::NoGeneration { .. }
        )
    }

    /// Returns whether doing the same again, from looking up the existing vectors on, may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            StoreError::Busy { .. } | StoreError::MissingVector { .. }
        )
    }
}
