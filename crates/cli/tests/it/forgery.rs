//! A tree whose names would move a cursor, turn a line round or forge one.

use serde_json::{Value, json};

use crate::mcp::{Session, runtime, text_of};
use crate::program::Mnemo;

/// Everything that something obeys, and a line of its own.
const EVIL: &str =
    "x\u{1b}[31m\u{7}\r\n  FORGED: line\n\u{9b}2J\u{7f}\u{202e}\u{2066}\u{2028}\u{fffe}\u{e0041}";

fn indexed() -> Mnemo {
    let mnemo = Mnemo::new();
    // In source an escape stands for each letter; its value is the name.
    let name: String = EVIL
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let source = format!(
        "import {{ help }} from './help'\nexport class C {{\n  \"{name}\"() {{ return help() + twin() }}\n}}\n\
         export function twin() {{ return '{EVIL}' }}\nimport * as gone from '{name}'\n"
    )
    .replace(&format!("'{EVIL}'"), &format!("`{EVIL}`"));
    mnemo.write(&format!("tree/{EVIL}.ts"), &source);
    mnemo.write(
        "tree/help.ts",
        "export function help() { return 1 }\nexport function twin() {}\n",
    );
    mnemo.write(
        &format!("tree/{EVIL}/help.ts"),
        "export function help() { return 2 }\n",
    );
    mnemo.write(&format!("tree/{EVIL}.md"), "");
    mnemo
}

fn check(shown: &str, of: &str) {
    let obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || "\u{202e}\u{2066}\u{2028}\u{fffe}\u{e0041}".contains(c)
    };
    assert!(!shown.contains(obeyed), "{of}: {shown:?}");
    let is_forged = |line: &str| line.trim_start().starts_with("FORGED");
    assert!(!shown.lines().any(is_forged), "{of}: {shown}");
}

#[test]
fn names_are_obeyed_by_no_terminal_and_forge_no_line() {
    let mnemo = indexed();
    let commands: &[&[&str]] = &[
        &["plan", "tree", "-v"],
        &["index", "tree", "-v"],
        &["status", "-v"],
        &["search", "help", "--explain"],
        &["verify"],
        &["graph", "callers", "help.ts#help"],
        &["graph", "callers", "help.ts#help", "--format", "table"],
        &["graph", "callees", "C"],
        &["graph", "impact", "help.ts#help"],
        &["graph", "cycles"],
        &["graph", "hotspots"],
        &["graph", "modules", "--files"],
        // Refused, with candidates and with the name.
        &["graph", "callers", "twin"],
        &["graph", "callers", EVIL],
        &["graph", "path", "help.ts#help", "help.ts#twin"],
        &["index", EVIL],
        &["status", "--repository", EVIL],
    ];
    for arguments in commands {
        let answer = mnemo.run(arguments);
        check(&(answer.data() + &answer.talk()), &format!("{arguments:?}"));
        let json = mnemo.run(&[arguments, &["--json"][..]].concat());
        let text = json.data();
        check(&text.replace("\\n", ""), &format!("{arguments:?} --json"));
        serde_json::from_str::<Value>(&text)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"));
    }
    for what in [
        "files",
        "chunks",
        "symbols",
        "edges",
        "references",
        "calls",
        "imports",
        "inputs",
    ] {
        let rows = mnemo.run(&["export", what]).data();
        check(&rows, what);
        for row in rows.lines() {
            serde_json::from_str::<Value>(row).unwrap();
        }
    }
}

#[test]
fn drawings_are_well_formed_whatever_the_names() {
    let mnemo = indexed();
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    for question in [
        &["callers", "help.ts#help"][..],
        &["hotspots"],
        &["modules", "--files"],
    ] {
        for (format, start) in [
            ("dot", "digraph mnemo {\n"),
            ("mermaid", "flowchart LR\n"),
            (
                "graphml",
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml",
            ),
        ] {
            let arguments = [&["graph"][..], question, &["--format", format]].concat();
            let answer = mnemo.run(&arguments);
            assert_eq!(answer.status(), 0, "{arguments:?}: {}", answer.talk());
            let drawing = answer.data();
            check(&drawing, &format!("{arguments:?}"));
            assert!(drawing.starts_with(start), "{arguments:?}: {drawing}");
        }
    }
}

#[test]
fn agents_get_no_forged_line() {
    let mnemo = indexed();
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], rmcp::model::ProtocolVersion::LATEST).await;
        for (tool, arguments) in [
            ("search", json!({"query": "help"})),
            ("context", json!({"symbol": "help.ts#help"})),
            ("context", json!({"symbol": "twin"})),
            ("impact", json!({"symbol": "help.ts#help"})),
            ("impact", json!({"symbol": EVIL})),
            ("outline", json!({})),
            ("outline", json!({"path": format!("{EVIL}.ts")})),
            ("outline", json!({"path": EVIL})),
            ("status", json!({})),
        ] {
            let answer = session.call(tool, arguments.clone()).await;
            check(&text_of(&answer), &format!("{tool} {arguments}"));
        }
        session.end().await;
    });
}
