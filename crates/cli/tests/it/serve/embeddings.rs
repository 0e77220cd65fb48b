//! Vectors over HTTP: that they are those of an index, in both protocols, and what clients may do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::client::Server;
use crate::program::Mnemo;

/// A model of random weights that has prefixes, and vectors that may be cut.
const MODEL: &str = "nomic-embed-text-v1.5";

fn with_model(mnemo: &Mnemo) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embed/tests/fixtures/small-nomic");
    let folder = mnemo.home.path().join("models").join(MODEL);
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        std::fs::copy(fixture.join(file), folder.join(file)).unwrap();
    }
}

/// Serves embeddings alone, by the model of random weights.
fn serve(mnemo: &Mnemo, more: &[&str]) -> Server {
    with_model(mnemo);
    let command = [
        "serve",
        "--embeddings-only",
        "--listen",
        "127.0.0.1:0",
        "--embeddings",
        "real",
        "--model-dir",
        "models",
        "--models",
        MODEL,
    ];
    Server::of(mnemo.command(&[&command, more].concat()))
}

fn post(server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let answer = server.send(&request(server, path, &body.to_string()));
    let text = answer.body();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (answer.status(), body)
}

fn request(server: &Server, path: &str, body: &str) -> String {
    let (host, length) = (&server.address, body.len());
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn numbers(value: &Value) -> Vec<f32> {
    let numbers = value.as_array().unwrap_or_else(|| panic!("{value}"));
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    numbers.iter().map(number).collect()
}

/// Returns what of an index has a vector: input, which is what keys are of, and vector.
fn vectors(mnemo: &Mnemo, database: &str) -> BTreeMap<String, (Value, Value)> {
    let column = |what: &str, column: &'static str| {
        let rows = mnemo.run(&["export", "--what", what, "--database", database]);
        let row = move |line: &str| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            let key = format!("{} {} {}", row["file"], row["chunk"], row["view"]);
            (key, row[column].take())
        };
        let rows: BTreeMap<String, Value> = rows.data().lines().map(row).collect();
        rows
    };
    let mut inputs = column("inputs", "input");
    let vectors = column("vectors", "vector").into_iter();
    let both = vectors.map(|(key, vector)| {
        let input = inputs.remove(&key).expect("a vector is of an input");
        (key, (input, vector))
    });
    both.collect()
}

#[test]
fn an_index_by_the_server_has_the_vectors_of_a_local_one() {
    let mnemo = Mnemo::new();
    let server = serve(&mnemo, &["--threads", "2"]);
    for number in 0..20 {
        let text = format!(
            "/** Counts what number {number} has. */\nexport function count{number}(all: string[]) {{\n  return all.length + {number}\n}}\n"
        );
        mnemo.write(&format!("tree/src/count{number}.ts"), &text);
    }
    let index = |database: &str, more: &[&str]| {
        let arguments = [
            "index",
            "tree",
            "--embeddings",
            "real",
            "--database",
            database,
        ];
        let answer = mnemo.run(&[&arguments, more].concat());
        assert_eq!(answer.status(), 0, "{}", answer.talk());
    };
    index("local.db", &["--model-dir", "models", "--models", MODEL]);
    let url = format!("http://{}", server.address);
    index("tei.db", &["--embedder", &url]);
    index("openai.db", &["--embedder", &format!("{url}/v1")]);
    let local = vectors(&mnemo, "local.db");
    assert!(local.len() >= 40, "{}", local.len());
    for database in ["tei.db", "openai.db"] {
        // Keys are of the same inputs, and vectors have the same bits.
        assert!(vectors(&mnemo, database) == local, "{database}");
    }
}

