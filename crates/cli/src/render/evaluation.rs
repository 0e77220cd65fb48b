//! What an evaluation found, as a table and as JSON.

use app::Evaluation;
use serde_json::Value;
use server::wire;

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
        let name = wire::ranking_name(ranking.ranking);
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
    let (median, late) = evaluation.milliseconds();
    line(
        &mut out,
        format_args!("time per question: {median:.1} ms (median), {late:.1} ms (95th percentile)"),
    );
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    super::push_line(out, &text.to_string());
}

pub(crate) fn json(evaluation: &Evaluation) -> Value {
    super::json::value(&wire::Evaluation::from(evaluation))
}
