//! Repositories, their generations and runs.

use domain::{Profile, RepositoryName};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::StoreError;
use crate::records::{
    GenerationId, GenerationState, LatestRun, RepositorySummary, RunEnd, RunId, RunSettings,
    StartedRun,
};
use crate::sqlite::failure::Failure;
use crate::sqlite::{SqliteStore, rows, write};

/// Small enough that other writers get their turn in between.
const FILES_PER_DELETION: usize = 200;

struct Generation {
    id: i64,
    number: u64,
    is_active: bool,
    profile_hash: [u8; 32],
}

pub(super) fn begin_run(
    transaction: &Transaction<'_>,
    settings: &RunSettings,
) -> Result<StartedRun, Failure> {
    let repository: i64 = transaction.query_row(
        "INSERT INTO repositories (name, root) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET root = excluded.root RETURNING id",
        params![settings.repository.as_str(), settings.root],
        |row| row.get(0),
    )?;
    let profile_hash = *settings.profile.hash().as_bytes();
    let is_ours =
        |generation: &Generation| !settings.from_scratch && generation.profile_hash == profile_hash;
    let existing = generations(transaction, repository)?;
    for generation in existing
        .iter()
        .filter(|generation| !generation.is_active && !is_ours(generation))
    {
        transaction.execute(
            "UPDATE generations SET state = 'replaced' WHERE id = ?1",
            [generation.id],
        )?;
    }
    let (id, number) = match existing.iter().find(|generation| is_ours(generation)) {
        Some(generation) => (generation.id, generation.number),
        None => create_generation(transaction, repository, &settings.profile)?,
    };
    let continues = transaction
        .query_row(
            "SELECT NOT is_complete FROM runs WHERE generation = ?1 ORDER BY id DESC LIMIT 1",
            [id],
            |row| row.get(0),
        )
        .optional()?
        .unwrap_or(false);
    transaction.execute("INSERT INTO runs (generation) VALUES (?1)", [id])?;
    Ok(StartedRun {
        run: RunId(transaction.last_insert_rowid()),
        generation: GenerationId(id),
        number,
        continues,
    })
}

/// Returns the generations that can be continued, the active one first.
fn generations(
    transaction: &Transaction<'_>,
    repository: i64,
) -> rusqlite::Result<Vec<Generation>> {
    transaction
        .prepare(
            "SELECT id, number, state = 'active', profile_hash FROM generations
             WHERE repository = ?1 AND state <> 'replaced' ORDER BY state = 'active' DESC",
        )?
        .query_map([repository], |row| {
            Ok(Generation {
                id: row.get(0)?,
                number: row.get(1)?,
                is_active: row.get(2)?,
                profile_hash: row.get(3)?,
            })
        })?
        .collect()
}

fn create_generation(
    transaction: &Transaction<'_>,
    repository: i64,
    profile: &Profile,
) -> Result<(i64, u64), Failure> {
    let number = transaction.query_row(
        "UPDATE repositories SET last_number = last_number + 1 WHERE id = ?1 RETURNING last_number",
        [repository],
        |row| row.get(0),
    )?;
    let json =
        serde_json::to_string(profile).expect("a struct of strings and numbers always serializes");
    transaction.execute(
        "INSERT INTO generations (repository, number, state, profile_hash, profile) VALUES (?1, ?2, 'building', ?3, ?4)",
        params![repository, number, profile.hash().as_bytes(), json],
    )?;
    let id = transaction.last_insert_rowid();
    Ok((id, number))
}

pub(super) fn finish_run(
    transaction: &Transaction<'_>,
    run: RunId,
    end: &RunEnd,
) -> Result<(), Failure> {
    let (generation, repository): (i64, i64) = transaction
        .query_row(
            "UPDATE runs SET is_complete = ?2, summary = ?3 WHERE id = ?1
             RETURNING generation, (SELECT repository FROM generations WHERE id = generation AND state <> 'replaced')",
            params![run.0, end.complete, end.summary],
            |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)),
        )
        .optional()?
        .and_then(|(generation, repository)| Some((generation, repository?)))
        .ok_or(StoreError::NoRun { run: run.0 })?;
    if end.complete {
        transaction.execute(
            "UPDATE generations SET state = 'replaced' WHERE repository = ?1 AND id <> ?2",
            [repository, generation],
        )?;
        transaction.execute(
            "UPDATE generations SET state = 'active' WHERE id = ?1",
            [generation],
        )?;
    }
    Ok(())
}

pub(super) fn record_progress(
    transaction: &Transaction<'_>,
    run: RunId,
    progress: &str,
) -> Result<(), Failure> {
    transaction
        .prepare_cached("UPDATE runs SET progress = ?2 WHERE id = ?1")?
        .execute(params![run.0, progress])?;
    Ok(())
}

