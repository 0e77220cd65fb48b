//! A tree made of bytes, through the settings that lie in it, the survey and a run. Nothing outside of it may change, and a second run finds
//! nothing to do.

#![no_main]

use std::path::Path;

use app::{Overrides, Settings};
use fs_err as fs;
use fs_err::os::unix::fs::symlink;
use libfuzzer_sys::fuzz_target;
use testkit::TestProject;

/// Names that the program looks for, and some that it only finds.
const NAMES: &[&str] = &[
    "mnemo.toml",
    ".gitignore",
    ".ignore",
    ".mnemoignore",
    ".git",
    "commondir",
    "tsconfig.json",
    "package.json",
    "pyproject.toml",
    "go.mod",
    "a.ts",
    "b.js",
    "c.py",
    "d.go",
    "e.vue",
    "f.ipynb",
    "g.md",
    "h",
    "info",
    "modules",
];

/// Where links lead.
const TARGETS: &[&str] = &["../canary", "..", "/dev/zero", "a.ts", ".", "nowhere", "/"];

fuzz_target!(|data: &[u8]| {
    let project = TestProject::new("//- a.ts\nexport const a = 1\n");
    let canary = project
        .tree()
        .parent()
        .expect("a tree lies in a folder")
        .join("canary");
    fs::write(&canary, "kept").expect("the folder is ours");
    make(project.tree(), data);
    // Settings that lie in the tree are taken or refused.
    drop(Settings::resolve(
        &Overrides::default(),
        Some(project.tree()),
    ));
    project.index_streaming();
    let digest = project.digest();
    project.index_streaming();
    assert_eq!(digest, project.digest());
    assert_eq!(fs::read(&canary).expect("it is still there"), b"kept");
});

/// Makes entries of pieces: kind, place in a folder, name, length, content.
fn make(root: &Path, mut data: &[u8]) {
    let mut folder = root.to_owned();
    while let [kind, name, length, rest @ ..] = data {
        let (content, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        let path = folder.join(NAMES[usize::from(*name) % NAMES.len()]);
        match kind % 8 {
            0..=3 => drop(fs::write(&path, content)),
            4 => {
                if fs::create_dir(&path).is_ok() {
                    folder = path;
                }
            }
            5 => folder = root.to_owned(),
            6 => {
                let target = TARGETS[usize::from(*length) % TARGETS.len()];
                drop(symlink(target, &path));
            }
            _ => {
                let odd = String::from_utf8_lossy(content).replace(['/', '\0'], "_");
                if !matches!(&*odd, "" | "." | "..") {
                    drop(fs::write(folder.join(odd + ".ts"), content));
                }
            }
        }
        data = rest;
    }
}
