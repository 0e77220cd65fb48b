//! Cases about searches, compared with a plain model of them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{ContentHash, NodeMetrics, RepoPath, View};

use super::Open;
use super::sample::{begin, file, model, path, vector};
use crate::lexical::{self, COMMON_WORD_WEIGHT, LENGTH_CORRECTION, SATURATION, WEIGHTS};
use crate::{ChunkId, FileIndex, GenerationId, GraphUpdate, MetricsRow, Store, SymbolId};

const SOURCES: &[&[&str]] = &[
    &["parseBody reads the body", "router", "parse parse parse"],
    &[
        "router matches",
        "router",
        "common_word getUserID",
        "router",
    ],
    &["router", "nothing here", "body_size = 3000"],
];

/// A file as a model of the store keeps it: where each chunk stands and what it says.
type Expected = (f64, RepoPath, u32);

fn fill(store: &mut dyn Store) -> (GenerationId, Vec<FileIndex>) {
    let generation = begin(store, "a").generation;
    let other = begin(store, "b").generation;
    store
        .replace_file(
            other,
            &file("other.ts", &["router body parse router", "body"]),
        )
        .unwrap();
    let mut files = Vec::new();
    // Not in path order, and after another version, so that row ids and statistics would betray themselves.
    for (at, sources) in ["src/b.ts", "src/c.ts", "src/a.ts"]
        .into_iter()
        .zip(SOURCES)
    {
        store
            .replace_file(generation, &file(at, &["router body", "parse draft"]))
            .unwrap();
        let whole = file(at, sources);
        store.replace_file(generation, &whole).unwrap();
        files.push(whole);
    }
    store
        .replace_file(generation, &file("gone.ts", &["router body"]))
        .unwrap();
    store.remove_files(generation, &[path("gone.ts")]).unwrap();
    (generation, files)
}

fn check(store: &dyn Store, found: &[(ChunkId, f32)], mut expected: Vec<Expected>, limit: usize) {
    expected.sort_by(|a, b| {
        (b.0 as f32)
            .total_cmp(&(a.0 as f32))
            .then_with(|| a.1.cmp(&b.1))
            .then_with(|| a.2.cmp(&b.2))
    });
    expected.truncate(limit);
    let ids: Vec<ChunkId> = found.iter().map(|hit| hit.0).collect();
    let chunks = store.chunks(&ids).unwrap();
    let found_at: Vec<_> = chunks
        .iter()
        .map(|found| (found.path.clone(), found.chunk.part))
        .collect();
    let expected_at: Vec<_> = expected
        .iter()
        .map(|(_, path, part)| (path.clone(), *part))
        .collect();
    assert_eq!(found_at, expected_at);
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            (f64::from(found.1) - expected.0).abs() < 1e-4,
            "{} instead of {}",
            found.1,
            expected.0
        );
    }
}

pub(super) fn lexical_search_equals_formula(open: Open<'_>) {
    let mut store = open();
    let (generation, files) = fill(&mut *store);
    for query in [
        "router",
        "body",
        "parseBody",
        "getUserID 3000",
        "unknown",
        "src OR \"router\" *",
        "",
    ] {
        for limit in [0, 1, 3, 100] {
            let found = store
                .lexical_search(generation, &[query.to_owned()], limit)
                .unwrap();
            check(&*store, &found, formula(&files, query), limit);
        }
    }
}

pub(super) fn words_lead_to_their_chunks(open: Open<'_>) {
    let mut store = open();
    let (generation, files) = fill(&mut *store);
    let mut expected: BTreeMap<String, BTreeSet<(RepoPath, u32)>> = BTreeMap::new();
    for file in &files {
        for row in &file.chunks {
            let place = (file.record.path.clone(), row.chunk.part);
            for words in lexical::fields(&file.record.path, &row.chunk) {
                for word in words.split_ascii_whitespace() {
                    let places = expected.entry(word.to_owned()).or_default();
                    places.insert(place.clone());
                }
            }
        }
    }
    let mut visited = BTreeSet::new();
    let visit = &mut |word: &str, weight| {
        assert!(weight > 0, "{word}");
        visited.insert(word.to_owned());
    };
    store.visit_words(generation, 3..=6, visit).unwrap();
    let in_bounds = expected.keys().filter(|word| (3..=6).contains(&word.len()));
    assert!(in_bounds.eq(&visited), "{visited:?}");
    let words = ["router".to_owned(), "draft".to_owned(), "body".to_owned()];
    // Of no chunk any more, or only with its ending.
    assert_eq!(
        store.knows_words(generation, &words).unwrap(),
        [true, false, false]
    );
    let words = ["bod".to_owned(), "3000".to_owned(), "draft".to_owned()];
    let found = store.chunks_with(generation, &words).unwrap();
    assert!(found.is_sorted());
    let chunks = store.chunks(&found).unwrap().into_iter();
    let places: BTreeSet<_> = chunks.map(|found| (found.path, found.chunk.part)).collect();
    assert_eq!(places, &expected["bod"] | &expected["3000"]);
}

