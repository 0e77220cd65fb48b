//! Finds the text of each setting in the first layer that has one.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::values::{DatabaseLocation, Parse};
use super::{InvalidSetting, Provenance, Setting};

/// The configuration file's name, in the tree and in the user's configuration folder.
const FILE_NAME: &str = "mnemo.toml";

/// Settings by name, with the environment variables that set them, the first set one winning.
const VARIABLES: &[(&str, &[&str])] = &[
    ("database", &["MNEMO_DATABASE", "DATABASE_URL"]),
    ("embeddings", &["MNEMO_EMBEDDINGS", "EMBEDDING_MODE"]),
    ("models", &["MNEMO_MODELS"]),
    ("model_dir", &["MNEMO_MODEL_DIR"]),
    ("dimensions", &["MNEMO_DIMENSIONS"]),
    ("window", &["MNEMO_WINDOW"]),
    ("precision", &["MNEMO_PRECISION"]),
    ("workers", &["MNEMO_WORKERS"]),
    ("threads", &["MNEMO_THREADS"]),
    ("memory", &["MNEMO_MEMORY"]),
    ("file_timeout", &["MNEMO_FILE_TIMEOUT"]),
    ("max_file_size", &["MNEMO_MAX_FILE_SIZE"]),
    ("include", &[]),
    ("exclude", &[]),
    ("exclude_tests", &["MNEMO_EXCLUDE_TESTS"]),
    ("secrets", &["MNEMO_SECRETS"]),
    ("nested", &["MNEMO_NESTED"]),
    ("cache_dir", &["MNEMO_CACHE_DIR"]),
    ("hub", &["MNEMO_HUB", "HF_ENDPOINT"]),
    ("offline", &["MNEMO_OFFLINE", "HF_HUB_OFFLINE"]),
    ("python", &["MNEMO_PYTHON"]),
    ("worker_program", &["MNEMO_WORKER_PROGRAM"]),
    ("sandbox", &["MNEMO_SANDBOX"]),
    ("poll", &["MNEMO_POLL"]),
];

/// What the file in the tree may not say: programs to run, hosts to fetch from, folders to fetch into. Who clones a tree to index it has
/// not agreed to any of that.
const NOT_FOR_A_TREE: &[&str] = &["worker_program", "python", "hub", "cache_dir", "sandbox"];

/// What a command's flags say; `None` where a flag was not given. Values are written as in the environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    texts: BTreeMap<&'static str, String>,
    lists: BTreeMap<&'static str, Vec<String>>,
}

impl Overrides {
    /// Sets a setting by its name in `mnemo.toml`; `None` leaves it to the other layers.
    pub fn set(&mut self, name: &'static str, text: Option<String>) {
        debug_assert!(
            VARIABLES.iter().any(|(known, _)| *known == name),
            "{name} is no setting"
        );
        if let Some(text) = text {
            self.texts.insert(name, text);
        }
    }

    /// Sets a list; an empty one leaves it to the other layers.
    pub fn set_list(&mut self, name: &'static str, items: Vec<String>) {
        if !items.is_empty() {
            self.lists.insert(name, items);
        }
    }
}

/// Returns the folder whose `mnemo.toml` holds for a directory that somebody names or stands in: the nearest one at or above it that has
/// the file, no higher than the root of a git work tree; else the directory itself.
pub fn tree_around(directory: &Path) -> PathBuf {
    // A link leads to where its target stands; what is not there has no folder around it.
    let canonical = fs_err::canonicalize(directory);
    let directory = canonical.as_deref().unwrap_or(directory);
    let is_root = |folder: &Path| folder.join(".git").exists();
    let above = directory.ancestors();
    let n_inside = above.clone().position(is_root).map_or(1, |at| at + 1);
    let mut inside = above.take(n_inside);
    let nearest = inside.find(|folder| folder.join(FILE_NAME).exists());
    nearest.unwrap_or(directory).to_owned()
}

/// The layers below the flags, read once.
pub(super) struct Layers<'a> {
    flags: &'a Overrides,
    environment: BTreeMap<&'static str, (&'static str, String)>,
    files: Vec<(PathBuf, toml::Table)>,
}

