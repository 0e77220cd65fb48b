//! Finds chunks by vectors, exactly.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;

use domain::{ModelId, Vector, View};
use rusqlite::Connection;

use crate::dot::dot;
use crate::quantized::QuantizedQuery;
use crate::ranking::{Best, Ranked, in_order};
use crate::records::{ChunkId, GenerationId};
use crate::sqlite::failure::Failure;
use crate::sqlite::packs::{
    self, Files, Pack, Packs, Place, ScannedFile, VectorPack, VectorPackWriter,
};
use crate::sqlite::vectors;
use crate::{StoreError, ids};

/// A search through all vectors of one view.
pub(super) struct VectorScan<'a> {
    pub(super) generation: GenerationId,
    pub(super) model: &'a ModelId,
    pub(super) view: View,
    pub(super) query: &'a Vector,
}

impl VectorScan<'_> {
    pub(super) fn run(
        &self,
        connection: &Connection,
        database: &Path,
        packs: &Packs,
        limit: usize,
    ) -> Result<Vec<(ChunkId, f32)>, Failure> {
        let Some(model) = vectors::model_id(connection, self.model)? else {
            return Ok(Vec::new());
        };
        let link = Link {
            model,
            view: self.view,
        };
        let files = packs.files(connection, self.generation)?;
        let get = || link.pack(connection, database, packs, self.generation, &files);
        let place = link.place(database, self.generation);
        packs.vectors.ask(&place, get, |pack| {
            let best = self.best(connection, link, pack, &files, limit)?;
            Ok(ranked(connection, best, limit)?)
        })
    }

    /// Returns the best chunks of a copy and of the files that it does not have.
    fn best(
        &self,
        connection: &Connection,
        link: Link,
        pack: Option<&VectorPack>,
        files: &Files,
        limit: usize,
    ) -> Result<Best, Failure> {
        let query = self.query.to_f32();
        let mut best = Best::new(limit);
        let mut last_packed = i64::MIN;
        if let Some(pack) = pack {
            if pack.n_dimensions != query.len() {
                // The rows say whose fault it is.
                pack.give_up();
                return Err(self.wrong_dimensions(pack.n_dimensions));
            }
            let near = near_in_pack(pack, files, &query, limit);
            link.visit_chunks(connection, &near, |id, bytes| {
                best.offer(id, dot(&query, bytes))
            })?;
            last_packed = pack.last_file();
        }
        link.visit_rows(connection, files.after(last_packed), |id, bytes| {
            if bytes.len() != 2 * query.len() {
                return Err(self.wrong_dimensions(bytes.len() / 2));
            }
            best.offer(id, dot(&query, bytes));
            Ok(())
        })?;
        Ok(best)
    }

    fn wrong_dimensions(&self, expected: usize) -> Failure {
        Failure::Refused(StoreError::Dimensions {
            model: self.model.clone(),
            expected,
            found: self.query.n_dimensions(),
        })
    }
}

/// What leads from chunks to vectors.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) model: i64,
    pub(super) view: View,
}

impl Link {
    /// Returns the column of a chunk that leads to its vector.
    fn column(self) -> &'static str {
        match self.view {
            View::Code => "code_vector",
            View::Text => "text_vector",
        }
    }

    fn place(self, database: &Path, generation: GenerationId) -> Place {
        Place::of_vectors(database, generation, self.model, self.column())
    }

    /// Returns a copy of the vectors that is not too far behind; writes one where there is none and enough to copy.
    pub(super) fn pack(
        self,
        connection: &Connection,
        database: &Path,
        packs: &Packs,
        generation: GenerationId,
        files: &Files,
    ) -> Result<Option<Arc<VectorPack>>, Failure> {
        let place = self.place(database, generation);
        let found = packs.vectors.get(&place, files);
        if found.is_some() || !files.are_many() {
            return Ok(found);
        }
        packs::make_room(connection, database)?;
        // A copy that cannot be written is no failure: the rows are searched.
        let Ok(mut writer) = VectorPackWriter::new(&place) else {
            return Ok(None);
        };
        let mut n_dimensions = None;
        let mut is_whole = true;
        self.visit_rows(connection, &files.all, |id, bytes| {
            let is_alike = *n_dimensions.get_or_insert(bytes.len() / 2) == bytes.len() / 2;
            is_whole &= is_alike && writer.add(id, bytes).is_ok();
            Ok(())
        })?;
        let Some(n_dimensions) = n_dimensions.filter(|_| is_whole) else {
            return Ok(None);
        };
        let finished = writer.finish(n_dimensions, files);
        Ok(finished
            .ok()
            .and_then(|()| packs.vectors.get(&place, files)))
    }

    /// Visits the vectors of files' chunks in the database.
    fn visit_rows(
        self,
        connection: &Connection,
        files: &[ScannedFile],
        mut visit: impl FnMut(i64, &[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.id = c.{}
             WHERE c.id BETWEEN ?1 AND ?2 AND v.model = ?3 ORDER BY c.id",
            self.column()
        ))?;
        for file in files {
            let [first, last] = ids::row_ids(file.id);
            let mut rows = statement.query([first, last, self.model])?;
            while let Some(row) = rows.next()? {
                visit(
                    row.get(0)?,
                    row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?,
                )?;
            }
        }
        Ok(())
    }

    /// Visits the vectors of chunks that have one.
    fn visit_chunks(
        self,
        connection: &Connection,
        chunks: &[i64],
        mut visit: impl FnMut(i64, &[u8]),
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(&format!(
            "SELECT v.vector FROM chunks c JOIN vectors v ON v.id = c.{} WHERE c.id = ?1 AND v.model = ?2",
            self.column()
        ))?;
        for chunk in chunks {
            let mut rows = statement.query([*chunk, self.model])?;
            if let Some(row) = rows.next()? {
                visit(*chunk, row.get_ref(0)?.as_blob()?);
            }
        }
        Ok(())
    }
}

