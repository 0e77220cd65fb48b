//! What is read in one reading is of one state.

use std::time::Duration;

use domain::View;

use super::Open;
use super::sample::{begin, file, finish, model, path, repository, settings, vector};
use crate::{Canceller, GenerationId, Reading, ReadingBounds, Store, StoreError};

fn bounds() -> ReadingBounds {
    ReadingBounds::new(Duration::from_secs(60), &Canceller::default())
}

/// Returns what the methods say that together make an answer.
fn all_that_is_said(store: &dyn Store, generation: GenerationId) -> String {
    let mut files = Vec::new();
    let visited = store.visit_files(generation, &mut |file| {
        files.push(file);
        Ok(())
    });
    visited.unwrap();
    let query = vector(files[0].chunks[0].code.as_ref().unwrap().input);
    let words = ["new".to_owned(), "old".to_owned(), "one".to_owned()];
    let found = store.lexical_search(generation, &words, 10).unwrap();
    let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
    let near = store
        .vector_search(generation, &model(), View::Code, &query, 10)
        .unwrap();
    format!(
        "{files:?} {found:?} {near:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        store.similarities(&model(), View::Text, &query, &ids),
        store.chunks(&ids),
        store.dependents(&ids),
        store.counts(generation),
        store.covered(generation),
        store.known_files(generation),
        store.graph_state(generation),
        store.graph_nodes(generation),
        store.chunks_of(generation, &path("a.ts")),
        store.digest(generation),
    )
}

pub(super) fn a_reading_sees_one_state(open: Open<'_>) {
    let mut writer = open();
    let run = begin(&mut *writer, "a");
    let generation = run.generation;
    for at in ["a.ts", "b.ts"] {
        let old = file(at, &["old one", "old two"]);
        writer.replace_file(generation, &old).unwrap();
    }
    finish(&mut *writer, &run);
    let mut store = open();
    let reading = Reading::begin(store.as_mut(), &bounds()).unwrap();
    let before = all_that_is_said(&*reading, generation);
    let commit = reading.last_commit().unwrap();

    let new = file("a.ts", &["new one"]);
    writer.replace_file(generation, &new).unwrap();
    writer.remove_files(generation, &[path("b.ts")]).unwrap();
    assert_eq!(all_that_is_said(&*reading, generation), before);
    // Another generation takes its place, and then the repository goes.
    let mut full = settings("a", 1);
    full.from_scratch = true;
    let rebuilt = writer.begin_run(&full).unwrap();
    writer.replace_file(rebuilt.generation, &new).unwrap();
    finish(&mut *writer, &rebuilt);
    assert!(writer.remove_repository(&repository("a")).unwrap());
    assert_eq!(all_that_is_said(&*reading, generation), before);
    assert_eq!(reading.repositories().unwrap().len(), 1);
    assert_eq!(reading.last_commit().unwrap(), commit);

    drop(reading);
    assert_ne!(store.last_commit().unwrap(), commit);
    assert!(store.repositories().unwrap().is_empty());
    let gone = store.counts(generation).unwrap_err();
    assert!(matches!(gone, StoreError::NoGeneration { .. }), "{gone}");
    let reading = Reading::begin(store.as_mut(), &bounds()).unwrap();
    assert!(reading.repositories().unwrap().is_empty());
}

pub(super) fn a_reading_ends_at_its_bounds(open: Open<'_>) {
    let mut store = open();
    let run = begin(&mut *store, "a");
    let written = file("a.ts", &["one"]);
    store.replace_file(run.generation, &written).unwrap();

    let canceller = Canceller::default();
    let bounds = ReadingBounds::new(Duration::from_secs(60), &canceller);
    let reading = Reading::begin(store.as_mut(), &bounds).unwrap();
    assert!(reading.covered(run.generation).is_ok());
    canceller.cancel();
    let error = reading.covered(run.generation).unwrap_err();
    assert!(matches!(error, StoreError::Cancelled), "{error}");
    drop(reading);

    let bounds = ReadingBounds::new(Duration::ZERO, &Canceller::default());
    let reading = Reading::begin(store.as_mut(), &bounds).unwrap();
    let error = reading.repositories().unwrap_err();
    assert!(matches!(error, StoreError::ReadingTooOld { .. }), "{error}");
    drop(reading);
    // The handle is as good as before.
    assert_eq!(store.repositories().unwrap().len(), 1);
}
