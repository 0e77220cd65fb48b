//! Many processes on one index at once: no panic, no wrong answer, no error but "being indexed by …", and nothing lost in the end.
//!
//! A tree is edited all the time in a way that keeps every number: what a file defines, how many chunks it has, whom it calls. So an
//! answer that is put together from two states shows, while each committed state looks the same but for the edges of files that a run
//! has replaced and not resolved yet.
//!
//! The long form is ten minutes a store. It compares how long questions take in the storm with how long they take when nothing else goes on,
//! and when as much goes on in another database: so what the cores do to readers is known from what the database does.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use testkit::{TestDatabase, hold_repository};

use crate::program::{Answer, Mnemo};

/// Files that are edited; one more is not.
const N_STEPS: usize = 12;
const N_FILES: u64 = N_STEPS as u64 + 1;
const BASE: &str = "export function base() {\n  return 0\n}\n";

/// Exit status of a command that another process is in the way of.
const BUSY: i32 = 75;

struct Storm {
    mnemo: Mnemo,
    /// The flags that choose the database.
    database: Vec<String>,
    /// The version that each file was last given, or is about to be.
    versions: Vec<AtomicU64>,
    /// What `status` says in every state.
    sizes: Value,
}

fn step(number: usize, version: u64) -> String {
    format!(
        "import {{ base }} from './base'\n\nexport function step{number}() {{\n  const version = {version:08}\n  return base() + version\n}}\n"
    )
}

impl Storm {
    fn new(database: Vec<String>) -> Storm {
        let mnemo = Mnemo::new();
        mnemo.write("tree/base.ts", BASE);
        mnemo.write("other/a.ts", BASE);
        for number in 0..N_STEPS {
            mnemo.write(&format!("tree/step{number}.ts"), &step(number, 0));
        }
        let mut storm = Storm {
            mnemo,
            database,
            versions: (0..N_STEPS).map(|_| AtomicU64::new(0)).collect(),
            sizes: Value::Null,
        };
        for tree in ["tree", "other"] {
            let answer = storm.run(&["index", tree, "--workers", "1"]);
            assert_eq!(answer.status(), 0, "{}", answer.talk());
        }
        storm.sizes = sizes(
            &storm
                .run(&["status", "--repository", "tree", "--json"])
                .json(),
        );
        storm
    }

