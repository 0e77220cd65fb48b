//! The repositories of a database as a table that fits a terminal, whatever is in it, and as one object.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use app::{FleetStatus, LastRun};
use indicatif::HumanCount;
use serde_json::Value;
use server::wire;

use crate::render::json::value;
use crate::render::table::table;
use crate::render::text::count;

/// Characters of a name: with the other columns at their widest a row has 112.
const NAME_MAX: usize = 30;

/// Digits of a commit that tell it from others of one repository.
const REVISION_DIGITS: usize = 8;

/// Stands for what is not known.
const UNKNOWN: &str = "-";

/// Fewer than these have five digits and are shown as they are.
const SHORTENED_MIN: u64 = 100_000;

/// Steps of numbers in short.
const STEPS: [(u64, &str); 4] = [
    (1_000_000_000_000, "T"),
    (1_000_000_000, "G"),
    (1_000_000, "M"),
    (1_000, "k"),
];

/// Steps of ages in short.
const AGES: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];

/// Returns a table with a row for every repository, and what all of them come to.
pub(crate) fn status(database: &str, rows: &[FleetStatus], now: SystemTime) -> String {
    let mut out = String::new();
    line!(out, "database {database}");
    if rows.is_empty() {
        line!(
            out,
            "no repository yet: mnemo fleet index LIST makes the first"
        );
        return out;
    }
    let heads = [
        "FILES",
        "CHUNKS",
        "VECTORS",
        "SOURCE",
        "FAILED",
        "CHANGED",
        "AGE",
        "COMMIT",
        "LAST RUN",
        "REPOSITORY",
    ];
    let cells = rows.iter().map(|row| cells(row, now)).collect();
    out.push_str(&table(&heads, cells, 7));
    line!(out, "{}", sums(rows));
    out
}

fn cells(row: &FleetStatus, now: SystemTime) -> Vec<String> {
    let known = |cell: Option<String>| cell.unwrap_or_else(|| UNKNOWN.to_owned());
    let revision = row.revision.as_ref();
    vec![
        short(row.n_files),
        short(row.n_chunks),
        short(row.n_vectors),
        format!("{}B", short(row.n_bytes)),
        short(row.n_failed),
        known(row.n_changed.map(short)),
        known(row.ended_ms.map(|ended| age(ended, now))),
        known(revision.map(|revision| revision.chars().take(REVISION_DIGITS).collect())),
        word(row.last_run).to_owned(),
        shortened(&domain::shown_in_line(row.name.as_str())),
    ]
}

fn word(last_run: LastRun) -> &'static str {
    match last_run {
        LastRun::Complete => "complete",
        LastRun::Incomplete => "not complete",
        LastRun::UnderWay => "under way",
        LastRun::Silent => "silent",
    }
}

fn sums(rows: &[FleetStatus]) -> String {
    let sum = |of: fn(&FleetStatus) -> u64| rows.iter().map(of).sum::<u64>();
    let n_with = |is: fn(&FleetStatus) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
    let n_repositories = match rows.len() {
        1 => "1 repository".to_owned(),
        n => format!("{} repositories", HumanCount(n as u64)),
    };
    format!(
        "{n_repositories}: {}, {}, {}; {} not complete, {} with failed files, {} with changes",
        count(sum(|row| row.n_files) as usize, "file"),
        count(sum(|row| row.n_chunks) as usize, "chunk"),
        count(sum(|row| row.n_vectors) as usize, "vector"),
        HumanCount(n_with(|row| row.last_run != LastRun::Complete)),
        HumanCount(n_with(|row| row.n_failed > 0)),
        HumanCount(n_with(|row| row.n_changed.is_some_and(|n| n > 0))),
    )
}

/// Returns a number in five characters at most, up to thousands of billions: in full, or two or three digits of it.
fn short(n: u64) -> String {
    let step = STEPS.iter().find(|(step, _)| n >= *step);
    let Some((step, unit)) = step.filter(|_| n >= SHORTENED_MIN) else {
        return n.to_string();
    };
    match n / step {
        whole if whole >= 10 => format!("{whole}{unit}"),
        whole => format!("{whole}.{}{unit}", n % step * 10 / step),
    }
}

/// Returns how long ago that was, in the largest unit of which it is at least one.
fn age(ended_ms: u64, now: SystemTime) -> String {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    // Another machine may have indexed it, whose clock is ahead.
    let age = now
        .saturating_sub(Duration::from_millis(ended_ms))
        .as_secs();
    let unit = AGES.iter().find(|(seconds, _)| age >= *seconds);
    unit.map_or_else(
        || "now".to_owned(),
        |(seconds, unit)| format!("{} {unit}", age / seconds),
    )
}

fn shortened(name: &str) -> String {
    match name.chars().count() {
        0..=NAME_MAX => name.to_owned(),
        _ => name.chars().take(NAME_MAX - 1).chain(['…']).collect(),
    }
}

/// Returns everything as one object.
pub(crate) fn status_json(rows: &[FleetStatus]) -> Value {
    value(&wire::FleetStatus::from(rows))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use domain::RepositoryName;

    use super::*;

    fn at_most(n: u64, name: &str) -> FleetStatus {
        FleetStatus {
            name: RepositoryName::new(name.to_owned()).unwrap(),
            root: PathBuf::from("/r"),
            revision: Some("0123456789".repeat(4)),
            n_files: n,
            n_chunks: n,
            n_vectors: n,
            n_bytes: n,
            n_failed: n,
            n_changed: Some(n),
            ended_ms: Some(0),
            last_run: LastRun::Incomplete,
        }
    }

    #[test]
    fn numbers_are_short() {
        let check = |n: u64, expected: &str| assert_eq!(short(n), expected);
        check(0, "0");
        check(99_999, "99999");
        check(100_000, "100k");
        check(1_234_567, "1.2M");
        check(12_345_678, "12M");
        check(999_999_999, "999M");
        check(1_000_000_000, "1.0G");
        check(5_600_000_000_000, "5.6T");
    }

    #[test]
    fn ages_are_in_their_largest_unit() {
        let check = |seconds: u64, expected: &str| {
            let now = UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds);
            assert_eq!(age(1_000_000_000, now), expected);
        };
        check(0, "now");
        check(59, "59 s");
        check(60, "1 min");
        check(7_199, "1 h");
        check(200_000, "2 d");
        // A clock that is behind.
        assert_eq!(age(1_000_000_000, UNIX_EPOCH), "now");
    }

    #[test]
    fn rows_fit_a_terminal_whatever_is_in_them() {
        let rows = [
            at_most(999_999_999_999, &"n".repeat(200)),
            at_most(99_999, "é"),
        ];
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let text = status("db", &rows, now);
        let lines: Vec<&str> = text.lines().collect();
        for line in &lines[1..4] {
            assert!(line.chars().count() <= 112, "{line}");
        }
        assert!(lines[2].ends_with('…'), "{text}");
    }
}
