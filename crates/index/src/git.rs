//! The one way to ask git.
//!
//! A clone's own files can name programs for git to run: hooks, filters, monitors, pagers, programs that check signatures or fetch what
//! is missing. Whoever asks about a clone has not agreed to any of them. So git runs with options that beat what the repository says, in
//! an environment of its own, where the user said the tree is, and never in a repository that a tree merely holds.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use workers::{Captured, Helper, StopHandle};

/// What the repository's own configuration cannot change.
const OPTIONS: &[&str] = &[
    "--no-pager",
    // The index stays as it is.
    "--no-optional-locks",
    // A bare repository inside a tree is a file of the tree.
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.attributesFile=/dev/null",
    "-c",
    "core.quotePath=false",
    "-c",
    "core.pager=cat",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.askPass=false",
    "-c",
    "credential.helper=",
    "-c",
    "log.showSignature=false",
    "-c",
    "log.mailmap=false",
    "-c",
    "gpg.program=false",
    "-c",
    "gpg.ssh.program=false",
    "-c",
    "gpg.x509.program=false",
    "-c",
    "diff.orderFile=/dev/null",
    "-c",
    "protocol.allow=never",
    "-c",
    "color.ui=false",
    "-c",
    "i18n.logOutputEncoding=UTF-8",
];

/// What git finds in its environment.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    // Objects that a partial clone lacks are not fetched: neither does any protocol serve.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_PAGER", "cat"),
    ("GIT_ASKPASS", "false"),
];

/// The largest repositories take seconds for any of our questions.
const PATIENCE: Duration = Duration::from_secs(60);

/// What git opens first, and how large each may be; git itself waits for pipes and reads devices.
const OWN_FILES: &[(&str, u64)] = &[
    ("HEAD", 64 << 10),
    ("config", 1 << 20),
    ("config.worktree", 1 << 20),
    ("commondir", 64 << 10),
    ("gitdir", 64 << 10),
    ("index", 4 << 30),
    ("packed-refs", 1 << 30),
    ("shallow", 64 << 20),
    ("info/attributes", 1 << 20),
    ("info/exclude", 1 << 20),
    ("info/grafts", 64 << 20),
    ("objects/info/alternates", 1 << 20),
    ("objects/info/commit-graph", 4 << 30),
];

/// The names of some million files, or the subjects of as many commits.
const MAX_BYTES: u64 = 256 << 20;

/// A tree that the user named, to be asked about.
pub struct Git {
    root: PathBuf,
    stop: StopHandle,
    /// Options that take the programs away which files are passed through, as the repository names them.
    unfiltered: Vec<String>,
}

impl Git {
    /// Prepares to ask about `root`, an absolute path that the user named, until `stop` wants an end.
    ///
    /// Fails where git cannot be run, and for a repository that has filters which cannot be turned off.
    pub fn at(root: &Path, stop: &StopHandle) -> io::Result<Git> {
        if !root.is_absolute() {
            let what = format!("{} is not absolute", root.display());
            return Err(io::Error::new(ErrorKind::InvalidInput, what));
        }
        require_regular_files(&root.join(".git"))?;
        let mut git = Git {
            root: root.to_owned(),
            stop: stop.clone(),
            unfiltered: Vec::new(),
        };
        let pattern = r"^filter\..*\.(clean|smudge|process|required)$";
        // Filters are programs that the repository itself names; comparing files would run them.
        let listed = git.run(&["config", "--null", "--name-only", "--get-regexp", pattern])?;
        let names = listed.stdout.split(|byte| *byte == 0);
        for name in names.filter(|name| !name.is_empty()) {
            let name = std::str::from_utf8(name).ok();
            // `-c` takes what is before the first `=` for the name.
            let Some(name) = name.filter(|name| !name.contains('=')) else {
                let what = "the repository has a filter whose name cannot be given to git";
                return Err(io::Error::new(ErrorKind::InvalidData, what));
            };
            git.unfiltered.push(format!("{name}="));
        }
        Ok(git)
    }

    /// Runs a command of git; succeeds whatever its exit status.
    pub fn run(&self, arguments: &[&str]) -> io::Result<Captured> {
        let filters = self.unfiltered.iter().flat_map(|option| ["-c", option]);
        let options = OPTIONS.iter().copied().chain(filters);
        let arguments: Vec<&str> = options.chain(arguments.iter().copied()).collect();
        let helper = Helper {
            program: "git",
            arguments: &arguments,
            directory: &self.root,
            environment: ENVIRONMENT,
            patience: PATIENCE,
            max_bytes: MAX_BYTES,
        };
        helper.run(&self.stop)
    }
}

/// Fails where something else stands in the place of git's own files. What is not looked at here is left to [`PATIENCE`].
fn require_regular_files(git: &Path) -> io::Result<()> {
    let own = match fs_err::metadata(git) {
        Ok(metadata) if metadata.is_dir() => OWN_FILES,
        // A file that says where the folder is, or nothing at all.
        _ => &[("", 64 << 10)][..],
    };
    for (name, max_bytes) in own {
        match files::open_named(&git.join(name), *max_bytes) {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            opened => drop(opened?),
        }
    }
    Ok(())
}
