//! Files that were left out: by mishap (problems) or on purpose (skips).

use domain::{Problem, ProblemKind, Skip, SkipReason};

use crate::GenerationId;
use crate::postgres::failure::Failure;
use crate::postgres::session::Session;
use crate::postgres::{rows, texts};

pub(super) fn replace(
    session: &mut Session,
    generation: GenerationId,
    problems: &[Problem],
    skips: &[Skip],
) -> Result<(), Failure> {
    session.execute(
        "DELETE FROM mnemo.problems WHERE generation = $1",
        &[&generation.0],
    )?;
    session.execute(
        "DELETE FROM mnemo.skips WHERE generation = $1",
        &[&generation.0],
    )?;
    insert_problems(session, generation, problems)?;
    let column = |text: fn(&Skip) -> &str| -> Vec<_> {
        skips.iter().map(|skip| texts::stored(text(skip))).collect()
    };
    session.execute(
        "INSERT INTO mnemo.skips (generation, path, reason, detail)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])",
        &[
            &generation.0,
            &column(|skip| skip.path.as_str()),
            &column(|skip| skip.reason.as_str()),
            &column(|skip| &skip.detail),
        ],
    )?;
    Ok(())
}

pub(super) fn record(
    session: &mut Session,
    generation: GenerationId,
    problem: &Problem,
) -> Result<(), Failure> {
    clear(session, generation, &[&problem.path])?;
    insert_problems(session, generation, std::slice::from_ref(problem))
}

pub(super) fn clear(
    session: &mut Session,
    generation: GenerationId,
    paths: &[&str],
) -> Result<(), Failure> {
    let paths: Vec<_> = paths.iter().map(|path| texts::stored(path)).collect();
    session.execute(
        "DELETE FROM mnemo.problems WHERE generation = $1 AND path = ANY ($2)",
        &[&generation.0, &paths],
    )?;
    Ok(())
}

fn insert_problems(
    session: &mut Session,
    generation: GenerationId,
    problems: &[Problem],
) -> Result<(), Failure> {
    let column = |text: fn(&Problem) -> &str| -> Vec<_> {
        problems
            .iter()
            .map(|problem| texts::stored(text(problem)))
            .collect()
    };
    session.execute(
        "INSERT INTO mnemo.problems (generation, path, kind, cause)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])",
        &[
            &generation.0,
            &column(|problem| &problem.path),
            &column(|problem| problem.kind.as_str()),
            &column(|problem| &problem.cause),
        ],
    )?;
    Ok(())
}

pub(super) fn problems(
    session: &mut Session,
    generation: GenerationId,
) -> Result<Vec<Problem>, Failure> {
    session
        .rows(
            "SELECT path, kind, cause FROM mnemo.problems WHERE generation = $1 ORDER BY path, kind, cause",
            &[&generation.0],
        )?
        .iter()
        .map(|row| {
            Ok(Problem {
                path: rows::text(row, 0)?,
                kind: rows::word(row, 1, ProblemKind::from_word)?,
                cause: rows::text(row, 2)?,
            })
        })
        .collect()
}

pub(super) fn skips(session: &mut Session, generation: GenerationId) -> Result<Vec<Skip>, Failure> {
    session
        .rows(
            "SELECT path, reason, detail FROM mnemo.skips WHERE generation = $1 ORDER BY path, reason, detail",
            &[&generation.0],
        )?
        .iter()
        .map(|row| {
            Ok(Skip {
                path: rows::path(row, 0)?,
                reason: rows::word(row, 1, SkipReason::from_word)?,
                detail: rows::text(row, 2)?,
            })
        })
        .collect()
}
