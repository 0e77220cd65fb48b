//! The server as a client of the official kit meets it, over real pipes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResult, CancelledNotificationParam, ClientConfig, ClientRequest,
    Implementation, JsonObject, ProtocolVersion, Request,
};
use rmcp::service::{PeerRequestOptions, RunningService};
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::program::Mnemo;

const TREE: &[(&str, &str)] = &[
    (
        "app/src/queue.ts",
        "/** Adds a job to the queue. */\nexport function queueJob(job: () => void) {\n  jobs.push(job)\n  queueFlush()\n}\n\n\
         const jobs: (() => void)[] = []\n\nfunction queueFlush() {\n  Promise.resolve().then(flushJobs)\n}\n\n\
         export function flushJobs() {\n  for (const job of jobs) job()\n}\n",
    ),
    (
        "app/src/watch.ts",
        "import { queueJob } from './queue'\n\nexport function watchEffect(effect: () => void) {\n  queueJob(effect)\n}\n\n\
         export class Watcher {\n  run() {\n    queueJob(() => {})\n  }\n}\n",
    ),
    (
        "app/tests/queue.test.ts",
        "import { watchEffect } from '../src/watch'\n\nit('runs', () => {\n  watchEffect(() => {})\n})\n",
    ),
    (
        "secret.ts",
        "export const secret = 'outside of every repository'\n",
    ),
];

fn indexed() -> Mnemo {
    let mnemo = Mnemo::new();
    TREE.iter().for_each(|(path, text)| mnemo.write(path, text));
    assert_eq!(mnemo.run(&["index", "app"]).status(), 0);
    mnemo
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A server and the client that is connected to it.
pub(crate) struct Session {
    client: RunningService<RoleClient, ClientConfig>,
    server: Child,
}

impl Session {
    pub(crate) async fn start(
        mnemo: &Mnemo,
        arguments: &[&str],
        version: ProtocolVersion,
    ) -> Session {
        Session::start_in(mnemo, mnemo.home.path(), arguments, version).await
    }

    /// Starts the server in a folder.
    pub(crate) async fn start_in(
        mnemo: &Mnemo,
        folder: &Path,
        arguments: &[&str],
        version: ProtocolVersion,
    ) -> Session {
        let mut command = Command::from(mnemo.command(arguments));
        command
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut server = command.spawn().unwrap();
        let pipes = (server.stdout.take().unwrap(), server.stdin.take().unwrap());
        let mut config = ClientConfig::default();
        config.client_info = Implementation::new("test", "1");
        config.protocol_version = version;
        let client = config.serve(pipes).await.unwrap();
        Session { client, server }
    }

    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        let Value::Object(arguments) = arguments else {
            panic!("arguments are an object")
        };
        self.client.call_tool(call(tool, arguments)).await.unwrap()
    }

    /// Returns the text of an answer that is no error.
    pub(crate) async fn text(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(false), "{result:?}");
        assert!(result.structured_content.is_some(), "{result:?}");
        text_of(&result)
    }

    /// Returns the text of an answer that is an error.
    async fn refusal(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(true), "{result:?}");
        text_of(&result)
    }

    /// Returns the id of the server's process.
    pub(crate) fn pid(&self) -> u32 {
        self.server.id().expect("it runs")
    }

    /// Hangs up and returns whether the server ended well.
    pub(crate) async fn end(self) -> bool {
        let Session { client, mut server } = self;
        client.cancel().await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(20), server.wait()).await;
        ended
            .expect("the server ends when its client is gone")
            .unwrap()
            .success()
    }
}

fn call(tool: &str, arguments: JsonObject) -> CallToolRequestParams {
    CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments)
}

pub(crate) fn text_of(result: &CallToolResult) -> String {
    let texts = result
        .content
        .iter()
        .filter_map(|content| content.as_text());
    texts.map(|text| text.text.as_str()).collect()
}