    fn arguments<'a>(&'a self, command: &[&'a str]) -> Vec<&'a str> {
        let database = self.database.iter().map(String::as_str);
        command.iter().copied().chain(database).collect()
    }

    fn run(&self, command: &[&str]) -> Answer {
        self.mnemo.run(&self.arguments(command))
    }

    /// Runs a command; returns its answer unless another process was in its way.
    fn ask(&self, command: &[&str], good: &[i32]) -> Option<Answer> {
        let answer = self.run(command);
        let talk = answer.talk();
        assert!(!talk.contains("panicked"), "{command:?}: {talk}");
        if answer.status() == BUSY {
            assert!(talk.contains("is being indexed by"), "{command:?}: {talk}");
            return None;
        }
        let status = answer.status();
        assert!(
            good.contains(&status),
            "{command:?} ended with {status}: {talk}"
        );
        Some(answer)
    }

    fn edit(&self, round: &mut usize) {
        let number = *round % N_STEPS;
        *round += 1;
        let version = self.versions[number].fetch_add(1, Ordering::SeqCst) + 1;
        let scratch = format!("scratch{number}.ts");
        self.mnemo.write(&scratch, &step(number, version));
        let home = self.mnemo.home.path();
        let target = home.join(format!("tree/step{number}.ts"));
        std::fs::rename(home.join(scratch), target).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }

    fn write(&self, round: &mut usize) {
        *round += 1;
        match *round % 6 {
            0 | 3 => self.ask(&["gc"], &[0]),
            1 => self.ask(&["remove", "other"], &[0]),
            2 => self.ask(&["index", "other", "--workers", "1"], &[0]),
            // The tree is edited, so that it may differ.
            4 => self.ask(&["verify", "--repository", "tree"], &[0, 1]),
            _ => self.ask(&["index", "other", "--full", "--workers", "1"], &[0]),
        };
    }

    fn read(&self, round: &mut usize, times: &Times) {
        *round += 1;
        let number = *round % N_STEPS;
        match *round % 5 {
            0 => times.take("status", || self.read_status()),
            1 => times.take("search", || self.read_search(number)),
            2 => times.take("callers", || self.read_callers()),
            3 => times.take("export", || self.read_calls()),
            _ => times.take("digest", || self.read_digest()),
        }
    }

    fn read_digest(&self) {
        let digest = self.ask(&["digest", "--repository", "tree"], &[0]).unwrap();
        assert_eq!(digest.data().trim().len(), 64);
    }

    fn read_status(&self) {
        let command = ["status", "--repository", "tree", "--json"];
        let status = self.ask(&command, &[0]).unwrap().json();
        assert_eq!(sizes(&status), self.sizes);
    }

    fn read_search(&self, number: usize) {
        let name = format!("step{number}");
        let command = ["search", &name, "--repository", "tree", "--json"];
        let found = self.ask(&command, &[0]).unwrap().json();
        assert_eq!(found["files"], N_FILES);
        let hits = found["results"].as_array().unwrap();
        let hit = hits.iter().find(|hit| hit["name"] == name.as_str());
        self.check_source(number, hit.unwrap()["snippet"].as_str().unwrap());
    }

    /// The source is that of a version which the file has had.
    fn check_source(&self, number: usize, source: &str) {
        let (_, version) = source.split_once("version = ").unwrap();
        let version: u64 = version[..8].parse().unwrap();
        assert!(version <= self.versions[number].load(Ordering::SeqCst));
        assert!(step(number, version).contains(source.trim()), "{source}");
    }

    fn read_callers(&self) {
        let command = ["graph", "callers", "base", "--repository", "tree", "--json"];
        let answer = self.ask(&command, &[0]).unwrap().json();
        assert_eq!(answer["files"], N_FILES);
        for node in answer["nodes"].as_array().unwrap() {
            let name = node["qualified_name"].as_str().unwrap();
            let is_start = node["depth"] == 0;
            assert_eq!(node["line"], if is_start { 1 } else { 3 }, "{node}");
            assert!(is_start == (name == "base") && (is_start || name.starts_with("step")));
        }
    }

    fn read_calls(&self) {
        let command = ["export", "--what", "calls", "--repository", "tree"];
        let exported = self.ask(&command, &[0]).unwrap().data();
        for line in exported.lines() {
            let call: Value = serde_json::from_str(line).unwrap();
            let place = (&call["name"], &call["line"], &call["col"]);
            assert_eq!(place, (&json!("base"), &json!(5), &json!(10)), "{call}");
            assert!(call["tf"].is_null() || (call["tf"] == "base.ts" && call["tl"] == 1));
        }
    }

    fn converse(&self, session: &mut Session, round: &mut usize) {
        *round += 1;
        let number = *round % N_STEPS;
        let answer = session.call(
            "search",
            json!({"query": format!("step{number}"), "repository": "tree"}),
        );
        assert_eq!(answer["coverage"]["files"], N_FILES, "{answer}");
        let answer = session.call(
            "context",
            json!({"symbol": format!("step{number}"), "repository": "tree"}),
        );
        assert_eq!(answer["coverage"]["files"], N_FILES, "{answer}");
        self.check_source(number, answer["definitions"][0]["source"].as_str().unwrap());
        let answer = session.call("impact", json!({"symbol": "base", "repository": "tree"}));
        assert_eq!(answer["coverage"]["files"], N_FILES, "{answer}");
        let answer = session.call("outline", json!({"repository": "tree"}));
        assert_eq!(answer["total"], N_FILES, "{answer}");
        let answer = session.call("status", json!({}));
        let all = answer["repositories"].as_array().unwrap();
        let tree = all.iter().find(|one| one["repository"] == "tree").unwrap();
        assert_eq!(tree["chunks"], self.sizes["chunks"], "{tree}");
    }

    /// Asks all kinds of questions from three sides until `ends`; returns how long each took.
    fn ask_until(&self, ends: Instant) -> Times {
        let times = Times::default();
        std::thread::scope(|scope| {
            for mut round in 0..2 {
                let times = &times;
                scope.spawn(move || again_and_again(ends, || self.read(&mut round, times)));
            }
            let mut session = Session::start(self);
            let mut round = 0;
            again_and_again(ends, || {
                times.take("five by MCP", || self.converse(&mut session, &mut round));
            });
        });
        times
    }

    /// Edits, indexes, removes and tidies up until `ends`.
    fn rage_until(&self, ends: Instant) {
        let mut watch =
            self.mnemo
                .start(&self.arguments(&["watch", "tree", "--workers", "1", "--json"]));
        // Its first run, which a lock would end.
        let mut lines = BufReader::new(watch.stdout.take().unwrap());
        lines.read_line(&mut String::new()).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut drained = String::new();
                while lines.read_line(&mut drained).unwrap_or(0) > 0 {
                    drained.clear();
                }
            });
            let mut round = 0;
            scope.spawn(move || again_and_again(ends, || self.edit(&mut round)));
            for run in [
                &["index", "tree", "--workers", "1"][..],
                &["index", "tree", "--full", "--workers", "1"],
            ] {
                scope.spawn(move || again_and_again(ends, || drop(self.ask(run, &[0]))));
            }
            scope.spawn(move || again_and_again(ends, || self.write(&mut round)));
            while Instant::now() < ends {
                std::thread::sleep(Duration::from_millis(50));
            }
            kill_process(Pid::from_child(&watch), Signal::INT).unwrap();
        });
        let ended = watch.wait_with_output().unwrap();
        let talk = String::from_utf8_lossy(&ended.stderr);
        assert!(
            ended.status.success() && !talk.contains("panicked"),
            "{talk}"
        );
    }

    fn check_end(&self) {
        let last = self.run(&["index", "tree", "--workers", "2", "--json"]);
        assert_eq!(last.status(), 0, "{}", last.talk());
        assert_eq!(last.json()["complete"], true);
        let digest = self.run(&["digest", "--repository", "tree"]).data();
        let fresh = Mnemo::new();
        let tree = self.mnemo.home.path().join("tree");
        let indexed = fresh.run(&["index", &tree.display().to_string()]);
        assert_eq!(indexed.status(), 0, "{}", indexed.talk());
        assert_eq!(digest.trim(), fresh.digest());
        let verified = self.run(&["verify", "--repository", "tree"]);
        assert_eq!(
            verified.status(),
            0,
            "{}{}",
            verified.data(),
            verified.talk()
        );
    }
}

