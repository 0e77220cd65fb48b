//! Files that were left out: by mishap (problems) or on purpose (skips).

use domain::{Problem, ProblemKind, Skip, SkipReason};
use rusqlite::{Connection, Transaction, params};

use crate::GenerationId;
use crate::sqlite::failure::Failure;
use crate::sqlite::rows;

pub(super) fn replace(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    problems: &[Problem],
    skips: &[Skip],
) -> Result<(), Failure> {
    transaction.execute("DELETE FROM problems WHERE generation = ?1", [generation.0])?;
    transaction.execute("DELETE FROM skips WHERE generation = ?1", [generation.0])?;
    for problem in problems {
        insert_problem(transaction, generation, problem)?;
    }
    let mut insert = transaction.prepare_cached(
        "INSERT INTO skips (generation, path, reason, detail) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for skip in skips {
        insert.execute(params![
            generation.0,
            skip.path.as_str(),
            skip.reason.as_str(),
            skip.detail
        ])?;
    }
    Ok(())
}

pub(super) fn record(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    problem: &Problem,
) -> Result<(), Failure> {
    clear(transaction, generation, &problem.path)?;
    Ok(insert_problem(transaction, generation, problem)?)
}

pub(super) fn clear(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    path: &str,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM problems WHERE generation = ?1 AND path = ?2")?
        .execute(params![generation.0, path])?;
    Ok(())
}

fn insert_problem(
    transaction: &Transaction<'_>,
    generation: GenerationId,
    problem: &Problem,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO problems (generation, path, kind, cause) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            generation.0,
            problem.path,
            problem.kind.as_str(),
            problem.cause
        ])?;
    Ok(())
}

pub(super) fn problems(
    connection: &Connection,
    generation: GenerationId,
) -> Result<Vec<Problem>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT path, kind, cause FROM problems WHERE generation = ?1 ORDER BY path, kind, cause",
    )?;
    let problems = statement.query_map([generation.0], |row| {
        Ok(Problem {
            path: row.get(0)?,
            kind: rows::word(row, 1, ProblemKind::from_word)?,
            cause: row.get(2)?,
        })
    })?;
    Ok(problems.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn skips(
    connection: &Connection,
    generation: GenerationId,
) -> Result<Vec<Skip>, Failure> {
    let mut statement = connection
        .prepare_cached("SELECT path, reason, detail FROM skips WHERE generation = ?1 ORDER BY path, reason, detail")?;
    let skips = statement.query_map([generation.0], |row| {
        Ok(Skip {
            path: rows::path(row, 0)?,
            reason: rows::word(row, 1, SkipReason::from_word)?,
            detail: row.get(2)?,
        })
    })?;
    Ok(skips.collect::<rusqlite::Result<_>>()?)
}