#[test]
fn every_tool_answers_a_client_of_the_official_kit() {
    let mnemo = indexed();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        let tools = session.client.list_all_tools().await.unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        let expected = [
            "search",
            "explore",
            "context",
            "impact",
            "diff_impact",
            "outline",
            "status",
        ];
        assert_eq!(names, expected);
        for tool in &tools {
            let schema = serde_json::to_string(&tool.input_schema).unwrap();
            let has_union = ["anyOf", "oneOf", "allOf", "$ref", "[\"string\",\"null\"]"]
                .iter()
                .any(|word| schema.contains(word));
            assert!(
                !has_union && schema.contains("\"additionalProperties\":false"),
                "{schema}"
            );
        }

        let found = session.text("search", json!({"query": "queueJob"})).await;
        assert!(
            found.starts_with("1. src/queue.ts:1-5 function queueJob\n"),
            "{found}"
        );

        let page = session
            .call("search", json!({"query": "job", "limit": 1}))
            .await
            .structured_content
            .unwrap();
        assert_eq!(page["has_more"], true);
        let next = session
            .call(
                "search",
                json!({"query": "job", "limit": 1, "cursor": page["next_cursor"]}),
            )
            .await;
        assert_ne!(next.structured_content.unwrap()["results"], page["results"]);

        let context = session.text("context", json!({"symbol": "queueJob"})).await;
        for expected in ["jobs.push(job)", "watchEffect", "Watcher.run", "queueFlush"] {
            assert!(
                context.contains(expected),
                "{expected} is missing: {context}"
            );
        }

        let impact = session.text("impact", json!({"symbol": "queueJob"})).await;
        assert!(
            impact.contains("watchEffect") && impact.contains("tests/queue.test.ts"),
            "{impact}"
        );

        let outline = session
            .text("outline", json!({"path": "src/watch.ts"}))
            .await;
        assert!(
            outline.contains("watchEffect") && outline.contains("Watcher.run"),
            "{outline}"
        );
        let root = session.text("outline", json!({})).await;
        let (entries, place) = root.split_once("note: ").unwrap();
        assert_eq!(entries, "src/ (2 files)\ntests/ (1 files)\n");
        // The client works in the folder around the tree.
        assert!(
            place.starts_with("paths are relative to /") && place.ends_with("/app\n"),
            "{root}"
        );

        let status = session.text("status", json!({})).await;
        assert!(
            status.starts_with("app (/") && status.contains("generation 1 complete, 3 files"),
            "{status}"
        );
        assert!(session.end().await);
    });
}

#[test]
fn wrong_calls_are_refused_with_the_way_out() {
    let mnemo = indexed();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        for (tool, arguments, expected) in [
            (
                "search",
                json!({"query": "x", "quux": 1}),
                "unknown field `quux`",
            ),
            ("search", json!({}), "missing field `query`"),
            (
                "search",
                json!({"query": "x", "kind": "gadget"}),
                "give one of function",
            ),
            (
                "search",
                json!({"query": "x", "repository": "nowhere"}),
                "it has app",
            ),
            (
                "search",
                json!({"query": "x", "cursor": "far"}),
                "wrong cursor",
            ),
            ("search", json!({"query": "x", "path": "["}), "glob"),
            (
                "context",
                json!({"symbol": "queueJobs"}),
                "no definition called",
            ),
            (
                "impact",
                json!({"symbol": 7}),
                "wrong symbol: expected a string",
            ),
            ("search", json!({"query": " "}), "question is empty"),
            (
                "search",
                json!({"query": "x", "limit": "five"}),
                "wrong limit: expected a whole number",
            ),
            ("outline", json!({"path": "queue.ts"}), "\n  src/queue.ts"),
            (
                "outline",
                json!({"path": "../secret.ts"}),
                "no file or folder",
            ),
            (
                "outline",
                json!({"path": "/etc/passwd"}),
                "no file or folder",
            ),
        ] {
            let refusal = session.refusal(tool, arguments.clone()).await;
            assert!(refusal.contains(expected), "{tool} {arguments}: {refusal}");
        }
        let unknown = session
            .client
            .call_tool(call("rename", JsonObject::new()))
            .await
            .unwrap_err();
        assert!(
            unknown
                .to_string()
                .contains("there are search, explore, context"),
            "{unknown}"
        );
        assert!(session.end().await);
    });
}

