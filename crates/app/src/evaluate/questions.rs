//! Questions whose answers are known, from files of JSON Lines.

use std::path::{Path, PathBuf};

use search::evaluation::Target;
use serde::Deserialize;

use crate::error::AppError;

/// A question whose answer is known.
#[derive(Clone, Debug)]
pub struct KnownQuestion {
    /// What kind of question it is, to group by.
    pub kind: String,
    /// The question.
    pub text: String,
    /// Its good answers.
    pub targets: Vec<Expected>,
}

/// A good answer.
pub type Expected = Target;

#[derive(Deserialize)]
struct QuestionLine {
    #[serde(default)]
    kind: String,
    query: String,
    targets: Vec<TargetLine>,
}

#[derive(Deserialize)]
struct TargetLine {
    file: String,
    start_line: Option<u32>,
    end_line: Option<u32>,
    #[serde(default)]
    optional: bool,
}

/// Some times the largest collections of questions that are published.
const QUESTIONS_MAX_BYTES: u64 = 256 << 20;

/// Reads lines of `{"kind":…,"query":…,"targets":[{"file":…,"start_line":…,"end_line":…,"optional":…}]}`; all but the query and the
/// targets' files may be missing, and other fields are ignored.
pub(super) fn read(files: &[PathBuf]) -> Result<Vec<KnownQuestion>, AppError> {
    let mut questions = Vec::new();
    for file in files {
        let unreadable = |source| AppError::Questions {
            path: file.clone(),
            source,
        };
        let text = files::read_named(file, QUESTIONS_MAX_BYTES).map_err(unreadable)?;
        let text = String::from_utf8_lossy(&text);
        for (number, line) in (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let question = question(line).map_err(|source| AppError::QuestionLine {
                path: file.clone(),
                line: number,
                source,
            })?;
            questions.push(question.kind_or(file));
        }
    }
    Ok(questions)
}

fn question(line: &str) -> Result<KnownQuestion, serde_json::Error> {
    let line: QuestionLine = serde_json::from_str(line)?;
    let target = |target: TargetLine| Target {
        path: target.file,
        lines: target
            .start_line
            .map(|start| (start, target.end_line.unwrap_or(start))),
        is_optional: target.optional,
    };
    Ok(KnownQuestion {
        kind: line.kind,
        text: line.query,
        targets: line.targets.into_iter().map(target).collect(),
    })
}

impl KnownQuestion {
    /// A question without a kind is of the kind of its file.
    fn kind_or(mut self, file: &Path) -> KnownQuestion {
        if self.kind.is_empty() {
            self.kind = file
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
        }
        self
    }
}
