//! Made-up files that use every field.

use domain::facts::{
    Declaration, DeclarationId, DeclaredValue, Member, MemberKind, NameId, Reference, Shape,
    ShapeId, Target, Type, TypeId, Value, ValueId,
};
use domain::{
    Chunk, ChunkKind, Complexity, ContentHash, Facts, FileRecord, FileStamp, Flags, Language,
    ModelId, Parser, Position, Profile, ReferenceKind, RepoPath, RepositoryName, Span, Symbol,
    SymbolKind, Vector, VectorKey,
};

use crate::{ChunkRow, FileIndex, NewVector, RunEnd, RunSettings, StartedRun, Store};

/// Dimensions of the sample's vectors; no multiple of anything convenient.
pub const N_DIMENSIONS: usize = 37;

/// Returns a path.
pub fn path(path: &str) -> RepoPath {
    RepoPath::new(path).expect("the sample's paths are valid")
}

/// Returns a repository's name.
pub fn repository(name: &str) -> RepositoryName {
    RepositoryName::new(name).expect("the sample's names are valid")
}

/// Returns the model of the sample's vectors.
pub fn model() -> ModelId {
    ModelId::new("sample@1")
}

/// Returns a run's settings; another `extractor` makes another profile.
pub fn settings(name: &str, extractor: u32) -> RunSettings {
    RunSettings {
        repository: repository(name),
        root: "/sample".to_owned(),
        profile: Profile {
            extractor,
            words: 1,
            max_chunk_tokens: 256,
            token_counter: "sample".to_owned(),
            code_model: Some(model()),
            text_model: Some(model()),
        },
        from_scratch: false,
    }
}

/// Begins a run of the repository `name` under the first profile.
pub fn begin(store: &mut dyn Store, name: &str) -> StartedRun {
    store.begin_run(&settings(name, 1)).expect("a run begins")
}

/// Ends a run as complete.
pub fn finish(store: &mut dyn Store, run: &StartedRun) {
    let end = RunEnd {
        complete: true,
        summary: "{}".to_owned(),
    };
    store.finish_run(run.run, &end).expect("a run finishes");
}

/// Returns the vector that the sample gives an input.
pub fn vector(input: ContentHash) -> Vector {
    let mut state = u64::from_le_bytes(
        input.as_bytes()[..8]
            .try_into()
            .expect("a hash has 32 bytes"),
    );
    let values: Vec<f32> = (0..N_DIMENSIONS)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect();
    Vector::from_f32(&values)
}

/// Returns a file of one chunk for each of `sources`, with its symbols, references and vectors.
pub fn file(at: &str, sources: &[&str]) -> FileIndex {
    let chunks: Vec<ChunkRow> = sources
        .iter()
        .enumerate()
        .map(|(index, source)| chunk_row(index as u32, source))
        .collect();
    let keys = chunks
        .iter()
        .flat_map(|row| [row.code.clone(), row.text.clone()])
        .flatten();
    FileIndex {
        record: FileRecord {
            path: path(at),
            hash: ContentHash::of(sources.concat().as_bytes()),
            stamp: FileStamp {
                n_bytes: 10,
                modified_ns: Some(1_700_000_000_000_000_001),
            },
            language: Language::Tsx,
            front_end: 7,
            parser: Parser::TreeSitter,
            is_test: true,
            is_generated: true,
            n_lines: 3,
            note: Some("syntax error on line 3".to_owned()),
        },
        new_vectors: keys
            .map(|key| NewVector {
                vector: vector(key.input),
                key,
            })
            .collect(),
        symbols: vec![
            symbol(None, SymbolKind::Module, at),
            symbol(Some(0), SymbolKind::Function, "größe\n"),
        ],
        facts: facts(),
        chunks,
    }
}

fn chunk_row(index: u32, source: &str) -> ChunkRow {
    let key = |text: String| {
        Some(VectorKey {
            model: model(),
            input: ContentHash::of(text.as_bytes()),
        })
    };
    ChunkRow {
        chunk: Chunk {
            kind: ChunkKind::Method,
            name: source
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned(),
            qualified_name: format!("Outer.{index}"),
            part: index,
            signature: "run(): void".to_owned(),
            doc: "Says hello.".to_owned(),
            span: Span {
                start_byte: index * 10,
                end_byte: index * 10 + 9,
                start_line: index + 1,
                end_line: index + 2,
            },
            flags: FLAGS,
            complexity: COMPLEXITY,
            source: source.to_owned(),
        },
        code: key(source.to_owned()),
        text: key(format!("words of {source}")),
    }
}

const FLAGS: Flags = Flags {
    is_exported: true,
    is_async: false,
    is_static: true,
    is_test: false,
};
const COMPLEXITY: Complexity = Complexity {
    cyclomatic: 2,
    cognitive: 3,
    n_code_lines: 4,
};

fn symbol(parent: Option<u32>, kind: SymbolKind, name: &str) -> Symbol {
    Symbol {
        parent,
        kind,
        name: name.to_owned(),
        qualified_name: format!("Outer.{name}"),
        position: Position { line: 7, column: 8 },
        span: Span {
            start_byte: 1,
            end_byte: u32::MAX,
            start_line: 1,
            end_line: 9,
        },
        signature: "signature".to_owned(),
        doc: String::new(),
        flags: FLAGS,
        complexity: COMPLEXITY,
    }
}

fn facts() -> Facts {
    let (x, specifier) = (NameId(0), NameId(1));
    let targets = [
        (ReferenceKind::Call, Target::Value(ValueId(1))),
        (ReferenceKind::Import, Target::Module { specifier, name: x }),
        (ReferenceKind::Type, Target::Type(TypeId(1))),
        (ReferenceKind::New, Target::Unknown),
    ];
    Facts {
        references: targets
            .into_iter()
            .zip(1..)
            .map(|((kind, target), line)| Reference {
                kind,
                from: 1,
                name: x,
                position: Position { line, column: 2 },
                target,
            })
            .collect(),
        names: vec!["größe\u{0}".to_owned(), "./a".to_owned()],
        declarations: vec![Declaration {
            symbol: Some(1),
            value: DeclaredValue::Static(ShapeId(0)),
            ..Declaration::default()
        }],
        values: vec![Value::Unknown, Value::Declared(DeclarationId(0))],
        types: vec![Type::Unknown, Type::Union(vec![TypeId(0)])],
        shapes: vec![Shape {
            members: vec![Member {
                name: x,
                kind: MemberKind::Getter,
                symbol: None,
                r#type: Some(TypeId(1)),
                value: None,
            }],
            ..Shape::default()
        }],
        ..Facts::default()
    }
}
