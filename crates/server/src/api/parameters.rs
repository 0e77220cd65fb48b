//! What may stand after the `?` of an address.

use app::{
    Compared, CycleLevel, DiffOptions, Fold, Form, Mode, QuestionSource, SearchOptions, TestHits,
    Tests, WalkOptions,
};
use domain::{ChunkKind, Language};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::refusal::Refusal;

/// Hits of an answer unless asked otherwise, and at most.
const HITS: usize = 20;
const MAX_HITS: usize = 100;

/// Definitions or cycles of an answer unless asked otherwise, and at most.
const ROWS: usize = 100;
const MAX_ROWS: usize = 2000;

/// Questions of an evaluation unless asked otherwise, and at most: each is a search, and an answer has 30 seconds.
const QUESTIONS: usize = 100;
const MAX_QUESTIONS: usize = 200;

/// Hits that may be passed over: a question that needs more is another question.
const MAX_OFFSET: usize = 10_000;

/// Components of a path that make a folder, at most.
const MAX_DEPTH: usize = 32;

/// A question about a repository.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Of {
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
}

/// A search.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Searching {
    /// A question in a sentence, a name, an error message or a line of a stack trace
    #[serde(default)]
    #[param(required = true)]
    pub(crate) q: String,
    /// How `q` is meant: `question`, `word` for lines with that exact text, or `regex` for lines that match [default: question]
    pub(crate) form: Option<String>,
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
    /// Only files whose path matches this glob, or that lie in a folder which does
    pub(crate) path: Option<String>,
    /// Only files in this language
    pub(crate) language: Option<String>,
    /// Only definitions of this kind
    pub(crate) kind: Option<String>,
    /// What becomes of tests: `lower`, `without` or `only` [default: lower]
    pub(crate) tests: Option<String>,
    /// What the ranking is made of: `hybrid`, `lexical` or `semantic` [default: hybrid]
    pub(crate) mode: Option<String>,
    /// Hits at most, from 1 to 100 [default: 20]
    #[param(minimum = 0)]
    pub(crate) limit: Option<u32>,
    /// Hits left out before the first, up to 10,000
    #[param(minimum = 0)]
    pub(crate) offset: Option<u32>,
}

/// A question about a definition.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Named {
    /// `name`, `Outer.name`, `path`, `path:line` or `path#Outer.name`
    pub(crate) symbol: String,
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
}

/// A walk from a definition.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Walking {
    /// `name`, `Outer.name`, `path`, `path:line` or `path#Outer.name`
    pub(crate) symbol: String,
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
    /// How many edges to follow [default: 1 for callers and callees, all for impact]
    #[param(minimum = 0)]
    pub(crate) depth: Option<u32>,
    /// Definitions at most, from 1 to 2,000 [default: 100]
    #[param(minimum = 0)]
    pub(crate) limit: Option<u32>,
    /// What becomes of tests: `with`, `without` or `only` [default: with]
    pub(crate) tests: Option<String>,
}

/// A way from one definition to another.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Between {
    /// Where the way begins
    pub(crate) from: String,
    /// Where it ends
    pub(crate) to: String,
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
}

/// A question with many answers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Limited {
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
    /// Rows at most, from 1 to 2,000 [default: 100]
    #[param(minimum = 0)]
    pub(crate) limit: Option<u32>,
}

/// A change of the tree.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Changing {
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
    /// Revision of git to compare with, from where HEAD left it [default: HEAD]
    pub(crate) since: Option<String>,
    /// What is compared with it: `work_tree` or `staged` [default: work_tree]
    pub(crate) compared: Option<String>,
    /// How many edges to follow from a changed definition [default: all]
    #[param(minimum = 0)]
    pub(crate) depth: Option<u32>,
    /// Dependents at most, from 1 to 2,000 [default: 100]
    #[param(minimum = 0)]
    pub(crate) limit: Option<u32>,
}

/// An evaluation.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Evaluating {
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
    /// Commits whose subjects are asked, from 1 to 200 [default: 100]
    #[param(minimum = 0)]
    pub(crate) limit: Option<u32>,
}

/// What goes round in circles.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Cycling {
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
    /// Among what: `modules`, `modules_with_types` or `calls` [default: modules]
    pub(crate) level: Option<String>,
    /// Cycles at most, from 1 to 2,000 [default: 100]
    #[param(minimum = 0)]
    pub(crate) limit: Option<u32>,
}

/// What modules are.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Folding {
    /// The repository [default: the one around the folder that the server was started in, or the only one]
    pub(crate) repository: Option<String>,
    /// Components of a path that make a folder, up to 32 [default: 2]
    #[param(minimum = 0)]
    pub(crate) depth: Option<u32>,
    /// Single files instead of folders
    pub(crate) files: Option<bool>,
}

