//! `index` and `plan`: from settings to a run.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::{Profile, RepositoryName};
use index::{
    Discovery, Embedding, Event, Forecast, MemoryBudget, MemoryShares, NestedRepositories,
    Patterns, Resources, Rules, RunRequest, RunSummary, SecretFiles, TestFiles, discover, forecast,
    run,
};
use store::{RepositorySummary, Store};
use workers::{Connected, Connector, Executor, Inline, Pool, PoolSettings, StopHandle};

use crate::PullEvent;
use crate::embedding::{EmbeddingFacts, EmbeddingSetup, embedding_setup, present_embedding_setup};
use crate::error::AppError;
use crate::project::{Project, disk_bytes, named, open_to_write};
use crate::sandbox::confinement;
use crate::settings::{EmbeddingMode, EngineKind, Provenance, Setting, Workers};
use crate::worker::{SetupVersion, Worker, WorkerSetup, worker_environment};

/// Stack of the thread that extracts in `--streaming`: the parser recurses with the nesting of the code. Only touched pages count.
const STACK_BYTES: usize = 256 << 20;

/// A worker may take this long to open the store and map the model; a machine under load needs a multiple of the usual 0.1 s.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// Files in flight may take this long after the first Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// A run waits this long for another one of the same repository before it says who holds it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Jobs that may wait in a worker behind the one in hand where a job takes about as long as its way there and back: a worker writes what it has
/// when none is left. Where texts are embedded, one is enough.
const JOBS_AHEAD: usize = 32;

/// Workers that may die in a row: fifty bad files, each tried twice, are no reason to give up the others.
const MAX_DEATHS_IN_A_ROW: u32 = 100;

/// Requests to an embedding service at a time, one per worker, where nobody says how many workers there are: what a server with one GPU
/// batches together, and few enough for a provider's limits.
const REQUESTS_IN_FLIGHT: usize = 8;

/// A worker is replaced between two files when it holds this much of its share.
const RECYCLE_SHARE_PERCENT: u64 = 80;

