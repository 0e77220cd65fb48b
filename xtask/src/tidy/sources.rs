//! Rules about source files: size, names, and words that they may not hold.

use super::{File, lines};

/// Repositories are cloned whole, so large data stays out of them.
const FILE_MAX_NUM_BYTES: u64 = 1 << 20;

/// Past this length, ask what second idea moved in.
const RUST_FILE_MAX_NUM_LINES: usize = 800;

/// Longer Rust files that are one idea all the same, such as a table, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// First folders of absolute paths that exist on one machine only.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "work"];

/// Names that say nothing about what a module is for.
const EMPTY_NAMES: &[&str] = &[
    "core", "common", "utils", "helpers", "types", "misc", "prelude",
];

pub(super) fn files_are_small(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter(|file| file.n_bytes > FILE_MAX_NUM_BYTES)
        .map(|file| {
            format!(
                "{}: {} bytes, more than {FILE_MAX_NUM_BYTES}",
                file.path, file.n_bytes
            )
        })
        .collect()
}

pub(super) fn rust_files_are_short(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let n_lines = file.text.as_deref().unwrap_or_default().lines().count();
        let has_reason = LONG_FILES.iter().any(|(path, _)| *path == file.path);
        if n_lines > RUST_FILE_MAX_NUM_LINES && !has_reason {
            complaints.push(format!(
                "{}: {n_lines} lines, more than {RUST_FILE_MAX_NUM_LINES}: which second idea moved in?",
                file.path
            ));
        }
    }
    complaints
}

pub(super) fn no_machine_paths(files: &[File]) -> Vec<String> {
    lines(files, "")
        .filter(|(_, line)| {
            MACHINE_FOLDERS
                .iter()
                .any(|folder| has_absolute_path(line, &format!("/{folder}/")))
        })
        .map(|(place, line)| format!("{place}: a path of one machine: {}", line.trim()))
        .collect()
}

/// Whether `start` stands in `line` as the beginning of a path, not in the middle of one.
fn has_absolute_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(offset, _)| {
        !line[..offset]
            .ends_with(|letter: char| letter.is_alphanumeric() || "/._-~{}$".contains(letter))
    })
}

pub(super) fn no_allow_attributes(files: &[File]) -> Vec<String> {
    lines(files, ".rs")
        .filter(|(_, line)| {
            let line = line.trim_start();
            line.starts_with("#[allow(") || line.starts_with("#![allow(")
        })
        .map(|(place, _)| format!("{place}: `allow`: use `expect` with a reason"))
        .collect()
}

pub(super) fn modules_are_named_for_an_idea(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter_map(|file| {
            let stem = file.path.strip_suffix(".rs")?;
            let name = stem.split('/').find(|name| EMPTY_NAMES.contains(name))?;
            Some(format!(
                "{}: `{name}` does not say what the module is for",
                file.path
            ))
        })
        .collect()
}

/// Every file in a `tests/it` folder is a module of the `main.rs` there; cargo would leave it out in silence.
pub(super) fn integration_tests_are_declared(files: &[File]) -> Vec<String> {
    files
        .iter()
        .filter_map(|file| {
            let (folder, name) = file.path.rsplit_once('/')?;
            let module = name.strip_suffix(".rs")?;
            if !folder.ends_with("tests/it") || module == "main" {
                return None;
            }
            let main = format!("{folder}/main.rs");
            let declaration = format!("mod {module};");
            let is_declared = lines(files, &main).any(|(_, line)| line.trim() == declaration);
            (!is_declared).then(|| format!("{}: not declared in {main}", file.path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::{Rule, check_rule};

    fn check(rule: Rule, path: &str, text: &str, expected: Option<&str>) {
        check_rule(rule, &[(path, text)], expected);
    }

    #[test]
    fn large_and_long_files_are_reported() {
        check(files_are_small, "a.bin", &"x".repeat(1 << 20), None);
        let large = "x".repeat((1 << 20) + 1);
        check(files_are_small, "a.bin", &large, Some("a.bin"));
        check(rust_files_are_short, "a.rs", &"\n".repeat(800), None);
        let long = "\n".repeat(801);
        check(rust_files_are_short, "a.rs", &long, Some("801 lines"));
        check(rust_files_are_short, "Cargo.lock", &long, None);
    }

    #[test]
    fn paths_of_one_machine_are_reported() {
        let home = format!("cd /{}/me", "home");
        check(no_machine_paths, "a.md", &home, Some("a.md:1"));
        check(
            no_machine_paths,
            "a.md",
            "src/work/a, ../work/, {}/root/x",
            None,
        );
    }

    #[test]
    fn allow_is_reported_and_expect_is_not() {
        let line = "    #[allow(dead_code)]";
        check(no_allow_attributes, "a.rs", line, Some("a.rs:1"));
        check(no_allow_attributes, "a.rs", "#[expect(dead_code)]", None);
        check(no_allow_attributes, "a.md", line, None);
    }

    #[test]
    fn empty_names_are_reported() {
        let rule = modules_are_named_for_an_idea;
        check(rule, "crates/x/src/utils.rs", "", Some("`utils`"));
        check(rule, "crates/x/src/core/a.rs", "", Some("`core`"));
        check(rule, "crates/x/src/corelation.rs", "", None);
        check(rule, "docs/common.md", "", None);
    }

    #[test]
    fn undeclared_integration_test_is_reported() {
        let check = |declarations: &str, expected: Option<&str>| {
            let files = [
                ("x/tests/it/main.rs", declarations),
                ("x/tests/it/run.rs", ""),
            ];
            check_rule(integration_tests_are_declared, &files, expected);
        };
        check("mod run;\n", None);
        check("// mod run;\n", Some("x/tests/it/run.rs"));
    }
}
