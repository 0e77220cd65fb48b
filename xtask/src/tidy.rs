//! `cargo xtask tidy`: the rules that no compiler knows.
//!
//! Every rule is a function from the files of the project to complaints, so that each can be tried on a few lines of text.
//! A rule that is not reliable enough to stop a change does not belong here.

mod arrows;
mod documents;
mod sources;
mod words;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

/// A file of the project.
struct File {
    /// Relative to the root, with `/`.
    path: String,
    n_bytes: u64,
    /// `None` for bytes that are no text.
    text: Option<String>,
}

type Rule = fn(&[File]) -> Vec<String>;

const RULES: &[Rule] = &[
    documents::named_paths_exist,
    documents::changelog_has_unreleased_section,
    sources::files_are_small,
    sources::rust_files_are_short,
    sources::no_machine_paths,
    sources::no_allow_attributes,
    sources::modules_are_named_for_an_idea,
    sources::integration_tests_are_declared,
    words::no_retired_words,
];

/// Prints every complaint; an error if there is one.
pub(crate) fn tidy(workspace: &Workspace) -> Result<()> {
    let mut files = Vec::new();
    for path in workspace.files()? {
        let bytes = fs_err::read(workspace.root.join(&path))?;
        files.push(File {
            path,
            n_bytes: bytes.len() as u64,
            text: String::from_utf8(bytes).ok(),
        });
    }
    let mut complaints = arrows::check(&workspace.crates);
    complaints.extend(RULES.iter().flat_map(|rule| rule(&files)));
    for complaint in &complaints {
        println!("{complaint}");
    }
    match complaints.len() {
        0 => Ok(()),
        n_complaints => bail!("`cargo xtask tidy` has complaints: {n_complaints}"),
    }
}

/// Returns the lines of every text file whose path ends in `suffix`, with their places.
fn lines<'a>(files: &'a [File], suffix: &'a str) -> impl Iterator<Item = (String, &'a str)> {
    files
        .iter()
        .filter(move |file| file.path.ends_with(suffix))
        .flat_map(|file| {
            let text = file.text.as_deref().unwrap_or_default();
            text.lines()
                .enumerate()
                .map(|(index, line)| (format!("{}:{}", file.path, index + 1), line))
        })
}

/// Checks how many complaints a rule has about some files, and that the first one names `expected`.
#[cfg(test)]
fn check_rule(rule: Rule, files: &[(&str, &str)], expected: Option<&str>) {
    let files: Vec<File> = files
        .iter()
        .map(|(path, text)| File {
            path: (*path).to_owned(),
            n_bytes: text.len() as u64,
            text: Some((*text).to_owned()),
        })
        .collect();
    let complaints = rule(&files);
    match expected {
        Some(words) => assert!(
            complaints.len() == 1 && complaints[0].contains(words),
            "expected {words:?}, got {complaints:?}"
        ),
        None => assert!(complaints.is_empty(), "{complaints:?}"),
    }
}
