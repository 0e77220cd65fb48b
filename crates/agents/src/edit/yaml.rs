//! YAML: lines below `extensions:` of a larger file, or a file of our own.
//!
//! Only the plain block form is edited, which is what the agents write themselves: a key at the start of a line, members below it, each
//! indented alike by blanks. Anything else is refused.

use serde_json::Value;

use super::{EditError, Edited, newline};
use crate::entry::{NAME, Server};

const LIST: &str = "extensions:";
/// Seconds that Goose waits for an answer; its own default.
const TIMEOUT_SECONDS: u32 = 300;

pub(super) fn insert_extension(text: Option<&str>, server: &Server) -> Result<Edited, EditError> {
    let Some(text) = text else {
        return Ok(Edited::Text(format!(
            "{LIST}\n{}",
            extension(server, "  ", "\n")
        )));
    };
    let nl = newline(text);
    let Some(list) = find_list(text)? else {
        let gap = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            nl
        };
        let block = format!("{LIST}{nl}{}", extension(server, "  ", nl));
        // `remove_extension` knows by the missing line end that there was none.
        let block = match text.ends_with('\n') {
            true => &block,
            false => block.trim_end(),
        };
        return Ok(Edited::Text(format!("{text}{gap}{block}")));
    };
    let indent = list.indent.unwrap_or("  ");
    let entry = extension(server, indent, nl);
    let (start, end) = list.ours.unwrap_or((list.start, list.start));
    let is_cut = start < end && !text[..end].ends_with('\n');
    let entry = if is_cut { entry.trim_end() } else { &entry };
    if &text[start..end] == entry {
        return Ok(Edited::Unchanged);
    }
    Ok(Edited::Text([&text[..start], entry, &text[end..]].concat()))
}

pub(super) fn remove_extension(text: &str) -> Edited {
    let Ok(Some(list)) = find_list(text) else {
        return Edited::Unchanged;
    };
    let Some((start, end)) = list.ours else {
        return Edited::Unchanged;
    };
    if list.n_members > 1 {
        return Edited::Text([&text[..start], &text[end..]].concat());
    }
    // The list is ours too, and with it the line end before it that was missing.
    let ahead = &text[..list.line];
    let ahead = match text.ends_with('\n') {
        true if end == text.len() && ahead.is_empty() => return Edited::Gone,
        true => ahead,
        false => ahead.strip_suffix(newline(text)).unwrap_or(ahead),
    };
    Edited::Text([ahead, &text[end..]].concat())
}

pub(super) fn own_file(text: Option<&str>, server: &Server) -> Edited {
    let content = format!(
        "name: {NAME}\nversion: 0.0.1\nschema: v1\nmcpServers:\n  - name: {NAME}\n    command: {}\n    args: {}\n",
        scalar(&server.command),
        list(&server.arguments),
    );
    match text == Some(&content) {
        true => Edited::Unchanged,
        false => Edited::Text(content),
    }
}

pub(super) fn remove_own_file(text: &str) -> Result<Edited, EditError> {
    match text.starts_with(&format!("name: {NAME}\n")) {
        true => Ok(Edited::Gone),
        false => Err(EditError::NotOurs),
    }
}

fn extension(server: &Server, indent: &str, nl: &str) -> String {
    let deep = indent.repeat(2);
    let fields = [
        ("name", NAME.to_owned()),
        ("type", "stdio".to_owned()),
        ("cmd", scalar(&server.command)),
        ("args", list(&server.arguments)),
        ("enabled", "true".to_owned()),
        ("timeout", TIMEOUT_SECONDS.to_string()),
    ];
    let fields = fields.map(|(key, value)| format!("{deep}{key}: {value}{nl}"));
    format!("{indent}{NAME}:{nl}{}", fields.concat())
}

/// A double-quoted scalar: what JSON escapes, YAML reads.
fn scalar(text: &str) -> String {
    Value::from(text).to_string()
}

fn list(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| scalar(item)).collect();
    format!("[{}]", items.join(", "))
}

/// The mapping `extensions` of a file.
struct List<'a> {
    /// Where its line starts.
    line: usize,
    /// Where its first member's line starts.
    start: usize,
    indent: Option<&'a str>,
    n_members: usize,
    /// Where our member's lines start and end.
    ours: Option<(usize, usize)>,
}

fn find_list(text: &str) -> Result<Option<List<'_>>, EditError> {
    let mut found: Option<List<'_>> = None;
    let mut is_inside = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let indent = &content[..content.len() - content.trim_start().len()];
        let is_blank = content.is_empty() || content.trim_start().starts_with('#');
        if !is_blank && indent.is_empty() {
            if is_inside && content.starts_with('-') {
                return Err(EditError::Unusual);
            }
            is_inside = false;
            if let Some(rest) = content.strip_prefix(LIST) {
                let rest = rest.trim_start();
                if found.is_some() || !(rest.is_empty() || rest.starts_with('#')) {
                    return Err(EditError::Unusual);
                }
                is_inside = true;
                let start = at + line.len();
                found = Some(List {
                    line: at,
                    start,
                    indent: None,
                    n_members: 0,
                    ours: None,
                });
            }
        } else if let (true, false, Some(list)) = (is_inside, is_blank, &mut found) {
            let first = *list.indent.get_or_insert(indent);
            if indent.contains('\t')
                || indent.len() < first.len()
                || content.trim_start().starts_with("- ") && indent == first
            {
                return Err(EditError::Unusual);
            }
            if indent == first {
                list.n_members += 1;
                if content.trim_start() == format!("{NAME}:") {
                    list.ours = Some((at, at + line.len()));
                }
            } else if let Some((_, end)) = &mut list.ours
                && *end == at
            {
                *end = at + line.len();
            }
        }
        at += line.len();
    }
    Ok(found)
}
