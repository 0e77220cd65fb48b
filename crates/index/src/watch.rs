//! Waits for changes of a tree.
//!
//! Says only that something changed: what, the next survey finds out by itself, which is cheap and cannot miss anything. So bursts,
//! renames and branch switches need no understanding, and an event that is lost costs nothing but the time to the next one. Where
//! the system gives no notifications it is the survey that is repeated.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use workers::{StopHandle, StopLevel};

use crate::discover::{NestedRepositories, folders};

/// A change is taken up when nothing else has changed for so long: editors write, rename and touch in one go.
const QUIET: Duration = Duration::from_millis(200);

/// However busy the tree is, a change waits no longer than this.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the tree is looked at where nobody says when it changes.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// How soon a wish to stop is seen.
const STOP_INTERVAL: Duration = Duration::from_millis(100);

/// A tree under watch.
pub struct TreeWatch {
    root: PathBuf,
    nested: NestedRepositories,
    signals: Receiver<()>,
    /// `None`: the tree is polled.
    watcher: Option<RecommendedWatcher>,
    watched: HashSet<PathBuf>,
}

/// How changes are to be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noticing {
    /// By notifications of the system, where it sends them.
    Notified,
    /// By polling, whatever the system does: a file system may accept a watch and never notify.
    Polling,
}

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Something changed, or it is time to look.
    Look,
    /// The wish to stop.
    Stop,
}

impl TreeWatch {
    /// Watches the folders under `root` that a survey enters. What begins with one of `own` is the program's own doing.
    ///
    /// Returns, beside the watch, why it has to poll, if it has to.
    pub fn new(
        root: &Path,
        nested: NestedRepositories,
        own: Vec<PathBuf>,
        noticing: Noticing,
    ) -> (TreeWatch, Option<String>) {
        // One place: a thousand events while nobody waits are one reason to look.
        let (sender, signals) = bounded(1);
        let on_event = move |event: notify::Result<notify::Event>| {
            if event.as_ref().map_or(true, |event| matters(event, &own)) {
                sender.try_send(()).unwrap_or_default();
            }
        };
        let (watcher, reason) = match noticing {
            Noticing::Polling => (None, Some("as asked for".to_owned())),
            Noticing::Notified => match notify::recommended_watcher(on_event) {
                Ok(watcher) => (Some(watcher), None),
                Err(error) => (None, Some(error.to_string())),
            },
        };
        let mut watch = TreeWatch {
            root: root.to_owned(),
            nested,
            signals,
            watcher,
            watched: HashSet::new(),
        };
        let reason = reason.or_else(|| watch.follow().err());
        (watch, reason)
    }

    /// Takes new folders under watch; returns whether there were any, or why the tree is polled from now on.
    pub fn follow(&mut self) -> Result<bool, String> {
        let Some(watcher) = &mut self.watcher else {
            return Ok(false);
        };
        let folders: HashSet<PathBuf> = folders(&self.root, self.nested).into_iter().collect();
        let mut has_new = false;
        for folder in folders.difference(&self.watched) {
            match watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => has_new = true,
                // Gone again.
                Err(_) if !folder.exists() => {}
                Err(error) => {
                    // Mostly the system's limit of watches. A tree that is watched in part would
                    // miss changes silently, so all of it is polled.
                    self.watcher = None;
                    return Err(error.to_string());
                }
            }
        }
        self.watched = folders;
        Ok(has_new)
    }

    /// Waits until the tree may have changed and is quiet again, at most for `limit`.
    pub fn wait(&mut self, stop: &StopHandle, limit: Option<Duration>) -> Waited {
        let limit = match self.watcher {
            Some(_) => limit,
            None => Some(limit.map_or(POLL_INTERVAL, |limit| limit.min(POLL_INTERVAL))),
        };
        let started = Instant::now();
        let mut first = None;
        let mut latest = started;
        loop {
            if stop.level() != StopLevel::Run {
                return Waited::Stop;
            }
            let now = Instant::now();
            let is_quiet = first.is_some_and(|first| {
                now.duration_since(latest) >= QUIET || now.duration_since(first) >= PATIENCE
            });
            if is_quiet || limit.is_some_and(|limit| now.duration_since(started) >= limit) {
                return Waited::Look;
            }
            match self.signals.recv_timeout(STOP_INTERVAL) {
                Ok(()) => {
                    latest = Instant::now();
                    first.get_or_insert(latest);
                }
                Err(RecvTimeoutError::Timeout) => {}
                // The watcher is gone; time passes all the same.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(STOP_INTERVAL),
            }
        }
    }
}