/// Rows that one thread scans in about a millisecond; fewer are not worth another.
const ROWS_PER_THREAD: usize = 20_000;

/// Rows that stay in a core's own memory between being checked and being compared.
const ROWS_A_STEP: usize = 512;

/// More threads than these wait for memory, and for each other on machines that others use too.
const MAX_THREADS: usize = 4;

/// Returns the chunks of files that are still there whose packed vectors can be among the best `limit`, on as many threads as are worth it.
fn near_in_pack(pack: &VectorPack, files: &Files, query: &[f32], limit: usize) -> Vec<i64> {
    let query = QuantizedQuery::new(query);
    // One is off by the error one way, the other the other way.
    let mut best = Best::with_margin(limit, 2.0 * query.error(pack.error));
    let n_cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let n_threads = (pack.n_rows() / ROWS_PER_THREAD).clamp(1, n_cores.min(MAX_THREADS));
    let n_each = pack.n_rows().div_ceil(n_threads).max(1);
    let scan = |start: usize, mut found: Best| {
        let mut files = files.all.iter().map(|file| file.id).peekable();
        let end = (start + n_each).min(pack.n_rows());
        for first in (start..end).step_by(ROWS_A_STEP) {
            let Some(rows) = pack.rows(first..end.min(first + ROWS_A_STEP)) else {
                break;
            };
            for row in rows {
                let file = ids::file_of(row.chunk);
                while files.next_if(|alive| *alive < file).is_some() {}
                if files.peek() == Some(&file) {
                    found.offer(row.chunk, query.dot(row.values, row.scale));
                }
            }
        }
        found.into_candidates()
    };
    std::thread::scope(|scope| {
        let spawn = |start| {
            let found = best.another();
            scope.spawn(move || scan(start, found))
        };
        let others = (0..pack.n_rows()).step_by(n_each).skip(1);
        let others: Vec<_> = others.map(spawn).collect();
        let mut found = scan(0, best.another());
        for thread in others {
            let part = thread.join();
            found.extend(part.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        found
            .into_iter()
            .for_each(|(id, score)| best.offer(id, score));
    });
    let near = best.into_candidates().into_iter();
    near.map(|(id, _)| id).collect()
}

pub(super) fn similarities(
    connection: &Connection,
    model: &ModelId,
    view: View,
    query: &Vector,
    ids: &[ChunkId],
) -> Result<Vec<Option<f32>>, Failure> {
    let Some(model) = vectors::model_id(connection, model)? else {
        return Ok(vec![None; ids.len()]);
    };
    let query = query.to_f32();
    let chunks: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let mut found: HashMap<i64, f32> = HashMap::new();
    Link { model, view }.visit_chunks(connection, &chunks, |chunk, bytes| {
        if bytes.len() == 2 * query.len() {
            found.insert(chunk, dot(&query, bytes));
        }
    })?;
    Ok(chunks
        .iter()
        .map(|chunk| found.get(chunk).copied())
        .collect())
}

/// Returns the best candidates in order.
pub(super) fn ranked(
    connection: &Connection,
    best: Best,
    limit: usize,
) -> rusqlite::Result<Vec<(ChunkId, f32)>> {
    let mut path = connection.prepare_cached("SELECT path FROM files WHERE id = ?1")?;
    let mut ranked = Vec::new();
    for (chunk, score) in best.into_candidates() {
        ranked.push(Ranked {
            chunk: ChunkId(chunk),
            score,
            path: path.query_row([ids::file_of(chunk)], |row| row.get(0))?,
        });
    }
    Ok(in_order(ranked, limit))
}