/// What `index` is asked to do beside the settings.
#[derive(Clone, Debug, Default)]
pub struct IndexOptions {
    /// The repository's name; the directory's when not given.
    pub repository: Option<String>,
    /// One process, one file after the other.
    pub is_streaming: bool,
    /// Index every file anew.
    pub from_scratch: bool,
    /// A git revision: tracked files that are as they were then are not read again.
    pub since: Option<String>,
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
        self.check_engine()?;
        let mut store = open_to_write(database)?;
        if options.repository.is_none()
            && let Some(remark) = compare_trees(store.as_ref(), &repository, &root)?
        {
            on_event(Event::Notice(remark));
        }
        let embedding = embedding_setup(&self.settings, on_pull)?;
        let facts = embedding.facts()?;
        let setup = WorkerSetup {
            version: SetupVersion::of_this_program(),
            root: Some(root.clone()),
            database: absolute(database)?,
            embedding,
            max_chunk_tokens: facts.max_input_tokens,
            max_file_bytes: self.settings.max_file_size.value,
        };
        let resources = self.resources(Some(&setup.embedding));
        let disk_before = disk_bytes(database);
        let request = RunRequest {
            repository,
            rules: self.rules(&root),
            root,
            profile: profile_of(facts),
            from_scratch: options.from_scratch,
            since: options.since.clone(),
            patience: PATIENCE,
            resources,
        };
        // On a thread of its own: streaming extracts here and needs the stack, and workers die with the thread that started them.
        let work = || -> Result<RunSummary, AppError> {
            let mut executor = match options.is_streaming {
                true => Box::new(Inline::new(Worker::inline(&setup)?)) as Box<dyn Executor>,
                false => Box::new(self.pool(&setup, &request.repository, on_event)?),
            };
            Ok(run(
                store.as_mut(),
                &request,
                executor.as_mut(),
                stop,
                on_event,
            )?)
        };
        let mut summary = std::thread::scope(|scope| {
            let builder = std::thread::Builder::new()
                .name("run".to_owned())
                .stack_size(STACK_BYTES);
            let thread = builder
                .spawn_scoped(scope, work)
                .map_err(AppError::Thread)?;
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        // Closing it folds the log into the database, unless somebody else has it open.
        drop(store);
        let grown = disk_bytes(database).zip(disk_before);
        summary.disk_bytes = grown.map(|(after, before)| after.saturating_sub(before));
        self.remember_rate(&setup.embedding, &summary);
        Ok(summary)
    }

    /// Says what [`Project::index`] would do; writes nothing.
    pub fn plan(&self, root: &Path, name: Option<&str>) -> Result<IndexPlan, AppError> {
        let (root, repository) = locate(root, name)?;
        let known = match self.open_to_read() {
            Ok(store) => {
                if name.is_none() {
                    compare_trees(store.as_ref(), &repository, &root)?;
                }
                match self.find(store.as_ref(), Some(repository.as_str())) {
                    Ok(summary) => store.known_files(summary.generation)?,
                    Err(AppError::UnknownRepository { .. }) => Vec::new(),
                    Err(error) => return Err(error),
                }
            }
            Err(store::StoreError::NotFound { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let discovery = discover(&root, &known, &self.rules(&root))?;
        let resources = self.resources(present_embedding_setup(&self.settings)?.as_ref());
        let forecast = forecast(&discovery.changed, &resources);
        let n_workers = resources.n_workers;
        Ok(IndexPlan {
            repository,
            discovery,
            forecast,
            n_workers,
        })
    }

    pub(crate) fn rules(&self, root: &Path) -> Rules {
        let all = |lists: &[Setting<Vec<String>>]| -> Vec<Patterns> {
            lists.iter().map(|list| patterns(list, root)).collect()
        };
        Rules {
            include: all(&self.settings.include),
            exclude: all(&self.settings.exclude),
            tests: if self.settings.exclude_tests.value {
                TestFiles::Excluded
            } else {
                TestFiles::Indexed
            },
            generated: self.settings.generated.value,
            secrets: if self.settings.secrets.value {
                SecretFiles::Indexed
            } else {
                SecretFiles::Skipped
            },
            nested: if self.settings.nested.value {
                NestedRepositories::Indexed
            } else {
                NestedRepositories::Skipped
            },
            max_file_bytes: self.settings.max_file_size.value,
        }
    }

    /// Fails unless the settings in force are those that the repository was indexed with.
    pub(crate) fn require_profile_of(&self, summary: &RepositorySummary) -> Result<(), AppError> {
        let facts = embedding_setup(&self.settings, &mut |_| {})?.facts()?;
        match profile_of(facts).hash() == summary.profile.hash() {
            true => Ok(()),
            false => Err(AppError::OtherProfile {
                repository: summary.name.clone(),
            }),
        }
    }

    fn budget(&self) -> MemoryBudget {
        MemoryBudget {
            n_bytes: self.settings.memory.value.n_bytes(),
        }
    }

    /// Shares the memory out; fewer workers than wanted where it does not hold them.
    fn shares(&self, n_mapped_bytes: u64) -> (usize, MemoryShares) {
        let n_threads = self.settings.threads.value;
        let n_wanted = match self.settings.workers.value {
            // Workers that wait for a service leave the cores to others.
            Workers::Auto if self.settings.embedder.value.is_some() => {
                Workers::Auto.count(n_threads).max(REQUESTS_IN_FLIGHT)
            }
            workers => workers.count(n_threads),
        };
        let shares = self.budget().share_out(n_wanted, n_threads, n_mapped_bytes);
        (n_wanted, shares)
    }

    /// What a run would have at its disposal.
    fn resources(&self, setup: Option<&EmbeddingSetup>) -> Resources {
        let n_mapped_bytes = setup.map_or(0, EmbeddingSetup::mapped_bytes);
        Resources {
            n_workers: self.shares(n_mapped_bytes).1.n_workers,
            n_threads: self.settings.threads.value.get(),
            budget_bytes: self.budget().n_bytes,
            embedding: match self.settings.embeddings.value {
                EmbeddingMode::Real => Embedding::Real {
                    n_mapped_bytes,
                    tokens_per_second: self.tokens_per_second(setup),
                },
                EmbeddingMode::Mock => Embedding::Mock,
                EmbeddingMode::None => Embedding::None,
            },
        }
    }

    fn pool(
        &self,
        setup: &WorkerSetup,
        repository: &RepositoryName,
        on_event: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Pool, AppError> {
        if self.settings.engine.value == EngineKind::Ray {
            return Ok(Pool {
                settings: self.engine_pool(setup, repository.as_str())?,
                alone_limit_bytes: None,
            });
        }
        let n_mapped_bytes = setup.embedding.mapped_bytes();
        let (n_wanted, shares) = self.shares(n_mapped_bytes);
        let budget = self.budget();
        let least = MemoryBudget::least_bytes(self.settings.threads.value, n_mapped_bytes);
        for remark in remarks_on_memory(n_wanted, &shares, budget, least) {
            on_event(Event::Notice(remark));
        }
        if let Some(remark) = self.sandbox_remark() {
            on_event(Event::Notice(remark));
        }
        let program = self.worker_program()?;
        let settings = PoolSettings {
            n_workers: shares.n_workers,
            n_ahead: match setup.embedding {
                EmbeddingSetup::None => JOBS_AHEAD,
                EmbeddingSetup::Views(_) => 1,
            },
            confinement: confinement(self.settings.sandbox.value, setup),
            budget_bytes: Some(budget.n_bytes),
            ..self.pool_settings(program, setup, shares.worker_limit_bytes)?
        };
        Ok(Pool {
            settings,
            alone_limit_bytes: Some(shares.alone_limit_bytes),
        })
    }

    /// Returns the program that a worker runs.
    pub(crate) fn worker_program(&self) -> Result<PathBuf, AppError> {
        match &self.settings.worker_program.value {
            Some(program) => Ok(program.clone()),
            None => std::env::current_exe().map_err(AppError::WorkerProgram),
        }
    }

    /// Returns what is the same for one worker of this machine and for many: a pool of one that is not confined.
    pub(crate) fn pool_settings(
        &self,
        program: PathBuf,
        setup: &WorkerSetup,
        data_limit_bytes: u64,
    ) -> Result<PoolSettings, AppError> {
        Ok(PoolSettings {
            program,
            arguments: vec![OsString::from("worker")],
            environment: worker_environment(),
            connector: connector(&setup.database),
            engine: None,
            n_workers: 1,
            n_ahead: 1,
            setup: serde_json::to_vec(setup).map_err(AppError::PathEncoding)?,
            start_timeout: START_TIMEOUT,
            job_timeout: self.settings.file_timeout.value + setup.embedding.patience(),
            grace: GRACE,
            recycle_above_bytes: Some(data_limit_bytes / 100 * RECYCLE_SHARE_PERCENT),
            data_limit_bytes: Some(data_limit_bytes),
            confinement: None,
            budget_bytes: None,
            max_deaths_in_a_row: MAX_DEATHS_IN_A_ROW,
        })
    }
}

/// Looks at the trees that are indexed when nobody says which repository is meant. Fails if the directory's name is that of another directory
/// which is still there: many are called `app`. Returns a remark if a new repository would lie in one that is there.
pub(crate) fn compare_trees(
    store: &dyn Store,
    name: &RepositoryName,
    root: &Path,
) -> Result<Option<String>, AppError> {
    let all = named(store.repositories()?);
    if let Some(known) = all.iter().find(|summary| summary.name == *name) {
        let known = PathBuf::from(&known.root);
        return match known == root || !known.is_dir() {
            true => Ok(None),
            false => Err(AppError::OtherTree {
                name: name.clone(),
                root: known,
            }),
        };
    }
    let around = all.iter().find(|summary| root.starts_with(&summary.root));
    Ok(around.map(|outer| {
        format!(
            "{name} becomes a repository of its own; to bring {} up to date, which holds this directory too: mnemo index {}",
            outer.name, outer.root
        )
    }))
}

fn profile_of(facts: EmbeddingFacts) -> Profile {
    Profile {
        extractor: index::EXTRACTOR_VERSION,
        words: store::WORDS_VERSION,
        max_chunk_tokens: facts.max_input_tokens,
        token_counter: facts.token_counter,
        code_model: facts.code_model,
        text_model: facts.text_model,
    }
}

fn remarks_on_memory(
    n_wanted: usize,
    shares: &MemoryShares,
    budget: MemoryBudget,
    least_bytes: u64,
) -> Vec<String> {
    let mut remarks = Vec::new();
    let n_mib = budget.n_bytes >> 20;
    if shares.n_workers < n_wanted {
        let n_workers = shares.n_workers;
        remarks.push(format!(
            "{n_workers} of {n_wanted} workers: {n_mib} MiB of memory hold no more"
        ));
    }
    if budget.n_bytes < least_bytes {
        let least = least_bytes >> 20;
        remarks.push(format!(
            "{n_mib} MiB of memory are less than one worker needs: up to {least} MiB may be used"
        ));
    }
    remarks
}

pub(crate) fn locate(
    root: &Path,
    name: Option<&str>,
) -> Result<(PathBuf, RepositoryName), AppError> {
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

/// Returns globs as the tree under `root` has them: those of a file are of its folder, as the paths in it are.
fn patterns(setting: &Setting<Vec<String>>, root: &Path) -> Patterns {
    let folder = match &setting.provenance {
        Provenance::File(file) | Provenance::Tree(file) => file.parent(),
        _ => None,
    };
    let inside = folder.and_then(|folder| root.strip_prefix(folder).ok());
    let steps = inside.into_iter().flatten();
    Patterns {
        globs: setting.value.clone(),
        tree: steps
            .map(|step| format!("{}/", step.to_string_lossy()))
            .collect(),
    }
}

/// Returns what connects workers to a server, since they may not.
fn connector(database: &crate::DatabaseLocation) -> Option<Connector> {
    let crate::DatabaseLocation::Postgres(address) = database else {
        return None;
    };
    let address = address.clone();
    Some(Connector::new(move || {
        let (descriptor, note) = address.dial()?;
        Ok(Connected { descriptor, note })
    }))
}

/// Workers may stand in another folder, and do not know whose they are.
fn absolute(database: &crate::DatabaseLocation) -> Result<crate::DatabaseLocation, AppError> {
    match database {
        crate::DatabaseLocation::Sqlite(path) => Ok(crate::DatabaseLocation::Sqlite(
            std::path::absolute(path).map_err(AppError::Output)?,
        )),
        crate::DatabaseLocation::Postgres(address) => Ok(crate::DatabaseLocation::Postgres(
            address.clone().or_own_user(),
        )),
    }
}
