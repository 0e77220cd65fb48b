//! Repositories, their generations and runs.

use domain::{ContentHash, Profile, RepositoryName};
use postgres::Row;

use crate::StoreError;
use crate::postgres::failure::Failure;
use crate::postgres::session::Session;
use crate::postgres::{rows, texts, write};
use crate::records::{
    GenerationId, GenerationState, LatestRun, RepositorySummary, RunEnd, RunId, RunSettings,
    StartedRun,
};

/// Small enough that a transaction stays short.
const FILES_PER_DELETION: i64 = 200;

struct Generation {
    id: i64,
    is_active: bool,
    profile_hash: ContentHash,
}

/// Begins a run, or finds the one that was begun under `token` by an attempt whose answer was lost.
pub(super) fn begin_run(
    session: &mut Session,
    settings: &RunSettings,
    token: &[u8],
) -> Result<StartedRun, Failure> {
    if let Some(begun) = begun_run(session, token)? {
        return Ok(begun);
    }
    let repository: i64 = session
        .row(
            "INSERT INTO mnemo.repositories (name, root) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET root = excluded.root RETURNING id",
            &[
                &settings.repository.as_str(),
                &texts::stored(&settings.root),
            ],
        )?
        .try_get(0)?;
    let profile_hash = settings.profile.hash();
    let is_ours =
        |generation: &Generation| !settings.from_scratch && generation.profile_hash == profile_hash;
    let existing = generations(session, repository)?;
    for generation in existing
        .iter()
        .filter(|generation| !generation.is_active && !is_ours(generation))
    {
        session.execute(
            "UPDATE mnemo.generations SET state = 'replaced' WHERE id = $1",
            &[&generation.id],
        )?;
    }
    let generation = match existing.iter().find(|generation| is_ours(generation)) {
        Some(generation) => generation.id,
        None => create_generation(session, repository, &settings.profile)?,
    };
    session.execute(
        "INSERT INTO mnemo.runs (token, generation, continues) VALUES ($1, $2,
             NOT coalesce((SELECT is_complete FROM mnemo.runs WHERE generation = $2 ORDER BY id DESC LIMIT 1), true))",
        &[&token, &generation],
    )?;
    begun_run(session, token)?.ok_or(Failure::Refused(StoreError::NoGeneration {
        generation: GenerationId(generation),
    }))
}

fn begun_run(session: &mut Session, token: &[u8]) -> Result<Option<StartedRun>, Failure> {
    let found = session.optional_row(
        "SELECT r.id, g.id, g.number, r.continues FROM mnemo.runs r JOIN mnemo.generations g ON g.id = r.generation
         WHERE r.token = $1",
        &[&token],
    )?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(StartedRun {
        run: RunId(row.try_get(0)?),
        generation: GenerationId(row.try_get(1)?),
        number: rows::number(&row, 2)?,
        continues: row.try_get(3)?,
    }))
}

/// Returns the generations that can be continued, the active one first.
fn generations(session: &mut Session, repository: i64) -> Result<Vec<Generation>, Failure> {
    session
        .rows(
            "SELECT id, state = 'active', profile_hash FROM mnemo.generations
             WHERE repository = $1 AND state <> 'replaced' ORDER BY state = 'active' DESC",
            &[&repository],
        )?
        .iter()
        .map(|row| {
            Ok(Generation {
                id: row.try_get(0)?,
                is_active: row.try_get(1)?,
                profile_hash: rows::hash(row, 2)?,
            })
        })
        .collect()
}

fn create_generation(
    session: &mut Session,
    repository: i64,
    profile: &Profile,
) -> Result<i64, Failure> {
    let json =
        serde_json::to_string(profile).expect("a struct of strings and numbers always serializes");
    let row = session.row(
        "WITH numbered AS (UPDATE mnemo.repositories SET last_number = last_number + 1 WHERE id = $1 RETURNING last_number)
         INSERT INTO mnemo.generations (repository, number, state, profile_hash, profile)
         SELECT $1, last_number, 'building', $2, $3 FROM numbered RETURNING id",
        &[
            &repository,
            &profile.hash().as_bytes().as_slice(),
            &texts::stored(&json),
        ],
    )?;
    Ok(row.try_get(0)?)
}

