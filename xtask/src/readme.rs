//! `cargo xtask readme`: runs the transcripts of the README again, and says where they are no longer true.
//!
//! A transcript is a block of `console` whose commands begin with `$ mnemo`. All run in one folder of trees with a database of their own, in
//! order. What may differ is what a clock and a memory say.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use regex::Regex;

use crate::command::command;
use crate::workspace::Workspace;

/// What differs from run to run, and what stands in its place for a comparison.
const MEASURED: &[(&str, &str)] = &[
    (r"\d[\d.]* s\b", "… s"),
    (
        r"discover [\d.]+, process [\d.]+, graph [\d.]+",
        "discover …, process …, graph …",
    ),
    (r"\d[\d.]* ([KMG]i)?B\b", "… B"),
    (r", \d+ workers?\b", ", … workers"),
];

/// What to run and where.
#[derive(Args)]
pub(crate) struct Readme {
    /// The program [default: mnemo in cargo's folder of releases].
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Folder that holds the trees by their names [default: trees in cargo's target folder, where `cargo xtask trees` puts them].
    #[arg(long, value_name = "DIR")]
    trees: Option<PathBuf>,
    /// Write into the README what is printed now.
    #[arg(long)]
    write: bool,
}

/// Runs every transcript; an error where one prints something else than the README says.
pub(crate) fn readme(workspace: &Workspace, options: &Readme) -> Result<()> {
    let path = workspace.root.join("README.md");
    let text = fs_err::read_to_string(&path)?;
    let target = &workspace.target;
    let program = options.program.clone();
    let program = program.unwrap_or_else(|| target.join("release/mnemo"));
    let trees = options.trees.clone();
    let trees = trees.unwrap_or_else(|| target.join("trees"));
    let state = tempfile::tempdir()?;
    let mut printed = text.clone();
    let mut n_different = 0;
    let steps = steps(&text);
    if steps.is_empty() {
        bail!("{} has no transcript", path.display());
    }
    for step in &steps {
        let output = run(&program, &trees, state.path(), &step.words)?;
        if is_same(&comparable(&step.output)?, &comparable(&output)?) {
            println!("as printed: mnemo {}", step.words.join(" "));
            continue;
        }
        n_different += 1;
        println!("different:  mnemo {}", step.words.join(" "));
        println!("--- README\n{}--- now\n{output}", step.output);
        printed = printed.replacen(&step.output, &output, 1);
    }
    if options.write && n_different > 0 {
        fs_err::write(&path, printed)?;
    } else if n_different > 0 {
        bail!(
            "{n_different} of {} transcripts differ (--write takes what is printed now)",
            steps.len()
        );
    }
    Ok(())
}

/// A command and what it printed.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    words: Vec<String>,
    output: String,
}

/// Returns the commands of all transcripts, in order.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_inside = false;
    let mut is_open = false;
    for line in text.lines() {
        if line.starts_with("```") {
            is_inside = line == "```console";
            is_open = false;
        } else if let (true, Some(arguments)) = (is_inside, line.strip_prefix("$ mnemo ")) {
            steps.push(Step {
                words: words(arguments),
                output: String::new(),
            });
            is_open = true;
        } else if is_open && let Some(step) = steps.last_mut() {
            step.output.push_str(line);
            step.output.push('\n');
        }
    }
    // The blank line before the next command is not the program's.
    for step in &mut steps {
        let printed = step.output.trim_end().len();
        step.output.truncate(printed);
        step.output.push('\n');
    }
    steps
}

/// Returns the words of a command line; quotes keep blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('"').enumerate() {
        match number % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// Returns what a command prints: its answer, then its talk.
fn run(program: &Path, folder: &Path, state: &Path, words: &[String]) -> Result<String> {
    let mut command = command(program);
    let output = command
        .args(words)
        .current_dir(folder)
        .env("MNEMO_DATABASE", state.join("index.db"))
        .env("NO_COLOR", "1")
        .output()
        .with_context(|| {
            format!(
                "failed to start {} in {}",
                program.display(),
                folder.display()
            )
        })?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).trim_end().to_owned();
    if !output.status.success() {
        bail!(
            "`mnemo {}` failed: {}\n{text}",
            words.join(" "),
            output.status
        );
    }
    Ok(format!("{text}\n"))
}

/// Whether a text is what was expected, in which a line `…` stands for any lines or none.
fn is_same(expected: &str, text: &str) -> bool {
    let mut parts = expected.split("  …\n");
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut rest = rest;
    let parts: Vec<&str> = parts.collect();
    for (number, part) in parts.iter().enumerate() {
        let found = match number + 1 == parts.len() {
            true => rest.ends_with(part).then(|| rest.len() - part.len()),
            false => rest.find(part),
        };
        match found {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

/// Returns a text without what differs from run to run.
fn comparable(text: &str) -> Result<String> {
    let is_progress = Regex::new(r"^\d[\d,]*/\d[\d,]* files, ")?;
    let mut text: String = text
        .lines()
        .filter(|line| !is_progress.is_match(line))
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    for (pattern, placeholder) in MEASURED {
        let pattern = Regex::new(pattern)?;
        text = pattern.replace_all(&text, *placeholder).into_owned();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_are_commands_with_what_they_print() {
        let text = "# x\n```sh\n$ mnemo no\n```\n```console\n$ mnemo index hono\n2 files\n\n$ mnemo search \"where is it\" -n 3\na.ts:1\n\n1 hit\n```\nrest\n";
        let step = |words: &[&str], output: &str| Step {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            output: output.to_owned(),
        };
        assert_eq!(
            steps(text),
            [
                step(&["index", "hono"], "2 files\n"),
                step(&["search", "where is it", "-n", "3"], "a.ts:1\n\n1 hit\n"),
            ]
        );
    }

    #[test]
    fn only_times_and_sizes_may_differ() {
        let one = "  time     10.4 s (discover 0.0, process 10.2, graph 0.1)\n  memory   65.31 MiB at its peak, 2 workers\n  files 3\n";
        let other = "  time     9 s (discover 0.1, process 8.2, graph 0.3)\n  memory   1.5 GiB at its peak, 1 worker\n  files 3\n";
        assert_eq!(comparable(one).unwrap(), comparable(other).unwrap());
        let different = other.replace("files 3", "files 4");
        assert_ne!(comparable(one).unwrap(), comparable(&different).unwrap());
        let slow = format!("12/271 files, 13 chunks/s\n{other}");
        assert_eq!(comparable(&slow).unwrap(), comparable(other).unwrap());
    }

    #[test]
    fn lines_may_be_left_out() {
        for (expected, text, same) in [
            ("a\nb\n", "a\nb\n", true),
            ("a\n", "a\nb\n", false),
            ("a\n  …\n", "a\nb\nc\n", true),
            ("a\n  …\nd\n", "a\nb\nc\nd\n", true),
            ("a\n  …\nd\n", "a\nb\nc\n", false),
        ] {
            assert_eq!(is_same(expected, text), same, "{expected:?} {text:?}");
        }
    }
}
