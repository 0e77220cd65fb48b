//! How many sessions there may be, and which one ends when there are too many.
//!
//! A client that learns that its session has ended begins another; the protocol says so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use rmcp::transport::streamable_http_server::session::SessionManager;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;

/// Sessions at a time, about 60 kB each; one more ends the one that has been silent longest.
const SESSIONS_MAX: usize = 64;

/// A session that says nothing for this long ends.
const IDLE_TIME: Duration = Duration::from_secs(60 * 60);

/// How long an answer is kept for a client whose connection broke off.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// The field that a session's id stands in, of requests and answers.
const SESSION: &str = "mcp-session-id";

pub(super) struct Sessions {
    manager: Arc<LocalSessionManager>,
    last_used: Mutex<HashMap<String, Instant>>,
}

impl Sessions {
    pub(super) fn new() -> Sessions {
        let mut manager = LocalSessionManager::default();
        manager.session_config.keep_alive = Some(IDLE_TIME);
        manager.session_config.completed_cache_ttl = ANSWER_TIME;
        Sessions {
            manager: Arc::new(manager),
            last_used: Mutex::default(),
        }
    }

    pub(super) fn manager(&self) -> Arc<LocalSessionManager> {
        Arc::clone(&self.manager)
    }

    /// Ends the session that has been silent longest where there are too many and the request, with these headers, begins another.
    pub(super) async fn make_room_for(&self, headers: &HeaderMap) {
        if let Some(id) = named_in(headers) {
            // One that is not known is refused later.
            if let Some(last_used) = self.last_used().get_mut(id) {
                *last_used = Instant::now();
            }
            return;
        }
        loop {
            let open: Vec<_> = self.manager.sessions.read().await.keys().cloned().collect();
            let oldest = {
                let mut last_used = self.last_used();
                last_used.retain(|id, _| open.iter().any(|open| **open == **id));
                let oldest = open.iter().min_by_key(|id| last_used.get(&***id).copied());
                oldest.filter(|_| open.len() >= SESSIONS_MAX).cloned()
            };
            let Some(oldest) = oldest else { return };
            // It is gone from the list even where its task has ended by itself.
            self.manager.close_session(&oldest).await.ok();
        }
    }

    /// Takes note of the session that an answer names.
    pub(super) fn note(&self, headers: &HeaderMap) {
        if let Some(id) = named_in(headers) {
            self.last_used().insert(id.to_owned(), Instant::now());
        }
    }

    fn last_used(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.last_used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn named_in(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION)?.to_str().ok()
}
