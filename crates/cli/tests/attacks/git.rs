//! A repository names programs for git to run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use crate::home::Home;

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Puts a program into the tree that leaves a mark in the home.
fn marking(home: &Home, name: &str) -> String {
    let mark = home.path("ran");
    home.write(name, &format!("#!/bin/sh\ntouch {}\ncat\n", mark.display()));
    let program = home.in_tree(name);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    program.display().to_string()
}

/// Gives a repository a commit that seems to be signed, and a program that would look at the signature.
fn signed(home: &Home, repository: &Path) {
    let tree = git(repository, &["write-tree"]);
    let commit = format!(
        "tree {tree}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nteach the first function to count\n"
    );
    fs::write(home.path(".local/commit"), commit).unwrap();
    let file = home.path(".local/commit").display().to_string();
    let id = git(repository, &["hash-object", "-t", "commit", "-w", &file]);
    git(repository, &["update-ref", "refs/heads/main", &id]);
    git(repository, &["config", "log.showSignature", "true"]);
    git(
        repository,
        &["config", "gpg.program", &marking(home, "verify.sh")],
    );
}

#[test]
fn database_names_no_repository_to_ask() {
    let home = Home::new();
    fs::create_dir_all(home.path(".local")).unwrap();
    fs::create_dir_all(home.in_tree("bare")).unwrap();
    let bare = home.in_tree("bare");
    git(&bare, &["init", "--quiet", "--bare"]);
    git(&bare, &["symbolic-ref", "HEAD", "refs/heads/main"]);
    git(&bare, &["config", "core.bare", "true"]);
    let tree = git(&bare, &["mktree"]);
    assert!(!tree.is_empty());
    signed(&home, &bare);
    assert_eq!(home.run(&["index", ".", "--database", "x.db"]).0, 0);
    let planted = Connection::open(home.in_tree("x.db")).unwrap();
    for root in [
        bare.display().to_string(),
        "bare".to_owned(),
        "./bare".to_owned(),
        ".".to_owned(),
    ] {
        planted
            .execute("UPDATE repositories SET root = ?1", [&root])
            .unwrap();
        let (status, said) = home.run(&["eval", "--repository", "tree", "--database", "x.db"]);
        assert!(
            status == 3 && said.contains("working directory"),
            "{root}: {said}"
        );
    }
    // Not even who stands in it is answered by it.
    planted
        .execute(
            "UPDATE repositories SET root = ?1",
            [bare.display().to_string()],
        )
        .unwrap();
    let database = home.in_tree("x.db").display().to_string();
    let mut command = home.command(&["eval", "--database", &database]);
    command.current_dir(&bare);
    home.follow(command, "eval");
    home.check("eval in a bare repository");
}

#[test]
fn clone_runs_no_program_of_its_own() {
    let home = Home::new();
    fs::create_dir_all(home.path(".local")).unwrap();
    let tree = home.in_tree("");
    git(&tree, &["init", "--quiet"]);
    git(&tree, &["add", "a.ts"]);
    signed(&home, &tree);
    home.write(".gitattributes", "*.ts filter=evil diff=evil\n");
    let program = marking(&home, "run.sh");
    for (name, value) in [
        ("core.fsmonitor", program.as_str()),
        (
            "core.hooksPath",
            &home.in_tree("hooks").display().to_string(),
        ),
        ("core.pager", &program),
        ("pager.log", &program),
        ("core.sshCommand", &program),
        ("core.askPass", &program),
        ("filter.evil.clean", &program),
        ("filter.evil.smudge", &program),
        ("filter.evil.process", &program),
        ("filter.evil.required", "true"),
        ("filter.o.t.h.e.r.clean", &program),
        ("diff.evil.command", &program),
        ("diff.evil.textconv", &program),
        ("diff.external", &program),
        ("gpg.ssh.program", &program),
        ("gpg.x509.program", &program),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", &format!("ext::{program}")),
        ("remote.origin.promisor", "true"),
        ("protocol.ext.allow", "always"),
        ("remote.origin.uploadpack", &program),
    ] {
        git(&tree, &["config", name, value]);
    }
    git(&tree, &["config", "core.repositoryFormatVersion", "1"]);
    for hook in ["post-index-change", "post-checkout", "pre-auto-gc"] {
        marking(&home, &format!("hooks/{hook}"));
    }
    assert!(!home.path("ran").exists());
    // Changed in size and in time, so that git must look into it.
    home.write("a.ts", "export function first() {\n  return 2000\n}\n");
    for command in [
        &["index", ".", "--since", "HEAD"][..],
        &["index", ".", "--since", "HEAD", "--streaming"],
        &["index", ".", "--since", "main~0"],
        &["eval"],
    ] {
        let (_, said) = home.run(command);
        assert!(!home.path("ran").exists(), "{command:?}: {said}");
    }
}

#[test]
fn missing_objects_are_not_fetched() {
    let home = Home::new();
    let tree = home.in_tree("");
    git(&tree, &["init", "--quiet"]);
    git(&tree, &["add", "a.ts"]);
    git(
        &tree,
        &[
            "commit",
            "--quiet",
            "-m",
            "teach the first function to count",
        ],
    );
    let blob = git(&tree, &["rev-parse", "HEAD^{tree}"]);
    let program = marking(&home, "upload.sh");
    for (name, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", "."),
        ("remote.origin.promisor", "true"),
        ("remote.origin.uploadpack", &program),
    ] {
        git(&tree, &["config", name, value]);
    }
    let (folder, file) = blob.split_at(2);
    fs::remove_file(home.in_tree(&format!(".git/objects/{folder}/{file}"))).unwrap();
    for command in [
        &["index", ".", "--since", "HEAD"][..],
        &["index", "."],
        &["eval"],
    ] {
        home.run(command);
    }
}

#[test]
fn git_that_waits_for_ever_is_ended_by_one_signal() {
    use rustix::process::{Pid, Signal, kill_process};
    let home = Home::new();
    git(&home.in_tree(""), &["init", "--quiet"]);
    home.pipe(".git/refs/heads/main");
    for arguments in [
        &["index", ".", "--since", "HEAD"][..],
        &["index", ".", "--since", "HEAD", "--streaming"],
    ] {
        let mut child = home.command(arguments).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(500));
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(130));
    }
    home.check("a git that waits");
}

#[test]
fn what_git_opens_first_is_looked_at_before() {
    for make in [
        |home: &Home, path: &str| home.pipe(path),
        |home: &Home, path: &str| home.link("/dev/zero", path),
        crate::files::endless,
    ] {
        for name in [
            "config",
            "HEAD",
            "index",
            "packed-refs",
            "objects/info/alternates",
        ] {
            let home = Home::new();
            git(&home.in_tree(""), &["init", "--quiet"]);
            let path = format!(".git/{name}");
            fs::remove_file(home.in_tree(&path)).ok();
            make(&home, &path);
            let (status, said) = home.run(&["index", ".", "--since", "HEAD"]);
            let is_refused = said.contains("no regular file") || said.contains("larger than");
            assert!(status == 3 && is_refused, "{said}");
        }
    }
}
