//! A run that trusts git ends as one that does not.

use std::path::Path;
use std::time::SystemTime;

use app::{AppError, Event, IndexOptions, StopHandle};
use testkit::{TestProject, count_statement};

fn git(tree: &Path, arguments: &[&str]) -> String {
    let common = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "-c",
        "init.defaultBranch=main",
    ];
    let arguments: Vec<&str> = common.iter().chain(arguments).copied().collect();
    let helper = workers::Helper {
        program: "git",
        arguments: &arguments,
        directory: tree,
        environment: &[],
        patience: std::time::Duration::from_secs(60),
        max_bytes: 1 << 20,
    };
    let output = helper.run(&StopHandle::new()).unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(project: &TestProject) -> String {
    git(project.tree(), &["add", "-A"]);
    git(
        project.tree(),
        &["commit", "--quiet", "--allow-empty", "-m", "x"],
    );
    git(project.tree(), &["rev-parse", "HEAD"])
}

/// A repository of ten files with one commit.
fn ten_committed() -> TestProject {
    let project = TestProject::new("");
    for number in 0..10 {
        let (path, name) = (format!("src/f{number}.ts"), format!("count{number}"));
        project.write(&path, count_statement(&name));
    }
    git(project.tree(), &["init", "--quiet"]);
    commit(&project);
    project
}

fn options(since: &str) -> IndexOptions {
    IndexOptions {
        is_streaming: true,
        since: Some(since.to_owned()),
        ..IndexOptions::default()
    }
}

/// Runs with `--since` and returns how many files were unchanged and what was remarked.
fn index_since(project: &TestProject, since: &str) -> (u64, Vec<String>) {
    let mut remarks = Vec::new();
    let summary = project
        .try_index(&options(since), &StopHandle::new(), &mut |event| {
            if let Event::Notice(remark) = event {
                remarks.push(remark);
            }
        })
        .unwrap();
    let fresh = TestProject::on(project.tree());
    fresh.index_streaming();
    assert_eq!(project.digest(), fresh.digest());
    (summary.n_unchanged, remarks)
}

/// Changes a file so that git, set to go by the time of modification, cannot see it.
fn edit_behind_gits_back(tree: &Path, path: &str) {
    let file = tree.join(path);
    let text = fs_err::read_to_string(&file).unwrap();
    let modified = fs_err::metadata(&file).unwrap().modified().unwrap();
    fs_err::write(&file, text.replace("count", "tnuoc")).unwrap();
    let file = fs_err::OpenOptions::new().write(true).open(file).unwrap();
    file.set_modified(modified).unwrap();
}

