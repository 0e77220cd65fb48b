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
