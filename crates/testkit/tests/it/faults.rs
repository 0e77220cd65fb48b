//! The worst that a tree and a file system do: nothing is lost, the report is exact, and the digest is that of the files that are there.

#![expect(
    clippy::disallowed_methods,
    reason = "tests mount file systems and make files that the library forbids"
)]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use app::{IndexOptions, RunSummary, StopHandle};
use domain::{ProblemKind, SkipReason};
use testkit::{TestProject, count_statement};

fn by_two_workers(project: TestProject) -> TestProject {
    project
        .with("workers", "2")
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
}

fn problems(summary: &RunSummary) -> Vec<(&str, ProblemKind)> {
    let problems = summary.problems.iter();
    problems
        .map(|problem| (problem.path.as_str(), problem.kind))
        .collect()
}

fn skips(summary: &RunSummary) -> Vec<(&str, SkipReason)> {
    let skipped = summary.skipped.iter();
    skipped
        .map(|skip| (skip.path.as_str(), skip.reason))
        .collect()
}

/// The index equals one that was made of the tree as it is now, in one go.
fn assert_as_fresh(project: &TestProject) {
    let fresh = TestProject::on(project.tree());
    fresh.index_streaming();
    assert_eq!(project.digest(), fresh.digest());
}

#[test]
fn odd_names_and_special_files_are_indexed_skipped_or_reported() {
    let project = by_two_workers(TestProject::new(""));
    for name in [
        "a b.ts",
        "new\nline.ts",
        "ünïcode.ts",
        "'quote\".ts",
        "-flag.ts",
        "%00.ts",
    ] {
        project.write(name, count_statement("f"));
    }
    let tree = project.tree();
    std::fs::write(
        tree.join(OsStr::from_bytes(b"bad\xff.ts")),
        count_statement("f"),
    )
    .unwrap();
    std::os::unix::fs::symlink(".", tree.join("loop")).unwrap();
    std::os::unix::fs::symlink("a b.ts", tree.join("link.ts")).unwrap();
    std::os::unix::fs::symlink("nowhere", tree.join("dangling.ts")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(tree.join("socket.ts")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(tree.join("fifo.ts"))
            .status()
            .unwrap()
            .success()
    );
    let summary = project.index_by_workers();
    assert_eq!(summary.n_ok, 6);
    assert_eq!(problems(&summary), [("bad\u{fffd}.ts", ProblemKind::Name)]);
    let expected = [
        ("dangling.ts", SkipReason::Symlink),
        ("fifo.ts", SkipReason::SpecialFile),
        ("link.ts", SkipReason::Symlink),
        ("loop", SkipReason::Symlink),
        ("socket.ts", SkipReason::SpecialFile),
    ];
    assert_eq!(skips(&summary), expected);
    assert_as_fresh(&project);
}

#[test]
fn odd_contents_are_indexed_or_reported_and_every_line_of_the_good_ones_is_there() {
    let project = by_two_workers(TestProject::new(""));
    // A bracket a line: in one line they would be taken for squeezed code.
    let deep = |open: &str, close: &str| {
        let (open, close) = (format!("{open}\n"), format!("{close}\n"));
        format!(
            "const x = {}1\n{}",
            open.repeat(10_000),
            close.repeat(10_000)
        )
    };
    project.write("brackets.ts", deep("[", "]"));
    project.write("parentheses.ts", deep("(", ")"));
    project.write("blocks.ts", "{\n".repeat(10_000));
    let whole = count_statement("half").repeat(20);
    project.write("half.ts", &whole[..whole.len() / 2 + 7]);
    let (ours, theirs) = (count_statement("ours"), count_statement("theirs"));
    project.write(
        "conflict.ts",
        format!("<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n"),
    );
    project.write("bom.ts", format!("\u{feff}{}", count_statement("bom")));
    project.write("crlf.ts", count_statement("crlf").replace('\n', "\r\n"));
    project.write("empty.ts", "");
    project.write("blank.ts", "\n\n  \n");
    project.write("nul.ts", "const a = '\0'\n");
    project.write("latin1.ts", b"// caf\xe9\n");
    let utf16: Vec<u8> = count_statement("wide")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    project.write("utf16.ts", [b"\xff\xfe".as_slice(), &utf16].concat());
    let summary = project.index_by_workers();
    assert_eq!(problems(&summary), [("latin1.ts", ProblemKind::Encoding)]);
    assert_eq!(skips(&summary), [("nul.ts", SkipReason::Binary)]);
    assert_eq!(
        (summary.n_files, summary.n_ok, summary.counts.n_files),
        (11, 10, 10)
    );
    assert_as_fresh(&project);
}

#[test]
fn files_that_grow_shrink_and_vanish_while_they_are_read_are_right_in_the_end() {
    let project = by_two_workers(TestProject::new(""));
    for number in 0..40 {
        project.write(
            &format!("src/f{number}.ts"),
            count_statement("f").repeat(20),
        );
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0_usize.. {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let path = format!("src/f{}.ts", round % 40);
                match round % 7 {
                    0 => std::fs::remove_file(project.tree().join(&path)).unwrap_or_default(),
                    n => project.write(&path, count_statement("g").repeat(n * 5)),
                }
            }
        });
        for _ in 0..4 {
            // Whatever is met on the way: the run reaches its end.
            project.index_by_workers();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let summary = project.index_by_workers();
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    assert_as_fresh(&project);
}

#[test]
fn edit_that_keeps_size_and_time_is_noticed_and_a_clock_in_the_future_hides_nothing() {
    let project = TestProject::new("");
    let file = project.tree().join("a.ts");
    let years = Duration::from_secs(3 * 365 * 86_400);
    let now = std::time::SystemTime::now();
    for (before, after, time) in [("aa", "bb", now + years), ("cc", "dd", now - years)] {
        for name in [before, after] {
            project.write("a.ts", count_statement(name));
            std::fs::File::options()
                .write(true)
                .open(&file)
                .unwrap()
                .set_modified(time)
                .unwrap();
            project.index_streaming();
            assert_as_fresh(&project);
        }
    }
}

#[test]
fn moved_and_copied_files_compute_no_code_vector_again() {
    let project = TestProject::new("");
    project.write("src/a.ts", count_statement("a").repeat(8));
    project.index_streaming();
    std::fs::rename(
        project.tree().join("src/a.ts"),
        project.tree().join("src/moved.ts"),
    )
    .unwrap();
    let moved = project.index_streaming();
    std::fs::rename(
        project.tree().join("src/moved.ts"),
        project.tree().join("src/a.ts"),
    )
    .unwrap();
    let back = project.index_streaming();
    assert_eq!((moved.n_deleted, back.n_deleted), (1, 1));
    assert_eq!(back.n_vectors_computed, 0, "a move back finds every vector");
    assert_as_fresh(&project);
}

/// A small file system of its own; `None` where this user may not mount one.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn new(size: &str) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let disk = SmallDisk { folder };
        let is_mounted = disk.mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        if !is_mounted {
            eprintln!("skipped: this user may mount no file system");
        }
        is_mounted.then_some(disk)
    }

    fn mount(&self, words: &[&str]) -> bool {
        let mounted = Command::new("mount")
            .args(words)
            .arg(self.folder.path())
            .output();
        mounted.is_ok_and(|output| output.status.success())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Not mounted at all where `new` failed.
        drop(Command::new("umount").arg(self.folder.path()).output());
    }
}

