//! What people read about keeping an index right: forecasts beside what came, updates, verification, garbage.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::{Collected, RepositoryStatus, RunSummary, Verification};
use indicatif::{HumanBytes, HumanDuration};
use serde_json::Value;

use super::{count, count_unless_zero};

/// Shorter runs are over before a forecast is of use.
const FORECAST_SECONDS_MIN: f64 = 1.0;

/// Shows what was expected beside what came, where there was enough to do for an expectation.
pub(super) fn forecast(out: &mut String, summary: &RunSummary) {
    let expected = &summary.forecast;
    if !summary.is_complete || expected.seconds < FORECAST_SECONDS_MIN {
        return;
    }
    let disk = summary.disk_bytes.map_or_else(String::new, |disk| {
        format!(
            ", {} of disk (came {})",
            HumanBytes(expected.disk_bytes),
            HumanBytes(disk)
        )
    });
    line!(
        *out,
        "  forecast {:.1} s (came {:.1} s), {} of memory (came {}){disk}",
        expected.seconds,
        summary.seconds.total,
        HumanBytes(expected.memory_bytes),
        HumanBytes(summary.peak_memory_bytes),
    );
}

/// Says when a repository was indexed, at which commit where that is known, and what has changed since.
pub(super) fn freshness(status: &RepositoryStatus) -> String {
    let last_run = status.last_run.as_deref();
    // Another version may have written it: each field is shown if it is there.
    let last_run: Option<Value> = last_run.and_then(|text| serde_json::from_str(text).ok());
    let field = |name: &str| last_run.as_ref().map(|run| &run[name]);
    let ended = field("ended_ms").and_then(Value::as_u64);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut text = match (ended, now) {
        (Some(ended), Ok(now)) => {
            // Another machine may have indexed it, whose clock is ahead.
            let age = now.saturating_sub(Duration::from_millis(ended));
            format!("indexed {} ago", HumanDuration(age))
        }
        _ => "indexed".to_owned(),
    };
    if let Some(seconds) = field("seconds").and_then(Value::as_f64) {
        text.push_str(&format!(" in {seconds:.1} s"));
    }
    if let Some(revision) = field("revision").and_then(Value::as_str) {
        let short: String = revision.chars().take(10).collect();
        text.push_str(&format!(", at commit {short}"));
    }
    match status.n_changed {
        Some(0) => text.push_str("; none of its files has changed since"),
        Some(n) => {
            let files = count(n as usize, "file");
            let have = if n == 1 { "has" } else { "have" };
            text.push_str(&format!(
                "; {files} of it {have} changed since: mnemo index"
            ));
        }
        None => text.push_str("; its tree is not here"),
    }
    text
}

/// One line about a run of `watch`; nothing where nothing changed.
pub(crate) fn update(summary: &RunSummary) -> String {
    let failed = summary.problems.len() as u64;
    let n_indexed = summary.n_ok.saturating_sub(summary.n_unchanged);
    if n_indexed + summary.n_deleted + failed == 0 {
        return String::new();
    }
    format!(
        "{} indexed{}{} in {:.2} s\n",
        count(n_indexed as usize, "file"),
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
    let n_files = count(verification.n_files as usize, "file");
    let n_differences = count(verification.differences.len(), "file");
    let n_copies = verification.damaged_copies.len() as u64;
    let repository = &verification.repository;
    match (verification.is_good(), verification.is_repaired) {
        (true, false) => line!(
            out,
            "{repository}: {n_files}, all as in the tree and in a fresh index"
        ),
        (_, true) => line!(
            out,
            "{repository}: {n_differences} differed, indexed again{}",
            count_unless_zero(n_copies, " damaged copies deleted")
        ),
        // Before differences, which may all follow from the damage.
        (false, _) if !verification.damage.is_empty() => {
            line!(
                out,
                "{repository}: the database is damaged; move it away and index again"
            );
        }
        (false, _) => line!(
            out,
            "{repository}: {n_differences} not as in the tree{}; mnemo verify --repair makes them anew",
            count_unless_zero(n_copies, " copies are damaged")
        ),
    }
    out
}

pub(crate) fn collected(collected: &Collected) -> String {
    format!(
        "{} deleted, {} reclaimed\n",
        count(collected.n_vectors as usize, "vector"),
        HumanBytes(collected.n_bytes)
    )
}