/// What does not change from state to state.
fn sizes(status: &Value) -> Value {
    let tree = &status["repositories"][0];
    let named = [
        "repository",
        "files",
        "chunks",
        "symbols",
        "references",
        "nodes_by_kind",
        "errors",
    ];
    Value::Object(
        named
            .map(|name| (name.to_owned(), tree[name].clone()))
            .into_iter()
            .collect(),
    )
}

/// A client of `mnemo mcp` that speaks plain lines.
struct Session {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    n_sent: u64,
}

impl Session {
    fn start(storm: &Storm) -> Session {
        let mut command = storm.mnemo.command(&storm.arguments(&["mcp"]));
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let mut session = Session {
            input: server.stdin.take().unwrap(),
            output: BufReader::new(server.stdout.take().unwrap()),
            server,
            n_sent: 0,
        };
        let client = json!({"name": "storm", "version": "1"});
        session.request(
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}),
        );
        session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        session
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.n_sent += 1;
        self.send(
            &json!({"jsonrpc": "2.0", "id": self.n_sent, "method": method, "params": params}),
        );
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let mut answer: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(answer["id"], self.n_sent, "{answer}");
        answer["result"].take()
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let mut result = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        assert_ne!(result["isError"], true, "{tool}: {result}");
        result["structuredContent"].take()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.server.kill().unwrap_or_default();
        self.server.wait().map(drop).unwrap_or_default();
    }
}

fn again_and_again(ends: Instant, mut work: impl FnMut()) {
    while Instant::now() < ends {
        work();
    }
}

