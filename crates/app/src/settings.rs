//! What is in force: flags, then the environment, then `mnemo.toml` in the user's configuration folder, then defaults; and what the
//! `mnemo.toml` of the tree asks for, where that is less. Each value remembers where it came from.

mod layers;
mod tree;
mod values;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use embed::remote::ServiceAddress;
use thiserror::Error;

pub(crate) use layers::embedder_key;
pub use layers::{Overrides, tree_around};
pub use values::{
    DatabaseLocation, EmbedderViews, EmbeddingMode, EngineKind, MemoryLimit, Sandbox, Workers,
};

/// Time that one file may take.
const DEFAULT_FILE_TIMEOUT: Duration = Duration::from_secs(60);

/// A service that restarts with a large model takes a minute; one that is away for longer is not coming back by itself.
const DEFAULT_EMBEDDER_PATIENCE: Duration = Duration::from_secs(120);

/// Largest file that is indexed: above what people write (TypeScript's own checker has 3 MB), below what tools spill.
const DEFAULT_MAX_FILE_BYTES: u64 = 8 << 20;

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// A flag of the command.
    Flag,
    /// An environment variable.
    Environment(&'static str),
    /// The user's own configuration file.
    File(PathBuf),
    /// The configuration file of the tree, which can only ask for less.
    Tree(PathBuf),
    /// Nobody said anything.
    Default,
}

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    /// The value in force.
    pub value: T,
    /// Where it came from.
    pub provenance: Provenance,
}

impl<T> Setting<T> {
    fn default_of(value: T) -> Setting<T> {
        Setting {
            value,
            provenance: Provenance::Default,
        }
    }

    /// Whether nobody said anything.
    pub(crate) fn is_default(&self) -> bool {
        self.provenance == Provenance::Default
    }

    /// Whether a person said it for this very call.
    fn is_explicit(&self) -> bool {
        matches!(
            self.provenance,
            Provenance::Flag | Provenance::Environment(_)
        )
    }

    /// Puts another value in the place of a default.
    pub(crate) fn or(&mut self, value: T) {
        if self.provenance == Provenance::Default {
            self.value = value;
        }
    }
}

