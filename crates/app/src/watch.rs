//! `watch`: keeps the index up to date while the tree changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use index::{Event, Noticing, RunSummary, TreeWatch, Waited};
use workers::{StopHandle, StopLevel};

use crate::PullEvent;
use crate::error::AppError;
use crate::index::{IndexOptions, locate};
use crate::project::Project;
use crate::settings::DatabaseLocation;

/// A run that failed, because another holds the repository or the disk is full, is tried again after this.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// How changes are noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchMode {
    /// The system notifies.
    Notified,
    /// The tree is looked at every two seconds.
    Polling {
        /// Why the system does not notify.
        reason: String,
    },
}

/// What happens while a tree is watched.
#[derive(Debug)]
pub enum WatchEvent {
    /// The watch begins, or changes its means.
    Watching(WatchMode),
    /// Something in the run under way.
    Run(Event),
    /// The index is up to date.
    Indexed(Box<RunSummary>),
    /// A run failed; it is tried again.
    Failed(AppError),
}

impl Project {
    /// Indexes the tree under `root`, and again whenever it changes, until `stop`.
    pub fn watch(
        &self,
        root: &Path,
        options: &IndexOptions,
        stop: &StopHandle,
        on_pull: &mut dyn FnMut(PullEvent<'_>),
        on_event: &mut (dyn FnMut(WatchEvent) + Send),
    ) -> Result<(), AppError> {
        let (tree, _) = locate(root, options.repository.as_deref())?;
        let noticing = match self.settings.poll.value {
            true => Noticing::Polling,
            false => Noticing::Notified,
        };
        let own = self.own_files()?;
        let (mut watch, reason) = TreeWatch::new(&tree, self.rules(&tree).nested, own, noticing);
        on_event(WatchEvent::Watching(mode(reason)));
        let mut run = |options: &IndexOptions, on_event: &mut (dyn FnMut(WatchEvent) + Send)| {
            self.index(root, options, stop, on_pull, &mut |event| {
                on_event(WatchEvent::Run(event));
            })
        };
        // What fails at once fails for a reason that waiting does not cure.
        let first = run(options, on_event)?;
        on_event(WatchEvent::Indexed(Box::new(first)));
        let again = IndexOptions {
            from_scratch: false,
            since: None,
            ..options.clone()
        };
        let mut retry = None;
        while stop.level() == StopLevel::Run {
            match watch.follow() {
                // What was written into a folder before it was watched was not noticed.
                Ok(true) => retry = Some(Duration::ZERO),
                Ok(false) => {}
                Err(reason) => on_event(WatchEvent::Watching(mode(Some(reason)))),
            }
            if watch.wait(stop, retry.take()) == Waited::Stop {
                break;
            }
            match run(&again, on_event) {
                Ok(summary) => on_event(WatchEvent::Indexed(Box::new(summary))),
                Err(error) => {
                    on_event(WatchEvent::Failed(error));
                    retry = Some(RETRY_INTERVAL);
                }
            }
        }
        Ok(())
    }

    /// Returns what begins the names of the files that the program itself writes.
    fn own_files(&self) -> Result<Vec<PathBuf>, AppError> {
        let mut own = vec![self.settings().cache_dir.value.clone()];
        if let DatabaseLocation::Sqlite(database) = &self.settings().database.value {
            own.push(std::path::absolute(database).map_err(AppError::Output)?);
        }
        Ok(own)
    }
}

fn mode(reason: Option<String>) -> WatchMode {
    match reason {
        None => WatchMode::Notified,
        Some(reason) => WatchMode::Polling { reason },
    }
}
