//! The thread that keeps the index fresh, and what answers say of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use app::{Freshness, Project, StopHandle};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{ServerError, ServerSettings};

/// Answers wait for an index until it has been behind for so long; what takes longer is said.
const WAIT_MAX: Duration = Duration::from_millis(1500);

/// Keeps the index fresh until the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Keeper {
    reported: watch::Receiver<Reported>,
    _stops: Arc<StopOnDrop>,
}

/// How far the index is behind, and since when it is.
struct Reported {
    freshness: Freshness,
    since: Instant,
}

impl Reported {
    fn is_behind(&self) -> bool {
        matches!(self.freshness, Freshness::Behind { .. })
    }
}

struct StopOnDrop(StopHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop_now();
    }
}

impl Keeper {
    /// Starts the thread.
    pub(crate) fn start(settings: &ServerSettings) -> Result<Keeper, ServerError> {
        let project =
            Project::new(settings.settings.clone()).working_in(settings.directory.clone());
        let stop = StopHandle::new();
        // Behind from the first moment, so that the first question waits a little.
        let (sender, reported) = watch::channel(Reported {
            freshness: Freshness::Behind {
                n_done: 0,
                n_files: 0,
            },
            since: Instant::now(),
        });
        let until = stop.clone();
        std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || {
                project.keep_fresh(&until, &mut |freshness| {
                    sender.send_modify(|reported| {
                        if !reported.is_behind() {
                            reported.since = Instant::now();
                        }
                        reported.freshness = freshness;
                    });
                });
            })
            .map_err(ServerError::Runtime)?;
        Ok(Keeper {
            reported,
            _stops: Arc::new(StopOnDrop(stop)),
        })
    }

    /// Waits a moment for an index that is behind, and returns how far it is then.
    pub(crate) async fn up_to_date(&self) -> Freshness {
        let mut reported = self.reported.clone();
        let left = WAIT_MAX.saturating_sub(reported.borrow().since.elapsed());
        // What comes of it is looked at either way.
        drop(tokio::time::timeout(left, reported.wait_for(|reported| !reported.is_behind())).await);
        self.reported.borrow().freshness.clone()
    }
}

/// Says what an answer lacks because its index is behind; nothing where it is not.
pub(crate) fn remark(freshness: &Freshness) -> Option<String> {
    match freshness {
        Freshness::Behind { n_files: 0, .. } => Some(
            "note: the tree is being compared with its index; ask again in a moment".to_owned(),
        ),
        Freshness::Behind { n_done, n_files } => Some(format!(
            "note: the index is being brought up to date: {n_done} of {n_files} files are done; ask again for the rest"
        )),
        Freshness::Failed { cause } => Some(format!(
            "note: the index cannot be brought up to date: {cause}"
        )),
        Freshness::Unknown | Freshness::Current | Freshness::Elsewhere => None,
    }
}

pub(crate) fn data(freshness: &Freshness) -> Value {
    match freshness {
        Freshness::Unknown => json!({"state": "unknown"}),
        Freshness::Behind { n_done, n_files } => {
            json!({"state": "behind", "files_done": n_done, "files_to_do": n_files})
        }
        Freshness::Current => json!({"state": "current"}),
        Freshness::Elsewhere => json!({"state": "kept_elsewhere"}),
        Freshness::Failed { cause } => json!({"state": "failed", "cause": cause}),
    }
}
