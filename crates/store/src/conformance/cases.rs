//! Cases about files, vectors, runs and generations.

use std::time::Duration;

use domain::{ContentHash, FileStamp, Problem, ProblemKind, Skip, SkipReason, Vector};

use super::Open;
use super::sample::{begin, file, finish, model, path, repository, settings};
use crate::{FileIndex, GenerationId, GenerationState, RunEnd, Store, StoreError};

fn read_back(store: &dyn Store, generation: GenerationId) -> Vec<FileIndex> {
    let mut files = Vec::new();
    store
        .visit_files(generation, &mut |file| {
            files.push(file);
            Ok(())
        })
        .expect("files are read");
    files
}

fn without_vectors(mut file: FileIndex) -> FileIndex {
    file.new_vectors.clear();
    file
}

pub(super) fn files_are_written_together_or_not_at_all(open: Open<'_>) {
    let mut store = open();
    let generation = begin(&mut *store, "a").generation;
    let old = [file("b.ts", &["old"]), file("c.ts", &["old", "older"])];
    store.replace_files(generation, &old).unwrap();
    let new = [
        file("c.ts", &["new"]),
        file("a.ts", &["one", "two"]),
        file("b.ts", &["new", "newer"]),
    ];
    let mut dangling = new.to_vec();
    dangling[1] = without_vectors(file("a.ts", &["of no vector"]));
    store.replace_files(generation, &dangling).unwrap_err();
    let sorted = |files: &[FileIndex]| {
        let mut files: Vec<FileIndex> = files.iter().cloned().map(without_vectors).collect();
        files.sort_by(|one, other| one.record.path.cmp(&other.record.path));
        format!("{files:?}")
    };
    let found = |store: &dyn Store| format!("{:?}", read_back(store, generation));
    assert_eq!(found(&*open()), sorted(&old));
    store.replace_files(generation, &new).unwrap();
    assert_eq!(found(&*open()), sorted(&new));
    let apart = begin(&mut *store, "b").generation;
    for file in &new {
        store.replace_file(apart, file).unwrap();
    }
    assert_eq!(
        store.digest(generation).unwrap(),
        store.digest(apart).unwrap()
    );
}

pub(super) fn file_is_replaced_whole(open: Open<'_>) {
    let mut store = open();
    let generation = begin(&mut *store, "a").generation;
    for at in ["z.ts", "ü/line\nbreak.ts", "a b.ts"] {
        store
            .replace_file(generation, &file(at, &["old one", "old two", "old three"]))
            .unwrap();
        let new = file(at, &["new\u{0}one", "größer two"]);
        store.replace_file(generation, &new).unwrap();
    }
    let other = open();
    let files = read_back(&*other, generation);
    let paths: Vec<&str> = files.iter().map(|file| file.record.path.as_str()).collect();
    assert_eq!(paths, ["a b.ts", "z.ts", "ü/line\nbreak.ts"]);
    for found in files {
        let expected = without_vectors(file(
            found.record.path.as_str(),
            &["new\u{0}one", "größer two"],
        ));
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    }
    let counts = other.counts(generation).unwrap();
    assert_eq!(
        (
            counts.n_files,
            counts.n_chunks,
            counts.n_symbols,
            counts.n_references
        ),
        (3, 6, 6, 12)
    );
    assert_eq!(counts.n_vectors, 4);
    let covered = other.covered(generation).unwrap();
    assert_eq!(
        (covered.n_files, covered.n_problems),
        (counts.n_files, counts.n_problems)
    );
    assert_eq!(
        other
            .symbols_by_kind(generation)
            .unwrap()
            .values()
            .sum::<u64>(),
        6
    );
}

pub(super) fn failed_write_leaves_old_file(open: Open<'_>) {
    let mut store = open();
    let generation = begin(&mut *store, "a").generation;
    store
        .replace_file(generation, &file("a.ts", &["old"]))
        .unwrap();
    let before = store.digest(generation).unwrap();
    let dangling = without_vectors(file("a.ts", &["old", "new"]));
    let error = store.replace_file(generation, &dangling).unwrap_err();
    assert!(
        matches!(error, StoreError::MissingVector { .. }) && error.is_transient(),
        "{error}"
    );
    assert_eq!(store.digest(generation).unwrap(), before);
}

