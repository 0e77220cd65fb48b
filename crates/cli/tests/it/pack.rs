//! `mnemo pack` and `mnemo unpack`: what goes through a file says the same, and what is no whole file changes nothing.

use std::path::Path;

use crate::program::Mnemo;

/// A tree whose files refer to each other, one with a syntax error and one that is left out.
const TREE: &[(&str, &str)] = &[
    (
        "tree/src/greet.ts",
        "import { capital } from './words'\n\n/** Greets somebody. */\nexport function greet(name: string) {\n  return 'hello ' + capital(name)\n}\n",
    ),
    (
        "tree/src/words.ts",
        "export function capital(word: string) {\n  return word.toUpperCase()\n}\n",
    ),
    ("tree/src/half.ts", "export function broken( {\n"),
    (
        "tree/tools/count.py",
        "class Counter:\n    def count(self, names):\n        return len(names)\n",
    ),
    ("tree/.env", "PASSWORD=1\n"),
];

fn indexed() -> Mnemo {
    let mnemo = Mnemo::new();
    TREE.iter().for_each(|(path, text)| mnemo.write(path, text));
    run(&mnemo, &["index", "tree", "--workers", "1"]);
    mnemo
}

fn run(mnemo: &Mnemo, arguments: &[&str]) -> String {
    let answer = mnemo.run(arguments);
    assert_eq!(answer.status(), 0, "{arguments:?}: {}", answer.talk());
    answer.data()
}

/// What an index says to every kind of question, with each score.
fn answers(mnemo: &Mnemo, database: &str) -> Vec<String> {
    let questions: &[&[&str]] = &[
        &["digest"],
        &["search", "greets somebody", "--json", "--mode", "semantic"],
        &["search", "capital word", "--json"],
        &["graph", "callers", "capital", "--json"],
        &["graph", "hotspots", "--json"],
        &["export", "--what", "vectors"],
        &["export", "--what", "edges"],
    ];
    let ask = |question: &&[&str]| {
        let of = ["--repository", "tree", "--database", database];
        let answer = run(mnemo, &[question, &of[..]].concat());
        // Numbers of generations are those of a database.
        answer.replace("\"generation\":2", "\"generation\":1")
    };
    questions.iter().map(ask).collect()
}

#[test]
fn what_goes_through_a_file_says_the_same() {
    let mnemo = indexed();
    let before = answers(&mnemo, "mnemo/mnemo.db");
    run(&mnemo, &["pack", "tree.pack", "--repository", "tree"]);
    // Another database, and the one that it came from.
    for database in ["other.db", "mnemo/mnemo.db"] {
        run(
            &mnemo,
            &["unpack", "tree.pack", "tree", "--database", database],
        );
        assert_eq!(answers(&mnemo, database), before, "{database}");
        let again = run(
            &mnemo,
            &[
                "index",
                "tree",
                "--workers",
                "1",
                "--json",
                "--database",
                database,
            ],
        );
        let again: serde_json::Value = serde_json::from_str(again.lines().last().unwrap()).unwrap();
        assert_eq!(
            (&again["unchanged_files"], &again["vectors_computed"]),
            (&4.into(), &0.into()),
            "{again}"
        );
        assert_eq!(
            answers(&mnemo, database),
            before,
            "{database}, indexed again"
        );
    }
    // What it says of itself and of what it left out goes along.
    let status = run(&mnemo, &["status", "--json", "--database", "other.db"]);
    assert!(status.contains(".env"), "{status}");
}

#[test]
fn a_server_and_a_file_take_each_other_s() {
    let mnemo = indexed();
    let before = answers(&mnemo, "mnemo/mnemo.db");
    let server = testkit::TestDatabase::new();
    let address = server.address();
    run(&mnemo, &["pack", "file.pack", "--repository", "tree"]);
    run(
        &mnemo,
        &["unpack", "file.pack", "tree", "--database", &address],
    );
    assert_eq!(answers(&mnemo, &address), before);
    run(
        &mnemo,
        &[
            "pack",
            "server.pack",
            "--repository",
            "tree",
            "--database",
            &address,
        ],
    );
    run(
        &mnemo,
        &["unpack", "server.pack", "tree", "--database", "back.db"],
    );
    assert_eq!(answers(&mnemo, "back.db"), before);
    let read = |name: &str| std::fs::read(mnemo.home.path().join(name)).unwrap();
    assert!(
        read("file.pack") == read("server.pack"),
        "the same index is the same file"
    );
}

