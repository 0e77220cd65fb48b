//! Rows of the failure table that concern workers and files. Each really does what it says, to a real run.

use app::{Event, IndexOptions, RunSummary, StopHandle};
use domain::{ProblemKind, SkipReason};
use testkit::{TestProject, count_statement};

/// Good files around one bad one, indexed by two workers that take its name at its word.
fn with_faulty_file(path: &str) -> TestProject {
    let project = TestProject::new("")
        .with("workers", "2")
        .with("worker_program", env!("CARGO_BIN_EXE_faulty-worker"));
    for name in ["one", "two", "three", "four"] {
        project.write(&format!("src/{name}.ts"), count_statement(name));
    }
    project.write(path, count_statement("bad"));
    project
}

fn only_problem(summary: &RunSummary) -> (ProblemKind, &str) {
    assert!(summary.is_complete);
    assert_eq!(
        (summary.n_files, summary.counts.n_files),
        (5, 4),
        "{summary:?}"
    );
    let [problem] = summary.problems.as_slice() else {
        panic!("one file is bad: {:?}", summary.problems)
    };
    (problem.kind, problem.cause.as_str())
}

/// A bad file becomes a problem that says why; every other file is in the index, exactly as without it.
fn check_one_bad_file(path: &str, kind: ProblemKind, words: &str) {
    let project = with_faulty_file(path);
    let summary = project.index_by_workers();
    let (found, cause) = only_problem(&summary);
    assert_eq!(found, kind, "{cause}");
    assert!(cause.contains(words), "{cause:?} does not say {words:?}");
    let undisturbed = with_faulty_file(path);
    undisturbed.delete(path);
    undisturbed.index_by_workers();
    assert_eq!(project.digest(), undisturbed.digest());
}

#[test]
fn file_that_kills_its_worker_by_a_signal_is_a_problem_that_names_it() {
    check_one_bad_file("src/a.sigsegv.ts", ProblemKind::Crash, "SIGSEGV");
}

#[test]
fn file_that_aborts_its_worker_is_a_problem() {
    check_one_bad_file("src/a.abort.ts", ProblemKind::Crash, "SIGABRT");
}

#[test]
fn file_that_overflows_the_stack_is_a_problem() {
    check_one_bad_file("src/a.overflow.ts", ProblemKind::Crash, "overflow");
}

#[test]
fn file_that_ends_its_worker_is_a_problem() {
    check_one_bad_file("src/a.exit.ts", ProblemKind::Crash, "exit status 3");
}

#[test]
fn file_that_panics_is_a_problem() {
    check_one_bad_file("src/a.panic.ts", ProblemKind::Crash, "panicked");
}

#[test]
fn worker_killed_from_outside_is_reported_as_out_of_memory_with_advice() {
    check_one_bad_file(
        "src/a.sigkill.ts",
        ProblemKind::OutOfMemory,
        "fewer --workers",
    );
}

#[test]
fn worker_over_its_memory_cap_fails_its_file_alone() {
    let path = "src/a.memory.ts";
    let project = with_faulty_file(path).with("memory", "400M");
    let summary = project.index_by_workers();
    let (kind, cause) = only_problem(&summary);
    assert_eq!(kind, ProblemKind::OutOfMemory, "{cause}");
    assert!(cause.contains("--memory"), "{cause}");
}

#[test]
fn file_that_takes_too_long_is_a_problem_and_its_worker_is_replaced() {
    let project = with_faulty_file("src/a.hang.ts").with("file_timeout", "0.5");
    let summary = project.index_by_workers();
    let (kind, cause) = only_problem(&summary);
    assert_eq!(kind, ProblemKind::Timeout);
    assert!(cause.contains("0.5 s"), "{cause}");
}

#[test]
fn worker_that_dies_once_costs_one_attempt_and_no_file() {
    // The mark that separates attempts lies in the temporary folder: the name must be this test's own.
    let path = format!("src/first-{}.once.sigkill.ts", std::process::id());
    // It lies where no worker may write.
    let project = with_faulty_file(&path).with("sandbox", "false");
    let summary = project.index_by_workers();
    assert!(summary.problems.is_empty(), "{:?}", summary.problems);
    assert_eq!(summary.counts.n_files, 5);
    assert!(summary.n_restarts >= 1);
}

/// As [`with_faulty_file`], with so many files and no vectors that workers write them in groups.
fn in_groups(path: &str) -> TestProject {
    let project = with_faulty_file(path).with("embeddings", "none");
    for number in 0..200 {
        let name = format!("f{number}");
        project.write(&format!("src/{name}.ts"), count_statement(&name));
    }
    project
}

