//! Says which commit a release was built of. Without git, or in an archive of the sources, it says nothing.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo says by the environment what a build script builds"
)]

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=MNEMO_COMMIT");
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let given = std::env::var("MNEMO_COMMIT").ok();
    let commit = given.filter(|commit| !commit.is_empty()).or_else(commit);
    let version = match commit {
        Some(commit) => format!("{version} ({commit})"),
        None => version,
    };
    println!("cargo::rustc-env=MNEMO_VERSION={version}");
}

/// Returns the commit that these sources are checked out at; a debug build, made again after every commit, goes without.
fn commit() -> Option<String> {
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // A repository around an unpacked archive is another's.
    if !is_release || !root.join(".git").exists() {
        return None;
    }
    let log = git(&root, &["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={}", root.join(log).display());
    git(&root, &["rev-parse", "--short=10", "HEAD"])
}

fn git(root: &Path, arguments: &[&str]) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the sources' own repository, and no part of the program"
    )]
    let mut command = Command::new("git");
    let output = command.args(arguments).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
