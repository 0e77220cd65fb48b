//! Packing among processes: killed half-way, and started twice at a time.
//!
//! The processes are this test program once more, with [`child_opens_the_model`] as their only test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use embed::{Embedder, Encoder, EncoderSettings, Precision, Role};
use serde_json::{Map, json};

/// The file with the settings of a child.
const SETTINGS: &str = "MNEMO_TEST_ENCODER_SETTINGS";

const WIDTH: usize = 256;
const INNER_WIDTH: usize = 1024;
const N_LAYERS: usize = 12;

/// Lays out a model of zeros, large enough that packing takes a while.
fn model(directory: &Path) -> EncoderSettings {
    let config = json!({
        "model_type": "bert", "hidden_act": "gelu", "vocab_size": 64, "max_position_embeddings": 64, "type_vocab_size": 2,
        "hidden_size": WIDTH, "intermediate_size": INNER_WIDTH, "num_hidden_layers": N_LAYERS, "num_attention_heads": 4,
        "layer_norm_eps": 1e-12,
    });
    let tokenizer = include_bytes!("../fixtures/small-mpnet/tokenizer.json");
    let (config, weights) = (config.to_string(), weights());
    let files = [config.as_bytes(), tokenizer, &weights];
    crate::lay_out(directory, files, Precision::F32)
}

fn weights() -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>)> = Vec::new();
    let mut linear = |name: String, n_outputs: usize, n_inputs: usize| {
        tensors.push((format!("{name}.weight"), vec![n_outputs, n_inputs]));
        tensors.push((format!("{name}.bias"), vec![n_outputs]));
    };
    for layer in 0..N_LAYERS {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        for part in ["query", "key", "value"] {
            linear(name(&format!("attention.self.{part}")), WIDTH, WIDTH);
        }
        linear(name("attention.output.dense"), WIDTH, WIDTH);
        linear(name("intermediate.dense"), INNER_WIDTH, WIDTH);
        linear(name("output.dense"), WIDTH, INNER_WIDTH);
    }
    let norms = (0..N_LAYERS).flat_map(|layer| {
        ["attention.output", "output"].map(|part| format!("encoder.layer.{layer}.{part}"))
    });
    for name in norms.chain(["embeddings".to_owned()]) {
        tensors.push((format!("{name}.LayerNorm.weight"), vec![WIDTH]));
        tensors.push((format!("{name}.LayerNorm.bias"), vec![WIDTH]));
    }
    for (name, n_rows) in [("word", 64), ("position", 64), ("token_type", 2)] {
        let name = format!("embeddings.{name}_embeddings.weight");
        tensors.push((name, vec![n_rows, WIDTH]));
    }
    let (mut header, mut end) = (Map::new(), 0);
    for (name, shape) in tensors {
        let start = end;
        end += 4 * shape.iter().product::<usize>();
        let entry = json!({"dtype": "F32", "shape": shape, "data_offsets": [start, end]});
        header.insert(name, entry);
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut bytes = [&(header.len() as u64).to_le_bytes(), &header[..]].concat();
    bytes.resize(bytes.len() + end, 0);
    bytes
}

#[expect(
    clippy::disallowed_methods,
    reason = "only another process can be killed half-way, and `workers` is not for tests of others"
)]
fn start_child(settings: &EncoderSettings) -> Child {
    let path = settings.model_directory.join("settings.json");
    fs_err::write(&path, serde_json::to_vec(settings).unwrap()).unwrap();
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "packing::child_opens_the_model"])
        .env(SETTINGS, path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Does nothing unless it is a child.
#[test]
fn child_opens_the_model() {
    #[expect(
        clippy::disallowed_methods,
        reason = "only the environment can tell a test that it is a child"
    )]
    let Some(path) = std::env::var_os(SETTINGS) else {
        return;
    };
    let settings: EncoderSettings = serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap();
    let mut encoder = Encoder::open(&settings).unwrap();
    encoder.embed(&["a"], Role::Document).unwrap();
}

