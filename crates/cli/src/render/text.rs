//! What people read.

use std::collections::BTreeMap;

use app::{
    Check, Finding, GraphCounts, InForce, IndexPlan, ModelStatus, Reclaimable, RepositoryStatus,
    RunSummary,
};
use domain::{Language, Problem, Resolution, Skip};
use indicatif::{HumanBytes, HumanCount};

/// Failed files shown in a summary.
const SHOWN_PROBLEMS: usize = 10;

/// Kinds of symbols and edges listed one by one in a summary, so that a line of it fits a terminal.
const SUMMARY_KINDS: usize = 4;

/// Less free space is not worth a word.
const SHOWN_RECLAIMABLE_BYTES: u64 = 1 << 20;

mod upkeep;

pub(crate) use upkeep::{collected, update, verification};

pub(crate) fn summary(summary: &RunSummary, is_verbose: bool) -> String {
    let mut out = String::new();
    let failed = summary.problems.len() as u64;
    // A run may end without vectors for some files, whose older rows go on answering: finished, and
    // not complete.
    let state = match (summary.is_finished, summary.is_complete) {
        (false, _) => "interrupted",
        (true, false) => "not complete:",
        (true, true) => "indexed",
    };
    line!(
        out,
        "{state} {} (generation {})",
        summary.repository,
        summary.generation
    );
    line!(
        out,
        "  files    {} of {} ok{}{}{}",
        HumanCount(summary.n_ok),
        HumanCount(summary.n_files),
        count_unless_zero(summary.n_unchanged, " unchanged"),
        count_unless_zero(failed, " failed"),
        count_unless_zero(summary.skipped.len() as u64, " skipped"),
    );
    if summary.n_deleted > 0 {
        line!(
            out,
            "  removed  {} that no longer exist",
            count(summary.n_deleted as usize, "file")
        );
    }
    line!(out, "  chunks   {}", HumanCount(summary.counts.n_chunks));
    line!(
        out,
        "  vectors  {} computed, {} reused ({} tokens)",
        HumanCount(summary.n_vectors_computed),
        HumanCount(summary.n_vectors_reused),
        HumanCount(summary.n_tokens)
    );
    let symbols = by_kind("symbols", &summary.symbols_by_kind, SUMMARY_KINDS);
    line!(out, "  graph    {symbols}");
    let edges = by_kind("edges", &summary.graph.edges, SUMMARY_KINDS);
    line!(out, "           {edges}");
    line!(out, "           {}", references(&summary.graph));
    let seconds = &summary.seconds;
    line!(
        out,
        "  time     {:.1} s (discover {:.1}, process {:.1}, graph {:.1})",
        seconds.total,
        seconds.discover,
        seconds.process,
        seconds.graph
    );
    let workers = match summary.n_workers {
        0 => String::new(),
        1 => ", 1 worker".to_owned(),
        n => format!(", {n} workers"),
    };
    line!(
        out,
        "  memory   {} at its peak{workers}{}",
        HumanBytes(summary.peak_memory_bytes),
        count_unless_zero(u64::from(summary.n_restarts), " restarted")
    );
    if is_verbose {
        upkeep::forecast(&mut out, summary);
    }
    problems(
        &mut out,
        &summary.problems,
        if is_verbose {
            usize::MAX
        } else {
            SHOWN_PROBLEMS
        },
    );
    if !summary.notes.is_empty() {
        line!(
            out,
            "{} indexed with a note, such as a syntax error{}",
            count(summary.notes.len(), "file"),
            if is_verbose { ":" } else { " (-v lists them)" }
        );
        for (file, note) in summary.notes.iter().filter(|_| is_verbose) {
            line!(out, "  {file}: {note}");
        }
    }
    // Mostly the wrong directory: saying what is looked for shows it.
    if summary.is_complete && summary.n_files == 0 {
        let known: Vec<&str> = Language::ALL.iter().map(|one| one.as_str()).collect();
        line!(
            out,
            "nothing to index here: no file is in {} (mnemo plan -v says why each is left out)",
            known.join(", ")
        );
    }
    if !summary.is_finished {
        line!(
            out,
            "run the same command again to continue where it stopped"
        );
    } else if !summary.is_complete {
        line!(
            out,
            "files without vectors keep what was indexed of them before; run the same command again to embed them"
        );
    }
    out
}

