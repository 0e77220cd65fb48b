//! Vectors by content: one row for a model and an input, shared by every chunk of every repository and machine.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;

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
            "SELECT input FROM mnemo.vectors WHERE model = $1 AND input = ANY ($2)",
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
    let found = session.optional_row(
        "SELECT id FROM mnemo.models WHERE name = $1",
        &[&model.as_str()],
    )?;
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
        let insertion = format!(
            "INSERT INTO mnemo.vectors (model, input, vector) SELECT $1, * FROM unnest($2::bytea[], $3::{}.halfvec[])
             ON CONFLICT (model, input) DO NOTHING",
            session.extension()?
        );
        session.execute(&insertion, &[&model, &inputs, &halves])?;
    }
    Ok(())
}

/// The id is not remembered yet: the transaction may fail.
fn create_model(session: &mut Session, model: &ModelId) -> Result<i64, Failure> {
    let row = session.row(
        "INSERT INTO mnemo.models (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
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
            "SELECT id FROM mnemo.models WHERE name = $1 FOR SHARE",
            &[&model.as_str()],
        )?;
        let Some(row) = found else { continue };
        let inputs: Vec<&[u8]> = keys.iter().map(|key| &key.input.as_bytes()[..]).collect();
        let found = session.rows(
            "SELECT input, id FROM mnemo.vectors WHERE model = $1 AND input = ANY ($2)",
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

/// Ids of vectors from one to another, both included.
pub(super) type Piece = RangeInclusive<i64>;

/// So few that what the server keeps of a piece fits into its memory: a disk that is full has no room for it.
const VECTORS_PER_PIECE: i64 = 500_000;
const PIECES_MAX: i64 = 10_000;

/// Vectors of the ids from $1 to $2 that no chunk links to.
pub(super) const UNLINKED: &str = "mnemo.vectors v WHERE v.id BETWEEN $1 AND $2
    AND NOT EXISTS (SELECT 1 FROM mnemo.chunks WHERE code_vector = v.id AND code_vector BETWEEN $1 AND $2)
    AND NOT EXISTS (SELECT 1 FROM mnemo.chunks WHERE text_vector = v.id AND text_vector BETWEEN $1 AND $2)";

/// Returns all ids of vectors, in pieces.
pub(super) fn pieces(session: &mut Session) -> Result<Vec<Piece>, Failure> {
    let row = session.row(
        "SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM mnemo.vectors",
        &[],
    )?;
    let (first, last): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    // Ids are given one after the other; a row that has another is not a reason to count to it.
    let length = (last.saturating_sub(first) / PIECES_MAX).max(VECTORS_PER_PIECE);
    let pieces = (first..=last).step_by(length as usize);
    Ok(pieces
        .map(|from| from..=(from.saturating_add(length - 1)).min(last))
        .collect())
}

/// Deletes the vectors of a piece that no chunk links to; returns how many.
pub(super) fn sweep(session: &mut Session, piece: &Piece) -> Result<u64, Failure> {
    session.rows("SELECT id FROM mnemo.models ORDER BY id FOR UPDATE", &[])?;
    let deletion = format!("DELETE FROM {UNLINKED}");
    session.execute(&deletion, &[piece.start(), piece.end()])
}
