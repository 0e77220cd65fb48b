//! `index` and `plan`: from settings to a run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{Profile, RepositoryName};
use index::{
    Discovery, Embedding, Event, Execution, Forecast, MemoryBudget, Rules, RunRequest, RunSummary,
    TestFiles, discover, forecast, granted_cores, run,
};
use workers::{PoolSettings, StopHandle};

use crate::PullEvent;
use crate::embedding::embedding_setup;
use crate::error::AppError;
use crate::project::{Project, open_to_write};
use crate::settings::{EmbeddingMode, MemoryLimit, Workers};
use crate::worker::WorkerSetup;

/// Stack of the thread that extracts in `--streaming`: the parser recurses with the nesting of the code. Only touched pages count.
const STACK_BYTES: usize = 256 << 20;

/// A worker may take this long to open the store and map the model; a machine under load needs a multiple of the usual 0.1 s.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Files in flight may take this long after the first Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// A run waits this long for another one of the same repository before it says who holds it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Workers that may die in a row: fifty bad files, each tried twice, are no reason to give up the others.
const MAX_DEATHS_IN_A_ROW: u32 = 100;

/// Private memory of a worker with the default model at work: weights are mapped and shared, so these are activations, the
/// tokenizer, the parser's arena and the store's page cache.
const WORKER_BYTES: u64 = 64 << 20;

/// A worker is replaced between two files when it holds this much of its share.
const RECYCLE_SHARE_PERCENT: u64 = 80;

/// However small the share, a worker below this cannot even start.
const MIN_DATA_LIMIT_BYTES: u64 = 96 << 20;

/// What `index` is asked to do beside the settings.
#[derive(Clone, Debug, Default)]
pub struct IndexOptions {
    /// The repository's name; the directory's when not given.
    pub repository: Option<String>,
    /// One process, one file after the other.
    pub is_streaming: bool,
    /// Index every file anew.
    pub from_scratch: bool,
}

/// What a run would do.
#[derive(Clone, Debug)]
pub struct IndexPlan {
    /// The repository's name.
    pub repository: RepositoryName,
    /// How the tree differs from the index.
    pub discovery: Discovery,
    /// What a run is expected to cost.
    pub forecast: Forecast,
    /// Worker processes that it would use.
    pub n_workers: usize,
}

