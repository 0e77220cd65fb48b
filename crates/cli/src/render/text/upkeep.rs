//! What people read about keeping an index right: forecasts held against what came, updates, verification, garbage.

use app::{Collected, RunSummary, Verification};
use indicatif::{HumanBytes, HumanCount};

use super::count_unless_zero;

/// Shorter runs are over before a forecast is of use.
const FORECAST_SECONDS_MIN: f64 = 1.0;

/// Holds what was expected against what came, where there was enough to do for an expectation.
pub(super) fn forecast(out: &mut String, summary: &RunSummary) {
    let expected = &summary.forecast;
    if !summary.is_complete || expected.seconds < FORECAST_SECONDS_MIN {
        return;
    }
    let off = |expected: f64, came: f64| match came > 0.0 {
        true => format!("{:+.0} %", (expected / came - 1.0) * 100.0),
        false => "-".to_owned(),
    };
    let disk = summary.disk_bytes.map_or_else(String::new, |disk| {
        let off = off(expected.disk_bytes as f64, disk as f64);
        format!(", {} of disk ({off})", HumanBytes(expected.disk_bytes))
    });
    line!(
        *out,
        "  forecast {:.1} s ({}), {} of memory ({}){disk}",
        expected.seconds,
        off(expected.seconds, summary.seconds.total),
        HumanBytes(expected.memory_bytes),
        off(
            expected.memory_bytes as f64,
            summary.peak_memory_bytes as f64
        ),
    );
}

/// One line about a run of `watch`; nothing where nothing changed.
pub(crate) fn update(summary: &RunSummary) -> String {
    let failed = summary.problems.len() as u64;
    let n_indexed = summary.n_ok.saturating_sub(summary.n_unchanged);
    if n_indexed + summary.n_deleted + failed == 0 {
        return String::new();
    }
    format!(
        "{} files indexed{}{} in {:.2} s\n",
        HumanCount(n_indexed),
        count_unless_zero(summary.n_deleted, " removed"),
        count_unless_zero(failed, " failed"),
        summary.seconds.total
    )
}

pub(crate) fn verification(verification: &Verification) -> String {
    let mut out = String::new();
    for line in &verification.damage {
        line!(out, "damaged: {line}");
    }
    for (path, difference) in &verification.differences {
        line!(out, "{path}: {}", difference.as_str());
    }
    for copy in &verification.damaged_copies {
        line!(out, "{}: a damaged copy of rows", copy.display());
    }
    let n_files = HumanCount(verification.n_files);
    let n_differences = HumanCount(verification.differences.len() as u64);
    let n_copies = verification.damaged_copies.len() as u64;
    let repository = &verification.repository;
    match (verification.is_good(), verification.is_repaired) {
        (true, false) => line!(
            out,
            "{repository}: {n_files} files, all as in the tree and in a fresh index"
        ),
        (_, true) => line!(
            out,
            "{repository}: {n_differences} files differed and were indexed again{}",
            count_unless_zero(n_copies, " damaged copies deleted")
        ),
        (false, _) if !verification.damage.is_empty() => {
            line!(
                out,
                "{repository}: the database is damaged; move it away and index again"
            );
        }
        (false, _) => line!(
            out,
            "{repository}: {n_differences} files differ{}; mnemo verify --repair makes them anew",
            count_unless_zero(n_copies, " copies are damaged")
        ),
    }
    out
}

pub(crate) fn collected(collected: &Collected) -> String {
    format!(
        "{} vectors deleted, {} reclaimed\n",
        HumanCount(collected.n_vectors),
        HumanBytes(collected.n_bytes)
    )
}
