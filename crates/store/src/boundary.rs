//! The moments around each commit, for tests that let a process die there.

use std::sync::OnceLock;

/// Which side of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Everything is written and nothing of it is visible.
    Before,
    /// Everything is visible.
    After,
}

/// Sees the operation and the side of every commit of this process.
pub type Watcher = fn(operation: &'static str, side: Side);

static WATCHER: OnceLock<Watcher> = OnceLock::new();

/// Lets `watcher` see every commit of this process from now on; the first one stays. Nothing but test programs calls this.
pub fn watch_commits(watcher: Watcher) {
    let _: &Watcher = WATCHER.get_or_init(|| watcher);
}

pub(crate) fn reach(operation: &'static str, side: Side) {
    if let Some(watcher) = WATCHER.get() {
        watcher(operation, side);
    }
}
