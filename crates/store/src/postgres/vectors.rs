//! Vectors by content: one row for a model and an input, shared by every chunk of every repository and machine.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{ContentHash, ModelId, VectorKey};

use crate::postgres::failure::Failure;
use crate::postgres::rows::{self, Halves};
use crate::postgres::session::Session;
use crate::records::NewVector;

pub(super) fn existing(
    session: &mut Session,
    model: &ModelId,
    inputs: &[ContentHash],
) -> Result<HashSet<ContentHash>, Failure> {
    let Some(model) = model_id(session, model)? else {
        return Ok(HashSet::new());
    };
    let inputs: Vec<&[u8]> = inputs.iter().map(|input| &input.as_bytes()[..]).collect();
    session
        .rows(
            "SELECT input FROM vectors WHERE model = $1 AND input = ANY ($2)",
            &[&model, &inputs],
        )?
        .iter()
        .map(|row| rows::hash(row, 0))
        .collect()
}

/// Returns the row id of a model that some vector was stored under.
pub(super) fn model_id(session: &mut Session, model: &ModelId) -> Result<Option<i64>, Failure> {
    if let Some(id) = session.models.get(model.as_str()) {
        return Ok(Some(*id));
    }
    let found =
        session.optional_row("SELECT id FROM models WHERE name = $1", &[&model.as_str()])?;
    let Some(row) = found else { return Ok(None) };
    let id = row.try_get(0)?;
    session.models.insert(model.as_str().to_owned(), id);
    Ok(Some(id))
}

/// Inserts vectors; the one that stands already wins, because its bits may be part of another repository's digest.
///
/// In the order of their keys, so that two writers of the same vectors wait for each other and not in a circle.
pub(super) fn insert(session: &mut Session, vectors: &[NewVector]) -> Result<(), Failure> {
    let mut by_model: BTreeMap<&ModelId, BTreeMap<ContentHash, &NewVector>> = BTreeMap::new();
    for new in vectors {
        let of_model = by_model.entry(&new.key.model).or_default();
        of_model.entry(new.key.input).or_insert(new);
    }
    for (model, vectors) in by_model {
        let model = match model_id(session, model)? {
            Some(id) => id,
            None => create_model(session, model)?,
        };
        let inputs: Vec<&[u8]> = vectors.keys().map(|input| &input.as_bytes()[..]).collect();
        let halves: Vec<Halves> = vectors
            .values()
            .map(|new| Halves::from(&new.vector))
            .collect();
        session.execute(
            "INSERT INTO vectors (model, input, vector) SELECT $1, * FROM unnest($2::bytea[], $3::halfvec[])
             ON CONFLICT (model, input) DO NOTHING",
            &[&model, &inputs, &halves],
        )?;
    }
    Ok(())
}

/// The id is not remembered yet: the transaction may fail.
fn create_model(session: &mut Session, model: &ModelId) -> Result<i64, Failure> {
    let row = session.row(
        "INSERT INTO models (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        &[&model.as_str()],
    )?;
    Ok(row.try_get(0)?)
}

/// Returns the row ids of the vectors that stand under `keys`, and keeps them from being swept until the transaction ends.
pub(super) fn links<'a>(
    session: &mut Session,
    keys: impl Iterator<Item = &'a VectorKey>,
) -> Result<HashMap<&'a VectorKey, i64>, Failure> {
    let mut by_model: BTreeMap<&ModelId, Vec<&VectorKey>> = BTreeMap::new();
    for key in keys {
        by_model.entry(&key.model).or_default().push(key);
    }
    let mut links = HashMap::new();
    for (model, keys) in by_model {
        // A sweep locks the same rows against us.
        let found = session.optional_row(
            "SELECT id FROM models WHERE name = $1 FOR SHARE",
            &[&model.as_str()],
        )?;
        let Some(row) = found else { continue };
        let inputs: Vec<&[u8]> = keys.iter().map(|key| &key.input.as_bytes()[..]).collect();
        let found = session.rows(
            "SELECT input, id FROM vectors WHERE model = $1 AND input = ANY ($2)",
            &[&row.try_get::<_, i64>(0)?, &inputs],
        )?;
        let ids = found
            .iter()
            .map(|row| Ok((rows::hash(row, 0)?, row.try_get(1)?)))
            .collect::<Result<HashMap<ContentHash, i64>, Failure>>()?;
        links.extend(
            keys.into_iter()
                .filter_map(|key| Some((key, *ids.get(&key.input)?))),
        );
    }
    Ok(links)
}

pub(super) fn sweep(session: &mut Session) -> Result<u64, Failure> {
    session.rows("SELECT id FROM models ORDER BY id FOR UPDATE", &[])?;
    session.execute(
        "DELETE FROM vectors v WHERE NOT EXISTS (SELECT 1 FROM chunks WHERE code_vector = v.id)
             AND NOT EXISTS (SELECT 1 FROM chunks WHERE text_vector = v.id)",
        &[],
    )
}
