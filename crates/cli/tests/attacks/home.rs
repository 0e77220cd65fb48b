//! A user's home full of what an attacker wants, with a hostile tree in it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Far more than any of these runs takes; who takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A home with a tree two folders down.
pub(crate) struct Home {
    folder: TempDir,
    before: BTreeMap<PathBuf, Canary>,
}

/// What must not change of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Canary {
    mode: u32,
    modified: (i64, i64),
    content: Vec<u8>,
}

impl Home {
    /// Makes a home whose tree has one source file.
    pub(crate) fn new() -> Home {
        let mut home = Home {
            folder: tempfile::tempdir().unwrap(),
            before: BTreeMap::new(),
        };
        for (path, text) in [
            (".bashrc", "export EDITOR=vi\n"),
            (".ssh/id_ed25519", "private\n"),
            (".profile", ""),
            ("12-words.pack", "a pack by its name\n"),
            ("7-3-code_vector.pack", "another\n"),
            ("2024-12-report.pdf", "years of work\n"),
            ("1-notes.txt", "notes\n"),
            ("schema", "no lock\n"),
            ("src/other/keep.ts", "export const kept = 1\n"),
        ] {
            home.put(&home.path(path), text);
        }
        home.before = canaries(&home.path(""));
        home.write("a.ts", "export function first() {\n  return 1\n}\n");
        home
    }

    /// Returns a path in the home.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder
            .path()
            .canonicalize()
            .unwrap()
            .join("home")
            .join(relative)
    }

    /// Returns a path in the tree.
    pub(crate) fn in_tree(&self, relative: &str) -> PathBuf {
        self.path("src/tree").join(relative)
    }

    /// Writes a file of the tree.
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.put(&self.in_tree(path), text);
    }

    fn put(&self, path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Puts a link into the tree.
    pub(crate) fn link(&self, target: impl AsRef<Path>, path: &str) {
        let path = self.in_tree(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// Puts a pipe that nobody writes to into the tree.
    pub(crate) fn pipe(&self, path: &str) {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let path = self.in_tree(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    }

    /// Prepares the program as a person who stands in the tree calls it, with nothing set but what is given.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mnemo"));
        command
            .args(arguments)
            .current_dir(self.in_tree(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path(""))
            .env("MNEMO_EMBEDDINGS", "mock")
            .env("MNEMO_WORKERS", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program, which must come to an end and leave everything as it was; returns its status and all it said.
    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.follow(self.command(arguments), &format!("{arguments:?}"));
        self.check(&format!("{arguments:?}: {}", said(&output)));
        (output.status.code().unwrap_or(-1), said(&output))
    }

    pub(crate) fn follow(&self, mut command: Command, what: &str) -> Output {
        let (stdout, stderr) = (
            self.folder.path().join("out"),
            self.folder.path().join("err"),
        );
        let mut child = command
            .stdout(fs::File::create(&stdout).unwrap())
            .stderr(fs::File::create(&stderr).unwrap())
            .spawn()
            .unwrap();
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!(
                    "hangs: {what}: {}",
                    fs::read_to_string(&stderr).unwrap_or_default()
                );
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        Output {
            status,
            stdout: fs::read(stdout).unwrap(),
            stderr: fs::read(stderr).unwrap(),
        }
    }

    /// Fails unless all canaries are as they were, and no file is new but in the program's own folders and the tree.
    pub(crate) fn check(&self, what: &str) {
        let now = canaries(&self.path(""));
        for (path, canary) in &now {
            assert_eq!(
                self.before.get(path),
                Some(canary),
                "{} after {what}",
                path.display()
            );
        }
        assert_eq!(now.len(), self.before.len(), "a file is gone after {what}");
    }
}

/// Returns everything a program printed.
pub(crate) fn said(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    texts.concat()
}

/// Returns the files of the home, but for the tree and the folders that programs keep their own data in.
fn canaries(home: &Path) -> BTreeMap<PathBuf, Canary> {
    let mut found = BTreeMap::new();
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let relative = path.strip_prefix(home).unwrap();
            if [".local", ".cache", "src/tree"]
                .map(Path::new)
                .contains(&relative)
            {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
                continue;
            }
            let metadata = fs::symlink_metadata(&path).unwrap();
            let canary = Canary {
                mode: metadata.mode(),
                modified: (metadata.mtime(), metadata.mtime_nsec()),
                content: fs::read(&path).unwrap_or_default(),
            };
            found.insert(relative.to_owned(), canary);
        }
    }
    found
}
