//! Prints how many tokens a second one thread embeds: `throughput MODEL_DIRECTORY SHA256 INPUTS [REPETITIONS]`.
//!
//! `INPUTS` holds one JSON string a line. Every repetition embeds all of them in both precisions, one after the other, so that a
//! disturbance of the machine meets both; the medians count.

use std::path::PathBuf;
use std::time::Instant;

use embed::{Embedder, Encoder, EncoderSettings, Pooling, Precision, Role};

/// Inputs of one call, as a file of code gives them.
const CALL_N_INPUTS: usize = 32;

#[expect(
    clippy::print_stdout,
    reason = "the figures are what the example is for"
)]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, directory, sha256, inputs, rest @ ..] = &arguments[..] else {
        panic!("usage: throughput MODEL_DIRECTORY SHA256 INPUTS [REPETITIONS]");
    };
    let n_repetitions = rest
        .first()
        .map_or(7, |text| text.parse().expect("a number of repetitions"));
    let text = fs_err::read_to_string(inputs).expect("inputs that can be read");
    let inputs: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON string on every line"))
        .collect();
    let mut encoders = [Precision::F32, Precision::Int8].map(|precision| {
        let settings = EncoderSettings {
            model_name: "model".to_owned(),
            model_directory: PathBuf::from(directory),
            weights_sha256: sha256.clone(),
            window: 256,
            pooling: Pooling::Mean,
            query_prefix: String::new(),
            document_prefix: String::new(),
            packed_directory: std::env::temp_dir().join("mnemo-throughput"),
            precision,
            instruction_set: None,
        };
        (
            precision,
            Encoder::open(&settings).expect("a model"),
            Vec::new(),
        )
    });
    for _ in 0..=n_repetitions {
        for (_, encoder, rates) in &mut encoders {
            rates.push(rate(encoder, &inputs));
        }
    }
    for (precision, encoder, rates) in &mut encoders {
        // The first one touches every page for the first time.
        rates.remove(0);
        rates.sort_by(f64::total_cmp);
        let start = Instant::now();
        let n_tokens: usize = inputs.iter().map(|input| encoder.count_tokens(input)).sum();
        let tokenizing = n_tokens as f64 / start.elapsed().as_secs_f64();
        println!(
            "{}: median {:.0} tokens/s, {:.0} to {:.0}; tokenizer {tokenizing:.0} tokens/s",
            precision.as_str(),
            rates[rates.len() / 2],
            rates[0],
            rates[rates.len() - 1],
        );
    }
}

fn rate(encoder: &mut Encoder, inputs: &[String]) -> f64 {
    let start = Instant::now();
    let mut n_tokens = 0;
    for inputs in inputs.chunks(CALL_N_INPUTS) {
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let embeddings = encoder.embed(&inputs, Role::Document).expect("vectors");
        n_tokens += embeddings.n_tokens;
    }
    n_tokens as f64 / start.elapsed().as_secs_f64()
}