#[test]
fn whole_numbers_are_taken_as_clients_write_them() {
    let mnemo = indexed();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        let expected = session
            .call("search", json!({"query": "job", "limit": 2}))
            .await;
        for limit in [json!(2.0), json!("2"), json!(" 2 ")] {
            let answer = session
                .call("search", json!({"query": "job", "limit": limit}))
                .await;
            assert_eq!(answer.structured_content, expected.structured_content);
        }
        for limit in [json!(2.5), json!(-1), json!("-1"), json!(1e300), json!("")] {
            let arguments = json!({"query": "job", "limit": limit});
            let refusal = session.refusal("search", arguments).await;
            assert!(refusal.contains("a whole number of 0 or more"), "{refusal}");
        }
        assert!(session.end().await);
    });
}

#[test]
fn protocol_versions_are_negotiated() {
    let mnemo = indexed();
    runtime().block_on(async {
        for version in [
            ProtocolVersion::V_2024_11_05,
            ProtocolVersion::V_2025_03_26,
            ProtocolVersion::V_2025_06_18,
        ] {
            let session = Session::start(&mnemo, &["mcp"], version.clone()).await;
            let agreed = session.client.peer_info().unwrap().protocol_version.clone();
            assert_eq!(agreed, version);
            session.text("status", json!({})).await;
            assert!(session.end().await);
        }
    });
}

#[test]
fn a_hundred_calls_at_once_are_all_answered() {
    let mnemo = indexed();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        let peer = session.client.peer().clone();
        let mut calls = Vec::new();
        for n in 0..100 {
            let peer = peer.clone();
            let arguments = json!({"query": "queueJob", "limit": 1 + n % 3})
                .as_object()
                .unwrap()
                .clone();
            calls.push(tokio::spawn(async move {
                peer.call_tool(call("search", arguments)).await
            }));
        }
        for answer in calls {
            let answer = answer.await.unwrap().unwrap();
            assert!(text_of(&answer).contains("src/queue.ts:1-5"), "{answer:?}");
        }
        assert!(session.end().await);
    });
}

#[test]
fn a_cancelled_call_leaves_the_server_answering() {
    let mnemo = indexed();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        let arguments = json!({"query": "job"}).as_object().unwrap().clone();
        let request = ClientRequest::CallToolRequest(Request::new(call("search", arguments)));
        let pending = session
            .client
            .send_cancellable_request(request, PeerRequestOptions::no_options())
            .await
            .unwrap();
        let cancelled = CancelledNotificationParam::new(
            Some(pending.id.clone()),
            Some("no longer wanted".to_owned()),
        );
        session.client.notify_cancelled(cancelled).await.unwrap();
        drop(pending);
        let found = session.text("search", json!({"query": "queueJob"})).await;
        assert!(found.contains("queueJob"), "{found}");
        assert!(session.end().await);
    });
}

#[test]
fn a_repository_is_indexed_again_only_where_that_is_allowed() {
    let mnemo = indexed();
    mnemo.write("app/src/new.ts", "export function brandNew() {}\n");
    runtime().block_on(async {
        let session =
            Session::start(&mnemo, &["mcp", "--allow-index"], ProtocolVersion::LATEST).await;
        assert!(
            !session
                .text("search", json!({"query": "brandNew"}))
                .await
                .contains("src/new.ts")
        );
        let indexed = session.text("index", json!({})).await;
        assert_eq!(
            indexed,
            "app: 1 file indexed, 3 unchanged, 0 failed, complete"
        );
        assert!(
            session
                .text("search", json!({"query": "brandNew"}))
                .await
                .starts_with("1. src/new.ts:1-1")
        );
        assert!(
            session
                .text("context", json!({"symbol": "brandNew"}))
                .await
                .contains("export function brandNew")
        );
        assert!(session.end().await);
    });
}

