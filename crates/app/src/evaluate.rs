//! `eval`: how well search finds what is known to be right.

mod history;
mod questions;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use domain::RepositoryName;
use search::evaluation::{Found, Scores, by_definition, by_file, p_value};
use search::{Feature, Mode, TestHits, Weights};
use workers::{StopHandle, StopLevel};

pub use questions::{Expected, KnownQuestion};

use crate::error::AppError;
use crate::search::{Form, SearchOptions, query, source};
use crate::snapshot::{Reader, Snapshot};

/// Chunks asked for by question: enough for ten files.
const HITS: usize = 50;

/// Where questions come from.
#[derive(Clone, Debug)]
pub enum QuestionSource {
    /// Subjects of the latest commits, as far as there are so many; the answer is the files that a commit changed.
    History {
        /// Questions at most.
        limit: usize,
    },
    /// Files of JSON Lines.
    Files(Vec<PathBuf>),
}

/// A way to rank, to be compared with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranking {
    /// As `search` ranks.
    Full,
    /// Without one feature.
    Without(Feature),
    /// BM25 over functions and vectors of code, fused by reciprocal ranks.
    Baseline,
    /// One kind of evidence alone, as `search --mode` does.
    Mode(Mode),
}

/// How well one ranking did.
#[derive(Clone, Debug)]
pub struct RankingScores {
    /// Which one.
    pub ranking: Ranking,
    /// By kind of question, in order of first appearance.
    pub kinds: Vec<KindScores>,
    /// Against the first ranking; nothing for the first itself.
    pub difference: Option<PairedDifference>,
}

/// Means over the questions of one kind.
#[derive(Clone, Debug)]
pub struct KindScores {
    /// What the questions call it.
    pub kind: String,
    /// Number of questions.
    pub n_questions: usize,
    /// An answer is right if it is of the right file.
    pub files: Scores,
    /// An answer is right if it is on the right lines; nothing where no question has lines.
    pub definitions: Option<Scores>,
}

/// A difference in NDCG@10 over all questions, with what chance could do.
#[derive(Clone, Copy, Debug)]
pub struct PairedDifference {
    /// Mean by file, this less the first.
    pub files: f64,
    /// Its p-value.
    pub files_p: f64,
    /// Mean by definition, this less the first.
    pub definitions: f64,
    /// Its p-value.
    pub definitions_p: f64,
}

/// What an evaluation found.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The repository asked.
    pub repository: RepositoryName,
    /// Something that made the answers poorer than they could be.
    pub remark: Option<String>,
    /// In the order asked for.
    pub rankings: Vec<RankingScores>,
    /// NDCG@10 of each question by file and by definition, under the first ranking and each other, for tests over several runs.
    pub questions: Vec<QuestionScores>,
}

/// How well every ranking answered one question.
#[derive(Clone, Debug)]
pub struct QuestionScores {
    /// The kind that it is counted under.
    pub kind: String,
    /// As it was asked.
    pub text: String,
    /// How long the first ranking took.
    pub elapsed: Duration,
    /// By ranking: by file, and by definition where its answer has lines.
    pub scores: Vec<(Scores, Option<Scores>)>,
}

impl Evaluation {
    /// Returns how long a question took, in milliseconds: the median and the 95th percentile.
    pub fn milliseconds(&self) -> (f64, f64) {
        let questions = self.questions.iter();
        let mut times: Vec<f64> = questions
            .map(|question| question.elapsed.as_secs_f64() * 1000.0)
            .collect();
        times.sort_by(f64::total_cmp);
        let at = |percent: usize| times.get(times.len() * percent / 100).copied();
        (at(50).unwrap_or_default(), at(95).unwrap_or_default())
    }
}

impl Reader<'_> {
    /// Asks every question under every ranking and scores the answers, unless `stop` or whoever may cancel the reader wants an end before.
    pub fn evaluate(
        &mut self,
        repository: Option<&str>,
        from: &QuestionSource,
        rankings: &[Ranking],
        stop: &StopHandle,
    ) -> Result<Evaluation, AppError> {
        let here = self.project.directory.as_deref();
        let (name, known, remark) = self.ask(repository, |snapshot| {
            let known = match from {
                QuestionSource::Files(files) => questions::read(files)?,
                QuestionSource::History { limit } => {
                    let asker = history::Asker { here, stop };
                    history::questions(&snapshot.code_files()?, snapshot.root(), *limit, asker)?
                }
            };
            let remark = snapshot.load_own_model()?;
            Ok((snapshot.repository.name.clone(), known, remark))
        })?;
        let mut questions = Vec::new();
        for question in &known {
            if stop.level() != StopLevel::Run {
                return Err(AppError::Interrupted);
            }
            // A state for each, since one for all would be kept for minutes; all rankings of a question are of one.
            let scored = self.ask(Some(name.as_str()), |snapshot| {
                snapshot.load_own_model()?;
                snapshot.score_all(question, rankings)
            });
            questions.push(scored?);
        }
        let scores = rankings.iter().enumerate();
        let scores = scores.map(|(place, &ranking)| RankingScores {
            ranking,
            kinds: by_kind(&questions, place),
            difference: (place > 0).then(|| difference(&questions, place)),
        });
        Ok(Evaluation {
            repository: name,
            remark,
            rankings: scores.collect(),
            questions,
        })
    }
}

