//! Questions, on a database of a few chunks. The first byte chooses how to search.

#![no_main]

use std::cell::RefCell;

use embed::{MockEmbedder, ViewEmbedders};
use libfuzzer_sys::fuzz_target;
use search::{Marker, Mode, Pattern, Query, Source, TestHits, Weights, search, search_pattern};
use store::conformance::sample;
use store::{GenerationId, SqliteStore, Store};

struct Index {
    _directory: tempfile::TempDir,
    store: SqliteStore,
    generation: GenerationId,
    embedders: ViewEmbedders,
}

thread_local! {
    static INDEX: RefCell<Index> = RefCell::new(index());
}

fn index() -> Index {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let mut store = SqliteStore::open(&directory.path().join("index.db")).expect("a database");
    let run = sample::begin(&mut store, "r");
    let files = [
        (
            "src/parse.ts",
            &["export function parseHeader(line: string) {\n  return line.split(\":\");\n}"][..],
        ),
        (
            "src/größe.tsx",
            &[
                "const größe = 'naïve';",
                "class \"Quoted\" extends Base<T> {}",
            ][..],
        ),
        (
            "test/parse.test.ts",
            &["it('parses a header', () => expect(parseHeader(\"a:b\")).toEqual([\"a\", \"b\"]));"]
                [..],
        ),
    ];
    for (path, sources) in files {
        let file = sample::file(path, sources);
        store.replace_file(run.generation, &file).expect("a file");
    }
    sample::finish(&mut store, &run);
    Index {
        _directory: directory,
        store,
        generation: run.generation,
        embedders: ViewEmbedders::shared(Box::new(MockEmbedder::new())),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text).into_owned();
    let query = Query {
        text,
        limit: 5,
        offset: usize::from(choice >> 6),
        mode: [Mode::Lexical, Mode::Hybrid, Mode::Semantic][usize::from(*choice) % 3],
        path: None,
        language: None,
        kind: None,
        tests: [TestHits::Lower, TestHits::Without, TestHits::Only][usize::from(choice / 3) % 3],
        weights: Weights::default(),
    };
    INDEX.with_borrow_mut(|index| {
        let sources = [Source {
            repository: sample::repository("r"),
            generation: index.generation,
        }];
        let embedders = Some(&mut index.embedders);
        let page =
            search(&index.store, &sources, embedders, &query).expect("any text is a question");
        let marker = Marker::question(&page.asked(&query.text));
        for hit in &page.hits {
            assert!(!marker.snippet(hit, 2).lines.is_empty());
        }
        if let Ok(pattern) = Pattern::regex(&query.text) {
            search_pattern(&index.store, &sources, &pattern, &query)
                .expect("any pattern matches or not");
        }
    });
});
