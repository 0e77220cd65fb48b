use super::*;
use crate::encoder::Pooling;

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

/// A folder with a model that no table knows, and these files besides.
fn check_description(files: &[(&str, &str)], check: impl Fn(Result<LocalModel, ModelError>)) {
    let cache = tempfile::tempdir().unwrap();
    let parent = tempfile::tempdir().unwrap();
    let given = parent.path().join("Mine");
    write_files(&given, Some((WEIGHTS_FILE, "others")));
    for (name, text) in files {
        let path = given.join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let store = store(ModelStoreSettings {
        model_directory: Some(given),
        ..settings(&cache)
    });
    let name = store.default_model();
    check(name.and_then(|name| Ok(store.find(&name)?.unwrap())));
}

#[test]
fn unknown_model_is_what_its_folder_says() {
    const POOLING_FILE: &str = "1_Pooling/config.json";
    const WINDOW_FILE: &str = "sentence_bert_config.json";
    let check = |files: &[(&str, &str)], window: usize, pooling: Pooling, is_normalized: bool| {
        check_description(files, |found| {
            let found = found.unwrap();
            assert_eq!((found.name.as_str(), found.window), ("mine", window));
            assert_eq!(
                (found.pooling, found.is_normalized),
                (pooling, is_normalized)
            );
            assert_eq!(found.weights_sha256, sha256("others"));
        });
    };
    let window = |text| [(WINDOW_FILE, text)];
    check(&[], 8, Pooling::Mean, true);
    check(&window(r#"{"max_seq_length": 5}"#), 5, Pooling::Mean, true);
    check(
        &window(r#"{"max_seq_length": 500}"#),
        8,
        Pooling::Mean,
        true,
    );
    let first_token = (POOLING_FILE, r#"{"pooling_mode_cls_token": true}"#);
    let modules = ("modules.json", r#"[{"type": "a.Transformer"}]"#);
    check(&[first_token, modules], 8, Pooling::Cls, false);
    let refused = [
        (
            POOLING_FILE,
            "{}",
            "cannot be used: only mean and cls pooling are supported",
        ),
        (CONFIG_FILE, "{}", "missing field `model_type`"),
        ("modules.json", "[", "cannot be used: EOF while parsing"),
    ];
    for (file, text, cause) in refused {
        check_description(&[(file, text)], |found| {
            let error = domain::one_line(&found.unwrap_err());
            check_contains(&error, &[file, cause]);
        });
    }
}

#[test]
fn model_that_nobody_has_pinned_is_known_by_its_folders_name() {
    let cache = tempfile::tempdir().unwrap();
    let parent = tempfile::tempdir().unwrap();
    let given = |directory: &Path| {
        let settings = ModelStoreSettings {
            model_directory: Some(directory.to_owned()),
            ..settings(&cache)
        };
        ModelStore::with_known(settings, vec![unpinned()])
    };
    let own = parent.path().join("tiny");
    write_files(&own, Some((WEIGHTS_FILE, "others")));
    for directory in [parent.path(), &own] {
        let found = given(directory).find("Little").unwrap().unwrap();
        assert_eq!(found.query_prefix, "ask: ");
        assert_eq!(found.weights_sha256, sha256("others"));
    }
    fs_err::rename(&own, parent.path().join("Tiny")).unwrap();
    let cloned = given(parent.path()).find("Little").unwrap().unwrap();
    assert!(cloned.directory.ends_with("Tiny"));
    let other = parent.path().join("other");
    write_files(&other, None);
    let error = given(&other).find("tiny").unwrap_err();
    check_contains(&domain::one_line(&error), &["holds the model \"other\""]);
}
