//! `export`: rows as JSON, one at a time.

mod graph_rows;

use std::io;

use domain::View;
use index::view_input;
use serde_json::{Value, json};
use store::{FileIndex, VectorRow};

use crate::code_graph::CodeGraph;
use crate::error::AppError;
use crate::project::Project;

/// What to export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportItem {
    /// Files with hash, language and counts.
    Files,
    /// Chunks with their source.
    Chunks,
    /// Symbols.
    Symbols,
    /// References: uses of names, and how far each could be followed.
    References,
    /// Edges: relations between symbols, with where and how they were found.
    Edges,
    /// Calls with the file and line of what they call; instantiations and rendered elements beside them.
    Calls,
    /// Uses of values that are no calls, with the file and line of what they use.
    Uses,
    /// Imports of files of the repository.
    Imports,
    /// Texts that vectors are made from, by chunk and view.
    Inputs,
    /// Vectors, by chunk and view.
    Vectors,
}

/// Calls `write` with every row of a repository, in path order.
pub fn export(
    project: &Project,
    repository: Option<&str>,
    item: ExportItem,
    write: &mut dyn FnMut(Value) -> io::Result<()>,
) -> Result<(), AppError> {
    let mut reader = project.reader()?;
    let snapshot = reader.snapshot(repository)?;
    let (reading, generation) = (&snapshot.reading, snapshot.repository.generation);
    if item == ExportItem::Vectors {
        return Ok(reading.visit_vectors(generation, &mut |row| write(vector_row(&row)))?);
    }
    if let ExportItem::References
    | ExportItem::Edges
    | ExportItem::Calls
    | ExportItem::Uses
    | ExportItem::Imports = item
    {
        let graph = CodeGraph::read(reading, generation)?;
        return graph_rows::write(reading, &graph, item, write);
    }
    reading.visit_files(generation, &mut |file| {
        for row in rows(&file, item) {
            write(row)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn rows(file: &FileIndex, item: ExportItem) -> Vec<Value> {
    let path = file.record.path.as_str();
    match item {
        ExportItem::Files => vec![file_row(file)],
        ExportItem::Chunks => file
            .chunks
            .iter()
            .map(|row| with_file(path, &row.chunk))
            .collect(),
        ExportItem::Symbols => file
            .symbols
            .iter()
            .map(|symbol| with_file(path, symbol))
            .collect(),
        ExportItem::Inputs => input_rows(file),
        // Said by the graph and by the vectors' own visit.
        ExportItem::References
        | ExportItem::Edges
        | ExportItem::Calls
        | ExportItem::Uses
        | ExportItem::Imports
        | ExportItem::Vectors => Vec::new(),
    }
}

fn file_row(file: &FileIndex) -> Value {
    let record = &file.record;
    json!({
        "file": record.path,
        "hash": record.hash,
        "bytes": record.stamp.n_bytes,
        "language": record.language,
        "parser": record.parser,
        "is_test": record.is_test,
        "is_generated": record.is_generated,
        "lines": record.n_lines,
        "note": record.note,
        "chunks": file.chunks.len(),
        "symbols": file.symbols.len(),
        "references": file.facts.references.len(),
    })
}

fn input_rows(file: &FileIndex) -> Vec<Value> {
    let path = &file.record.path;
    let chunks = file.chunks.iter().enumerate();
    let rows = chunks.flat_map(|(index, row)| {
        View::ALL.iter().map(move |&view| {
            let input = view_input(view, path, &row.chunk);
            json!({"file": path, "chunk": index, "view": view, "input": input})
        })
    });
    rows.collect()
}

/// Puts the file first into the fields of a row.
fn with_file(path: &str, row: &impl serde::Serialize) -> Value {
    let mut object = serde_json::Map::from_iter([("file".to_owned(), json!(path))]);
    if let Ok(Value::Object(fields)) = serde_json::to_value(row) {
        object.extend(fields);
    }
    Value::Object(object)
}

fn vector_row(row: &VectorRow) -> Value {
    json!({
        "file": row.path,
        "chunk": row.chunk_index,
        "view": row.view,
        "model": row.model,
        "vector": row.vector.to_f32(),
    })
}
