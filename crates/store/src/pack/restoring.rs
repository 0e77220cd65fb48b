//! From a pack to a generation.
//!
//! Whoever wrote the pack may have meant harm: numbers are checked against what came before, files come in order and once, and what a file
//! turned into is bounded as what is indexed here is. What the records say beyond that is believed, as that of a database is.

use std::io::{Read, Seek};

use domain::{RepoPath, Vector};

use super::records::{self, Key, PackedFile, PackedGraph, PackedMetrics, Place, Record};
use super::{Pack, PackError, damaged};
use crate::records::{
    ChunkRow, Edge, FileGraph, FileId, FileIndex, GenerationId, GraphUpdate, MetricsRow, NewVector,
    ResolvedFrom, SymbolId,
};
use crate::{Store, ids};

/// Vectors that are written at once.
const VECTORS: usize = 2_000;

/// Edges and measures that are written at once.
const ROWS: usize = 50_000;

/// The longest vector of a model that is known, many times over.
const VECTOR_MAX_BYTES: usize = 2 * 16_384;

impl<R: Read + Seek> Pack<R> {
    /// Writes everything into a generation that holds nothing yet.
    ///
    /// Fails without making it answer; the caller does that once the digest is the one of [`Pack::manifest`].
    pub fn restore(
        &mut self,
        store: &mut dyn Store,
        generation: GenerationId,
    ) -> Result<(), PackError> {
        let (expected, checksum) = (self.manifest.n_files, self.checksum);
        let mut frames = self.frames()?;
        let mut restoring = Restoring::new(store, generation);
        while let Some(frame) = frames.next()? {
            for record in records::all(&frame) {
                restoring.take(record?)?;
            }
        }
        // Somebody may have written to the file since it was opened.
        if frames.finish()? != checksum {
            return Err(damaged("it was changed meanwhile"));
        }
        let n_files = restoring.files.len() as u64;
        match restoring.has_ended && n_files == expected {
            true => Ok(()),
            false => Err(damaged("files are missing")),
        }
    }
}

/// What a file has, for numbers to be checked against.
struct KnownFile {
    path: RepoPath,
    /// Given by the store once all files are there.
    id: FileId,
    n_symbols: u32,
    n_references: u32,
}

struct Restoring<'s> {
    store: &'s mut dyn Store,
    generation: GenerationId,
    vectors: Vec<NewVector>,
    files: Vec<KnownFile>,
    /// All files are there, and known by their rows.
    has_files: bool,
    update: GraphUpdate,
    n_rows: usize,
    has_ended: bool,
}

