//! Prints how many of the ten nearest vectors the server's index finds, and how long it and an exact search take.
//!
//! `cargo run --release -p store --example recall -- postgres://…` measures every repository of the database, and leaves each model's
//! index there.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use domain::View;
use store::{PostgresStore, RepositorySummary, RunEnd, RunSettings, Store, VectorRow};

const N_QUERIES: usize = 300;
const N_HITS: usize = 10;

fn main() {
    let address = std::env::args().nth(1).expect("the database's address");
    let open = |index_from: u32| {
        let address = address.parse().expect("an address");
        let store = PostgresStore::open(&address).expect("the database opens");
        store.with_index_from(index_from)
    };
    let (mut indexed, exact) = (open(1), open(u32::MAX));
    for summary in exact.repositories().expect("a list") {
        let start = Instant::now();
        build_index(&mut indexed, &summary);
        println!(
            "{}: index ready after {:.1?}",
            summary.name,
            start.elapsed()
        );
        for view in [View::Code, View::Text] {
            let queries = sample(&exact, &summary, view);
            if !queries.is_empty() {
                measure(&indexed, &exact, &summary, view, &queries);
            }
        }
    }
}

/// A run that changes nothing ends as every complete run does: by building the index that is missing.
fn build_index(store: &mut PostgresStore, summary: &RepositorySummary) {
    let settings = RunSettings {
        repository: summary.name.clone(),
        root: summary.root.clone(),
        profile: summary.profile.clone(),
        from_scratch: false,
    };
    let run = store.begin_run(&settings).expect("a run begins").run;
    let end = RunEnd {
        complete: summary.is_complete,
        summary: summary.last_run.clone().unwrap_or_default(),
    };
    store.finish_run(run, &end).expect("a run ends");
}

fn sample(store: &PostgresStore, summary: &RepositorySummary, view: View) -> Vec<VectorRow> {
    let mut rows = Vec::new();
    store
        .visit_vectors(summary.generation, &mut |row| {
            if row.view != view {
                rows.push(row);
            }
            Ok(())
        })
        .expect("vectors are read");
    let step = rows.len().div_ceil(N_QUERIES).max(1);
    rows.into_iter().step_by(step).collect()
}

/// Asks for one view's vectors by the other's, as a question is: near, and not the same.
fn measure(
    indexed: &PostgresStore,
    exact: &PostgresStore,
    summary: &RepositorySummary,
    view: View,
    queries: &[VectorRow],
) {
    let search = |store: &PostgresStore, query: &VectorRow| {
        let start = Instant::now();
        let found = store
            .vector_search(
                summary.generation,
                &query.model,
                view,
                &query.vector,
                N_HITS,
            )
            .expect("a search");
        (found, start.elapsed())
    };
    let (mut n_expected, mut n_found) = (0, 0);
    let (mut times_indexed, mut times_exact) = (Vec::new(), Vec::new());
    for query in queries {
        let (expected, time) = search(exact, query);
        times_exact.push(time);
        let (found, time) = search(indexed, query);
        times_indexed.push(time);
        let found: HashSet<_> = found.into_iter().map(|hit| hit.0).collect();
        n_expected += expected.len();
        n_found += expected.iter().filter(|hit| found.contains(&hit.0)).count();
    }
    println!(
        "  {view}: recall@{N_HITS} {:.4} over {} queries, median {:.1?} by the index, {:.1?} exact",
        n_found as f64 / n_expected as f64,
        queries.len(),
        median(times_indexed),
        median(times_exact),
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
