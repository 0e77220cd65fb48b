//! Many repositories by one command.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::Mnemo;

/// Makes a repository with a commit of these files.
fn repository(mnemo: &Mnemo, name: &str, files: &[(&str, &str)]) -> String {
    for (path, text) in files {
        mnemo.write(&format!("{name}/{path}"), text);
    }
    let folder = mnemo.home.path().join(name);
    git(&folder, &["init", "-q"]);
    commit(&folder);
    format!("file://{}", folder.display())
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let status = Command::new("git")
        .args(identity)
        .args(arguments)
        .current_dir(folder)
        .status();
    assert!(status.unwrap().success());
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "x"]);
}

/// Returns what became of each repository, as the command says it: `name outcome`.
fn index(mnemo: &Mnemo, status: i32) -> (Vec<String>, Value) {
    let answer = mnemo.run(&["fleet", "index", "list", "--json", "--workers", "2"]);
    assert_eq!(answer.status(), status, "{}", answer.talk());
    let json = answer.json();
    let rows = json["repositories"].as_array().unwrap().iter();
    let words = rows.map(|row| {
        let word = |name: &str| row[name].as_str().unwrap().to_owned();
        format!("{} {}", word("repository"), word("outcome"))
    });
    (words.collect(), json)
}

fn digest(mnemo: &Mnemo, name: &str) -> String {
    let answer = mnemo.run(&["digest", "--repository", name]);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    answer.data()
}

#[test]
fn fleet_is_indexed_and_then_only_what_is_new() {
    let mnemo = Mnemo::new();
    let one = repository(&mnemo, "src/one", &[("a.ts", "export const a = 1\n")]);
    let two = repository(&mnemo, "src/two", &[("b.ts", "export const b = 2\n")]);
    mnemo.write("src/three/c.ts", "export const c = 3\n");
    let list =
        format!("# a fleet\n{one}\n{two} second  # renamed\nsrc/three\nfile:///nowhere/four.git\n");
    mnemo.write("list", &list);
    let (words, json) = index(&mnemo, 1);
    assert_eq!(
        words,
        [
            "one indexed",
            "second indexed",
            "three indexed",
            "four failed"
        ]
    );
    let error = json["repositories"][3]["error"].as_str().unwrap();
    assert!(
        error.contains("cannot fetch file:///nowhere/four.git"),
        "{error}"
    );
    // By path it is the same index as by address.
    let tree = mnemo.home.path().join("src/two");
    let alone = Mnemo::new();
    assert_eq!(
        alone
            .run(&["index", tree.to_str().unwrap(), "--repository", "second"])
            .status(),
        0
    );
    assert_eq!(digest(&mnemo, "second"), digest(&alone, "second"));
    let expected = [
        "one unchanged",
        "second unchanged",
        "three unchanged",
        "four failed",
    ];
    let (words, json) = index(&mnemo, 1);
    assert_eq!(words, expected);
    // Not even fetched.
    assert!(json["repositories"][0]["revision"].is_string(), "{json}");
    mnemo.write("src/two/b.ts", "export const b = 22\n");
    commit(&tree);
    let (words, json) = index(&mnemo, 1);
    assert_eq!(words[1], "second indexed");
    assert_eq!(json["unchanged"], 2);
}

#[test]
fn status_has_a_row_for_every_repository() {
    let mnemo = Mnemo::new();
    let one = repository(&mnemo, "src/one", &[("a.ts", "export const a = 1\n")]);
    mnemo.write("src/two/b.ts", "export const b = 2\n");
    mnemo.write("src/two/c.ts", "export const c = 2\n");
    let bad = mnemo.home.path().join("src/two/bad.ts");
    std::fs::write(bad, b"const a = '\xff'\n").unwrap();
    mnemo.write("list", &format!("{one}\nsrc/two\n"));
    index(&mnemo, 0);
    mnemo.write("src/two/b.ts", "export const b = 22\n");
    let json = mnemo.run(&["status", "--fleet", "--json"]).json();
    let [one, two] = json["repositories"].as_array().unwrap().as_slice() else {
        panic!("{json}");
    };
    let of = |row: &Value| {
        let word = |name: &str| row[name].to_string();
        ["repository", "files", "failed_files", "last_run"].map(word)
    };
    assert_eq!(of(one), ["\"one\"", "1", "0", "\"complete\""]);
    assert_eq!(of(two), ["\"two\"", "2", "1", "\"complete\""]);
    assert_eq!(one["source_bytes"], 19);
    // Its commit is known and its tree is gone; of the other it is the other way round.
    let commit = one["revision"].as_str().unwrap();
    assert_eq!((commit.len(), one.get("changed_files")), (40, None));
    assert_eq!(
        (&two["revision"], &two["changed_files"]),
        (&Value::Null, &1.into())
    );
    let table = mnemo.run(&["status", "--fleet"]).data();
    assert!(table.contains(&commit[..8]), "{table}");
    assert!(
        table.contains("1 with failed files, 1 with changes"),
        "{table}"
    );
    let both = mnemo.run(&["status", "--fleet", "--watch"]);
    assert_eq!(both.status(), 2, "{}", both.talk());
}

#[test]
fn list_that_cannot_be_used_is_wrong_usage() {
    let mnemo = Mnemo::new();
    let answer = mnemo.run(&["fleet", "index", "no-list"]);
    assert_eq!(answer.status(), 2, "{}", answer.talk());
    mnemo.write("list", "a x\nb x\n");
    let answer = mnemo.run(&["fleet", "index", "list"]);
    assert_eq!(answer.status(), 2);
    assert!(answer.talk().contains("line 2"), "{}", answer.talk());
}