/// Makes the end of this transaction wait for the server's disk, even where the address says that none should. What was committed before it
/// is on the disk then, too: the server's log has one order.
pub(super) fn wait_for_disk(session: &mut Session) -> Result<(), Failure> {
    session.rows(
        "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
        &[],
    )?;
    Ok(())
}

/// Changes nothing, in a way that the server logs: a transaction without a change does not wait for the disk.
pub(super) fn touch(session: &mut Session, generation: GenerationId) -> Result<(), Failure> {
    session.execute(
        "UPDATE mnemo.generations SET state = state WHERE id = $1",
        &[&generation.0],
    )?;
    Ok(())
}

pub(super) fn finish_run(session: &mut Session, run: RunId, end: &RunEnd) -> Result<(), Failure> {
    let updated = session.optional_row(
        "UPDATE mnemo.runs SET is_complete = $2, summary = $3 WHERE id = $1
         RETURNING generation, (SELECT repository FROM mnemo.generations WHERE id = generation AND state <> 'replaced')",
        &[&run.0, &end.complete, &texts::stored(&end.summary)],
    )?;
    let no_run = || Failure::Refused(StoreError::NoRun { run: run.0 });
    let updated = updated.ok_or_else(no_run)?;
    let generation: i64 = updated.try_get(0)?;
    let repository: i64 = updated.try_get::<_, Option<i64>>(1)?.ok_or_else(no_run)?;
    if end.complete {
        session.execute(
            "UPDATE mnemo.generations SET state = 'replaced' WHERE repository = $1 AND id <> $2 AND state <> 'replaced'",
            &[&repository, &generation],
        )?;
        session.execute(
            "UPDATE mnemo.generations SET state = 'active' WHERE id = $1 AND state <> 'active'",
            &[&generation],
        )?;
    }
    Ok(())
}

pub(super) fn record_progress(
    session: &mut Session,
    run: RunId,
    progress: &str,
) -> Result<(), Failure> {
    session.execute(
        "UPDATE mnemo.runs SET progress = $2 WHERE id = $1",
        &[&run.0, &texts::stored(progress)],
    )?;
    Ok(())
}

pub(super) fn latest_runs(session: &mut Session) -> Result<Vec<LatestRun>, Failure> {
    let found = session.rows(
        "SELECT p.name, u.id, g.number, u.summary IS NOT NULL, u.progress
             FROM mnemo.repositories p
             JOIN mnemo.runs u ON u.id = (SELECT max(r.id) FROM mnemo.runs r JOIN mnemo.generations h ON h.id = r.generation
                 WHERE h.repository = p.id AND h.state <> 'replaced')
             JOIN mnemo.generations g ON g.id = u.generation
             ORDER BY p.name",
        &[],
    )?;
    let run = |row: &Row| {
        Ok(LatestRun {
            repository: RepositoryName::new(rows::text(row, 0)?).map_err(Failure::unreadable)?,
            run: RunId(row.try_get(1)?),
            generation: rows::number(row, 2)?,
            has_ended: row.try_get(3)?,
            progress: row.try_get::<_, Option<&str>>(4)?.map(texts::original),
        })
    };
    found.iter().map(run).collect()
}

pub(super) fn remove_repository(
    session: &mut Session,
    repository: &RepositoryName,
) -> Result<bool, Failure> {
    let removed = session.optional_row(
        "DELETE FROM mnemo.repositories WHERE name = $1 RETURNING id",
        &[&repository.as_str()],
    )?;
    let Some(row) = removed else { return Ok(false) };
    session.execute(
        "UPDATE mnemo.generations SET state = 'replaced' WHERE repository = $1 AND state <> 'replaced'",
        &[&row.try_get::<_, i64>(0)?],
    )?;
    Ok(true)
}

