//! Small models of seeded random weights (`scripts/small_model.py`), against vectors that `scripts/reference_vectors.py` computed
//! in double precision.

use std::path::{Path, PathBuf};

use embed::models::{ModelStore, ModelStoreSettings, Network, PullMode};
use embed::{Embedder, Encoder, EncoderSettings, InstructionSet, Precision, Role};

fn check_family(name: &str, precision: Precision, bound: f64) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let read = |name: &str| fs_err::read(directory.join(name)).unwrap();
    let text = String::from_utf8(read("inputs.jsonl")).unwrap();
    let inputs: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    let bytes = read("vectors.f32");
    let expected: Vec<f64> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|bytes| f64::from(f32::from_le_bytes(*bytes)))
        .collect();
    for set in InstructionSet::ALL {
        let Some(mut encoder) = open(directory.clone(), precision, *set) else {
            continue;
        };
        let found = encoder.embed(&inputs, Role::Document).unwrap().vectors;
        assert_eq!(found.len() * encoder.n_dimensions(), expected.len());
        let mut lowest = 1.0_f64;
        for (found, expected) in found
            .iter()
            .zip(expected.chunks_exact(encoder.n_dimensions()))
        {
            let products = found.iter().zip(expected).map(|(a, b)| f64::from(*a) * b);
            lowest = lowest.min(products.sum());
        }
        println!("{name} {precision:?} {set:?}: cosine {lowest:.7} at least");
        assert!(lowest >= bound, "{lowest} with {set:?}");
    }
}

fn open(directory: PathBuf, precision: Precision, set: InstructionSet) -> Option<Encoder> {
    let scratch = tempfile::tempdir().unwrap();
    let mut settings = ModelStoreSettings::new(scratch.path());
    settings.model_directory = Some(directory);
    settings.network = Network::Offline;
    let models = ModelStore::new(settings);
    let name = models.default_model().unwrap();
    let model = models.pull(&name, PullMode::Missing, &mut |_| ()).unwrap();
    let settings = EncoderSettings {
        model_name: model.name,
        model_directory: model.directory,
        weights_sha256: model.weights_sha256,
        window: model.window,
        pooling: model.pooling,
        query_prefix: model.query_prefix,
        document_prefix: model.document_prefix,
        packed_directory: scratch.path().to_owned(),
        precision,
        instruction_set: Some(set),
    };
    match Encoder::open(&settings) {
        Err(embed::EmbedError::InstructionSet { .. }) => None,
        encoder => Some(encoder.unwrap()),
    }
}

#[test]
fn mpnet_agrees_with_its_reference() {
    check_family("mpnet", Precision::F32, 0.99999);
}

#[test]
fn mpnet_in_8_bits_comes_near_its_reference() {
    check_family("mpnet", Precision::Int8, 0.995);
}

#[test]
fn nomic_agrees_with_its_reference() {
    check_family("nomic", Precision::F32, 0.99999);
}

#[test]
fn nomic_in_8_bits_comes_near_its_reference() {
    check_family("nomic", Precision::Int8, 0.995);
}

#[test]
fn jina_agrees_with_its_reference() {
    check_family("jina", Precision::F32, 0.99999);
}

#[test]
fn jina_in_8_bits_comes_near_its_reference() {
    check_family("jina", Precision::Int8, 0.995);
}

#[test]
fn jina_code_agrees_with_its_reference() {
    check_family("jina-code", Precision::F32, 0.99999);
}

#[test]
fn jina_code_in_8_bits_comes_near_its_reference() {
    check_family("jina-code", Precision::Int8, 0.995);
}

#[test]
fn modern_agrees_with_its_reference() {
    check_family("modern", Precision::F32, 0.99999);
}

#[test]
fn modern_in_8_bits_comes_near_its_reference() {
    check_family("modern", Precision::Int8, 0.995);
}