pub(super) fn vectors_are_shared(open: Open<'_>) {
    let (mut first, mut second) = (open(), open());
    let a = begin(&mut *first, "a").generation;
    let b = begin(&mut *second, "b").generation;
    let whole = file("a.ts", &["one"]);
    first.replace_file(a, &whole).unwrap();
    let inputs: Vec<ContentHash> = whole.new_vectors.iter().map(|new| new.key.input).collect();
    let asked = [inputs.clone(), vec![ContentHash::of(b"unknown")]].concat();
    assert_eq!(
        second.existing_vectors(&model(), &asked).unwrap(),
        inputs.into_iter().collect()
    );
    second
        .replace_file(b, &without_vectors(file("b.ts", &["one"])))
        .unwrap();
    assert!(first.remove_repository(&repository("a")).unwrap());
    assert_eq!(second.sweep_vectors().unwrap(), 0);
    second.remove_files(b, &[path("b.ts")]).unwrap();
    assert_eq!(second.sweep_vectors().unwrap(), 2);
}

pub(super) fn generations_swap(open: Open<'_>) {
    let mut store = open();
    let old = begin(&mut *store, "a");
    assert_eq!((old.number, old.continues), (1, false));
    store
        .replace_file(old.generation, &file("a.ts", &["one"]))
        .unwrap();
    finish(&mut *store, &old);
    assert_eq!(begin(&mut *store, "a").generation, old.generation);
    let new = store.begin_run(&settings("a", 2)).unwrap();
    assert_eq!(new.number, 2);
    store
        .replace_file(new.generation, &file("b.ts", &["two"]))
        .unwrap();
    let summary = &store.repositories().unwrap()[0];
    assert_eq!(
        (summary.number, summary.state, summary.building),
        (1, GenerationState::Active, Some(2))
    );
    finish(&mut *store, &new);
    let summary = &store.repositories().unwrap()[0];
    assert_eq!(
        (summary.number, summary.is_complete, summary.building),
        (2, true, None)
    );
    assert_eq!(summary.profile, settings("a", 2).profile);
    assert!(matches!(
        store.counts(old.generation),
        Err(StoreError::NoGeneration { .. })
    ));
    let scratch = store
        .begin_run(&crate::RunSettings {
            from_scratch: true,
            ..settings("a", 2)
        })
        .unwrap();
    assert_eq!(scratch.number, 3);
    assert_eq!(
        store.counts(scratch.generation).unwrap(),
        crate::Counts::default()
    );
}

pub(super) fn incomplete_run_keeps_active(open: Open<'_>) {
    let mut store = open();
    let active = begin(&mut *store, "a");
    finish(&mut *store, &active);
    let run = store.begin_run(&settings("a", 2)).unwrap();
    let end = RunEnd {
        complete: false,
        summary: "stopped".to_owned(),
    };
    store.finish_run(run.run, &end).unwrap();
    let summary = &store.repositories().unwrap()[0];
    assert_eq!(
        (summary.generation, summary.last_run.as_deref()),
        (active.generation, Some("stopped"))
    );
    let again = open().begin_run(&settings("a", 2)).unwrap();
    assert_eq!((again.generation, again.continues), (run.generation, true));
    let other = store.begin_run(&settings("a", 3)).unwrap();
    assert_ne!(other.generation, run.generation);
    assert!(matches!(
        store.counts(run.generation),
        Err(StoreError::NoGeneration { .. })
    ));
}

pub(super) fn files_and_problems_are_known(open: Open<'_>) {
    let mut store = open();
    let generation = begin(&mut *store, "a").generation;
    store
        .replace_file(generation, &file("b.ts", &["b"]))
        .unwrap();
    store
        .replace_file(generation, &file("a.ts", &["a"]))
        .unwrap();
    let problem = |path: &str| Problem {
        path: path.to_owned(),
        kind: ProblemKind::Crash,
        cause: "SIGSEGV".to_owned(),
    };
    store.record_problem(generation, &problem("b.ts")).unwrap();
    store.record_problem(generation, &problem("c.ts")).unwrap();
    let stamp = FileStamp {
        n_bytes: 99,
        modified_ns: None,
    };
    store
        .restamp_files(
            generation,
            &[(path("a.ts"), stamp), (path("none.ts"), stamp)],
        )
        .unwrap();
    let known = store.known_files(generation).unwrap();
    let seen: Vec<_> = known
        .iter()
        .map(|file| (file.path.as_str(), file.has_problem, file.stamp == stamp))
        .collect();
    assert_eq!(seen, [("a.ts", false, true), ("b.ts", true, false)]);
    store
        .replace_file(generation, &file("b.ts", &["b"]))
        .unwrap();
    assert_eq!(store.problems(generation).unwrap(), [problem("c.ts")]);
    let skip = Skip {
        path: path("d.ts"),
        reason: SkipReason::TooLarge,
        detail: "9 MB".to_owned(),
    };
    store
        .record_left_out(generation, &[problem("e.ts")], std::slice::from_ref(&skip))
        .unwrap();
    assert_eq!(store.problems(generation).unwrap(), [problem("e.ts")]);
    assert_eq!(store.skips(generation).unwrap(), [skip]);
}

