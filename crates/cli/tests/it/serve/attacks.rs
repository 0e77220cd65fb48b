//! Each row of the table of attacks on the service in `docs/reliability.md`.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::client::Server;
use crate::program::Mnemo;

const TOKEN: &str = "correct-horse-battery";

fn with_token(mnemo: &Mnemo) -> Server {
    let mut command = mnemo.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("MNEMO_HTTP_TOKEN", TOKEN);
    Server::of(command)
}

#[test]
fn pages_of_others_are_not_answered() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let host = server.address.clone();
    let port = host.rsplit(':').next().unwrap();
    for (fields, expected) in [
        (String::new(), 200),
        (format!("Origin: http://{host}\r\n"), 200),
        ("Origin: https://evil.example\r\n".to_owned(), 403),
        ("Origin: null\r\n".to_owned(), 403),
        ("Origin: http://127.0.0.1:1\r\n".to_owned(), 403),
        // As a browser sends what a page of ours, the address bar, a link elsewhere, an image elsewhere and a frame elsewhere ask for.
        ("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\n".to_owned(), 200),
        ("Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n".to_owned(), 200),
        ("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n".to_owned(), 200),
        ("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n".to_owned(), 403),
        ("Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n".to_owned(), 403),
        ("Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n".to_owned(), 403),
    ] {
        assert_eq!(server.get_with("/", &fields).status(), expected, "{fields}");
    }
    for (named, expected) in [
        (host.as_str(), 200),
        (&*format!("localhost:{port}"), 200),
        (&*format!("evil.example:{port}"), 403),
        (&*format!("127.0.0.1.evil.example:{port}"), 403),
        ("localhost", 403),
        ("", 403),
    ] {
        let answer = server.send(&format!(
            "GET / HTTP/1.1\r\nHost: {named}\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(answer.status(), expected, "{named}");
    }
    let nameless = server.send("GET / HTTP/1.0\r\n\r\n");
    assert_eq!(nameless.status(), 403);
}

#[test]
fn whoever_does_not_show_the_token_learns_nothing() {
    let mnemo = Mnemo::new();
    let server = with_token(&mnemo);
    for path in [
        "/",
        "/search?q=x",
        "/api/repositories",
        "/metrics",
        "/mcp",
        "/assets/page.js",
        "/nothing",
        "/?token=wrong-wrong-wrong",
    ] {
        for fields in [
            "",
            "Authorization: Bearer wrong-wrong-wrong\r\n",
            "Cookie: token-1=x; token=correct-horse-battery\r\n",
        ] {
            let answer = server.get_with(path, fields);
            assert_eq!(answer.status(), 401, "{path} {fields}");
            assert!(!answer.body().contains("mnemo"), "{path}");
        }
    }
    for probe in ["/healthz", "/readyz?x"] {
        assert!([200, 503].contains(&server.get(probe).status()), "{probe}");
    }
    let known = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(server.get_with("/", &known).status(), 200);
}

#[test]
fn a_browser_shows_the_token_once_and_a_cookie_afterwards() {
    let mnemo = Mnemo::new();
    let server = with_token(&mnemo);
    let answer = server.get(&format!("//search?q=a&token={TOKEN}&kind=class"));
    assert_eq!(answer.status(), 303);
    // Not `//search`, which would lead to another server.
    assert_eq!(answer.field("location").unwrap(), "/search?q=a&kind=class");
    let cookie = answer.field("set-cookie").unwrap();
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    assert!(!cookie.contains(TOKEN), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(
        server
            .get_with("/", &format!("Cookie: a=b; {pair}\r\n"))
            .status(),
        200
    );
    let other = format!("Cookie: {}x\r\n", pair);
    assert_eq!(server.get_with("/", &other).status(), 401);
}

#[test]
fn other_addresses_need_a_token() {
    let mnemo = Mnemo::new();
    let refused = mnemo.run(&["serve", "--listen", "0.0.0.0:0"]);
    assert_ne!(refused.status(), 0);
    assert!(
        refused.talk().contains("--token-file"),
        "{}",
        refused.talk()
    );
}

#[test]
fn requests_are_bounded() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let host = &server.address;
    let long = "x".repeat(300 << 10);
    let body = format!(
        "POST /mcp HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{long}",
        long.len()
    );
    assert_eq!(server.send(&body).status(), 413);
    let wide = server.get_with("/", &format!("X: {}\r\n", "x".repeat(64 << 10)));
    assert_eq!(wide.status(), 431);
    let query = server.get(&format!("/search?q={}", "x".repeat(60 << 10)));
    assert!([414, 431].contains(&query.status()), "{}", query.status());
    for (method, path, expected) in [
        ("POST", "/", 405),
        ("DELETE", "/api/repositories", 405),
        ("PUT", "/search", 405),
        ("TRACE", "/", 405),
    ] {
        let answer = server.send(&format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        assert_eq!(answer.status(), expected, "{method} {path}");
    }
    assert_eq!(server.get("/").status(), 200);
}

#[test]
fn who_says_little_or_nothing_is_in_nobodys_way() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let mut silent = Vec::new();
    for number in 0..300 {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let begun: &[u8] = if number % 2 == 0 {
            b""
        } else {
            b"POST /mcp HTTP/1.1\r\nHost: "
        };
        stream.write_all(begun).ok();
        silent.push(stream);
    }
    assert_eq!(server.get("/").status(), 200);
}

#[test]
fn no_path_of_a_client_is_opened() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", "export function inside() {}\n");
    mnemo.write("secret.txt", "a secret outside of the tree");
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    let server = Server::start(&mnemo);
    for path in [
        "/assets/../page.js",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/secret.txt",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "//secret.txt",
        "/assets//etc/passwd",
        "/assets/page.js%00",
        "/definition?symbol=../secret.txt",
        "/definition?symbol=/etc/passwd:1",
        "/search?q=secret&path=../**",
        "/search?q=secret&repository=../secret.txt",
        "/api/definitions?symbol=..%2Fsecret.txt:1",
        "/api/search?q=outside&path=/**",
    ] {
        let answer = server.get(path);
        assert!(answer.status() >= 200 && answer.status() < 500, "{path}");
        let body = answer.body();
        assert!(
            !body.contains("outside of the tree") && !body.contains("root:"),
            "{path}: {body}"
        );
    }
}