#[test]
fn files_that_git_vouches_for_are_not_read() {
    let project = ten_committed();
    for number in 0..10 {
        let file = project.tree().join(format!("src/f{number}.ts"));
        let file = fs_err::OpenOptions::new().write(true).open(file).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
    git(project.tree(), &["config", "core.trustctime", "false"]);
    git(project.tree(), &["update-index", "--refresh"]);
    index_since(&project, "HEAD");
    edit_behind_gits_back(project.tree(), "src/f3.ts");
    project.write("src/f4.ts", count_statement("edited"));
    assert_eq!(project.index(&options("HEAD")).n_unchanged, 9);
    // Who does not trust git sees both.
    assert_eq!(project.index_streaming().n_unchanged, 9);
    assert_eq!(project.index_streaming().n_unchanged, 10);
}

#[test]
fn whatever_happened_in_between_the_end_is_that_of_a_fresh_index() {
    let project = ten_committed();
    let (n_unchanged, remarks) = index_since(&project, "HEAD");
    assert_eq!(n_unchanged, 0);
    assert!(remarks[0].contains("no index yet"), "{remarks:?}");
    assert_eq!(index_since(&project, "main"), (10, vec![]));

    git(project.tree(), &["switch", "--quiet", "-c", "other"]);
    project.write("src/f1.ts", count_statement("elsewhere"));
    project.write("src/new.ts", count_statement("new"));
    project.delete("src/f2.ts");
    commit(&project);
    assert_eq!(index_since(&project, "main"), (8, vec![]));
    // The index holds the other branch, so that nothing differs from the revision and still three files are to be done.
    git(project.tree(), &["switch", "--quiet", "main"]);
    assert_eq!(index_since(&project, "main"), (8, vec![]));

    // Neither staged nor committed, ignored by git's own list but not by ours, and back again.
    fs_err::write(project.tree().join(".git/info/exclude"), "").unwrap();
    project.write("src/untracked.ts", count_statement("untracked"));
    project.write("src/f5.ts", count_statement("edited"));
    assert_eq!(index_since(&project, "HEAD"), (9, vec![]));
    git(project.tree(), &["checkout", "--quiet", "."]);
    let (n_unchanged, remarks) = index_since(&project, "HEAD");
    assert_eq!(n_unchanged, 10);
    assert!(remarks[0].contains("which commit"), "{remarks:?}");
    assert_eq!(index_since(&project, "HEAD"), (11, vec![]));
}

#[test]
fn run_that_stopped_elsewhere_is_not_built_on() {
    let project = ten_committed();
    index_since(&project, "HEAD");
    git(project.tree(), &["switch", "--quiet", "-c", "other"]);
    for number in 0..10 {
        let path = format!("src/f{number}.ts");
        project.write(&path, count_statement("elsewhere"));
    }
    commit(&project);
    let stop = StopHandle::new();
    let summary = project
        .try_index(&options("main"), &stop, &mut |event| {
            if matches!(event, Event::FileIndexed { .. }) {
                stop.stop_gracefully();
            }
        })
        .unwrap();
    assert!(!summary.is_complete);
    git(project.tree(), &["switch", "--quiet", "main"]);
    let (n_unchanged, remarks) = index_since(&project, "main");
    assert_eq!((n_unchanged, remarks.len()), (9, 1), "{remarks:?}");
}

#[test]
fn folder_of_a_repository_and_its_submodules_are_compared_too() {
    let library = ten_committed();
    let project = ten_committed();
    let library_path = library.tree().to_str().unwrap();
    let add = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        library_path,
        "src/library",
    ];
    git(project.tree(), &add);
    commit(&project);
    index_since(&project, "HEAD");
    project.write("src/library/src/f1.ts", count_statement("edited"));
    assert_eq!(index_since(&project, "HEAD").0, 19);

    let folder = TestProject::on(&project.tree().join("src"));
    index_since(&folder, "HEAD");
    project.write("src/f1.ts", count_statement("edited"));
    project.write("outside.ts", count_statement("edited"));
    assert_eq!(index_since(&folder, "HEAD"), (19, vec![]));
}

#[test]
fn what_git_does_not_know_is_refused_with_its_reason() {
    let refused = |project: &TestProject, since: &str| -> (String, AppError) {
        let error = project
            .try_index(&options(since), &StopHandle::new(), &mut |_| {})
            .unwrap_err();
        assert!(!project.database().exists() || project.open().status(None).unwrap().is_empty());
        (error.to_string(), error)
    };
    let project = ten_committed();
    for name in ["nowhere", "--upload-pack=x", ""] {
        let (text, error) = refused(&project, name);
        assert!(text.contains(&format!("no revision {name:?}")), "{text}");
        assert!(error.is_usage() && error.advice().is_some());
    }
    let plain = TestProject::new("//- a.ts\nlet a = 1\n");
    let (text, _) = refused(&plain, "HEAD");
    assert!(text.contains("no git work tree"), "{text}");

    let first = git(project.tree(), &["rev-parse", "HEAD"]);
    commit(&project);
    let address = format!("file://{}", project.tree().display());
    let clones = tempfile::tempdir().unwrap();
    git(
        clones.path(),
        &["clone", "--quiet", "--depth", "1", &address, "clone"],
    );
    let clone = TestProject::on(&clones.path().join("clone"));
    let (text, error) = refused(&clone, &first);
    assert!(text.contains("shallow"), "{text}");
    assert!(error.advice().unwrap().0.contains("fetch-depth"));
}