pub(super) fn removed_things_are_gone(open: Open<'_>) {
    let mut store = open();
    let generation = begin(&mut *store, "a").generation;
    let empty = store.digest(generation).unwrap();
    store
        .replace_file(generation, &file("a.ts", &["needle"]))
        .unwrap();
    let found = store
        .lexical_search(generation, &["needle".to_owned()], 9)
        .unwrap();
    assert_eq!(
        store.chunks(&[found[0].0]).unwrap()[0].chunk.source,
        "needle"
    );
    store
        .remove_files(generation, &[path("a.ts"), path("none.ts")])
        .unwrap();
    assert!(store.chunks(&[found[0].0]).unwrap().is_empty());
    assert!(
        store
            .lexical_search(generation, &["needle".to_owned()], 9)
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.digest(generation).unwrap(), empty);
    assert!(store.remove_repository(&repository("a")).unwrap());
    assert!(!store.remove_repository(&repository("a")).unwrap());
    assert!(store.repositories().unwrap().is_empty());
    assert!(
        store
            .replace_file(generation, &file("a.ts", &["x"]))
            .is_err()
    );
}

pub(super) fn digest_is_independent_of_history(open: Open<'_>) {
    let (mut first, mut second) = (open(), open());
    let a = begin(&mut *first, "a").generation;
    for at in ["a.ts", "b.ts", "c.ts"] {
        first.replace_file(a, &file(at, &["one", at])).unwrap();
    }
    let b = begin(&mut *second, "b").generation;
    second
        .replace_file(b, &file("c.ts", &["draft", "draft two", "three"]))
        .unwrap();
    second.replace_file(b, &file("d.ts", &["gone"])).unwrap();
    first
        .replace_file(b, &file("a.ts", &["one", "a.ts"]))
        .unwrap();
    second.remove_files(b, &[path("d.ts")]).unwrap();
    for at in ["c.ts", "b.ts"] {
        let mut other_stamp = file(at, &["one", at]);
        other_stamp.record.stamp.modified_ns = None;
        second.replace_file(b, &other_stamp).unwrap();
    }
    assert_eq!(first.digest(a).unwrap(), open().digest(b).unwrap());
}

