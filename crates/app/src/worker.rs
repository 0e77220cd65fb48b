//! What a worker process is: the setup that crosses the pipe, and the handler built from it.

use std::ffi::OsString;
use std::path::PathBuf;

use index::{FileIndexer, JobReply, JobRequest};
use serde::{Deserialize, Serialize};
use workers::{Handler, Parent, ServeError, serve_stdio};

use crate::embedding::EmbeddingSetup;
use crate::error::AppError;
use crate::project::open_in_worker;
use crate::settings::DatabaseLocation;

/// All that a worker has of our environment: where the program's libraries lie, where the system would not look for them, and whether a panic
/// says where it came from. Nothing else is needed, and passwords and keys are kept in the rest.
const ENVIRONMENT: &[&str] = &["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "RUST_BACKTRACE"];

/// Returns the environment of workers.
#[expect(
    clippy::disallowed_methods,
    reason = "what a process hands on is no setting"
)]
pub(crate) fn worker_environment() -> Vec<(OsString, OsString)> {
    let names = ENVIRONMENT.iter();
    names
        .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)))
        .collect()
}

/// Everything a worker is told when it starts. It goes over the pipe, so that nothing of it shows in a process list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WorkerSetup {
    pub(crate) root: PathBuf,
    pub(crate) database: DatabaseLocation,
    pub(crate) embedding: EmbeddingSetup,
    pub(crate) max_chunk_tokens: u32,
    pub(crate) max_file_bytes: u64,
}

impl WorkerSetup {
    /// Builds what turns files into rows; over connections of the parent where there is one.
    pub(crate) fn build(&self, parent: Option<Parent>) -> Result<FileIndexer, AppError> {
        let store = open_in_worker(&self.database, parent)?;
        let embedders = self.embedding.build()?;
        let root = files::Folder::open(&self.root).map_err(|source| AppError::Root {
            root: self.root.clone(),
            source,
        })?;
        Ok(FileIndexer::new(
            root,
            self.max_file_bytes,
            store,
            embedders,
            self.max_chunk_tokens as usize,
        ))
    }
}

struct Worker {
    before_job: fn(&[u8]),
    indexer: FileIndexer,
}

impl Handler for Worker {
    fn handle(&mut self, job: &[u8], progress: &mut dyn FnMut(u64)) -> Vec<u8> {
        (self.before_job)(job);
        let reply = match serde_json::from_slice::<JobRequest>(job) {
            Ok(request) => self.indexer.index(&request, progress),
            Err(error) => JobReply::Fatal(format!("unreadable job: {error}")),
        };
        serde_json::to_vec(&reply).expect("numbers and strings always serialize")
    }
}

/// Answers jobs over standard input and output until the parent is gone.
///
/// `before_job` sees each job before it is done; the program itself passes a function that does nothing, tests pass faults.
pub fn serve_worker(before_job: fn(&[u8])) -> Result<(), ServeError> {
    serve_stdio(move |setup, parent| {
        let setup: WorkerSetup =
            serde_json::from_slice(setup).map_err(|error| format!("unreadable setup: {error}"))?;
        let indexer = setup
            .build(Some(parent))
            .map_err(|error| domain::one_line(&error))?;
        Ok(Worker {
            before_job,
            indexer,
        })
    })
}
