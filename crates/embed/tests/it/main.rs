//! The encoder with real weights, against vectors that `scripts/reference_vectors.py` computed in double precision.

#![expect(
    clippy::print_stdout,
    reason = "the tests print the figures they check"
)]

mod damage;
mod families;
mod packing;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use embed::models::{LocalModel, ModelStore, ModelStoreSettings, PullMode};
use embed::{Embedder, Encoder, EncoderSettings, InstructionSet, Pooling, Precision, Role};
use sha2::{Digest, Sha256};

static MODEL: LazyLock<LocalModel> = LazyLock::new(|| {
    let mut settings = ModelStoreSettings::new(cache_directory());
    settings.model_directory = variable("MNEMO_MODEL_DIR");
    let store = ModelStore::new(settings);
    let name = store.default_model().expect("a default model");
    store
        .pull(&name, PullMode::Missing, &mut |_| ())
        .expect("the default model")
});

#[expect(
    clippy::disallowed_methods,
    reason = "only the environment can tell a test where the model is"
)]
fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// The program's own cache, so that the model is fetched once per machine.
fn cache_directory() -> PathBuf {
    let default = || variable("HOME").unwrap_or_default().join(".cache");
    variable("XDG_CACHE_HOME")
        .unwrap_or_else(default)
        .join("mnemo")
}

fn open(precision: Precision, set: Option<InstructionSet>, packed: &Path) -> Encoder {
    Encoder::open(&settings(precision, set, packed)).unwrap()
}

fn settings(precision: Precision, set: Option<InstructionSet>, packed: &Path) -> EncoderSettings {
    let model = MODEL.clone();
    EncoderSettings {
        model_name: model.name,
        model_directory: model.directory,
        weights_sha256: model.weights_sha256,
        window: model.window,
        pooling: model.pooling,
        cut: None,
        query_prefix: model.query_prefix,
        document_prefix: model.document_prefix,
        packed_directory: packed.to_owned(),
        precision,
        instruction_set: set,
        n_threads: NonZeroUsize::MIN,
    }
}

/// Writes a model's configuration, tokenizer and weights, and returns the settings that open it.
fn lay_out(directory: &Path, files: [&[u8]; 3], precision: Precision) -> EncoderSettings {
    for (name, bytes) in ["config.json", "tokenizer.json", "model.safetensors"]
        .iter()
        .zip(files)
    {
        fs_err::write(directory.join(name), bytes).unwrap();
    }
    let digest = Sha256::digest(files[2]);
    EncoderSettings {
        model_name: "laid out".to_owned(),
        model_directory: directory.to_owned(),
        weights_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        window: 32,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        document_prefix: String::new(),
        cut: None,
        packed_directory: directory.join("packed"),
        precision,
        instruction_set: None,
        n_threads: NonZeroUsize::MIN,
    }
}

fn fixture(name: &str) -> Vec<u8> {
    fs_err::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures")
            .join(name),
    )
    .unwrap()
}