impl Snapshot<'_> {
    /// Loads the model of the repository; returns why words alone must do.
    fn load_own_model(&mut self) -> Result<Option<String>, AppError> {
        let own = [self.repository.clone()];
        self.load_model(&own, Mode::Hybrid)
    }

    fn score_all(
        &mut self,
        question: &KnownQuestion,
        rankings: &[Ranking],
    ) -> Result<QuestionScores, AppError> {
        let mut elapsed = None;
        let mut scores = Vec::new();
        for ranking in rankings {
            let start = Instant::now();
            scores.push(self.score(question, *ranking)?);
            elapsed.get_or_insert(start.elapsed());
        }
        Ok(QuestionScores {
            kind: question.kind.clone(),
            text: question.text.clone(),
            elapsed: elapsed.unwrap_or_default(),
            scores,
        })
    }

    fn score(
        &mut self,
        question: &KnownQuestion,
        ranking: Ranking,
    ) -> Result<(Scores, Option<Scores>), AppError> {
        let weights = match ranking {
            Ranking::Without(feature) => Weights::default().without(feature),
            _ => Weights::default(),
        };
        let mode = match ranking {
            Ranking::Mode(mode) => mode,
            _ => Mode::Hybrid,
        };
        let options = SearchOptions {
            form: Form::Question,
            repositories: Vec::new(),
            limit: HITS,
            offset: 0,
            mode,
            path: None,
            language: None,
            kind: None,
            tests: TestHits::Lower,
        };
        let query = query(&question.text, &options, weights)?;
        let source = source(&self.repository);
        let page = match ranking {
            Ranking::Baseline => self.baseline_page(&source, &query)?,
            _ => self.page(&[source], &query)?,
        };
        let found = page.hits.into_iter().map(|hit| Found {
            path: hit.path.to_string(),
            start_line: hit.start_line,
            end_line: hit.end_line,
        });
        let found: Vec<Found> = found.collect();
        Ok((
            by_file(&found, &question.targets),
            by_definition(&found, &question.targets),
        ))
    }
}

fn by_kind(questions: &[QuestionScores], place: usize) -> Vec<KindScores> {
    let mut kinds: Vec<&str> = Vec::new();
    for question in questions {
        if !kinds.contains(&question.kind.as_str()) {
            kinds.push(&question.kind);
        }
    }
    let scores_of = |kind: &str| {
        let of_kind = questions.iter().filter(|question| question.kind == kind);
        let scores: Vec<_> = of_kind.map(|question| question.scores[place]).collect();
        let files: Vec<Scores> = scores.iter().map(|(files, _)| *files).collect();
        let definitions: Vec<Scores> = scores
            .iter()
            .filter_map(|(_, definitions)| *definitions)
            .collect();
        KindScores {
            kind: kind.to_owned(),
            n_questions: files.len(),
            files: Scores::mean(&files),
            definitions: (!definitions.is_empty()).then(|| Scores::mean(&definitions)),
        }
    };
    kinds.into_iter().map(scores_of).collect()
}

fn difference(questions: &[QuestionScores], place: usize) -> PairedDifference {
    let files: Vec<(f64, f64)> = questions
        .iter()
        .map(|question| {
            (
                question.scores[place].0.ndcg_at_10,
                question.scores[0].0.ndcg_at_10,
            )
        })
        .collect();
    let definitions: Vec<(f64, f64)> = questions
        .iter()
        .filter_map(|question| {
            Some((
                question.scores[place].1?.ndcg_at_10,
                question.scores[0].1?.ndcg_at_10,
            ))
        })
        .collect();
    let mean = |pairs: &[(f64, f64)]| {
        pairs.iter().map(|(a, b)| a - b).sum::<f64>() / pairs.len().max(1) as f64
    };
    PairedDifference {
        files: mean(&files),
        files_p: p_value(&files),
        definitions: mean(&definitions),
        definitions_p: p_value(&definitions),
    }
}