/// Whether an event can mean that a survey finds something new. Reading is no change; the survey itself reads.
fn matters(event: &notify::Event, own: &[PathBuf]) -> bool {
    let is_change = match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    };
    let is_own = |path: &PathBuf| {
        let path = path.as_os_str().as_encoded_bytes();
        let mut own = own.iter();
        own.any(|own| path.starts_with(own.as_os_str().as_encoded_bytes()))
    };
    // An event without paths says that others were lost.
    is_change && (event.paths.is_empty() || !event.paths.iter().all(is_own))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Watches a tree whose database lies in it, does something, and says whether that is a reason to look.
    fn is_noticed(act: impl FnOnce(&Path)) -> bool {
        let root = tempfile::tempdir().unwrap();
        fs_err::create_dir(root.path().join("src")).unwrap();
        fs_err::write(root.path().join("src/a.ts"), "a").unwrap();
        let own = vec![root.path().join("mnemo.db")];
        let (nested, noticing) = (NestedRepositories::Skipped, Noticing::Notified);
        let (mut watch, reason) = TreeWatch::new(root.path(), nested, own, noticing);
        assert_eq!(reason, None);
        act(root.path());
        let limit = Duration::from_secs(1);
        let started = Instant::now();
        assert_eq!(watch.wait(&StopHandle::new(), Some(limit)), Waited::Look);
        started.elapsed() < limit
    }

    #[test]
    fn edits_renames_and_deletions_are_noticed() {
        assert!(is_noticed(
            |root| fs_err::write(root.join("src/a.ts"), "b").unwrap()
        ));
        assert!(is_noticed(|root| {
            fs_err::write(root.join("src/.a.swp"), "b").unwrap();
            fs_err::rename(root.join("src/.a.swp"), root.join("src/a.ts")).unwrap();
        }));
        assert!(is_noticed(|root| fs_err::remove_file(
            root.join("src/a.ts")
        )
        .unwrap()));
    }

    #[test]
    fn reading_and_the_own_database_are_not() {
        assert!(!is_noticed(|root| drop(
            fs_err::read(root.join("src/a.ts")).unwrap()
        )));
        assert!(!is_noticed(|root| fs_err::write(
            root.join("mnemo.db-wal"),
            "x"
        )
        .unwrap()));
        assert!(!is_noticed(|_| {}));
    }

    #[test]
    fn burst_is_one_reason_to_look_and_new_folders_are_followed() {
        let root = tempfile::tempdir().unwrap();
        let (nested, noticing) = (NestedRepositories::Skipped, Noticing::Notified);
        let (mut watch, _) = TreeWatch::new(root.path(), nested, Vec::new(), noticing);
        for number in 0..500 {
            let folder = root.path().join(format!("d{}", number % 10));
            fs_err::create_dir_all(&folder).unwrap();
            fs_err::write(folder.join(format!("f{number}.ts")), "x").unwrap();
        }
        let stop = StopHandle::new();
        assert_eq!(watch.wait(&stop, None), Waited::Look);
        assert_eq!(watch.follow(), Ok(true));
        assert_eq!(watch.follow(), Ok(false));
        fs_err::write(root.path().join("d1/new.ts"), "x").unwrap();
        assert_eq!(watch.wait(&stop, None), Waited::Look);
        stop.stop_gracefully();
        assert_eq!(watch.wait(&stop, None), Waited::Stop);
    }
}
