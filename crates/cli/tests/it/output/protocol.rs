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
    let (mut texts, mut tools) = (Vec::new(), Value::Null);
    for (id, (name, method, params)) in requests().into_iter().enumerate() {
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        let answer = ask(&request);
        if name == "tools" {
            tools.clone_from(&answer["result"]["tools"]);
        }
        if let Some(tool) = params["name"].as_str() {
            check_schema(&tools, tool, &answer["result"]);
        }
        texts.push((name.to_owned(), answer));
    }
    drop(input);
    assert!(server.wait().unwrap().success());
    texts
}

/// Checks that an answer has what the tool's schema promises, as clients do.
fn check_schema(tools: &Value, tool: &str, result: &Value) {
    if result.is_null() || result["isError"] == true {
        return;
    }
    let mut known = tools.as_array().unwrap().iter();
    let known = known.find(|known| known["name"] == tool).unwrap();
    let (schema, data) = (&known["outputSchema"], &result["structuredContent"]);
    for name in schema["required"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        let value = data
            .get(name)
            .unwrap_or_else(|| panic!("{tool}: no {name} in {data}"));
        let kind = match value {
            Value::Array(_) => "array",
            Value::Object(_) => "object",
            Value::Bool(_) => "boolean",
            Value::String(_) => "string",
            Value::Number(_) => "integer",
            Value::Null => "null",
        };
        let promised = schema["properties"][name]["type"].as_str();
        assert!(
            promised.is_none_or(|promised| promised == kind),
            "{tool}: {name} is {value}"
        );
    }
    let promised = schema["properties"].as_object().unwrap();
    for name in data.as_object().unwrap().keys() {
        assert!(
            promised.contains_key(name),
            "{tool}: {name} is not in its schema"
        );
    }
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
        (
            "explore",
            "explore",
            json!({"question": "how is somebody greeted", "max_tokens": 600}),
        ),
        (
            "explore-way",
            "explore",
            json!({"question": "greeting", "from": "greeting", "to": "capital"}),
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
