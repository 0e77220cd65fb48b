//! Files of a model. The first byte chooses which file is damaged, the second the precision; all others stay sound.
//!
//! Whatever opens must also compute, so that sizes that slip through reach the kernels.

#![no_main]

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use embed::{Embedder, Encoder, EncoderSettings, Pooling, Precision, Role};
use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};

const CONFIG: &[u8] = include_bytes!("../../crates/embed/tests/fixtures/small-mpnet/config.json");
const TOKENIZER: &[u8] =
    include_bytes!("../../crates/embed/tests/fixtures/small-mpnet/tokenizer.json");
const WEIGHTS: &[u8] =
    include_bytes!("../../crates/embed/tests/fixtures/small-mpnet/model.safetensors");

const LENGTH_N_BYTES: usize = 8;

struct Bench {
    directory: tempfile::TempDir,
    /// By precision: the name of the packed file, and its bytes.
    packed: [(PathBuf, Vec<u8>); 2],
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(bench());
}

fn bench() -> Bench {
    // A panic that is caught is an error like others; one that is not still ends the process.
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    // Packing waits for the disk, which a folder in memory does not have.
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    let directory = directory.expect("a temporary folder");
    lay_out(directory.path(), CONFIG, TOKENIZER, WEIGHTS);
    let packed = [Precision::Int8, Precision::F32].map(|precision| {
        let settings = settings(directory.path(), WEIGHTS, precision);
        Encoder::open(&settings).expect("the sound model opens");
        let files = packed_files(directory.path());
        let word = precision.as_str();
        let path = files
            .into_iter()
            .find(|path| path.to_string_lossy().contains(word));
        let path = path.expect("the packed file");
        let bytes = fs_err::read(&path).expect("a file that can be read");
        (path, bytes)
    });
    Bench { directory, packed }
}

fn lay_out(directory: &Path, config: &[u8], tokenizer: &[u8], weights: &[u8]) {
    for (name, bytes) in [
        ("config.json", config),
        ("tokenizer.json", tokenizer),
        ("model.safetensors", weights),
    ] {
        fs_err::write(directory.join(name), bytes).expect("a file that can be written");
    }
}

fn packed_files(directory: &Path) -> Vec<PathBuf> {
    let files = fs_err::read_dir(directory.join("packed"));
    let paths = files
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "packed"))
        .collect()
}

fn settings(directory: &Path, weights: &[u8], precision: Precision) -> EncoderSettings {
    let digest = Sha256::digest(weights);
    EncoderSettings {
        model_name: "fuzzed".to_owned(),
        model_directory: directory.to_owned(),
        weights_sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        window: 32,
        pooling: Pooling::Mean,
        query_prefix: String::new(),
        document_prefix: String::new(),
        packed_directory: directory.join("packed"),
        precision,
        instruction_set: None,
        n_threads: std::num::NonZeroUsize::MIN,
        cut: None,
    }
}

fuzz_target!(|data: &[u8]| {
    let [choice, precision, data @ ..] = data else {
        return;
    };
    BENCH.with_borrow(|bench| {
        let directory = bench.directory.path();
        for path in packed_files(directory) {
            fs_err::remove_file(path).expect("a file that can be removed");
        }
        let place = usize::from(precision % 2);
        let precision = [Precision::Int8, Precision::F32][place];
        let with_weights = |weights: &[u8]| {
            lay_out(directory, CONFIG, TOKENIZER, weights);
            settings(directory, weights, precision)
        };
        let settings = match choice % 5 {
            0 => {
                lay_out(directory, data, TOKENIZER, WEIGHTS);
                settings(directory, WEIGHTS, precision)
            }
            1 => {
                lay_out(directory, CONFIG, data, WEIGHTS);
                settings(directory, WEIGHTS, precision)
            }
            2 => with_weights(data),
            3 => with_weights(&with_header(data)),
            _ => {
                let (path, bytes) = &bench.packed[place];
                fs_err::write(path, patched(bytes, data)).expect("a file that can be written");
                with_weights(WEIGHTS)
            }
        };
        if let Ok(mut encoder) = Encoder::open(&settings) {
            compute(&mut encoder);
        }
    });
});

/// Any numbers may come out, or an error.
fn compute(encoder: &mut Encoder) {
    let width = encoder.n_dimensions();
    if let Ok(embeddings) = encoder.embed(&["a b c", ""], Role::Document) {
        assert!(
            embeddings
                .vectors
                .iter()
                .all(|vector| vector.len() == width)
        );
        let values = embeddings.vectors.iter().flatten();
        assert!(values.into_iter().all(|value| value.is_finite()));
    }
}

/// Puts another header before the tensors of the sound file.
fn with_header(header: &[u8]) -> Vec<u8> {
    let (length, rest) = WEIGHTS.split_at(LENGTH_N_BYTES);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes"));
    let body = &rest[length as usize..];
    [&(header.len() as u64).to_le_bytes()[..], header, body].concat()
}

/// Changes bytes: three of a place, one of what stands there. A last odd one cuts the file short at its place.
fn patched(bytes: &[u8], patches: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let (patches, cut) = patches.as_chunks::<4>();
    let place = |a: u8, b: u8, c: u8| u32::from_le_bytes([a, b, c, 0]) as usize;
    for [a, b, c, value] in patches {
        let place = place(*a, *b, *c) % bytes.len();
        bytes[place] = *value;
    }
    if let [a, b, c] = cut {
        bytes.truncate(place(*a, *b, *c));
    }
    bytes
}
