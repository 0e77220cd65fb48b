//! The hash over everything that a generation says, made from what any backend's visits give.
//!
//! The serialisation is canonical: paths in order, every text and list behind its length, every option behind a tag. Row ids, stamps,
//! problems and skips are not part of it.

use blake3::Hasher;
use domain::{
    Binding, Chunk, Complexity, ContentHash, FileRecord, Flags, Position, Receiver, Reference,
    Span, Symbol, VectorKey,
};

use crate::{ChunkRow, FileIndex, GenerationId, Store, StoreError, VectorRow};

/// Changes when the serialisation does, so that hashes of two kinds never look comparable.
const FORMAT: &str = "mnemo digest 1";

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
    let mut whole = Canonical::default();
    whole.text(FORMAT);
    whole.bytes(files.finish().as_bytes());
    whole.bytes(vectors.finish().as_bytes());
    Ok(whole.finish())
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
            references,
            new_vectors: _,
        } = file;
        self.record(record);
        self.list(chunks, Canonical::chunk_row);
        self.list(symbols, Canonical::symbol);
        self.list(references, Canonical::reference);
    }

    fn record(&mut self, record: &FileRecord) {
        let FileRecord {
            path,
            hash,
            stamp: _,
            language,
            parser,
            is_test,
            n_lines,
            note,
        } = record;
        self.text(path.as_str());
        self.bytes(hash.as_bytes());
        self.text(language.as_str());
        self.text(parser.as_str());
        self.number(u64::from(*is_test));
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

    fn reference(&mut self, reference: &Reference) {
        let Reference {
            kind,
            from,
            name,
            position,
            binding,
            receiver,
        } = reference;
        self.text(kind.as_str());
        self.index(*from);
        self.text(name);
        self.position(position);
        self.binding(binding);
        self.option(receiver.as_ref(), Canonical::receiver);
    }

    fn binding(&mut self, binding: &Binding) {
        match binding {
            Binding::Symbol(index) => {
                self.tag(0);
                self.index(*index);
            }
            Binding::Import { specifier, name } => {
                self.tag(1);
                self.text(specifier);
                self.text(name);
            }
            Binding::Local => self.tag(2),
            Binding::Global => self.tag(3),
            Binding::Member => self.tag(4),
        }
    }

    fn receiver(&mut self, receiver: &Receiver) {
        match receiver {
            Receiver::This(index) => {
                self.tag(0);
                self.index(*index);
            }
            Receiver::Super(index) => {
                self.tag(1);
                self.index(*index);
            }
            Receiver::Name { name, binding } => {
                self.tag(2);
                self.text(name);
                self.binding(binding);
            }
            Receiver::Member(object, name) => {
                self.tag(3);
                self.receiver(object);
                self.text(name);
            }
            Receiver::Call(callee) => {
                self.tag(4);
                self.receiver(callee);
            }
            Receiver::New(class) => {
                self.tag(5);
                self.receiver(class);
            }
            Receiver::Other => self.tag(6),
        }
    }

    fn vector(&mut self, row: &VectorRow) {
        let VectorRow {
            path,
            chunk_index,
            view,
            model,
            vector,
        } = row;
        self.text(path.as_str());
        self.index(*chunk_index);
        self.text(view.as_str());
        self.text(model.as_str());
        self.bytes(&vector.to_bytes());
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
