//! The memory ceiling: the sum over parent and workers, sampled from outside, on what is hard to hold.

use std::fmt::Write as _;
use std::time::Duration;

use testkit::shared_tree;

use crate::program::{Mnemo, children_of};

/// As often as the promise says.
const INTERVAL: Duration = Duration::from_millis(50);

fn pss_of(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let n_kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    n_kib.unwrap_or(0) << 10
}

/// Indexes by four workers and returns what was printed, after holding every sample against the budget.
fn check(mnemo: &Mnemo, tree: &str, n_mib: u64) -> serde_json::Value {
    let memory = format!("{n_mib}M");
    let mut child = mnemo.start(&[
        "index",
        tree,
        "--workers",
        "4",
        "--memory",
        &memory,
        "--json",
        "--quiet",
        "--file-timeout",
        "600",
    ]);
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let workers = children_of(child.id());
        peak = peak.max(pss_of(child.id()) + workers.into_iter().map(pss_of).sum::<u64>());
        std::thread::sleep(INTERVAL);
    }
    let output = child.wait_with_output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect(&talk);
    println!(
        "{tree}: {} MiB of {n_mib} at the peak, {} s",
        peak >> 20,
        json["seconds"]["total"]
    );
    assert!(
        peak <= n_mib << 20,
        "{tree} took {} MiB of {n_mib}",
        peak >> 20
    );
    assert_eq!(json["complete"], true, "{talk}");
    json
}

#[test]
fn line_of_four_megabytes_is_indexed_within_150_mib() {
    let mnemo = Mnemo::new();
    let mut line = String::from("export const table = [");
    for number in 0..200_000 {
        write!(line, "\"entry number {number}\", ").unwrap();
    }
    mnemo.write("tree/line.ts", &format!("{line}]\n"));
    let json = check(&mnemo, "tree", 150);
    assert_eq!(json["error_files"], 0, "{}", json["errors"]);
}

#[test]
fn function_of_30_000_lines_and_5_000_tiny_files_are_indexed_within_150_mib() {
    let mnemo = Mnemo::new();
    let body: String = (0..30_000)
        .map(|n| format!("  total += compute(a, {n}) * weight[{n}]\n"))
        .collect();
    mnemo.write(
        "tree/long.ts",
        &format!("export function big(a: number) {{\n  let total = 0\n{body}  return total\n}}\n"),
    );
    for number in 0..5_000 {
        mnemo.write(
            &format!("tree/d{}/f{number}.ts", number % 50),
            &format!("export const value{number} = {number}\n"),
        );
    }
    let json = check(&mnemo, "tree", 150);
    assert_eq!(
        (&json["success_files"], &json["error_files"]),
        (&5_001.into(), &0.into())
    );
}

#[test]
fn file_that_no_budget_holds_is_a_problem_and_stays_under_the_ceiling() {
    let mnemo = Mnemo::new();
    let code: String = (0..80_000)
        .map(|n| format!("export function f{n}(items: string[]) {{\n  return items.filter((item) => item.length > {n})\n}}\n"))
        .collect();
    mnemo.write("mnemo/mnemo.toml", "max_file_size = \"100M\"\n");
    mnemo.write("tree/big.ts", &code);
    mnemo.write("tree/small.ts", "export const one = 1\n");
    let json = check(&mnemo, "tree", 150);
    assert_eq!(
        (&json["success_files"], &json["error_files"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        json["errors"][0]["kind"], "out_of_memory",
        "{}",
        json["errors"]
    );
}

#[test]
fn large_tree_is_indexed_within_300_and_within_150_mib() {
    if std::env::var_os("MNEMO_TEST_LONG").is_none() {
        return;
    }
    let Some(tree) = shared_tree("medusa") else {
        return;
    };
    for n_mib in [300, 150] {
        let json = check(&Mnemo::new(), tree.to_str().unwrap(), n_mib);
        assert_eq!(json["error_files"], 0, "{}", json["errors"]);
    }
}