#[test]
fn protocols_agree_and_say_what_is_wrong() {
    let mnemo = Mnemo::new();
    let server = serve(&mnemo, &[]);
    let openai = |body: Value| post(&server, "/v1/embeddings", &body);
    let tei = |body: Value| post(&server, "/embed", &body);
    let vector = |body: &Value, index: usize| numbers(&body["data"][index]["embedding"]);

    let (status, both) = openai(json!({"model": MODEL, "input": ["one", "two"]}));
    assert_eq!(status, 200, "{both}");
    assert_eq!(both["object"], "list");
    assert_eq!(both["model"], MODEL);
    assert!(both["usage"]["prompt_tokens"].as_u64() >= Some(6), "{both}");
    let (_, one) = openai(json!({"input": "one"}));
    assert_eq!(vector(&one, 0), vector(&both, 0));
    let (_, plain) = tei(json!({"inputs": ["one", "two"]}));
    assert_eq!(numbers(&plain[1]), vector(&both, 1));

    let (_, base64) = openai(json!({"input": "two", "encoding_format": "base64"}));
    let text = base64["data"][0]["embedding"].as_str().unwrap();
    assert_eq!(from_base64(text), vector(&both, 1));

    let (_, question) = openai(json!({"input": "one", "input_type": "query"}));
    let (_, spelled) = openai(json!({"input": "search_query: one"}));
    assert_eq!(vector(&question, 0), vector(&spelled, 0));
    assert_ne!(vector(&question, 0), vector(&one, 0));
    let (_, question) = tei(json!({"inputs": "one", "prompt_name": "query"}));
    assert_eq!(numbers(&question[0]), vector(&spelled, 0));

    let long = "word ".repeat(5000);
    let (status, cut) = openai(json!({"input": &long}));
    assert_eq!((status, &cut["usage"]["total_tokens"]), (200, &json!(512)));
    assert_eq!(tei(json!({"inputs": &long, "truncate": true})).0, 200);

    for (body, expected, words) in [
        (json!({"input": [1, 2]}), 400, "token ids"),
        (json!({"input": [[1, 2], [3]]}), 400, "token ids"),
        (json!({"input": ["one", 2]}), 400, "a list of texts"),
        (json!({"input": []}), 400, "no text"),
        (json!({}), 400, "`input`"),
        (json!({"input": vec!["x"; 2049]}), 400, "2049 texts"),
        (
            json!({"input": "x", "model": "ada"}),
            404,
            "\"ada\" is not served here",
        ),
        (
            json!({"input": "x", "encoding_format": "hex"}),
            400,
            "float or base64",
        ),
        (json!({"input": "x", "dimensions": 3}), 400, "not 3"),
        (
            json!({"input": "x", "input_type": "poem"}),
            400,
            "query or document",
        ),
    ] {
        let (status, answer) = openai(body.clone());
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(status, expected, "{body} {answer}");
        assert!(message.contains(words), "{body}: {answer}");
    }
    for (body, expected, words) in [
        (json!({"inputs": [[1, 2]]}), 422, "token ids"),
        (json!({"inputs": &long}), 413, "more than the 512 tokens"),
        (
            json!({"inputs": "x", "normalize": false}),
            422,
            "unit length",
        ),
        (json!({"inputs": vec!["x"; 2049]}), 413, "2049 texts"),
    ] {
        let (status, answer) = tei(body);
        let message = answer["error"].as_str().unwrap_or_default();
        assert!(status == expected && message.contains(words), "{answer}");
    }
    let (status, answer) = (server.get("/v1/models"), server.get("/info"));
    assert!(status.body().contains(MODEL) && answer.body().contains("max_input_length"));
    assert_eq!(
        server
            .get("/v1/models/nomic-ai/nomic-embed-text-v1.5")
            .status(),
        200
    );
    assert_eq!(server.get("/v1/models/ada").status(), 404);
    let metrics = server.get("/metrics").body();
    assert!(
        metrics.contains("mnemo_embeddings_queue_seconds_bucket"),
        "{metrics}"
    );
    assert!(
        !metrics.contains("mnemo_embeddings_texts_total 0\n"),
        "{metrics}"
    );
}

/// Reads 32-bit floats, lowest byte first.
fn from_base64(text: &str) -> Vec<f32> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let place = |letter: u8| LETTERS.iter().position(|known| *known == letter);
    let sixes: Vec<usize> = text.bytes().filter_map(place).collect();
    let bytes: Vec<u8> = sixes
        .chunks(4)
        .flat_map(|four| {
            let bits = four.iter().fold(0, |bits, six| bits << 6 | six) << (6 * (4 - four.len()));
            let three = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
            three.into_iter().take(four.len() - 1)
        })
        .collect();
    let words = bytes.as_chunks().0;
    words
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect()
}

#[test]
fn the_service_embeds_beside_the_page() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let (status, answer) = post(&server, "/v1/embeddings", &json!({"input": ["a", "b"]}));
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["data"].as_array().unwrap().len(), 2);
    let none =
        Server::of(mnemo.command(&["serve", "--listen", "127.0.0.1:0", "--embeddings", "none"]));
    let (status, answer) = post(&none, "/v1/embeddings", &json!({"input": "a"}));
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(status == 503 && message.contains("settings"), "{answer}");
    let refused = mnemo.run(&["serve", "--embeddings-only", "--embeddings", "none"]);
    assert_eq!(refused.status(), 3, "{}", refused.talk());
}

