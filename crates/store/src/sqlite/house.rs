//! Keeping house: what is free, giving it back, and whether the file is sound.

use std::path::Path;

use fs_err as fs;
use rusqlite::Connection;

use crate::records::Reclaimable;
use crate::sqlite::failure::Failure;

/// Damage is reported up to here: a file that is broken in ten places is broken.
const DAMAGE_MAX: u32 = 10;

pub(super) fn reclaimable(connection: &Connection) -> Result<Reclaimable, Failure> {
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0));
    let n_free = number("freelist_count")? * number("page_size")?;
    let (n_vectors, n_vector_bytes) = connection.query_row(
        "SELECT count(*), coalesce(sum(length(vector) + length(input)), 0) FROM vectors
         WHERE id NOT IN (SELECT code_vector FROM chunks WHERE code_vector IS NOT NULL
             UNION SELECT text_vector FROM chunks WHERE text_vector IS NOT NULL)",
        [],
        |row| Ok((row.get(0)?, row.get::<_, u64>(1)?)),
    )?;
    Ok(Reclaimable {
        n_vectors,
        n_bytes: n_free + n_vector_bytes,
    })
}

/// Rewrites the database without its free pages and empties the log; returns how much smaller they are.
pub(super) fn shrink(connection: &Connection, path: &Path) -> Result<u64, Failure> {
    let before = size(path);
    connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(before.saturating_sub(size(path)))
}

fn size(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let files = [path.to_owned(), log.into()];
    let sizes = files.iter().filter_map(|file| fs::metadata(file).ok());
    sizes.map(|metadata| metadata.len()).sum()
}

pub(super) fn check_integrity(connection: &Connection) -> Result<Vec<String>, Failure> {
    let mut check = connection.prepare(&format!("PRAGMA integrity_check({DAMAGE_MAX})"))?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?;
    let mut damage: Vec<String> = lines.collect::<rusqlite::Result<_>>()?;
    damage.retain(|line| line != "ok");
    Ok(damage)
}
