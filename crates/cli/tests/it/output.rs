//! What the program prints, word for word: every renderer, every error that is easily met, and what the MCP server answers.
//!
//! Each test indexes one small tree and asks everything of it. What differs from one run or machine to the next is put out of sight by
//! [`redaction`]. How to accept a change is said in CONTRIBUTING.md.

mod protocol;
mod redaction;
mod tree;

use std::path::PathBuf;

use serde_json::Value;

use crate::program::Mnemo;
use redaction::Redaction;

/// What is asked, by the name of the file that holds the answer.
type Question = (&'static str, &'static [&'static str]);

const RUNS: &[Question] = &[
    ("plan-before", &["plan", "tree", "--workers", "1"]),
    ("index", &["index", "tree", "--workers", "1"]),
    (
        "index-unchanged",
        &["index", "tree", "--workers", "1", "--verbose"],
    ),
    (
        "index-json",
        &["index", "tree", "--workers", "1", "--json", "--full"],
    ),
    ("plan", &["plan", "tree", "--workers", "1", "--verbose"]),
    ("plan-json", &["plan", "tree", "--workers", "1", "--json"]),
    ("status", &["status"]),
    ("status-verbose", &["status", "--verbose"]),
    ("status-json", &["status", "--json"]),
    ("digest", &["digest"]),
    ("digest-json", &["digest", "--json"]),
    ("search", &["search", "greet", "somebody"]),
    (
        "search-explain",
        &["search", "greet", "--explain", "--limit", "1"],
    ),
    (
        "search-json",
        &["search", "greet", "--json", "--limit", "2"],
    ),
    (
        "search-nothing",
        &["search", "greet", "--path", "nowhere/**"],
    ),
    ("export-files", &["export", "--what", "files"]),
    ("export-chunks", &["export", "--what", "chunks"]),
    ("export-symbols", &["export", "--what", "symbols"]),
    ("export-references", &["export", "--what", "references"]),
    ("export-edges", &["export", "--what", "edges"]),
    ("export-calls", &["export", "--what", "calls"]),
    ("export-uses", &["export", "--what", "uses"]),
    ("export-imports", &["export", "--what", "imports"]),
    ("export-inputs", &["export", "--what", "inputs"]),
    ("export-vectors", &["export", "--what", "vectors"]),
    ("eval", &["eval", "--questions", "questions.jsonl"]),
    (
        "eval-json",
        &["eval", "--questions", "questions.jsonl", "--json"],
    ),
    ("verify", &["verify"]),
    ("verify-json", &["verify", "--json"]),
    ("gc", &["gc"]),
    ("gc-json", &["gc", "--json"]),
    ("model-list", &["model", "list"]),
    ("model-list-json", &["model", "list", "--json"]),
    ("doctor", &["doctor"]),
    ("doctor-json", &["doctor", "--json"]),
    ("index-other", &["index", "other", "--workers", "1"]),
    ("status-fleet", &["status", "--fleet"]),
    ("status-fleet-json", &["status", "--fleet", "--json"]),
    ("search-ambiguous", &["search", "greet"]),
    ("remove", &["remove", "tree"]),
    ("remove-json", &["remove", "other", "--json"]),
    ("status-empty", &["status"]),
    ("status-empty-json", &["status", "--json"]),
    ("status-empty-fleet", &["status", "--fleet"]),
];

#[test]
fn snapshots_of_commands_are_kept() {
    let mnemo = tree::written();
    mnemo.write("other/one.ts", "export const one = 1\n");
    check(&mnemo, "commands", RUNS);
}

const GRAPH: &[Question] = &[
    ("callers", &["graph", "callers", "greeting", "--depth", "3"]),
    ("callers-json", &["graph", "callers", "greeting", "--json"]),
    (
        "callers-table",
        &["graph", "callers", "greeting", "--format", "table"],
    ),
    (
        "callers-dot",
        &["graph", "callers", "greeting", "--format", "dot"],
    ),
    (
        "callers-mermaid",
        &["graph", "callers", "greeting", "--format", "mermaid"],
    ),
    (
        "callers-graphml",
        &["graph", "callers", "greeting", "--format", "graphml"],
    ),
    (
        "callees",
        &["graph", "callees", "Greeter.greet", "--depth", "2"],
    ),
    (
        "callees-json",
        &["graph", "callees", "Greeter.greet", "--json"],
    ),
    ("impact", &["graph", "impact", "greeting"]),
    ("impact-json", &["graph", "impact", "greeting", "--json"]),
    (
        "impact-dot",
        &["graph", "impact", "greeting", "--format", "dot"],
    ),
    ("path", &["graph", "path", "main", "capital"]),
    ("path-json", &["graph", "path", "main", "capital", "--json"]),
    ("path-none", &["graph", "path", "capital", "main"]),
    (
        "path-none-json",
        &["graph", "path", "capital", "main", "--json"],
    ),
    ("cycles", &["graph", "cycles"]),
    ("cycles-json", &["graph", "cycles", "--json"]),
    ("cycles-table", &["graph", "cycles", "--format", "table"]),
    ("cycles-dot", &["graph", "cycles", "--format", "dot"]),
    (
        "cycles-mermaid",
        &["graph", "cycles", "--format", "mermaid"],
    ),
    (
        "cycles-graphml",
        &["graph", "cycles", "--format", "graphml"],
    ),
    ("cycles-none", &["graph", "cycles", "--level", "calls"]),
    ("hotspots", &["graph", "hotspots"]),
    ("hotspots-json", &["graph", "hotspots", "--json"]),
    ("hotspots-tree", &["graph", "hotspots", "--format", "tree"]),
    ("hotspots-dot", &["graph", "hotspots", "--format", "dot"]),
    ("modules", &["graph", "modules"]),
    ("modules-json", &["graph", "modules", "--files", "--json"]),
    (
        "modules-tree",
        &["graph", "modules", "--files", "--format", "tree"],
    ),
    (
        "modules-dot",
        &["graph", "modules", "--files", "--format", "dot"],
    ),
    (
        "modules-mermaid",
        &["graph", "modules", "--files", "--format", "mermaid"],
    ),
    (
        "modules-graphml",
        &["graph", "modules", "--files", "--format", "graphml"],
    ),
];

#[test]
fn snapshots_of_graph_answers_are_kept() {
    check(&tree::indexed(), "graph", GRAPH);
}

const ERRORS: &[Question] = &[
    ("no-index", &["search", "x", "--database", "none.db"]),
    ("no-directory", &["index", "nowhere"]),
    ("no-directory-json", &["index", "nowhere", "--json"]),
    ("file-as-directory", &["index", "tree/src/greet.ts"]),
    ("value-of-setting", &["index", "tree", "--workers", "0"]),
    (
        "value-of-setting-json",
        &["plan", "tree", "--memory", "plenty", "--json"],
    ),
    ("malformed-glob", &["index", "tree", "--exclude", "a{"]),
    ("malformed-path-glob", &["search", "x", "--path", "a{"]),
    ("unknown-command", &["frobnicate"]),
    ("unknown-flag", &["search", "x", "--frob"]),
    ("missing-argument", &["search"]),
    ("unknown-kind", &["search", "x", "--kind", "gadget"]),
    ("empty-question", &["search", " "]),
    (
        "not-a-database",
        &["index", "tree", "--database", "notes.db"],
    ),
    ("unknown-repository", &["digest", "--repository", "nowhere"]),
    ("unknown-symbol", &["graph", "callers", "greetings"]),
    (
        "unknown-symbol-json",
        &["graph", "callers", "greetings", "--json"],
    ),
    ("ambiguous-symbol", &["graph", "callers", "count"]),
    (
        "ambiguous-symbol-json",
        &["graph", "callers", "count", "--json"],
    ),
    (
        "unknown-model",
        &[
            "index",
            "tree",
            "--embeddings",
            "real",
            "--models",
            "none-such",
        ],
    ),
    (
        "no-model-folder",
        &[
            "index",
            "tree",
            "--embeddings",
            "real",
            "--model-dir",
            "nowhere",
        ],
    ),
    ("model-not-here", &["model", "path"]),
    ("other-tree", &["index", "other/tree"]),
    (
        "no-server",
        &[
            "status",
            "--database",
            "postgres://nobody:secret@127.0.0.1:1/none?connect_timeout=1",
        ],
    ),
    ("no-history", &["eval"]),
    ("impact-elsewhere", &["impact"]),
    ("no-such-page", &["man", "graph", "fly"]),
    (
        "unknown-setting",
        &["status", "--database", "postgres://localhost/x?frob=1"],
    ),
    ("no-files", &["index", "empty"]),
];

#[test]
fn snapshots_of_errors_are_kept() {
    let mnemo = tree::indexed();
    mnemo.write("other/tree/one.ts", "export const one = 1\n");
    mnemo.write("empty/notes.xyz", "nothing that is read\n");
    mnemo.write("notes.db", &"no database, however long it is. ".repeat(8));
    check(&mnemo, "errors", ERRORS);
}

#[test]
fn snapshots_of_the_server_are_kept() {
    let mnemo = tree::indexed();
    let redaction = Redaction::of(&mnemo);
    let texts = protocol::conversation(&mnemo)
        .into_iter()
        .map(|(name, answer)| (name, redaction.json_text(answer)));
    testkit::check_snapshots(&folder("mcp"), &texts.collect::<Vec<_>>());
}

/// Asks each question in turn and compares everything that comes of it.
fn check(mnemo: &Mnemo, theme: &str, questions: &[Question]) {
    let redaction = Redaction::of(mnemo);
    let texts = questions.iter().map(|(name, arguments)| {
        let answer = mnemo.run(arguments);
        let data = match serde_json::from_str::<Value>(&answer.data()) {
            Ok(json @ Value::Object(_)) => redaction.json_text(json),
            _ => redaction.lines(&answer.data()),
        };
        let text = format!(
            "$ mnemo {}\n--- status {}\n--- standard output\n{data}\n--- standard error\n{}",
            redaction.text(&arguments.join(" ")),
            answer.status(),
            redaction.text(&answer.talk())
        );
        ((*name).to_owned(), text)
    });
    testkit::check_snapshots(&folder(theme), &texts.collect::<Vec<_>>());
}

fn folder(theme: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/snapshots")
        .join(theme)
}