/// A value that cannot be used.
#[derive(Debug, Error)]
pub enum InvalidSetting {
    /// The text is no value of this setting.
    #[error("{name} = {text:?} from {provenance}: expected {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What was given.
        text: String,
        /// Where it came from.
        provenance: Provenance,
        /// What would do.
        expected: &'static str,
    },
    /// A configuration file cannot be read.
    #[error("cannot read the configuration file")]
    File(#[source] std::io::Error),
    /// A configuration file is malformed.
    #[error("{} is not a valid configuration file: line {line}: {message}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// A configuration file has a setting that there is not.
    #[error("{} sets {name:?}, which is no setting; `mnemo doctor` lists them", path.display())]
    Unknown {
        /// What it sets.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// There is no home folder to put data in.
    #[error("there is no home folder; set HOME, XDG_DATA_HOME or --database")]
    NoHome,
}

impl InvalidSetting {
    fn value(
        name: &'static str,
        text: &str,
        provenance: Provenance,
        expected: &'static str,
    ) -> InvalidSetting {
        InvalidSetting::Value {
            name,
            // An address that cannot be read may hold a password all the same.
            text: store::without_password(text),
            provenance,
            expected,
        }
    }
}

/// What is in force.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the index is kept.
    pub database: Setting<DatabaseLocation>,
    /// How views are embedded.
    pub embeddings: Setting<EmbeddingMode>,
    /// The model's name, or those of the text and the code model joined by `+`.
    pub model: Setting<String>,
    /// A folder that holds the model's files, or a folder of such folders.
    pub model_dir: Setting<Option<PathBuf>>,
    /// Dimensions to cut vectors to, where a model's may be.
    pub dimensions: Setting<Option<usize>>,
    /// Tokens that a model is given at most, other than its usual number.
    pub window: Setting<Option<usize>>,
    /// The encoder's arithmetic: `int8` or `f32`.
    pub precision: Setting<embed::Precision>,
    /// Address of a service that embeds in place of a model on this machine.
    pub embedder: Setting<Option<ServiceAddress>>,
    /// The model's name at the service.
    pub embedder_model: Setting<Option<String>>,
    /// A file that holds the service's key and nothing else.
    pub embedder_key_file: Setting<Option<PathBuf>>,
    /// The views that the service embeds; models on this machine embed the other.
    pub embedder_views: Setting<EmbedderViews>,
    /// How long an outage of the service may last before a run gives up.
    pub embedder_patience: Setting<Duration>,
    /// Number of worker processes.
    pub workers: Setting<Workers>,
    /// What starts workers.
    pub engine: Setting<EngineKind>,
    /// Address of the Ray cluster; Ray's own rules where there is none.
    pub ray_address: Setting<Option<String>>,
    /// Threads of a worker that embed.
    pub threads: Setting<NonZeroUsize>,
    /// Memory of all processes together.
    pub memory: Setting<MemoryLimit>,
    /// Time that one file may take.
    pub file_timeout: Setting<Duration>,
    /// Largest file that is indexed.
    pub max_file_bytes: Setting<u64>,
    /// Only paths that match one of each list: the user's, and the tree's.
    pub include: Vec<Setting<Vec<String>>>,
    /// No paths that match one of any list: the user's, and the tree's.
    pub exclude: Vec<Setting<Vec<String>>>,
    /// Whether tests are left out.
    pub exclude_tests: Setting<bool>,
    /// Whether files that hold credentials are indexed.
    pub secrets: Setting<bool>,
    /// Whether clones and worktrees inside the tree are indexed.
    pub nested: Setting<bool>,
    /// Where models are kept.
    pub cache_dir: Setting<PathBuf>,
    /// Address of the model hub.
    pub hub: Setting<Option<String>>,
    /// Whether the network may be used.
    pub offline: Setting<bool>,
    /// The Python that brings the default model.
    pub python: Setting<Option<PathBuf>>,
    /// The program that a worker runs; this one, unless it lives inside another.
    pub worker_program: Setting<Option<PathBuf>>,
    /// Whether the kernel confines workers to what they need.
    pub sandbox: Setting<Sandbox>,
    /// Whether `watch` looks at the tree instead of waiting to be told.
    pub poll: Setting<bool>,
    /// What the tree asks for and does not get, to be said once.
    pub remark: Option<String>,
}

impl Settings {
    /// Returns what is in force for `tree` under the flags in `flags`.
    pub fn resolve(flags: &Overrides, tree: Option<&Path>) -> Result<Settings, InvalidSetting> {
        let mut settings = Settings::of_user(flags)?;
        // A tree whose file is the user's own is the user's.
        let is_own = |tree: &Path| {
            let own = layers::own_file().and_then(|file| Some(file.parent()?.to_owned()));
            own.is_some_and(|own| fs_err::canonicalize(own).is_ok_and(|own| own == tree))
        };
        if let Some(tree) = tree.filter(|tree| !is_own(tree)) {
            settings.tighten(tree::TreeFile::read(tree)?);
        }
        Ok(settings)
    }

    fn tighten(&mut self, asks: tree::TreeFile) {
        let (on, off) = (
            |asked: &bool, _: &bool| *asked,
            |asked: &bool, _: &bool| !asked,
        );
        if let Some(asked) = asks.offline {
            asked.tighten(&mut self.offline, on);
        }
        if let Some(asked) = asks.exclude_tests {
            asked.tighten(&mut self.exclude_tests, on);
        }
        if let Some(asked) = asks.secrets {
            asked.tighten(&mut self.secrets, off);
        }
        if let Some(asked) = asks.threads {
            asked.tighten(&mut self.threads, |asked, own| asked < own);
        }
        if let Some(asked) = asks.workers {
            let n_threads = self.threads.value;
            asked.tighten(&mut self.workers, |asked, own| {
                asked.count(n_threads) < own.count(n_threads)
            });
        }
        if let Some(asked) = asks.memory {
            asked.tighten(&mut self.memory, |asked, own| {
                asked.n_bytes() < own.n_bytes()
            });
        }
        if let Some(asked) = asks.max_file_bytes {
            asked.tighten(&mut self.max_file_bytes, |asked, own| asked < own);
        }
        if let Some(asked) = asks.include {
            asked.narrow(&mut self.include);
        }
        if let Some(asked) = asks.exclude {
            asked.narrow(&mut self.exclude);
        }
        self.remark = asks.remark;
    }

