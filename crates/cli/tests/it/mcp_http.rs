//! The server over HTTP: it answers programs of this machine, and nobody who comes through a browser or by another name.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::program::Mnemo;

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#;

/// Posts a message and returns the first line of the answer with everything that came until the connection ended or `enough` came.
fn post(address: &str, headers: &str, enough: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nAccept: application/json, text/event-stream\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n{headers}\r\n{INITIALIZE}",
        INITIALIZE.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
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
    let mut server = mnemo.start(&["mcp", "--http", "0"]);
    let mut talk = BufReader::new(server.stderr.take().unwrap());
    let mut line = String::new();
    talk.read_line(&mut line).unwrap();
    let address = line
        .trim()
        .trim_start_matches("listening at http://")
        .trim_end_matches('/')
        .to_owned();
    assert!(address.starts_with("127.0.0.1:"), "{line}");

    let host = format!("Host: {address}\r\n");
    let answer = post(&address, &host, "serverInfo");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("mnemo"),
        "{answer}"
    );
    let page = post(
        &address,
        &format!("{host}Origin: https://example.com\r\n"),
        "\r\n\r\n",
    );
    assert!(page.starts_with("HTTP/1.1 403"), "{page}");
    let rebound = post(&address, "Host: example.com\r\n", "\r\n\r\n");
    assert!(rebound.starts_with("HTTP/1.1 403"), "{rebound}");
    server.kill().unwrap();
    server.wait().unwrap();
}
