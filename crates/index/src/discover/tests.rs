use super::*;

const RULES: Rules = Rules {
    include: Vec::new(),
    exclude: Vec::new(),
    tests: TestFiles::Indexed,
    secrets: SecretFiles::Skipped,
    generated: GeneratedFiles::With,
    nested: NestedRepositories::Skipped,
    max_file_bytes: 1000,
};

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let file = root.path().join(path);
        fs_err::create_dir_all(file.parent().unwrap()).unwrap();
        fs_err::write(file, text).unwrap();
    }
    root
}

fn known(path: &str, text: &str, stamp: FileStamp) -> KnownFile {
    let path = RepoPath::new(path).unwrap();
    let language = extract::language_of(&path).unwrap();
    KnownFile {
        path,
        hash: ContentHash::of(text.as_bytes()),
        stamp,
        language,
        front_end: extract::front_end_version(language),
        is_generated: false,
        has_problem: false,
    }
}

fn changed(found: &Discovery) -> Vec<&str> {
    found
        .changed
        .iter()
        .map(|change| change.path.as_str())
        .collect()
}

fn skipped(found: &Discovery) -> Vec<(&str, SkipReason)> {
    found
        .skipped
        .iter()
        .map(|skip| (skip.path.as_str(), skip.reason))
        .collect()
}

/// Makes a file old enough for its time to be trusted.
fn age(file: &Path) -> FileStamp {
    let metadata = fs_err::metadata(file).unwrap();
    let later = changed_time(&metadata) + RACY_WINDOW + Duration::from_secs(1);
    FileStamp {
        n_bytes: metadata.len(),
        modified_ns: stable_time_ns(&metadata, later),
    }
}

fn changed_time(metadata: &std::fs::Metadata) -> SystemTime {
    super::changed(metadata)
        .unwrap()
        .max(metadata.modified().unwrap())
}

#[test]
fn new_files_are_changes_in_path_order() {
    let root = tree(&[
        ("src/b.ts", "b"),
        ("src/a.ts", "a"),
        (".hidden/c.js", "c"),
        ("readme.xyz", "x"),
    ]);
    let found = discover(root.path(), &[], &RULES).unwrap();
    assert_eq!(changed(&found), [".hidden/c.js", "src/a.ts", "src/b.ts"]);
    assert_eq!(
        skipped(&found),
        [("readme.xyz", SkipReason::UnsupportedLanguage)]
    );
    assert!(found.problems.is_empty());
}

#[test]
fn nested_ignore_files_are_honoured() {
    let root = tree(&[
        (".gitignore", "/out\n"),
        ("out/a.ts", "a"),
        ("lib/.gitignore", "*.gen.ts\n"),
        ("lib/a.gen.ts", "a"),
        ("lib/b.ts", "b"),
        ("lib/.mnemoignore", "c.ts\n"),
        ("lib/c.ts", "c"),
        ("node_modules/m/index.js", "m"),
        ("venv/lib/python3.12/site-packages/m.py", "m"),
        (".tox/m.py", "m"),
    ]);
    assert_eq!(
        changed(&discover(root.path(), &[], &RULES).unwrap()),
        ["lib/b.ts"]
    );
}

#[test]
fn every_rule_gives_its_reason() {
    let long = "x".repeat(1001);
    let root = tree(&[
        ("a.ts", "a"),
        ("a.test.ts", "t"),
        ("b.min.js", "b"),
        ("big.ts", &long),
        ("nul.ts", "\0"),
        ("skip/c.ts", "c"),
    ]);
    std::os::unix::fs::symlink("a.ts", root.path().join("link.ts")).unwrap();
    std::os::unix::net::UnixListener::bind(root.path().join("socket.ts")).unwrap();
    let rules = Rules {
        exclude: vec![Patterns {
            globs: vec!["skip".to_owned()],
            ..Patterns::default()
        }],
        tests: TestFiles::Excluded,
        ..RULES
    };
    let found = discover(root.path(), &[], &rules).unwrap();
    assert_eq!(changed(&found), ["a.ts"]);
    assert_eq!(
        skipped(&found),
        [
            ("a.test.ts", SkipReason::Test),
            ("b.min.js", SkipReason::Minified),
            ("big.ts", SkipReason::TooLarge),
            ("link.ts", SkipReason::Symlink),
            ("nul.ts", SkipReason::Binary),
            ("skip/c.ts", SkipReason::Excluded),
            ("socket.ts", SkipReason::SpecialFile),
        ]
    );
}

