//! A conversation with the MCP server, a line a message.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::Mnemo;

/// Returns every answer by the name of what was asked.
pub(super) fn conversation(mnemo: &Mnemo) -> Vec<(String, Value)> {
    let mut command = mnemo.command(&["mcp", "--allow-index"]);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = pipes.spawn().unwrap();
    let mut input = server.stdin.take().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut ask = |request: &Value| -> Value {
        writeln!(input, "{request}").unwrap();
        // What reports progress has no id.
        let mut answers = lines
            .by_ref()
            .map(|line| serde_json::from_str(&line.unwrap()).unwrap());
        answers
            .find(|answer: &Value| answer.get("id").is_some())
            .unwrap()
    };
    let mut texts = Vec::new();
    for (id, (name, method, params)) in requests().into_iter().enumerate() {
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        texts.push((name.to_owned(), ask(&request)));
    }
    drop(input);
    assert!(server.wait().unwrap().success());
    texts
}

fn requests() -> Vec<(&'static str, &'static str, Value)> {
    let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
    let mut requests = vec![
        ("initialize", "initialize", hello),
        ("tools", "tools/list", json!({})),
        ("unknown-method", "frobnicate", json!({})),
    ];
    let calls = [
        (
            "search",
            "search",
            json!({"query": "greet somebody", "limit": 2}),
        ),
        (
            "search-nothing",
            "search",
            json!({"query": "greet", "path": "nowhere/**"}),
        ),
        ("context", "context", json!({"symbol": "greeting"})),
        ("context-file", "context", json!({"symbol": "src/words.ts"})),
        ("impact", "impact", json!({"symbol": "capital"})),
        ("diff-impact", "diff_impact", json!({})),
        ("outline", "outline", json!({})),
        ("outline-file", "outline", json!({"path": "src/greet.ts"})),
        ("status", "status", json!({})),
        ("index", "index", json!({})),
        ("unknown-tool", "rename", json!({})),
        (
            "unknown-argument",
            "search",
            json!({"query": "x", "quux": 1}),
        ),
        ("missing-argument", "search", json!({})),
        (
            "unknown-kind",
            "search",
            json!({"query": "x", "kind": "gadget"}),
        ),
        (
            "unknown-repository",
            "search",
            json!({"query": "x", "repository": "nowhere"}),
        ),
        (
            "wrong-cursor",
            "search",
            json!({"query": "x", "cursor": "far"}),
        ),
        ("wrong-glob", "search", json!({"query": "x", "path": "["})),
        ("wrong-type", "impact", json!({"symbol": 7})),
        ("unknown-symbol", "context", json!({"symbol": "greetings"})),
        ("ambiguous-symbol", "context", json!({"symbol": "count"})),
        ("outside-path", "outline", json!({"path": "../secret.ts"})),
    ];
    requests.extend(calls.map(|(name, tool, arguments)| {
        (
            name,
            "tools/call",
            json!({"name": tool, "arguments": arguments}),
        )
    }));
    requests
}
