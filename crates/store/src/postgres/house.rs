//! Keeping house on a server: what is free, giving it back, and whether the tables agree with each other.
//!
//! Pages are the server's own concern: it has checksums and vacuums by itself. Asked for, we vacuum our tables; where an administrator has
//! made the extension `amcheck`, our indexes are checked by it.

use crate::postgres::failure::Failure;
use crate::postgres::session::Session;
use crate::postgres::{texts, vectors};
use crate::records::Reclaimable;

/// Damage is reported up to here: an index that is wrong in ten places is wrong.
const DAMAGE_MAX: i64 = 10;

pub(super) fn reclaimable(session: &mut Session) -> Result<Reclaimable, Failure> {
    let counts = format!(
        "SELECT count(*), coalesce(sum(pg_column_size(v.*)), 0)::bigint FROM {}",
        vectors::UNLINKED
    );
    let mut found = Reclaimable::default();
    for piece in vectors::pieces(session)? {
        let row = session.row(&counts, &[piece.start(), piece.end()])?;
        found.n_vectors += row.try_get::<_, i64>(0)?.unsigned_abs();
        found.n_bytes += row.try_get::<_, i64>(1)?.unsigned_abs();
    }
    Ok(found)
}

/// Vacuums our tables, outside of any transaction; returns how much smaller they are. Rows in the middle of a table leave room that the
/// server fills before it grows; only room at its end goes back to the system.
pub(super) fn shrink(session: &mut Session) -> Result<u64, Failure> {
    let before = size(session)?;
    vacuum(session)?;
    Ok(before.saturating_sub(size(session)?))
}

/// Makes the room of dead rows free, in place: what it needs itself is memory.
pub(super) fn vacuum(session: &mut Session) -> Result<(), Failure> {
    let tables: Vec<String> = session
        .rows(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'mnemo' ORDER BY 1",
            &[],
        )?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?;
    for table in tables {
        session.batch(&format!("VACUUM mnemo.{table}"))?;
    }
    Ok(())
}

fn size(session: &mut Session) -> Result<u64, Failure> {
    let row = session.row(
        "SELECT coalesce(sum(pg_total_relation_size(format('mnemo.%I', tablename)::regclass)), 0)::bigint
         FROM pg_tables WHERE schemaname = 'mnemo'",
        &[],
    )?;
    Ok(row.try_get::<_, i64>(0)?.unsigned_abs())
}

/// Compares what each file says it has with what is there, and lets `amcheck`, where it is, look at the indexes.
pub(super) fn check_integrity(session: &mut Session) -> Result<Vec<String>, Failure> {
    let mut damage = Vec::new();
    let counts = session.rows(
        "SELECT path FROM mnemo.files f WHERE n_chunks <> (SELECT count(*) FROM mnemo.chunks WHERE file = f.id)
             OR n_symbols <> (SELECT count(*) FROM mnemo.symbols WHERE file = f.id)
             OR NOT EXISTS (SELECT 1 FROM mnemo.facts WHERE file = f.id) ORDER BY path LIMIT $1",
        &[&DAMAGE_MAX],
    )?;
    for row in counts {
        let path = texts::original(row.try_get(0)?);
        damage.push(format!("{path}: not as many rows as were written"));
    }
    if session
        .optional_row("SELECT 1 FROM pg_extension WHERE extname = 'amcheck'", &[])?
        .is_some()
    {
        damage.extend(check_indexes(session)?);
    }
    Ok(damage)
}

/// The first index that is damaged ends the check: the server reports it as the failure of the statement.
fn check_indexes(session: &mut Session) -> Result<Option<String>, Failure> {
    let schema = session.row(
        "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'amcheck'",
        &[],
    )?;
    let schema: String = schema.try_get(0)?;
    let check = format!(
        "SELECT {schema}.bt_index_check(i.indexrelid::regclass) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         JOIN pg_am a ON a.oid = c.relam
         WHERE a.amname = 'btree' AND i.indisvalid AND c.relnamespace = 'mnemo'::regnamespace"
    );
    match session.rows(&check, &[]) {
        Ok(_) => Ok(None),
        Err(failure) => failure.damage().map(Some).ok_or(failure),
    }
}
