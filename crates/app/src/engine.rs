//! Workers on other machines: what the driver of an engine is given, and what a machine makes of the setup of a run that is elsewhere.

use std::ffi::OsString;
use std::path::PathBuf;

use embed::models::{ModelStore, PullMode};
use embed::{EmbedderSetup, EncoderSettings};
use serde::{Deserialize, Serialize};
use workers::{EngineSettings, PoolSettings, ServeError};

use crate::embedding::model_store;
use crate::error::AppError;
use crate::project::Project;
use crate::sandbox::confinement;
use crate::settings::{DatabaseLocation, EngineKind, Overrides, Settings, Workers};
use crate::worker::{SetupVersion, WorkerSetup, read_setup};

/// The module of our Python package that speaks to Ray.
const RAY_DRIVER: &str = "mnemo_index.ray";

/// Where no interpreter is named.
const PYTHON: &str = "python3";

/// Jobs that may wait behind the one in hand. What a worker says waits in its actor for more to go the way together, and each way costs as much as some
/// small files: so many of them last for two ways.
const JOBS_AHEAD: usize = 64;

/// What a worker may allocate where `--memory` does not say: many times what the default model and a file of a megabyte take.
const WORKER_BYTES: u64 = 512 << 20;

/// What the driver of an engine finds in its environment, where we have it: where programs, libraries and modules are, and whose they are.
const ENVIRONMENT: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
];

/// And what begins like this, which is the engine's own.
const ENVIRONMENT_OF_RAY: &str = "RAY_";

/// What a driver is given first.
#[derive(Debug, Serialize)]
struct Opening<'a> {
    /// Where the cluster is; the driver finds it, or starts one on this machine, where nobody says.
    address: Option<&'a str>,
    /// Workers that there have to be.
    min_workers: usize,
    /// Workers at most; as many as the cluster has processors where nobody says.
    max_workers: Option<usize>,
    /// Memory to reserve for each.
    memory_bytes: u64,
    /// This program, for machines where it lies at the same place and no package brings it.
    program: PathBuf,
    /// What makes it a node.
    arguments: &'a [&'a str],
    /// What is indexed, for the names that the engine shows.
    repository: &'a str,
}

/// What a machine makes a worker of. Models are known by name and hash; their folders are its own to find.
#[derive(Debug, Serialize, Deserialize)]
struct NodeSetup {
    version: SetupVersion,
    worker: WorkerSetup,
    /// A folder of models that the user named; used where there is one at that place.
    model_dir: Option<PathBuf>,
    /// Whether models may be fetched.
    offline: bool,
    /// What the worker may allocate.
    data_limit_bytes: u64,
}

impl Project {
    /// Fails where an engine is wanted that is not available with these settings.
    pub(crate) fn check_engine(&self) -> Result<(), AppError> {
        let is_local = self.settings.engine.value == EngineKind::Local;
        match (&self.settings.database.value, self.settings.workers.value) {
            (_, Workers::Range { .. }) if is_local => Err(AppError::WorkersWithoutEngine),
            (DatabaseLocation::Sqlite(_), _) if !is_local => Err(AppError::EngineWithoutServer),
            _ => Ok(()),
        }
    }

