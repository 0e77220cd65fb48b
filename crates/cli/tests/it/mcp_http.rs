//! The server over HTTP: it answers programs of this machine, and nobody who comes through a browser or by another name.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::program::Mnemo;

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;

const PING: &str = r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#;

/// A server and what it said when it started; killed on drop.
struct Server {
    process: Child,
    address: String,
    token: String,
}

impl Server {
    fn start(mnemo: &Mnemo) -> Server {
        Server::of(mnemo.command(&["mcp", "--http", "0"]))
    }

    /// Returns what a client sends that may ask.
    fn headers(&self) -> String {
        let Server { address, token, .. } = self;
        format!("Host: {address}\r\nAuthorization: Bearer {token}\r\n")
    }

    fn of(mut command: Command) -> Server {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut talk = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = |words: &str| {
            let line = talk.next().unwrap().unwrap();
            let said = line.strip_prefix(words);
            said.unwrap_or_else(|| panic!("{line}")).to_owned()
        };
        let address = said("listening at http://")
            .trim_end_matches('/')
            .to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        let token = said("clients have to send: Authorization: Bearer ");
        Server {
            process,
            address,
            token,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Posts a message and returns the first line of the answer with everything that came until the connection ended or `enough` came.
fn post(address: &str, headers: &str, enough: &str) -> String {
    post_body(address, headers, enough, INITIALIZE)
}

fn post_body(address: &str, headers: &str, enough: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n{headers}\r\n{body}",
        body.len()
    );
    // Who is refused early is not listened to.
    stream.write_all(request.as_bytes()).ok();
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..n]);
        if String::from_utf8_lossy(&answer).contains(enough) {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn programs_of_this_machine_are_answered_and_web_pages_are_not() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let Server { address, token, .. } = &server;
    let known = format!("Authorization: Bearer {token}\r\n");
    let host = format!("Host: {address}\r\n{known}");
    let answer = post(address, &host, "serverInfo");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("mnemo"),
        "{answer}"
    );
    let page = post(
        address,
        &format!("{host}Origin: https://example.com\r\n"),
        "\r\n\r\n",
    );
    assert!(page.starts_with("HTTP/1.1 403"), "{page}");
    let rebound = post(
        address,
        &format!("Host: example.com\r\n{known}"),
        "\r\n\r\n",
    );
    assert!(rebound.starts_with("HTTP/1.1 403"), "{rebound}");
}

#[test]
fn who_does_not_know_the_token_learns_nothing() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let Server { address, token, .. } = &server;
    for header in [
        String::new(),
        "Authorization: Bearer\r\n".to_owned(),
        format!("Authorization: Bearer {}\r\n", &token[1..]),
        format!("Authorization: Basic {token}\r\n"),
        format!("Mcp-Session-Id: {token}\r\n"),
    ] {
        let answer = post(address, &format!("Host: {address}\r\n{header}"), "TOKEN");
        assert!(answer.starts_with("HTTP/1.1 401"), "{header}: {answer}");
        assert!(
            answer.contains("www-authenticate: Bearer") && !answer.contains("mnemo"),
            "{answer}"
        );
    }
}

#[test]
fn a_token_of_the_users_own_is_taken_and_not_shown() {
    let mnemo = Mnemo::new();
    let token = "correct-horse-battery";
    let mut command = mnemo.command(&["mcp", "--http", "0"]);
    command.env("MNEMO_HTTP_TOKEN", token);
    let server = Server::of(command);
    assert_eq!(server.token, "the token of MNEMO_HTTP_TOKEN");
    let address = &server.address;
    let headers = format!("Host: {address}\r\nAuthorization: Bearer {token}\r\n");
    let answer = post(address, &headers, "serverInfo");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut command = mnemo.command(&["mcp", "--http", "0"]);
    let refused = command.env("MNEMO_HTTP_TOKEN", "guessme").output().unwrap();
    let talk = String::from_utf8(refused.stderr).unwrap();
    assert!(
        talk.contains("16 visible") && !talk.contains("guessme"),
        "{talk}"
    );
}

/// Posts the first message and returns the session that it begins; the connection is left open.
fn begin_session(server: &Server) -> String {
    let answer = post(&server.address, &server.headers(), "serverInfo");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let id = answer
        .lines()
        .find_map(|line| line.strip_prefix("mcp-session-id: "));
    id.expect("an answer names the session").trim().to_owned()
}

#[test]
fn a_thousand_who_say_nothing_or_little_are_in_nobodys_way() {
    let mnemo = Mnemo::new();
    let plain = mnemo.command(&[]);
    // Fewer descriptors than any shell gives.
    let mut command = Command::new("/bin/sh");
    let given = |(name, value): (_, Option<_>)| Some((name, value?));
    command
        .args(["-c", "ulimit -n 64; exec \"$0\" mcp --http 0"])
        .arg(plain.get_program())
        .current_dir(mnemo.home.path())
        .envs(plain.get_envs().filter_map(given));
    let server = Server::of(command);
    let mut silent = Vec::new();
    for number in 0..1000 {
        // Our own descriptors may be few as well, and those whose other end has let go are of no use any more.
        if silent.len() == 200 {
            silent.clear();
        }
        let mut stream = TcpStream::connect(&server.address).unwrap();
        match number % 3 {
            0 => {}
            1 => drop(stream.write_all(b"POST / HTTP/1.1\r\nHost: ")),
            _ => drop(
                stream.write_all(
                    format!(
                        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\nhalf",
                        server.address
                    )
                    .as_bytes(),
                ),
            ),
        }
        silent.push(stream);
        if number % 100 == 99 {
            begin_session(&server);
        }
    }
}

#[test]
fn sessions_are_bounded_and_the_most_silent_one_makes_room() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let sessions: Vec<String> = (0..100).map(|_| begin_session(&server)).collect();
    let ask = |session: &str| {
        let headers = format!("{}Mcp-Session-Id: {session}\r\n", server.headers());
        post_body(&server.address, &headers, "\r\n\r\n", PING)
    };
    assert!(ask(&sessions[0]).starts_with("HTTP/1.1 404"));
    let answer = ask(&sessions[99]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn requests_are_bounded() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let body = format!("{{\"x\":\"{}\"}}", "x".repeat(300 << 10));
    let long = post_body(&server.address, &server.headers(), "\r\n\r\n", &body);
    assert!(long.starts_with("HTTP/1.1 413"), "{long}");
    let field = format!("{}X: {}\r\n", server.headers(), "x".repeat(64 << 10));
    let wide = post(&server.address, &field, "\r\n\r\n");
    assert!(wide.starts_with("HTTP/1.1 431"), "{wide}");
    begin_session(&server);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "long tests are asked for by the environment"
)]
fn slow_heads_and_bodies_end() {
    if std::env::var_os("MNEMO_TEST_LONG").is_none() {
        return;
    }
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let body = format!(
        "POST / HTTP/1.1\r\n{}Content-Length: 9\r\n\r\nhalf",
        server.headers()
    );
    for begun in ["", "POST / HTTP/1.1\r\nHost: ", &body] {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        stream.write_all(begun.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
    }
}
