//! What is in force: flags, then the environment, then `mnemo.toml` in the tree, then in the user's configuration folder, then
//! defaults. Each value remembers where it came from.

mod layers;
mod values;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

pub use layers::{Overrides, tree_around};
pub use values::{DatabaseLocation, EmbeddingMode, MemoryLimit, Sandbox, Workers};

/// Time that one file may take.
const DEFAULT_FILE_TIMEOUT: Duration = Duration::from_secs(60);

/// Largest file that is indexed: above what people write (TypeScript's own checker has 3 MB), below what tools spill.
const DEFAULT_MAX_FILE_BYTES: u64 = 8 << 20;

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// A flag of the command.
    Flag,
    /// An environment variable.
    Environment(&'static str),
    /// A configuration file.
    File(PathBuf),
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
    #[error("{} is not a valid configuration file", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// There is no home folder to put data in.
    #[error("there is no home folder; set HOME, XDG_DATA_HOME or --database")]
    NoHome,
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
    /// Number of worker processes.
    pub workers: Setting<Workers>,
    /// Threads of a worker that embed.
    pub threads: Setting<NonZeroUsize>,
    /// Memory of all processes together.
    pub memory: Setting<MemoryLimit>,
    /// Time that one file may take.
    pub file_timeout: Setting<Duration>,
    /// Largest file that is indexed.
    pub max_file_bytes: Setting<u64>,
    /// Only paths that match one of these.
    pub include: Setting<Vec<String>>,
    /// No paths that match one of these.
    pub exclude: Setting<Vec<String>>,
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
}

impl Settings {
    /// Returns what is in force for `tree` under the flags in `flags`.
    pub fn resolve(flags: &Overrides, tree: Option<&Path>) -> Result<Settings, InvalidSetting> {
        let layers = layers::Layers::read(flags, tree)?;
        let mut database = layers.path(
            "database",
            values::parse_database,
            layers::default_database,
            |location| match location {
                DatabaseLocation::Sqlite(path) => Some(path),
                DatabaseLocation::Postgres(_) => None,
            },
        )?;
        if let DatabaseLocation::Postgres(address) = &mut database.value
            // A server that a tree names does not get the user's password.
            && !tree.is_some_and(|tree| layers::is_in_tree(&database.provenance, tree))
            && let Some(password) = layers::postgres_password()
        {
            *address = address.clone().or_password(&password);
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
            workers: layers.parse("workers", values::parse_workers, || Ok(Workers::Auto))?,
            threads: layers.parse("threads", values::parse_threads, || Ok(NonZeroUsize::MIN))?,
            memory: layers.parse("memory", values::parse_memory, || Ok(MemoryLimit::Auto))?,
            file_timeout: layers.parse("file_timeout", values::parse_seconds, || {
                Ok(DEFAULT_FILE_TIMEOUT)
            })?,
            max_file_bytes: layers.parse("max_file_size", values::parse_size, || {
                Ok(DEFAULT_MAX_FILE_BYTES)
            })?,
            include: layers.list("include")?,
            exclude: layers.list("exclude")?,
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
        })
    }
}

impl std::fmt::Display for Provenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Provenance::Flag => f.write_str("the command line"),
            Provenance::Environment(name) => write!(f, "environment variable {name}"),
            Provenance::File(path) => write!(f, "{}", path.display()),
            Provenance::Default => f.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests;
