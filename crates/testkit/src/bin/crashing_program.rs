//! The program, parent and workers, that dies once at a named commit: `crashing-program TREE DATABASE [full] [plain]`.
//!
//! `plain` makes no vectors, so that workers write files in groups.
//!
//! `CRASH_AT` names the point: `parent` or `worker`, `before` or `after`, and the store's operation. `CRASH_MARK` is a file that says that
//! it has happened: who finds it goes on.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use app::{IndexOptions, Overrides, Project, Settings, StopHandle};
use rustix::process::{Signal, getpid, kill_process};
use store::Side;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let is_done = match words[..] {
        ["worker"] => {
            store::watch_commits(|operation, side| die_if_asked("worker", operation, side));
            app::serve_worker(|_| {}).is_ok()
        }
        [tree, database, ..] => {
            store::watch_commits(|operation, side| die_if_asked("parent", operation, side));
            index(Path::new(tree), database, &words)
        }
        _ => false,
    };
    ExitCode::from(u8::from(!is_done))
}

fn index(tree: &Path, database: &str, words: &[&str]) -> bool {
    let mut overrides = Overrides::default();
    overrides.set("database", Some(database.to_owned()));
    let embeddings = match words.contains(&"plain") {
        true => "none",
        false => "mock",
    };
    overrides.set("embeddings", Some(embeddings.to_owned()));
    overrides.set("workers", Some("2".to_owned()));
    // The mark lies where no worker may write.
    overrides.set("sandbox", Some("false".to_owned()));
    overrides.set("worker_program", Some(worker_program(database)));
    let settings = Settings::resolve(&overrides, None).expect("the settings are valid");
    let options = IndexOptions {
        from_scratch: words.contains(&"full"),
        ..IndexOptions::default()
    };
    Project::new(settings)
        .index(tree, &options, &StopHandle::new(), &mut |_| {}, &mut |_| {})
        .is_ok_and(|summary| summary.is_complete)
}

/// Writes a program beside the database that is this one with the variables of its test, which workers do not inherit.
#[expect(
    clippy::disallowed_methods,
    reason = "a test program, controlled by its test"
)]
fn worker_program(database: &str) -> String {
    let given = |name| std::env::var(name).unwrap_or_default();
    let own = std::env::current_exe().expect("the running program has a path");
    let text = format!(
        "#!/bin/sh\nCRASH_AT='{}' CRASH_MARK='{}' exec '{}' \"$@\"\n",
        given("CRASH_AT"),
        given("CRASH_MARK"),
        own.display()
    );
    let program = format!("{database}.worker");
    std::fs::write(&program, text).expect("the database's folder is writable");
    let runnable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&program, runnable).expect("the program was just written");
    program
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test program, controlled by its test"
)]
fn die_if_asked(process: &str, operation: &str, side: Side) {
    let side = match side {
        Side::Before => "before",
        Side::After => "after",
    };
    let point = format!("{process} {side} {operation}");
    let is_meant = std::env::var("CRASH_AT").is_ok_and(|given| given == point);
    let mark = std::env::var_os("CRASH_MARK").filter(|mark| !mark.is_empty());
    let Some(mark) = mark.map(PathBuf::from) else {
        return;
    };
    let mut options = std::fs::OpenOptions::new();
    if is_meant && options.write(true).create_new(true).open(mark).is_ok() {
        kill_process(getpid(), Signal::KILL).expect("a process may signal itself");
    }
}
