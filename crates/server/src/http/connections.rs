//! How many connections there may be, and which one ends when there are too many.
//!
//! A connection is a stranger's until a request on it has shown the token. Strangers have few places, and whoever comes when all are taken
//! takes that of the one who has waited longest: a client shows its token in the first moment, so a thousand who say nothing are in
//! nobody's way.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// Connections on which nobody has shown the token.
const STRANGERS_MAX: usize = 32;

pub(super) struct Connections {
    all: Mutex<All>,
    /// Connections of clients: each may have a stream open for what the server says by itself.
    n_clients_max: usize,
    /// Signalled whenever one ends.
    ended: Notify,
}

#[derive(Default)]
struct All {
    /// Strangers, who has waited longest first.
    strangers: VecDeque<(u64, AbortHandle)>,
    n_clients: usize,
    n_admitted: u64,
}

impl Connections {
    pub(super) fn new(n_clients_max: usize) -> Connections {
        Connections {
            all: Mutex::default(),
            n_clients_max,
            ended: Notify::new(),
        }
    }

    /// Waits until there are none.
    pub(super) async fn all_ended(&self) {
        loop {
            let ended = self.ended.notified();
            let is_empty = {
                let all = self.all();
                all.strangers.is_empty() && all.n_clients == 0
            };
            if is_empty {
                return;
            }
            ended.await;
        }
    }

    /// Runs what answers on a connection, until it ends or another needs its place.
    pub(super) fn admit<F>(self: &Arc<Connections>, answer: impl FnOnce(Place) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let id = {
            let mut all = self.all();
            all.n_admitted += 1;
            all.n_admitted
        };
        let place = Place {
            connections: Arc::clone(self),
            id,
            is_clients: AtomicBool::new(false),
        };
        // The task does not run before this function is left: there is one thread. Dropped unrun, it gives its place back too.
        let task = tokio::spawn(answer(place));
        let mut all = self.all();
        all.strangers.push_back((id, task.abort_handle()));
        let is_full = all.strangers.len() > STRANGERS_MAX;
        drop(all);
        if is_full {
            self.end_oldest_stranger();
        }
    }

    pub(super) fn end_oldest_stranger(&self) {
        let oldest = self.all().strangers.pop_front();
        if let Some((_, task)) = oldest {
            task.abort();
        }
    }

    fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place, released on drop.
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
    is_clients: AtomicBool,
}

impl Place {
    /// Makes it a client's, where there is room or it is one already.
    pub(super) fn is_clients(&self) -> bool {
        if self.is_clients.load(Ordering::Relaxed) {
            return true;
        }
        let mut all = self.connections.all();
        if all.n_clients == self.connections.n_clients_max {
            return false;
        }
        all.n_clients += 1;
        all.strangers.retain(|(id, _)| *id != self.id);
        self.is_clients.store(true, Ordering::Relaxed);
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut all = self.connections.all();
        match self.is_clients.load(Ordering::Relaxed) {
            true => all.n_clients -= 1,
            false => all.strangers.retain(|(id, _)| *id != self.id),
        }
        drop(all);
        self.connections.ended.notify_waiters();
    }
}
