//! Vectors by content: one row for a model and an input, shared by every chunk of every repository.

use std::collections::HashSet;

use domain::{ContentHash, ModelId, Vector, VectorKey, View};
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::records::{GenerationId, NewVector, VectorRow};
use crate::sqlite::failure::Failure;
use crate::sqlite::rows;
use crate::{StoreError, ids};

pub(super) fn existing(
    connection: &Connection,
    model: &ModelId,
    inputs: &[ContentHash],
) -> Result<HashSet<ContentHash>, Failure> {
    let mut existing = HashSet::new();
    let Some(model) = model_id(connection, model)? else {
        return Ok(existing);
    };
    let mut find =
        connection.prepare_cached("SELECT 1 FROM vectors WHERE model = ?1 AND input = ?2")?;
    for input in inputs {
        if find.exists(params![model, input.as_bytes()])? {
            existing.insert(*input);
        }
    }
    Ok(existing)
}

pub(super) fn find(connection: &Connection, key: &VectorKey) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT id FROM vectors WHERE model = (SELECT id FROM models WHERE name = ?1) AND input = ?2",
        )?
        .query_row(params![key.model.as_str(), key.input.as_bytes()], |row| row.get(0))
        .optional()
}

/// Inserts vectors; the one that stands already wins, because its bits may be part of another repository's digest.
pub(super) fn insert(transaction: &Transaction<'_>, vectors: &[NewVector]) -> Result<(), Failure> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO vectors (model, input, vector) VALUES (?1, ?2, ?3) ON CONFLICT (model, input) DO NOTHING",
    )?;
    for NewVector { key, vector } in vectors {
        let model = match model_id(transaction, &key.model)? {
            Some(model) => model,
            None => transaction
                .prepare_cached("INSERT INTO models (name) VALUES (?1)")?
                .insert([key.model.as_str()])?,
        };
        insert.execute(params![model, key.input.as_bytes(), vector.to_bytes()])?;
    }
    Ok(())
}

pub(super) fn model_id(connection: &Connection, model: &ModelId) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM models WHERE name = ?1")?
        .query_row([model.as_str()], |row| row.get(0))
        .optional()
}

pub(super) fn sweep(transaction: &Transaction<'_>) -> Result<u64, Failure> {
    let n_swept = transaction.execute(
        "DELETE FROM vectors WHERE id NOT IN
             (SELECT code_vector FROM chunks WHERE code_vector IS NOT NULL
              UNION SELECT text_vector FROM chunks WHERE text_vector IS NOT NULL)",
        [],
    )?;
    Ok(n_swept as u64)
}

pub(super) fn visit(
    connection: &Connection,
    generation: GenerationId,
    visit: &mut dyn FnMut(VectorRow) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut files = connection
        .prepare_cached("SELECT id, path FROM files WHERE generation = ?1 ORDER BY path")?;
    let mut links = connection.prepare_cached(
        "SELECT c.id, 0 AS view, m.name, v.vector, v.input FROM chunks c JOIN vectors v ON v.id = c.code_vector
             JOIN models m ON m.id = v.model WHERE c.id BETWEEN ?1 AND ?2
         UNION ALL
         SELECT c.id, 1, m.name, v.vector, v.input FROM chunks c JOIN vectors v ON v.id = c.text_vector
             JOIN models m ON m.id = v.model WHERE c.id BETWEEN ?1 AND ?2
         ORDER BY 1, 2",
    )?;
    let mut files = files.query([generation.0])?;
    while let Some(file) = files.next()? {
        let path = rows::path(file, 1)?;
        let mut links = links.query(ids::row_ids(file.get(0)?))?;
        while let Some(row) = links.next()? {
            let vector =
                Vector::from_bytes(row.get_ref(3)?.as_blob().map_err(rusqlite::Error::from)?)
                    .ok_or_else(|| rows::unreadable(3, FromSqlError::InvalidType))?;
            visit(VectorRow {
                path: path.clone(),
                chunk_index: ids::position_of(row.get(0)?),
                view: if row.get(1)? { View::Text } else { View::Code },
                model: ModelId::new(row.get::<_, String>(2)?),
                input: rows::hash(row, 4)?,
                vector,
            })
            .map_err(StoreError::Visit)?;
        }
    }
    Ok(())
}
