//! Hits, with what each score is made of.

use app::{Answer, AnswerHit};
use serde::Serialize;
use utoipa::ToSchema;

use super::Coverage;

/// Hits and what they were taken from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// The question.
    pub query: String,
    /// The first repository searched.
    pub repository: String,
    /// Number of its generation that answered.
    pub generation: u64,
    /// Whether every repository is covered as its last run saw it.
    pub complete: bool,
    /// Files covered, of all repositories.
    pub files: u64,
    /// Files that could not be indexed, of all repositories.
    pub failed_files: u64,
    /// What was searched, one entry per repository.
    pub repositories: Vec<Coverage>,
    /// Something that made the answer poorer than it could be.
    pub remark: Option<String>,
    /// Lines that match, where lines were looked for.
    pub matched_lines: Option<u64>,
    /// Files that have them.
    pub matched_files: Option<u64>,
    /// Whether there are more hits after these.
    pub has_more: bool,
    /// Best first.
    pub results: Vec<Hit>,
}

/// One hit of a search.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Hit {
    /// Name of the repository that it is from.
    pub repository: String,
    /// Its path within the repository.
    pub file: String,
    /// First line, from 1.
    pub start_line: u32,
    /// Last line.
    pub end_line: u32,
    /// What the hit stands for.
    pub kind: &'static str,
    /// Its name; empty where there is none.
    pub name: String,
    /// Names of the enclosing definitions and its own.
    pub qualified_name: String,
    /// The file's language.
    pub language: &'static str,
    /// Larger is better; comparable within one answer only.
    pub score: f64,
    /// Whether the file has changed since it was indexed, so that lines may have moved.
    pub stale: bool,
    /// What the score is made of.
    pub reasons: Reasons,
    /// Its source.
    pub snippet: String,
    /// Numbers of the lines that say something of the question, or match.
    pub matching_lines: Vec<u32>,
}

/// What a score is made of: `(words + code + text) × factors + extras`.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Reasons {
    /// What the words of the question give.
    pub words: f64,
    /// What the likeness of question and code gives.
    pub code: f64,
    /// What the likeness of question and names, signature and doc comment gives.
    pub text: f64,
    /// Factor for the part of the name that the question says.
    pub name: f64,
    /// Factor for what the hit stands for.
    pub kind: f64,
    /// Factor for a test that was not asked for.
    pub test: f64,
    /// Factor for how many definitions depend on it.
    pub dependents: f64,
    /// What being the definition of a name in the question gives.
    pub named: f64,
    /// What holding a phrase or a place of the question gives.
    pub exact: f64,
}

impl SearchAnswer {
    /// Returns the answer to a question. The first repository's coverage stands at the top, where answers of one repository have always had it.
    pub fn new(query: &str, answer: &Answer) -> SearchAnswer {
        let first = &answer.coverages[0];
        let coverages = answer.coverages.iter();
        SearchAnswer {
            query: query.to_owned(),
            repository: first.repository.to_string(),
            generation: first.generation,
            complete: answer.is_complete(),
            files: coverages.clone().map(|coverage| coverage.n_files).sum(),
            failed_files: coverages.clone().map(|coverage| coverage.n_failed).sum(),
            repositories: coverages.map(Coverage::from).collect(),
            remark: answer.remark.clone(),
            matched_lines: answer.matched.as_ref().map(|matched| matched.n_lines),
            matched_files: answer.matched.as_ref().map(|matched| matched.n_files),
            has_more: answer.has_more,
            results: answer.hits.iter().map(Hit::from).collect(),
        }
    }
}

impl From<&AnswerHit> for Hit {
    fn from(found: &AnswerHit) -> Hit {
        let hit = &found.hit;
        Hit {
            repository: hit.repository.to_string(),
            file: hit.path.to_string(),
            start_line: hit.start_line,
            end_line: hit.end_line,
            kind: hit.kind.as_str(),
            name: hit.name.clone(),
            qualified_name: hit.qualified_name.clone(),
            language: hit.language.as_str(),
            score: hit.score,
            stale: found.is_stale,
            reasons: Reasons::from(&hit.reasons),
            snippet: hit.source.clone(),
            matching_lines: found.snippet(usize::from(u16::MAX)).matching,
        }
    }
}

impl From<&domain::Reasons> for Reasons {
    fn from(reasons: &domain::Reasons) -> Reasons {
        Reasons {
            words: reasons.words,
            code: reasons.code,
            text: reasons.text,
            name: reasons.name,
            kind: reasons.kind,
            test: reasons.test,
            dependents: reasons.dependents,
            named: reasons.named,
            exact: reasons.exact,
        }
    }
}
