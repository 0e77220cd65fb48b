//! Makes questions of a repository's history: a commit's subject asks, the files it changed answer.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::Path;

use index::Git;
use search::evaluation::Target;
use workers::StopHandle;

use super::KnownQuestion;
use crate::error::AppError;

/// Marks the line that begins a commit in git's output; no path holds it.
const MARK: char = '\u{1}';

/// A commit that changes more files is no answer to a question.
const MAX_FILES: usize = 5;

/// A shorter subject is no question: "fix typo".
const MIN_WORDS: usize = 3;

/// Commits looked at for each question wanted: many change no code.
const COMMITS_PER_QUESTION: usize = 20;

/// Who wants the questions.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    /// Where the user stands, which must be in the tree.
    pub(super) here: Option<&'a Path>,
    /// Whether the user has had enough.
    pub(super) stop: &'a StopHandle,
}

/// Returns questions from the latest commits of the tree under `root` whose files are among `files`.
pub(super) fn questions(
    files: &HashSet<String>,
    root: &str,
    limit: usize,
    asker: Asker<'_>,
) -> Result<Vec<KnownQuestion>, AppError> {
    let root = Path::new(root);
    let no_history = |cause: String| AppError::NoHistory {
        root: root.to_owned(),
        cause,
    };
    // The root is what the database says, which may be another's.
    if !asker.here.is_some_and(|here| here.starts_with(root)) {
        return Err(no_history(
            "the working directory is not in that tree".to_owned(),
        ));
    }
    let n_commits = limit.saturating_mul(COMMITS_PER_QUESTION).to_string();
    let format = format!("--format={MARK}%s");
    // Paths relative to the root, which may be a folder of the work tree; unquoted, and renames as the new name.
    let arguments = [
        "log",
        "--no-show-signature",
        "--no-ext-diff",
        "--no-textconv",
        "--no-merges",
        "--name-only",
        "--relative",
        "-n",
        &n_commits,
        &format,
    ];
    let printed = Git::at(root, asker.stop)
        .and_then(|git| git.run(&arguments))
        .map_err(|error| match error.kind() {
            ErrorKind::Interrupted => AppError::Interrupted,
            _ => AppError::Git(error),
        })?;
    if !printed.status.success() {
        let cause = String::from_utf8_lossy(&printed.stderr);
        return Err(no_history(cause.trim().to_owned()));
    }
    let text = String::from_utf8_lossy(&printed.stdout);
    let commits = text.split(MARK).filter(|commit| !commit.trim().is_empty());
    let questions: Vec<KnownQuestion> = commits
        .filter_map(|commit| question(commit, files))
        .take(limit)
        .collect();
    match questions.is_empty() {
        true => Err(no_history(format!(
            "no commit of the latest {n_commits} has a subject of {MIN_WORDS} words and changes 1 to {MAX_FILES} of the indexed files"
        ))),
        false => Ok(questions),
    }
}

fn question(commit: &str, files: &HashSet<String>) -> Option<KnownQuestion> {
    let (subject, changed) = commit.split_once('\n')?;
    let text = plain_subject(subject);
    let is_trivial = text.split_whitespace().count() < MIN_WORDS;
    let targets: Vec<Target> = changed
        .lines()
        .filter(|path| files.contains(*path))
        .map(|path| Target {
            path: path.to_owned(),
            lines: None,
            is_optional: false,
        })
        .collect();
    if is_trivial || targets.is_empty() || targets.len() > MAX_FILES {
        return None;
    }
    Some(KnownQuestion {
        kind: "commit".to_owned(),
        text: text.to_owned(),
        targets,
    })
}

/// Takes off what is not said in words: `fix(router): ` in front, ` (#12)` at the end.
fn plain_subject(subject: &str) -> &str {
    let subject = subject.trim();
    let subject = match subject.rsplit_once(" (#") {
        Some((front, number)) if number.trim_end_matches(')').parse::<u32>().is_ok() => front,
        _ => subject,
    };
    match subject.split_once(": ") {
        Some((front, rest)) if !front.contains(' ') => rest,
        _ => subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_lose_their_frame() {
        assert_eq!(
            plain_subject("fix(router): match empty paths (#12)"),
            "match empty paths"
        );
        assert_eq!(plain_subject("Say why: it matters"), "Say why: it matters");
        assert_eq!(plain_subject("match (all) paths"), "match (all) paths");
    }

    #[test]
    fn only_commits_that_answer_become_questions() {
        let files = HashSet::from(["a.ts".to_owned(), "b.ts".to_owned()]);
        let of = |commit: &str| question(commit, &files).map(|question| question.targets.len());
        assert_eq!(of("match empty paths\n\na.ts\nREADME.md\n"), Some(1));
        assert_eq!(of("match empty paths\n\nREADME.md\n"), None);
        assert_eq!(of("fix typo\n\na.ts\n"), None);
    }
}