impl<'s> Restoring<'s> {
    fn new(store: &'s mut dyn Store, generation: GenerationId) -> Restoring<'s> {
        Restoring {
            store,
            generation,
            vectors: Vec::new(),
            files: Vec::new(),
            has_files: false,
            update: GraphUpdate::default(),
            n_rows: 0,
            has_ended: false,
        }
    }

    fn take(&mut self, record: Record) -> Result<(), PackError> {
        if self.has_ended {
            return Err(damaged("something stands behind its end"));
        }
        match record {
            Record::Manifest(_) => Ok(()),
            Record::Vector { key, bytes } => self.vector(key, &bytes),
            Record::File(file) => self.file(*file),
            Record::LeftOut { problems, skips } => {
                self.all_files_are_there()?;
                Ok(self
                    .store
                    .record_left_out(self.generation, &problems, &skips)?)
            }
            Record::Graph(graph) => self.graph(graph),
            Record::Metrics { file, rows } => self.metrics(file, rows),
            Record::End { basis } => {
                self.all_files_are_there()?;
                self.update.basis = basis;
                self.has_ended = true;
                self.write_graph()
            }
        }
    }

    fn vector(&mut self, key: Key, bytes: &[u8]) -> Result<(), PackError> {
        if bytes.is_empty() || bytes.len() > VECTOR_MAX_BYTES {
            return Err(damaged("a vector has a length that none can have"));
        }
        let vector = Vector::from_bytes(bytes).ok_or(damaged("a vector is cut off"))?;
        self.vectors.push(NewVector {
            key: key.into(),
            vector,
        });
        match self.vectors.len() < VECTORS {
            true => Ok(()),
            false => self.write_vectors(),
        }
    }

    fn write_vectors(&mut self) -> Result<(), PackError> {
        let vectors = std::mem::take(&mut self.vectors);
        match vectors.is_empty() {
            true => Ok(()),
            false => Ok(self.store.add_vectors(&vectors)?),
        }
    }

    fn file(&mut self, file: PackedFile) -> Result<(), PackError> {
        self.write_vectors()?;
        let path = file.record.path.clone();
        if self.has_files || self.files.last().is_some_and(|last| last.path >= path) {
            return Err(damaged("its files are out of order"));
        }
        let (n_symbols, n_references) = (file.symbols.len(), file.facts.references.len());
        for n_rows in [file.chunks.len(), n_symbols, n_references] {
            ids::check_fits(&path, n_rows)?;
        }
        let parents = file.symbols.iter().filter_map(|symbol| symbol.parent);
        if parents
            .into_iter()
            .any(|parent| parent as usize >= n_symbols)
        {
            return Err(damaged("a symbol lies in one that is not there"));
        }
        let chunks = file.chunks.into_iter().map(|row| ChunkRow {
            chunk: row.chunk,
            code: row.code.map(Into::into),
            text: row.text.map(Into::into),
        });
        let index = FileIndex {
            record: file.record,
            chunks: chunks.collect(),
            symbols: file.symbols,
            facts: file.facts,
            new_vectors: Vec::new(),
        };
        self.store.replace_file(self.generation, &index)?;
        self.files.push(KnownFile {
            path,
            id: FileId(0),
            n_symbols: n_symbols as u32,
            n_references: n_references as u32,
        });
        Ok(())
    }

    /// Asks the store for the rows of the files, once.
    fn all_files_are_there(&mut self) -> Result<(), PackError> {
        if self.has_files {
            return Ok(());
        }
        self.has_files = true;
        let state = self.store.graph_state(self.generation)?;
        if state.files.len() != self.files.len() {
            return Err(damaged("its files are not those of the index"));
        }
        for (known, file) in self.files.iter_mut().zip(state.files) {
            if known.path != file.path {
                return Err(damaged("its files are not those of the index"));
            }
            known.id = file.id;
        }
        Ok(())
    }

    fn graph(&mut self, graph: PackedGraph) -> Result<(), PackError> {
        self.all_files_are_there()?;
        let of = self.known(graph.file)?;
        let (file, n_symbols, n_references) = (of.id, of.n_symbols, of.n_references);
        ids::check_fits(&of.path, graph.edges.len())?;
        if graph.outcomes.len() != n_references as usize {
            return Err(damaged("a file has another number of references"));
        }
        let edges = graph.edges.iter().map(|edge| {
            if edge.source >= n_symbols || edge.reference.is_some_and(|at| at >= n_references) {
                return Err(damaged("an edge comes from nowhere"));
            }
            Ok(Edge {
                kind: edge.kind,
                source: edge.source,
                target: self.symbol(edge.target)?,
                reference: edge.reference,
                how: edge.how,
                position: edge.position,
                provenance: edge.provenance,
            })
        });
        let edges = edges.collect::<Result<Vec<_>, PackError>>()?;
        let ids = |numbers: &[u32]| {
            let ids = numbers.iter().map(|number| Ok(self.known(*number)?.id));
            ids.collect::<Result<Vec<_>, PackError>>()
        };
        let from = ResolvedFrom {
            modules: graph.modules,
            dependencies: ids(&graph.dependencies)?,
            behind: ids(&graph.behind)?,
        };
        self.n_rows += edges.len() + 1;
        self.update.files.push(FileGraph {
            file,
            from,
            outcomes: graph.outcomes,
            edges,
        });
        self.write_graph_if_large()
    }

    fn metrics(&mut self, file: u32, rows: Vec<PackedMetrics>) -> Result<(), PackError> {
        self.all_files_are_there()?;
        let rows = rows.into_iter().map(|row| {
            Ok(MetricsRow {
                id: self.symbol((file, row.symbol))?,
                metrics: row.metrics,
                cycle: self.symbol(row.cycle)?,
                community: self.symbol(row.community)?,
            })
        });
        let rows = rows.collect::<Result<Vec<_>, PackError>>()?;
        self.n_rows += rows.len();
        self.update.metrics.extend(rows);
        self.write_graph_if_large()
    }

    fn known(&self, file: u32) -> Result<&KnownFile, PackError> {
        let known = self.files.get(file as usize);
        known.ok_or(damaged("it names a file that it does not have"))
    }

    fn symbol(&self, (file, symbol): Place) -> Result<SymbolId, PackError> {
        let known = self.known(file)?;
        match symbol < known.n_symbols {
            true => Ok(SymbolId {
                file: known.id,
                symbol,
            }),
            false => Err(damaged("it names a symbol that it does not have")),
        }
    }

    fn write_graph_if_large(&mut self) -> Result<(), PackError> {
        match self.n_rows < ROWS {
            true => Ok(()),
            false => self.write_graph(),
        }
    }

    /// Writes what waits of the graph; without a basis it is not finished.
    fn write_graph(&mut self) -> Result<(), PackError> {
        self.n_rows = 0;
        let update = std::mem::take(&mut self.update);
        Ok(self.store.replace_graph(self.generation, &update)?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::frames::{FrameReader, FrameWriter};
    use super::*;
    use crate::conformance::sample;
    use crate::{Packing, SqliteStore, VectorsOf, write_pack};

    /// Returns the frames of a pack of a small index.
    fn frames(store: &mut SqliteStore) -> Vec<Vec<u8>> {
        let run = sample::begin(store, "a");
        for at in ["a.ts", "b.ts"] {
            let file = sample::file(at, &["one"]);
            store.replace_file(run.generation, &file).unwrap();
        }
        sample::finish(store, &run);
        let packing = Packing {
            program: String::new(),
            vectors: VectorsOf::Chunks,
        };
        let summary = store.repositories().unwrap().remove(0);
        let mut bytes = Vec::new();
        write_pack(store, &summary, &packing, &mut bytes).unwrap();
        let mut reader = FrameReader::new(&bytes[..]).unwrap();
        std::iter::from_fn(|| reader.next().unwrap()).collect()
    }

    /// Returns a pack of any frames, with the checksum that it should have.
    fn pack(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut writer = FrameWriter::new(Vec::new()).unwrap();
        for frame in frames {
            writer.frame(frame).unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn records_of_a_stranger_are_read_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&folder.path().join("index.db")).unwrap();
        let frames = frames(&mut store);
        let mut outcomes = [0, 0];
        for (number, frame) in frames.iter().enumerate() {
            // At a stride that meets every kind of field.
            for at in (0..frame.len()).step_by(11) {
                let mut changed = frames.clone();
                changed[number][at] ^= 1 << (at % 8);
                let Ok(mut pack) = Pack::open(Cursor::new(pack(&changed))) else {
                    outcomes[1] += 1;
                    continue;
                };
                let settings = crate::RunSettings {
                    from_scratch: true,
                    ..sample::settings("b", 1)
                };
                let run = store.begin_run(&settings).unwrap();
                let restored = pack.restore(&mut store, run.generation);
                outcomes[usize::from(restored.is_err())] += 1;
            }
        }
        assert!(outcomes[0] > 10 && outcomes[1] > 10, "{outcomes:?}");
    }
}