fn large_project(database: &Path) -> TestProject {
    let project =
        by_two_workers(TestProject::new("")).with("database", database.display().to_string());
    for number in 0..60 {
        let text: String = (0..30)
            .map(|n| count_statement(&format!("f{number}x{n}")))
            .collect();
        project.write(&format!("src/f{number}.ts"), text);
    }
    project
}

fn try_index(project: &TestProject) -> Result<RunSummary, String> {
    project
        .try_index(&IndexOptions::default(), &StopHandle::new(), &mut |_| {})
        .map_err(|error| domain::one_line(&error))
}

#[test]
fn full_disk_is_reported_the_index_still_answers_and_a_later_run_continues() {
    let Some(disk) = SmallDisk::new("3M") else {
        return;
    };
    let project = large_project(&disk.path().join("index.db"));
    let error = try_index(&project).unwrap_err();
    assert!(error.contains("no space"), "{error}");
    let status = project.open().status(None).unwrap();
    assert!(
        !status[0].is_complete && status[0].counts.n_files > 0,
        "{status:?}"
    );
    assert!(disk.mount(&["-o", "remount,size=60M"]));
    let summary = try_index(&project).unwrap();
    assert!(summary.n_unchanged > 0, "it goes on with what was done");
    assert_eq!((summary.n_ok, summary.problems.len()), (60, 0));
    assert_as_fresh(&project);
}

#[test]
fn database_on_a_disk_that_turned_read_only_answers_and_says_why_it_cannot_be_written() {
    let Some(disk) = SmallDisk::new("60M") else {
        return;
    };
    let project = large_project(&disk.path().join("index.db"));
    try_index(&project).unwrap();
    let digest = project.digest();
    // The kernel lets go of what confined a worker, the log that is deleted by now among it, a moment after the worker's end.
    let is_read_only = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        disk.mount(&["-o", "remount,ro"])
    });
    assert!(is_read_only);
    let error = try_index(&project).unwrap_err();
    assert!(
        error.contains("read-only") || error.contains("written"),
        "{error}"
    );
    assert_eq!(project.digest(), digest);
}

#[test]
fn file_that_cannot_be_read_to_its_end_is_a_problem_and_keeps_what_was_known_of_it() {
    let project = by_two_workers(TestProject::new(""));
    project.write("good.ts", count_statement("good"));
    project.write("bad.ts", count_statement("bad"));
    project.index_by_workers();
    // The memory of a process is a file whose first page gives an input error.
    let file = project.tree().join("bad.ts");
    let mounted = Command::new("mount")
        .args(["--bind", "/proc/1/mem"])
        .arg(&file)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user may mount no file");
        return;
    }
    let summary = project.index_by_workers();
    drop(Command::new("umount").arg(&file).output());
    assert_eq!(problems(&summary), [("bad.ts", ProblemKind::Unreadable)]);
    assert!(
        !summary.problems[0].cause.contains('/'),
        "{:?}",
        summary.problems
    );
    assert_eq!(
        (summary.counts.n_files, summary.n_deleted),
        (2, 0),
        "its rows stay, and its neighbour's"
    );
    assert!(project.index_by_workers().problems.is_empty());
    assert_as_fresh(&project);
}
