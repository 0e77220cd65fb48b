//! Pauses between attempts.

use std::time::{Duration, Instant};

const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_LONGEST: Duration = Duration::from_secs(2);

/// Doubles its pauses up to a limit, and gives up when its time is over.
pub(super) struct Backoff {
    deadline: Instant,
    pause: Duration,
    state: u64,
}

impl Backoff {
    pub(super) fn new(patience: Duration) -> Backoff {
        // Two processes differ in their id, two stores of one process in their address on the stack.
        let seed = u64::from(std::process::id());
        Backoff {
            deadline: Instant::now() + patience,
            pause: PAUSE_FIRST,
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        }
    }

    /// Waits before another attempt; returns `false` without waiting when there must not be one.
    pub(super) fn wait(&mut self) -> bool {
        if Instant::now() >= self.deadline {
            return false;
        }
        // Half of the pause is chance, so that those who failed together do not come back together.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let half = self.pause / 2;
        std::thread::sleep(half + half.mul_f64((self.state >> 11) as f64 / (1_u64 << 53) as f64));
        self.pause = (self.pause * 2).min(PAUSE_LONGEST);
        true
    }
}
