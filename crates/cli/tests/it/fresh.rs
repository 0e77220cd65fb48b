//! A server that keeps the index of the tree it was started in fresh.

use std::process::Command;

use rmcp::model::{CallToolResult, ProtocolVersion};
use serde_json::{Value, json};

use crate::mcp::{Session, runtime};
use crate::program::{Mnemo, children_of};

fn tree() -> Mnemo {
    let mnemo = Mnemo::new();
    mnemo.write("app/one.ts", "export function first() {}\n");
    let status = Command::new("git")
        .args(["init", "-q", "app"])
        .current_dir(mnemo.home.path())
        .status();
    assert!(status.unwrap().success());
    mnemo
}

async fn start(mnemo: &Mnemo, folder: &str) -> Session {
    let folder = mnemo.home.path().join(folder);
    Session::start_in(mnemo, &folder, &["mcp", "--auto"], ProtocolVersion::LATEST).await
}

fn data(result: &CallToolResult) -> &Value {
    result.structured_content.as_ref().unwrap()
}

/// Answers that are waited for at most, so that a fault fails the test in place of hanging it.
const ANSWERS_MAX: u32 = 2_000;

/// Asks until an answer holds what is expected; a watch notices in its own time.
async fn until(
    session: &Session,
    tool: &str,
    arguments: Value,
    holds: impl Fn(&Value) -> bool,
) -> Value {
    for _ in 0..ANSWERS_MAX {
        let result = session.call(tool, arguments.clone()).await;
        let data = data(&result).clone();
        if holds(&data) {
            return data;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no answer of {tool} to {arguments} is as expected");
}

fn finds(name: &'static str) -> impl Fn(&Value) -> bool {
    move |data| data["results"].to_string().contains(name)
}

#[test]
fn tree_that_is_not_indexed_is_indexed_and_watched() {
    let mnemo = tree();
    runtime().block_on(async {
        let session = start(&mnemo, "app").await;
        until(
            &session,
            "search",
            json!({"query": "first"}),
            finds("first"),
        )
        .await;
        let current = |data: &Value| data["freshness"]["state"] == "current";
        until(&session, "status", json!({}), current).await;
        mnemo.write("app/two.ts", "export function second() {}\n");
        until(
            &session,
            "search",
            json!({"query": "second"}),
            finds("second"),
        )
        .await;

        // Another one finds it kept, asks as well, and takes over once the first is gone.
        let other = start(&mnemo, "app").await;
        let kept = |data: &Value| data["freshness"]["state"] == "kept_elsewhere";
        until(&other, "search", json!({"query": "second"}), kept).await;
        session.end().await;
        mnemo.write("app/three.ts", "export function third() {}\n");
        until(&other, "search", json!({"query": "third"}), finds("third")).await;
        other.end().await;
    });
}

#[test]
fn nothing_is_indexed_outside_of_a_repository() {
    let mnemo = tree();
    std::fs::remove_dir_all(mnemo.home.path().join("app/.git")).unwrap();
    runtime().block_on(async {
        let session = start(&mnemo, "app").await;
        let failed = |data: &Value| data["freshness"]["state"] == "failed";
        let data = until(&session, "search", json!({"query": "first"}), failed).await;
        let cause = data["freshness"]["cause"].to_string();
        assert!(cause.contains("no git repository"), "{data}");
        assert_eq!(children_of(session.pid()), [0; 0]);
        session.end().await;
    });
}
