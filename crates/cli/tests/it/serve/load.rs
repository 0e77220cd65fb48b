//! Many clients at once, and whatever a description of the API allows: that nothing fails, and what it costs.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::client::Server;
use super::views::ADDRESSES;
use crate::program::Mnemo;

#[expect(
    clippy::disallowed_methods,
    reason = "long tests are asked for by the environment"
)]
fn is_long() -> bool {
    std::env::var_os("MNEMO_TEST_LONG").is_some()
}

/// A tree whose run takes some seconds.
fn write_large(mnemo: &Mnemo, n_files: usize) {
    for number in 0..n_files {
        let mut text = String::new();
        for name in 0..40 {
            let next = (name + 1) % 40;
            writeln!(text, "export function f{number}_{name}(x: number) {{ return x > {name} ? f{number}_{next}(x - 1) : x }}").unwrap();
        }
        mnemo.write(&format!("large/part{}/file{number}.ts", number % 20), &text);
    }
}

/// Opens a stream of news of runs, and waits for the first.
fn watch(server: &Server) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let host = &server.address;
    stream
        .write_all(format!("GET /api/runs/live HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        .unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while !line.starts_with("data: ") {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0);
    }
    stream
}

/// Indexes the large tree anew, and returns the processor seconds of all who did.
fn index(mnemo: &Mnemo) -> f64 {
    let before = seconds_of_children();
    let run = mnemo.run(&["index", "large", "--workers", "1", "--full"]);
    assert_eq!(run.status(), 0, "{}", run.talk());
    seconds_of_children() - before
}

/// Returns the processor seconds of all children of this process that have ended, and of theirs.
fn seconds_of_children() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, rest) = text.rsplit_once(')').unwrap();
    let ticks = rest.split_whitespace().skip(13).take(2);
    ticks
        .map(|ticks| ticks.parse::<f64>().unwrap())
        .sum::<f64>()
        / TICKS_PER_SECOND
}

#[test]
fn five_hundred_watch_a_run_in_little_memory() {
    let mnemo = Mnemo::new();
    let (n_files, n_rounds) = if is_long() { (3000, 5) } else { (300, 1) };
    write_large(&mnemo, n_files);
    index(&mnemo);
    let server = Server::start(&mnemo);
    let (mut alone, mut watched) = (Vec::new(), Vec::new());
    for _ in 0..n_rounds {
        alone.push(index(&mnemo));
        let watchers: Vec<_> = (0..500).map(|_| watch(&server)).collect();
        watched.push(index(&mnemo));
        let n_bytes = server.resident_bytes();
        assert!(n_bytes < 200 << 20, "{n_bytes}");
        println!(
            "{} watchers: {:.1} MB",
            watchers.len(),
            n_bytes as f64 / 1e6
        );
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (alone, watched) = (median(alone), median(watched));
    println!("a run took {watched:.2} processor seconds, {alone:.2} unwatched");
}

/// Ten thousand in the long form.
#[test]
fn requests_of_all_kinds_at_once_are_all_answered() {
    let n_requests = if is_long() { 10_000 } else { 600 };
    let mnemo = Mnemo::new();
    write_large(&mnemo, 60);
    assert_eq!(mnemo.run(&["index", "large"]).status(), 0);
    let server = Server::start(&mnemo);
    let next = AtomicUsize::new(0);
    let client = || {
        let mut times = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= n_requests {
                return times;
            }
            let path = ADDRESSES[number % ADDRESSES.len()]
                .replace("QUESTION", "how+is+x+counted")
                .replace("SYMBOL", &format!("f{}_{}", number % 60, number % 40))
                .replace("FILE", "f1_1");
            let start = Instant::now();
            let answer = server.get(&path);
            times.push(start.elapsed());
            let status = answer.status();
            assert!(
                (200..500).contains(&status),
                "{path}: {status} {}",
                answer.body()
            );
        }
    };
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..16).map(|_| scope.spawn(client)).collect();
        clients
            .into_iter()
            .flat_map(|client| client.join().unwrap())
            .collect()
    });
    times.sort();
    let share = |share: f64| times[(times.len() as f64 * share) as usize];
    println!(
        "{n_requests} requests of 16 clients: median {:?}, p99 {:?}",
        share(0.5),
        share(0.99)
    );
}

/// In the long form only, on the largest tree that lies beside the checkout.
#[test]
fn pages_of_a_large_tree_come_soon() {
    let Some(tree) = testkit::shared_tree("medusa").filter(|_| is_long()) else {
        return;
    };
    let mnemo = Mnemo::new();
    let index = mnemo.run(&["index", tree.to_str().unwrap(), "--embeddings", "none"]);
    assert_eq!(index.status(), 0, "{}", index.talk());
    let server = Server::start(&mnemo);
    for page in [
        "/",
        "/map?repository=medusa",
        "/map?repository=medusa&place=packages",
        "/hotspots?repository=medusa",
    ] {
        for turn in ["first", "next"] {
            let start = Instant::now();
            let answer = server.get(page);
            let (took, n_bytes) = (start.elapsed(), answer.n_bytes());
            assert_eq!(answer.status(), 200, "{page}: {}", answer.body());
            println!("{page}, {turn}: {took:?}, {n_bytes} bytes");
        }
    }
}

/// Makes requests of a description, at the edges of what it allows and beyond.
const SCHEMATHESIS: &str = "schemathesis";

/// Returns its program, or nothing where pip cannot fetch it.
fn schemathesis() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(SCHEMATHESIS);
    let program = folder.join("bin/st");
    let runs = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let has_it = || runs(&program, &["--version"]);
    let made = || {
        let pip = ["-m", "pip", "install", "-q", SCHEMATHESIS];
        runs(
            Path::new("python3"),
            &["-m", "venv", folder.to_str().unwrap()],
        ) && runs(&folder.join("bin/python"), &pip)
    };
    (has_it() || made()).then_some(program)
}

/// What no answer may be. That every value of the right type is taken is not promised: a question may be empty, or about nothing.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
response_headers_conformance,response_schema_conformance,unsupported_method";

/// Five minutes, in the long form only.
#[test]
fn no_request_that_the_description_allows_makes_an_answer_that_it_forbids() {
    if !is_long() {
        return;
    }
    let Some(program) = schemathesis() else {
        println!("not checked: pip cannot install {SCHEMATHESIS}");
        return;
    };
    let mnemo = Mnemo::new();
    write_large(&mnemo, 20);
    assert_eq!(mnemo.run(&["index", "large"]).status(), 0);
    let server = Server::start(&mnemo);
    let description = format!("http://{}/openapi.json", server.address);
    let output = Command::new(program)
        .args(["run", &description, "--max-time", "300", "--checks", CHECKS])
        // A stream has no end to wait for.
        .args([
            "--exclude-path",
            "/api/runs/live",
            "--continue-on-failure",
            "--no-color",
        ])
        .current_dir(mnemo.home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let counted = said.lines().filter(|line| line.contains("generated"));
    counted.for_each(|line| println!("{line}"));
    assert!(output.status.success(), "{said}");
}
