//! Death at every commit, and power cuts: the next run does what is missing and ends with the undisturbed digest.

#![expect(
    clippy::disallowed_methods,
    reason = "tests start the program that dies"
)]

use std::path::Path;
use std::process::Command;

use app::{Event, IndexOptions, StopHandle};
use testkit::{TestProject, count_statement};

/// A tree whose next run has something to do at every commit: an edit, a long file, one that is gone, one that cannot be decoded, and one
/// that was only touched.
fn project_with_changes() -> TestProject {
    let project = TestProject::new("");
    for number in 0..6 {
        project.write(
            &format!("src/f{number}.ts"),
            count_statement(&format!("f{number}")),
        );
    }
    project.index_streaming();
    project.write("src/f0.ts", count_statement("edited"));
    project.delete("src/f1.ts");
    project.write("src/latin1.ts", b"// caf\xe9\n");
    let long: String = (0..60)
        .map(|number| count_statement(&format!("long{number}")))
        .collect();
    project.write("src/long.ts", long);
    project
}

fn program(project: &TestProject, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crashing-program"));
    command
        .arg(project.tree())
        .arg(project.database())
        .args(words);
    command
}

/// Dies at the point, then runs to the end.
fn check_crash(point: &str, words: &[&str], undisturbed: &str) {
    let project = project_with_changes();
    let mark = project.database().with_extension("mark");
    let died = program(&project, words)
        .env("CRASH_AT", point)
        .env("CRASH_MARK", &mark)
        .status()
        .unwrap();
    assert!(mark.exists(), "{point} was not reached");
    // A worker's death is made good within the run.
    assert_eq!(died.success(), point.starts_with("worker"), "{point}");
    assert!(
        program(&project, &[]).status().unwrap().success(),
        "{point}"
    );
    assert_eq!(project.digest(), undisturbed, "{point}");
    let status = project.open().status(None).unwrap();
    assert_eq!(
        (status[0].is_complete, status[0].problems.len()),
        (true, 1),
        "{point}"
    );
}

#[test]
fn death_at_any_commit_of_parent_or_worker_costs_nothing_that_was_done() {
    let undisturbed = project_with_changes();
    undisturbed.index_streaming();
    let undisturbed = undisturbed.digest();
    let points: &[(&str, &str, &[&str])] = &[
        ("parent", "beginning a run", &[]),
        ("parent", "removing files", &[]),
        ("parent", "recording stamps", &[]),
        ("parent", "recording a problem", &[]),
        ("parent", "writing the graph", &[]),
        ("parent", "recording problems", &[]),
        ("parent", "finishing a run", &[]),
        ("parent", "beginning a run", &["full"]),
        ("parent", "finishing a run", &["full"]),
        ("parent", "deleting a replaced generation", &["full"]),
        ("worker", "writing a file", &[]),
        ("worker", "storing vectors", &[]),
    ];
    for (process, operation, words) in points {
        for side in ["before", "after"] {
            check_crash(
                &format!("{process} {side} {operation}"),
                words,
                &undisturbed,
            );
        }
    }
}

#[test]
fn death_in_the_middle_of_a_group_of_files_costs_the_group_and_it_is_done_again() {
    let new = || {
        let project = TestProject::new("").with("embeddings", "none");
        for number in 0..200 {
            let text = count_statement(&format!("f{number}"));
            project.write(&format!("src/f{number}.ts"), text);
        }
        project
    };
    let undisturbed = new();
    undisturbed.index_streaming();
    for side in ["before", "after"] {
        let project = new();
        let mark = project.database().with_extension("mark");
        let died = program(&project, &["plain"])
            .env("CRASH_AT", format!("worker {side} writing files"))
            .env("CRASH_MARK", &mark)
            .status()
            .unwrap();
        assert!(mark.exists(), "no group was written");
        assert!(died.success(), "{side}");
        assert_eq!(project.digest(), undisturbed.digest(), "{side}");
        let status = project.open().status(None).unwrap();
        assert_eq!((status[0].is_complete, status[0].problems.len()), (true, 0));
    }
}

/// Copies the database and its log as a power cut would find them: what was written since the last checkpoint is in the log.
fn copy_database(from: &Path, to: &Path) {
    for ending in ["", "-wal"] {
        let name = |path: &Path| format!("{}{ending}", path.display());
        fs_err::copy(name(from), name(to)).unwrap();
    }
}

#[test]
fn log_cut_at_any_point_by_a_power_cut_loses_files_from_the_end_and_nothing_else() {
    let project = TestProject::new("");
    for number in 0..30 {
        project.write(
            &format!("src/f{number}.ts"),
            count_statement(&format!("f{number}")),
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let mut copies = Vec::new();
    let options = IndexOptions {
        is_streaming: true,
        ..IndexOptions::default()
    };
    project
        .try_index(&options, &StopHandle::new(), &mut |event| {
            if matches!(event, Event::FileIndexed { .. }) {
                let copy = folder.path().join(format!("{}.db", copies.len()));
                copy_database(&project.database(), &copy);
                copies.push(copy);
            }
        })
        .unwrap();
    let undisturbed = project.digest();
    let n_cuts = if std::env::var_os("MNEMO_TEST_LONG").is_some() {
        400
    } else {
        24
    };
    let mut random = Random(7);
    let mut n_continued = 0;
    for number in 0..n_cuts {
        let cut = folder.path().join("cut.db");
        copy_database(&copies[random.below(copies.len())], &cut);
        let log = folder.path().join("cut.db-wal");
        damage(&log, number % 2 == 0, &mut random);
        let survivor = TestProject::on(project.tree()).with("database", cut.display().to_string());
        let summary = survivor.index_streaming();
        n_continued += u64::from(summary.n_unchanged > 0);
        assert_eq!(
            (summary.n_files, survivor.digest()),
            (30, undisturbed.clone()),
            "cut {number}"
        );
        for ending in ["", "-wal", "-shm"] {
            fs_err::remove_file(format!("{}{ending}", cut.display())).unwrap_or_default();
        }
    }
    println!("{n_cuts} cuts, {n_continued} runs went on with what was left");
    assert!(n_continued > 0);
}

/// Cuts the log, or leaves garbage where its end was to be written.
fn damage(log: &Path, is_cut: bool, random: &mut Random) {
    let mut bytes = fs_err::read(log).unwrap();
    let from = random.below(bytes.len());
    if is_cut {
        bytes.truncate(from);
    } else {
        bytes[from..].iter_mut().for_each(|byte| *byte ^= 0x5a);
    }
    fs_err::write(log, bytes).unwrap();
}

/// Enough chance to hit every kind of place, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}
