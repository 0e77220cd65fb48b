//! The `--json` contract: one object, fields added but never renamed.

use std::collections::BTreeMap;

use app::{
    Answer, AnswerHit, Check, Coverage, Difference, Finding, Forecast, InForce, IndexPlan,
    ModelStatus, Reclaimable, RepositoryStatus, RunSummary, Verification,
};
use domain::{Problem, Resolution, Skip};
use serde_json::{Value, json};

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

/// The first repository's coverage stands at the top, where answers of one repository have always had it.
pub(crate) fn answer(query: &str, answer: &Answer) -> Value {
    let first = &answer.coverages[0];
    json!({
        "query": query,
        "repository": first.repository,
        "generation": first.generation,
        "complete": answer.is_complete(),
        "files": answer.coverages.iter().map(|coverage| coverage.n_files).sum::<u64>(),
        "failed_files": answer.coverages.iter().map(|coverage| coverage.n_failed).sum::<u64>(),
        "repositories": answer.coverages.iter().map(coverage).collect::<Vec<_>>(),
        "remark": answer.remark,
        "has_more": answer.has_more,
        "results": answer.hits.iter().map(|found| hit(query, found)).collect::<Vec<_>>(),
    })
}

pub(super) fn coverage(coverage: &Coverage) -> Value {
    json!({
        "repository": coverage.repository,
        "generation": coverage.generation,
        "complete": coverage.is_complete,
        "files": coverage.n_files,
        "failed_files": coverage.n_failed,
    })
}

fn hit(query: &str, found: &AnswerHit) -> Value {
    let hit = &found.hit;
    let reasons = &hit.reasons;
    json!({
        "repository": hit.repository,
        "file": hit.path,
        "start_line": hit.start_line,
        "end_line": hit.end_line,
        "kind": hit.kind,
        "name": hit.name,
        "qualified_name": hit.qualified_name,
        "language": hit.language,
        "score": hit.score,
        "stale": found.is_stale,
        "reasons": {
            "words": reasons.words,
            "code": reasons.code,
            "text": reasons.text,
            "name": reasons.name,
            "kind": reasons.kind,
            "test": reasons.test,
            "dependents": reasons.dependents,
            "named": reasons.named,
            "exact": reasons.exact,
        },
        "snippet": hit.source,
        "matching_lines": app::snippet(query, hit, usize::from(u16::MAX)).matching,
    })
}

pub(crate) fn verification(verification: &Verification) -> Value {
    let difference = |(file, difference): &(String, Difference)| json!({"file": file, "difference": difference.as_str()});
    json!({
        "repository": verification.repository,
        "files": verification.n_files,
        "good": verification.is_good(),
        "damage": verification.damage,
        "differences": verification.differences.iter().map(difference).collect::<Vec<_>>(),
        "repaired": verification.is_repaired,
    })
}

pub(crate) fn status(reclaimable: Reclaimable, repositories: &[RepositoryStatus]) -> Value {
    let repository = |status: &RepositoryStatus| {
        let last_run: Option<Value> = status
            .last_run
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        json!({
            "repository": status.name,
            "root": status.root,
            "generation": status.generation,
            "complete": status.is_complete,
            "building": status.building,
            "models": status.models,
            "files": status.counts.n_files,
            "chunks": status.counts.n_chunks,
            "vectors": status.counts.n_vectors,
            "symbols": status.counts.n_symbols,
            "references": status.counts.n_references,
            "files_by_language": counted(&status.languages),
            "nodes_by_kind": counted(&status.symbols),
            "edges_by_kind": counted(&status.graph.edges),
            "references_by_outcome": counted(&status.graph.references),
            "errors": errors(&status.problems),
            "skipped": skipped(&status.skipped),
            "last_run": last_run,
        })
    };
    json!({"reclaimable_bytes": reclaimable.n_bytes, "reclaimable_vectors": reclaimable.n_vectors, "repositories": repositories.iter().map(repository).collect::<Vec<_>>()})
}

pub(crate) fn models(models: &[ModelStatus]) -> Value {
    let model = |model: &ModelStatus| json!({"name": model.name, "aliases": model.aliases, "default": model.is_default, "directory": model.directory});
    json!({"models": models.iter().map(model).collect::<Vec<_>>()})
}

pub(crate) fn doctor(settings: &[InForce], checks: &[Check]) -> Value {
    let setting = |setting: &InForce| {
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
