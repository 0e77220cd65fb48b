//! From a generation to a pack.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use domain::VectorKey;

use super::frames::FrameWriter;
use super::records::{
    Key, PackedChunk, PackedEdge, PackedFile, PackedGraph, PackedMetrics, Place, Record, bytes,
};
use super::{Manifest, PackError};
use crate::records::{FileGraph, FileId, FileIndex, MetricsRow, SymbolId};
use crate::{RepositorySummary, Store, StoreError};

/// Whether vectors go along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VectorsOf {
    /// They do.
    Chunks,
    /// They do not: what is read from the pack answers by words and graph, as if it was indexed without a model.
    Nothing,
}

/// What to write.
#[derive(Clone, Debug)]
pub struct Packing {
    /// Version of the program, for people.
    pub program: String,
    /// Whether vectors go along.
    pub vectors: VectorsOf,
}

/// Writes everything that the generation of `repository` says.
///
/// The caller sees to it that `store` is read in one state, and that the generation is complete.
pub fn write_pack(
    store: &dyn Store,
    repository: &RepositorySummary,
    packing: &Packing,
    output: impl Write,
) -> Result<(), PackError> {
    let mut writer = Writer {
        frames: FrameWriter::new(output)?,
        vectors: packing.vectors,
        numbers: HashMap::new(),
    };
    writer.put(&Record::Manifest(manifest(store, repository, packing)?))?;
    // By itself, so that what a pack is can be read without the rest.
    writer.frames.flush()?;
    let generation = repository.generation;
    writer.vectors(store, repository)?;
    store.visit_files(generation, &mut |file| writer.file(file).map_err(into_io))?;
    let state = store.graph_state(generation)?;
    let ids = state.files.iter().map(|file| file.id);
    writer.numbers = ids.zip(0..).collect();
    writer.put(&Record::LeftOut {
        problems: store.problems(generation)?,
        skips: store.skips(generation)?,
    })?;
    for graph in store.file_graphs(generation)? {
        writer.graph(&graph)?;
    }
    let metrics = store.metrics(generation)?;
    for of_file in metrics.chunk_by(|one, other| one.id.file == other.id.file) {
        writer.metrics(of_file)?;
    }
    writer.put(&Record::End { basis: state.basis })?;
    writer.frames.finish()?;
    Ok(())
}

fn manifest(
    store: &dyn Store,
    repository: &RepositorySummary,
    packing: &Packing,
) -> Result<Manifest, StoreError> {
    let mut profile = repository.profile.clone();
    let had_vectors = profile.code_model.is_some() || profile.text_model.is_some();
    if packing.vectors == VectorsOf::Nothing {
        profile.code_model = None;
        profile.text_model = None;
    }
    let is_whole = packing.vectors == VectorsOf::Chunks || !had_vectors;
    let digest = is_whole.then(|| store.digest(repository.generation));
    Ok(Manifest {
        program: packing.program.clone(),
        repository: repository.name.clone(),
        profile,
        n_files: store.covered(repository.generation)?.n_files,
        digest: digest.transpose()?,
        last_run: repository.last_run.clone(),
    })
}

struct Writer<W> {
    frames: FrameWriter<W>,
    vectors: VectorsOf,
    /// Files by their rows, counted in order of their paths.
    numbers: HashMap<FileId, u32>,
}

impl<W: Write> Writer<W> {
    fn put(&mut self, record: &Record) -> Result<(), PackError> {
        self.frames.record(&bytes(record))
    }

    /// Writes every vector once.
    fn vectors(
        &mut self,
        store: &dyn Store,
        repository: &RepositorySummary,
    ) -> Result<(), PackError> {
        if self.vectors == VectorsOf::Nothing {
            return Ok(());
        }
        let mut written = HashSet::new();
        store.visit_vectors(repository.generation, &mut |row| {
            let key = VectorKey {
                model: row.model,
                input: row.input,
            };
            if !written.insert(key.clone()) {
                return Ok(());
            }
            self.put(&Record::Vector {
                key: key.into(),
                bytes: row.vector.to_bytes(),
            })
            .map_err(into_io)
        })?;
        Ok(())
    }

    fn file(&mut self, file: FileIndex) -> Result<(), PackError> {
        let FileIndex {
            mut record,
            chunks,
            symbols,
            facts,
            new_vectors: _,
        } = file;
        // Times are those of one machine's files: whoever reads the pack looks at the bytes of theirs.
        record.stamp.modified_ns = None;
        let key = |key: Option<VectorKey>| match self.vectors {
            VectorsOf::Chunks => key.map(Key::from),
            VectorsOf::Nothing => None,
        };
        let chunks = chunks.into_iter().map(|row| PackedChunk {
            chunk: row.chunk,
            code: key(row.code),
            text: key(row.text),
        });
        let file = PackedFile {
            record,
            chunks: chunks.collect(),
            symbols,
            facts,
        };
        self.put(&Record::File(Box::new(file)))
    }

    fn graph(&mut self, graph: &FileGraph) -> Result<(), PackError> {
        let files = |ids: &[FileId]| {
            let numbers = ids.iter().map(|id| self.number(*id));
            numbers.collect::<Result<Vec<_>, StoreError>>()
        };
        let edges = graph.edges.iter().map(|edge| {
            Ok(PackedEdge {
                kind: edge.kind,
                source: edge.source,
                target: self.place(edge.target)?,
                reference: edge.reference,
                how: edge.how,
                position: edge.position,
                provenance: edge.provenance,
            })
        });
        let record = Record::Graph(PackedGraph {
            file: self.number(graph.file)?,
            modules: graph.from.modules,
            dependencies: files(&graph.from.dependencies)?,
            behind: files(&graph.from.behind)?,
            outcomes: graph.outcomes.clone(),
            edges: edges.collect::<Result<_, StoreError>>()?,
        });
        self.put(&record)
    }

    fn metrics(&mut self, of_file: &[MetricsRow]) -> Result<(), PackError> {
        let Some(first) = of_file.first() else {
            return Ok(());
        };
        let rows = of_file.iter().map(|row| {
            Ok(PackedMetrics {
                symbol: row.id.symbol,
                metrics: row.metrics,
                cycle: self.place(row.cycle)?,
                community: self.place(row.community)?,
            })
        });
        let record = Record::Metrics {
            file: self.number(first.id.file)?,
            rows: rows.collect::<Result<_, StoreError>>()?,
        };
        self.put(&record)
    }

    fn place(&self, symbol: SymbolId) -> Result<Place, StoreError> {
        Ok((self.number(symbol.file)?, symbol.symbol))
    }

    fn number(&self, file: FileId) -> Result<u32, StoreError> {
        let number = self.numbers.get(&file).copied();
        number.ok_or(StoreError::Contradiction {
            symbol: SymbolId { file, symbol: 0 },
            what: "is of no file of this generation",
        })
    }
}

/// Passes an error through a visit.
fn into_io(error: PackError) -> io::Error {
    match error {
        PackError::Io(error) => error,
        error => io::Error::other(error),
    }
}
