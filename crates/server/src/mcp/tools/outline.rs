//! `outline`: what a file defines, or which files a folder holds.

use std::collections::HashMap;

use app::Snapshot;
use domain::{ChunkKind, shown_in_line};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Description, limit, offset, repository_property};
use crate::mcp::answer::{Answer, place_of};
use crate::refusal::Refusal;

/// Lines of an answer unless asked otherwise, and at most.
const LINES: usize = 100;
const MAX_LINES: usize = 500;

/// Longer signatures are cut.
const MAX_COLUMNS: usize = 140;

/// Files listed that an unknown path could have meant.
const MAX_SIMILAR: usize = 5;

pub(super) const DESCRIPTION: Description = Description {
    text: "What a file defines, with lines and signatures; or, for a folder, its files and folders. Leave path out for the root.",
    required: &[],
    returns: &[
        (
            "entries",
            "array",
            "Definitions of a file, or files and folders of a folder",
        ),
        ("total", "integer", "How many there are"),
        ("has_more", "boolean", "Whether there are more"),
        ("next_cursor", "string?", "What to give as cursor for them"),
    ],
};

pub(super) fn properties() -> Value {
    json!({
        "path": {"type": "string", "description": "File or folder, relative to the repository's root or absolute"},
        "repository": repository_property(),
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LINES, "description": "Largest number of entries (default 100)"},
        "cursor": {"type": "string", "description": "next_cursor of the previous answer, for more entries"},
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    path: Option<String>,
    pub(super) repository: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

pub(super) fn answer(
    snapshot: &mut Snapshot<'_>,
    arguments: &Arguments,
) -> Result<Answer, Refusal> {
    let offset = offset(arguments.cursor.as_deref())?;
    let limit = limit(arguments.limit, LINES, MAX_LINES);
    let path = snapshot.relative(arguments.path.as_deref().unwrap_or_default());
    let paths = snapshot.paths()?;
    let entries = match paths.iter().any(|known| known == path) {
        true => file(&snapshot.outline(path)?),
        false => folder(&paths, path),
    };
    if entries.is_empty() && !paths.iter().any(|known| known == path) {
        let repository = snapshot.repository();
        return Err(Refusal::Arguments(unknown(repository, path, &paths)));
    }
    let n_entries = entries.len();
    let page: Vec<(String, Value)> = entries.into_iter().skip(offset).take(limit).collect();
    let has_more = offset + page.len() < n_entries;
    let next_cursor = has_more.then(|| (offset + page.len()).to_string());
    let mut text: String = page.iter().map(|(line, _)| format!("{line}\n")).collect();
    if n_entries == 0 {
        text.push_str("an empty file\n");
    }
    if let Some(cursor) = &next_cursor {
        text.push_str(&format!(
            "{n_entries} in all; more with cursor \"{cursor}\"\n"
        ));
    }
    text.extend(place_of(snapshot));
    Ok(Answer {
        text,
        data: json!({
            "entries": page.into_iter().map(|(_, data)| data).collect::<Vec<_>>(),
            "total": n_entries,
            "has_more": has_more,
            "next_cursor": next_cursor,
        }),
    })
}

/// Returns what a file defines; what stands in it where it defines nothing.
fn file(chunks: &[domain::Chunk]) -> Vec<(String, Value)> {
    let defines = |chunk: &&domain::Chunk| {
        chunk.part == 0
            && !matches!(
                chunk.kind,
                ChunkKind::Module | ChunkKind::Statements | ChunkKind::Block
            )
    };
    match chunks.iter().any(|chunk| defines(&chunk)) {
        true => chunks.iter().filter(defines).map(definition).collect(),
        false => chunks.iter().map(definition).collect(),
    }
}

/// Says that a path is not in the index, and which files could have been meant.
fn unknown(repository: &str, path: &str, paths: &[String]) -> String {
    let end = format!("/{}", path.rsplit('/').next().unwrap_or(path));
    let similar = paths.iter().filter(|known| known.ends_with(&end));
    let similar: String = similar
        .take(MAX_SIMILAR)
        .map(|path| format!("\n  {}", shown_in_line(path)))
        .collect();
    format!("{repository} has no file or folder {path:?} in its index{similar}")
}

fn definition(chunk: &domain::Chunk) -> (String, Value) {
    let signature: String = chunk.signature.chars().take(MAX_COLUMNS).collect();
    let span = &chunk.span;
    let name = match chunk.qualified_name.as_str() {
        "" => String::new(),
        name => format!(" {name}"),
    };
    let line = format!(
        "{}-{} {}{name}: {signature}",
        span.start_line, span.end_line, chunk.kind
    );
    let line = shown_in_line(&line).into_owned();
    let data = json!({
        "start_line": span.start_line,
        "end_line": span.end_line,
        "kind": chunk.kind,
        "name": chunk.qualified_name,
        "signature": signature,
    });
    (line, data)
}

/// Returns the files and folders right below a folder, folders with how many files they hold.
fn folder(paths: &[String], folder: &str) -> Vec<(String, Value)> {
    let mut entries: Vec<(String, usize)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for path in paths {
        let below = match folder {
            "" => Some(path.as_str()),
            _ => path
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(below) = below else { continue };
        let name = match below.split_once('/') {
            Some((name, _)) => format!("{name}/"),
            None => below.to_owned(),
        };
        match places.get(&name) {
            Some(&place) => entries[place].1 += 1,
            None => {
                places.insert(name.clone(), entries.len());
                entries.push((name, 1));
            }
        }
    }
    let entry = |(name, count): (String, usize)| match name.ends_with('/') {
        true => (
            format!("{} ({count} files)", shown_in_line(&name)),
            json!({ "folder": name, "files": count }),
        ),
        false => (shown_in_line(&name).into_owned(), json!({ "file": name })),
    };
    entries.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_show_what_lies_right_below() {
        let paths = [
            "a.ts",
            "src/b.ts",
            "src/deep/c.ts",
            "src/deep/d.ts",
            "srcs/e.ts",
        ]
        .map(str::to_owned);
        let lines = |at: &str| -> Vec<String> {
            folder(&paths, at)
                .into_iter()
                .map(|(line, _)| line)
                .collect()
        };
        assert_eq!(lines(""), ["a.ts", "src/ (3 files)", "srcs/ (1 files)"]);
        assert_eq!(lines("src"), ["b.ts", "deep/ (2 files)"]);
        assert_eq!(lines("sr"), [""; 0]);
    }
}
