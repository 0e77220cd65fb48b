//! TOML: our table goes to the end of the file.

use std::ops::Range;

use toml::{Table, Value};

use super::{EditError, Edited, newline, spliced};
use crate::entry::{Field, Fields, NAME};

pub(super) fn insert(text: Option<&str>, key: &str, fields: &Fields) -> Result<Edited, EditError> {
    let Some(text) = text else {
        return Ok(Edited::Text(block(key, fields, "\n")));
    };
    let before = parse(text)?;
    let nl = newline(text);
    let ours = before.get(key).map(|list| list.get(NAME));
    let edited = match ours {
        Some(Some(ours)) if same(ours, fields) => return Ok(Edited::Unchanged),
        Some(Some(_)) => updated(text, key, fields).ok_or(EditError::Unusual)?,
        Some(None) | None if text.is_empty() || text.ends_with('\n') => {
            text.to_owned() + nl + &block(key, fields, nl)
        }
        // `remove` knows by the missing line end that there was none.
        Some(None) | None => text.to_owned() + nl + nl + block(key, fields, nl).trim_end(),
    };
    require_same(&before, &edited, key, Some(fields))?;
    Ok(Edited::Text(edited))
}

pub(super) fn remove(text: &str, key: &str) -> Result<Edited, EditError> {
    let before = parse(text)?;
    if before.get(key).and_then(|list| list.get(NAME)).is_none() {
        return Ok(Edited::Unchanged);
    }
    let Range { start, end } = find(text, key).ok_or(EditError::Unusual)?;
    if start == 0 && end == text.len() {
        return Ok(Edited::Gone);
    }
    // The blank line that `insert` added, and a line end where there was none.
    let nl = newline(text);
    let ahead = match text.ends_with('\n') {
        true => nl.to_owned(),
        false => nl.repeat(2),
    };
    let start = match text[..start].strip_suffix(&ahead) {
        Some(shorter) => shorter.len(),
        None => start,
    };
    let edited = spliced(text, start..end, "");
    require_same(&before, &edited, key, None)?;
    Ok(Edited::Text(edited))
}

fn block(key: &str, fields: &Fields, nl: &str) -> String {
    let lines: String = fields.iter().map(|field| line(field) + nl).collect();
    format!("[{key}.{NAME}]{nl}{lines}")
}

fn line((name, value): &Field) -> String {
    let value =
        Value::try_from(value).expect("strings, truths and lists of strings are values of TOML");
    format!("{name} = {value}")
}

/// Writes our fields over those that stand there; others, such as `env`, are the user's.
fn updated(text: &str, key: &str, fields: &Fields) -> Option<String> {
    let own = format!("[{key}.{NAME}]");
    let header = find(text, key)?.start;
    let mut text = text.to_owned();
    for field in fields {
        let body = header + text[header..].find(&own)? + own.len();
        let body = body + text[body..].find('\n')? + 1;
        let mut at = body;
        let of_field = |line: &str| {
            line.strip_prefix(field.0)
                .is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let found = text[body..]
            .split_inclusive('\n')
            .take_while(|line| !line.starts_with('['))
            .map(|line| {
                at += line.len();
                (
                    at - line.len()..at - line.len() + line.trim_end().len(),
                    of_field(line),
                )
            })
            .find(|(_, is_found)| *is_found);
        text = match found {
            Some((range, _)) => spliced(&text, range, &line(field)),
            None => spliced(&text, body..body, &(line(field) + newline(&text))),
        };
    }
    Some(text)
}

/// Finds our table with the tables below it: from its header to the next header that is not below it.
fn find(text: &str, key: &str) -> Option<Range<usize>> {
    let own = format!("[{key}.{NAME}]");
    let below = format!("[{key}.{NAME}.");
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let header = line.trim();
        match start {
            None if header == own => start = Some(at),
            Some(start) if header.starts_with('[') && !header.starts_with(&below) => {
                return Some(start..at);
            }
            _ => {}
        }
        at += line.len();
    }
    start.map(|start| start..at)
}

fn parse(text: &str) -> Result<Table, EditError> {
    toml::from_str(text).map_err(|error: toml::de::Error| EditError::Invalid {
        format: "TOML",
        reason: error.message().to_owned(),
    })
}

/// Whether an entry has our fields; the user may have added others.
fn same(ours: &Value, fields: &Fields) -> bool {
    fields
        .iter()
        .all(|(key, value)| ours.get(key) == Value::try_from(value).ok().as_ref())
}

/// Refuses an edit after which anything but our entry reads differently.
fn require_same(
    before: &Table,
    after: &str,
    key: &str,
    entry: Option<&Fields>,
) -> Result<(), EditError> {
    let others = |mut table: Table| {
        let list = table.get_mut(key).and_then(Value::as_table_mut);
        let ours = list.and_then(|list| list.remove(NAME));
        if table
            .get(key)
            .and_then(Value::as_table)
            .is_some_and(Table::is_empty)
        {
            table.remove(key);
        }
        (table, ours)
    };
    let after = parse(after).map_err(|_| EditError::Unusual)?;
    let ((before, _), (after, ours)) = (others(before.clone()), others(after));
    let is_right = match (&ours, entry) {
        (Some(ours), Some(fields)) => same(ours, fields),
        (ours, fields) => ours.is_none() && fields.is_none(),
    };
    match before == after && is_right {
        true => Ok(()),
        false => Err(EditError::Unusual),
    }
}
