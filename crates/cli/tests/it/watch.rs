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
