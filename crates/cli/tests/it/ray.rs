//! Runs whose workers an engine starts. Short tests have a stand-in for Ray in its driver's process; the long one has Ray, with three nodes.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use testkit::{TestDatabase, shared_tree};

use crate::program::{Answer, Mnemo, children_of};

/// Names a Python that has Ray; without it the long test installs Ray beside the other test programs.
const PYTHON_WITH_RAY: &str = "MNEMO_TEST_RAY_PYTHON";

/// What the long test installs.
const RAY: &str = "ray==2.60.0";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Something that starts workers, and a database that they reach.
struct OnRay {
    mnemo: Mnemo,
    database: TestDatabase,
    python: PathBuf,
    /// The stand-in, where it is none of Ray.
    modules: Option<PathBuf>,
    address: Option<String>,
}

impl OnRay {
    fn stand_in() -> OnRay {
        OnRay {
            mnemo: Mnemo::new(),
            database: TestDatabase::new(),
            python: PathBuf::from("python3"),
            modules: Some(here("tests/ray/stand_in")),
            address: None,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.mnemo.command(arguments);
        let modules = [Some(here("../../python")), self.modules.clone()];
        let modules = std::env::join_paths(modules.into_iter().flatten()).unwrap();
        command
            .env("MNEMO_DATABASE", self.database.address())
            .env("MNEMO_PYTHON", &self.python)
            .env("PYTHONPATH", modules);
        if let Some(address) = &self.address {
            command.env("MNEMO_RAY_ADDRESS", address);
        }
        command
    }

    fn index(&self, tree: &str, workers: &str) -> Command {
        let arguments = ["index", tree, "--engine", "ray", "--workers", workers];
        let mut command = self.command(&arguments);
        command.args(["--repository", "tree", "--json"]);
        command
    }

    fn run(&self, tree: &str, workers: &str) -> Answer {
        Answer(self.index(tree, workers).output().unwrap())
    }

    fn start(&self, tree: &str, workers: &str) -> Child {
        let mut command = self.index(tree, workers);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Returns how many files a run under way has committed.
    fn n_files_indexed(&self) -> u64 {
        let output = self.command(&["status", "--json"]).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        status["repositories"][0]["files"].as_u64().unwrap_or(0)
    }

    fn digest(&self) -> String {
        let answer = Answer(
            self.command(&["digest", "--repository", "tree"])
                .output()
                .unwrap(),
        );
        assert_eq!(answer.status(), 0, "{}", answer.talk());
        answer.data().trim().to_owned()
    }
}

/// Returns a tree that lasts a while, and the digest of a local run of it into the embedded database.
fn tree_and_digest(mnemo: &Mnemo) -> (String, String) {
    for number in 0..200 {
        let next = (number + 1) % 200;
        let text = format!(
            "import {{ f{next} }} from './file{next}'\nexport function f{number}(n: number): number {{\n  return n ? f{next}(n - 1) : {number}\n}}\n"
        );
        mnemo.write(&format!("tree/src/file{number}.ts"), &text);
    }
    // What a job has to carry: no text, another encoding, and more than one frame's usual bytes.
    mnemo.write("tree/bad.ts", "const a = '\u{0}'");
    mnemo.write("tree/large.ts", &"export const x = 1 // x\n".repeat(60_000));
    let tree = mnemo.home.path().join("tree");
    let tree = tree.to_str().unwrap().to_owned();
    let local = Mnemo::new();
    let answer = local.run(&["index", &tree, "--workers", "2", "--repository", "tree"]);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    (tree, local.digest())
}

#[test]
fn workers_of_an_engine_give_the_digest_of_local_ones() {
    let on_ray = OnRay::stand_in();
    let (tree, digest) = tree_and_digest(&on_ray.mnemo);
    let json = on_ray.run(&tree, "3").json();
    assert_eq!(
        (&json["complete"], &json["workers"]),
        (&true.into(), &3.into()),
        "{json}"
    );
    assert_eq!(on_ray.digest(), digest);
    // Nothing to do starts no engine.
    let again = on_ray.run(&tree, "1:4").json();
    assert_eq!(
        (&again["unchanged_files"], &again["workers"]),
        (&json["success_files"], &0.into())
    );
}

/// Returns the processes below one: those that an engine's driver started, and theirs.
fn descendants_of(parent: u32) -> Vec<u32> {
    let children = children_of(parent);
    let below: Vec<u32> = children
        .iter()
        .flat_map(|child| descendants_of(*child))
        .collect();
    children.into_iter().chain(below).collect()
}

fn command_line(pid: u32) -> String {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

/// Kills the first process below `parent` whose command line ends like this; waits for it to come.
fn kill_one(run: &mut Child, ending: &str) -> bool {
    loop {
        let found = descendants_of(run.id());
        if let Some(pid) = found
            .iter()
            .find(|pid| command_line(**pid).trim_end().ends_with(ending))
        {
            let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
            return status.unwrap().success();
        }
        if run.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::yield_now();
    }
}

fn answer_of(run: Child) -> Answer {
    Answer(run.wait_with_output().unwrap())
}

#[test]
fn lost_nodes_and_killed_workers_cost_no_file() {
    let on_ray = OnRay::stand_in();
    let (tree, digest) = tree_and_digest(&on_ray.mnemo);
    let mut run = on_ray.start(&tree, "2");
    // Workers that are lost before they are ready end a run, rightly; these have worked.
    while on_ray.n_files_indexed() == 0 && run.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    for ending in ["node", "worker", "node"] {
        assert!(
            kill_one(&mut run, ending),
            "the run was over before a {ending} was killed"
        );
    }
    let answer = answer_of(run);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
    // Of a worker and its node one is replaced, and what is lost when nothing is left to do is not.
    assert!(
        answer.json()["worker_restarts"].as_u64() >= Some(1),
        "{}",
        answer.json()
    );
    assert_eq!(on_ray.digest(), digest);
}

#[test]
fn killed_driver_ends_the_run_clearly_and_the_next_one_continues() {
    let on_ray = OnRay::stand_in();
    let (tree, digest) = tree_and_digest(&on_ray.mnemo);
    let mut run = on_ray.start(&tree, "2");
    assert!(kill_one(&mut run, "worker"));
    let before = descendants_of(run.id());
    assert!(kill_one(&mut run, "-m mnemo_index.ray"));
    let answer = answer_of(run);
    assert_eq!(answer.status(), 3, "{}", answer.talk());
    assert!(
        answer.talk().contains("the driver of the engine ended"),
        "{}",
        answer.talk()
    );
    let is_gone = |pid: &u32| !Path::new(&format!("/proc/{pid}")).exists();
    while !before.iter().all(is_gone) {
        std::thread::yield_now();
    }
    assert_eq!(on_ray.run(&tree, "2").status(), 0);
    assert_eq!(on_ray.digest(), digest);
}

#[test]
fn what_an_engine_needs_is_said_in_a_line() {
    let check = |on_ray: &OnRay, arguments: &[&str], status: i32, words: &str| {
        let tree = on_ray.mnemo.home.path().join("tree");
        let mut command = on_ray.index(tree.to_str().unwrap(), "2");
        let answer = Answer(command.args(arguments).output().unwrap());
        assert_eq!(answer.status(), status, "{}", answer.talk());
        assert!(answer.talk().contains(words), "{}", answer.talk());
    };
    let mut on_ray = OnRay::stand_in();
    on_ray.mnemo.write("tree/a.ts", "export const a = 1\n");
    check(
        &on_ray,
        &["--database", "index.db"],
        2,
        "--database postgres://",
    );
    on_ray.modules = Some(here("tests/ray/absent"));
    check(&on_ray, &[], 3, "pip install 'mnemo-index[ray]'");
    on_ray.python = PathBuf::from("no-such-python");
    check(&on_ray, &[], 3, "no-such-python");
    let range = ["index", "tree", "--workers", "1:2"];
    let answer = on_ray.mnemo.run(&range);
    assert_eq!(answer.status(), 2);
    assert!(answer.talk().contains("--engine ray"), "{}", answer.talk());
}

/// Ray with a head and two nodes of one processor each.
struct Cluster {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Cluster {
    fn start(python: &Path) -> Cluster {
        let mut process = Command::new(python)
            .arg(here("tests/ray/cluster.py"))
            .env("RAY_DISABLE_MEMORY_MONITOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ray reports at length the nodes that are taken from it.
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut cluster = Cluster {
            process,
            input,
            output,
            address: String::new(),
        };
        cluster.address = cluster.line();
        cluster
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the cluster is gone");
        line.trim().to_owned()
    }

    fn say(&mut self, word: &str) {
        writeln!(self.input.as_mut().unwrap(), "{word}").unwrap();
        assert_eq!(self.line(), "done");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It takes the nodes down when its input ends.
        drop(self.input.take());
        self.process.wait().ok();
    }
}

/// Returns a Python that has Ray, or why there is none.
fn python_with_ray() -> Result<PathBuf, String> {
    if let Some(python) = std::env::var_os(PYTHON_WITH_RAY) {
        return Ok(python.into());
    }
    let folder = std::env::temp_dir().join(format!("mnemo-test-{RAY}"));
    let python = folder.join("bin/python");
    let runs = |program: &Path, arguments: &[&str]| {
        let status = Command::new(program)
            .args(arguments)
            .stdout(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    if runs(&python, &["-c", "import ray"]) {
        return Ok(python);
    }
    let venv = ["-m", "venv", folder.to_str().unwrap()];
    if !runs(Path::new("python3"), &venv) || !runs(&python, &["-m", "pip", "install", "-q", RAY]) {
        return Err(format!("pip cannot install {RAY}"));
    }
    Ok(python)
}

fn processes() -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pid = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    entries.filter_map(pid).collect()
}

/// Returns nodes and workers, which only an engine's tests have, that nobody holds any more.
fn orphans() -> Vec<u32> {
    let held = descendants_of(std::process::id());
    let is_ours = |pid: &u32| {
        let line = command_line(*pid);
        let word = line
            .strip_prefix(env!("CARGO_BIN_EXE_mnemo"))
            .unwrap_or_default();
        ["node", "worker"].contains(&word.trim())
    };
    let all = processes().into_iter();
    all.filter(|pid| is_ours(pid) && !held.contains(pid))
        .collect()
}

/// Returns the workers below actors of Ray.
fn workers_on_ray() -> Vec<u32> {
    let actors = processes()
        .into_iter()
        .filter(|pid| command_line(*pid).starts_with("ray::MnemoWorker"));
    let below = actors.flat_map(descendants_of);
    below
        .filter(|pid| command_line(*pid).trim_end().ends_with(" worker"))
        .collect()
}

#[test]
fn cluster_of_three_nodes_gives_the_digest_of_a_local_run_whatever_is_lost() {
    if std::env::var_os("MNEMO_TEST_LONG").is_none() {
        return;
    }
    let python = match python_with_ray() {
        Ok(python) => python,
        Err(reason) => {
            return println!("left out: {reason}; name a Python with Ray by {PYTHON_WITH_RAY}");
        }
    };
    let mut cluster = Cluster::start(&python);
    for tree in ["hono", "vue-core"] {
        let on_ray = || OnRay {
            python: python.clone(),
            modules: None,
            address: Some(cluster.address.clone()),
            ..OnRay::stand_in()
        };
        let first = on_ray();
        let (tree, digest) = match shared_tree(tree) {
            Some(tree) => {
                let local = Mnemo::new();
                let tree = tree.to_str().unwrap().to_owned();
                let arguments = ["index", &tree, "--repository", "tree", "--workers", "2"];
                assert_eq!(local.run(&arguments).status(), 0);
                (tree, local.digest())
            }
            None => tree_and_digest(&first.mnemo),
        };
        let answer = first.run(&tree, "1:3");
        assert_eq!(answer.status(), 0, "{}", answer.talk());
        assert_eq!(first.digest(), digest);
        check_losses(&on_ray(), &mut cluster, &tree, &digest);
    }
    drop(cluster);
    while !orphans().is_empty() {
        std::thread::yield_now();
    }
}

/// Loses a node, an actor, a worker and the driver in the middle of a run, and looks at what comes of it.
fn check_losses(on_ray: &OnRay, cluster: &mut Cluster, tree: &str, digest: &str) {
    let remove = |on_ray: &OnRay| {
        let removed = on_ray.command(&["remove", "tree"]).status().unwrap();
        assert!(removed.success());
    };
    for word in ["remove", "kill"] {
        // Ray takes its time; a blow that came when the run was over was none.
        let is_hit = (0..10).any(|_| {
            let mut run = on_ray.start(tree, "2:3");
            wait_for_a_file(on_ray, &mut run);
            cluster.say(word);
            let answer = answer_of(run);
            assert_eq!(answer.status(), 0, "{word}: {}", answer.talk());
            assert_eq!(on_ray.digest(), digest, "{word}");
            if word == "remove" {
                cluster.say("add");
            }
            remove(on_ray);
            answer.json()["worker_restarts"].as_u64() > Some(0)
        });
        assert!(is_hit, "{word}");
    }
    let run = on_ray.start(tree, "2:3");
    let killed = loop {
        let workers = workers_on_ray();
        if let Some(worker) = workers.first() {
            break *worker;
        }
        std::thread::yield_now();
    };
    Command::new("kill")
        .args(["-9", &killed.to_string()])
        .status()
        .unwrap();
    assert_eq!(answer_of(run).status(), 0);
    assert_eq!(on_ray.digest(), digest);
    remove(on_ray);
    let mut run = on_ray.start(tree, "2:3");
    wait_for_a_file(on_ray, &mut run);
    assert!(kill_one(&mut run, "-m mnemo_index.ray"));
    assert_eq!(answer_of(run).status(), 3);
    while !workers_on_ray().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(on_ray.run(tree, "2:3").status(), 0);
    assert_eq!(on_ray.digest(), digest);
}

/// Waits until a run has written something.
fn wait_for_a_file(on_ray: &OnRay, run: &mut Child) {
    let mut client = on_ray.database.client();
    let sql = "SELECT count(*) FROM mnemo.files";
    loop {
        let n_files = client
            .query_one(sql, &[])
            .map_or(0, |row| row.get::<_, i64>(0));
        if n_files > 0 || run.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::yield_now();
    }
}

/// A step of a pipeline, on its own: what Ray would call in an actor. Dies as an actor does.
const STEP: &str = r#"
import os, signal
from mnemo_index.embedding import Embedder, EmbeddingFailed

embed = Embedder("body", threads=1)
batch = embed({"id": [1, 2], "body": ["one", "two"]})
assert batch["id"] == [1, 2] and [len(vector) for vector in batch["embedding"]] == [384, 384], batch
assert embed({"body": ["two"]})["embedding"][0] == batch["embedding"][1]
try:
    Embedder(arguments=["--embeddings", "none"])
except EmbeddingFailed as error:
    assert "no model" in str(error), error
else:
    raise AssertionError("a server without a model starts")
print(embed._server.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"#;

#[test]
fn texts_are_embedded_by_a_step_of_a_pipeline_whose_server_ends_with_it() {
    let mnemo = Mnemo::new();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_mnemo"));
    let step = Command::new("python3")
        .args(["-c", STEP])
        .env("PYTHONPATH", here("../../python"))
        .env("MNEMO_PROGRAM", &program)
        .env("EMBEDDING_MODE", "mock")
        .env("XDG_CONFIG_HOME", mnemo.home.path())
        .current_dir(mnemo.home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&step.stdout);
    let keeper: u32 = said
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&step.stderr)));
    // Nobody waits for it but the first of all processes.
    while Path::new(&format!("/proc/{keeper}/exe")).exists() {
        std::thread::yield_now();
    }
    assert_eq!(children_of(keeper), Vec::<u32>::new());
}
