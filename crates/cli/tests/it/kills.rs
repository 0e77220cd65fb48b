//! The program under signals from outside: workers killed at random, the parent killed, Ctrl-C.

use std::io::Read;
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use testkit::shared_tree;

use crate::program::{Mnemo, children_of};

/// How long a test waits for something that must come.
const PATIENCE: Duration = Duration::from_secs(120);

fn send(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    // It may have ended in the meantime, which is as good.
    kill_process(pid, signal).unwrap_or_default();
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns a tree that keeps two workers busy for a while: the shared one, or one made here.
fn long_tree(mnemo: &Mnemo) -> PathBuf {
    if let Some(tree) = shared_tree("vue-core") {
        return tree;
    }
    for number in 0..400 {
        let body: String = (0..200)
            .map(|line| format!("  total += {line} * weight{number}(items[{line}])\n"))
            .collect();
        mnemo.write(&format!("tree/file{number}.ts"), &format!("export function f{number}(items: number[]) {{\n  let total = 0\n{body}  return total\n}}\n"));
    }
    mnemo.home.path().join("tree")
}

fn index<'a>(tree: &'a str, workers: &'a str) -> Vec<&'a str> {
    vec![
        "index",
        tree,
        "--repository",
        "tree",
        "--workers",
        workers,
        "--json",
    ]
}

fn undisturbed_digest(mnemo: Mnemo, tree: &str) -> (String, u64) {
    let json = mnemo.run(&index(tree, "2")).json();
    (mnemo.digest(), json["total_files"].as_u64().unwrap())
}

fn output_of(mut child: Child) -> (Option<i32>, String, String) {
    let (mut data, mut talk) = (String::new(), String::new());
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut data)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut talk)
        .unwrap();
    (child.wait().unwrap().code(), data, talk)
}

#[test]
fn workers_killed_again_and_again_cost_no_file_and_no_bit() {
    check_kills(Mnemo::new, Duration::from_millis(150));
}

/// The long form: the real model, and a kill every second. Minutes, even on an idle machine.
#[test]
fn workers_killed_every_second_while_they_embed_cost_no_file_and_no_bit() {
    if std::env::var_os("MNEMO_TEST_LONG").is_some() {
        check_kills(Mnemo::with_real_model, Duration::from_secs(1));
    }
}

/// A file whose worker dies twice is a problem by design, so kills are spaced: each hits another file.
fn check_kills(new: fn() -> Mnemo, pause: Duration) {
    let mnemo = new();
    let tree = long_tree(&mnemo);
    let tree = tree.to_str().unwrap();
    let (digest, n_files) = undisturbed_digest(new(), tree);
    let mut child = mnemo.start(&index(tree, "2"));
    let mut n_kills = 0_usize;
    while child.try_wait().unwrap().is_none() {
        std::thread::sleep(pause);
        let workers = children_of(child.id());
        if let Some(&worker) = workers.get(n_kills % workers.len().max(1)) {
            send(worker, Signal::KILL);
            n_kills += 1;
        }
    }
    let (status, data, talk) = output_of(child);
    assert_eq!(status, Some(0), "{talk}");
    let json: serde_json::Value = serde_json::from_str(&data).unwrap();
    let n_restarts = json["worker_restarts"].as_u64();
    println!(
        "{n_kills} kills, {n_restarts:?} restarts, {} s",
        json["seconds"]["total"]
    );
    assert_eq!(
        (
            json["total_files"].as_u64(),
            json["error_files"].as_u64(),
            json["errors"].as_array().map(Vec::len)
        ),
        (Some(n_files), Some(0), Some(0)),
        "{}",
        json["errors"]
    );
    assert!(n_kills > 0 && n_restarts > Some(0), "{n_kills} kills");
    assert_eq!(mnemo.digest(), digest);
    if tree.ends_with("vue-core") {
        // Its files of TypeScript and JavaScript; those of other languages come on top.
        assert!(n_files >= 519, "{n_files} files");
    }
}

#[test]
fn parent_killed_takes_its_workers_along_and_the_next_run_continues() {
    let mnemo = Mnemo::new();
    let tree = long_tree(&mnemo);
    let tree = tree.to_str().unwrap();
    let (digest, n_files) = undisturbed_digest(Mnemo::new(), tree);
    let mut child = mnemo.start(&index(tree, "2"));
    wait_until(|| children_of(child.id()).len() == 2);
    let workers = children_of(child.id());
    wait_until(|| n_files_indexed(&mnemo) > 10);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(|| workers.iter().all(|pid| !is_running(*pid)));
    let json = mnemo.run(&index(tree, "2")).json();
    assert_eq!(
        (json["complete"].as_bool(), json["total_files"].as_u64()),
        (Some(true), Some(n_files))
    );
    assert_eq!(mnemo.digest(), digest);
}

