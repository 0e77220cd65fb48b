//! Says before a run what it would do and cost.

use crate::discover::Discovery;

/// Bytes of source a token of both views' inputs together stands for: 4 of code, of which the text view repeats about half.
const BYTES_A_TOKEN: f64 = 2.8;

/// Tokens that one worker embeds in a second on a common server core, int8. A rough figure that the first files of a run correct.
const TOKENS_A_SECOND: f64 = 6000.0;

/// Bytes of source that one worker reads, parses and writes in a second.
const BYTES_A_SECOND: f64 = 4e6;

/// Bytes of database for each byte of source, with vectors and without.
const DISK_FACTOR_WITH_VECTORS: f64 = 6.0;
const DISK_FACTOR: f64 = 3.5;

/// What a run is expected to cost.
#[derive(Clone, Copy, Debug)]
pub struct Forecast {
    /// Bytes of source to process.
    pub n_bytes: u64,
    /// Tokens to embed, both views; 0 without embeddings.
    pub n_tokens: u64,
    /// Wall time.
    pub seconds: f64,
    /// Memory of all processes together.
    pub memory_bytes: u64,
    /// Growth of the database.
    pub disk_bytes: u64,
}

/// Whether views are embedded by a real model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embedding {
    /// Yes.
    Real,
    /// No, or by a mock that costs nothing.
    Free,
}

/// Returns what processing `found` is expected to cost with `n_workers` of `worker_bytes` memory each.
pub fn forecast(
    found: &Discovery,
    n_workers: usize,
    worker_bytes: u64,
    embedding: Embedding,
) -> Forecast {
    let n_bytes: u64 = found.changed.iter().map(|change| change.n_bytes).sum();
    let n_workers = n_workers.clamp(1, found.changed.len().max(1));
    let (n_tokens, disk_factor) = match embedding {
        Embedding::Real => (
            (n_bytes as f64 / BYTES_A_TOKEN) as u64,
            DISK_FACTOR_WITH_VECTORS,
        ),
        Embedding::Free => (0, DISK_FACTOR),
    };
    let work = n_tokens as f64 / TOKENS_A_SECOND + n_bytes as f64 / BYTES_A_SECOND;
    let cores = crate::granted_cores().min(n_workers);
    Forecast {
        n_bytes,
        n_tokens,
        seconds: work / cores as f64,
        memory_bytes: worker_bytes * n_workers as u64,
        disk_bytes: (n_bytes as f64 * disk_factor) as u64,
    }
}
