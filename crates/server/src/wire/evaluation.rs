//! How well search finds what is known to be right.

use app::{Feature, Mode, Ranking};
use serde::Serialize;
use utoipa::ToSchema;

/// How well search finds what is known to be right.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Evaluation {
    /// The repository that was asked.
    pub repository: String,
    /// How long a question took.
    pub milliseconds: Milliseconds,
    /// What made the answers poorer than they could be.
    pub remark: Option<String>,
    /// Means, by way to rank.
    pub rankings: Vec<RankingMeans>,
    /// The questions one by one.
    pub questions: Vec<QuestionScores>,
}

/// How long questions took, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Milliseconds {
    /// The median.
    pub p50: f64,
    /// The 95th percentile.
    pub p95: f64,
}

/// How well one way to rank did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RankingMeans {
    /// Its name: `full` is what `search` does.
    pub ranking: String,
    /// Means over the questions of a kind.
    pub kinds: Vec<KindMeans>,
}

/// Means over the questions of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KindMeans {
    /// The kind: `history` for subjects of commits.
    pub kind: String,
    /// How many questions are of it.
    pub questions: usize,
    /// By file.
    pub file: Scores,
    /// By definition, where answers have lines.
    pub definition: Option<Scores>,
}

/// Measures of a ranking, each from 0 to 1.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Scores {
    /// Mean of one divided by the rank of the first right hit among ten.
    pub mrr_at_10: f64,
    /// Share of the right answers in first place.
    pub recall_at_1: f64,
    /// Share among the first five.
    pub recall_at_5: f64,
    /// Share among the first ten.
    pub recall_at_10: f64,
    /// Gain discounted by rank, over the best that is possible.
    pub ndcg_at_10: f64,
}

/// How each way to rank answered one question.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QuestionScores {
    /// Its kind.
    pub kind: String,
    /// Its text.
    pub query: String,
    /// NDCG@10 by file, in the order of the rankings.
    pub file: Vec<f64>,
    /// The same by definition, where answers have lines.
    pub definition: Vec<Option<f64>>,
}

impl From<&app::Evaluation> for Evaluation {
    fn from(evaluation: &app::Evaluation) -> Evaluation {
        let (p50, p95) = evaluation.milliseconds();
        let rankings = evaluation.rankings.iter().map(|ranking| RankingMeans {
            ranking: ranking_name(ranking.ranking),
            kinds: ranking.kinds.iter().map(KindMeans::from).collect(),
        });
        let questions = evaluation.questions.iter().map(|question| {
            let scores = question.scores.iter();
            QuestionScores {
                kind: question.kind.clone(),
                query: question.text.clone(),
                file: scores.clone().map(|(file, _)| file.ndcg_at_10).collect(),
                definition: scores
                    .map(|(_, definition)| definition.map(|scores| scores.ndcg_at_10))
                    .collect(),
            }
        });
        Evaluation {
            repository: evaluation.repository.to_string(),
            milliseconds: Milliseconds { p50, p95 },
            remark: evaluation.remark.clone(),
            rankings: rankings.collect(),
            questions: questions.collect(),
        }
    }
}

impl From<&app::KindScores> for KindMeans {
    fn from(kind: &app::KindScores) -> KindMeans {
        KindMeans {
            kind: kind.kind.clone(),
            questions: kind.n_questions,
            file: Scores::from(&kind.files),
            definition: kind.definitions.as_ref().map(Scores::from),
        }
    }
}

impl From<&app::Scores> for Scores {
    fn from(scores: &app::Scores) -> Scores {
        Scores {
            mrr_at_10: scores.reciprocal_rank,
            recall_at_1: scores.recall_at_1,
            recall_at_5: scores.recall_at_5,
            recall_at_10: scores.recall_at_10,
            ndcg_at_10: scores.ndcg_at_10,
        }
    }
}

/// Returns the name of a way to rank.
pub fn ranking_name(ranking: Ranking) -> String {
    match ranking {
        Ranking::Full => "full".to_owned(),
        Ranking::Baseline => "baseline".to_owned(),
        Ranking::Mode(Mode::Hybrid) => "hybrid".to_owned(),
        Ranking::Mode(Mode::Lexical) => "lexical".to_owned(),
        Ranking::Mode(Mode::Semantic) => "semantic".to_owned(),
        Ranking::Without(feature) => {
            let known = Feature::ALL.iter().find(|(known, _)| *known == feature);
            format!("without {}", known.map_or("", |(_, word)| word))
        }
    }
}