    fn of_user(flags: &Overrides) -> Result<Settings, InvalidSetting> {
        let layers = layers::Layers::read(flags)?;
        let mut database = layers.path(
            "database",
            values::parse_database,
            layers::default_database,
            |location| match location {
                DatabaseLocation::Sqlite(path) => Some(path),
                DatabaseLocation::Postgres(_) => None,
            },
        )?;
        if let DatabaseLocation::Postgres(address) = &mut database.value {
            *address = layers::with_postgres_variables(address)?;
        }
        Ok(Settings {
            database,
            embeddings: layers.parse("embeddings", values::parse_embeddings, || {
                Ok(EmbeddingMode::Real)
            })?,
            model: layers.parse("models", values::parse_text, || {
                Ok(embed::models::DEFAULT_MODEL.to_owned())
            })?,
            model_dir: layers.path(
                "model_dir",
                values::parse_optional_path,
                || Ok(None),
                Option::as_mut,
            )?,
            dimensions: layers.parse("dimensions", values::parse_optional_count, || Ok(None))?,
            window: layers.parse("window", values::parse_optional_count, || Ok(None))?,
            precision: layers.parse("precision", values::parse_precision, || {
                Ok(embed::Precision::Int8)
            })?,
            embedder: layers.parse("embedder", values::parse_service, || Ok(None))?,
            embedder_model: layers
                .parse("embedder_model", values::parse_optional_text, || Ok(None))?,
            embedder_key_file: layers.path(
                "embedder_key_file",
                values::parse_optional_path,
                || Ok(None),
                Option::as_mut,
            )?,
            embedder_views: layers.parse("embedder_views", values::parse_embedder_views, || {
                Ok(EmbedderViews::Both)
            })?,
            embedder_patience: layers.parse("embedder_patience", values::parse_seconds, || {
                Ok(DEFAULT_EMBEDDER_PATIENCE)
            })?,
            workers: layers.parse("workers", values::parse_workers, || Ok(Workers::Auto))?,
            engine: layers.parse("engine", values::parse_engine, || Ok(EngineKind::Local))?,
            ray_address: layers.parse("ray_address", values::parse_optional_text, || Ok(None))?,
            threads: layers.parse("threads", values::parse_threads, || Ok(NonZeroUsize::MIN))?,
            memory: layers.parse("memory", values::parse_memory, || Ok(MemoryLimit::Auto))?,
            file_timeout: layers.parse("file_timeout", values::parse_seconds, || {
                Ok(DEFAULT_FILE_TIMEOUT)
            })?,
            max_file_bytes: layers.parse("max_file_size", values::parse_size, || {
                Ok(DEFAULT_MAX_FILE_BYTES)
            })?,
            include: vec![layers.list("include")?],
            exclude: vec![layers.list("exclude")?],
            exclude_tests: layers.parse("exclude_tests", values::parse_switch, || Ok(false))?,
            secrets: layers.parse("secrets", values::parse_switch, || Ok(false))?,
            nested: layers.parse("nested", values::parse_switch, || Ok(false))?,
            cache_dir: layers.path(
                "cache_dir",
                values::parse_path,
                layers::default_cache,
                |path| Some(path),
            )?,
            hub: layers.parse("hub", values::parse_optional_text, || Ok(None))?,
            offline: layers.parse("offline", values::parse_switch, || Ok(false))?,
            python: layers.parse("python", values::parse_optional_path, || Ok(None))?,
            worker_program: layers
                .parse("worker_program", values::parse_optional_path, || Ok(None))?,
            sandbox: layers.parse("sandbox", values::parse_sandbox, || Ok(Sandbox::On))?,
            poll: layers.parse("poll", values::parse_switch, || Ok(false))?,
            remark: None,
        })
    }
}

impl std::fmt::Display for Provenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Provenance::Flag => f.write_str("the command line"),
            Provenance::Environment(name) => write!(f, "environment variable {name}"),
            Provenance::File(path) => write!(f, "{}", path.display()),
            Provenance::Tree(path) => write!(f, "{}, of the tree", path.display()),
            Provenance::Default => f.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests;