fn formula(files: &[FileIndex], query: &str) -> Vec<Expected> {
    let mut documents: Vec<(RepoPath, u32, BTreeMap<String, f64>, f64)> = Vec::new();
    for file in files {
        for row in &file.chunks {
            let (mut frequencies, mut length) = (BTreeMap::new(), 0.0);
            for (words, weight) in lexical::fields(&file.record.path, &row.chunk)
                .iter()
                .zip(WEIGHTS)
            {
                for word in words.split_ascii_whitespace() {
                    *frequencies.entry(word.to_owned()).or_insert(0.0) += f64::from(weight);
                    length += 1.0;
                }
            }
            documents.push((
                file.record.path.clone(),
                row.chunk.part,
                frequencies,
                length,
            ));
        }
    }
    let n = documents.len() as f64;
    let mean = documents.iter().map(|document| document.3).sum::<f64>() / n;
    let words = lexical::query_words(&[query.to_owned()]);
    let weight = |word: &String| {
        let with = documents
            .iter()
            .filter(|document| document.2.contains_key(word))
            .count() as f64;
        let weight = ((n - with + 0.5) / (with + 0.5)).ln();
        if weight > 0.0 {
            weight
        } else {
            COMMON_WORD_WEIGHT
        }
    };
    let weights: Vec<f64> = words.iter().map(weight).collect();
    let mut scores = Vec::new();
    for (path, part, frequencies, length) in &documents {
        let norm = SATURATION * (1.0 - LENGTH_CORRECTION + LENGTH_CORRECTION * length / mean);
        let scored = words.iter().zip(&weights).filter_map(|(word, weight)| {
            let frequency = frequencies.get(word)?;
            Some(weight * frequency * (SATURATION + 1.0) / (frequency + norm))
        });
        let scored: Vec<f64> = scored.collect();
        if !scored.is_empty() {
            scores.push((scored.iter().sum(), path.clone(), *part));
        }
    }
    scores
}

pub(super) fn vector_search_equals_brute_force(open: Open<'_>) {
    let mut store = open();
    let (generation, files) = fill(&mut *store);
    let query = vector(ContentHash::of(b"query"));
    for view in [View::Code, View::Text] {
        let mut expected = Vec::new();
        for file in &files {
            for row in &file.chunks {
                let key = if view == View::Code {
                    &row.code
                } else {
                    &row.text
                };
                let stored = vector(key.as_ref().expect("the sample has vectors").input);
                let score = stored
                    .to_f32()
                    .iter()
                    .zip(query.to_f32())
                    .map(|(a, b)| f64::from(*a) * f64::from(b))
                    .sum();
                expected.push((score, file.record.path.clone(), row.chunk.part));
            }
        }
        for limit in [0, 1, 2, 4, 100] {
            let found = store
                .vector_search(generation, &model(), view, &query, limit)
                .unwrap();
            check(&*store, &found, expected.clone(), limit);
        }
    }
    let unknown = domain::ModelId::new("unknown");
    assert!(
        store
            .vector_search(generation, &unknown, View::Code, &query, 9)
            .unwrap()
            .is_empty()
    );
    let short = domain::Vector::from_f32(&[1.0]);
    assert!(
        store
            .vector_search(generation, &model(), View::Code, &short, 9)
            .is_err()
    );
}

pub(super) fn similarities_are_those_of_vector_search(open: Open<'_>) {
    let mut store = open();
    let (generation, _) = fill(&mut *store);
    let query = vector(ContentHash::of(b"query"));
    for view in [View::Code, View::Text] {
        let found = store
            .vector_search(generation, &model(), view, &query, 100)
            .unwrap();
        let mut ids: Vec<ChunkId> = found.iter().map(|(id, _)| *id).collect();
        let mut expected: Vec<Option<f32>> = found.iter().map(|(_, score)| Some(*score)).collect();
        ids.push(ChunkId(i64::MAX));
        expected.push(None);
        assert_eq!(
            store.similarities(&model(), view, &query, &ids).unwrap(),
            expected
        );
        let unknown = domain::ModelId::new("unknown");
        let none = store.similarities(&unknown, view, &query, &ids).unwrap();
        assert_eq!(none, vec![None; ids.len()]);
    }
}

pub(super) fn chunks_and_dependents_are_known(open: Open<'_>) {
    let mut store = open();
    let generation = begin(&mut *store, "a").generation;
    let mut whole = file("a.ts", &["one", "two"]);
    whole.symbols[1].span.start_byte = whole.chunks[1].chunk.span.start_byte;
    store.replace_file(generation, &whole).unwrap();
    store
        .replace_file(generation, &file("b.ts", &["three"]))
        .unwrap();
    let chunks = store.chunks_of(generation, &path("a.ts")).unwrap();
    let sources: Vec<&str> = chunks
        .iter()
        .map(|stored| stored.chunk.source.as_str())
        .collect();
    assert_eq!(sources, ["one", "two"]);
    assert_eq!(chunks[0].hash, whole.record.hash);
    assert!(
        store
            .chunks_of(generation, &path("none.ts"))
            .unwrap()
            .is_empty()
    );

    let ids: Vec<ChunkId> = chunks.iter().map(|stored| stored.id).collect();
    assert_eq!(store.dependents(&ids).unwrap(), [0, 0]);
    let files = store.graph_state(generation).unwrap().files;
    let symbol = SymbolId {
        file: files[0].id,
        symbol: 1,
    };
    let metrics = MetricsRow {
        id: symbol,
        metrics: NodeMetrics {
            fan_in: 7,
            ..NodeMetrics::default()
        },
        cycle: symbol,
        community: symbol,
    };
    let update = GraphUpdate {
        metrics: vec![metrics],
        ..GraphUpdate::default()
    };
    store.replace_graph(generation, &update).unwrap();
    assert_eq!(store.dependents(&ids).unwrap(), [0, 7]);
}