impl Searching {
    /// Returns the search that is meant.
    pub(crate) fn options(&self) -> Result<SearchOptions, Refusal> {
        let offset = self.offset.map_or(0, |offset| offset as usize);
        Ok(SearchOptions {
            form: match word(&self.form) {
                None | Some("question") => Form::Question,
                Some("word") => Form::Word,
                Some("regex") => Form::Regex,
                Some(other) => return Err(wrong("form", other, &["question", "word", "regex"])),
            },
            repositories: Vec::new(),
            limit: within(self.limit, HITS, MAX_HITS),
            offset: offset.min(MAX_OFFSET),
            mode: match word(&self.mode) {
                None | Some("hybrid") => Mode::Hybrid,
                Some("lexical") => Mode::Lexical,
                Some("semantic") => Mode::Semantic,
                Some(other) => {
                    return Err(wrong("mode", other, &["hybrid", "lexical", "semantic"]));
                }
            },
            path: word(&self.path).map(str::to_owned),
            language: match word(&self.language) {
                None => None,
                Some(text) => Some(Language::from_word(text).ok_or_else(|| {
                    let known: Vec<&str> = Language::ALL.iter().map(|one| one.as_str()).collect();
                    wrong("language", text, &known)
                })?),
            },
            kind: match word(&self.kind) {
                None => None,
                Some(text) => Some(ChunkKind::from_word(text).ok_or_else(|| {
                    let known: Vec<&str> = ChunkKind::ALL.iter().map(|one| one.as_str()).collect();
                    wrong("kind", text, &known)
                })?),
            },
            tests: match word(&self.tests) {
                None | Some("lower") => TestHits::Lower,
                Some("without") => TestHits::Without,
                Some("only") => TestHits::Only,
                Some(other) => return Err(wrong("tests", other, &["lower", "without", "only"])),
            },
        })
    }
}

impl Walking {
    /// Returns the walk that is meant, by default as deep as `depth`.
    pub(crate) fn options(&self, depth: Option<u32>) -> Result<WalkOptions, Refusal> {
        Ok(WalkOptions {
            max_depth: self.depth.or(depth),
            limit: within(self.limit, ROWS, MAX_ROWS),
            tests: match word(&self.tests) {
                None | Some("with") => Tests::With,
                Some("without") => Tests::Without,
                Some("only") => Tests::Only,
                Some(other) => return Err(wrong("tests", other, &["with", "without", "only"])),
            },
        })
    }
}

impl Changing {
    /// Returns the comparison that is meant.
    pub(crate) fn options(&self) -> Result<DiffOptions, Refusal> {
        Ok(DiffOptions {
            since: word(&self.since).map(str::to_owned),
            compared: match word(&self.compared) {
                None | Some("work_tree") => Compared::WorkTree,
                Some("staged") => Compared::Staged,
                Some(other) => return Err(wrong("compared", other, &["work_tree", "staged"])),
            },
            max_depth: self.depth.map(|depth| depth.max(1)),
            limit: within(self.limit, ROWS, MAX_ROWS),
        })
    }
}

impl Evaluating {
    /// Returns where the questions come from.
    pub(crate) fn source(&self) -> QuestionSource {
        QuestionSource::History {
            limit: within(self.limit, QUESTIONS, MAX_QUESTIONS),
        }
    }
}

impl Limited {
    pub(crate) fn limit(&self) -> usize {
        within(self.limit, ROWS, MAX_ROWS)
    }
}

impl Cycling {
    pub(crate) fn level(&self) -> Result<CycleLevel, Refusal> {
        const LEVELS: &[(&str, CycleLevel)] = &[
            ("modules", CycleLevel::Modules),
            ("modules_with_types", CycleLevel::ModulesWithTypes),
            ("calls", CycleLevel::Calls),
        ];
        let text = word(&self.level).unwrap_or("modules");
        let found = LEVELS.iter().find(|(word, _)| *word == text);
        found.map(|(_, level)| *level).ok_or_else(|| {
            let known: Vec<&str> = LEVELS.iter().map(|(word, _)| *word).collect();
            wrong("level", text, &known)
        })
    }

    pub(crate) fn limit(&self) -> usize {
        within(self.limit, ROWS, MAX_ROWS)
    }
}

impl Folding {
    pub(crate) fn fold(&self) -> Fold {
        let depth = self.depth.map_or(2, |depth| depth as usize);
        match self.files {
            Some(true) => Fold::Files,
            _ => Fold::Folders {
                depth: depth.min(MAX_DEPTH),
            },
        }
    }
}

/// A field of a form that was left empty says nothing.
fn word(text: &Option<String>) -> Option<&str> {
    text.as_deref()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

fn within(asked: Option<u32>, default: usize, most: usize) -> usize {
    asked.map_or(default, |asked| (asked as usize).clamp(1, most))
}

fn wrong(name: &str, text: &str, known: &[&str]) -> Refusal {
    Refusal::Arguments(format!(
        "wrong {name} {text:?}: give one of {}",
        known.join(", ")
    ))
}