#[test]
fn stamp_and_hash_tell_unchanged_files_and_the_store_forgets_vanished_ones() {
    let root = tree(&[("a.ts", "a"), ("b.ts", "b"), ("c.ts", "new")]);
    let stale = FileStamp {
        n_bytes: 1,
        modified_ns: Some(1),
    };
    let known = [
        known("a.ts", "a", stale),
        known("b.ts", "b", stale),
        known("c.ts", "old", stale),
        known("gone.ts", "g", stale),
    ];
    let found = discover(root.path(), &known, &RULES).unwrap();
    assert_eq!(changed(&found), ["c.ts"]);
    assert_eq!(found.unchanged.len(), 2);
    assert_eq!(found.restamped.len(), 2);
    assert_eq!(found.removed, [RepoPath::new("gone.ts").unwrap()]);
}

#[test]
fn a_file_as_young_as_the_clock_is_coarse_has_no_time() {
    let root = tree(&[("a.ts", "a")]);
    let metadata = fs_err::metadata(root.path().join("a.ts")).unwrap();
    assert_eq!(stable_time_ns(&metadata, changed_time(&metadata)), None);
    assert!(age(&root.path().join("a.ts")).modified_ns.is_some());
}

#[test]
fn a_young_file_changed_to_the_same_size_is_seen() {
    let root = tree(&[("a.ts", "aaa")]);
    let stamp = stamp_of(&fs_err::metadata(root.path().join("a.ts")).unwrap());
    let known = [known("a.ts", "aaa", stamp)];
    fs_err::write(root.path().join("a.ts"), "bbb").unwrap();
    assert_eq!(
        changed(&discover(root.path(), &known, &RULES).unwrap()),
        ["a.ts"]
    );
}

#[test]
fn a_file_whose_last_attempt_failed_is_tried_again() {
    let root = tree(&[("a.ts", "a")]);
    let stamp = age(&root.path().join("a.ts"));
    let known = [KnownFile {
        has_problem: true,
        ..known("a.ts", "a", stamp)
    }];
    assert_eq!(
        changed(&discover(root.path(), &known, &RULES).unwrap()),
        ["a.ts"]
    );
}

#[test]
fn another_version_of_a_front_end_reads_its_files_anew() {
    let root = tree(&[("a.ts", "a"), ("b.ts", "b"), ("c.ts", "c")]);
    let stamp = |name: &str| age(&root.path().join(name));
    let known = [
        known("a.ts", "a", stamp("a.ts")),
        KnownFile {
            front_end: 0,
            ..known("b.ts", "b", stamp("b.ts"))
        },
        KnownFile {
            language: domain::Language::Jsx,
            ..known("c.ts", "c", stamp("c.ts"))
        },
    ];
    assert_eq!(
        changed(&discover(root.path(), &known, &RULES).unwrap()),
        ["b.ts", "c.ts"]
    );
}

#[test]
fn unusual_names_are_kept_or_reported() {
    use std::os::unix::ffi::OsStrExt;
    let root = tree(&[("line\nbreak.ts", "a"), ("sp ace/ü.ts", "b")]);
    let invalid = std::ffi::OsStr::from_bytes(b"bad\xff.ts");
    fs_err::write(root.path().join(invalid), "c").unwrap();
    let found = discover(root.path(), &[], &RULES).unwrap();
    assert_eq!(changed(&found), ["line\nbreak.ts", "sp ace/ü.ts"]);
    assert_eq!(found.problems[0].kind, ProblemKind::Name);
}