fn inputs() -> Vec<String> {
    let text = String::from_utf8(fixture("reference_inputs.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn expected_vectors() -> Vec<Vec<f32>> {
    let bytes = fixture("reference_vectors.f32");
    let values: Vec<f32> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect();
    values.chunks_exact(384).map(<[f32]>::to_vec).collect()
}

fn vectors(encoder: &mut Encoder, inputs: &[String]) -> Vec<Vec<f32>> {
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    encoder.embed(&inputs, Role::Document).unwrap().vectors
}

fn check_cosine(precision: Precision, set: Option<InstructionSet>, step: usize, bound: f64) {
    let directory = tempfile::tempdir().unwrap();
    let mut encoder = open(precision, set, directory.path());
    let inputs: Vec<String> = inputs().into_iter().step_by(step).collect();
    let expected: Vec<Vec<f32>> = expected_vectors().into_iter().step_by(step).collect();
    let found = vectors(&mut encoder, &inputs);
    assert_eq!(found.len(), expected.len());
    let mut cosines = Vec::new();
    for ((found, expected), input) in found.iter().zip(&expected).zip(&inputs) {
        let products = found
            .iter()
            .zip(expected)
            .map(|(a, b)| f64::from(*a) * f64::from(*b));
        let cosine: f64 = products.sum();
        // Nothing but special tokens is no text, and no chunk is empty: it must come near, and is counted apart from the figure.
        if input.is_empty() {
            assert!(cosine >= 0.99, "{cosine} for the empty text");
            continue;
        }
        assert!(cosine >= bound, "{cosine} for {input:?}");
        cosines.push(cosine);
    }
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    let lowest = cosines.iter().copied().fold(1.0, f64::min);
    println!("{precision:?} {set:?}: cosine {lowest:.6} at least, {mean:.6} on average");
}

#[test]
fn f32_agrees_with_the_reference() {
    check_cosine(Precision::F32, None, 1, 0.99999);
}

#[test]
fn int8_agrees_with_the_reference() {
    check_cosine(Precision::Int8, None, 1, 0.995);
}

/// Returns the sets that this processor has.
fn sets() -> Vec<InstructionSet> {
    let directory = tempfile::tempdir().unwrap();
    let has = |set: &&InstructionSet| {
        let settings = settings(Precision::Int8, Some(**set), directory.path());
        !matches!(
            Encoder::open(&settings),
            Err(embed::EmbedError::InstructionSet { .. })
        )
    };
    InstructionSet::ALL.iter().filter(has).copied().collect()
}

#[test]
fn every_instruction_set_agrees_with_the_reference() {
    for set in sets() {
        check_cosine(Precision::F32, Some(set), 24, 0.99999);
        check_cosine(Precision::Int8, Some(set), 24, 0.995);
    }
}

#[test]
fn avx512_gives_the_same_vectors_with_and_without_vnni() {
    let directory = tempfile::tempdir().unwrap();
    let inputs: Vec<String> = inputs().into_iter().step_by(5).collect();
    let mut twins = vec![InstructionSet::Avx512Vnni, InstructionSet::Avx512];
    twins.retain(|set| sets().contains(set));
    let found: Vec<Vec<Vec<f32>>> = twins
        .iter()
        .map(|set| {
            let mut encoder = open(Precision::Int8, Some(*set), directory.path());
            vectors(&mut encoder, &inputs)
        })
        .collect();
    for pair in found.windows(2) {
        assert!(pair[0] == pair[1], "{twins:?}");
    }
}

#[test]
fn tokens_are_those_of_the_reference() {
    let directory = tempfile::tempdir().unwrap();
    let mut encoder = open(Precision::Int8, None, directory.path());
    let ids: Vec<Vec<u32>> = serde_json::from_slice(&fixture("reference_ids.json")).unwrap();
    let room = encoder.max_input_tokens();
    for (input, ids) in inputs().iter().zip(&ids) {
        assert_eq!(
            encoder.count_tokens(input).min(room) + 2,
            ids.len(),
            "{input:?}"
        );
    }
    let n_tokens = encoder.embed(&["", "a"], Role::Document).unwrap().n_tokens;
    assert_eq!(n_tokens, 5);
}

#[test]
fn vector_does_not_depend_on_the_batch() {
    let directory = tempfile::tempdir().unwrap();
    for precision in [Precision::Int8, Precision::F32] {
        let mut encoder = open(precision, None, directory.path());
        let inputs: Vec<String> = inputs().into_iter().rev().take(40).collect();
        let expected: Vec<Vec<f32>> = inputs
            .iter()
            .flat_map(|input| vectors(&mut encoder, std::slice::from_ref(input)))
            .collect();
        for rotation in [0, 1, 7, 23] {
            for size in [3, 16, 40] {
                let (mut inputs, mut expected) = (inputs.clone(), expected.clone());
                inputs.rotate_left(rotation);
                expected.rotate_left(rotation);
                let found: Vec<Vec<f32>> = inputs
                    .chunks(size)
                    .flat_map(|inputs| vectors(&mut encoder, inputs))
                    .collect();
                assert!(found == expected, "{precision:?}, {size} inputs per call");
            }
        }
    }
}

#[test]
fn threads_share_the_work_and_change_no_bit() {
    let directory = tempfile::tempdir().unwrap();
    let inputs: Vec<String> = inputs().into_iter().step_by(3).collect();
    let found = [1, 3].map(|n_threads| {
        let settings = EncoderSettings {
            n_threads: NonZeroUsize::new(n_threads).unwrap(),
            ..settings(Precision::Int8, None, directory.path())
        };
        vectors(&mut Encoder::open(&settings).unwrap(), &inputs)
    });
    assert!(found[0] == found[1]);
}
