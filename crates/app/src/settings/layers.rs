//! Finds the text of each setting in the first of the user's layers that has one: flags, environment, configuration file.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::row::SettingRow;
use super::values::{DatabaseLocation, Parse, SettingValue};
use super::{InvalidSetting, Provenance, Setting};

/// The configuration file's name, in the tree and in the user's configuration folder.
pub(super) const FILE_NAME: &str = "mnemo.toml";

/// A larger file is no configuration.
const MAX_BYTES: u64 = 1 << 20;

/// What a command's flags say; `None` where a flag was not given. Values are written as in the environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    texts: BTreeMap<&'static str, String>,
    lists: BTreeMap<&'static str, Vec<String>>,
}

impl Overrides {
    /// Sets a setting by its name in `mnemo.toml`; `None` leaves it to the other layers.
    pub fn set(&mut self, name: &'static str, text: Option<String>) {
        if let Some(text) = text {
            self.texts.insert(name, text);
        }
    }

    /// Returns what was set by a setting's name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// Takes over what `other` says.
    pub fn extend(&mut self, other: &Overrides) {
        self.texts.extend(other.texts.clone());
        self.lists.extend(other.lists.clone());
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

/// Returns the root of the git work tree that a directory lies in; nothing where it is one itself, or lies in none.
pub fn repository_around(directory: &Path) -> Option<PathBuf> {
    let directory = fs_err::canonicalize(directory).ok()?;
    let mut above = directory.ancestors();
    let root = above.find(|folder| folder.join(".git").exists())?;
    (root != directory).then(|| root.to_owned())
}

/// What holds where nobody says anything.
pub(super) struct DefaultValue<T> {
    /// For people.
    pub(super) in_words: &'static str,
    source: DefaultSource<T>,
}

enum DefaultSource<T> {
    Text(&'static str),
    Computed(fn() -> Result<T, InvalidSetting>),
}

impl<T> DefaultValue<T> {
    /// A text that is read like any other.
    pub(super) const fn text(text: &'static str) -> DefaultValue<T> {
        DefaultValue {
            in_words: text,
            source: DefaultSource::Text(text),
        }
    }

    /// No value, and what that means.
    pub(super) const fn absent(in_words: &'static str) -> DefaultValue<T> {
        DefaultValue {
            in_words,
            source: DefaultSource::Text(""),
        }
    }

    /// What a function says.
    pub(super) const fn computed(
        compute: fn() -> Result<T, InvalidSetting>,
        in_words: &'static str,
    ) -> DefaultValue<T> {
        DefaultValue {
            in_words,
            source: DefaultSource::Computed(compute),
        }
    }

    fn value(self, name: &'static str, parse: Parse<T>) -> Result<T, InvalidSetting> {
        match self.source {
            DefaultSource::Computed(compute) => compute(),
            DefaultSource::Text(text) => parse(text).map_err(|expected| {
                InvalidSetting::value(name, text, Provenance::Default, expected)
            }),
        }
    }
}

fn is_setting(rows: &[SettingRow], name: &str) -> bool {
    rows.iter().any(|row| row.name == name)
}

/// The user's layers, read once.
pub(super) struct Layers<'a> {
    flags: &'a Overrides,
    environment: BTreeMap<&'static str, (&'static str, String)>,
    file: Option<Table>,
}

/// Returns where the user's own configuration file is, whether or not it is there.
pub(super) fn own_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join("mnemo").join(FILE_NAME))
}

