//! References, edges, calls and imports as rows.

use std::collections::BTreeSet;
use std::io;

use domain::facts::Target;
use domain::{Facts, ReferenceKind, RepoPath, Resolution};
use serde_json::{Value, json};
use store::{Edge, FileGraph, Reading};

use super::ExportItem;
use crate::code_graph::CodeGraph;
use crate::error::AppError;

/// Calls `write` with the rows of every file, in path order.
pub(super) fn write(
    reading: &Reading<'_>,
    graph: &CodeGraph,
    item: ExportItem,
    write: &mut dyn FnMut(Value) -> io::Result<()>,
) -> Result<(), AppError> {
    for file in &graph.graphs {
        let Some(path) = graph.path(file.file) else {
            continue;
        };
        let rows = match item {
            ExportItem::Edges => edges(graph, file, path),
            ExportItem::Calls => sites(graph, file, path, &reading.facts(file.file)?, call),
            ExportItem::Uses => sites(graph, file, path, &reading.facts(file.file)?, value_use),
            ExportItem::Imports => imports(graph, file, path, &reading.facts(file.file)?),
            _ => references(graph, file, path, &reading.facts(file.file)?),
        };
        for row in rows {
            write(row).map_err(AppError::Output)?;
        }
    }
    Ok(())
}

fn edges(graph: &CodeGraph, file: &FileGraph, path: &RepoPath) -> Vec<Value> {
    let row = |edge: &Edge| {
        let source = graph.node(store::SymbolId {
            file: file.file,
            symbol: edge.source,
        })?;
        let target = graph.node(edge.target)?;
        Some(json!({
            "kind": edge.kind,
            "file": path,
            "line": edge.position.line,
            "column": edge.position.column,
            "source": source.qualified_name,
            "source_line": source.position.line,
            "target": target.qualified_name,
            "target_kind": target.kind,
            "target_file": graph.path(edge.target.file),
            "target_line": target.position.line,
            "how": edge.how,
            "provenance": edge.provenance,
            "confidence": edge.provenance.confidence(),
        }))
    };
    file.edges.iter().filter_map(row).collect()
}

/// The edge that each reference gave, by the reference's place; of several the likeliest, which is the first.
fn by_reference(file: &FileGraph, n_references: usize) -> Vec<Option<&Edge>> {
    let mut found = vec![None; n_references];
    for edge in &file.edges {
        if let Some(place) = edge
            .reference
            .and_then(|place| found.get_mut(place as usize))
        {
            place.get_or_insert(edge);
        }
    }
    found
}

fn references(graph: &CodeGraph, file: &FileGraph, path: &RepoPath, facts: &Facts) -> Vec<Value> {
    let edges = by_reference(file, facts.references.len());
    let pairs = facts.references.iter().zip(&file.outcomes);
    pairs
        .zip(edges)
        .map(|((reference, outcome), edge)| {
            let target = edge.and_then(|edge| graph.node(edge.target));
            json!({
                "file": path,
                "line": reference.position.line,
                "column": reference.position.column,
                "kind": reference.kind,
                "name": facts.name(reference.name),
                "outcome": outcome,
                "target": target.map(|node| &node.qualified_name),
                "target_file": target.and_then(|node| graph.path(node.id.file)),
                "target_line": target.map(|node| node.position.line),
            })
        })
        .collect()
}

/// The word of a call, an instantiation or a rendered element.
fn call(kind: ReferenceKind) -> Option<&'static str> {
    match kind {
        ReferenceKind::Call | ReferenceKind::TaggedTemplate | ReferenceKind::Decorator => {
            Some("call")
        }
        ReferenceKind::New => Some("new"),
        ReferenceKind::Jsx => Some("jsx"),
        _ => None,
    }
}

fn value_use(kind: ReferenceKind) -> Option<&'static str> {
    kind.is_use().then_some("use")
}

/// The places of the references that `word` has a word for.
fn sites(
    graph: &CodeGraph,
    file: &FileGraph,
    path: &RepoPath,
    facts: &Facts,
    word: fn(ReferenceKind) -> Option<&'static str>,
) -> Vec<Value> {
    let edges = by_reference(file, facts.references.len());
    let references = facts.references.iter().zip(edges);
    references
        .filter_map(|(reference, edge)| {
            let mut row = json!({
                "t": word(reference.kind)?,
                "file": path,
                "line": reference.position.line,
                "col": reference.position.column,
                "name": facts.name(reference.name),
            });
            if reference.kind.is_use() {
                row["how"] = json!(reference.kind);
            }
            if let Some(target) = edge.and_then(|edge| graph.node(edge.target)) {
                row["tf"] = json!(graph.path(target.id.file));
                row["tl"] = json!(target.position.line);
            }
            Some(row)
        })
        .collect()
}

/// Each module once for each specifier that leads to it.
fn imports(graph: &CodeGraph, file: &FileGraph, path: &RepoPath, facts: &Facts) -> Vec<Value> {
    let edges = by_reference(file, facts.references.len());
    let mut found = BTreeSet::new();
    for ((reference, outcome), edge) in facts.references.iter().zip(&file.outcomes).zip(edges) {
        // A type with its package in front is found as an import is, and is none.
        if let (Target::Module { specifier, name }, Resolution::Resolved) =
            (reference.target, outcome)
            && !reference.kind.is_of_name()
            && let Some(to) = edge.and_then(|edge| graph.path(edge.target.file))
        {
            let specifier = facts.name(specifier);
            match inner_module(specifier, facts.name(name), to.as_str()) {
                Some((inner, package)) => {
                    found.insert((inner, to.as_str().to_owned()));
                    // What is in a package cannot be imported without the package.
                    if graph.has_path(&package) {
                        found.insert((specifier.to_owned(), package));
                    }
                }
                None => {
                    found.insert((specifier.to_owned(), to.as_str().to_owned()));
                }
            }
        }
    }
    found
        .into_iter()
        .map(|(specifier, to)| json!({"t": "import", "file": path, "spec": specifier, "to": to}))
        .collect()
}

/// `from package import module`: the module's own specifier and the package's file, where an import leads to a module inside of what
/// its specifier names.
fn inner_module(specifier: &str, name: &str, to: &str) -> Option<(String, String)> {
    let (path, extension) = to.rsplit_once('.')?;
    let is_python = matches!(extension, "py" | "pyi");
    let path = path.strip_suffix("/__init__").unwrap_or(path);
    let (folder, stem) = path.rsplit_once('/').unwrap_or(("", path));
    if !is_python || stem != name || specifier.rsplit('.').next() == Some(name) {
        return None;
    }
    let dot = if specifier.ends_with('.') { "" } else { "." };
    let package = format!("{folder}/__init__.{extension}");
    Some((
        format!("{specifier}{dot}{name}"),
        package.trim_start_matches('/').to_owned(),
    ))
}
