//! Lines of a client on standard input: whatever they are, each answer is a line of JSON, and the server ends with its input.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use server::{Indexing, Keeping, ServerSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

/// What a client says first, so that most inputs come further.
const HELLO: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"f","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
"#;

/// Answers are read all the while, so nothing ever waits for room.
const ROOM: usize = 1 << 16;

thread_local! {
    static SETTINGS: ServerSettings = settings();
}

fn settings() -> ServerSettings {
    let fixture = format!("//- src/a.ts\n{}", testkit::count_statement("a"));
    let project = Box::leak(Box::new(testkit::TestProject::new(&fixture)));
    project.index_streaming();
    ServerSettings {
        settings: project.open().settings().clone(),
        directory: project.tree().to_owned(),
        indexing: Indexing::Refused,
        keeping: Keeping::Off,
    }
}

fuzz_target!(|data: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().expect("a runtime");
    let output = SETTINGS.with(|settings| runtime.block_on(answers(settings, data)));
    for line in output
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let answer: Value = serde_json::from_slice(line).expect("a line is JSON");
        assert_eq!(answer["jsonrpc"], "2.0");
    }
});

/// Returns all that the server says to a client that says `data` and hangs up.
async fn answers(settings: &ServerSettings, data: &[u8]) -> Vec<u8> {
    let (mut to_server, input) = duplex(ROOM);
    let (output, mut from_server) = duplex(ROOM);
    let is_polite = data.first().is_some_and(|first| first % 8 != 0);
    let talk = async {
        let hello = if is_polite { HELLO } else { "" };
        // A server that has enough of it has hung up.
        to_server.write_all(hello.as_bytes()).await.ok();
        to_server
            .write_all(data.get(1..).unwrap_or_default())
            .await
            .ok();
        drop(to_server);
    };
    let mut said = Vec::new();
    let listen = from_server.read_to_end(&mut said);
    let (_, heard, _) = tokio::join!(talk, listen, server::serve_over(settings, input, output));
    heard.expect("memory does not fail");
    said
}
