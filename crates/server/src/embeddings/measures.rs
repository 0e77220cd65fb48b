//! What the embedding server counts, for Prometheus.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper ends of the buckets, in seconds: from a question that finds everybody idle to a queue that is nearly full.
const SECONDS: [f64; 11] = [
    0.001, 0.003, 0.01, 0.02, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0,
];

/// Upper ends of the buckets of tokens of a batch.
const TOKENS: [f64; 7] = [8.0, 16.0, 32.0, 64.0, 128.0, 192.0, 256.0];

/// Counters and histograms; copies count together.
#[derive(Clone)]
pub(crate) struct Measures {
    pub(super) texts: Counter,
    pub(super) tokens: Counter,
    pub(super) refused: Counter,
    pub(super) abandoned: Counter,
    pub(super) waiting_tokens: Gauge,
    pub(super) queue_seconds: Histogram,
    pub(super) batch_seconds: Histogram,
    pub(super) batch_tokens: Histogram,
}

impl Default for Measures {
    fn default() -> Measures {
        Measures {
            texts: Counter::default(),
            tokens: Counter::default(),
            refused: Counter::default(),
            abandoned: Counter::default(),
            waiting_tokens: Gauge::default(),
            queue_seconds: Histogram::new(SECONDS),
            batch_seconds: Histogram::new(SECONDS),
            batch_tokens: Histogram::new(TOKENS),
        }
    }
}

impl Measures {
    pub(crate) fn register(&self, to: &mut Registry) {
        let mut counter = |name, help, counter: &Counter| to.register(name, help, counter.clone());
        counter("embeddings_texts", "Texts that were embedded", &self.texts);
        let help = "Tokens that went through the encoder";
        counter("embeddings_tokens", help, &self.tokens);
        let help = "Requests for vectors that were asked to come later";
        counter("embeddings_refused", help, &self.refused);
        let help = "Requests for vectors whose clients went before their turn";
        counter("embeddings_abandoned", help, &self.abandoned);
        let help = "Tokens that wait for the encoder, about";
        to.register(
            "embeddings_waiting_tokens",
            help,
            self.waiting_tokens.clone(),
        );
        let mut histogram =
            |name, help, histogram: &Histogram| to.register(name, help, histogram.clone());
        let help = "Seconds that a text waited for the encoder";
        histogram("embeddings_queue_seconds", help, &self.queue_seconds);
        let help = "Seconds that a batch of texts took";
        histogram("embeddings_batch_seconds", help, &self.batch_seconds);
        let help = "Tokens of a batch of texts";
        histogram("embeddings_batch_tokens", help, &self.batch_tokens);
    }
}