#[test]
fn death_in_the_middle_of_a_group_costs_its_file_and_no_other() {
    let project = in_groups("src/f77.sigsegv.ts");
    let summary = project.index_by_workers();
    let [problem] = summary.problems.as_slice() else {
        panic!("one file is bad: {:?}", summary.problems)
    };
    assert_eq!(problem.path, "src/f77.sigsegv.ts");
    assert_eq!(summary.counts.n_files, 204);
    let undisturbed = in_groups("src/f77.sigsegv.ts");
    undisturbed.delete("src/f77.sigsegv.ts");
    undisturbed.index_streaming();
    assert_eq!(project.digest(), undisturbed.digest());
}

#[test]
fn many_bad_files_do_not_stop_the_good_ones() {
    let project = with_faulty_file("src/a.sigsegv.ts");
    for number in 0..8 {
        project.write(&format!("src/b{number}.abort.ts"), count_statement("bad"));
    }
    let summary = project.index_by_workers();
    assert_eq!((summary.problems.len(), summary.counts.n_files), (9, 4));
}

#[test]
fn bad_file_is_tried_again_by_the_next_run_and_good_ones_are_not() {
    let project = with_faulty_file("src/a.abort.ts");
    project.index_by_workers();
    let again = project
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
        .index_by_workers();
    assert!(again.problems.is_empty());
    assert_eq!((again.n_unchanged, again.counts.n_files), (4, 5));
}

#[test]
fn files_that_are_no_code_are_skipped_or_reported_and_the_run_goes_on() {
    let project =
        TestProject::new("//- a.ts\nexport const a = 1\n//- b.min.js\nvar b=1\n//- c.xyz\n# c\n");
    project.write("latin1.ts", b"// caf\xe9\nexport const c = 1\n");
    project.write("binary.js", b"\x7fELF\0\0\0");
    project.write("utf16.ts", b"\xff\xfee\0x\0p\0o\0r\0t\0 \0{\0}\0\n\0");
    project.write("bom.ts", "\u{feff}export const d = 1\n");
    let summary = project
        .with("workers", "1")
        .with("worker_program", env!("CARGO_BIN_EXE_steady-worker"))
        .index_by_workers();
    let [problem] = summary.problems.as_slice() else {
        panic!("{:?}", summary.problems)
    };
    assert_eq!(
        (problem.path.as_str(), problem.kind),
        ("latin1.ts", ProblemKind::Encoding)
    );
    let skipped: Vec<_> = summary
        .skipped
        .iter()
        .map(|skip| (skip.path.as_str(), skip.reason))
        .collect();
    let expected = [
        ("b.min.js", SkipReason::Minified),
        ("binary.js", SkipReason::Binary),
        ("c.xyz", SkipReason::UnsupportedLanguage),
    ];
    assert_eq!(skipped, expected);
    assert_eq!(summary.counts.n_files, 3);
}

#[test]
fn stopped_run_keeps_what_is_committed_and_the_next_one_continues() {
    let project = with_faulty_file("src/a.ts");
    let stop = StopHandle::new();
    let handle = stop.clone();
    let options = IndexOptions {
        is_streaming: true,
        ..IndexOptions::default()
    };
    let stopped = project
        .try_index(&options, &stop, &mut |event| {
            if matches!(event, Event::FileIndexed { .. }) {
                handle.stop_gracefully();
            }
        })
        .unwrap();
    assert!(!stopped.is_complete);
    assert_eq!(stopped.n_ok, stopped.counts.n_files);
    let mut continues = false;
    let finished = project
        .try_index(&options, &StopHandle::new(), &mut |event| {
            continues |= matches!(
                event,
                Event::Discovered {
                    continues: true,
                    ..
                }
            );
        })
        .unwrap();
    assert!(continues && finished.is_complete);
    assert_eq!(finished.n_unchanged, stopped.counts.n_files);
    assert_eq!(finished.counts.n_files, 5);
}

#[test]
fn second_run_on_a_repository_says_who_holds_it() {
    let project = with_faulty_file("src/a.ts");
    let mut second = None;
    let options = IndexOptions {
        is_streaming: true,
        ..IndexOptions::default()
    };
    let first = project.try_index(&options, &StopHandle::new(), &mut |event| {
        if second.is_none() && matches!(event, Event::FileIndexed { .. }) {
            second = Some(project.try_index(&options, &StopHandle::new(), &mut |_| {}));
        }
    });
    assert!(first.is_ok());
    let refusal = second.unwrap().unwrap_err().to_string();
    assert!(!refusal.is_empty());
}
