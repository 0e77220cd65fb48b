//! Keeps the index of one tree fresh while somebody asks it.
//!
//! One process at a time keeps a tree, by a lock that dies with it; the others look now and then whether it is their turn. What is kept is a
//! git work tree or a tree that is indexed already, so that a client started in a home folder indexes nothing. Start at
//! [`Project::keep_fresh`].

use std::path::PathBuf;
use std::time::Duration;

use domain::ContentHash;
use files::OwnFolder;
use index::Event;
use workers::{StopHandle, StopLevel};

use crate::error::AppError;
use crate::index::IndexOptions;
use crate::project::Project;
use crate::settings::{EmbeddingMode, repository_around};
use crate::watch::WatchEvent;

/// What failed is tried again after this, and a tree that another process keeps is looked at.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// How soon a wish to stop is seen.
const STOP_INTERVAL: Duration = Duration::from_millis(100);

/// How far an index is behind its tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Freshness {
    /// Nobody looks.
    #[default]
    Unknown,
    /// It is being brought up to date.
    Behind {
        /// Files done so far.
        n_done: usize,
        /// Files to do, as far as they are known.
        n_files: usize,
    },
    /// It is as the tree was a moment ago, which is watched.
    Current,
    /// Another process keeps it.
    Elsewhere,
    /// It cannot be brought up to date now; that is tried again.
    Failed {
        /// Why.
        cause: String,
    },
}

/// A tree to keep, and the name that it has or gets.
struct Kept {
    root: PathBuf,
    repository: Option<String>,
}

/// Files of the run under way.
#[derive(Default)]
struct Counts {
    n_done: usize,
    n_files: usize,
}

impl Counts {
    fn take(&mut self, event: &Event, report: &mut (dyn FnMut(Freshness) + Send)) {
        match event {
            Event::Discovered { n_changed, .. } => (self.n_done, self.n_files) = (0, *n_changed),
            Event::FileIndexed { .. } | Event::FileFailed { .. } => self.n_done += 1,
            _ => return,
        }
        report(self.so_far());
    }

    fn so_far(&self) -> Freshness {
        Freshness::Behind {
            n_done: self.n_done,
            n_files: self.n_files,
        }
    }
}

impl Project {
    /// Brings the index of the tree that holds the working directory up to date, and keeps it so until `stop`; reports how far it is.
    pub fn keep_fresh(&self, stop: &StopHandle, report: &mut (dyn FnMut(Freshness) + Send)) {
        while stop.level() == StopLevel::Run {
            if let Err(error) = self.keep_while_possible(stop, report) {
                report(Freshness::Failed {
                    cause: domain::one_line(&error),
                });
            }
            let mut waited = Duration::ZERO;
            while waited < RETRY_INTERVAL && stop.level() == StopLevel::Run {
                std::thread::sleep(STOP_INTERVAL);
                waited += STOP_INTERVAL;
            }
        }
    }

    fn keep_while_possible(
        &self,
        stop: &StopHandle,
        report: &mut (dyn FnMut(Freshness) + Send),
    ) -> Result<(), AppError> {
        let kept = self.kept()?;
        let Some(_lock) = self.keeper_lock(&kept)? else {
            report(Freshness::Elsewhere);
            return Ok(());
        };
        let is_new = kept.repository.is_none();
        let options = IndexOptions {
            repository: kept.repository,
            ..IndexOptions::default()
        };
        let mut counts = Counts::default();
        report(counts.so_far());
        if is_new && self.settings.embeddings.value != EmbeddingMode::None {
            // Words answer within seconds, while vectors are still computed.
            let mut settings = self.settings.clone();
            settings.embeddings.value = EmbeddingMode::None;
            let words = Project::new(settings);
            words.index(&kept.root, &options, stop, &mut |_| {}, &mut |event| {
                counts.take(&event, report);
            })?;
        }
        self.watch(
            &kept.root,
            &options,
            stop,
            &mut |_| {},
            &mut |event| match event {
                WatchEvent::Watching(_) => {}
                WatchEvent::Run(event) => counts.take(&event, report),
                WatchEvent::Indexed(_) => report(Freshness::Current),
                WatchEvent::Failed(error) => report(Freshness::Failed {
                    cause: domain::one_line(&error),
                }),
            },
        )
    }

    /// Returns the tree that holds the working directory: as it is indexed, else the git work tree.
    fn kept(&self) -> Result<Kept, AppError> {
        let directory = self.directory.clone().unwrap_or_default();
        let indexed = self.reader().and_then(|mut reader| {
            reader.ask(None, |snapshot| {
                Ok(match snapshot.root_elsewhere() {
                    Some(_) => None,
                    None => Some(Kept {
                        root: snapshot.root().into(),
                        repository: Some(snapshot.repository().to_owned()),
                    }),
                })
            })
        });
        match indexed {
            Ok(Some(kept)) => return Ok(kept),
            Ok(None) => {}
            Err(error) if error.is_of_something_missing() => {}
            Err(error) => return Err(error),
        }
        let root = match repository_around(&directory) {
            Some(root) => root,
            None if directory.join(".git").exists() => directory,
            None => return Err(AppError::NoRepositoryHere { directory }),
        };
        Ok(Kept {
            root,
            repository: None,
        })
    }

    /// Takes the right to keep a tree; nothing where another process has it. It ends with the file.
    fn keeper_lock(&self, kept: &Kept) -> Result<Option<fs_err::File>, AppError> {
        let named = format!("{}\n{}", self.settings.database.value, kept.root.display());
        let name = format!("{}.lock", ContentHash::of(named.as_bytes()));
        let folder = self.settings.cache_dir.value.join("kept");
        let file = OwnFolder::make(&folder)
            .and_then(|folder| folder.open_or_make(&name))
            .map_err(AppError::Output)?;
        match file.file().try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(AppError::Output(error)),
        }
    }
}
