//! Files of a model that are not what they should be: each is an error that names the file, or is made again.

use std::path::{Path, PathBuf};

use embed::{EmbedError, Embedder, Encoder, EncoderSettings, Precision, Role};
use serde_json::{Value, json};

const CONFIG: &[u8] = include_bytes!("../fixtures/small-mpnet/config.json");
const TOKENIZER: &[u8] = include_bytes!("../fixtures/small-mpnet/tokenizer.json");
const WEIGHTS: &[u8] = include_bytes!("../fixtures/small-mpnet/model.safetensors");

const LENGTH_N_BYTES: usize = 8;

struct Folder {
    directory: tempfile::TempDir,
    config: Vec<u8>,
    tokenizer: Vec<u8>,
    weights: Vec<u8>,
}

impl Folder {
    fn sound() -> Folder {
        Folder {
            directory: tempfile::tempdir().unwrap(),
            config: CONFIG.to_vec(),
            tokenizer: TOKENIZER.to_vec(),
            weights: WEIGHTS.to_vec(),
        }
    }

    fn settings(&self, precision: Precision) -> EncoderSettings {
        let files = [&self.config[..], &self.tokenizer, &self.weights];
        crate::lay_out(self.directory.path(), files, precision)
    }

    fn open(&self, precision: Precision) -> Result<Encoder, EmbedError> {
        Encoder::open(&self.settings(precision))
    }

    fn packed(&self) -> PathBuf {
        let entries = fs_err::read_dir(self.directory.path().join("packed")).unwrap();
        let mut paths = entries.map(|entry| entry.unwrap().path());
        paths
            .find(|path| path.extension().is_some_and(|it| it == "packed"))
            .unwrap()
    }
}

fn vectors(encoder: &mut Encoder) -> Vec<Vec<f32>> {
    let embeddings = encoder.embed(&["a b c", "d"], Role::Document);
    embeddings.unwrap().vectors
}

/// Checks that a folder is refused in both precisions, by an error that names `file` and says all of `words`.
fn check_refused(folder: &Folder, file: &str, words: &[&str], case: &str) {
    for precision in [Precision::Int8, Precision::F32] {
        let error = folder.open(precision).err().expect(case);
        let text = whole_text(&error);
        for word in [&[file], words].concat() {
            assert!(text.contains(word), "{case}: no {word:?} in: {text}");
        }
    }
}