pub(super) fn digest_depends_on_every_field(open: Open<'_>) {
    let changes: &[fn(&mut FileIndex)] = &[
        |file| file.record.path = path("b.ts"),
        |file| file.record.hash = ContentHash::of(b"other"),
        |file| file.record.language = domain::Language::Jsx,
        |file| file.record.parser = domain::Parser::Lines,
        |file| file.record.is_test = false,
        |file| file.record.is_generated = false,
        |file| file.record.n_lines += 1,
        |file| file.record.note = None,
        |file| file.chunks[0].chunk.kind = domain::ChunkKind::Block,
        |file| file.chunks[0].chunk.name.push('x'),
        |file| file.chunks[0].chunk.qualified_name.push('x'),
        |file| file.chunks[0].chunk.part += 1,
        |file| file.chunks[0].chunk.signature.push('x'),
        |file| file.chunks[0].chunk.doc.push('x'),
        |file| file.chunks[0].chunk.source.push('x'),
        |file| file.chunks[0].chunk.span.start_byte += 1,
        |file| file.chunks[0].chunk.span.end_byte += 1,
        |file| file.chunks[0].chunk.span.start_line += 1,
        |file| file.chunks[0].chunk.span.end_line += 1,
        |file| file.chunks[0].chunk.flags.is_exported ^= true,
        |file| file.chunks[0].chunk.flags.is_async ^= true,
        |file| file.chunks[0].chunk.flags.is_static ^= true,
        |file| file.chunks[0].chunk.flags.is_test ^= true,
        |file| file.chunks[0].chunk.complexity.cyclomatic += 1,
        |file| file.chunks[0].chunk.complexity.cognitive += 1,
        |file| file.chunks[0].chunk.complexity.n_code_lines += 1,
        |file| file.chunks[0].code = None,
        |file| file.chunks[0].text = file.chunks[0].code.clone(),
        |file| file.chunks.truncate(1),
        |file| file.symbols[1].parent = None,
        |file| file.symbols[1].kind = domain::SymbolKind::Class,
        |file| file.symbols[1].name.push('x'),
        |file| file.symbols[1].qualified_name.push('x'),
        |file| file.symbols[1].position.line += 1,
        |file| file.symbols[1].position.column += 1,
        |file| file.symbols[1].span.end_line += 1,
        |file| file.symbols[1].signature.push('x'),
        |file| file.symbols[1].doc.push('x'),
        |file| file.symbols[1].flags.is_async ^= true,
        |file| file.symbols[1].complexity.cognitive += 1,
        |file| file.facts.references[0].kind = domain::ReferenceKind::Jsx,
        |file| file.facts.references[0].from += 1,
        |file| file.facts.references.swap(0, 1),
        |file| file.facts.names[0].push('x'),
        |file| file.facts.declarations[0].symbol = None,
        |file| file.facts.shapes[0].members[0].kind = domain::facts::MemberKind::Setter,
    ];
    let mut store = open();
    let generation = begin(&mut *store, "a").generation;
    let mut seen = std::collections::HashSet::new();
    let whole = file("a.ts", &["one", "two"]);
    for change in std::iter::once(&((|_| ()) as fn(&mut FileIndex))).chain(changes) {
        let mut changed = whole.clone();
        change(&mut changed);
        store.replace_file(generation, &changed).unwrap();
        seen.insert(store.digest(generation).unwrap());
        store
            .remove_files(generation, &[changed.record.path])
            .unwrap();
    }
    assert_eq!(seen.len(), changes.len() + 1);
    store.sweep_vectors().unwrap();
    let mut other_bits = whole;
    other_bits.new_vectors[0].vector = Vector::from_f32(&[0.5; super::sample::N_DIMENSIONS]);
    store.replace_file(generation, &other_bits).unwrap();
    assert!(seen.insert(store.digest(generation).unwrap()));
}

pub(super) fn repository_has_one_holder(open: Open<'_>) {
    let (first, second) = (open(), open());
    let lock = first
        .lock_repository(&repository("a"), Duration::ZERO)
        .unwrap();
    let refused = second
        .lock_repository(&repository("a"), Duration::ZERO)
        .err()
        .expect("the lock is held");
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused}");
    assert!(
        second
            .lock_repository(&repository("b"), Duration::ZERO)
            .is_ok()
    );
    drop(lock);
    assert!(
        second
            .lock_repository(&repository("a"), Duration::ZERO)
            .is_ok()
    );
}

pub(super) fn runs_say_how_far_they_are(open: Open<'_>) {
    let mut store = open();
    let first = begin(&mut *store, "a");
    let other = begin(&mut *store, "b");
    let latest = || open().latest_runs().unwrap();
    let ends = |runs: &[crate::LatestRun]| -> Vec<(String, bool, Option<String>)> {
        let row = |run: &crate::LatestRun| {
            (
                run.repository.to_string(),
                run.has_ended,
                run.progress.clone(),
            )
        };
        runs.iter().map(row).collect()
    };
    store.record_progress(first.run, "{\"half\":1}").unwrap();
    store.record_progress(first.run, "{\"half\":2}").unwrap();
    store.record_progress(crate::RunId(-1), "{}").unwrap();
    let (half, none) = (Some("{\"half\":2}".to_owned()), None);
    assert_eq!(
        ends(&latest()),
        [
            ("a".to_owned(), false, half.clone()),
            ("b".to_owned(), false, none.clone())
        ]
    );
    finish(&mut *store, &first);
    finish(&mut *store, &other);
    assert_eq!(
        ends(&latest()),
        [("a".to_owned(), true, half), ("b".to_owned(), true, none)]
    );
    let next = begin(&mut *store, "a");
    let runs = latest();
    assert_eq!((runs[0].run, runs[0].has_ended), (next.run, false));
    assert_eq!(runs[0].generation, next.number);
}
