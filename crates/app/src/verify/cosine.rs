//! Whether two indexes of one tree have the same vectors of a service's model: not to the last bit, which no service promises, but nearly.
//!
//! Neither index is held in memory: the vectors of one go to a file, and those of the other are compared as they come, in the same order.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, Write};

use domain::{Vector, View};
use store::VectorRow;

use crate::error::AppError;
use crate::snapshot::Snapshot;

/// A service that computes in eight bits gives a text in another batch a vector at 0.99; another text or model is below 0.95.
const COSINE_MIN: f32 = 0.98;

/// Longer than a path or a vector is.
const FIELD_MAX: usize = 1 << 20;

/// The vectors of services' models of one index, by path, chunk and view.
pub(super) struct Kept {
    file: File,
}

/// Where a vector is linked from. Ordered as rows come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: Vec<u8>,
    chunk_index: u32,
    view: u8,
}

impl Place {
    fn of(row: &VectorRow) -> Place {
        Place {
            path: row.path.as_str().as_bytes().to_vec(),
            chunk_index: row.chunk_index,
            view: View::ALL
                .iter()
                .position(|view| *view == row.view)
                .unwrap_or(0) as u8,
        }
    }
}

impl Kept {
    /// Keeps those of a snapshot in an unnamed file.
    pub(super) fn of(snapshot: &Snapshot<'_>) -> Result<Kept, AppError> {
        let file = tempfile::tempfile().map_err(AppError::Output)?;
        let mut output = BufWriter::new(file);
        snapshot.visit_service_vectors(&mut |row| {
            let place = Place::of(&row);
            for field in [&place.path[..], &row.vector.to_bytes()] {
                output.write_all(&(field.len() as u32).to_le_bytes())?;
                output.write_all(field)?;
            }
            output.write_all(&place.chunk_index.to_le_bytes())?;
            output.write_all(&[place.view])
        })?;
        let file = output
            .into_inner()
            .map_err(|error| AppError::Output(error.into_error()))?;
        Ok(Kept { file })
    }

    /// Returns the paths of files whose vectors in a snapshot are others than those that were kept. What only one of both has is not looked at:
    /// it is another difference.
    pub(super) fn others_in(
        &mut self,
        snapshot: &Snapshot<'_>,
    ) -> Result<BTreeSet<String>, AppError> {
        self.file.rewind().map_err(AppError::Output)?;
        let mut input = BufReader::new(&self.file);
        let mut next = read(&mut input).map_err(AppError::Output)?;
        let mut others = BTreeSet::new();
        snapshot.visit_service_vectors(&mut |row| {
            let place = Place::of(&row);
            while next.as_ref().is_some_and(|(kept, _)| *kept < place) {
                next = read(&mut input)?;
            }
            if let Some((kept, vector)) = &next
                && *kept == place
                && cosine(vector, &row.vector) < COSINE_MIN
            {
                others.insert(row.path.as_str().to_owned());
            }
            Ok(())
        })?;
        Ok(others)
    }
}

impl Snapshot<'_> {
    fn visit_service_vectors(
        &self,
        visit: &mut dyn FnMut(VectorRow) -> io::Result<()>,
    ) -> Result<(), AppError> {
        let visited = self
            .reading
            .visit_vectors(
                self.repository.generation,
                &mut |row| match row.model.is_of_service() {
                    true => visit(row),
                    false => Ok(()),
                },
            );
        Ok(visited?)
    }
}

/// Returns the next that was kept.
fn read(input: &mut impl Read) -> io::Result<Option<(Place, Vector)>> {
    let path = match field(input) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        path => path?,
    };
    let vector = Vector::from_bytes(&field(input)?);
    let vector = vector.ok_or(ErrorKind::InvalidData)?;
    let mut rest = [0; 5];
    input.read_exact(&mut rest)?;
    let [a, b, c, d, view] = rest;
    let chunk_index = u32::from_le_bytes([a, b, c, d]);
    let place = Place {
        path,
        chunk_index,
        view,
    };
    Ok(Some((place, vector)))
}

fn field(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut n_bytes = [0; 4];
    input.read_exact(&mut n_bytes)?;
    let n_bytes = u32::from_le_bytes(n_bytes) as usize;
    if n_bytes > FIELD_MAX {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; n_bytes];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Returns the cosine of two vectors; of such that cannot be compared, less than that of any.
fn cosine(one: &Vector, other: &Vector) -> f32 {
    let (one, other) = (one.to_f32(), other.to_f32());
    if one.len() != other.len() {
        return -2.0;
    }
    let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    dot(&one, &other)
        / (dot(&one, &one) * dot(&other, &other))
            .sqrt()
            .max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_compared_by_direction() {
        let of = |values: &[f32]| Vector::from_f32(values);
        let check = |one: &[f32], other: &[f32], is_same: bool| {
            assert_eq!(
                cosine(&of(one), &of(other)) >= COSINE_MIN,
                is_same,
                "{one:?} {other:?}"
            );
        };
        check(&[1.0, 0.0], &[2.0, 0.1], true);
        check(&[1.0, 0.0], &[1.0, 1.0], false);
        check(&[1.0, 0.0], &[1.0], false);
        check(&[0.0, 0.0], &[1.0, 0.0], false);
    }
}