#[test]
fn without_vectors_it_answers_by_words_and_graph() {
    let mnemo = indexed();
    run(&mnemo, &["pack", "all.pack", "--repository", "tree"]);
    run(
        &mnemo,
        &[
            "pack",
            "words.pack",
            "--repository",
            "tree",
            "--without-vectors",
        ],
    );
    let size = |name: &str| {
        std::fs::metadata(mnemo.home.path().join(name))
            .unwrap()
            .len()
    };
    assert!(
        size("words.pack") < size("all.pack") / 2,
        "{} {}",
        size("words.pack"),
        size("all.pack")
    );
    run(
        &mnemo,
        &["unpack", "words.pack", "tree", "--database", "words.db"],
    );
    let of = ["--repository", "tree", "--database", "words.db"];
    let hits = run(&mnemo, &[&["search", "capital"], &of[..]].concat());
    assert!(hits.starts_with("src/words.ts:1"), "{hits}");
    let callers = run(
        &mnemo,
        &[&["graph", "callers", "capital"], &of[..]].concat(),
    );
    assert!(callers.contains("greet  function"), "{callers}");
    assert_eq!(
        run(
            &mnemo,
            &[&["export", "--what", "vectors"], &of[..]].concat()
        ),
        ""
    );
}

/// Unpacks bytes that are no whole pack; returns what is said about them.
fn refused(mnemo: &Mnemo, bytes: &[u8]) -> String {
    std::fs::write(mnemo.home.path().join("bad.pack"), bytes).unwrap();
    let answer = mnemo.run(&["unpack", "bad.pack", "tree", "--database", "none.db"]);
    assert_eq!(answer.status(), 3, "{}", answer.talk());
    assert!(
        !mnemo.home.path().join("none.db").exists(),
        "a database was made"
    );
    answer.talk()
}

#[test]
fn what_is_damaged_cut_or_newer_is_refused_and_changes_nothing() {
    let mnemo = indexed();
    run(&mnemo, &["pack", "tree.pack", "--repository", "tree"]);
    let whole = std::fs::read(mnemo.home.path().join("tree.pack")).unwrap();
    // Head, first frame, frames of vectors, files and graph, end, checksum.
    let regions = (0..40).map(|part| whole.len() * part / 40);
    for at in regions.chain([
        0,
        8,
        12,
        16,
        20,
        25,
        whole.len() - 1,
        whole.len() - 33,
        whole.len() - 40,
    ]) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x04;
        let talk = refused(&mnemo, &damaged);
        let known = ["is damaged", "is no pack", "version"];
        assert!(
            known.iter().any(|words| talk.contains(words)),
            "byte {at}: {talk}"
        );
        let talk = refused(&mnemo, &whole[..at]);
        assert!(
            talk.contains("cut off") || talk.contains("is no pack"),
            "cut at {at}: {talk}"
        );
    }
    let newer = [&whole[..8], &7u32.to_le_bytes(), &whole[12..]].concat();
    let talk = refused(&mnemo, &newer);
    assert!(
        talk.contains("version 7 of the format") && talk.contains("try: use the version"),
        "{talk}"
    );
    assert!(refused(&mnemo, b"SQLite format 3\0").contains("no pack of mnemo"));
}

#[test]
fn a_pack_takes_no_other_tree_s_place() {
    let mnemo = indexed();
    run(&mnemo, &["pack", "tree.pack", "--repository", "tree"]);
    mnemo.write("clone/src/greet.ts", "export const other = 1\n");
    let answer = mnemo.run(&["unpack", "tree.pack", "clone"]);
    assert_eq!(answer.status(), 2, "{}", answer.talk());
    assert!(
        answer.talk().contains("is the index of another directory"),
        "{}",
        answer.talk()
    );
    run(
        &mnemo,
        &["unpack", "tree.pack", "clone", "--repository", "clone"],
    );
    let status = run(&mnemo, &["status", "--json"]);
    assert!(
        status.contains("\"tree\"") && status.contains("\"clone\""),
        "{status}"
    );
}

#[test]
fn a_pack_is_written_in_one_step_and_needs_a_whole_index() {
    let mnemo = indexed();
    std::fs::write(mnemo.home.path().join("kept.pack"), "before").unwrap();
    let answer = mnemo.run(&["pack", "kept.pack", "--repository", "nothing"]);
    assert_eq!(answer.status(), 3, "{}", answer.talk());
    let folder = mnemo.home.path().join("no-such-folder/x.pack");
    let answer = mnemo.run(&["pack", folder.to_str().unwrap(), "--repository", "tree"]);
    assert_eq!(answer.status(), 3, "{}", answer.talk());
    let kept = std::fs::read(mnemo.home.path().join("kept.pack")).unwrap();
    assert_eq!(kept, b"before");
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    let left = names(mnemo.home.path());
    assert!(
        left.iter().all(|name| !name.starts_with(".tmp")),
        "{left:?}"
    );
}
