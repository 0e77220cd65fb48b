//! Embeds texts over and over, driven by `cargo xtask bench embed` like the engines it is compared with:
//! `bench_engine MODEL_DIRECTORY INPUTS.jsonl int8|f32 [INSTRUCTION_SET|fastest [THREADS]]`.
//!
//! One thread unless more are asked for. Prints `ready` with its instruction set; then every line `run` on the standard input embeds all
//! texts once and prints seconds, processor seconds of all threads and tokens as JSON, and `vectors FILE` writes the vectors as
//! little-endian 32-bit floats.

use std::io::BufRead;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use embed::models::{ModelStore, ModelStoreSettings, Network, PullMode};
use embed::{Embedder, Encoder, EncoderSettings, InstructionSet, Precision, Role};
use rustix::time::{ClockId, clock_gettime};

/// Inputs of one call, as a file of code gives them.
const CALL_N_INPUTS: usize = 32;

#[expect(
    clippy::print_stdout,
    reason = "the figures are what the example is for"
)]
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, directory, inputs, precision, rest @ ..] = &arguments[..] else {
        panic!(
            "usage: bench_engine MODEL_DIRECTORY INPUTS.jsonl int8|f32 [INSTRUCTION_SET|fastest [THREADS]]"
        );
    };
    let precision = match precision.as_str() {
        "int8" => Precision::Int8,
        "f32" => Precision::F32,
        other => panic!("no precision is called {other}"),
    };
    let named = rest.first().filter(|name| *name != "fastest");
    let set = named.map(|name| {
        let mut sets = InstructionSet::ALL.iter();
        *sets
            .find(|set| set.as_str() == name)
            .expect("the name of an instruction set")
    });
    let n_threads = rest.get(1).map_or(NonZeroUsize::MIN, |count| {
        count.parse().expect("a number of threads")
    });
    let text = fs_err::read_to_string(inputs).expect("inputs that can be read");
    let inputs: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON string on every line"))
        .collect();
    let mut encoder = open(directory.into(), precision, set, n_threads);
    embed(&mut encoder, &inputs);
    let set = set.unwrap_or_else(InstructionSet::detect);
    println!("{{\"ready\":\"{}\"}}", set.as_str());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("a line of UTF-8");
        match line.split_once(' ') {
            None if line == "run" => {
                let (start, cpu_start) = (Instant::now(), cpu_seconds());
                let (_, n_tokens) = embed(&mut encoder, &inputs);
                let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu_start);
                println!("{{\"seconds\":{seconds},\"cpu_seconds\":{cpu},\"tokens\":{n_tokens}}}");
            }
            Some(("vectors", path)) => {
                let (vectors, _) = embed(&mut encoder, &inputs);
                let values = vectors.iter().flatten();
                let bytes: Vec<u8> = values.flat_map(|value| value.to_le_bytes()).collect();
                fs_err::write(path, bytes).expect("a file that can be written");
                println!("{{}}");
            }
            _ => panic!("no command is called {line}"),
        }
    }
}

fn open(
    directory: PathBuf,
    precision: Precision,
    set: Option<InstructionSet>,
    n_threads: NonZeroUsize,
) -> Encoder {
    let packed_directory = std::env::temp_dir().join("mnemo-bench-engine");
    let mut settings = ModelStoreSettings::new(packed_directory.clone());
    settings.model_directory = Some(directory);
    settings.network = Network::Offline;
    let models = ModelStore::new(settings);
    let name = models.default_model().expect("the model of the folder");
    let model = models
        .pull(&name, PullMode::Missing, &mut |_| ())
        .expect("a model");
    let settings = EncoderSettings {
        model_name: model.name,
        model_directory: model.directory,
        weights_sha256: model.weights_sha256,
        window: model.window,
        pooling: model.pooling,
        cut: None,
        query_prefix: model.query_prefix,
        document_prefix: model.document_prefix,
        packed_directory,
        precision,
        instruction_set: set,
        n_threads,
    };
    Encoder::open(&settings).expect("a model that can be opened")
}

fn embed(encoder: &mut Encoder, inputs: &[String]) -> (Vec<Vec<f32>>, usize) {
    let (mut vectors, mut n_tokens) = (Vec::new(), 0);
    for inputs in inputs.chunks(CALL_N_INPUTS) {
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let embeddings = encoder.embed(&inputs, Role::Document).expect("vectors");
        vectors.extend(embeddings.vectors);
        n_tokens += embeddings.n_tokens;
    }
    (vectors, n_tokens)
}

/// Returns the processor time of all threads of this process, those that have ended included.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
