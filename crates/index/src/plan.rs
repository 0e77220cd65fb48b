//! Says before a run what it would do and cost.
//!
//! The factors were measured on hono, vue-core and medusa (1.5 to 20 MB); how fast this machine embeds, the caller says.

use crate::discover::FileChange;
use crate::resources::PARENT_WORKING_BYTES;

/// Bytes of source a token of both views' inputs together stands for: code has 3 to 4, of which the text view repeats much.
const BYTES_PER_TOKEN: f64 = 2.0;

/// Bytes of source that one worker reads, parses and writes in a second.
const BYTES_PER_SECOND: f64 = 3e6;

/// Bytes of source whose graph the parent makes in a second.
const GRAPH_BYTES_PER_SECOND: f64 = 7e6;

/// Bytes of database for each byte of source, with vectors and without.
const DISK_FACTOR_WITH_VECTORS: f64 = 8.0;
const DISK_FACTOR: f64 = 5.0;

/// What a worker holds at work, beside the mapped weights, with a model and without.
const WORKER_BYTES_WITH_MODEL: u64 = 12 << 20;
const WORKER_BYTES: u64 = 10 << 20;

/// Bytes of memory for each byte of source while the graph is made, by the parent alone.
const GRAPH_MEMORY_FACTOR: f64 = 5.0;

/// The same for trees whose facts are not all held at once: what they take together, and for each byte of source what is known of all
/// symbols and edges.
const LARGE_GRAPH_BYTES: f64 = 120e6;
const LARGE_GRAPH_MEMORY_FACTOR: f64 = 1.5;

/// What a run is expected to cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forecast {
    /// Bytes of source to process.
    pub n_bytes: u64,
    /// Tokens to embed, both views; 0 without embeddings.
    pub n_tokens: u64,
    /// Wall time.
    pub seconds: f64,
    /// Most memory of all processes together.
    pub memory_bytes: u64,
    /// Growth of the database.
    pub disk_bytes: u64,
}

/// What embeds views.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Embedding {
    /// A real model, with weights of so many bytes that all workers map.
    Real {
        /// Their size.
        n_mapped_bytes: u64,
        /// Tokens that one worker embeds in a second.
        tokens_per_second: f64,
    },
    /// A mock that costs nothing.
    Mock,
    /// Nothing.
    None,
}

/// What a forecast is made from, beside the files.
#[derive(Clone, Copy, Debug)]
pub struct Resources {
    /// Workers side by side.
    pub n_workers: usize,
    /// Threads of a worker that embed.
    pub n_threads: usize,
    /// Memory that the run may take.
    pub budget_bytes: u64,
    /// What embeds.
    pub embedding: Embedding,
}

/// Returns what processing `changed` is expected to cost.
pub fn forecast(changed: &[FileChange], resources: &Resources) -> Forecast {
    let n_bytes: u64 = changed.iter().map(|change| change.n_bytes).sum();
    let n_workers = resources.n_workers.clamp(1, changed.len().max(1));
    let (n_tokens, rate) = match resources.embedding {
        Embedding::Real {
            tokens_per_second, ..
        } => (n_bytes as f64 / BYTES_PER_TOKEN, tokens_per_second),
        Embedding::Mock | Embedding::None => (0.0, 1.0),
    };
    let disk_factor = match resources.embedding {
        Embedding::Real { .. } | Embedding::Mock => DISK_FACTOR_WITH_VECTORS,
        Embedding::None => DISK_FACTOR,
    };
    let work = n_tokens / rate + n_bytes as f64 / BYTES_PER_SECOND;
    let cores = crate::granted_cores().min(n_workers * resources.n_threads);
    let at_work = match resources.embedding {
        Embedding::Real { n_mapped_bytes, .. } => {
            n_mapped_bytes + n_workers as u64 * WORKER_BYTES_WITH_MODEL
        }
        _ => n_workers as u64 * WORKER_BYTES,
    };
    let n_source = n_bytes as f64;
    let for_large = LARGE_GRAPH_BYTES + n_source * LARGE_GRAPH_MEMORY_FACTOR;
    let for_graph = (n_source * GRAPH_MEMORY_FACTOR).min(for_large) as u64;
    Forecast {
        n_bytes,
        n_tokens: n_tokens as u64,
        seconds: work / cores as f64 + n_bytes as f64 / GRAPH_BYTES_PER_SECOND,
        memory_bytes: PARENT_WORKING_BYTES + at_work.min(resources.budget_bytes).max(for_graph),
        disk_bytes: (n_bytes as f64 * disk_factor) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What runs really took, with the tree's bytes, the workers, and what was measured: seconds on two idle cores, memory and disk in MB.
    #[test]
    fn forecasts_are_near_what_was_measured() {
        let near = |forecast: f64, measured: f64| {
            let ratio = forecast / measured;
            assert!((0.7..1.4).contains(&ratio), "{forecast} for {measured}");
        };
        let check = |n_bytes: u64, n_workers: usize, embedding, measured: [Option<f64>; 3]| {
            let changed: Vec<FileChange> = (0..4)
                .map(|number| FileChange {
                    path: domain::RepoPath::new(format!("{number}.ts")).unwrap(),
                    n_bytes: n_bytes / 4,
                })
                .collect();
            let resources = Resources {
                n_workers,
                n_threads: 1,
                budget_bytes: 1 << 30,
                embedding,
            };
            let forecast = forecast(&changed, &resources);
            let forecast = [
                // A test machine may have another number of cores.
                forecast.seconds * crate::granted_cores().min(n_workers) as f64 / n_workers as f64,
                forecast.memory_bytes as f64 / 1e6,
                forecast.disk_bytes as f64 / 1e6,
            ];
            for (forecast, measured) in forecast.into_iter().zip(measured) {
                if let Some(measured) = measured {
                    near(forecast, measured);
                }
            }
        };
        let real = Embedding::Real {
            n_mapped_bytes: 36 << 20,
            tokens_per_second: 37_000.0,
        };
        check(1_500_000, 1, real, [None, Some(59.7), Some(13.0)]);
        check(1_500_000, 2, real, [Some(10.4), Some(68.5), Some(13.0)]);
        check(3_880_000, 2, real, [Some(23.5), Some(67.8), Some(30.3)]);
        let mock = Embedding::Mock;
        check(19_870_000, 4, mock, [None, Some(113.5), Some(160.1)]);
    }
}
