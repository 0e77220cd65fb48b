//! The most memory that a run held.

use workers::memory;

/// The most memory that was seen, over this process and its workers.
#[derive(Default)]
pub(super) struct Peak {
    peak: u64,
    last: u64,
}

impl Peak {
    /// Returns the most that was seen.
    pub(super) fn bytes(&self) -> u64 {
        self.peak
    }

    /// Returns what was seen last.
    pub(super) fn last_bytes(&self) -> u64 {
        self.last
    }

    /// Takes note of a sum that somebody else sampled.
    pub(super) fn note(&mut self, n_bytes: u64) {
        self.last = n_bytes;
        self.peak = self.peak.max(n_bytes);
    }

    /// Samples this process alone.
    pub(super) fn sample_now(&mut self) {
        self.note(memory::pss_of(std::process::id()).unwrap_or(0));
    }
}