pub(super) fn repositories(session: &mut Session) -> Result<Vec<RepositorySummary>, Failure> {
    session
        .rows(
            "SELECT r.name, r.root, g.id, g.number, g.state, g.profile,
                 coalesce((SELECT is_complete FROM mnemo.runs WHERE generation = g.id ORDER BY id DESC LIMIT 1), false),
                 (SELECT number FROM mnemo.generations WHERE repository = r.id AND state = 'building' AND g.state = 'active'),
                 (SELECT summary FROM mnemo.runs WHERE summary IS NOT NULL AND generation IN
                     (SELECT id FROM mnemo.generations WHERE repository = r.id AND state <> 'replaced') ORDER BY id DESC LIMIT 1),
                 (SELECT id FROM mnemo.runs WHERE generation = g.id ORDER BY id DESC LIMIT 1)
             FROM mnemo.repositories r JOIN mnemo.generations g ON g.id = coalesce(
                 (SELECT id FROM mnemo.generations WHERE repository = r.id AND state = 'active'),
                 (SELECT id FROM mnemo.generations WHERE repository = r.id AND state = 'building'))
             ORDER BY r.name",
            &[],
        )?
        .iter()
        .map(summary)
        .collect()
}

fn summary(row: &Row) -> Result<RepositorySummary, Failure> {
    Ok(RepositorySummary {
        name: RepositoryName::new(rows::text(row, 0)?).map_err(Failure::unreadable)?,
        root: rows::text(row, 1)?,
        generation: GenerationId(row.try_get(2)?),
        number: rows::number(row, 3)?,
        state: match row.try_get(4)? {
            "active" => GenerationState::Active,
            _ => GenerationState::Building,
        },
        is_complete: row.try_get(6)?,
        profile: serde_json::from_str(&rows::text(row, 5)?).map_err(Failure::unreadable)?,
        building: rows::optional_number(row, 7)?.map(u64::from),
        run: row.try_get::<_, Option<i64>>(9)?.map(RunId),
        last_run: row.try_get::<_, Option<&str>>(8)?.map(texts::original),
    })
}

/// Deletes a piece of what replaced generations left; returns whether there was something to delete.
///
/// Another machine that does the same takes another generation.
pub(super) fn delete_piece(session: &mut Session) -> Result<bool, Failure> {
    let found = session.optional_row(
        "SELECT id FROM mnemo.generations WHERE state = 'replaced' LIMIT 1 FOR UPDATE SKIP LOCKED",
        &[],
    )?;
    let Some(row) = found else { return Ok(false) };
    let generation: i64 = row.try_get(0)?;
    let files: Vec<i64> = session
        .rows(
            "SELECT id FROM mnemo.files WHERE generation = $1 LIMIT $2",
            &[&generation, &FILES_PER_DELETION],
        )?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    write::delete_files(session, &files)?;
    if (files.len() as i64) < FILES_PER_DELETION {
        for statement in [
            "DELETE FROM mnemo.problems WHERE generation = $1",
            "DELETE FROM mnemo.skips WHERE generation = $1",
            "DELETE FROM mnemo.runs WHERE generation = $1",
            "DELETE FROM mnemo.generations WHERE id = $1",
        ] {
            session.execute(statement, &[&generation])?;
        }
    }
    Ok(true)
}

pub(super) fn require_generation(
    session: &mut Session,
    generation: GenerationId,
) -> Result<(), Failure> {
    let sql = "SELECT 1 FROM mnemo.generations WHERE id = $1 AND state <> 'replaced'";
    check_generation(session, generation, sql)
}

/// Sees to it that the generation is not replaced before the transaction ends.
pub(super) fn hold_generation(
    session: &mut Session,
    generation: GenerationId,
) -> Result<(), Failure> {
    let sql = "SELECT 1 FROM mnemo.generations WHERE id = $1 AND state <> 'replaced' FOR SHARE";
    check_generation(session, generation, sql)
}

fn check_generation(
    session: &mut Session,
    generation: GenerationId,
    sql: &str,
) -> Result<(), Failure> {
    match session.optional_row(sql, &[&generation.0])? {
        Some(_) => Ok(()),
        None => Err(StoreError::NoGeneration { generation }.into()),
    }
}
