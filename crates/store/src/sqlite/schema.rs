//! Versions of the schema: forward only, counted in the database's `user_version`.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::StoreError;
use crate::sqlite::failure::Failure;
use crate::sqlite::{lock, packs, trust};

/// Marks our databases: "mnem" in ASCII.
pub(super) const APPLICATION_ID: u32 = 0x6d6e_656d;

/// Version n is what the first n of these make. Add to them; never change one that was released.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/sqlite/0001_initial.sql"),
    include_str!("../../migrations/sqlite/0002_graph.sql"),
    include_str!("../../migrations/sqlite/0003_words.sql"),
    include_str!("../../migrations/sqlite/0004_front_end.sql"),
    include_str!("../../migrations/sqlite/0005_uses.sql"),
    include_str!("../../migrations/sqlite/0006_shared.sql"),
    include_str!("../../migrations/sqlite/0007_progress.sql"),
    include_str!("../../migrations/sqlite/0008_generated.sql"),
    include_str!("../../migrations/sqlite/0009_edges.sql"),
];

/// The last version with a full-text table for each generation.
const LAST_FULL_TEXT: u32 = 2;

/// The version that this program reads and writes.
pub(super) const VERSION: u32 = MIGRATIONS.len() as u32;

/// A migration of a large database may take long; whoever waits longer had better say so.
const MIGRATION_PATIENCE: Duration = Duration::from_secs(600);

/// Returns the database's version, 0 for an empty one; refuses what is not ours, has other tables than ours, or is newer.
pub(super) fn version(connection: &mut Connection, path: &Path) -> Result<u32, StoreError> {
    let read = |connection: &Connection| {
        // Of one state: another process may be making the schema.
        let transaction = connection.unchecked_transaction()?;
        let application_id: i32 =
            connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let objects = trust::objects(connection)?;
        transaction.commit()?;
        Ok((application_id.cast_unsigned(), version, objects))
    };
    let (application_id, found, objects) = match trust::bounded(connection, read) {
        Ok(answer) => answer,
        Err(error) => return Err(unreadable(error, path)),
    };
    let is_new = application_id == 0 && found == 0 && objects.is_empty();
    let path_of = || path.to_owned();
    if !is_new && application_id != APPLICATION_ID {
        return Err(StoreError::ForeignDatabase {
            path: path_of(),
            application_id,
        });
    }
    if found > VERSION {
        return Err(StoreError::NewerSchema {
            path: path_of(),
            found,
            supported: VERSION,
        });
    }
    trust::require_made_by(&MIGRATIONS[..found as usize], &objects, path)?;
    Ok(found)
}

/// Says why a schema cannot be read.
fn unreadable(error: rusqlite::Error, path: &Path) -> StoreError {
    let untrusted = |reason: &str| StoreError::Untrusted {
        database: path.display().to_string(),
        reason: reason.to_owned(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase {
            path: path.to_owned(),
        },
        Some(ErrorCode::OperationInterrupted) => {
            untrusted("it has more tables than mnemo would make")
        }
        Some(ErrorCode::TooBig) => untrusted("its schema is longer than any that mnemo makes"),
        _ => Failure::from(error).into_error("reading the schema's version", path),
    }
}

/// Brings the database to [`VERSION`] and into write-ahead-log mode.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if version(connection, path)? == VERSION {
        return Ok(());
    }
    // SQLite's own locks do not make processes wait that change the journal mode at once.
    let _lock =
        lock::lock(path, "schema", MIGRATION_PATIENCE)?.map_err(|_holder| StoreError::Busy {
            operation: "waiting for another process to migrate the database",
        })?;
    let found = version(connection, path)?;
    if found == 0 {
        packs::forget(path);
    }
    apply(connection, found)
        .map_err(|error| Failure::from(error).into_error("migrating the database", path))
}

fn apply(connection: &mut Connection, found: u32) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "wal")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in &MIGRATIONS[found as usize..] {
        transaction.execute_batch(migration)?;
    }
    if found <= LAST_FULL_TEXT {
        drop_full_text(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID.cast_signed())?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

fn drop_full_text(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let tables = transaction
        .prepare(
            "SELECT name FROM sqlite_schema WHERE name GLOB 'words_*' AND sql LIKE 'CREATE VIRTUAL TABLE%'",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    for table in tables {
        transaction.execute(&format!("DROP TABLE {table}"), [])?;
    }
    Ok(())
}
