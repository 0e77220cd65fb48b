//! Bytes of a client at the door to HTTP, who shows the token or does not. No input ends the server, and who shows none learns nothing.

#![no_main]

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use server::{Indexing, Keeping, ServerSettings, Token};

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

/// A client that waits for the rest of its own request is let go after 20 s; nobody here waits so long.
const PATIENCE: Duration = Duration::from_millis(200);

static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();

fn start() -> SocketAddr {
    let fixture = format!("//- src/a.ts\n{}", testkit::count_statement("a"));
    let project = Box::leak(Box::new(testkit::TestProject::new(&fixture)));
    project.index_streaming();
    let settings = ServerSettings {
        settings: project.open().settings().clone(),
        directory: project.tree().to_owned(),
        indexing: Indexing::Refused,
        keeping: Keeping::Off,
    };
    let token = Token::given(TOKEN).expect("it is long enough");
    let (sender, address) = channel();
    std::thread::spawn(move || {
        let on_listening = move |address| sender.send(address).expect("somebody waits");
        server::serve_http(&settings, 0, token, on_listening).expect("it never ends");
    });
    address.recv().expect("it listens")
}

fuzz_target!(|data: &[u8]| {
    let address = *ADDRESS.get_or_init(start);
    let Some((choice, rest)) = data.split_first() else {
        return;
    };
    let (has_token, head) = match choice % 4 {
        0 => (false, String::new()),
        1 => (false, format!("POST / HTTP/1.1\r\nHost: {address}\r\n")),
        _ => {
            let head =
                "Accept: application/json, text/event-stream\r\nContent-Type: application/json";
            let token = format!("Authorization: Bearer {TOKEN}");
            let length = rest.len();
            let head = format!("{head}\r\n{token}\r\nContent-Length: {length}\r\n\r\n");
            (
                true,
                format!("POST / HTTP/1.1\r\nHost: {address}\r\n{head}"),
            )
        }
    };
    let answer = ask(address, &[head.as_bytes(), rest].concat());
    let is_bearer = rest
        .windows(TOKEN.len())
        .any(|part| part == TOKEN.as_bytes());
    if !has_token && !is_bearer {
        assert!(!String::from_utf8_lossy(&answer).contains("mnemo"));
    }
});

fn ask(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("the door is open");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    // It may have hung up already.
    stream.write_all(bytes).ok();
    stream.shutdown(Shutdown::Write).ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    answer
}
