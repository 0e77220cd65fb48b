//! A database may be one that another made, with our mark on it: a view in place of a table, which works without end when it is read, a trigger,
//! which writes what nobody asked for, or a column that is computed. So nothing is asked of its tables before its schema is exactly what the
//! migrations make.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

use crate::StoreError;
use crate::sqlite::failure::Failure;

/// Steps of SQLite's machine that reading a schema may take. Reading ours takes less than a hundredth of it; there are some for each table,
/// index, view and trigger.
const STEPS_MAX: i32 = 100_000;

/// Bytes that one statement, and so what made one table, may have: some times the longest of ours.
const STATEMENT_MAX_BYTES: i32 = 32 << 10;

/// An object of a schema: its type, its name, that of its table, and what made it.
type Object = (String, String, String, Option<String>);

/// Takes away from a connection what a database could do by being read or written, and that no database of ours does.
pub(super) fn disarm(connection: &Connection) -> rusqlite::Result<()> {
    use DbConfig::{
        SQLITE_DBCONFIG_DEFENSIVE, SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW,
        SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    };
    for (config, is_on) in [
        (SQLITE_DBCONFIG_DEFENSIVE, true),
        (SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    ] {
        connection.set_db_config(config, is_on)?;
    }
    connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, STATEMENT_MAX_BYTES)?;
    Ok(())
}

/// Runs `read`, which ends with [`rusqlite::ErrorCode::OperationInterrupted`] once it has taken too many steps.
pub(super) fn bounded<T>(
    connection: &mut Connection,
    read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    // Called after so many steps of each statement.
    connection.progress_handler(STEPS_MAX, Some(|| true))?;
    let answer = read(connection);
    connection.progress_handler(0, None::<fn() -> bool>)?;
    answer
}

/// Returns the objects of a schema, of which one must be ours.
pub(super) fn objects(connection: &Connection) -> rusqlite::Result<BTreeSet<Object>> {
    connection
        .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?
        .query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect()
}

/// Refuses a schema that is not what `migrations` make.
pub(super) fn require_made_by(
    migrations: &[&str],
    found: &BTreeSet<Object>,
    path: &Path,
) -> Result<(), StoreError> {
    let expected = made_by(migrations).map_err(|error| {
        Failure::from(error).into_error("making a schema to compare with", path)
    })?;
    let is_strange = |object: &&Object| !expected.contains(*object) && !is_full_text(object, found);
    let reason = match found.iter().find(is_strange) {
        Some((kind, name, ..)) => format!("its {kind} {name} is not what mnemo makes"),
        None => match expected.difference(found).next() {
            Some((kind, name, ..)) => format!("it lacks the {kind} {name}"),
            None => return Ok(()),
        },
    };
    Err(StoreError::Untrusted {
        database: path.display().to_string(),
        reason,
    })
}

fn made_by(migrations: &[&str]) -> rusqlite::Result<BTreeSet<Object>> {
    let connection = Connection::open_in_memory()?;
    for migration in migrations {
        connection.execute_batch(migration)?;
    }
    objects(&connection)
}

/// Whether an object is a full-text table of a generation, or one of the tables that SQLite keeps it in. Old versions had them; they are
/// dropped by name.
fn is_full_text((kind, name, table, sql): &Object, found: &BTreeSet<Object>) -> bool {
    let (Some(rest), Some(sql)) = (name.strip_prefix("words_"), sql) else {
        return false;
    };
    let (number, part) = rest.split_once('_').unwrap_or((rest, ""));
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let whole = format!("words_{number}");
    let made_by = format!("CREATE VIRTUAL TABLE {whole} USING fts5");
    let is_whole = |sql: &str| sql.starts_with(&made_by);
    let is_part = || {
        ["data", "idx", "content", "docsize", "config"].contains(&part)
            && sql.starts_with("CREATE TABLE ")
            && found
                .iter()
                .any(|(_, other, _, sql)| *other == whole && sql.as_deref().is_some_and(is_whole))
    };
    kind == "table" && name == table && is_number && (is_whole(sql) || is_part())
}
