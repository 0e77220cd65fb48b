//! `cargo xtask measure`: the figures of the source tree that documents quote.
//!
//! Reads text, not syntax: the sources are formatted by rustfmt, so that a function ends at the brace in the column of its first line.
//! Tests are left out, whether files, folders or modules.

mod circles;
mod source;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use clap::Args;

use crate::command::{command, run};
use crate::workspace::Workspace;
use source::Source;

/// Longer functions are counted one by one.
const LONG_FUNCTION_LINES: usize = 60;

/// Builds that are timed, as arguments of cargo.
const BUILDS: &[(&str, &[&str])] = &[
    ("all languages", &[]),
    (
        "typed languages",
        &["--no-default-features", "--features", "languages-typed"],
    ),
    (
        "TypeScript and JavaScript alone",
        &["--no-default-features"],
    ),
];

/// What to measure.
#[derive(Args)]
pub(crate) struct Measure {
    /// Time clean release builds as well, one per set of features: minutes each, on a machine that does nothing else
    #[arg(long)]
    builds: bool,
    /// Name every circle of modules, and the longest functions
    #[arg(long, short)]
    verbose: bool,
}

/// Prints the figures.
pub(crate) fn measure(workspace: &Workspace, measure: &Measure) -> Result<()> {
    let mut sources = Vec::new();
    for path in workspace.files()? {
        if let Some(name) = crate_of(&path) {
            let text = fs_err::read_to_string(workspace.root.join(&path))?;
            sources.push((name.to_owned(), Source::of(path, &text)));
        }
    }
    print_sizes(&sources, measure.verbose);
    print_crates(&sources);
    let circles = circles::circles(&sources);
    println!("circles of modules: {}", circles.len());
    for circle in circles.iter().filter(|_| measure.verbose) {
        println!("  {}", circle.join(" ↔ "));
    }
    print_dependencies(&fs_err::read_to_string(workspace.root.join("Cargo.lock"))?);
    if measure.builds {
        time_builds(workspace)?;
    }
    Ok(())
}

/// Returns the crate whose shipped code a file is part of.
fn crate_of(path: &str) -> Option<&str> {
    let (name, inside) = path.strip_prefix("crates/")?.split_once('/')?;
    let is_test = inside.ends_with("/tests.rs") || inside.contains("/tests/");
    (name != "testkit" && inside.starts_with("src/") && inside.ends_with(".rs") && !is_test)
        .then_some(name)
}

fn print_sizes(sources: &[(String, Source)], is_verbose: bool) {
    let mut files: Vec<usize> = sources.iter().map(|(_, source)| source.n_lines).collect();
    let functions = sources.iter().flat_map(|(_, source)| &source.functions);
    let mut lengths: Vec<usize> = functions.clone().map(|function| function.n_lines).collect();
    files.sort_unstable();
    lengths.sort_unstable();
    let n_long = lengths
        .iter()
        .filter(|length| **length > LONG_FUNCTION_LINES)
        .count();
    println!(
        "files: {}, lines: median {}, p90 {}, most {}",
        files.len(),
        quantile(&files, 50),
        quantile(&files, 90),
        quantile(&files, 100)
    );
    println!(
        "functions: {}, lines: median {}, p90 {}, most {}; over {LONG_FUNCTION_LINES}: {n_long} ({:.1} %)",
        lengths.len(),
        quantile(&lengths, 50),
        quantile(&lengths, 90),
        quantile(&lengths, 100),
        percent(n_long, lengths.len())
    );
    for (_, source) in sources.iter().filter(|_| is_verbose) {
        for function in source
            .functions
            .iter()
            .filter(|one| one.n_lines > LONG_FUNCTION_LINES)
        {
            println!(
                "  {}:{} {} lines",
                source.path, function.line, function.n_lines
            );
        }
    }
    let headless: Vec<&str> = sources
        .iter()
        .filter(|(_, source)| !source.has_head)
        .map(|(_, source)| source.path.as_str())
        .collect();
    println!(
        "files with a head: {:.1} %",
        percent(sources.len() - headless.len(), sources.len())
    );
    headless
        .iter()
        .filter(|_| is_verbose)
        .for_each(|path| println!("  none: {path}"));
}

fn print_crates(sources: &[(String, Source)]) {
    let mut crates: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for (name, source) in sources {
        crates.entry(name).or_default().push(source);
        crates.entry("all").or_default().push(source);
    }
    println!(
        "{:<10}{:>8}{:>16}{:>26}{:>8}",
        "crate", "code", "docs per 100", "comments inside per 100", "unsafe"
    );
    for (name, sources) in &crates {
        let sum = |count: fn(&Source) -> usize| -> usize {
            sources.iter().map(|source| count(source)).sum()
        };
        let n_code = sum(|source| source.n_code);
        println!(
            "{name:<10}{n_code:>8}{:>16.1}{:>26.1}{:>8}",
            percent(sum(|source| source.n_docs), n_code),
            percent(sum(|source| source.n_comments_inside), n_code),
            sum(|source| source.n_unsafe)
        );
    }
}

fn print_dependencies(lock: &str) {
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    let mut n_own = 0;
    for line in lock.lines() {
        if let Some(text) = line.strip_prefix("name = ") {
            *versions.entry(text.trim_matches('"')).or_default() += 1;
            n_own += 1;
        } else if line.starts_with("source = ") {
            // What comes from a registry is not ours.
            n_own -= 1;
        }
    }
    let n_packages: usize = versions.values().sum();
    let twice: Vec<&str> = versions
        .iter()
        .filter(|(_, n)| **n > 1)
        .map(|(name, _)| *name)
        .collect();
    println!(
        "packages in Cargo.lock: {} of others, {n_own} of ours; in several versions: {}",
        n_packages - n_own,
        twice.len()
    );
}

fn time_builds(workspace: &Workspace) -> Result<()> {
    for (name, options) in BUILDS {
        let target = tempfile::tempdir()?;
        let mut cargo = command("cargo");
        cargo
            .current_dir(&workspace.root)
            .env("CARGO_TARGET_DIR", target.path())
            .args(["build", "--release", "--package", "mnemo", "--timings"])
            .args(*options);
        let start = Instant::now();
        run(&mut cargo)?;
        println!(
            "clean release build, {name}: {:.0} s",
            start.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

/// Returns the value that `percent` of a hundred sorted values do not exceed; 0 of none.
fn quantile(sorted: &[usize], percent: usize) -> usize {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last * percent / 100)
        .copied()
        .unwrap_or_default()
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