/// How long questions took, by their kind.
#[derive(Default)]
struct Times(Mutex<BTreeMap<&'static str, Vec<Duration>>>);

impl Times {
    fn take(&self, kind: &'static str, question: impl FnOnce()) {
        let start = Instant::now();
        question();
        let mut all = self.0.lock().unwrap();
        all.entry(kind).or_default().push(start.elapsed());
    }

    /// Returns how many questions of each kind there were, and the times that half and 99 of 100 took at most, in milliseconds.
    fn summary(&self) -> BTreeMap<&'static str, (usize, f64, f64)> {
        let mut all = self.0.lock().unwrap();
        let summary = |(kind, times): (&&'static str, &mut Vec<Duration>)| {
            times.sort();
            let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
            let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
            (
                *kind,
                (times.len(), milliseconds(at(50)), milliseconds(at(99))),
            )
        };
        all.iter_mut().map(summary).collect()
    }
}

/// How much longer than in a quiet database the slowest of a hundred questions may take.
const RATIO_MAX: f64 = 3.0;

/// Prints how long questions took; fails for a kind that the storm made too slow.
fn compare(quiet: &Times, elsewhere: &Times, storm: &Times) {
    let (quiet, elsewhere, storm) = (quiet.summary(), elsewhere.summary(), storm.summary());
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let n_cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!(
        "p50 and p99 in ms, on {n_cores} cores, load {}",
        load.trim()
    );
    let mut slow = Vec::new();
    for (kind, (n, p50, p99)) in storm {
        let ((_, quiet50, quiet99), (_, elsewhere50, elsewhere99)) = (quiet[kind], elsewhere[kind]);
        let ratio = p99 / elsewhere99;
        println!(
            "{kind}: quiet {quiet50:.0} {quiet99:.0}, storm elsewhere {elsewhere50:.0} {elsewhere99:.0}, storm {p50:.0} {p99:.0} ({n} times); \
             p99 {:.2} x quiet, {ratio:.2} x elsewhere",
            p99 / quiet99
        );
        slow.extend((ratio > RATIO_MAX).then_some(kind));
    }
    assert!(slow.is_empty(), "too slow in the storm: {slow:?}");
}

/// Ten minutes, in the long form.
const LONG: Duration = Duration::from_secs(600);
const SHORT: Duration = Duration::from_secs(8);

/// How long times are taken outside of the storm.
const COMPARED: Duration = Duration::from_secs(60);

fn check_storm(database: impl Fn() -> Vec<String>) {
    let storm = Storm::new(database());
    let rage = |raging: &Storm, length| {
        let ends = Instant::now() + length;
        std::thread::scope(|scope| {
            scope.spawn(|| raging.rage_until(ends));
            storm.ask_until(ends)
        })
    };
    if std::env::var_os("MNEMO_TEST_LONG").is_none() {
        rage(&storm, SHORT);
        return storm.check_end();
    }
    let quiet = storm.ask_until(Instant::now() + COMPARED);
    let elsewhere = rage(&Storm::new(database()), COMPARED);
    let during = rage(&storm, LONG);
    storm.check_end();
    compare(&quiet, &elsewhere, &during);
}

#[test]
fn storm_on_an_embedded_database_loses_nothing_and_says_nothing_wrong() {
    check_storm(Vec::new);
}

#[test]
fn storm_on_a_server_loses_nothing_and_says_nothing_wrong() {
    let databases = Mutex::new(Vec::new());
    check_storm(|| {
        let database = TestDatabase::new();
        let address = database.address();
        databases.lock().unwrap().push(database);
        vec!["--database".to_owned(), address]
    });
}

#[test]
fn command_that_must_wait_says_for_whom_and_ends_as_busy() {
    let mnemo = Mnemo::new();
    mnemo.write("tree/a.ts", BASE);
    assert_eq!(mnemo.run(&["index", "tree"]).status(), 0);
    let lock = hold_repository(&mnemo.home.path().join("mnemo/mnemo.db"), "tree");
    let holder = format!("is being indexed by process {}", std::process::id());
    for command in [&["gc"][..], &["index", "tree"], &["remove", "tree"]] {
        let answer = mnemo.run(command);
        assert_eq!(answer.status(), BUSY, "{command:?}: {}", answer.talk());
        assert!(answer.talk().contains(&holder), "{}", answer.talk());
    }
    drop(lock);
    assert_eq!(mnemo.run(&["gc"]).status(), 0);
}
