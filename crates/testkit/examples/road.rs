//! What each stage of a run without vectors costs, one after the other over a whole tree, in one thread: `road TREE`.
//!
//! Prints a JSON array of stages, each with its seconds of processor time and the bytes that it gives, among them floors: what reading, parsing
//! and writing the same would cost alone. `cargo xtask bench road` sets it beside whole runs.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::time::Duration;

use domain::{ContentHash, FileRecord, FileStamp, Language, Profile, RepoPath, RepositoryName};
use extract::{ExtractSettings, Extraction};
use index::{GeneratedFiles, NestedRepositories, Rules, SecretFiles, TestFiles};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use store::{ChunkRow, FileIndex, GenerationId, RunSettings, SqliteStore, Store};

/// Files that are written together.
const GROUP: usize = 64;

/// As large as a worker's, since parsers recurse.
const STACK_BYTES: usize = 256 << 20;

fn main() {
    let tree = std::env::args().nth(1).expect("usage: road TREE");
    let work = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || stages(Path::new(&tree)))
        .expect("a thread");
    println!("{}", json!(work.join().expect("the stages")));
}

/// Processor time of this process so far.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        time.tv_nsec.unsigned_abs() as u32,
    )
}

fn stage<T>(all: &mut Vec<Value>, name: &str, work: impl FnOnce() -> (T, usize)) -> T {
    let began = now();
    let (made, n_bytes) = work();
    let seconds = (now() - began).as_secs_f64();
    all.push(json!({"stage": name, "cpu_seconds": seconds, "bytes": n_bytes}));
    made
}

/// A file and its text.
struct Source {
    path: RepoPath,
    language: Language,
    text: String,
}

fn stages(tree: &Path) -> Vec<Value> {
    let mut all = Vec::new();
    let found = stage(&mut all, "discover", || {
        let found = index::discover(tree, &[], &rules()).expect("no globs");
        let n_bytes = found.changed.iter().map(|file| file.n_bytes as usize).sum();
        (found, n_bytes)
    });
    let sources: Vec<Source> = stage(&mut all, "read (floor)", || {
        let read = found
            .changed
            .iter()
            .filter_map(|file| source(tree, &file.path));
        let read: Vec<Source> = read.collect();
        let n_bytes = read.iter().map(|source| source.text.len()).sum();
        (read, n_bytes)
    });
    stage(&mut all, "parse alone (floor)", || ((), parse(&sources)));
    let extractions = stage(&mut all, "extract: parse, facts, chunks", || {
        let made: Vec<Extraction> = sources.iter().map(extraction).collect();
        let chunks = made.iter().flat_map(|made| &made.chunks);
        let n_bytes = chunks.map(|chunk| chunk.source.len()).sum();
        (made, n_bytes)
    });
    stage(&mut all, "words", || {
        let files = sources.iter().zip(&extractions);
        let rows = files.map(|(source, made)| store::words_of_file(&source.path, &made.chunks));
        ((), rows.map(|row| row.len()).sum())
    });
    let files: Vec<FileIndex> = sources.iter().zip(extractions).map(file_index).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let database = folder.path().join("mnemo.db");
    let n_bytes = stage(&mut all, "store, words among it", || {
        let n_bytes = write(&database, &files);
        (n_bytes, n_bytes)
    });
    stage(&mut all, "write the same bytes at once (floor)", || {
        ((), write_floor(&folder.path().join("floor.db"), n_bytes))
    });
    all
}

fn rules() -> Rules {
    Rules {
        include: Vec::new(),
        exclude: Vec::new(),
        tests: TestFiles::Indexed,
        secrets: SecretFiles::Skipped,
        generated: GeneratedFiles::With,
        nested: NestedRepositories::Skipped,
        max_file_bytes: 4 << 20,
    }
}

fn source(tree: &Path, path: &RepoPath) -> Option<Source> {
    let bytes = fs_err::read(tree.join(path.as_str())).ok()?;
    let text = extract::decode(&bytes).ok()?.into_owned();
    let language = extract::language_of(path)?;
    Some(Source {
        path: path.clone(),
        language,
        text,
    })
}

/// Parses what the parser of most files reads; returns how many bytes those have.
fn parse(sources: &[Source]) -> usize {
    let mut allocator = oxc::allocator::Allocator::default();
    let mut n_bytes = 0;
    for source in sources {
        let Ok(kind) = oxc::span::SourceType::from_path(source.path.as_str()) else {
            continue;
        };
        let parsed = oxc::parser::Parser::new(&allocator, &source.text, kind).parse();
        std::hint::black_box(parsed.program.body.len());
        drop(parsed);
        allocator.reset();
        n_bytes += source.text.len();
    }
    n_bytes
}

fn extraction(source: &Source) -> Extraction {
    let settings = ExtractSettings {
        max_tokens: 512,
        // Roughly what a run without vectors counts.
        count_tokens: &|text| text.len() / 4,
    };
    extract::extract(&source.path, &source.text, source.language, &settings)
}

fn file_index((source, made): (&Source, Extraction)) -> FileIndex {
    let record = FileRecord {
        path: source.path.clone(),
        hash: ContentHash::of(source.text.as_bytes()),
        stamp: FileStamp {
            n_bytes: source.text.len() as u64,
            modified_ns: None,
        },
        language: source.language,
        front_end: extract::front_end_version(source.language),
        parser: made.parser,
        is_test: extract::is_test_path(&source.path),
        is_generated: false,
        n_lines: made.n_lines,
        note: made.note,
    };
    let row = |chunk| ChunkRow {
        chunk,
        code: None,
        text: None,
    };
    FileIndex {
        record,
        chunks: made.chunks.into_iter().map(row).collect(),
        symbols: made.symbols,
        facts: made.facts,
        new_vectors: Vec::new(),
    }
}

/// Writes files as a worker does; returns the size of the database.
fn write(database: &Path, files: &[FileIndex]) -> usize {
    let mut store = SqliteStore::open(database).expect("a new database");
    let generation = begin(&mut store);
    for group in files.chunks(GROUP) {
        store.replace_files(generation, group).expect("a write");
    }
    // Closing it folds the log into the database.
    drop(store);
    fs_err::metadata(database).map_or(0, |metadata| metadata.len() as usize)
}

fn begin(store: &mut SqliteStore) -> GenerationId {
    let settings = RunSettings {
        repository: RepositoryName::new("road".to_owned()).expect("a name"),
        root: "/".to_owned(),
        profile: Profile {
            extractor: index::EXTRACTOR_VERSION,
            words: store::WORDS_VERSION,
            max_chunk_tokens: 512,
            token_counter: String::new(),
            code_model: None,
            text_model: None,
        },
        from_scratch: false,
    };
    store.begin_run(&settings).expect("a run").generation
}

/// Writes so many bytes into one table in one transaction, in rows of 4 KB.
fn write_floor(database: &Path, n_bytes: usize) -> usize {
    const ROW_BYTES: usize = 4 << 10;
    let mut connection = rusqlite::Connection::open(database).expect("a new database");
    connection
        .execute_batch("PRAGMA journal_mode = wal; PRAGMA synchronous = normal; CREATE TABLE rows (bytes BLOB)")
        .expect("a table");
    let transaction = connection.transaction().expect("a transaction");
    let row = vec![7_u8; ROW_BYTES];
    {
        let mut insert = transaction
            .prepare("INSERT INTO rows VALUES (?1)")
            .expect("a statement");
        for _ in 0..n_bytes.div_ceil(ROW_BYTES) {
            insert.execute([&row]).expect("a row");
        }
    }
    transaction.commit().expect("a commit");
    n_bytes
}