/// Returns the file in the packed folder whose name ends so.
fn packed_file(settings: &EncoderSettings, ending: &str) -> Option<PathBuf> {
    let entries = fs_err::read_dir(&settings.packed_directory).ok()?;
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|it| it == ending))
}

fn n_bytes(settings: &EncoderSettings, ending: &str) -> u64 {
    let path = packed_file(settings, ending);
    path.and_then(|path| fs_err::metadata(path).ok())
        .map_or(0, |metadata| metadata.len())
}

/// Returns whether a child was killed after it had begun to write and before the file had its name.
fn is_killed_half_way(settings: &EncoderSettings) -> bool {
    let mut child = start_child(settings);
    while n_bytes(settings, "part") == 0 && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    n_bytes(settings, "part") > 0 && packed_file(settings, "packed").is_none()
}

#[test]
fn packing_killed_half_way_is_done_again() {
    let directory = tempfile::tempdir().unwrap();
    let settings = model(directory.path());
    let is_killed = (0..20).any(|_| {
        // A child that was through before it could be killed leaves a whole file.
        drop(packed_file(&settings, "packed").map(fs_err::remove_file));
        is_killed_half_way(&settings)
    });
    assert!(is_killed);
    let mut encoder = Encoder::open(&settings).unwrap();
    encoder.embed(&["a"], Role::Document).unwrap();
    let packed = fs_err::read(packed_file(&settings, "packed").unwrap()).unwrap();
    assert_eq!(packed_file(&settings, "part"), None);
    fs_err::remove_dir_all(&settings.packed_directory).unwrap();
    drop(Encoder::open(&settings).unwrap());
    let undisturbed = fs_err::read(packed_file(&settings, "packed").unwrap()).unwrap();
    assert!(packed == undisturbed);
}

/// Whoever packs gives the file a new place on the disk: if it is the one of the first, the second has not packed.
#[cfg(target_os = "linux")]
#[test]
fn two_processes_at_a_time_pack_once() {
    use std::os::unix::fs::MetadataExt;

    let directory = tempfile::tempdir().unwrap();
    let settings = model(directory.path());
    drop(Encoder::open(&settings).unwrap());
    fs_err::remove_file(packed_file(&settings, "packed").unwrap()).unwrap();
    let lock_path = packed_file(&settings, "lock").unwrap();
    let lock = fs_err::File::open(&lock_path).unwrap();
    lock.lock().unwrap();
    let mut children = [(); 2].map(|()| start_child(&settings));
    while !children.iter().all(|child| has_open(child, &lock_path)) {
        for child in &mut children {
            assert_eq!(
                child.try_wait().unwrap(),
                None,
                "the lock was not waited for"
            );
        }
        std::thread::yield_now();
    }
    assert_eq!(packed_file(&settings, "packed"), None);
    drop(lock);
    let mut places = Vec::new();
    while children
        .iter_mut()
        .any(|child| child.try_wait().unwrap().is_none())
    {
        let path = packed_file(&settings, "packed");
        let metadata = path.and_then(|path| fs_err::metadata(path).ok());
        places.extend(metadata.map(|metadata| (metadata.ino(), metadata.mtime_nsec())));
        std::thread::yield_now();
    }
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let last = fs_err::metadata(packed_file(&settings, "packed").unwrap()).unwrap();
    places.push((last.ino(), last.mtime_nsec()));
    places.dedup();
    assert_eq!(places.len(), 1, "packed once");
    assert_eq!(packed_file(&settings, "part"), None);
}

/// Waits for the lock, that is, as long as another holds it.
#[cfg(target_os = "linux")]
fn has_open(child: &Child, path: &Path) -> bool {
    let folder = format!("/proc/{}/fd", child.id());
    let Ok(entries) = fs_err::read_dir(folder) else {
        return false;
    };
    let targets = entries
        .flatten()
        .map(|entry| fs_err::read_link(entry.path()));
    targets.flatten().any(|target| target == *path)
}
