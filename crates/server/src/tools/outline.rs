//! `outline`: what a file defines, or which files a folder holds.

use domain::ChunkKind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Description, limit, offset, repository_property};
use crate::answer::{Answer, Refusal};
use crate::desk::Desk;

/// Lines of an answer unless asked otherwise, and at most.
const LINES: usize = 100;
const MAX_LINES: usize = 500;

/// Longer signatures are cut.
const MAX_COLUMNS: usize = 140;

pub(super) const DESCRIPTION: Description = Description {
    text: "What a file defines, with lines and signatures; or, for a folder, its files and folders. Leave path out for the root.",
    required: &[],
};

pub(super) fn properties() -> Value {
    json!({
        "path": {"type": "string", "description": "File or folder, relative to the repository's root"},
        "repository": repository_property(),
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LINES, "description": "Entries at most (default 100)"},
        "cursor": {"type": "string", "description": "next_cursor of the answer before, for more entries"},
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Arguments {
    path: Option<String>,
    repository: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

pub(super) fn answer(desk: &mut Desk<'_>, arguments: Arguments) -> Result<Answer, Refusal> {
    let repository = desk.repository(arguments.repository)?;
    let offset = offset(arguments.cursor.as_deref())?;
    let limit = limit(arguments.limit, LINES, MAX_LINES);
    let path = arguments.path.unwrap_or_default();
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let path = if path == "." { "" } else { path };
    let searcher = desk.searcher()?;
    let entries = match searcher.outline(&repository, path)? {
        chunks if !chunks.is_empty() => chunks
            .iter()
            .filter(|chunk| {
                chunk.part == 0
                    && !matches!(
                        chunk.kind,
                        ChunkKind::Module | ChunkKind::Statements | ChunkKind::Block
                    )
            })
            .map(definition)
            .collect(),
        _ => folder(&searcher.paths(&repository)?, path),
    };
    if entries.is_empty() {
        return Err(Refusal::Arguments(format!(
            "{repository} has no file or folder {path:?} in its index"
        )));
    }
    let n_entries = entries.len();
    let page: Vec<(String, Value)> = entries.into_iter().skip(offset).take(limit).collect();
    let has_more = offset + page.len() < n_entries;
    let next_cursor = has_more.then(|| (offset + page.len()).to_string());
    let mut text: String = page.iter().map(|(line, _)| format!("{line}\n")).collect();
    if let Some(cursor) = &next_cursor {
        text.push_str(&format!(
            "{n_entries} in all; more with cursor \"{cursor}\"\n"
        ));
    }
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

fn definition(chunk: &domain::Chunk) -> (String, Value) {
    let signature: String = chunk.signature.chars().take(MAX_COLUMNS).collect();
    let span = &chunk.span;
    let line = format!(
        "{}-{} {} {}: {signature}",
        span.start_line, span.end_line, chunk.kind, chunk.qualified_name
    );
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
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => entries.push((name, 1)),
        }
    }
    let entry = |(name, count): (String, usize)| match name.ends_with('/') {
        true => (
            format!("{name} ({count} files)"),
            json!({ "folder": name, "files": count }),
        ),
        false => (name.clone(), json!({ "file": name })),
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