#[test]
fn clones_and_worktrees_are_skipped_and_submodules_are_not() {
    let root = tree(&[
        ("a.ts", "a"),
        (".git/HEAD", "ref: refs/heads/main"),
        ("clone/.git/HEAD", "ref: refs/heads/main"),
        ("clone/b.ts", "b"),
        ("worktree/.git", "gitdir: /somewhere/.git/worktrees/x"),
        ("worktree/a.ts", "a"),
        ("module/.git", "gitdir: ../.git/modules/module"),
        ("module/c.ts", "c"),
    ]);
    let found = discover(root.path(), &[], &RULES).unwrap();
    assert_eq!(changed(&found), ["a.ts", "module/c.ts"]);
    let expected = [
        ("clone", SkipReason::NestedRepository),
        ("worktree", SkipReason::NestedRepository),
    ];
    assert_eq!(skipped(&found), expected);
    let all = Rules {
        nested: NestedRepositories::Indexed,
        ..RULES
    };
    let found = discover(root.path(), &[], &all).unwrap();
    assert_eq!(changed(&found).len(), 4);
}

#[test]
fn secrets_are_skipped_with_their_reason_unless_wanted() {
    let token = ["gh", "p_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"].concat();
    let config = format!("export const port = 1\nexport const token = '{token}'\n");
    let root = tree(&[
        (".env", "A=1"),
        ("key.pem", "x"),
        ("config.ts", &config),
        ("a.ts", "a"),
    ]);
    let found = discover(root.path(), &[], &RULES).unwrap();
    assert_eq!(changed(&found), ["a.ts"]);
    let details: Vec<_> = found.skipped.iter().map(|skip| &*skip.detail).collect();
    assert_eq!(
        found
            .skipped
            .iter()
            .filter(|skip| skip.reason == SkipReason::Secret)
            .count(),
        3
    );
    assert!(
        details.contains(&"line 2 holds a GitHub token"),
        "{details:?}"
    );
    let all = Rules {
        secrets: SecretFiles::Indexed,
        ..RULES
    };
    let found = discover(root.path(), &[], &all).unwrap();
    assert_eq!(changed(&found), ["a.ts", "config.ts"]);
}

#[test]
fn neighbours_of_an_unreadable_file_are_not_forgotten() {
    let root = tree(&[("a.ts", "a"), ("b.ts", "b"), ("c.ts", "c")]);
    let files: Vec<KnownFile> = ["a", "b", "c"]
        .into_iter()
        .map(|name| {
            let path = format!("{name}.ts");
            known(&path, name, age(&root.path().join(&path)))
        })
        .collect();
    let rules = RULES;
    let globs = Globs::new(&[], &[]).unwrap();
    let survey = Survey {
        rules: &rules,
        globs,
        trusted: &std::collections::HashSet::new(),
        known: HashMap::new(),
        found: Discovery {
            unchanged: vec![files[1].path.clone(), files[2].path.clone()],
            ..Discovery::default()
        },
        unreadable: vec!["a.ts".to_owned()],
    };
    let found = survey.finish(&files);
    assert_eq!(found.removed, []);
    assert_eq!(found.unchanged.len(), 3);
}

#[test]
fn generated_files_are_left_out_where_they_are_not_wanted_even_if_they_were_indexed() {
    let text = "// @generated\nexport const a = 1\n";
    let root = tree(&[("a.ts", text), ("b.ts", "export {}")]);
    let without = Rules {
        generated: GeneratedFiles::Without,
        ..RULES
    };
    let a = KnownFile {
        is_generated: true,
        ..known("a.ts", text, age(&root.path().join("a.ts")))
    };
    let b = known("b.ts", "export {}", age(&root.path().join("b.ts")));
    let found = discover(root.path(), &[a.clone(), b.clone()], &without).unwrap();
    assert_eq!(skipped(&found), [("a.ts", SkipReason::Generated)]);
    assert_eq!(found.removed, std::slice::from_ref(&a.path));
    assert!(found.changed.is_empty());
    let found = discover(root.path(), &[a, b.clone()], &RULES).unwrap();
    assert!(found.removed.is_empty() && found.changed.is_empty());
    assert_eq!(
        changed(&discover(root.path(), &[b], &RULES).unwrap()),
        ["a.ts"]
    );
}
