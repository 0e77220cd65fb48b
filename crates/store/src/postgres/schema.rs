//! Versions of the schema: forward only, a row each in `mnemo.migrations`.

use std::path::PathBuf;

use postgres::error::SqlState;

use crate::StoreError;
use crate::postgres::address::PostgresAddress;
use crate::postgres::failure::Failure;
use crate::postgres::session::trust::Survey;
use crate::postgres::session::{Access, Session};

/// Version n is what the first n of these make. Add to them; never change what one makes that was released. Every name has its schema;
/// `@extension@` stands for that of the extension for vectors.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_initial.sql"),
    include_str!("../../migrations/postgres/0002_front_end.sql"),
    include_str!("../../migrations/postgres/0003_uses.sql"),
    include_str!("../../migrations/postgres/0004_shared.sql"),
    include_str!("../../migrations/postgres/0005_progress.sql"),
    include_str!("../../migrations/postgres/0006_generated.sql"),
    include_str!("../../migrations/postgres/0007_edges.sql"),
];

/// The version that this program reads and writes.
const VERSION: u32 = MIGRATIONS.len() as u32;

/// Key of the lock under which migrations happen: "mnemo" in ASCII.
const MIGRATION_LOCK: i64 = 0x6d_6e65_6d6f;

/// Fails unless the schema is the one that this program reads.
pub(super) fn require_current(
    session: &mut Session,
    address: &PostgresAddress,
    survey: &Survey,
) -> Result<(), Failure> {
    let path = PathBuf::from(address.to_string());
    match version(session, address, survey)? {
        VERSION => Ok(()),
        0 => Err(StoreError::NotFound { path }.into()),
        found => Err(StoreError::OlderSchema {
            path,
            found,
            supported: VERSION,
        }
        .into()),
    }
}

/// Brings the schema to the version that this program writes, safely against others that do the same.
pub(super) fn migrate(
    session: &mut Session,
    address: &PostgresAddress,
    survey: &Survey,
) -> Result<(), Failure> {
    if version(session, address, survey)? == VERSION {
        return Ok(());
    }
    session.batch("BEGIN")?;
    let migrated = migrate_in_transaction(session, address);
    match &migrated {
        Ok(()) => session.batch("COMMIT")?,
        Err(_) => session.batch("ROLLBACK")?,
    }
    migrated
}

fn migrate_in_transaction(session: &mut Session, address: &PostgresAddress) -> Result<(), Failure> {
    session.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATION_LOCK])?;
    require_unicode(session, address)?;
    require_vectors(session, address)?;
    // As things stand now that nobody else changes them.
    let survey = session.enter(address, Access::Write)?;
    let found = version(session, address, &survey)?;
    match &survey.owner {
        None => session.batch("CREATE SCHEMA mnemo")?,
        Some(owner) => act_as(session, owner)?,
    }
    if !survey.has_tables {
        session.batch(
            "CREATE TABLE mnemo.migrations (version bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
        )?;
    }
    for (version, migration) in (1..).zip(MIGRATIONS).skip(found as usize) {
        session.batch(&migration.replace("@extension@", session.extension()?))?;
        session.batch(&format!(
            "INSERT INTO mnemo.migrations (version) VALUES ({version})"
        ))?;
    }
    Ok(())
}

/// Sees to it that what is made belongs to whom the schema does, and not to whoever of the owner's members came first.
fn act_as(session: &mut Session, owner: &str) -> Result<(), Failure> {
    let row = session.row("SELECT pg_has_role($1::text::name, 'MEMBER')", &[&owner])?;
    match row.try_get(0)? {
        true => session.batch(&format!(
            "SET LOCAL ROLE \"{}\"",
            owner.replace('"', "\"\"")
        )),
        false => Ok(()),
    }
}

/// Returns the schema's version, 0 where there is none; refuses a newer one.
fn version(
    session: &mut Session,
    address: &PostgresAddress,
    survey: &Survey,
) -> Result<u32, Failure> {
    if !survey.has_tables {
        return Ok(0);
    }
    let found: i64 = session
        .row(
            "SELECT coalesce(max(version), 0) FROM mnemo.migrations",
            &[],
        )?
        .try_get(0)?;
    let found = u32::try_from(found).unwrap_or(u32::MAX);
    match found > VERSION {
        true => Err(StoreError::NewerSchema {
            path: PathBuf::from(address.to_string()),
            found,
            supported: VERSION,
        }
        .into()),
        false => Ok(found),
    }
}

fn require_unicode(session: &mut Session, address: &PostgresAddress) -> Result<(), Failure> {
    let encoding: String = session
        .row("SELECT current_setting('server_encoding')", &[])?
        .try_get(0)?;
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => Err(StoreError::Refused {
            database: address.to_string(),
            reason: format!("its encoding is {encoding}, but has to be UTF8"),
        }
        .into()),
    }
}

/// Makes the extension where it is missing, and sees to it that it knows half-precision vectors.
fn require_vectors(session: &mut Session, address: &PostgresAddress) -> Result<(), Failure> {
    let missing = |reason: String| StoreError::MissingExtension {
        database: address.to_string(),
        reason,
    };
    if let Err(failure) = session.batch("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public") {
        return Err(match failure {
            Failure::Server(error) if speaks_of_the_extension(&error) => missing(
                error
                    .as_db_error()
                    .map_or_else(String::new, |said| said.message().to_owned()),
            )
            .into(),
            other => other,
        });
    }
    let version: String = session
        .row(
            "SELECT extversion FROM pg_extension WHERE extname = 'vector'",
            &[],
        )?
        .try_get(0)?;
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let found: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match found >= OLDEST_PGVECTOR {
        true => Ok(()),
        false => Err(missing(format!(
            "its version is {version}, but 0.8 is the oldest that will do"
        ))
        .into()),
    }
}

/// The first pgvector with half-precision vectors and filtered index scans that go on until they have found enough.
const OLDEST_PGVECTOR: (u32, u32) = (0, 8);

fn speaks_of_the_extension(error: &postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        [
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::FEATURE_NOT_SUPPORTED,
            SqlState::UNDEFINED_FILE,
        ]
        .contains(code)
    })
}