impl<'a> Layers<'a> {
    /// Reads what the user says about the settings in `rows`.
    pub(super) fn read(
        flags: &'a Overrides,
        rows: &[SettingRow],
    ) -> Result<Layers<'a>, InvalidSetting> {
        let mut set = flags.texts.keys().chain(flags.lists.keys());
        debug_assert!(set.all(|name| is_setting(rows, name)), "{flags:?}");
        let file = match own_file() {
            // The user may keep it elsewhere and link to it.
            Some(path) => {
                let text = files::read_named(&path, MAX_BYTES);
                Table::of(path, text.and_then(utf8), rows)?
            }
            None => None,
        };
        Ok(Layers {
            flags,
            environment: environment(rows),
            file,
        })
    }

    pub(super) fn value<T>(
        &self,
        name: &'static str,
        parse: Parse<T>,
        default: DefaultValue<T>,
    ) -> Result<Setting<T>, InvalidSetting> {
        let Some((text, provenance)) = self.text(name) else {
            return default.value(name, parse).map(Setting::default_of);
        };
        match parse(&text) {
            Ok(value) => Ok(Setting { value, provenance }),
            Err(expected) => Err(InvalidSetting::value(name, &text, provenance, expected)),
        }
    }

    /// Reads a path; one that a file gives is relative to the file, wherever the person stands.
    pub(super) fn path<T: SettingValue>(
        &self,
        name: &'static str,
        parse: Parse<T>,
        default: DefaultValue<T>,
    ) -> Result<Setting<T>, InvalidSetting> {
        let mut setting = self.value(name, parse, default)?;
        if let Provenance::File(file) = &setting.provenance
            && let Some(path) = setting.value.path_mut()
            && let Some(folder) = file.parent()
        {
            *path = folder.join(&*path);
        }
        Ok(setting)
    }

    /// Reads a list, whose default is none.
    pub(super) fn list(
        &self,
        name: &'static str,
        _none: DefaultValue<Vec<String>>,
    ) -> Result<Vec<Setting<Vec<String>>>, InvalidSetting> {
        if let Some(items) = self.flags.lists.get(name) {
            return Ok(vec![Setting {
                value: items.clone(),
                provenance: Provenance::Flag,
            }]);
        }
        let Some(file) = &self.file else {
            return Ok(Vec::new());
        };
        let provenance = || Provenance::File(file.path.clone());
        let given = file.list(name, provenance)?;
        Ok(given
            .map(|value| Setting {
                value,
                provenance: provenance(),
            })
            .into_iter()
            .collect())
    }

    fn text(&self, name: &'static str) -> Option<(String, Provenance)> {
        if let Some(text) = self.flags.texts.get(name) {
            return Some((text.clone(), Provenance::Flag));
        }
        if let Some((variable, text)) = self.environment.get(name) {
            return Some((text.clone(), Provenance::Environment(variable)));
        }
        let file = self.file.as_ref()?;
        Some((file.text(name)?, Provenance::File(file.path.clone())))
    }
}

/// A configuration file, whosever it is: settings by name, all of them known.
pub(super) struct Table {
    path: PathBuf,
    values: toml::Table,
}