fn count_unless_zero(count: u64, word: &str) -> String {
    if count == 0 {
        String::new()
    } else {
        format!(", {}{word}", HumanCount(count))
    }
}

fn problems(out: &mut String, problems: &[Problem], limit: usize) {
    if problems.is_empty() {
        return;
    }
    line!(*out, "failed:");
    for problem in problems.iter().take(limit) {
        line!(*out, "  {}: {}", problem.path, problem.cause);
    }
    if problems.len() > limit {
        line!(
            *out,
            "  … and {} more: mnemo status -v lists all",
            problems.len() - limit
        );
    }
}

pub(crate) fn plan(plan: &IndexPlan, is_verbose: bool) -> String {
    let mut out = String::new();
    let found = &plan.discovery;
    let forecast = &plan.forecast;
    line!(out, "{}", plan.repository);
    line!(
        out,
        "  to do      {}, {}",
        count(found.changed.len(), "file"),
        HumanBytes(forecast.n_bytes)
    );
    let languages = found.changed_by_language();
    if !languages.is_empty() {
        line!(
            out,
            "    {}",
            by_kind("by language", &languages, usize::MAX)
        );
    }
    line!(out, "  unchanged  {}", count(found.unchanged.len(), "file"));
    line!(out, "  to remove  {}", count(found.removed.len(), "file"));
    line!(out, "  skipped    {}", count(found.skipped.len(), "file"));
    for (reason, skips) in by_reason(&found.skipped) {
        line!(out, "    {:>7}  {reason}", skips.len());
        for skip in skips.iter().filter(|_| is_verbose) {
            line!(out, "             {} ({})", skip.path, skip.detail);
        }
    }
    problems(
        &mut out,
        &found.problems,
        if is_verbose {
            usize::MAX
        } else {
            SHOWN_PROBLEMS
        },
    );
    line!(
        out,
        "  predicted  {:.0} s with {}, {} of memory, {} of disk, {} tokens",
        // Rounded up, since "0 s" reads as a mistake.
        forecast.seconds.ceil(),
        count(plan.n_workers, "worker"),
        HumanBytes(forecast.memory_bytes),
        HumanBytes(forecast.disk_bytes),
        HumanCount(forecast.n_tokens)
    );
    out
}

/// How many there are, of the `limit` most frequent kinds and of the others together, the most frequent first.
fn by_kind<K: std::fmt::Display>(what: &str, counts: &BTreeMap<K, u64>, limit: usize) -> String {
    let total = HumanCount(counts.values().sum());
    if counts.is_empty() {
        return format!("{total} {what}");
    }
    let mut kinds: Vec<_> = counts.iter().collect();
    // Stable, so that equal numbers stay in the order of their names.
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let (first, rest) = kinds.split_at(kinds.len().min(limit));
    let mut shown: Vec<String> = first
        .iter()
        .map(|(kind, count)| format!("{} {kind}", HumanCount(**count)))
        .collect();
    if !rest.is_empty() {
        let n_others = rest.iter().map(|(_, count)| **count).sum();
        shown.push(format!("{} others", HumanCount(n_others)));
    }
    format!("{total} {what}: {}", shown.join(", "))
}

/// A number of bytes.
pub(crate) fn size(n_bytes: u64) -> String {
    HumanBytes(n_bytes).to_string()
}

/// A number and what it counts.
pub(crate) fn count(n: usize, word: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{} {word}{ending}", HumanCount(n as u64))
}

/// What became of the references.
fn references(graph: &GraphCounts) -> String {
    let count = |of: &dyn Fn(Resolution) -> bool| -> u64 {
        let counts = graph.references.iter();
        counts
            .filter(|(outcome, _)| of(**outcome))
            .map(|(_, count)| count)
            .sum()
    };
    // External and dynamic are answers. Unresolved is what the tree says and we do not know, so it
    // must not hide among them.
    format!(
        "{} references: {} resolved, {} external, {} dynamic, {} unresolved",
        HumanCount(count(&|_| true)),
        HumanCount(count(&|outcome| outcome == Resolution::Resolved)),
        HumanCount(count(&|outcome| outcome == Resolution::External)),
        HumanCount(count(&|outcome| outcome == Resolution::Dynamic)),
        HumanCount(count(&|outcome| outcome.is_unresolved())),
    )
}