pub(super) fn latest_runs(connection: &Connection) -> Result<Vec<LatestRun>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT p.name, u.id, g.number, u.summary IS NOT NULL, u.progress
             FROM repositories p
             JOIN runs u ON u.id = (SELECT max(r.id) FROM runs r JOIN generations h ON h.id = r.generation
                 WHERE h.repository = p.id AND h.state <> 'replaced')
             JOIN generations g ON g.id = u.generation
             ORDER BY p.name",
    )?;
    let runs = statement.query_map([], |row| {
        let name: String = row.get(0)?;
        Ok(LatestRun {
            repository: RepositoryName::new(name).map_err(|error| rows::unreadable(0, error))?,
            run: RunId(row.get(1)?),
            generation: row.get(2)?,
            has_ended: row.get(3)?,
            progress: row.get(4)?,
        })
    })?;
    Ok(runs.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn remove_repository(
    transaction: &Transaction<'_>,
    repository: &RepositoryName,
) -> Result<bool, Failure> {
    let id: Option<i64> = transaction
        .query_row(
            "DELETE FROM repositories WHERE name = ?1 RETURNING id",
            [repository.as_str()],
            |row| row.get(0),
        )
        .optional()?;
    let Some(id) = id else { return Ok(false) };
    transaction.execute(
        "UPDATE generations SET state = 'replaced' WHERE repository = ?1",
        [id],
    )?;
    Ok(true)
}

pub(super) fn repositories(connection: &Connection) -> Result<Vec<RepositorySummary>, Failure> {
    let mut statement = connection.prepare_cached(
        "SELECT r.name, r.root, g.id, g.number, g.state, g.profile,
             coalesce((SELECT is_complete FROM runs WHERE generation = g.id ORDER BY id DESC LIMIT 1), 0),
             (SELECT number FROM generations WHERE repository = r.id AND state = 'building' AND g.state = 'active'),
             (SELECT summary FROM runs WHERE summary IS NOT NULL AND generation IN
                 (SELECT id FROM generations WHERE repository = r.id AND state <> 'replaced') ORDER BY id DESC LIMIT 1),
             (SELECT id FROM runs WHERE generation = g.id ORDER BY id DESC LIMIT 1)
         FROM repositories r JOIN generations g ON g.id = coalesce(
             (SELECT id FROM generations WHERE repository = r.id AND state = 'active'),
             (SELECT id FROM generations WHERE repository = r.id AND state = 'building'))
         ORDER BY r.name",
    )?;
    let summaries = statement
        .query_map([], summary)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(summaries)
}

fn summary(row: &Row<'_>) -> rusqlite::Result<RepositorySummary> {
    let profile: String = row.get(5)?;
    Ok(RepositorySummary {
        name: RepositoryName::new(row.get::<_, String>(0)?)
            .map_err(|error| rows::unreadable(0, error))?,
        root: row.get(1)?,
        generation: GenerationId(row.get(2)?),
        number: row.get(3)?,
        state: match row.get_ref(4)?.as_str()? {
            "active" => GenerationState::Active,
            _ => GenerationState::Building,
        },
        is_complete: row.get(6)?,
        profile: serde_json::from_str(&profile).map_err(|error| rows::unreadable(5, error))?,
        building: row.get(7)?,
        run: row.get::<_, Option<i64>>(9)?.map(RunId),
        last_run: row.get(8)?,
    })
}

impl SqliteStore {
    /// Deletes what replaced generations left, a piece a transaction.
    ///
    /// The caller's change is committed and holds already, so a failure here is not the caller's: the next run goes on with it.
    pub(super) fn delete_replaced(&mut self) {
        while let Ok(true) = self.write("deleting a replaced generation", |transaction| {
            delete_piece(transaction)
        }) {}
    }
}

/// Returns whether there was something to delete.
fn delete_piece(transaction: &Transaction<'_>) -> Result<bool, Failure> {
    let generation: Option<i64> = transaction
        .prepare_cached("SELECT id FROM generations WHERE state = 'replaced' LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let Some(generation) = generation else {
        return Ok(false);
    };
    let files: Vec<i64> = transaction
        .prepare_cached("SELECT id FROM files WHERE generation = ?1 LIMIT ?2")?
        .query_map(params![generation, FILES_PER_DELETION], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for file in &files {
        write::delete_file_rows(transaction, *file)?;
    }
    if files.len() < FILES_PER_DELETION {
        for statement in [
            "DELETE FROM problems WHERE generation = ?1",
            "DELETE FROM skips WHERE generation = ?1",
            "DELETE FROM runs WHERE generation = ?1",
            "DELETE FROM generations WHERE id = ?1",
        ] {
            transaction.execute(statement, [generation])?;
        }
    }
    Ok(true)
}
