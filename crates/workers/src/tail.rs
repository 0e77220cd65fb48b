//! The last bytes of a stream.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

/// Enough for a panic message with the start of its backtrace; what a chatty worker writes must not fill the parent.
const TAIL_BYTES_MAX: usize = 8 << 10;

/// The last bytes of a stream, readable while it is still being written.
#[derive(Clone, Default)]
pub(crate) struct Tail {
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Tail {
    /// Reads the stream to its end and keeps its tail.
    pub(crate) fn follow(&self, mut stream: impl Read) {
        let mut buffer = [0; 4096];
        while let Ok(n_read @ 1..) = stream.read(&mut buffer) {
            let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            bytes.extend_from_slice(&buffer[..n_read]);
            let n_excess = bytes.len().saturating_sub(TAIL_BYTES_MAX);
            bytes.drain(..n_excess);
        }
    }

    /// Returns what is kept, with replacement characters where it is no text.
    pub(crate) fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_long_stream_is_kept() {
        let tail = Tail::default();
        tail.follow(&b"x".repeat(100_000)[..]);
        tail.follow(&b"the end"[..]);
        assert!(tail.text().ends_with("xthe end"));
        assert_eq!(tail.text().len(), TAIL_BYTES_MAX);
    }
}
