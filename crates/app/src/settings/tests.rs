use std::num::NonZeroUsize;

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
    let settings = resolve("memory", "2M", "memory = \"1M\"\nexclude = [\"dist\"]").unwrap();
    assert_eq!(settings.memory.value, MemoryLimit::Bytes(2 << 20));
    assert_eq!(settings.memory.provenance, Provenance::Flag);
    assert_eq!(settings.exclude.last().unwrap().value, ["dist"]);
    assert!(matches!(
        settings.exclude.last().unwrap().provenance,
        Provenance::Tree(_)
    ));
    assert_eq!(settings.max_file_size.value, 8 << 20);
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
fn tree_sets_nothing_that_could_harm() {
    let plain = format!("{:?}", resolve("workers", "", "").unwrap());
    for (name, value) in [
        ("database", "'../../.ssh/authorized_keys'"),
        ("database", "'postgres://evil/x?sslrootcert=/'"),
        ("embeddings", "'none'"),
        ("models", "'x'"),
        ("model_dir", "'m'"),
        ("dimensions", "2"),
        ("window", "2"),
        ("precision", "'f32'"),
        ("file_timeout", "100000"),
        ("nested", "true"),
        ("cache_dir", "'.'"),
        ("hub", "'http://localhost'"),
        ("python", "'./python'"),
        ("worker_program", "'./worker'"),
        ("engine", "'ray'"),
        ("ray_address", "'evil:6379'"),
        ("sandbox", "false"),
        ("poll", "true"),
        ("secrets", "true"),
        ("offline", "false"),
        ("exclude_tests", "false"),
        ("generated", "'with'"),
    ] {
        let mut settings = resolve("workers", "", &format!("{name} = {value}")).unwrap();
        let remark = settings.remark.take().unwrap_or_default();
        assert!(remark.contains(&format!("{name} ignored")), "{remark}");
        assert_eq!(format!("{settings:?}"), plain, "{name}");
    }
    // Limits above those in force limit nothing.
    for line in [
        "workers = 256",
        "threads = 64",
        "memory = '9999G'",
        "max_file_size = '1G'",
    ] {
        let settings = resolve("embeddings", "", line).unwrap();
        assert_eq!(format!("{settings:?}"), plain, "{line}");
    }
}

#[test]
fn tree_asks_for_less() {
    let asks = "offline = true\nsecrets = false\nexclude_tests = true\nworkers = 1\nthreads = 1\nmemory = '100K'\nmax_file_size = '1K'";
    let settings = resolve("embeddings", "", asks).unwrap();
    assert!(settings.offline.value && settings.exclude_tests.value && !settings.secrets.value);
    assert_eq!(settings.memory.value, MemoryLimit::Bytes(100 << 10));
    assert_eq!(settings.max_file_size.value, 1 << 10);
    assert_eq!(settings.workers.value.count(NonZeroUsize::MIN), 1);
    assert_eq!(settings.remark, None);
    // But not than a flag says for this very tree.
    let settings = resolve("memory", "300M", asks).unwrap();
    assert_eq!(settings.memory.value, MemoryLimit::Bytes(300 << 20));
}

#[test]
fn messages_show_no_word_of_a_file() {
    for file in [
        "pasword = \"hunter2\"",
        "database = \"hunter2",
        "root:hunter2:19000:0:99999:7:::",
        "hunter2",
    ] {
        let error = resolve("workers", "", file).unwrap_err();
        let text = domain::one_line(&error);
        assert!(
            text.contains("mnemo.toml") && (file == "hunter2" || !text.contains("hunter2")),
            "{text}"
        );
    }
}

#[test]
fn file_of_a_tree_is_a_small_regular_file() {
    let tree = tempfile::tempdir().unwrap();
    let file = tree.path().join("mnemo.toml");
    let read = || Settings::resolve(&Overrides::default(), Some(tree.path()));
    let refused = |why: &str| {
        let error = domain::one_line(&read().unwrap_err());
        assert!(error.contains(why), "{error}");
        fs_err::remove_file(&file).unwrap();
    };
    std::os::unix::fs::symlink("/etc/passwd", &file).unwrap();
    refused("symbolic link");
    std::os::unix::net::UnixListener::bind(&file).unwrap();
    refused("no regular file");
    fs_err::File::create(&file)
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    refused("larger than");
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
