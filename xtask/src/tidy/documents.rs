//! Rules about what is written for readers.

use super::{File, lines};

/// Every path that `ARCHITECTURE.md` names in backticks exists, from the root or below some folder.
pub(super) fn named_paths_exist(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut is_code = false;
    for (place, line) in lines(files, "ARCHITECTURE.md") {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for path in line
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| is_path(word))
        {
            if !files.iter().any(|file| names(path, &file.path)) {
                complaints.push(format!("{place}: `{path}` does not exist"));
            }
        }
    }
    complaints
}

/// Whether a word in backticks looks like a path of this tree.
fn is_path(word: &str) -> bool {
    let is_elsewhere = word.starts_with(['/', '~', '$', '.', '-']) && !word.starts_with(".c")
        || word.contains("://")
        || word.contains(|letter: char| letter.is_whitespace() || "*{}<>()…|".contains(letter));
    let is_file = [".rs", ".md", ".toml"]
        .iter()
        .any(|ending| word.ends_with(ending));
    !is_elsewhere && (word.contains('/') || is_file)
}

/// Whether `path` is the file `file` or a folder around it, whole components at a time.
fn names(path: &str, file: &str) -> bool {
    format!("/{file}/").contains(&format!("/{}/", path.trim_end_matches('/')))
}

/// `CHANGELOG.md` says what the next release brings.
pub(super) fn changelog_has_unreleased_section(files: &[File]) -> Vec<String> {
    let has_section = lines(files, "CHANGELOG.md")
        .any(|(_, line)| line.starts_with("## ") && line.to_lowercase().contains("unreleased"));
    if has_section {
        return Vec::new();
    }
    vec!["CHANGELOG.md: no section `## Unreleased`".to_owned()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_rule;

    #[test]
    fn paths_in_backticks_must_exist() {
        let check = |line: &str, expected: Option<&str>| {
            let files = [
                ("ARCHITECTURE.md", line),
                ("crates/index/src/run.rs", ""),
                (".ci/run", ""),
            ];
            check_rule(named_paths_exist, &files, expected);
        };
        check("see `crates/index/src/run.rs` and `crates/index/`", None);
        check("the loop is `run.rs`, tried by `.ci/run`", None);
        check(
            "`postgres://host`, `a / b`, `crates/*`, `../x/y.md`, `--a/b`, a/b.rs",
            None,
        );
        check("```\n`gone.rs`\n```", None);
        check("see `crates/gone/`", Some("crates/gone/"));
        check("fine: `run.rs`, not: `un.rs`", Some("un.rs"));
    }

    #[test]
    fn changelog_needs_an_unreleased_section() {
        let check = |text: &str, expected: Option<&str>| {
            check_rule(
                changelog_has_unreleased_section,
                &[("CHANGELOG.md", text)],
                expected,
            );
        };
        check("# Changes\n\n## [Unreleased]\n", None);
        check("# Changes\n\n## 0.1.0\n", Some("Unreleased"));
    }
}
