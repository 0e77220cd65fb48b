//! Small models of seeded random weights (`scripts/small_model.py`), against vectors that `scripts/reference_vectors.py` computed
//! in double precision.

use std::path::{Path, PathBuf};

use embed::models::{ModelStore, ModelStoreSettings, Network, PullMode};
use embed::{Cut, Embedder, Encoder, EncoderSettings, InstructionSet, Precision, Role};

fn check_family(name: &str, precision: Precision, bound: f64) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format!("small-{name}"));
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
    let settings = EncoderSettings {
        instruction_set: Some(set),
        n_threads: std::num::NonZeroUsize::MIN,
        ..settings(directory, precision, scratch.path())
    };
    match Encoder::open(&settings) {
        Err(embed::EmbedError::InstructionSet { .. }) => None,
        encoder => Some(encoder.unwrap()),
    }
}

fn settings(directory: PathBuf, precision: Precision, scratch: &Path) -> EncoderSettings {
    let mut settings = ModelStoreSettings::new(scratch);
    settings.model_directory = Some(directory);
    settings.network = Network::Offline;
    let models = ModelStore::new(settings);
    let name = models.default_model().unwrap();
    let model = models.pull(&name, PullMode::Missing, &mut |_| ()).unwrap();
    EncoderSettings {
        model_name: model.name,
        model_directory: model.directory,
        weights_sha256: model.weights_sha256,
        window: model.window,
        pooling: model.pooling,
        cut: None,
        query_prefix: model.query_prefix,
        document_prefix: model.document_prefix,
        packed_directory: scratch.to_owned(),
        precision,
        instruction_set: None,
        n_threads: std::num::NonZeroUsize::MIN,
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

/// As the card of nomic-embed-text-v1.5 has it: normalise the whole to mean zero and variance one, keep the first dimensions, then scale
/// to unit length.
fn cut_by_the_card(vector: &[f32], n_dimensions: usize, is_normalized_before: bool) -> Vec<f64> {
    let values: Vec<f64> = vector.iter().map(|value| f64::from(*value)).collect();
    let n_values = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n_values;
    let deviation = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / n_values;
    let normal = |value: &f64| match is_normalized_before {
        true => (value - mean) / (deviation + 1e-5).sqrt(),
        false => *value,
    };
    let kept: Vec<f64> = values[..n_dimensions].iter().map(normal).collect();
    let length = kept.iter().map(|value| value * value).sum::<f64>().sqrt();
    kept.iter().map(|value| value / length).collect()
}

#[test]
fn cut_vectors_are_those_of_the_card_and_have_an_identity_of_their_own() {
    let scratch = tempfile::tempdir().unwrap();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small-nomic");
    let whole = settings(directory, Precision::F32, scratch.path());
    let inputs = ["the text of a function", "x"];
    let vectors = |settings: &EncoderSettings| {
        let mut encoder = Encoder::open(settings).unwrap();
        let vectors = encoder.embed(&inputs, Role::Document).unwrap().vectors;
        assert!(
            vectors
                .iter()
                .all(|vector| vector.len() == encoder.n_dimensions())
        );
        vectors
    };
    let expected = vectors(&whole);
    for is_normalized_before in [true, false] {
        let cut = Some(Cut {
            n_dimensions: 24,
            is_normalized_before,
        });
        let cut = EncoderSettings {
            cut,
            ..whole.clone()
        };
        assert_eq!(cut.model_id().as_str(), format!("{}:24d", whole.model_id()));
        for (found, whole) in vectors(&cut).iter().zip(&expected) {
            let expected = cut_by_the_card(whole, 24, is_normalized_before);
            for (found, expected) in found.iter().zip(expected) {
                assert!((f64::from(*found) - expected).abs() < 1e-6);
            }
        }
    }
    for n_dimensions in [0, 65] {
        let cut = Some(Cut {
            n_dimensions,
            is_normalized_before: false,
        });
        let cut = EncoderSettings {
            cut,
            ..whole.clone()
        };
        let error = Encoder::open(&cut).err().unwrap().to_string();
        assert!(error.contains(&n_dimensions.to_string()), "{error}");
    }
}
