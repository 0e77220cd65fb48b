//! What a person sees at the edges: nothing to do, nothing to ask, nowhere to write, names that a terminal would obey.

use std::fs::File;

use crate::program::Mnemo;

#[test]
fn tree_without_sources_is_an_error_that_says_what_is_there() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/main.xyz", "print(1)\n");
    let answer = mnemo.run(&["index", "tree"]);
    assert_eq!(answer.status(), 3);
    let talk = answer.talk();
    assert!(
        talk.contains("holds no file that can be indexed") && talk.contains(".xyz"),
        "{talk}"
    );
    assert!(
        !talk.lines().any(|line| line.ends_with([' ', ':'])),
        "{talk}"
    );
}

#[test]
fn file_in_place_of_a_directory_is_named() {
    let mnemo = Mnemo::new();
    mnemo.write("a.ts", "export const a = 1\n");
    let answer = mnemo.run(&["index", "a.ts"]);
    assert_eq!(answer.status(), 3);
    let talk = answer.talk();
    assert!(talk.starts_with("error: cannot index a.ts"), "{talk}");
}

#[test]
fn question_of_nothing_is_refused() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = 1\n");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    for question in ["", "  \n "] {
        let answer = mnemo.run(&["search", question]);
        assert_eq!(answer.status(), 2);
        assert!(answer.talk().contains("question is empty"));
    }
}

#[test]
fn what_a_terminal_would_obey_is_only_shown() {
    let mnemo = Mnemo::new();
    mnemo.write(
        "tree/a\u{1b}[31m\nb.ts",
        "export function red() { return '\u{1b}]0;title\u{7}' }\nexport const call = () => red()\n",
    );
    mnemo.write("tree/c\u{1b}[2J.xyz", "");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    for arguments in [
        &["search", "red"][..],
        &["graph", "callers", "red"],
        &["graph", "modules", "--files"],
        &["status", "-v"],
        &["plan", "tree", "-v"],
    ] {
        let answer = mnemo.run(arguments);
        assert_eq!(answer.status(), 0, "{arguments:?}: {}", answer.talk());
        let shown = answer.data() + &answer.talk();
        assert!(shown.contains("\\u{1b}["), "{arguments:?}: {shown:?}");
        assert!(
            !shown.contains(['\u{1b}', '\u{7}']),
            "{arguments:?}: {shown:?}"
        );
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = 1\n");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    for arguments in [&["search", "a"][..], &["status", "--json"]] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = mnemo.command(arguments).stdout(full).output().unwrap();
        let talk = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{talk}");
        assert!(talk.contains("error: cannot write"), "{talk}");
        assert!(!talk.contains("panicked"), "{talk}");
    }
}

#[test]
fn history_without_questions_is_reported() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = 1\n");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    let answer = mnemo.run(&["eval"]);
    assert_eq!(answer.status(), 3);
    assert!(answer.talk().contains("--questions"), "{}", answer.talk());
}