    /// Returns a pool whose workers an engine starts.
    pub(crate) fn engine_pool(
        &self,
        setup: &WorkerSetup,
        repository: &str,
    ) -> Result<PoolSettings, AppError> {
        let settings = &self.settings;
        let (min_workers, max_workers) = match settings.workers.value {
            Workers::Auto => (1, None),
            Workers::Count(count) => (1, Some(count)),
            Workers::Range { least, most } => (least, Some(most)),
        };
        let data_limit_bytes = match (settings.memory.is_default(), max_workers) {
            (false, Some(count)) => settings.memory.value.n_bytes() / count as u64,
            _ => WORKER_BYTES,
        };
        let program = self.worker_program()?;
        let opening = Opening {
            address: settings.ray_address.value.as_deref(),
            min_workers,
            max_workers,
            memory_bytes: data_limit_bytes + setup.embedding.mapped_bytes(),
            program: program.clone(),
            arguments: &["node"],
            repository,
        };
        let node = NodeSetup {
            version: SetupVersion::of_this_program(),
            worker: WorkerSetup {
                root: None,
                embedding: setup.embedding.without_folders(),
                ..setup.clone()
            },
            model_dir: settings.model_dir.value.clone(),
            offline: settings.offline.value,
            data_limit_bytes,
        };
        let python = settings.python.value.clone();
        let engine = EngineSettings {
            program: python.unwrap_or_else(|| PathBuf::from(PYTHON)),
            arguments: ["-m", RAY_DRIVER].map(OsString::from).to_vec(),
            environment: driver_environment(),
            opening: serde_json::to_vec(&opening).map_err(AppError::PathEncoding)?,
        };
        Ok(PoolSettings {
            engine: Some(engine),
            // The driver knows how many there can be.
            n_workers: max_workers.unwrap_or(1),
            n_ahead: JOBS_AHEAD,
            setup: serde_json::to_vec(&node).map_err(AppError::PathEncoding)?,
            connector: None,
            confinement: None,
            data_limit_bytes: None,
            budget_bytes: None,
            ..self.pool_settings(program, setup, data_limit_bytes)?
        })
    }
}

fn driver_environment() -> Vec<(OsString, OsString)> {
    let is_wanted = |name: &OsString| {
        name.to_str()
            .is_some_and(|name| ENVIRONMENT.contains(&name) || name.starts_with(ENVIRONMENT_OF_RAY))
    };
    std::env::vars_os()
        .filter(|(name, _)| is_wanted(name))
        .collect()
}

/// Runs a worker for a run on another machine, over standard input and output, until it has ended.
pub fn serve_node() -> Result<(), ServeError> {
    workers::serve_node(|setup| {
        let setup: NodeSetup = read_setup(setup)?;
        prepare(setup).map_err(|error| domain::one_line(&error))
    })
}

/// Makes of what crosses machines what a worker of this machine needs. This machine's user decides where models are and whether workers
/// are confined.
fn prepare(setup: NodeSetup) -> Result<PoolSettings, AppError> {
    let mut settings = Settings::resolve(&Overrides::default(), None)?;
    settings.offline.value |= setup.offline;
    if let Some(folder) = setup.model_dir.filter(|folder| folder.is_dir()) {
        settings.model_dir.value = Some(folder);
    }
    let mut worker = setup.worker;
    let models = model_store(&settings);
    for embedder in worker.embedding.embedders_mut() {
        if let EmbedderSetup::Local(encoder) = embedder {
            find_model(encoder, &models, &settings)?;
        }
    }
    // Weights are packed by who may write.
    worker.embedding.build()?;
    let sandbox = confinement(settings.sandbox.value, &worker);
    let project = Project::new(settings);
    let program = project.worker_program()?;
    let pool = project.pool_settings(program, &worker, setup.data_limit_bytes)?;
    Ok(PoolSettings {
        confinement: sandbox,
        ..pool
    })
}

/// Finds the folder of a model of that name and hash, or brings the model here.
fn find_model(
    encoder: &mut EncoderSettings,
    models: &ModelStore,
    settings: &Settings,
) -> Result<(), AppError> {
    let is_same = |hash: &str| hash == encoder.weights_sha256;
    let here = models.find_all(&encoder.model_name).into_iter();
    let found = here
        .chain(models.find(&encoder.model_name).ok().flatten())
        .find(|model| is_same(&model.weights_sha256));
    let model = match found {
        Some(model) => model,
        None => models.pull(&encoder.model_name, PullMode::Missing, &mut |_| {})?,
    };
    if !is_same(&model.weights_sha256) {
        return Err(AppError::OtherWeights {
            name: model.name,
            folder: model.directory,
        });
    }
    encoder.model_directory = model.directory;
    encoder.packed_directory = settings.cache_dir.value.join("packed");
    Ok(())
}
