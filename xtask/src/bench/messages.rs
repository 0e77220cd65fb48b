//! Are messages found where they come from? Takes the strings that a tree throws, fills their placeholders, and asks for them as somebody
//! would who pastes one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::Result;
use regex::{Captures, Regex};

use super::Setting;
use super::runner::Runner;
use super::server::Server;
use crate::workspace::Workspace;

/// Questions at most, in the order of the hash of their text, which is as good as any.
const QUESTIONS_MAX: usize = 300;

/// Hits asked for.
const HITS: u32 = 10;

/// Shorter ones say nothing of where they come from.
const WORDS_MIN: usize = 3;

/// What placeholders are filled with, in turn.
const VALUES: &[&str] = &[
    "/api/users",
    "42",
    "foo",
    "undefined",
    "[object Object]",
    "src/main.ts",
    "my-component",
    "GET",
];

/// A `throw` with a string among its first arguments.
static THROWN: LazyLock<Regex> = LazyLock::new(|| {
    let text = r#"throw\s+(?:new\s+)?[\w.]+\(\s*(?:[\w.]+,\s*)*(`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"#;
    Regex::new(text).expect("a valid pattern")
});

static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{[^{}`]*\}").expect("a valid pattern"));

static ESCAPE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\(.)").expect("a valid pattern"));

/// A tree whose messages are asked for.
#[derive(clap::Args)]
pub(crate) struct MessagesBench {
    /// The tree.
    #[arg(long, value_name = "DIR")]
    tree: PathBuf,
    /// Index and ask in this database, which is kept [default: a temporary one].
    #[arg(long, value_name = "PATH")]
    database: Option<PathBuf>,
}

/// Files and lines that throw a string, by the string.
type Thrown = BTreeMap<String, Vec<(String, u64)>>;

/// Indexes, asks and prints.
pub(super) fn messages(
    workspace: &Workspace,
    bench: &MessagesBench,
    setting: &Setting,
) -> Result<()> {
    const REPOSITORY: &str = "messages";
    let runner = Runner::new(workspace, setting)?;
    let folder = tempfile::tempdir()?;
    let inside = folder.path().join("bench.db");
    let database = bench.database.as_ref().unwrap_or(&inside);
    runner.index_named(&bench.tree, REPOSITORY, database)?;
    let mut thrown = Thrown::new();
    collect(&bench.tree, &bench.tree, &mut thrown)?;
    let mut asked: Vec<_> = thrown.iter().collect();
    asked.sort_by_key(|(text, _)| checksum(text));
    asked.truncate(QUESTIONS_MAX);
    let mut server = Server::start(&runner, database)?;
    let (mut n_first, mut n_among) = (0, 0);
    for (number, (text, places)) in asked.iter().enumerate() {
        let message = format!("Error: {}", filled(text, number));
        let found = server.search(REPOSITORY, &message, Some(HITS))?;
        let hits = found["results"].as_array().cloned().unwrap_or_default();
        let holds = |hit: &serde_json::Value| {
            let line = |name: &str| hit[name].as_u64().unwrap_or_default();
            places.iter().any(|(file, at)| {
                hit["file"] == file.as_str() && (line("start_line")..=line("end_line")).contains(at)
            })
        };
        match hits.iter().position(holds) {
            Some(rank) => {
                n_first += usize::from(rank == 0);
                n_among += 1;
            }
            None => println!("not among {HITS}: {message:?}"),
        }
    }
    server.end()?;
    let share = |n: usize| 100.0 * n as f64 / asked.len().max(1) as f64;
    println!(
        "{} messages: {:.1} % first, {:.1} % among {HITS}",
        asked.len(),
        share(n_first),
        share(n_among)
    );
    Ok(())
}

/// Adds the strings that the files of a folder throw, but for those of tests.
fn collect(root: &Path, folder: &Path, thrown: &mut Thrown) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            let is_of_tests = ["test", "tests", "__tests__", "integration-tests"].contains(&&*name);
            if !is_of_tests && name != "node_modules" && !name.starts_with('.') {
                collect(root, &path, thrown)?;
            }
            continue;
        }
        let endings = [".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts"];
        let is_code = endings.iter().any(|ending| name.ends_with(ending));
        let is_test = name.contains(".test.") || name.contains(".spec.");
        if is_code && !is_test && !name.ends_with(".d.ts") {
            let relative = path.strip_prefix(root)?.to_string_lossy().into_owned();
            if let Ok(text) = fs_err::read_to_string(&path) {
                add(&text, &relative, thrown);
            }
        }
    }
    Ok(())
}

fn add(text: &str, file: &str, thrown: &mut Thrown) {
    for found in THROWN.captures_iter(text) {
        let (Some(whole), string) = (found.get(0), &found[1]) else {
            continue;
        };
        let inside = &string[1..string.len() - 1];
        let left = PLACEHOLDER.replace_all(inside, "x");
        let words = left.split(|c: char| !c.is_alphanumeric());
        let is_long = words.filter(|word| !word.is_empty()).count() >= WORDS_MIN;
        if is_long && !left.contains("${") {
            let line = text[..whole.start()].matches('\n').count() as u64 + 1;
            let places = thrown.entry(inside.to_owned()).or_default();
            places.push((file.to_owned(), line));
        }
    }
}

/// Returns a string as it is thrown, its placeholders filled.
fn filled(string: &str, number: usize) -> String {
    let mut values = VALUES.iter().cycle().skip(number);
    let text = PLACEHOLDER.replace_all(string, |_: &Captures<'_>| {
        values.next().copied().unwrap_or_default()
    });
    let text = ESCAPE.replace_all(&text, |escape: &Captures<'_>| match &escape[1] {
        "n" => "\n".to_owned(),
        other => other.to_owned(),
    });
    text.into_owned()
}

/// Returns a number that puts texts in an order of no meaning, the same on every machine (FNV-1a).
fn checksum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn thrown_strings_are_found_and_filled() {
        let mut thrown = Thrown::new();
        let text = "x\nthrow new Error(`Route ${path} was not found`)\nthrow new Failure(Kind.A, 'it isn\\'t there yet')\nthrow new Error('no')\n";
        add(text, "a.ts", &mut thrown);
        let lines: HashSet<u64> = thrown.values().flatten().map(|(_, line)| *line).collect();
        assert_eq!(lines, HashSet::from([2, 3]));
        let texts: Vec<String> = thrown.keys().map(|text| filled(text, 1)).collect();
        assert_eq!(texts, ["Route 42 was not found", "it isn't there yet"]);
    }
}