impl Project {
    /// Brings the index up to date with the tree under `root`.
    pub fn index(
        &self,
        root: &Path,
        options: &IndexOptions,
        stop: &StopHandle,
        on_pull: &mut dyn FnMut(PullEvent<'_>),
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<RunSummary, AppError> {
        let (root, repository) = locate(root, options.repository.as_deref())?;
        let database = &self.settings.database.value;
        let mut store = open_to_write(database)?;
        let embedding = embedding_setup(&self.settings, on_pull)?;
        let facts = embedding.facts()?;
        let setup = WorkerSetup {
            root: root.clone(),
            database: absolute(database)?,
            embedding,
            max_chunk_tokens: facts.max_input_tokens,
        };
        let request = RunRequest {
            repository,
            root,
            profile: Profile {
                extractor: index::EXTRACTOR_VERSION,
                words: store::WORDS_VERSION,
                max_chunk_tokens: facts.max_input_tokens,
                token_counter: facts.token_counter,
                code_model: facts.model.clone(),
                text_model: facts.model,
            },
            rules: self.rules(),
            from_scratch: options.from_scratch,
            patience: PATIENCE,
        };
        // On a thread of its own: streaming extracts here and needs the stack, and workers die with the thread that started them.
        let work = || -> Result<RunSummary, AppError> {
            let execution = if options.is_streaming {
                Execution::Inline(Box::new(setup.build()?))
            } else {
                Execution::Pool(self.pool(&setup)?)
            };
            Ok(run(store.as_mut(), &request, execution, stop, on_event)?)
        };
        std::thread::scope(|scope| {
            let builder = std::thread::Builder::new()
                .name("run".to_owned())
                .stack_size(STACK_BYTES);
            let thread = builder
                .spawn_scoped(scope, work)
                .map_err(AppError::Thread)?;
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Says what [`Project::index`] would do; writes nothing.
    pub fn plan(&self, root: &Path, repository: Option<&str>) -> Result<IndexPlan, AppError> {
        let (root, repository) = locate(root, repository)?;
        let known = match self.open_to_read() {
            Ok(store) => match self.find(store.as_ref(), Some(repository.as_str())) {
                Ok(summary) => store.known_files(summary.generation)?,
                Err(AppError::UnknownRepository { .. }) => Vec::new(),
                Err(error) => return Err(error),
            },
            Err(store::StoreError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let discovery = discover(&root, &known, &self.rules())?;
        let embedding = match self.settings.embeddings.value {
            EmbeddingMode::Real => Embedding::Real,
            EmbeddingMode::Mock | EmbeddingMode::None => Embedding::Free,
        };
        let n_workers = self.n_workers();
        let forecast = forecast(&discovery, n_workers, WORKER_BYTES, embedding);
        Ok(IndexPlan {
            repository,
            discovery,
            forecast,
            n_workers,
        })
    }

    fn rules(&self) -> Rules {
        Rules {
            include: self.settings.include.value.clone(),
            exclude: self.settings.exclude.value.clone(),
            tests: if self.settings.exclude_tests.value {
                TestFiles::Excluded
            } else {
                TestFiles::Indexed
            },
            max_file_bytes: self.settings.max_file_bytes.value,
        }
    }

    fn budget(&self) -> MemoryBudget {
        match self.settings.memory.value {
            MemoryLimit::Auto => MemoryBudget::auto(),
            MemoryLimit::Bytes(n_bytes) => MemoryBudget { n_bytes },
        }
    }

    fn n_workers(&self) -> usize {
        match self.settings.workers.value {
            Workers::Count(count) => count,
            Workers::Auto => granted_cores().min(self.budget().n_workers(WORKER_BYTES)),
        }
    }

    fn pool(&self, setup: &WorkerSetup) -> Result<PoolSettings, AppError> {
        let n_workers = self.n_workers();
        let share = self.budget().worker_share_bytes(n_workers);
        let program = match &self.settings.worker_program.value {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(AppError::WorkerProgram)?,
        };
        Ok(PoolSettings {
            program,
            arguments: vec![OsString::from("worker")],
            n_workers,
            setup: serde_json::to_vec(setup).expect("paths here are UTF-8 or were refused"),
            start_timeout: START_TIMEOUT,
            job_timeout: self.settings.file_timeout.value,
            grace: GRACE,
            recycle_above_bytes: Some(share / 100 * RECYCLE_SHARE_PERCENT),
            data_limit_bytes: Some(share.max(MIN_DATA_LIMIT_BYTES)),
            max_deaths_in_a_row: MAX_DEATHS_IN_A_ROW,
        })
    }
}

fn locate(root: &Path, name: Option<&str>) -> Result<(PathBuf, RepositoryName), AppError> {
    let absolute = fs_err::canonicalize(root)
        .and_then(|absolute| fs_err::read_dir(&absolute).map(|_| absolute))
        .map_err(|source| AppError::Root {
            root: root.to_owned(),
            source,
        })?;
    let name = match name {
        Some(name) => name.to_owned(),
        None => absolute.file_name().map_or_else(
            || "root".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        ),
    };
    Ok((absolute, RepositoryName::new(name)?))
}

/// Workers may stand in another folder.
fn absolute(database: &crate::DatabaseLocation) -> Result<crate::DatabaseLocation, AppError> {
    match database {
        crate::DatabaseLocation::Sqlite(path) => Ok(crate::DatabaseLocation::Sqlite(
            std::path::absolute(path).map_err(AppError::Output)?,
        )),
        crate::DatabaseLocation::Postgres(_) => Ok(database.clone()),
    }
}