fn by_reason(skips: &[Skip]) -> BTreeMap<String, Vec<&Skip>> {
    // Ordered by reason, so that two outputs about one state are equal.
    let mut reasons: BTreeMap<String, Vec<&Skip>> = BTreeMap::new();
    for skip in skips {
        reasons.entry(skip.in_words()).or_default().push(skip);
    }
    reasons
}

pub(crate) fn status(
    database: &str,
    n_bytes: Option<u64>,
    reclaimable: Reclaimable,
    repositories: &[RepositoryStatus],
    is_verbose: bool,
) -> String {
    let mut out = String::new();
    let size = n_bytes.map_or_else(String::new, |n| format!(" ({})", HumanBytes(n)));
    line!(out, "database {database}{size}");
    if reclaimable.n_bytes >= SHOWN_RECLAIMABLE_BYTES {
        line!(
            out,
            "  mnemo gc can reclaim {}, including {} vectors that no file uses",
            HumanBytes(reclaimable.n_bytes),
            HumanCount(reclaimable.n_vectors)
        );
    }
    for status in repositories {
        let complete = if status.is_complete {
            "complete"
        } else {
            "incomplete: run mnemo index again to continue"
        };
        line!(out, "{} ({})", status.name, status.root.display());
        line!(out, "  generation {} is {complete}", status.generation);
        if let Some(building) = status.building {
            line!(out, "  generation {building} is being built beside it");
        }
        line!(out, "  {}", upkeep::freshness(status));
        let counts = &status.counts;
        line!(
            out,
            "  {}, {}, {}",
            count(counts.n_files as usize, "file"),
            count(counts.n_chunks as usize, "chunk"),
            count(counts.n_vectors as usize, "vector"),
        );
        line!(
            out,
            "  {}",
            by_kind("files by language", &status.languages, usize::MAX)
        );
        line!(out, "  {}", by_kind("symbols", &status.symbols, usize::MAX));
        let edges = by_kind("edges", &status.graph.edges, usize::MAX);
        line!(out, "  {edges}");
        line!(out, "  {}", references(&status.graph));
        let models = if status.models.is_empty() {
            "none".to_owned()
        } else {
            status.models.join(", ")
        };
        line!(out, "  models: {models}");
        for (reason, skips) in by_reason(&status.skipped) {
            line!(
                out,
                "  skipped: {} ({reason})",
                HumanCount(skips.len() as u64)
            );
            for skip in skips.iter().filter(|_| is_verbose) {
                line!(out, "    {} ({})", skip.path, skip.detail);
            }
        }
        problems(
            &mut out,
            &status.problems,
            if is_verbose {
                usize::MAX
            } else {
                SHOWN_PROBLEMS
            },
        );
    }
    if repositories.is_empty() {
        line!(out, "no repository yet: mnemo index DIR makes the first");
    }
    out
}

pub(crate) fn models(models: &[ModelStatus]) -> String {
    let mut out = String::new();
    for model in models {
        let place = model.directory.as_ref().map_or_else(
            || "not here yet".to_owned(),
            |path| path.display().to_string(),
        );
        let mut remarks = model.aliases.clone();
        if model.is_default {
            remarks.push("default".to_owned());
        }
        let remarks = match remarks.is_empty() {
            true => String::new(),
            false => format!(" ({})", remarks.join(", ")),
        };
        let size = model.n_bytes.map(|n_bytes| format!("  {}", size(n_bytes)));
        let size = size.unwrap_or_default();
        line!(out, "{}{remarks}{size}  {place}", model.name);
    }
    line!(
        out,
        "another one: mnemo index --models NAME; larger ones are slower, and a change of models embeds everything anew"
    );
    out
}

pub(crate) fn doctor(settings: &[InForce], checks: &[Check]) -> String {
    let mut out = String::new();
    let width = settings.iter().map(|setting| setting.name.len()).max();
    let width = width.unwrap_or_default();
    line!(out, "settings in force");
    for setting in settings {
        let InForce {
            name,
            value,
            provenance,
        } = setting;
        let shown = if value.is_empty() { "-" } else { value };
        line!(out, "  {name:<width$} {shown}  ({provenance})");
    }
    line!(out, "checks");
    for check in checks {
        let finding = match check.finding {
            Finding::Good => "ok  ",
            Finding::Remark => "note",
            Finding::Bad => "BAD ",
        };
        line!(out, "  {finding} {:<9} {}", check.subject, check.detail);
    }
    out
}