fn whole_text(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Puts another header before the tensors of the sound file.
fn with_header(header: &[u8]) -> Vec<u8> {
    let body = &WEIGHTS[LENGTH_N_BYTES + header_n_bytes()..];
    [&(header.len() as u64).to_le_bytes(), header, body].concat()
}

fn header_n_bytes() -> usize {
    let length = WEIGHTS[..LENGTH_N_BYTES].try_into().unwrap();
    usize::try_from(u64::from_le_bytes(length)).unwrap()
}

fn header() -> Value {
    serde_json::from_slice(&WEIGHTS[LENGTH_N_BYTES..][..header_n_bytes()]).unwrap()
}

/// Returns the weights with some fields of a tensor's entry set to others.
fn with_entry(name: &str, fields: &Value) -> Vec<u8> {
    let mut header = header();
    for (field, value) in fields.as_object().unwrap() {
        header[name][field] = value.clone();
    }
    with_header(header.to_string().as_bytes())
}

/// Returns the weights with one number of a tensor set to another.
fn with_number(name: &str, value: f32) -> Vec<u8> {
    let mut bytes = WEIGHTS.to_vec();
    let start = header()[name]["data_offsets"][0].as_u64().unwrap();
    let at = LENGTH_N_BYTES + header_n_bytes() + usize::try_from(start).unwrap() + 8;
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
    bytes
}

const QUERY: &str = "encoder.layer.1.attention.attn.q.weight";
const NORM: &str = "encoder.layer.0.output.LayerNorm.weight";

#[test]
fn damaged_weights_are_refused_by_name() {
    let cut = |n_bytes: usize| WEIGHTS[..n_bytes].to_vec();
    let length = |length: u64| [&length.to_le_bytes(), &WEIGHTS[LENGTH_N_BYTES..]].concat();
    let cases: [(&str, Vec<u8>, &[&str]); 20] = [
        ("empty", Vec::new(), &["damaged"]),
        ("cut in the length", cut(5), &["damaged"]),
        ("cut behind the length", cut(LENGTH_N_BYTES), &["damaged"]),
        ("cut in the header", cut(100), &["damaged"]),
        ("cut in the tensors", cut(WEIGHTS.len() - 4), &["damaged"]),
        ("longer", [WEIGHTS, &[0; 64]].concat(), &["damaged"]),
        ("header of nothing", length(0), &["damaged"]),
        ("header longer than the file", length(1 << 20), &["damaged"]),
        ("header longer than memory", length(u64::MAX), &["damaged"]),
        ("header that is no JSON", with_header(b"{{{{"), &["damaged"]),
        ("no tensors", with_header(b"{}"), &["damaged"]),
        (
            "tensors that overlap",
            with_entry(QUERY, &json!({"data_offsets": [0, 16384]})),
            &["damaged"],
        ),
        (
            "tensor that ends before it begins",
            with_entry(QUERY, &json!({"data_offsets": [16384, 0]})),
            &["damaged"],
        ),
        (
            "tensor behind the end",
            with_entry(QUERY, &json!({"data_offsets": [u64::MAX - 8, u64::MAX]})),
            &["damaged"],
        ),
        (
            "shape whose product overflows",
            with_entry(QUERY, &json!({"shape": [u64::MAX, 64]})),
            &["damaged"],
        ),
        (
            "another type of the same length",
            with_entry(QUERY, &json!({"dtype": "I32"})),
            &[QUERY, "floats", "[64, 64]"],
        ),
        (
            "another type",
            with_entry(QUERY, &json!({"dtype": "F16"})),
            &["damaged"],
        ),
        (
            "another shape of the same length",
            with_entry(QUERY, &json!({"shape": [32, 128]})),
            &[QUERY, "[64, 64]"],
        ),
        ("NaN", with_number(QUERY, f32::NAN), &[QUERY, "not finite"]),
        (
            "infinity",
            with_number(NORM, f32::NEG_INFINITY),
            &[NORM, "not finite"],
        ),
    ];
    for (case, weights, words) in cases {
        let folder = Folder {
            weights,
            ..Folder::sound()
        };
        check_refused(&folder, "model.safetensors", words, case);
    }
}

#[test]
fn missing_tensor_is_named() {
    let mut header = header();
    let entry = header.as_object_mut().unwrap().remove(QUERY).unwrap();
    header["another"] = entry;
    let folder = Folder {
        weights: with_header(header.to_string().as_bytes()),
        ..Folder::sound()
    };
    check_refused(&folder, "model.safetensors", &[QUERY], "missing tensor");
}

#[test]
fn weights_that_are_not_a_file_are_named() {
    let folder = Folder::sound();
    let settings = folder.settings(Precision::Int8);
    let path = folder.directory.path().join("model.safetensors");
    fs_err::remove_file(&path).unwrap();
    let refused = || whole_text(&Encoder::open(&settings).err().unwrap());
    assert!(refused().contains("model.safetensors"), "{}", refused());
    fs_err::create_dir(&path).unwrap();
    assert!(refused().contains("model.safetensors"), "{}", refused());
}

#[test]
fn weights_of_another_hash_are_refused() {
    let folder = Folder::sound();
    let settings = folder.settings(Precision::Int8);
    let path = folder.directory.path().join("model.safetensors");
    fs_err::write(path, with_number(QUERY, 0.25)).unwrap();
    let error = whole_text(&Encoder::open(&settings).err().unwrap());
    assert!(error.contains("model.safetensors") && error.contains("has the hash"));
}

#[test]
fn damaged_configuration_is_refused_by_name() {
    let with = |field: &str, value: Value| {
        let mut config: Value = serde_json::from_slice(CONFIG).unwrap();
        config[field] = value;
        config.to_string().into_bytes()
    };
    let cases: [(&str, Vec<u8>, &str); 12] = [
        ("empty", Vec::new(), "describe"),
        ("no JSON", b"{\"model_type\"".to_vec(), "describe"),
        ("nothing", b"{}".to_vec(), "describe"),
        (
            "a negative size",
            with("hidden_size", json!(-64)),
            "describe",
        ),
        (
            "a size of words",
            with("hidden_size", json!("64")),
            "describe",
        ),
        (
            "a huge width",
            with("hidden_size", json!(1_u64 << 62)),
            "hidden_size",
        ),
        (
            "an odd width",
            with("hidden_size", json!(65)),
            "hidden_size",
        ),
        (
            "no width",
            with("intermediate_size", json!(0)),
            "intermediate_size",
        ),
        (
            "no heads",
            with("num_attention_heads", json!(0)),
            "num_attention_heads",
        ),
        (
            "many layers",
            with("num_hidden_layers", json!(u32::MAX)),
            "num_hidden_layers",
        ),
        (
            "many words",
            with("vocab_size", json!(u64::MAX)),
            "vocab_size",
        ),
        (
            "no positions",
            with("max_position_embeddings", json!(2)),
            "max_position_embeddings",
        ),
    ];
    for (case, config, word) in cases {
        let folder = Folder {
            config,
            ..Folder::sound()
        };
        check_refused(&folder, "config.json", &[word], case);
    }
}

#[test]
fn sizes_that_the_weights_do_not_have_are_refused() {
    for (field, value) in [
        ("hidden_size", 128),
        ("intermediate_size", 64),
        ("num_hidden_layers", 3),
        ("vocab_size", 65),
        ("max_position_embeddings", 4096),
        ("vocab_size", 1 << 24),
    ] {
        let mut config: Value = serde_json::from_slice(CONFIG).unwrap();
        config[field] = json!(value);
        config["num_attention_heads"] = json!(config["hidden_size"].as_u64().unwrap() / 32);
        let folder = Folder {
            config: config.to_string().into_bytes(),
            ..Folder::sound()
        };
        check_refused(&folder, "model.safetensors", &["shape"], field);
    }
}

#[test]
fn damaged_tokenizer_is_refused_by_name() {
    let with = |old: &str, new: &str| {
        let text = std::str::from_utf8(TOKENIZER).unwrap();
        assert!(text.contains(old));
        text.replace(old, new).into_bytes()
    };
    for (case, tokenizer) in [
        ("empty", Vec::new()),
        ("cut", TOKENIZER[..TOKENIZER.len() / 2].to_vec()),
        ("nothing", b"{}".to_vec()),
        (
            "panic of the library",
            with("\"decoder\": null", "\"decoder\": ?ull"),
        ),
        (
            "no token for the unknown",
            with("\"[UNK]\": 3", "\"[ENK]\": 3"),
        ),
    ] {
        let folder = Folder {
            tokenizer,
            ..Folder::sound()
        };
        check_refused(&folder, "tokenizer.json", &[], case);
    }
}

/// Opens a folder after its packed file was replaced, and checks that it was made again.
fn check_packed_again(folder: &Folder, damaged: &[u8], case: &str) {
    let mut sound = folder.open(Precision::Int8).unwrap();
    let expected = vectors(&mut sound);
    let path = folder.packed();
    let whole = fs_err::read(&path).unwrap();
    // Another file: the first encoder's mapping is never changed in place.
    fs_err::remove_file(&path).unwrap();
    fs_err::write(&path, damaged).unwrap();
    let found = vectors(&mut folder.open(Precision::Int8).unwrap());
    assert!(found == expected, "{case}");
    assert!(fs_err::read(&path).unwrap() == whole, "{case}");
}

fn packed_bytes(folder: &Folder) -> Vec<u8> {
    folder.open(Precision::Int8).unwrap();
    fs_err::read(folder.packed()).unwrap()
}

#[test]
fn packed_file_that_was_cut_is_made_again() {
    let folder = Folder::sound();
    let whole = packed_bytes(&folder);
    for n_bytes in [
        0,
        1,
        8,
        64,
        191,
        192,
        4096,
        whole.len() / 2,
        whole.len() - 1,
    ] {
        check_packed_again(&folder, &whole[..n_bytes], &format!("{n_bytes} bytes"));
    }
    check_packed_again(&folder, &[&whole[..], &[0]].concat(), "one byte more");
    check_packed_again(&folder, &vec![0; whole.len()], "zeros");
}

#[test]
fn packed_file_with_another_header_is_made_again() {
    let folder = Folder::sound();
    let whole = packed_bytes(&folder);
    let n_bits = if is_long() { 192 * 8 } else { 192 };
    for bit in (0..192 * 8).step_by(192 * 8 / n_bits) {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        check_packed_again(&folder, &damaged, &format!("bit {bit}"));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "only the environment can tell a test to be long"
)]
fn is_long() -> bool {
    std::env::var_os("MNEMO_TEST_LONG").is_some()
}

/// The sections have no checksum, since every worker would have to read them all. What is wrong in them may give other vectors, but
/// neither a crash nor one that is no number.
#[test]
fn packed_file_with_other_numbers_computes_or_is_refused() {
    let folder = Folder::sound();
    for precision in [Precision::Int8, Precision::F32] {
        let settings = folder.settings(precision);
        Encoder::open(&settings).unwrap();
        let path = folder.packed();
        let whole = fs_err::read(&path).unwrap();
        let mut n_refused = 0;
        for (step, value) in [(1, 0xff_u8), (3, 0x7f), (4, 0x80), (97, 0x7f), (1009, 0xff)] {
            let mut damaged = whole.clone();
            damaged[192..]
                .iter_mut()
                .step_by(step)
                .for_each(|byte| *byte = value);
            fs_err::remove_file(&path).unwrap();
            fs_err::write(&path, &damaged).unwrap();
            let mut encoder = Encoder::open(&settings).unwrap();
            match encoder.embed(&["a b c", ""], Role::Document) {
                Ok(embeddings) => assert!(
                    embeddings
                        .vectors
                        .iter()
                        .flatten()
                        .all(|value| value.is_finite()),
                    "{precision:?} {step} {value}"
                ),
                Err(error) => {
                    n_refused += 1;
                    assert!(is_named(&error, &path), "{error}");
                }
            }
        }
        assert!(n_refused > 0, "{precision:?}");
        fs_err::remove_file(&path).unwrap();
    }
}

fn is_named(error: &EmbedError, path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    error.to_string().contains(&*name)
}
