//! `doctor`: what is in force and whether it works.

use crate::embedding::{embedding_setup, present_embedding_setup, service};
use crate::project::Project;
use crate::sandbox::enforcing;
use crate::settings::{EmbeddingMode, Provenance, Sandbox, Setting};

/// Whether something works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It does.
    Good,
    /// It does, but a person should know something.
    Remark,
    /// It does not.
    Bad,
}

/// One line of the examination.
#[derive(Clone, Debug)]
pub struct Check {
    /// What was looked at.
    pub subject: &'static str,
    /// What was found, in words.
    pub detail: String,
    /// Whether it works.
    pub finding: Finding,
}

impl Project {
    /// Returns the settings in force as lines: name, value, where from.
    pub fn settings_in_force(&self) -> Vec<(&'static str, String, Provenance)> {
        fn line<T>(
            name: &'static str,
            setting: &Setting<T>,
            show: impl Fn(&T) -> String,
        ) -> (&'static str, String, Provenance) {
            (name, show(&setting.value), setting.provenance.clone())
        }
        /// All lists, and where the last one came from.
        fn globs(
            name: &'static str,
            lists: &[Setting<Vec<String>>],
        ) -> (&'static str, String, Provenance) {
            let all: Vec<&str> = lists
                .iter()
                .flat_map(|list| &list.value)
                .map(|glob| &**glob)
                .collect();
            let provenance = lists.last().map(|list| list.provenance.clone());
            (
                name,
                all.join(" "),
                provenance.unwrap_or(Provenance::Default),
            )
        }
        let settings = self.settings();
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref()
                .map_or("-".to_owned(), |path| path.display().to_string())
        };
        let count =
            |count: &Option<usize>| count.as_ref().map_or("-".to_owned(), ToString::to_string);
        vec![
            line("database", &settings.database, ToString::to_string),
            line("embeddings", &settings.embeddings, |mode| {
                format!("{mode:?}").to_lowercase()
            }),
            line("models", &settings.model, Clone::clone),
            line("model_dir", &settings.model_dir, path),
            line("dimensions", &settings.dimensions, count),
            line("window", &settings.window, count),
            line("precision", &settings.precision, |precision| {
                format!("{precision:?}").to_lowercase()
            }),
            line("embedder", &settings.embedder, |address| {
                address.as_ref().map_or("-".to_owned(), ToString::to_string)
            }),
            line("embedder_model", &settings.embedder_model, |name| {
                name.clone().unwrap_or("-".to_owned())
            }),
            line("embedder_key_file", &settings.embedder_key_file, path),
            line("embedder_views", &settings.embedder_views, |views| {
                format!("{views:?}").to_lowercase()
            }),
            line("embedder_patience", &settings.embedder_patience, |wait| {
                format!("{} s", wait.as_secs_f64())
            }),
            line("workers", &settings.workers, |workers| {
                format!("{workers:?}").to_lowercase()
            }),
            line("engine", &settings.engine, |engine| {
                format!("{engine:?}").to_lowercase()
            }),
            line("ray_address", &settings.ray_address, |address| {
                address.clone().unwrap_or("-".to_owned())
            }),
            line("threads", &settings.threads, ToString::to_string),
            line("memory", &settings.memory, |memory| {
                format!("{memory:?}").to_lowercase()
            }),
            line("file_timeout", &settings.file_timeout, |timeout| {
                format!("{} s", timeout.as_secs_f64())
            }),
            line("max_file_size", &settings.max_file_bytes, |size| {
                format!("{size} bytes")
            }),
            globs("include", &settings.include),
            globs("exclude", &settings.exclude),
            line(
                "exclude_tests",
                &settings.exclude_tests,
                ToString::to_string,
            ),
            line("secrets", &settings.secrets, ToString::to_string),
            line("nested", &settings.nested, ToString::to_string),
            line("cache_dir", &settings.cache_dir, |path| {
                path.display().to_string()
            }),
            line("hub", &settings.hub, |hub| hub.clone().unwrap_or_default()),
            line("offline", &settings.offline, ToString::to_string),
            line("python", &settings.python, path),
            line("sandbox", &settings.sandbox, |sandbox| {
                match sandbox {
                    Sandbox::Off => "false",
                    Sandbox::On => "true",
                    Sandbox::Strict => "strict",
                }
                .to_owned()
            }),
            line("poll", &settings.poll, ToString::to_string),
        ]
    }

    /// Tries what a run needs.
    pub fn examine(&self) -> Vec<Check> {
        vec![
            self.examine_machine(),
            self.examine_sandbox(),
            self.examine_database(),
            self.examine_model(),
        ]
    }

    fn examine_machine(&self) -> Check {
        let detail = format!(
            "{} cores and {} MiB of memory granted, {}",
            index::granted_cores(),
            index::granted_memory_bytes() >> 20,
            embed::InstructionSet::detect().as_str(),
        );
        Check {
            subject: "machine",
            detail,
            finding: Finding::Good,
        }
    }

    fn examine_sandbox(&self) -> Check {
        let (detail, finding) = match self.sandbox_remark() {
            None => (
                format!(
                    "workers reach the tree, the database and the model, and nothing else ({})",
                    enforcing()
                ),
                Finding::Good,
            ),
            Some(remark) => (remark, Finding::Remark),
        };
        Check {
            subject: "sandbox",
            detail,
            finding,
        }
    }

    fn examine_database(&self) -> Check {
        let location = &self.settings().database.value;
        let (detail, finding) = match self.open_to_read().and_then(|store| store.repositories()) {
            Ok(repositories) => (
                format!("{location} opens, {} repositories", repositories.len()),
                Finding::Good,
            ),
            Err(store::StoreError::NotFound { .. }) => (
                format!("{location} does not exist yet; the first `mnemo index` makes it"),
                Finding::Remark,
            ),
            Err(error) => (domain::one_line(&error), Finding::Bad),
        };
        Check {
            subject: "database",
            detail,
            finding,
        }
    }

    fn examine_service(&self) -> Check {
        let (detail, finding) = match service::probe(self.settings()) {
            Ok(Some(service)) => (
                format!(
                    "{} gives vectors of {}",
                    service.address(),
                    service.model_id()
                ),
                Finding::Good,
            ),
            Ok(None) => ("no service is set".to_owned(), Finding::Remark),
            Err(error) => (domain::one_line(&error), Finding::Bad),
        };
        Check {
            subject: "embedder",
            detail,
            finding,
        }
    }

    fn examine_model(&self) -> Check {
        if self.settings().embedder.value.is_some()
            && self.settings().embeddings.value == EmbeddingMode::Real
        {
            return self.examine_service();
        }
        let (detail, finding) = match present_embedding_setup(self.settings()) {
            Ok(None) if self.settings().embeddings.value == EmbeddingMode::None => {
                ("embeddings are off".to_owned(), Finding::Remark)
            }
            Ok(None) => (
                "not here yet; the first `mnemo index` or `mnemo model pull` brings it".to_owned(),
                Finding::Remark,
            ),
            Ok(Some(_)) => match embedding_setup(self.settings(), &mut |_| {})
                .and_then(|setup| setup.facts())
            {
                Ok(facts) => (format!("{} works", facts.token_counter), Finding::Good),
                Err(error) => (error.to_string(), Finding::Bad),
            },
            Err(error) => (error.to_string(), Finding::Bad),
        };
        Check {
            subject: "model",
            detail,
            finding,
        }
    }
}
