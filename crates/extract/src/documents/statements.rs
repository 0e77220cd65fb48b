//! SQL: a section for each statement, called by what it is about.

use super::Section;

/// Statements end at `;` outside of quotes, comments and dollar quotes.
pub(super) fn sql(text: &str) -> Vec<Section> {
    let bytes = text.as_bytes();
    let mut sections = Vec::new();
    let (mut at, mut start) = (0, 0);
    while at < bytes.len() {
        at = match bytes[at] {
            b';' => {
                push(text, start..at + 1, &mut sections);
                // What follows on the line belongs to the statement: mostly a comment about it.
                start = text[at..]
                    .find('\n')
                    .map_or(bytes.len(), |end| at + end + 1);
                start.max(at + 1)
            }
            quote @ (b'\'' | b'"' | b'`') => end_of(text, at + 1, &(quote as char).to_string()),
            b'-' if bytes.get(at + 1) == Some(&b'-') => end_of(text, at, "\n"),
            b'/' if bytes.get(at + 1) == Some(&b'*') => end_of(text, at + 2, "*/"),
            // The body of a function in PostgreSQL, with semicolons of its own.
            b'$' => match dollar_quote(text, at) {
                Some(quote) => end_of(text, at + quote.len(), quote),
                None => at + 1,
            },
            _ => at + 1,
        };
    }
    push(text, start.min(text.len())..text.len(), &mut sections);
    sections
}

fn end_of(text: &str, from: usize, end: &str) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.find(end)
        .map_or(text.len(), |found| from + found + end.len())
}

fn dollar_quote(text: &str, at: usize) -> Option<&str> {
    let rest = &text[at + 1..];
    let end = rest.find('$')?;
    let is_tag = rest[..end]
        .chars()
        .all(|one| one.is_alphanumeric() || one == '_');
    is_tag.then(|| &text[at..at + end + 2])
}

fn push(text: &str, range: std::ops::Range<usize>, sections: &mut Vec<Section>) {
    let statement = &text[range.clone()];
    if statement.trim().is_empty() {
        return;
    }
    let blank = statement.len() - statement.trim_start().len();
    let first = range.start + blank;
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let title = title(statement);
    sections.push(Section { start, title });
}

/// Returns what a statement makes, changes or fills: the name behind `TABLE`, `INTO` and the like, else its first word.
fn title(statement: &str) -> String {
    const SKIPPED: &[&str] = &[
        "create",
        "or",
        "replace",
        "alter",
        "drop",
        "insert",
        "into",
        "update",
        "delete",
        "from",
        "table",
        "view",
        "materialized",
        "function",
        "procedure",
        "trigger",
        "index",
        "unique",
        "type",
        "schema",
        "sequence",
        "extension",
        "if",
        "not",
        "exists",
        "only",
        "temporary",
        "temp",
        "concurrently",
        "policy",
        "role",
        "database",
        "domain",
    ];
    let code = statement
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("--"));
    let words: Vec<&str> = code.flat_map(str::split_whitespace).take(12).collect();
    let is_skipped = |word: &&&str| SKIPPED.contains(&word.to_ascii_lowercase().as_str());
    let name = words
        .iter()
        .find(|word| !is_skipped(word))
        .or(words.first());
    let name = name.map_or("", |name| name.split('(').next().unwrap_or_default());
    let is_about = words.first().is_some_and(|first| is_skipped(&first));
    match is_about {
        true => name.trim_matches(['"', '`', '[', ']', ';']).to_owned(),
        false => words.first().map_or(String::new(), |first| {
            first.trim_end_matches(';').to_ascii_lowercase()
        }),
    }
}
