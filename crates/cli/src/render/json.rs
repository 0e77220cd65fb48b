//! The `--json` contract: one object, fields added but never renamed.

use std::collections::BTreeMap;

use app::{
    Answer, Check, Difference, Finding, Forecast, InForce, IndexPlan, ModelStatus, Reclaimable,
    RepositoryStatus, RunSummary, Verification,
};
use domain::{Problem, Resolution, Skip};
use serde::Serialize;
use serde_json::{Value, json};
use server::wire;

pub(crate) fn summary(summary: &RunSummary) -> Value {
    let seconds = &summary.seconds;
    json!({
        "repository": summary.repository,
        "generation": summary.generation,
        "complete": summary.is_complete,
        "total_files": summary.n_files,
        "success_files": summary.n_ok,
        "error_files": summary.problems.len(),
        "skipped_files": summary.skipped.len(),
        "unchanged_files": summary.n_unchanged,
        "deleted_files": summary.n_deleted,
        "total_chunks": summary.counts.n_chunks,
        "vectors_computed": summary.n_vectors_computed,
        "vectors_reused": summary.n_vectors_reused,
        "tokens_embedded": summary.n_tokens,
        "graph": {
            "total_nodes": summary.counts.n_symbols,
            "total_edges": summary.graph.edges.values().sum::<u64>(),
            "nodes_by_kind": counted(&summary.symbols_by_kind),
            "edges_by_kind": counted(&summary.graph.edges),
            "references": summary.counts.n_references,
            "resolved": summary.graph.references.get(&Resolution::Resolved).copied().unwrap_or(0),
            "references_by_outcome": counted(&summary.graph.references),
        },
        "errors": errors(&summary.problems),
        "skipped": skipped(&summary.skipped),
        "notes": summary.notes.iter().map(|(file, note)| json!({"file": file, "note": note})).collect::<Vec<_>>(),
        "seconds": {
            "discover": round(seconds.discover),
            "process": round(seconds.process),
            "graph": round(seconds.graph),
            "graph_load": round(seconds.graph_parts.load),
            "graph_resolve": round(seconds.graph_parts.resolve),
            "graph_measure": round(seconds.graph_parts.measure),
            "graph_write": round(seconds.graph_parts.write),
            "total": round(seconds.total),
        },
        "workers": summary.n_workers,
        "worker_restarts": summary.n_restarts,
        "peak_memory_bytes": summary.peak_memory_bytes,
        "disk_bytes": summary.disk_bytes,
        "predicted": predicted(&summary.forecast),
    })
}

fn counted<K: ToString>(counts: &BTreeMap<K, u64>) -> Value {
    // An object by kind instead of a list: a kind that is added moves none of the others.
    let counts = counts.iter();
    let counts = counts.map(|(word, count)| (word.to_string(), json!(count)));
    Value::Object(counts.collect())
}

fn errors(problems: &[Problem]) -> Value {
    let error = |problem: &Problem| json!({"file": problem.path, "kind": problem.kind, "error": problem.cause});
    problems.iter().map(error).collect()
}

fn skipped(skips: &[Skip]) -> Value {
    let skip =
        |skip: &Skip| json!({"file": skip.path, "reason": skip.reason, "detail": skip.detail});
    skips.iter().map(skip).collect()
}

fn round(seconds: f64) -> f64 {
    // Below a millisecond there is only noise, in which equal runs would differ.
    (seconds * 1000.0).round() / 1000.0
}

pub(crate) fn plan(plan: &IndexPlan) -> Value {
    let found = &plan.discovery;
    json!({
        "repository": plan.repository,
        "changed": found.changed.iter().map(|change| json!({"file": change.path, "bytes": change.n_bytes})).collect::<Vec<_>>(),
        "changed_by_language": counted(&found.changed_by_language()),
        "unchanged_files": found.unchanged.len(),
        "deleted": found.removed,
        "skipped": skipped(&found.skipped),
        "errors": errors(&found.problems),
        "workers": plan.n_workers,
        "predicted": predicted(&plan.forecast),
    })
}

fn predicted(forecast: &Forecast) -> Value {
    json!({
        "tokens": forecast.n_tokens,
        "seconds": round(forecast.seconds),
        "memory_bytes": forecast.memory_bytes,
        "disk_bytes": forecast.disk_bytes,
    })
}

pub(crate) fn answer(query: &str, answer: &Answer) -> Value {
    value(&wire::SearchAnswer::new(query, answer))
}

/// Returns what every door says the same way, as this one prints it.
pub(super) fn value(data: &impl Serialize) -> Value {
    // Only a key that is no text or an implementation by hand could fail.
    serde_json::to_value(data).expect("plain fields and names")
}

pub(crate) fn verification(verification: &Verification) -> Value {
    let difference = |(file, difference): &(String, Difference)| json!({"file": file, "difference": difference.as_str()});
    json!({
        "repository": verification.repository,
        "files": verification.n_files,
        "good": verification.is_good(),
        "damage": verification.damage,
        "damaged_copies": verification.damaged_copies,
        "differences": verification.differences.iter().map(difference).collect::<Vec<_>>(),
        "repaired": verification.is_repaired,
    })
}

pub(crate) fn status(reclaimable: Reclaimable, repositories: &[RepositoryStatus]) -> Value {
    value(&wire::Status::new(reclaimable, repositories))
}

pub(crate) fn models(models: &[ModelStatus]) -> Value {
    let model = |model: &ModelStatus| json!({"name": model.name, "aliases": model.aliases, "default": model.is_default, "directory": model.directory, "bytes": model.n_bytes});
    json!({"models": models.iter().map(model).collect::<Vec<_>>()})
}

pub(crate) fn doctor(settings: &[InForce], checks: &[Check]) -> Value {
    let setting = |setting: &InForce| {
        // What is not set has no value, which an empty text would be.
        let value = Some(&setting.value).filter(|value| !value.is_empty());
        let shown = json!({"value": value, "from": setting.provenance.to_string()});
        (setting.name.to_owned(), shown)
    };
    let check = |check: &Check| {
        let finding = match check.finding {
            Finding::Good => "good",
            Finding::Remark => "remark",
            Finding::Bad => "bad",
        };
        json!({"subject": check.subject, "finding": finding, "detail": check.detail})
    };
    json!({
        "settings": Value::Object(settings.iter().map(setting).collect()),
        "checks": checks.iter().map(check).collect::<Vec<_>>(),
    })
}

pub(crate) fn runs(runs: &wire::Runs) -> Value {
    value(runs)
}