#[test]
fn paths_may_be_absolute_and_files_may_define_nothing() {
    let mnemo = indexed();
    let root = mnemo.home.path().canonicalize().unwrap().join("app");
    let at = |path: &str| root.join(path).display().to_string();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        let path = at("src/watch.ts");
        let outline = session.text("outline", json!({"path": path})).await;
        assert!(outline.contains("Watcher.run"), "{outline}");
        let symbol = at("src/queue.ts:9");
        let context = session.text("context", json!({"symbol": symbol})).await;
        assert!(context.contains("function queueFlush"), "{context}");
        let path = "tests/queue.test.ts";
        let test = session.text("outline", json!({"path": path})).await;
        assert!(test.contains("import { watchEffect }"), "{test}");
        assert!(session.end().await);
    });
}

#[test]
fn what_changed_since_it_was_indexed_is_marked() {
    let mnemo = indexed();
    mnemo.write(
        "app/src/queue.ts",
        "// moved\nexport function queueJob() {}\n",
    );
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        for (tool, argument) in [("search", "query"), ("context", "symbol")] {
            let answer = session.text(tool, json!({argument: "queueJob"})).await;
            let head = answer.lines().next().unwrap();
            assert!(
                head.ends_with("(file changed since it was indexed)"),
                "{answer}"
            );
        }
        assert!(session.end().await);
    });
}

#[test]
fn database_that_is_made_anew_is_opened_anew() {
    let mnemo = indexed();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        let symbol = json!({"symbol": "queueJob"});
        session.text("context", symbol.clone()).await;
        std::fs::remove_dir_all(mnemo.home.path().join("mnemo")).unwrap();
        let refusal = session.refusal("context", symbol.clone()).await;
        assert!(refusal.contains("there is no index"), "{refusal}");
        mnemo.write("app/src/queue.ts", "export function queueNothing() {}\n");
        assert_eq!(mnemo.run(&["index", "app"]).status(), 0);
        session.refusal("context", symbol).await;
        let new = json!({"symbol": "queueNothing"});
        session.text("context", new).await;
        assert!(session.end().await);
    });
}

#[test]
fn line_that_is_no_json_is_answered_and_the_session_goes_on() {
    let mnemo = indexed();
    let mut command = mnemo.command(&["mcp"]);
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut server = pipes.spawn().unwrap();
    let mut input = server.stdin.take().unwrap();
    let mut answers = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut ask = |line: &str| -> Value {
        writeln!(input, "{line}").unwrap();
        serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap()
    };
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}
    }});
    for (line, code) in [("{\"id\": 1", -32700), ("hello", -32700), ("[1]", -32600)] {
        let refusal = ask(line);
        assert_eq!(refusal["error"]["code"], code, "{line}: {refusal}");
        assert_eq!(refusal["id"], Value::Null);
    }
    assert_eq!(ask(&hello.to_string())["id"], 1);
    assert_eq!(ask("{")["error"]["code"], -32700);
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    assert_eq!(ask(&ping.to_string())["id"], 2);
    drop(input);
    assert!(server.wait().unwrap().success());
}

/// A server and a client that knows no kit: a line is a message.
struct Lines {
    server: std::process::Child,
    input: Option<std::process::ChildStdin>,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Lines {
    fn start(mnemo: &Mnemo) -> Lines {
        let mut command = mnemo.command(&["mcp"]);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = pipes.spawn().unwrap();
        let mut lines = Lines {
            input: server.stdin.take(),
            answers: BufReader::new(server.stdout.take().unwrap()).lines(),
            server,
        };
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}
        }});
        assert_eq!(lines.ask(hello.to_string().as_bytes())["id"], 0);
        lines.send(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        lines
    }

    fn send(&mut self, line: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(&[line, b"\n"].concat()).unwrap();
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.answers.next().unwrap().unwrap()).unwrap()
    }

    fn ask(&mut self, line: &[u8]) -> Value {
        self.send(line);
        self.next()
    }
}

