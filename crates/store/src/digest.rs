//! The hash over everything that a generation says, made from what any backend's visits give.
//!
//! The serialisation is canonical: paths in order, every text and list behind its length, every option behind a tag. Row ids, stamps,
//! problems and skips are not part of it.

mod by_file;

use blake3::Hasher;
use domain::{
    Chunk, Complexity, ContentHash, Facts, FileRecord, Flags, NodeMetrics, Position, Span, Symbol,
    VectorKey,
};

use std::collections::HashMap;

use crate::{
    ChunkRow, Edge, FileGraph, FileId, FileIndex, GenerationId, MetricsRow, Store, StoreError,
    SymbolId, VectorRow,
};

pub use by_file::{FileDigest, file_digests};

/// Changes when the serialisation does, so that hashes of two kinds never look comparable.
const FORMAT: &str = "mnemo digest 2";

/// Returns the hash over what the two visits of `store` give.
///
/// The caller sees to it that both visits see the same state.
pub(crate) fn digest(
    store: &dyn Store,
    generation: GenerationId,
) -> Result<ContentHash, StoreError> {
    let mut files = Canonical::default();
    store.visit_files(generation, &mut |file| {
        files.file(&file);
        Ok(())
    })?;
    let mut vectors = Canonical::default();
    store.visit_vectors(generation, &mut |row| {
        vectors.vector(&row);
        Ok(())
    })?;
    let graph = graph_digest(store, generation)?;
    let mut whole = Canonical::default();
    whole.text(FORMAT);
    whole.bytes(files.finish().as_bytes());
    whole.bytes(vectors.finish().as_bytes());
    whole.bytes(graph.as_bytes());
    Ok(whole.finish())
}

fn graph_digest(store: &dyn Store, generation: GenerationId) -> Result<ContentHash, StoreError> {
    let files = store.graph_state(generation)?.files;
    let paths = Paths(
        files
            .into_iter()
            .map(|file| (file.id, file.path.as_str().to_owned()))
            .collect(),
    );
    let mut graph = Canonical::default();
    for file in store.file_graphs(generation)? {
        graph.file_graph(&file, &paths);
    }
    for row in store.metrics(generation)? {
        graph.metrics(&row, &paths);
    }
    Ok(graph.finish())
}

/// The paths of files, which stand for their ids.
struct Paths(HashMap<FileId, String>);

impl Paths {
    /// A file that is gone has no path, and nothing should lead there.
    fn of(&self, file: FileId) -> &str {
        self.0.get(&file).map_or("", String::as_str)
    }
}

/// Enough that hashing runs on long pieces.
const FLUSH_BYTES: usize = 1 << 16;

#[derive(Default)]
struct Canonical {
    hasher: Hasher,
    pending: Vec<u8>,
}

// Every struct is taken apart by name, so that a new field does not compile until it is part of the digest.
impl Canonical {
    fn finish(mut self) -> ContentHash {
        self.hasher.update(&self.pending);
        ContentHash::from_bytes(*self.hasher.finalize().as_bytes())
    }

    fn file(&mut self, file: &FileIndex) {
        let FileIndex {
            record,
            chunks,
            symbols,
            facts,
            new_vectors: _,
        } = file;
        self.record(record);
        self.list(chunks, Canonical::chunk_row);
        self.list(symbols, Canonical::symbol);
        self.facts(facts);
    }

    fn record(&mut self, record: &FileRecord) {
        let FileRecord {
            path,
            hash,
            stamp: _,
            language,
            front_end: _,
            parser,
            is_test,
            is_generated,
            n_lines,
            note,
        } = record;
        self.text(path.as_str());
        self.bytes(hash.as_bytes());
        self.text(language.as_str());
        self.text(parser.as_str());
        self.number(u64::from(*is_test) | u64::from(*is_generated) << 1);
        self.number(u64::from(*n_lines));
        self.option(note.as_deref(), Canonical::text);
    }

    fn chunk_row(&mut self, row: &ChunkRow) {
        let ChunkRow { chunk, code, text } = row;
        let Chunk {
            kind,
            name,
            qualified_name,
            part,
            signature,
            doc,
            span,
            flags,
            complexity,
            source,
        } = chunk;
        self.text(kind.as_str());
        self.text(name);
        self.text(qualified_name);
        self.number(u64::from(*part));
        self.text(signature);
        self.text(doc);
        self.span(span);
        self.flags(flags);
        self.complexity(complexity);
        self.text(source);
        self.option(code.as_ref(), Canonical::key);
        self.option(text.as_ref(), Canonical::key);
    }

    fn symbol(&mut self, symbol: &Symbol) {
        let Symbol {
            parent,
            kind,
            name,
            qualified_name,
            position,
            span,
            signature,
            doc,
            flags,
            complexity,
        } = symbol;
        self.option(*parent, Canonical::index);
        self.text(kind.as_str());
        self.text(name);
        self.text(qualified_name);
        self.position(position);
        self.span(span);
        self.text(signature);
        self.text(doc);
        self.flags(flags);
        self.complexity(complexity);
    }