impl<'a> Layers<'a> {
    pub(super) fn read(
        flags: &'a Overrides,
        tree: Option<&Path>,
    ) -> Result<Layers<'a>, InvalidSetting> {
        let in_tree = tree.map(|tree| tree.join(FILE_NAME));
        let in_home = etcetera::choose_base_strategy()
            .ok()
            .map(|base| base.config_dir().join("mnemo").join(FILE_NAME));
        let mut files = Vec::new();
        for path in in_tree.iter().chain(&in_home) {
            let path = path.clone();
            if let Some(table) = read_table(&path)? {
                files.push((path, table));
            }
        }
        if let (Some(path), Some((first, table))) = (&in_tree, files.first())
            && path == first
            && in_home.as_ref() != Some(path)
        {
            refuse_what_is_not_for_a_tree(path, table)?;
        }
        Ok(Layers {
            flags,
            environment: environment(),
            files,
        })
    }

    pub(super) fn parse<T>(
        &self,
        name: &'static str,
        parse: Parse<T>,
        default: impl FnOnce() -> Result<T, InvalidSetting>,
    ) -> Result<Setting<T>, InvalidSetting> {
        let Some((text, provenance)) = self.text(name) else {
            return Ok(Setting {
                value: default()?,
                provenance: Provenance::Default,
            });
        };
        match parse(&text) {
            Ok(value) => Ok(Setting { value, provenance }),
            Err(expected) => Err(InvalidSetting::Value {
                name,
                // An address that cannot be read may hold a password all the same.
                text: store::without_password(&text),
                provenance,
                expected,
            }),
        }
    }

    /// Reads a path; one that a file gives is relative to the file, wherever the person stands.
    pub(super) fn path<T>(
        &self,
        name: &'static str,
        parse: Parse<T>,
        default: impl FnOnce() -> Result<T, InvalidSetting>,
        path_of: impl FnOnce(&mut T) -> Option<&mut PathBuf>,
    ) -> Result<Setting<T>, InvalidSetting> {
        let mut setting = self.parse(name, parse, default)?;
        if let Provenance::File(file) = &setting.provenance
            && let Some(path) = path_of(&mut setting.value)
            && let Some(folder) = file.parent()
        {
            *path = folder.join(&*path);
        }
        Ok(setting)
    }

    pub(super) fn list(&self, name: &'static str) -> Result<Setting<Vec<String>>, InvalidSetting> {
        if let Some(items) = self.flags.lists.get(name) {
            return Ok(Setting {
                value: items.clone(),
                provenance: Provenance::Flag,
            });
        }
        let in_files = self
            .files
            .iter()
            .find_map(|(path, table)| Some((path, table.get(name)?)));
        let Some((path, given)) = in_files else {
            return Ok(Setting {
                value: Vec::new(),
                provenance: Provenance::Default,
            });
        };
        let provenance = Provenance::File(path.clone());
        let text = |item: &toml::Value| item.as_str().map(str::to_owned);
        match given
            .as_array()
            .map(|items| items.iter().map(text).collect())
        {
            Some(Some(value)) => Ok(Setting { value, provenance }),
            _ => Err(InvalidSetting::Value {
                name,
                text: given.to_string(),
                provenance,
                expected: "a list of texts, such as [\"src/**\", \"lib/**\"]",
            }),
        }
    }

    fn text(&self, name: &'static str) -> Option<(String, Provenance)> {
        if let Some(text) = self.flags.texts.get(name) {
            return Some((text.clone(), Provenance::Flag));
        }
        if let Some((variable, text)) = self.environment.get(name) {
            return Some((text.clone(), Provenance::Environment(variable)));
        }
        self.files.iter().find_map(|(path, table)| {
            let text = match table.get(name)? {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some((text, Provenance::File(path.clone())))
        })
    }
}

fn read_table(path: &Path) -> Result<Option<toml::Table>, InvalidSetting> {
    let text = match fs_err::read_to_string(path) {
        Ok(text) => text,
        // Who names a file as the tree is told so by whoever opens the tree.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(InvalidSetting::File(error)),
    };
    let table: toml::Table = text.parse().map_err(|source| InvalidSetting::Syntax {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    for (name, value) in &table {
        // A misspelt setting that is passed over silently is worse than none.
        if !VARIABLES.iter().any(|(known, _)| known == name) {
            return Err(InvalidSetting::Value {
                name: "mnemo.toml",
                text: format!("{name} = {value}"),
                provenance: Provenance::File(path.to_owned()),
                expected: "a known setting; `mnemo doctor` lists them",
            });
        }
    }
    Ok(Some(table))
}

fn refuse_what_is_not_for_a_tree(path: &Path, table: &toml::Table) -> Result<(), InvalidSetting> {
    match table
        .iter()
        .find(|(name, _)| NOT_FOR_A_TREE.contains(&name.as_str()))
    {
        None => Ok(()),
        Some((name, value)) => Err(InvalidSetting::Value {
            name: "mnemo.toml",
            text: format!("{name} = {value}"),
            provenance: Provenance::File(path.to_owned()),
            expected: "a setting that a tree may have; set this one by flag, environment or in your configuration folder",
        }),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn environment() -> BTreeMap<&'static str, (&'static str, String)> {
    let value = |variable: &str| std::env::var(variable).ok().filter(|text| !text.is_empty());
    VARIABLES
        .iter()
        .filter_map(|(name, variables)| {
            let found = variables
                .iter()
                .find_map(|variable| Some((*variable, value(variable)?)))?;
            Some((*name, found))
        })
        .collect()
}

/// Whether the file in the tree said it.
pub(super) fn is_in_tree(provenance: &Provenance, tree: &Path) -> bool {
    matches!(provenance, Provenance::File(path) if *path == tree.join(FILE_NAME))
}

/// Returns the password that PostgreSQL's own programs would use.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(super) fn postgres_password() -> Option<String> {
    std::env::var("PGPASSWORD")
        .ok()
        .filter(|text| !text.is_empty())
}

pub(super) fn default_database() -> Result<DatabaseLocation, InvalidSetting> {
    let base = etcetera::choose_base_strategy().map_err(|_| InvalidSetting::NoHome)?;
    Ok(DatabaseLocation::Sqlite(
        base.data_dir().join("mnemo").join("mnemo.db"),
    ))
}

pub(super) fn default_cache() -> Result<PathBuf, InvalidSetting> {
    let base = etcetera::choose_base_strategy().map_err(|_| InvalidSetting::NoHome)?;
    Ok(base.cache_dir().join("mnemo"))
}
