//! Asking a run to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// How firmly a run was asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopLevel {
    /// Not at all.
    Run,
    /// No new jobs; those in flight may finish within the grace period.
    Gracefully,
    /// Kill every worker.
    Now,
}

/// Asks a run to stop, from any thread or from a signal handler.
///
/// The pool looks at it about every 100 ms. The level only rises.
#[derive(Clone, Debug, Default)]
pub struct StopHandle {
    level: Arc<AtomicU8>,
}

impl StopHandle {
    /// Makes a handle that asks for nothing yet.
    pub fn new() -> StopHandle {
        StopHandle::default()
    }

    /// Asks for no new jobs; those in flight may finish within the grace period.
    pub fn stop_gracefully(&self) {
        self.raise(StopLevel::Gracefully);
    }

    /// Asks for every worker to be killed.
    pub fn stop_now(&self) {
        self.raise(StopLevel::Now);
    }

    /// Returns what was asked for so far.
    pub fn level(&self) -> StopLevel {
        match self.level.load(Ordering::Relaxed) {
            0 => StopLevel::Run,
            1 => StopLevel::Gracefully,
            _ => StopLevel::Now,
        }
    }

    fn raise(&self, level: StopLevel) {
        self.level.fetch_max(level as u8, Ordering::Relaxed);
    }
}