    /// Facts are numbers and texts in an order that the source alone decides.
    fn facts(&mut self, facts: &Facts) {
        let bytes =
            postcard::to_stdvec(facts).expect("lists of numbers and strings always serialize");
        self.bytes(&bytes);
    }

    fn file_graph(&mut self, graph: &FileGraph, paths: &Paths) {
        // What a resolution depended on is history: whether a file was looked at again says nothing about the graph.
        let FileGraph {
            file,
            from: _,
            outcomes,
            edges,
        } = graph;
        self.text(paths.of(*file));
        self.list(outcomes, |canonical, outcome| {
            canonical.text(outcome.as_str())
        });
        self.number(edges.len() as u64);
        for edge in edges {
            let Edge {
                kind,
                source,
                target,
                reference,
                how,
                position,
                provenance,
            } = edge;
            self.text(kind.as_str());
            self.index(*source);
            self.symbol_id(target, paths);
            self.option(*reference, Canonical::index);
            self.option(how.as_ref(), |canonical, how| canonical.text(how.as_str()));
            self.position(position);
            self.text(provenance.as_str());
        }
    }

    fn metrics(&mut self, row: &MetricsRow, paths: &Paths) {
        let MetricsRow {
            id,
            metrics,
            cycle,
            community,
        } = row;
        // The last two are the numbers of the symbols beside them.
        let NodeMetrics {
            fan_in,
            fan_out,
            use_fan_in,
            use_fan_out,
            afferent,
            efferent,
            instability,
            page_rank,
            betweenness,
            cycle_size,
            cycle: _,
            community: _,
        } = metrics;
        self.symbol_id(id, paths);
        for number in [
            fan_in,
            fan_out,
            use_fan_in,
            use_fan_out,
            afferent,
            efferent,
            cycle_size,
        ] {
            self.index(*number);
        }
        for number in [instability, page_rank, betweenness] {
            self.index(number.to_bits());
        }
        self.symbol_id(cycle, paths);
        self.symbol_id(community, paths);
    }

    fn symbol_id(&mut self, id: &SymbolId, paths: &Paths) {
        let SymbolId { file, symbol } = id;
        self.text(paths.of(*file));
        self.index(*symbol);
    }

    fn vector(&mut self, row: &VectorRow) {
        let VectorRow {
            path,
            chunk_index,
            view,
            model,
            // Part of the chunk's row.
            input: _,
            vector,
        } = row;
        self.text(path.as_str());
        self.index(*chunk_index);
        self.text(view.as_str());
        self.text(model.as_str());
        // A service gives other bits for the same input: that there is a vector is all that two indexes have in common.
        if !model.is_of_service() {
            self.bytes(&vector.to_bytes());
        }
    }

    fn key(&mut self, key: &VectorKey) {
        let VectorKey { model, input } = key;
        self.text(model.as_str());
        self.bytes(input.as_bytes());
    }

    fn span(&mut self, span: &Span) {
        let Span {
            start_byte,
            end_byte,
            start_line,
            end_line,
        } = *span;
        [start_byte, end_byte, start_line, end_line]
            .iter()
            .for_each(|value| self.index(*value));
    }

    fn position(&mut self, position: &Position) {
        let Position { line, column } = *position;
        self.index(line);
        self.index(column);
    }

    fn flags(&mut self, flags: &Flags) {
        let Flags {
            is_exported,
            is_async,
            is_static,
            is_test,
        } = *flags;
        [is_exported, is_async, is_static, is_test]
            .iter()
            .for_each(|flag| self.tag(u8::from(*flag)));
    }

    fn complexity(&mut self, complexity: &Complexity) {
        let Complexity {
            cyclomatic,
            cognitive,
            n_code_lines,
        } = *complexity;
        [cyclomatic, cognitive, n_code_lines]
            .iter()
            .for_each(|value| self.index(*value));
    }

    fn list<T>(&mut self, items: &[T], one: fn(&mut Canonical, &T)) {
        self.number(items.len() as u64);
        items.iter().for_each(|item| one(self, item));
    }

    fn option<T>(&mut self, value: Option<T>, some: fn(&mut Canonical, T)) {
        self.tag(u8::from(value.is_some()));
        if let Some(value) = value {
            some(self, value);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.push(bytes);
    }

    fn index(&mut self, index: u32) {
        self.push(&index.to_le_bytes());
    }

    fn number(&mut self, number: u64) {
        self.push(&number.to_le_bytes());
    }

    fn tag(&mut self, tag: u8) {
        self.push(&[tag]);
    }

    fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= FLUSH_BYTES {
            self.hasher.update(&self.pending);
            self.pending.clear();
        }
    }
}
