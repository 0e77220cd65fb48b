//! `eval`.

use std::sync::Arc;

use app::{Feature, Mode, QuestionSource, Ranking, StopHandle};

use super::index::stop_on_signals;
use super::project_here;
use crate::args::{EvalArgs, GlobalArgs};
use crate::exit::Status;
use crate::render::{self, progress::Progress};

pub(super) fn eval(args: &EvalArgs, global: &GlobalArgs) -> anyhow::Result<Status> {
    let mut overrides = global.overrides();
    args.embedding.apply(&mut overrides);
    let from = match args.questions.is_empty() {
        true => QuestionSource::History { limit: args.limit },
        false => QuestionSource::Files(args.questions.clone()),
    };
    // First, as differences are against the first.
    let mut rankings = vec![Ranking::Full];
    if args.ablation {
        rankings.push(Ranking::Baseline);
        rankings.extend([Mode::Lexical, Mode::Semantic].map(Ranking::Mode));
        let features = Feature::ALL.iter();
        rankings.extend(features.map(|(feature, _)| Ranking::Without(*feature)));
    }
    let project = project_here(&overrides, global)?;
    let stop = StopHandle::new();
    stop_on_signals(&stop, &Arc::new(Progress::new(global)))?;
    let repository = args.repository.as_deref();
    let evaluation = project
        .reader()?
        .evaluate(repository, &from, &rankings, &stop)?;
    if global.json {
        println!(
            "{}",
            render::json_text(&render::evaluation::json(&evaluation))
        );
        return Ok(Status::Done);
    }
    print!("{}", render::evaluation::table(&evaluation));
    if let Some(remark) = &evaluation.remark {
        eprintln!("note: {}", domain::shown_in_line(remark));
    }
    Ok(Status::Done)
}