#[test]
fn long_requests_are_taken_where_texts_are_and_bounded() {
    let mnemo = Mnemo::new();
    let server = Server::start(&mnemo);
    let texts = vec!["x".repeat(1000); 1000];
    assert_eq!(
        post(
            &server,
            "/embed",
            &json!({"inputs": texts, "truncate": true})
        )
        .0,
        200
    );
    let huge = json!({"input": "x".repeat(5 << 20)});
    assert_eq!(post(&server, "/v1/embeddings", &huge).0, 413);
    assert_eq!(post(&server, "/v1/embeddings/more", &huge).0, 413);
    let broken = server.send(&request(&server, "/v1/embeddings", "{\"input\": \"\u{0}"));
    assert_eq!(broken.status(), 400);
    for (method, path) in [
        ("GET", "/embed"),
        ("PUT", "/v1/embeddings"),
        ("POST", "/info"),
    ] {
        let host = &server.address;
        let answer = server.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ));
        assert_eq!(answer.status(), 405, "{method} {path}");
    }
}

#[test]
fn nobody_gets_vectors_without_the_token_or_by_another_name() {
    let mnemo = Mnemo::new();
    let mut command = mnemo.command(&["serve", "--embeddings-only", "--listen", "127.0.0.1:0"]);
    command.env("MNEMO_HTTP_TOKEN", "correct-horse-battery");
    let server = Server::of(command);
    let asked = request(&server, "/v1/embeddings", "{\"input\": \"a\"}");
    let with = |field: &str| {
        server.send(&asked.replace(
            "Connection: close\r\n",
            &format!("Connection: close\r\n{field}\r\n"),
        ))
    };
    let known = "Authorization: Bearer correct-horse-battery";
    assert_eq!(server.send(&asked).status(), 401);
    assert_eq!(with(known).status(), 200);
    assert_eq!(
        with(&format!("{known}\r\nOrigin: https://evil.example")).status(),
        403
    );
    let named = asked.replace(&server.address, "evil.example");
    assert_eq!(
        server
            .send(&named.replace("Connection", &format!("{known}\r\nConnection")))
            .status(),
        403
    );
    assert_eq!(server.get("/readyz").body(), "ready\n");
    assert_eq!(server.get("/info").status(), 401);
}

#[test]
fn what_is_in_hand_is_answered_when_the_server_is_asked_to_end() {
    let mnemo = Mnemo::new();
    let server = serve(&mnemo, &[]);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let body = json!({"input": "one"}).to_string();
    let (host, length) = (&server.address, body.len());
    let head = format!(
        "POST /v1/embeddings HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(line.contains("100"), "{line}");
    let ended = std::thread::spawn(move || server.stop());
    stream.write_all(body.as_bytes()).unwrap();
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert!(
        rest.contains("200 OK") && rest.contains("embedding"),
        "{rest}"
    );
    assert!(ended.join().unwrap());
}

#[test]
fn a_server_that_is_killed_and_started_again_costs_no_file() {
    let mnemo = Mnemo::new();
    for number in 0..200 {
        let text = format!("export function count{number}() {{\n  return {number}\n}}\n");
        mnemo.write(&format!("tree/src/count{number}.ts"), &text);
    }
    let server = |listen: &str| {
        Server::of(mnemo.command(&["serve", "--embeddings-only", "--listen", listen]))
    };
    let first = server("127.0.0.1:0");
    let address = first.address.clone();
    let url = format!("http://{address}");
    let index = |database| {
        [
            "index",
            "tree",
            "--embeddings",
            "real",
            "--embedder",
            &url,
            "--workers",
            "2",
            "--database",
            database,
        ]
    };
    let whole = mnemo.run(&index("whole.db"));
    assert_eq!(whole.status(), 0, "{}", whole.talk());
    let n_texts = || {
        value(
            &first.get("/metrics").body(),
            "mnemo_embeddings_texts_total ",
        )
    };
    let before = n_texts();
    let run = mnemo.start(&index("broken.db"));
    // More than the two by which a run finds out who answers.
    while n_texts() < before + 3.0 {
        std::thread::yield_now();
    }
    drop(first);
    let _second = server(&address);
    let answer = run.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "{said}");
    assert!(vectors(&mnemo, "broken.db") == vectors(&mnemo, "whole.db"));
}