/// Everything that a stranger names: files, definitions, comments, and what a question says.
#[test]
fn nothing_of_a_tree_or_a_question_becomes_a_script() {
    const SCRIPT: &str = "<script>alert(1)</script>";
    let mnemo = Mnemo::new();
    mnemo.write(
        "tree/<img src=x onerror=alert(1)>.ts",
        &format!("/** {SCRIPT} */\nexport function handler() {{ return \"{SCRIPT}\" }}\n"),
    );
    mnemo.write("tree/quote\"'.js", "export const o = { '\"><svg onload=alert(1)>': function () { return 1 } }\nexport function handler2() { handler3() }\nfunction handler3() { if (1) {} }\n");
    let index = mnemo.run(&["index", "tree", "--repository", "<b>name</b>\"'"]);
    assert_eq!(index.status(), 0, "{}", index.talk());
    let server = Server::start(&mnemo);
    let question = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27%3E handler".replace(' ', "%20");
    let mut n_shown = 0;
    for path in super::views::ADDRESSES {
        let path = path
            .replace("QUESTION", &question)
            .replace("SYMBOL", "handler")
            .replace("FILE", "handler2");
        let answer = server.get(&path);
        let body = answer.body();
        for live in [
            "<script>alert",
            "<img",
            "<svg onload",
            "<b>name",
            "\"'>",
            "onerror=alert(1)>.ts\"",
        ] {
            let is_shown = body.contains(live);
            assert!(
                !is_shown
                    || answer
                        .field("content-type")
                        .unwrap()
                        .starts_with("application/"),
                "{path}: {live}: {body}"
            );
        }
        n_shown += usize::from(body.contains("&lt;script&gt;") || body.contains("&lt;img"));
        let policy = answer.field("content-security-policy").unwrap();
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(answer.field("x-content-type-options").unwrap(), "nosniff");
    }
    assert!(n_shown > 2, "the names are shown, as text");
}

#[test]
fn who_is_asked_to_end_lets_go_of_idle_clients() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let mut idle = TcpStream::connect(&server.address).unwrap();
    let host = server.address.clone();
    idle.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = [0; 64];
    assert!(idle.read(&mut answer).unwrap() > 0);
    assert!(server.stop());
    while idle.read(&mut answer).unwrap_or(0) > 0 {}
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
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Length: 9\r\n\r\nhalf",
        server.address
    );
    for begun in ["", "GET / HTTP/1.1\r\nHost: ", &body] {
        server.send(begun);
    }
}
