//! What a worker process is: the setup that crosses the pipe, and the handler built from it.

use std::ffi::OsString;
use std::path::PathBuf;

use index::{FileIndexer, JobReply, JobRequest};
use serde::de::DeserializeOwned;
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

/// Rises with every change of what a worker is given.
const SETUP_VERSION: u32 = 1;

/// Says which programs make the same of a file and understand each other: a worker may be another machine's program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SetupVersion(String);

impl SetupVersion {
    pub(crate) fn of_this_program() -> SetupVersion {
        let version = env!("CARGO_PKG_VERSION");
        let (rules, words) = (index::rules_version(), store::WORDS_VERSION);
        SetupVersion(format!("{version}-{SETUP_VERSION}-{rules}-{words}"))
    }
}

/// What every setup has, of whatever version.
#[derive(Deserialize)]
struct Versioned {
    version: SetupVersion,
}

/// Reads a setup of this very version; fails with what a person should know.
pub(crate) fn read_setup<T: DeserializeOwned>(setup: &[u8]) -> Result<T, String> {
    let unreadable = |error| format!("unreadable setup: {error}");
    let Versioned { version } = serde_json::from_slice(setup).map_err(unreadable)?;
    let own = SetupVersion::of_this_program();
    if version != own {
        return Err(format!(
            "this machine's mnemo is {}, that of the run is {}: install the same everywhere",
            own.0, version.0
        ));
    }
    serde_json::from_slice(setup).map_err(unreadable)
}

/// Everything a worker is given when it starts. It goes over the pipe, so that nothing of it shows in a process list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WorkerSetup {
    pub(crate) version: SetupVersion,
    /// The tree; `None` where jobs carry their bytes.
    pub(crate) root: Option<PathBuf>,
    pub(crate) database: DatabaseLocation,
    pub(crate) embedding: EmbeddingSetup,
    pub(crate) max_chunk_tokens: u32,
    pub(crate) max_file_bytes: u64,
}

impl WorkerSetup {
    /// Builds what turns files into rows; over connections of the parent where there is one.
    fn build(&self, parent: Option<Parent>) -> Result<FileIndexer, AppError> {
        let store = open_in_worker(&self.database, parent)?;
        let embedders = self.embedding.build()?;
        let open = |root: &PathBuf| {
            files::Folder::open(root).map_err(|source| AppError::Root {
                root: root.clone(),
                source,
            })
        };
        let root = self.root.as_ref().map(open).transpose()?;
        Ok(FileIndexer::new(
            root,
            self.max_file_bytes,
            store,
            embedders,
            self.max_chunk_tokens as usize,
        ))
    }
}

/// Answers jobs, in a worker or in the process of the run.
pub(crate) struct Worker {
    before_job: fn(&[u8]),
    indexer: FileIndexer,
}

impl Worker {
    /// Makes one that works in the process of the run.
    pub(crate) fn inline(setup: &WorkerSetup) -> Result<Worker, AppError> {
        Ok(Worker {
            before_job: |_| {},
            indexer: setup.build(None)?,
        })
    }
}

impl Handler for Worker {
    fn handle(&mut self, job: &[u8], progress: &mut dyn FnMut(u64)) -> Vec<Vec<u8>> {
        (self.before_job)(job);
        match JobRequest::from_bytes(job) {
            Ok(request) => encoded(self.indexer.index(request, progress)),
            Err(error) => {
                let mut replies = self.indexer.settle();
                replies.push(JobReply::Fatal(format!("unreadable job: {error}")));
                encoded(replies)
            }
        }
    }

    fn settle(&mut self) -> Vec<Vec<u8>> {
        encoded(self.indexer.settle())
    }
}

fn encoded(replies: Vec<JobReply>) -> Vec<Vec<u8>> {
    let encode = |reply| serde_json::to_vec(&reply).expect("numbers and strings always serialize");
    replies.into_iter().map(encode).collect()
}

/// Answers jobs over standard input and output until the parent is gone.
///
/// `before_job` sees each job before it is done; the program itself passes a function that does nothing, tests pass faults.
pub fn serve_worker(before_job: fn(&[u8])) -> Result<(), ServeError> {
    serve_stdio(move |setup, parent| {
        let setup: WorkerSetup = read_setup(setup)?;
        let indexer = setup
            .build(Some(parent))
            .map_err(|error| domain::one_line(&error))?;
        Ok(Worker {
            before_job,
            indexer,
        })
    })
}
