//! Prints how fast the store writes and searches: a new file of the embedded database, or an empty database on a server whose address
//! is given (`cargo run --release -p store --example rate -- postgres://…`).
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::time::Instant;

use domain::{ContentHash, Vector, VectorKey, View};
use store::conformance::sample;
use store::{NewVector, PostgresStore, SqliteStore, Store};

const N_WRITTEN: usize = 2_000;
const N_EMBEDDED: usize = 2_000;
const CHUNKS_PER_EMBEDDED: usize = 40;
const N_DIMENSIONS: usize = 384;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("mnemo.db");
    let address = std::env::args().nth(1);
    let mut store = open(&path, address.as_deref());
    let plain = sample::begin(&mut *store, "plain").generation;
    let start = Instant::now();
    for index in 0..N_WRITTEN {
        let mut file = file(index, 6);
        file.facts.references = file
            .facts
            .references
            .iter()
            .cycle()
            .take(60)
            .cloned()
            .collect();
        file.symbols = file.symbols.iter().cycle().take(12).cloned().collect();
        store.replace_file(plain, &file).expect("a write");
    }
    println!(
        "{:.0} files/s",
        N_WRITTEN as f64 / start.elapsed().as_secs_f64()
    );

    let embedded = sample::begin(&mut *store, "embedded").generation;
    for index in 0..N_EMBEDDED {
        let mut file = file(index, CHUNKS_PER_EMBEDDED);
        for (position, row) in file.chunks.iter_mut().enumerate() {
            let input = ContentHash::of(format!("{index} {position}").as_bytes());
            let values: Vec<f32> = input
                .as_bytes()
                .iter()
                .cycle()
                .take(N_DIMENSIONS)
                .map(|b| f32::from(*b) / 256.0)
                .collect();
            let key = VectorKey {
                model: sample::model(),
                input,
            };
            file.new_vectors.push(NewVector {
                key: key.clone(),
                vector: Vector::from_f32(&values),
            });
            row.code = Some(key);
        }
        store.replace_file(embedded, &file).expect("a write");
    }
    drop(store);
    let store = open_read_only(&path, address.as_deref());
    let query = Vector::from_f32(&[0.5; N_DIMENSIONS]);
    for _ in 0..3 {
        let start = Instant::now();
        let found = store
            .vector_search(embedded, &sample::model(), View::Code, &query, 50)
            .expect("a search");
        println!(
            "vector_search: {:?}, {} found",
            start.elapsed(),
            found.len()
        );
        let start = Instant::now();
        let words = ["handler1234 request 77".to_owned()];
        let found = store
            .lexical_search(embedded, &words, 50)
            .expect("a search");
        println!(
            "lexical_search: {:?}, {} found",
            start.elapsed(),
            found.len()
        );
    }
    if let Ok(file) = fs_err::metadata(&path) {
        println!("{} MB", file.len() / 1_000_000);
    }
}

fn open(path: &Path, address: Option<&str>) -> Box<dyn Store> {
    match address {
        Some(address) => {
            let address = address.parse().expect("an address");
            Box::new(PostgresStore::open(&address).expect("the database"))
        }
        None => Box::new(SqliteStore::open(path).expect("a new database")),
    }
}

fn open_read_only(path: &Path, address: Option<&str>) -> Box<dyn Store> {
    match address {
        Some(address) => {
            let address = address.parse().expect("an address");
            Box::new(PostgresStore::open_read_only(&address).expect("the database"))
        }
        None => Box::new(SqliteStore::open_read_only(path).expect("the database")),
    }
}

fn file(index: usize, n_chunks: usize) -> store::FileIndex {
    let line = |chunk: usize| {
        format!("export async function handler{index}_{chunk}(request: Request) {{ return parseBody(request, {chunk}) }}\n").repeat(6)
    };
    let sources: Vec<String> = (0..n_chunks).map(line).collect();
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    let mut file = sample::file(&format!("src/part{}/file{index}.ts", index % 50), &sources);
    file.new_vectors.clear();
    file.chunks
        .iter_mut()
        .for_each(|row| (row.code, row.text) = (None, None));
    file
}
