//! What a change of the tree may break, asked of a real clone.

use serde_json::Value;

use crate::program::{Answer, Mnemo};

/// A clone with one commit, indexed: `main` calls `middle` calls `low`, and a test calls `middle`.
fn clone() -> Mnemo {
    let mnemo = Mnemo::new();
    mnemo.write(
        "clone/src/low.ts",
        "export function low(n: number) {\n  return n + 1\n}\n\nexport function unused() {\n  return 0\n}\n",
    );
    mnemo.write(
        "clone/src/middle.ts",
        "import { low } from './low'\n\nexport function middle(n: number) {\n  return low(n) * 2\n}\n",
    );
    mnemo.write(
        "clone/src/main.ts",
        "import { middle } from './middle'\n\nexport function main() {\n  return middle(1)\n}\n",
    );
    mnemo.write(
        "clone/test/middle.test.ts",
        "import { middle } from '../src/middle'\n\ntest('doubles', () => {\n  middle(2)\n})\n",
    );
    mnemo.write("clone/notes.md", "Notes.\n");
    mnemo.git("clone", &["init", "-q", "-b", "main"]);
    mnemo.commit("clone", "x");
    let answer = mnemo.run(&["index", "clone", "--workers", "1"]);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    mnemo
}

fn impact(mnemo: &Mnemo, arguments: &[&str]) -> Answer {
    let mut command = mnemo.command(&[&["impact"], arguments].concat());
    command.current_dir(mnemo.home.path().join("clone"));
    Answer(command.output().unwrap())
}

fn json(mnemo: &Mnemo, arguments: &[&str]) -> Value {
    let answer = impact(mnemo, &[arguments, &["--json"]].concat());
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    answer.json()
}

/// Returns the changed definitions that are no modules: `name change`.
fn changed(answer: &Value) -> Vec<String> {
    let rows = answer["changed"].as_array().unwrap().iter();
    let rows = rows.filter(|row| row["kind"] != "module");
    rows.map(|row| {
        let word = |name: &str| row[name].as_str().unwrap().to_owned();
        format!("{} {}", word("qualified_name"), word("change"))
    })
    .collect()
}

fn names(rows: &Value, field: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[field].as_str().unwrap().to_owned())
        .collect()
}

/// Returns the dependents: `depth name`.
fn dependents(answer: &Value) -> Vec<String> {
    let nodes = answer["dependents"]["nodes"].as_array().unwrap().iter();
    let found = nodes.filter(|node| node["depth"] != 0);
    found
        .map(|node| {
            format!(
                "{} {}",
                node["depth"],
                node["qualified_name"].as_str().unwrap()
            )
        })
        .collect()
}

fn reasons(answer: &Value) -> String {
    names(&answer["reasons"], "text").join("; ")
}

/// Edits of `low.ts`: its first line, a line inside, and nothing that is a definition.
const DECLARATION: &str = "export function low(n: number, by = 1) {\n  return n + 1\n}\n\nexport function unused() {\n  return 0\n}\n";
const BODY: &str = "export function low(n: number) {\n  return n + 2\n}\n\nexport function unused() {\n  return 0\n}\n";

#[test]
fn change_that_is_not_committed_reaches_dependents_and_tests() {
    let mnemo = clone();
    assert_eq!(json(&mnemo, &[])["risk"], "low");
    mnemo.write("clone/src/low.ts", BODY);
    mnemo.write("clone/notes.md", "Other notes.\n");
    let before = json(&mnemo, &[]);
    assert_eq!(before["files"][1]["indexed"], "before", "{before}");
    assert_eq!(changed(&before), ["low body"]);
    assert_eq!(dependents(&before), ["1 middle", "2 main"]);
    assert_eq!(names(&before["tests"], "file"), ["test/middle.test.ts"]);

    // The same once the index is of the state after it.
    assert_eq!(mnemo.run(&["index", "clone", "--workers", "1"]).status(), 0);
    let after = json(&mnemo, &["--diff"]);
    assert_eq!(after["files"][1]["indexed"], "after");
    for field in ["changed", "tests", "risk"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let only_tests = impact(&mnemo, &["--format", "tests"]);
    assert_eq!(only_tests.data(), "test/middle.test.ts\n");

    // And a third state is said to be one.
    mnemo.write("clone/src/low.ts", DECLARATION);
    let other = json(&mnemo, &[]);
    assert_eq!(other["files"][1]["indexed"], "other");
    assert!(
        reasons(&other).contains("index again"),
        "{}",
        reasons(&other)
    );
}

#[test]
fn declaration_in_use_is_a_risk_that_can_fail_a_hook() {
    let mnemo = clone();
    mnemo.write("clone/src/low.ts", DECLARATION);
    let answer = json(&mnemo, &[]);
    assert_eq!(changed(&answer), ["low declaration"]);
    assert_eq!(answer["risk"], "high");
    let expected = "1 declaration changed in use: 1 user in unchanged files";
    assert!(reasons(&answer).contains(expected), "{}", reasons(&answer));
    assert_eq!(impact(&mnemo, &["--fail-on", "high"]).status(), 1);

    // What is not staged does not count there.
    assert_eq!(
        impact(&mnemo, &["--staged", "--fail-on", "low"]).status(),
        1
    );
    assert_eq!(changed(&json(&mnemo, &["--staged"])), [""; 0]);
    mnemo.git("clone", &["add", "src/low.ts"]);
    mnemo.write("clone/src/main.ts", "export const main = 1\n");
    assert_eq!(changed(&json(&mnemo, &["--staged"])), ["low declaration"]);
}

#[test]
fn branch_is_compared_with_where_it_left() {
    let mnemo = clone();
    mnemo.git("clone", &["switch", "-q", "-c", "topic"]);
    mnemo.write("clone/src/low.ts", BODY);
    mnemo.commit("clone", "x");
    mnemo.git("clone", &["switch", "-q", "main"]);
    mnemo.write(
        "clone/src/main.ts",
        "export function main() {\n  return 3\n}\n",
    );
    mnemo.commit("clone", "x");
    mnemo.git("clone", &["switch", "-q", "topic"]);
    assert_eq!(changed(&json(&mnemo, &[])), [""; 0]);
    assert_eq!(changed(&json(&mnemo, &["--diff", "main"])), ["low body"]);
    let refused = impact(&mnemo, &["--diff", "nowhere"]);
    assert_eq!(refused.status(), 2, "{}", refused.talk());
    let outside = mnemo.run(&["impact", "--repository", "clone"]);
    assert_eq!(outside.status(), 3);
    assert!(outside.talk().contains("not in it"), "{}", outside.talk());
}

#[test]
fn files_come_and_go_and_move() {
    let mnemo = clone();
    std::fs::remove_file(mnemo.home.path().join("clone/src/low.ts")).unwrap();
    let gone = json(&mnemo, &[]);
    assert_eq!(changed(&gone), ["low removed", "unused removed"]);
    assert_eq!(gone["risk"], "high");
    let expected = "1 definition in use is gone: 1 user";
    assert!(reasons(&gone).contains(expected), "{}", reasons(&gone));

    mnemo.git("clone", &["checkout", "-q", "src/low.ts"]);
    mnemo.write(
        "clone/src/new.ts",
        "import { main } from './main'\n\nexport function fresh() {\n  return main()\n}\n",
    );
    assert_eq!(mnemo.run(&["index", "clone", "--workers", "1"]).status(), 0);
    let come = json(&mnemo, &[]);
    assert_eq!(changed(&come), ["fresh added"]);
    assert_eq!(come["files"][0]["change"], "added");

    mnemo.git("clone", &["mv", "src/low.ts", "src/lowest.ts"]);
    let moved = json(&mnemo, &[]);
    let rows = moved["files"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|row| row["old_file"] == "src/low.ts" && row["file"] == "src/lowest.ts"),
        "{moved}"
    );
}