impl Table {
    /// Reads the text of the file at `path`; nothing where there is no such file.
    pub(super) fn of(
        path: PathBuf,
        text: io::Result<String>,
        rows: &[SettingRow],
    ) -> Result<Option<Table>, InvalidSetting> {
        let text = match text {
            Ok(text) => text,
            // Whoever opens the tree reports a file that was named as one.
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(InvalidSetting::File(error)),
        };
        let values: toml::Table = match text.parse() {
            Ok(values) => values,
            Err(error) => return Err(malformed(path, &text, &error)),
        };
        // A misspelt setting that is passed over silently is worse than none. Its value is not shown: it may be a password.
        let is_unknown = |name: &&String| !is_setting(rows, name);
        match values.keys().find(is_unknown) {
            Some(name) => Err(InvalidSetting::Unknown {
                name: name.clone(),
                path,
            }),
            None => Ok(Some(Table { path, values })),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn take_text(&mut self, name: &str) -> Option<String> {
        let text = self.text(name);
        self.values.remove(name);
        text
    }

    pub(super) fn take_list(
        &mut self,
        name: &'static str,
        provenance: impl FnOnce() -> Provenance,
    ) -> Result<Option<Vec<String>>, InvalidSetting> {
        let list = self.list(name, provenance);
        self.values.remove(name);
        list
    }

    fn text(&self, name: &str) -> Option<String> {
        Some(match self.values.get(name)? {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    fn list(
        &self,
        name: &'static str,
        provenance: impl FnOnce() -> Provenance,
    ) -> Result<Option<Vec<String>>, InvalidSetting> {
        let Some(given) = self.values.get(name) else {
            return Ok(None);
        };
        let text = |item: &toml::Value| item.as_str().map(str::to_owned);
        match given
            .as_array()
            .map(|items| items.iter().map(text).collect())
        {
            Some(Some(list)) => Ok(Some(list)),
            _ => Err(InvalidSetting::Value {
                name,
                text: given.to_string(),
                provenance: provenance(),
                expected: "a list of texts, such as [\"src/**\", \"lib/**\"]",
            }),
        }
    }
}

/// Says where a file is malformed, without its words: one may be a password.
fn malformed(path: PathBuf, text: &str, error: &toml::de::Error) -> InvalidSetting {
    let start = error.span().map_or(0, |span| span.start);
    let before = text.as_bytes().get(..start).unwrap_or_default();
    InvalidSetting::Syntax {
        path,
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        message: error.message().to_owned(),
    }
}

fn utf8(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn environment(rows: &[SettingRow]) -> BTreeMap<&'static str, (&'static str, String)> {
    let value = |variable: &str| std::env::var(variable).ok().filter(|text| !text.is_empty());
    let found = |row: &SettingRow| {
        let mut variables = row.variables.iter();
        let found = variables.find_map(|variable| Some((*variable, value(variable)?)))?;
        Some((row.name, found))
    };
    rows.iter().filter_map(found).collect()
}

/// What PostgreSQL's own programs read from the environment, by the parameter of an address that says the same.
const POSTGRES_VARIABLES: &[(&str, &str)] = &[
    ("PGPASSWORD", "password"),
    ("PGUSER", "user"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
];

/// Returns the address with what the environment says and it does not.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(super) fn with_postgres_variables(
    address: &store::PostgresAddress,
) -> Result<store::PostgresAddress, InvalidSetting> {
    let mut address = address.clone();
    for (variable, parameter) in POSTGRES_VARIABLES {
        let value = std::env::var(variable).ok().filter(|text| !text.is_empty());
        let Some(value) = value else { continue };
        address = address
            .or_parameter(parameter, &value)
            .map_err(|_| InvalidSetting::Value {
                name: "database",
                text: match *parameter {
                    "password" => "…".to_owned(),
                    _ => value,
                },
                provenance: Provenance::Environment(variable),
                expected: "what PostgreSQL's own programs take there",
            })?;
    }
    Ok(address)
}

/// A variable that holds a secret: read from the environment alone, shown nowhere.
#[derive(Clone, Copy, Debug)]
pub struct Secret {
    /// The variable.
    pub variable: &'static str,
    /// What it opens.
    pub help: &'static str,
}

/// Every variable that holds a secret.
pub const SECRETS: &[Secret] = &[
    Secret {
        variable: "MNEMO_EMBEDDER_KEY",
        help: "Key of the embedding service, whichever it is",
    },
    Secret {
        variable: "OPENAI_API_KEY",
        help: "Key for an embedding service at api.openai.com",
    },
    Secret {
        variable: "VOYAGE_API_KEY",
        help: "Key for an embedding service at api.voyageai.com",
    },
    Secret {
        variable: "MISTRAL_API_KEY",
        help: "Key for an embedding service at api.mistral.ai",
    },
    Secret {
        variable: "MNEMO_HTTP_TOKEN",
        help: "Token that clients of `mnemo mcp --http` have to send",
    },
    Secret {
        variable: "PGPASSWORD",
        help: "Password of the database server",
    },
];

/// The variables that hold keys of services, each with the host that it may be sent to.
const KEYS_OF_PROVIDERS: &[(&str, &str)] = &[
    ("api.openai.com", "OPENAI_API_KEY"),
    ("api.voyageai.com", "VOYAGE_API_KEY"),
    ("api.mistral.ai", "MISTRAL_API_KEY"),
];

/// Returns the key for the service at `host` that the environment holds: one that was set for mnemo, else the provider's own.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(crate) fn embedder_key(host: &str) -> Option<String> {
    let of_provider = KEYS_OF_PROVIDERS.iter().find(|(known, _)| *known == host);
    let variables = ["MNEMO_EMBEDDER_KEY"].into_iter();
    variables
        .chain(of_provider.map(|(_, variable)| *variable))
        .find_map(|variable| std::env::var(variable).ok().filter(|text| !text.is_empty()))
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
