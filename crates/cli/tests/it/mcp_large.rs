//! The server on a repository of several hundred files.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Stdio};

use rmcp::model::ProtocolVersion;
use serde_json::{Value, json};
use testkit::shared_tree;

use crate::mcp::{Session, runtime};
use crate::program::Mnemo;

/// Tokens of code are four bytes or more; this is the careful side.
const BYTES_PER_TOKEN: usize = 3;

/// Definitions in vue-core with some callers and some callees, all of which fit an answer.
const SYMBOLS: &[&str] = &[
    "queueJob",
    "flushJobs",
    "doWatch",
    "trigger",
    "ReactiveEffect.run",
    "resolveComponent",
    "setupStatefulComponent",
    "processExpression",
];

#[test]
fn context_names_all_callers_and_callees_within_two_thousand_tokens() {
    let Some(tree) = shared_tree("vue-core") else {
        eprintln!("not run: vue-core is not beside the checkout");
        return;
    };
    let mnemo = Mnemo::new();
    let tree = tree.to_str().unwrap();
    let indexed = mnemo.run(&["index", tree, "--embeddings", "none", "--repository", "vue"]);
    assert_eq!(indexed.status(), 0);
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        for symbol in SYMBOLS {
            let context = session
                .text("context", json!({"symbol": symbol, "repository": "vue"}))
                .await;
            assert!(
                context.len() <= 2000 * BYTES_PER_TOKEN,
                "{symbol}: {} bytes",
                context.len()
            );
            let n_neighbours = ["callers", "callees"].map(|side| {
                let neighbours = neighbours(&mnemo, side, symbol);
                for name in &neighbours {
                    assert!(
                        context.contains(name),
                        "{name}, {side} of {symbol}: {context}"
                    );
                }
                neighbours.len()
            });
            eprintln!(
                "{symbol}: {} bytes, {} callers, {} callees",
                context.len(),
                n_neighbours[0],
                n_neighbours[1]
            );
        }
        assert!(session.end().await);
    });
}

/// Returns the direct callers or callees outside of tests, as the command line names them.
fn neighbours(mnemo: &Mnemo, side: &str, symbol: &str) -> BTreeSet<String> {
    let mut arguments = vec!["graph", side, symbol, "--repository", "vue"];
    arguments.extend(["--tests", "without", "--json"]);
    let answer = mnemo.run(&arguments).json();
    let nodes = answer["nodes"].as_array().unwrap().iter();
    let nodes = nodes.filter(|node| node["depth"] == 1);
    nodes
        .map(|node| node["qualified_name"].as_str().unwrap().to_owned())
        .collect()
}

/// A client that knows no kit: a line is a message.
struct Wire {
    input: ChildStdin,
    lines: Box<dyn Iterator<Item = Value>>,
}

impl Wire {
    fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
    }
}

#[test]
fn progress_of_a_run_is_reported_to_who_asks_for_it() {
    let mnemo = Mnemo::new();
    let write = |from: u32, to: u32| {
        for number in from..to {
            mnemo.write(
                &format!("app/file{number}.ts"),
                &format!("export const value{number} = {number}\n"),
            );
        }
    };
    write(0, 1);
    assert_eq!(mnemo.run(&["index", "app"]).status(), 0);
    write(1, 40);
    let mut command = mnemo.command(&["mcp", "--allow-index"]);
    let mut server = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(server.stdout.take().unwrap());
    let mut wire = Wire {
        input: server.stdin.take().unwrap(),
        lines: Box::new(
            output
                .lines()
                .map(|line| serde_json::from_str(&line.unwrap()).unwrap()),
        ),
    };
    wire.send(&json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"},
    }}));
    let greeting = wire.lines.next().unwrap();
    assert_eq!(greeting["result"]["protocolVersion"], "2025-06-18");
    wire.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    wire.send(
        &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
            "name": "index", "arguments": {}, "_meta": {"progressToken": "mine"},
        }}),
    );
    let mut reported = Vec::new();
    let answer = loop {
        let message = wire.lines.next().unwrap();
        if message["id"] == 2 {
            break message;
        }
        assert_eq!(message["method"], "notifications/progress");
        assert_eq!(message["params"]["progressToken"], "mine");
        assert_eq!(message["params"]["total"], 39.0);
        reported.push(message["params"]["progress"].as_f64().unwrap());
    };
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert!(reported.len() > 2 && reported.is_sorted(), "{reported:?}");
    drop(wire);
    assert!(server.wait().unwrap().success());
}
