use super::*;

fn resolve(name: &'static str, text: &str, file: &str) -> Result<Settings, InvalidSetting> {
    let tree = tempfile::tempdir().unwrap();
    fs_err::write(tree.path().join("mnemo.toml"), file).unwrap();
    let mut flags = Overrides::default();
    flags.set("database", Some("x.db".to_owned()));
    flags.set(name, (!text.is_empty()).then(|| text.to_owned()));
    Settings::resolve(&flags, Some(tree.path()))
}

#[test]
fn a_flag_beats_the_file_and_the_file_the_default() {
    let settings = resolve(
        "memory",
        "2G",
        "memory = \"1G\"\nfile_timeout = 5\nexclude = [\"dist\"]",
    )
    .unwrap();
    assert_eq!(settings.memory.value, MemoryLimit::Bytes(2 << 30));
    assert_eq!(settings.memory.provenance, Provenance::Flag);
    assert_eq!(settings.file_timeout.value, Duration::from_secs(5));
    assert!(matches!(
        settings.file_timeout.provenance,
        Provenance::File(_)
    ));
    assert_eq!(settings.exclude.value, ["dist"]);
    assert_eq!(settings.max_file_bytes.value, DEFAULT_MAX_FILE_BYTES);
}

#[test]
fn values_that_mean_nothing_are_refused_with_what_would_do() {
    let refused = |name, text| resolve(name, text, "").unwrap_err().to_string();
    assert!(refused("workers", "0").contains("from 1 to 256"));
    assert!(refused("memory", "lots").contains("300M"));
    assert!(refused("file_timeout", "-1").contains("above 0"));
    assert!(refused("embeddings", "maybe").contains("real, mock or none"));
    assert!(
        resolve("workers", "", "wrokers = 3")
            .unwrap_err()
            .to_string()
            .contains("wrokers")
    );
}

#[test]
fn list_that_is_no_list_is_refused() {
    for line in ["include = \"src/**\"", "exclude = [1]"] {
        let error = resolve("workers", "", line).unwrap_err().to_string();
        assert!(error.contains("expected a list of texts"), "{error}");
    }
}

#[test]
fn path_in_a_file_is_relative_to_the_file() {
    let settings = resolve("workers", "", "model_dir = \"models\"").unwrap();
    let Provenance::File(file) = &settings.model_dir.provenance else {
        panic!("the file said it");
    };
    let beside = file.with_file_name("models");
    assert_eq!(settings.model_dir.value, Some(beside));
}

#[test]
fn nearest_file_holds_up_to_the_root_of_the_work_tree() {
    let home = tempfile::tempdir().unwrap();
    let tree = home.path().join("tree");
    let deep = tree.join("src/deep");
    fs_err::create_dir_all(tree.join(".git")).unwrap();
    fs_err::create_dir_all(&deep).unwrap();
    fs_err::write(home.path().join("mnemo.toml"), "").unwrap();
    assert_eq!(tree_around(&deep), deep);
    fs_err::write(tree.join("mnemo.toml"), "").unwrap();
    assert_eq!(tree_around(&deep), tree);
    fs_err::write(tree.join("src/mnemo.toml"), "").unwrap();
    assert_eq!(tree_around(&deep), tree.join("src"));
}

#[test]
fn tree_names_no_program_no_host_and_no_folder() {
    for line in [
        "worker_program = \"./worker\"",
        "python = \"./python\"",
        "hub = \"http://localhost\"",
        "cache_dir = \".\"",
        "sandbox = false",
    ] {
        let error = resolve("workers", "", line).unwrap_err().to_string();
        assert!(error.contains("that a tree may have"), "{error}");
    }
}

#[test]
fn sizes_are_in_steps_of_1024() {
    for (text, size) in [
        ("512", 512),
        ("4k", 4096),
        ("300M", 300 << 20),
        ("300MiB", 300 << 20),
        ("2gb", 2 << 30),
    ] {
        assert_eq!(values::parse_size(text), Ok(size), "{text}");
    }
    for text in ["", "0", "1.5G", "12X", "99999999999999999999"] {
        assert!(values::parse_size(text).is_err(), "{text}");
    }
}
