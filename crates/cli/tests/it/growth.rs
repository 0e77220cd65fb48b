//! Trees of twice the size take twice the work and twice the database, whatever they are made of.
//!
//! Each shape once grew with the square of its size. The real program indexes it at one size and at twice that; work is the processor
//! time of the run with all its workers, as a ratio, so that neither the machine nor what else it does decides.

mod shapes;

use std::path::Path;

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::program::Mnemo;
use shapes::{SHAPES, Shape, Tree};

/// Twice, and something for what has to be sorted.
const RATIO_MAX: f64 = 2.6;

/// The largest tree has less than half a megabyte of source.
const DATABASE_BYTES_MAX: u64 = 60 << 20;

/// Differences below this are the machine's, in ticks of the kernel's clock, of which a second has 100.
const NOISE_TICKS: f64 = 15.0;

/// Pages of a database that holds next to nothing.
const NOISE_BYTES: f64 = 400e3;

/// What a run took.
struct Cost {
    ticks: f64,
    bytes: f64,
}

#[test]
fn twice_the_tree_takes_twice_the_work_and_the_database() {
    let failures: Vec<String> = SHAPES
        .iter()
        .filter_map(|shape| check(shape).err())
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn check(shape: &Shape) -> Result<(), String> {
    let mut last = String::new();
    // Others work on this machine, too; what is quadratic stays so.
    for _ in 0..3 {
        let small = cost(&(shape.tree)(shape.n));
        let large = cost(&(shape.tree)(2 * shape.n));
        last = format!(
            "{}: {} ticks and {} bytes, at twice the size {} and {}",
            shape.name, small.ticks, small.bytes, large.ticks, large.bytes
        );
        let is_small = large.bytes < RATIO_MAX * small.bytes + NOISE_BYTES;
        if !is_small || large.bytes > DATABASE_BYTES_MAX as f64 {
            return Err(last);
        }
        if large.ticks < RATIO_MAX * small.ticks + NOISE_TICKS {
            return Ok(());
        }
    }
    Err(last)
}

fn cost(tree: &Tree) -> Cost {
    let mnemo = Mnemo::new();
    for (path, text) in tree {
        mnemo.write(&format!("tree/{path}"), text);
    }
    let arguments = ["index", "tree", "--embeddings", "none", "--workers", "1"];
    let mut command = mnemo.command(&arguments);
    command.args(["--database", "index.db", "--quiet"]);
    let mut child = command.spawn().unwrap();
    let pid = Pid::from_child(&child);
    // What it took is known as long as nobody has asked how it ended.
    waitid(
        WaitId::Pid(pid),
        WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
    )
    .unwrap();
    let ticks = ticks_of(pid);
    assert!(child.wait().unwrap().success());
    Cost {
        ticks,
        bytes: bytes_of(mnemo.home.path()) as f64,
    }
}

/// Returns the processor time of an ended process and of those that it waited for.
fn ticks_of(pid: Pid) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap();
    // The name in parentheses may hold anything, a parenthesis too.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields = fields.split_whitespace().skip(11).take(4);
    fields.map(|ticks| ticks.parse::<f64>().unwrap()).sum()
}

fn bytes_of(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let of_database = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_str()
            .is_some_and(|name| name.starts_with("index.db"))
    });
    of_database
        .map(|entry| entry.metadata().unwrap().len())
        .sum()
}