/// Asks and hangs up before the answer, as clients do that lose patience. The texts take the encoder a while.
fn vanish(server: &Server) {
    let texts = vec!["a text of some words that takes a moment ".repeat(40); 64];
    continued(
        server,
        "/v1/embeddings",
        &json!({"input": texts}).to_string(),
    );
}

/// Sends a request whose body waits until the server has let its client in.
fn continued(server: &Server, path: &str, body: &str) -> BufReader<TcpStream> {
    let mut stream = BufReader::new(TcpStream::connect(&server.address).unwrap());
    let (host, length) = (&server.address, body.len());
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    assert!(line.contains("100"), "{line}");
    stream.get_mut().write_all(body.as_bytes()).ok();
    stream
}

/// Ten thousand in the long form.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "long tests are asked for by the environment"
)]
fn clients_that_vanish_leave_nothing_behind() {
    let is_long = std::env::var_os("MNEMO_TEST_LONG").is_some();
    let n_clients = if is_long { 10_000 } else { 300 };
    let mnemo = Mnemo::new();
    let server = serve(&mnemo, &["--threads", "1"]);
    let is_answered = || {
        // Whoever stays may be asked to come later, and is answered then.
        let answers =
            std::iter::repeat_with(|| post(&server, "/v1/embeddings", &json!({"input": "x"})).0);
        let mut answers = answers.take_while(|status| [200, 429].contains(status));
        answers.any(|status| status == 200)
    };
    for _ in 0..n_clients / 10 {
        vanish(&server);
    }
    assert!(is_answered());
    let before = server.resident_bytes();
    for _ in 0..n_clients {
        vanish(&server);
    }
    assert!(is_answered());
    let after = server.resident_bytes();
    println!("{n_clients} clients that vanish: {before} bytes before, {after} after");
    assert!(after < before + (16 << 20), "{before} {after}");
    let metrics = server.get("/metrics").body();
    assert_eq!(value(&metrics, "mnemo_embeddings_waiting_tokens "), 0.0);
    let n_abandoned = value(&metrics, "mnemo_embeddings_abandoned_total ");
    assert!(n_abandoned > 0.0, "{metrics}");
}

/// Returns the number after a name.
fn value(metrics: &str, name: &str) -> f64 {
    let mut lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
    lines.next().unwrap().trim().parse().unwrap()
}

/// The official client, from PyPI.
const OPENAI: &str = "openai";

/// Returns a Python that has the client, or nothing where pip cannot fetch it.
fn python_with_openai() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openai-client");
    let python = folder.join("bin/python");
    let runs = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let has_it = || runs(&python, &["-c", "import openai"]);
    let made = || {
        runs(
            Path::new("python3"),
            &["-m", "venv", folder.to_str().unwrap()],
        ) && runs(&python, &["-m", "pip", "install", "-q", OPENAI])
    };
    (has_it() || made()).then_some(python)
}

const SCRIPT: &str = r#"
import sys
from openai import APIStatusError, OpenAI

client = OpenAI(base_url=sys.argv[1], api_key="unused", max_retries=3)
models = [model.id for model in client.models.list()]
assert len(models) == 1, models
assert client.models.retrieve(models[0]).owned_by == "mnemo"
# In base64 unless a form is named.
packed = client.embeddings.create(model=models[0], input=["one", "two"])
plain = client.embeddings.create(model=models[0], input=["one", "two"], encoding_format="float")
assert [row.index for row in plain.data] == [0, 1]
for first, second in zip(packed.data, plain.data):
    assert len(first.embedding) == len(second.embedding) > 0
    assert max(abs(a - b) for a, b in zip(first.embedding, second.embedding)) < 1e-7
assert plain.usage.total_tokens > 0
for wrong, status in [({"input": [1, 2]}, 400), ({"input": "x", "model": "ada"}, 404), ({"input": "x", "dimensions": 3}, 400)]:
    try:
        client.embeddings.create(**({"model": models[0]} | wrong))
    except APIStatusError as error:
        assert error.status_code == status and error.body["message"], (wrong, error)
    else:
        raise AssertionError(wrong)
print("agreed")
"#;

#[test]
fn the_official_client_understands_the_server() {
    let Some(python) = python_with_openai() else {
        println!("not checked: pip cannot install {OPENAI}");
        return;
    };
    let mnemo = Mnemo::new();
    let server = serve(&mnemo, &[]);
    let url = format!("http://{}/v1", server.address);
    let output = Command::new(python)
        .args(["-c", SCRIPT, &url])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim(),
        "agreed",
        "{said}"
    );
}