/// Returns how many files a run under way has committed; 0 while there is no database yet.
fn n_files_indexed(mnemo: &Mnemo) -> u64 {
    let status = mnemo.run(&["status", "--json"]).0.stdout;
    let status: serde_json::Value = serde_json::from_slice(&status).unwrap_or_default();
    status["repositories"][0]["files"].as_u64().unwrap_or(0)
}

/// Whether a process is there and is no zombie.
fn is_running(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit_once(')')
            .is_some_and(|(_, rest)| rest.trim_start().starts_with('Z'))
    })
}

#[test]
fn interrupt_ends_with_130_leaves_no_child_and_says_how_to_go_on() {
    let mnemo = Mnemo::new();
    let tree = long_tree(&mnemo);
    let tree = tree.to_str().unwrap();
    let child = mnemo.start(&["index", tree, "--repository", "tree", "--workers", "2"]);
    wait_until(|| children_of(child.id()).len() == 2);
    let workers = children_of(child.id());
    send(child.id(), Signal::INT);
    let (status, _, talk) = output_of(child);
    assert_eq!(status, Some(130), "{talk}");
    assert!(talk.contains("again to continue"), "{talk}");
    assert!(workers.iter().all(|pid| !is_running(*pid)));
}

/// Kills workers and the parent at random moments, resuming after each death of the parent, until `n_kills` have fallen.
fn check_random_kills(new: fn() -> Mnemo, n_kills: u32, seed: u64) {
    let tree_of = Mnemo::new();
    let tree = long_tree(&tree_of);
    let tree = tree.to_str().unwrap();
    let (digest, n_files) = undisturbed_digest(new(), tree);
    let mut random = seed;
    let mut below = |bound: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % bound
    };
    let (mut n_parents, mut n_workers, mut n_indexes) = (0, 0, 0);
    while n_parents + n_workers < n_kills {
        let mnemo = new();
        n_indexes += 1;
        let mut is_finished = false;
        while !is_finished && n_parents + n_workers < n_kills {
            let mut child = mnemo.start(&index(tree, "3"));
            loop {
                std::thread::sleep(Duration::from_millis(20 + below(180)));
                is_finished = child.try_wait().unwrap().is_some();
                if is_finished || n_parents + n_workers >= n_kills {
                    break;
                }
                let workers = children_of(child.id());
                let is_parents_turn = below(4) == 0;
                if is_parents_turn {
                    child.kill().unwrap();
                    n_parents += 1;
                    break;
                }
                if let Some(&worker) = workers.get(below(workers.len().max(1) as u64) as usize) {
                    send(worker, Signal::KILL);
                    n_workers += 1;
                }
            }
            child.wait().unwrap();
        }
        // A file whose worker was killed twice is a problem by design; the next run tries it again.
        let json = mnemo.run(&index(tree, "2")).json();
        assert_eq!(
            (
                json["complete"].as_bool(),
                json["success_files"].as_u64(),
                json["error_files"].as_u64()
            ),
            (Some(true), Some(n_files), Some(0)),
            "seed {seed}: {}",
            json["errors"]
        );
        assert_eq!(mnemo.digest(), digest, "seed {seed}");
    }
    println!(
        "seed {seed}: {n_workers} workers and {n_parents} parents killed, {n_indexes} indexes of {n_files} files"
    );
}

#[test]
fn random_kills_of_workers_and_parent_end_with_every_file_and_the_undisturbed_digest() {
    match std::env::var_os("MNEMO_TEST_LONG").is_some() {
        true => [1, 2, 3]
            .into_iter()
            .for_each(|seed| check_random_kills(Mnemo::new, 200, seed)),
        false => check_random_kills(Mnemo::new, 12, 1),
    }
}

#[test]
fn random_kills_while_files_are_written_in_groups_end_with_the_undisturbed_digest() {
    match std::env::var_os("MNEMO_TEST_LONG").is_some() {
        true => check_random_kills(Mnemo::without_vectors, 200, 4),
        false => check_random_kills(Mnemo::without_vectors, 12, 4),
    }
}
