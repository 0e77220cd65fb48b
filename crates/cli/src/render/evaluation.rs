//! What an evaluation found, as a table and as JSON.

use app::{Evaluation, Feature, Mode, Ranking, Scores};
use serde_json::{Value, json};

/// Returns a table: a line for each ranking, kind of question and level.
pub(crate) fn table(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    line(
        &mut out,
        format_args!(
            "{}: {} questions",
            evaluation.repository,
            evaluation.questions.len()
        ),
    );
    line(
        &mut out,
        format_args!(
            "{:<20}{:<14}{:<12}{:>5}{:>9}{:>8}{:>8}{:>8}{:>9}",
            "ranking", "kind", "level", "n", "MRR@10", "R@1", "R@5", "R@10", "NDCG@10"
        ),
    );
    for ranking in &evaluation.rankings {
        let name = name(ranking.ranking);
        for kind in &ranking.kinds {
            let levels = [("file", Some(kind.files)), ("definition", kind.definitions)];
            for (level, scores) in levels
                .into_iter()
                .filter_map(|(level, scores)| Some((level, scores?)))
            {
                line(
                    &mut out,
                    format_args!(
                        "{name:<20}{:<14}{level:<12}{:>5}{:>9.4}{:>8.4}{:>8.4}{:>8.4}{:>9.4}",
                        kind.kind,
                        kind.n_questions,
                        scores.reciprocal_rank,
                        scores.recall_at_1,
                        scores.recall_at_5,
                        scores.recall_at_10,
                        scores.ndcg_at_10
                    ),
                );
            }
        }
        if let Some(difference) = ranking.difference {
            line(
                &mut out,
                format_args!(
                    "{name:<20}NDCG@10 against the first: file {:+.4} (p {:.3}), definition {:+.4} (p {:.3})",
                    difference.files,
                    difference.files_p,
                    difference.definitions,
                    difference.definitions_p
                ),
            );
        }
    }
    let (median, late) = times(evaluation);
    line(
        &mut out,
        format_args!("time per question: {median:.1} ms (median), {late:.1} ms (95th percentile)"),
    );
    out
}

/// Says how long a question took: the median and the 95th of a hundred.
fn times(evaluation: &Evaluation) -> (f64, f64) {
    let questions = evaluation.questions.iter();
    let mut times: Vec<f64> = questions
        .map(|question| question.elapsed.as_secs_f64() * 1000.0)
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        times
            .get(times.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    };
    (at(50), at(95))
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    super::push_line(out, &text.to_string());
}

pub(crate) fn json(evaluation: &Evaluation) -> Value {
    let rankings = evaluation.rankings.iter().map(|ranking| {
        let kinds = ranking.kinds.iter().map(|kind| {
            json!({
                "kind": kind.kind,
                "questions": kind.n_questions,
                "file": scores(&kind.files),
                "definition": kind.definitions.as_ref().map(scores),
            })
        });
        json!({ "ranking": name(ranking.ranking), "kinds": kinds.collect::<Vec<_>>() })
    });
    let questions = evaluation.questions.iter().map(|question| {
        // A score for each ranking, in their order.
        let file: Vec<f64> = question.scores.iter().map(|(file, _)| file.ndcg_at_10).collect();
        let definition: Vec<Option<f64>> =
            question.scores.iter().map(|(_, definition)| definition.map(|scores| scores.ndcg_at_10)).collect();
        json!({ "kind": question.kind, "query": question.text, "file": file, "definition": definition })
    });
    let (median, late) = times(evaluation);
    json!({
        "milliseconds": { "p50": median, "p95": late },
        "repository": evaluation.repository,
        "remark": evaluation.remark,
        "rankings": rankings.collect::<Vec<_>>(),
        "questions": questions.collect::<Vec<_>>(),
    })
}

fn scores(scores: &Scores) -> Value {
    json!({
        "mrr_at_10": scores.reciprocal_rank,
        "recall_at_1": scores.recall_at_1,
        "recall_at_5": scores.recall_at_5,
        "recall_at_10": scores.recall_at_10,
        "ndcg_at_10": scores.ndcg_at_10,
    })
}

fn name(ranking: Ranking) -> String {
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
