//! What is in force: flags, then the environment, then `mnemo.toml` in the user's configuration folder, then defaults; and what the
//! `mnemo.toml` of the tree asks for, where that is less. Each value remembers where it came from. Every setting is a row of
//! [`SETTINGS`].

mod layers;
mod row;
mod table;
mod tree;
mod values;

use std::path::{Path, PathBuf};

use thiserror::Error;

pub(crate) use layers::embedder_key;
pub use layers::{Overrides, SECRETS, Secret, repository_around, tree_around};
pub use row::{Flag, FlagGroup, FlagValue, SettingRow};
pub use table::{SETTINGS, Settings};
use values::SettingValue;
pub use values::{
    DatabaseLocation, Editor, EmbedderViews, EmbeddingMode, EngineKind, MemoryLimit, Sandbox,
    Workers,
};

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

/// A setting as a person is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Its name.
    pub name: &'static str,
    /// Its value; empty for none.
    pub value: String,
    /// Where that came from.
    pub provenance: Provenance,
}

/// What a person is shown of a setting.
trait Shown {
    fn in_force(&self, name: &'static str) -> InForce;
}

impl<T: SettingValue> Shown for Setting<T> {
    fn in_force(&self, name: &'static str) -> InForce {
        InForce {
            name,
            value: self.value.shown(),
            provenance: self.provenance.clone(),
        }
    }
}

/// Lists of which each narrows the choice: all of them, and where the last one came from.
impl Shown for Vec<Setting<Vec<String>>> {
    fn in_force(&self, name: &'static str) -> InForce {
        let all: Vec<&str> = self
            .iter()
            .flat_map(|list| &list.value)
            .map(String::as_str)
            .collect();
        let provenance = self.last().map(|list| list.provenance.clone());
        InForce {
            name,
            value: all.join(" "),
            provenance: provenance.unwrap_or(Provenance::Default),
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

impl Settings {
    /// Returns what is in force for `tree` under the flags in `flags`.
    pub fn resolve(flags: &Overrides, tree: Option<&Path>) -> Result<Settings, InvalidSetting> {
        let mut settings = Settings::of_user(&layers::Layers::read(flags, SETTINGS)?)?;
        if let DatabaseLocation::Postgres(address) = &mut settings.database.value {
            *address = layers::with_postgres_variables(address)?;
        }
        // A tree whose file is the user's own is the user's.
        let is_own = |tree: &Path| {
            let own = layers::own_file().and_then(|file| Some(file.parent()?.to_owned()));
            own.is_some_and(|own| fs_err::canonicalize(own).is_ok_and(|own| own == tree))
        };
        let file = match tree.filter(|tree| !is_own(tree)) {
            Some(tree) => tree::TreeFile::read(tree, SETTINGS)?,
            None => None,
        };
        if let Some(mut file) = file {
            settings.take_from_tree(&mut file)?;
            settings.remark = file.remark();
        }
        Ok(settings)
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
