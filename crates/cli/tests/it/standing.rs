//! Which tree and repository are meant by where the person stands.

use std::process::Command;

use crate::program::{Answer, Mnemo};

/// Two trees of the name `app`, the first with a configuration, and one around the first.
fn trees() -> Mnemo {
    let mnemo = Mnemo::new();
    mnemo.write("one/app/src/first.ts", "export function first() {}\n");
    mnemo.write("two/app/second.ts", "export function second() {}\n");
    mnemo
}

/// Runs a command in a folder below the home.
fn run_in(mnemo: &Mnemo, folder: &str, arguments: &[&str]) -> Answer {
    let mut command: Command = mnemo.command(arguments);
    command.current_dir(mnemo.home.path().join(folder));
    Answer(command.output().unwrap())
}

#[test]
fn repository_around_the_working_directory_is_meant() {
    let mnemo = trees();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
    let named = ["index", "two/app", "--repository", "other"];
    assert_eq!(mnemo.run(&named).status(), 0);
    for (folder, expected) in [
        ("one/app", "app"),
        ("one/app/src", "app"),
        ("two/app", "other"),
    ] {
        let found = run_in(&mnemo, folder, &["search", "first", "--json"]).json();
        assert_eq!(found["repository"], expected, "{folder}: {found}");
        let digest = run_in(&mnemo, folder, &["digest", "--json"]).json();
        assert_eq!(digest["repository"], expected, "{folder}: {digest}");
    }
    let callers = run_in(&mnemo, "one/app/src", &["graph", "callers", "first"]);
    assert_eq!(callers.status(), 0, "{}", callers.talk());
    let outside = mnemo.run(&["search", "first"]);
    assert_eq!(outside.status(), 3);
    let talk = outside.talk();
    assert!(
        talk.contains("app, other") && talk.contains("--repository"),
        "{talk}"
    );
}

#[test]
fn index_without_a_directory_is_of_the_repository_around() {
    let mnemo = trees();
    std::fs::create_dir(mnemo.home.path().join("one/app/.git")).unwrap();
    let index = run_in(&mnemo, "one/app/src", &["index"]);
    assert_eq!(index.status(), 0, "{}", index.talk());
    let talk = index.talk();
    assert!(talk.contains("app, the repository around"), "{talk}");
    // A folder that is named is meant as it is, and so is one outside of any repository.
    for (folder, arguments) in [
        ("one/app/src", &["index", "--here"][..]),
        ("one", &["index", "app/src", "--repository", "named"]),
        ("two/app", &["index", "--repository", "two"]),
    ] {
        let answer = run_in(&mnemo, folder, arguments);
        assert_eq!(answer.status(), 0, "{}", answer.talk());
    }
    let status = mnemo.run(&["status", "--json"]).json();
    let rows = status["repositories"].as_array().unwrap().iter();
    let trees: Vec<String> = rows
        .map(|row| {
            let root = std::path::Path::new(row["root"].as_str().unwrap());
            let home = std::fs::canonicalize(mnemo.home.path()).unwrap();
            let inside = root.strip_prefix(home).unwrap();
            format!(
                "{} {}",
                row["repository"].as_str().unwrap(),
                inside.display()
            )
        })
        .collect();
    let expected = [
        "app one/app",
        "named one/app/src",
        "src one/app/src",
        "two two/app",
    ];
    assert_eq!(trees, expected);
}

#[test]
fn status_says_what_has_changed_since() {
    let mnemo = trees();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
    let changed =
        || mnemo.run(&["status", "--json"]).json()["repositories"][0]["changed_files"].clone();
    assert_eq!(changed(), 0);
    mnemo.write("one/app/src/first.ts", "export function second() {}\n");
    assert_eq!(changed(), 1);
    let text = mnemo.run(&["status"]).data();
    assert!(text.contains("1 file of it has changed since"), "{text}");
    std::fs::remove_dir_all(mnemo.home.path().join("one")).unwrap();
    assert_eq!(changed(), serde_json::Value::Null);
}