#[test]
fn every_line_that_cannot_be_understood_is_answered() {
    let mut lines = Lines::start(&indexed());
    let text = |query: &[u8]| {
        let head = br#"{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"search","arguments":{"query":""#;
        [&head[..], query, br#""}}}"#].concat()
    };
    for (line, code) in [
        (text(br"find \ud83d icon"), -32700),
        (text(br"find \udc00"), -32700),
        (text(b"bad \xff byte"), -32700),
        (text(b"tab \t and \x01"), -32700),
        (text(&[b'x'; 2 << 20]), -32700),
        ([b"[".repeat(300), b"]".repeat(300)].concat(), -32700),
        (br#"{"jsonrpc":"2.0","id":3}"#.to_vec(), -32600),
        (br#"{"id":4,"method":"ping"}"#.to_vec(), -32600),
        (br#"{"jsonrpc":"2.0","id":5,"method":7}"#.to_vec(), -32600),
        (b"null".to_vec(), -32600),
    ] {
        let answer = lines.ask(&line);
        let shown = String::from_utf8_lossy(&line[..line.len().min(120)]);
        assert_eq!(answer["error"]["code"], code, "{shown}: {answer}");
    }
    // What has an id is answered by it, and a notification that nobody knows not at all.
    lines.send(br#"{"jsonrpc":"2.0","method":"notifications/nobody/knows","params":[]}"#);
    let answer = lines.ask(br#"{"jsonrpc":"2.0","id":"mine","method":"tools/call","params":7}"#);
    assert_eq!(answer["id"], "mine", "{answer}");
    assert!(answer["error"]["code"].is_i64(), "{answer}");
    assert_eq!(
        lines.ask(br#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#)["id"],
        9
    );
    lines.input = None;
    assert!(lines.server.wait().unwrap().success());
}

/// Returns the memory that a process holds.
fn resident_bytes(pid: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    let n_pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    n_pages * 4096
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_is_read_while_the_client_does_not_read() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const N_REQUESTS: usize = 20_000;
    let mut lines = Lines::start(&indexed());
    let pid = lines.server.id();
    let before = resident_bytes(pid);
    let mut input = lines.input.take().unwrap();
    let n_sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&n_sent);
    let client = std::thread::spawn(move || {
        for id in 1..=N_REQUESTS {
            let note = "x".repeat(1500);
            let request = json!({"jsonrpc": "2.0", "id": id, "method": "tools/list", "params": {"_meta": {"note": note}}});
            writeln!(input, "{request}").unwrap();
            counter.store(id, Ordering::SeqCst);
        }
    });
    // Until the pipe has been full for a while.
    let mut last = usize::MAX;
    while last != n_sent.load(Ordering::SeqCst) {
        last = n_sent.load(Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(500));
    }
    let grown = resident_bytes(pid).saturating_sub(before);
    assert!(last < N_REQUESTS / 10, "{last} requests were taken");
    assert!(grown < 16 << 20, "{grown} bytes more");
    let mut ids: Vec<u64> = (0..N_REQUESTS)
        .map(|_| lines.next()["id"].as_u64().unwrap())
        .collect();
    ids.sort_unstable();
    assert!(ids.iter().copied().eq(1..=N_REQUESTS as u64));
    client.join().unwrap();
    assert!(lines.server.wait().unwrap().success());
}

#[test]
fn server_without_an_index_says_how_to_make_one() {
    let mnemo = Mnemo::new();
    runtime().block_on(async {
        let session = Session::start(&mnemo, &["mcp"], ProtocolVersion::LATEST).await;
        let refusal = session.refusal("search", json!({"query": "x"})).await;
        assert!(refusal.contains("mnemo index DIR"), "{refusal}");
        assert!(session.end().await);
    });
}
