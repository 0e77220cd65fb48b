//! Runs the program.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a database in it, and no settings from outside.
pub(crate) struct Mnemo {
    pub(crate) home: TempDir,
    embeddings: &'static str,
}

impl Mnemo {
    pub(crate) fn new() -> Mnemo {
        Mnemo {
            home: tempfile::tempdir().unwrap(),
            embeddings: "mock",
        }
    }

    /// Embeds by the default model, from the user's own cache.
    pub(crate) fn with_real_model() -> Mnemo {
        Mnemo {
            embeddings: "real",
            ..Mnemo::new()
        }
    }

    /// Makes no vectors, so that small files are written in groups.
    pub(crate) fn without_vectors() -> Mnemo {
        Mnemo {
            embeddings: "none",
            ..Mnemo::new()
        }
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mnemo"));
        command
            .args(arguments)
            .current_dir(self.home.path())
            .stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MNEMO_")) {
            command.env_remove(name);
        }
        command
            .env_remove("DATABASE_URL")
            .env("EMBEDDING_MODE", self.embeddings)
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("XDG_DATA_HOME", self.home.path());
        if self.embeddings != "real" {
            command.env("XDG_CACHE_HOME", self.home.path().join("cache"));
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        Answer(self.command(arguments).output().unwrap())
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.home.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Runs git in a folder, as somebody.
    pub(crate) fn git(&self, folder: &str, arguments: &[&str]) {
        let status = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments)
            .current_dir(self.home.path().join(folder))
            .status();
        assert!(status.unwrap().success(), "{arguments:?}");
    }

    /// Commits all that lies in a folder.
    pub(crate) fn commit(&self, folder: &str, subject: &str) {
        self.git(folder, &["add", "-A"]);
        self.git(folder, &["commit", "-q", "-m", subject]);
    }

    /// The digest of the only repository, wherever its tree lies.
    pub(crate) fn digest(&self) -> String {
        let status = self.run(&["status", "--json"]).json();
        let name = status["repositories"][0]["repository"].as_str();
        let answer = self.run(&["digest", "--repository", name.unwrap_or("tree")]);
        assert_eq!(answer.status(), 0, "{}", answer.talk());
        answer.data().trim().to_owned()
    }
}

pub(crate) struct Answer(pub(crate) Output);

impl Answer {
    pub(crate) fn status(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    pub(crate) fn data(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn talk(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// Returns the one JSON object that standard output must be.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.stdout)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.data(), self.talk()))
    }
}

/// Returns the processes whose parent is `parent`.
pub(crate) fn children_of(parent: u32) -> Vec<u32> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        if parent_of(&entry.path()) == Some(parent) {
            children.push(pid);
        }
    }
    children
}

fn parent_of(process: &Path) -> Option<u32> {
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // The name in parentheses may hold anything, a parenthesis too.
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}
