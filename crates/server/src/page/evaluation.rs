//! How well search finds what the repository's own commits changed.

use app::{Evaluation, Mode, QuestionScores, Ranking, StopHandle};
use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Frame, View};
use super::{count, framed, shown};
use crate::api::Evaluating;
use crate::query_service::QueryService;
use crate::serve::{Params, Shared};
use crate::wire;

/// Questions listed, the worst answered first.
const MAX_QUESTIONS: usize = 60;

/// What is compared: all evidence together, then each kind alone.
const RANKINGS: [Ranking; 3] = [
    Ranking::Full,
    Ranking::Mode(Mode::Lexical),
    Ranking::Mode(Mode::Semantic),
];

/// The address alone asks nothing: an evaluation is many searches.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    repository: Option<String>,
    limit: Option<u32>,
    run: Option<String>,
}

pub(super) async fn page(State(service): Shared, Params(asked): Params<Asked>) -> Response {
    let evaluating = Evaluating {
        repository: asked.repository.clone(),
        limit: asked.limit,
    };
    let body = move |queries: &mut QueryService<'_>, frame: &mut Frame| {
        let form = form(frame);
        if asked.run.is_none() {
            return Ok(form);
        }
        let (repository, from) = (frame.repository.as_deref(), evaluating.source());
        let evaluation =
            queries
                .reader()?
                .evaluate(repository, &from, &RANKINGS, &StopHandle::new())?;
        Ok(html! { (form) (means(&evaluation)) (questions(frame, &evaluation)) })
    };
    framed(&service, View::Evaluation, asked.repository, body).await
}

fn form(frame: &Frame) -> Markup {
    html! {
        h1 { "How well does search find things here?" }
        p .quiet {
            "The subjects of the latest commits become questions; the files that each commit changed are the right answers. "
            "Nothing leaves this machine."
        }
        form .filters action="/evaluation" {
            @if let Some(repository) = &frame.repository { input type="hidden" name="repository" value=(repository); }
            label { "Commits" select name="limit" { @for n in [50, 100, 200] { option value=(n) selected[n == 100] { (n) } } } }
            button type="submit" name="run" value="1" { "Evaluate" }
        }
    }
}

fn means(evaluation: &Evaluation) -> Markup {
    let score = |value: f64| format!("{value:.3}");
    let (median, late) = evaluation.milliseconds();
    html! {
        @if let Some(remark) = &evaluation.remark { p .remark { (shown(remark)) } }
        div .scrolls tabindex="0" role="region" aria-label="Means of all questions" {
            table {
                thead { tr {
                    th { "Ranking" } th .number { "Questions" } th .number { "First is right" } th .number { "Found in five" }
                    th .number { "Found in ten" } th .number { "MRR@10" } th .number { "NDCG@10" }
                } }
                tbody {
                    @for ranking in &evaluation.rankings { @for kind in &ranking.kinds {
                        tr {
                            th scope="row" { (words(ranking.ranking)) }
                            td .number { (count(kind.n_questions as u64)) }
                            @for value in [kind.files.recall_at_1, kind.files.recall_at_5, kind.files.recall_at_10, kind.files.reciprocal_rank, kind.files.ndcg_at_10] {
                                td .number { (score(value)) }
                            }
                        }
                    } }
                }
            }
        }
        p .quiet { "A question took " (format!("{median:.0}")) " ms (median) to " (format!("{late:.0}")) " ms (95th percentile)." }
    }
}

/// Says what a ranking is made of.
fn words(ranking: Ranking) -> String {
    match ranking {
        Ranking::Full => "as search ranks".to_owned(),
        Ranking::Mode(Mode::Lexical) => "words alone".to_owned(),
        Ranking::Mode(Mode::Semantic) => "vectors alone".to_owned(),
        other => wire::ranking_name(other),
    }
}

fn questions(frame: &Frame, evaluation: &Evaluation) -> Markup {
    let score = |question: &QuestionScores| {
        question
            .scores
            .first()
            .map_or(0.0, |(file, _)| file.ndcg_at_10)
    };
    let mut worst: Vec<&QuestionScores> = evaluation.questions.iter().collect();
    worst.sort_by(|a, b| score(a).total_cmp(&score(b)));
    html! {
        h2 .apart { "Questions, the worst answered first" }
        div .scrolls tabindex="0" role="region" aria-label="Questions" {
            table {
                thead { tr { th { "Subject of the commit" } th .number { "NDCG@10" } } }
                tbody {
                    @for question in worst.iter().take(MAX_QUESTIONS) {
                        tr {
                            td { a href=[frame.to("/search", &[("q", Some(&question.text))])] { (shown(&question.text)) } }
                            td .number { (format!("{:.2}", score(question))) }
                        }
                    }
                }
            }
        }
    }
}