#[test]
fn import_that_closes_a_circle_is_named() {
    let mnemo = clone();
    let text = std::fs::read_to_string(mnemo.home.path().join("clone/src/low.ts")).unwrap();
    let import = "import { main } from './main'\n";
    mnemo.write(
        "clone/src/low.ts",
        &format!("{import}{text}export const run = () => main()\n"),
    );
    assert_eq!(mnemo.run(&["index", "clone", "--workers", "1"]).status(), 0);
    let answer = json(&mnemo, &[]);
    let way = &answer["cycles"][0]["way_round"];
    assert_eq!(
        names(way, "file"),
        ["src/low.ts", "src/main.ts", "src/middle.ts"]
    );
    assert_eq!(way[0]["edge_line"], 1);
    assert_eq!(answer["risk"], "high");

    // Once it is committed, a change of its line makes no cycle that was not there.
    mnemo.commit("clone", "x");
    let import = "import { main, main as again } from './main'\n";
    mnemo.write(
        "clone/src/low.ts",
        &format!("{import}{text}export const run = () => again()\n"),
    );
    assert_eq!(mnemo.run(&["index", "clone", "--workers", "1"]).status(), 0);
    assert_eq!(json(&mnemo, &[])["cycles"], serde_json::json!([]));
}

#[test]
fn methods_and_the_gaps_between_lines_belong_to_somebody() {
    let mnemo = clone();
    let class = |extra: &str, body: &str| {
        format!(
            "export class Box {{\n  open() {{\n    const inner = () => {body}\n    return inner()\n  }}\n{extra}  shut() {{ return 2 }}\n}}\n"
        )
    };
    mnemo.write("clone/src/box.ts", &class("", "1"));
    mnemo.commit("clone", "x");
    assert_eq!(mnemo.run(&["index", "clone", "--workers", "1"]).status(), 0);
    mnemo.write("clone/src/box.ts", &class("", "3"));
    let inner = changed(&json(&mnemo, &[]));
    assert!(inner.contains(&"Box.open body".to_owned()), "{inner:?}");
    assert!(
        !inner.iter().any(|one| one.starts_with("Box.shut")),
        "{inner:?}"
    );
    // Of a new method the state before knows only the class that it came into.
    mnemo.write("clone/src/box.ts", &class("  turn() { return 1 }\n", "1"));
    assert_eq!(changed(&json(&mnemo, &[])), ["Box body"]);
    assert_eq!(mnemo.run(&["index", "clone", "--workers", "1"]).status(), 0);
    let after = changed(&json(&mnemo, &[]));
    assert!(after.contains(&"Box.turn added".to_owned()), "{after:?}");
}

#[test]
fn names_of_files_cannot_forge_lines_of_a_comment() {
    let mnemo = clone();
    mnemo.write(
        "clone/src/`| <b>@all.ts",
        "export function odd() { return 1 }\n",
    );
    assert_eq!(mnemo.run(&["index", "clone", "--workers", "1"]).status(), 0);
    let answer = impact(&mnemo, &["--format", "markdown"]);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    let row = answer.data();
    let row = row
        .lines()
        .find(|line| line.contains("odd"))
        .unwrap()
        .to_owned();
    assert!(
        row.starts_with("| `odd` | `` src/`\\| <b>@all.ts:1 `` |"),
        "{row}"
    );
}
