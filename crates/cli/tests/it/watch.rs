//! `mnemo watch` as a person meets it.

use std::io::{BufRead, BufReader};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::Mnemo;

#[test]
fn watch_follows_edits_bursts_and_new_folders_and_its_own_database_does_not_wake_it() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export const a = 1\n");
    // The database lies in the tree it watches.
    let mut child = mnemo.start(&[
        "watch",
        "tree",
        "--database",
        "tree/mnemo.db",
        "--json",
        "--workers",
        "1",
    ]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut n_idle = 0;
    let mut next = |files: u64| -> Value {
        loop {
            let json: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            if json["success_files"] == files && json["total_files"] == files {
                return json;
            }
            n_idle += 1;
            assert!(n_idle < 40, "woken in vain: {json}");
        }
    };
    next(1);
    for number in 0..300 {
        mnemo.write(
            &format!("tree/new{}/f{number}.ts", number % 5),
            "export const b = 1\n",
        );
    }
    next(301);
    std::fs::remove_dir_all(mnemo.home.path().join("tree/new0")).unwrap();
    next(241);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
}

/// Watches a tree that git switches to another branch and back: the index says in the end what a fresh one would.
fn switches_under_watch(settings: &str) {
    let mnemo = Mnemo::new();
    let tree = mnemo.home.path().join("tree");
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        let output = command.current_dir(&tree).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let commit = || {
        git(&["add", "-A"]);
        git(&[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "-qm",
            "x",
        ]);
    };
    mnemo.write("mnemo/mnemo.toml", settings);
    for number in 0..30 {
        mnemo.write(&format!("tree/f{number}.ts"), "export const b = 1\n");
    }
    git(&["init", "-q", "-b", "main"]);
    commit();
    git(&["switch", "-q", "-c", "other"]);
    for number in 0..30 {
        mnemo.write(&format!("tree/g{number}/f.ts"), "export const c = 2\n");
    }
    mnemo.write("tree/f3.ts", "export const d = 3\n");
    std::fs::remove_file(tree.join("f1.ts")).unwrap();
    commit();

    let digest_of_fresh_index = || {
        let fresh = Mnemo::new();
        assert_eq!(fresh.run(&["index", tree.to_str().unwrap()]).status(), 0);
        fresh.digest()
    };
    let other = digest_of_fresh_index();
    git(&["switch", "-q", "main"]);
    let main = digest_of_fresh_index();

    let mut child = mnemo.start(&["watch", "tree", "--json", "--workers", "1"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for (branch, digest) in [("", &main), ("other", &other), ("main", &main)] {
        if !branch.is_empty() {
            git(&["switch", "-q", branch]);
        }
        // A switch may be seen half-way, and then again.
        let is_followed = (0..20).any(|_| {
            lines.next().unwrap().unwrap();
            mnemo.digest() == *digest
        });
        assert!(is_followed, "{branch}");
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn switched_branches_are_followed() {
    switches_under_watch("");
}

#[test]
fn switched_branches_are_followed_by_looking() {
    switches_under_watch("poll = true\n");
}

#[test]
fn looking_is_reported_with_its_reason() {
    let mnemo = Mnemo::new();
    mnemo.write("mnemo/mnemo.toml", "poll = true\n");
    mnemo.write("tree/a.ts", "export const a = 1\n");
    let mut child = mnemo.start(&["watch", "tree", "--workers", "1"]);
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| {
        line.unwrap()
            .contains("checking the tree every 2 s: as asked for")
    }));
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    drop(lines);
    child.wait().unwrap();
}