#[test]
fn answers_are_styled_where_it_is_wanted() {
    let mnemo = trees();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
    let is_styled = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = mnemo.command(&[&["search", "first"], arguments].concat());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(variables.iter().copied());
        Answer(command.output().unwrap()).data().contains('\x1b')
    };
    assert!(!is_styled(&[], &[]));
    assert!(is_styled(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(is_styled(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!is_styled(
        &["--color", "never"],
        &[("CLICOLOR_FORCE", "1")]
    ));
}

#[test]
fn tree_indexed_under_two_names_is_not_guessed() {
    let mnemo = trees();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
    let again = ["index", "one/app", "--repository", "again"];
    assert_eq!(mnemo.run(&again).status(), 0);
    let talk = run_in(&mnemo, "one/app", &["digest"]).talk();
    assert!(talk.contains("again, app"), "{talk}");
}

#[test]
fn directory_of_the_same_name_replaces_another_only_when_asked() {
    let mnemo = trees();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
    for command in ["index", "plan"] {
        let refused = mnemo.run(&[command, "two/app"]);
        assert_eq!(refused.status(), 2, "{}", refused.talk());
        let talk = refused.talk();
        assert!(
            talk.contains("one/app") && talk.contains("--repository"),
            "{talk}"
        );
    }
    let found = mnemo.run(&["search", "first"]).data();
    assert!(found.starts_with("src/first.ts:1"), "{found}");
    let answer = mnemo.run(&["index", "two/app", "--repository", "app"]);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    // A tree that is no longer there stands in nobody's way.
    std::fs::rename(
        mnemo.home.path().join("two"),
        mnemo.home.path().join("three"),
    )
    .unwrap();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
}

#[test]
fn new_repository_inside_of_another_is_remarked_once() {
    let mnemo = trees();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
    let is_remarked = |arguments: &[&str]| {
        let answer = mnemo.run(arguments);
        assert_eq!(answer.status(), 0, "{}", answer.talk());
        answer.talk().contains("to bring app up to date")
    };
    assert!(is_remarked(&["index", "one/app/src"]));
    assert!(!is_remarked(&["index", "one/app/src"]));
    assert!(!is_remarked(&["index", "two/app", "--repository", "two"]));
}

#[test]
fn configuration_of_the_tree_holds_in_its_folders() {
    let mnemo = trees();
    mnemo.write("one/app/mnemo.toml", "offline = true\nsecrets = true\n");
    std::fs::create_dir(mnemo.home.path().join("one/app/.git")).unwrap();
    for folder in ["one/app", "one/app/src"] {
        let doctor = run_in(&mnemo, folder, &["doctor", "--embeddings", "none"]);
        let offline = doctor
            .data()
            .lines()
            .find(|line| line.contains("offline"))
            .map(str::to_owned);
        assert!(offline.is_some_and(|line| line.contains("true") && line.contains("of the tree")));
        assert!(
            doctor.talk().contains("secrets ignored"),
            "{}",
            doctor.talk()
        );
    }
    // A folder that is named is in the tree as one that somebody stands in, and what is ignored is said once.
    let index = mnemo.run(&["index", "one/app/src"]);
    assert_eq!(
        index.talk().matches("ignored").count(),
        1,
        "{}",
        index.talk()
    );
}

#[test]
fn globs_of_a_configuration_are_of_its_folder() {
    let mnemo = trees();
    mnemo.write("one/app/src/made/by.ts", "export function made() {}\n");
    let globs = "include = [\"src/**\"]\nexclude = [\"src/made\"]\n";
    mnemo.write("one/app/mnemo.toml", globs);
    std::fs::create_dir(mnemo.home.path().join("one/app/.git")).unwrap();
    for tree in ["one/app", "one/app/src"] {
        let summary = mnemo.run(&["index", tree, "--json"]).json();
        assert_eq!(summary["total_files"], 1, "{tree}: {summary}");
    }
    let verified = run_in(&mnemo, "one/app", &["verify", "--repository", "src"]);
    assert_eq!(verified.status(), 0, "{}", verified.data());
    // Those of a flag are of the tree that is indexed.
    let flags = ["--exclude", "first.ts", "--exclude", "made", "--json"];
    let summary = mnemo.run(&[&["index", "one/app/src"], &flags[..]].concat());
    assert_eq!(summary.json()["total_files"], 0);
}

#[test]
fn no_other_repository_answers_in_a_directory_that_is_not_indexed() {
    let mnemo = trees();
    assert_eq!(mnemo.run(&["index", "one/app"]).status(), 0);
    for arguments in [
        &["search", "first"][..],
        &["graph", "callers", "first"],
        &["digest"],
    ] {
        let refused = run_in(&mnemo, "two/app", arguments);
        assert_eq!(refused.status(), 3, "{arguments:?}");
        let talk = refused.talk();
        assert!(
            talk.contains("is not indexed; the index has app") && talk.contains("mnemo index"),
            "{talk}"
        );
    }
    let asked = run_in(
        &mnemo,
        "two/app",
        &["search", "first", "--repository", "app"],
    );
    assert_eq!(asked.status(), 0, "{}", asked.talk());
    // Who stands above it means it all the same.
    assert_eq!(mnemo.run(&["digest"]).status(), 0);
}
