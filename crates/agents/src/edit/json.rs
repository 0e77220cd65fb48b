//! JSON, as agents write it: with comments and trailing commas where they allow them.
//!
//! An entry goes in front of the others, where neither a trailing comma nor the comments behind the last member matter. Two layouts tell
//! [`remove`] what was there before: a list that was empty gets its entry on one line, one that we made has one line per field.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value as Node};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_serde_value};
use serde_json::Value;

use super::{EditError, Edited, newline, spliced};
use crate::entry::{Fields, NAME};

/// What one level is indented by where the file itself does not show it.
const INDENT: &str = "  ";

pub(super) fn insert(text: Option<&str>, key: &str, fields: &Fields) -> Result<Edited, EditError> {
    let Some(text) = text else {
        return Ok(Edited::Text(document(key, fields) + "\n"));
    };
    if text.trim().is_empty() {
        // Without a line end, so that `remove` sees that the file was there.
        return Ok(Edited::Text(text.to_owned() + &document(key, fields)));
    }
    let root = parse(text)?;
    let style = Style::of(text, &root);
    let edited = match member(&root, key) {
        None => {
            let list = format!("\"{key}\": {}", style.list(fields));
            match root.properties.is_empty() {
                true => insert_only(text, &root, &list),
                false => insert_first(text, &root, &style.indent, &list, &style),
            }
        }
        Some(property) => {
            let list = as_object(property, key)?;
            match member(list, NAME) {
                Some(ours) => match updated(text, ours, fields, &style)? {
                    updated if updated == text => return Ok(Edited::Unchanged),
                    updated => updated,
                },
                None if list.properties.is_empty() => {
                    insert_only(text, list, &format!("\"{NAME}\": {}", inline(fields)))
                }
                None => {
                    let indent = style.member_indent(text, list);
                    let entry = style.entry(fields, &indent);
                    insert_first(text, list, &indent, &format!("\"{NAME}\": {entry}"), &style)
                }
            }
        }
    };
    require_same(text, &edited, key, Some(fields))?;
    Ok(Edited::Text(edited))
}

pub(super) fn remove(text: &str, key: &str) -> Result<Edited, EditError> {
    if text.trim().is_empty() {
        return Ok(Edited::Unchanged);
    }
    let root = parse(text)?;
    let Some(property) = member(&root, key) else {
        return Ok(Edited::Unchanged);
    };
    let Node::Object(list) = &property.value else {
        return Ok(Edited::Unchanged);
    };
    let Some(ours) = member(list, NAME) else {
        return Ok(Edited::Unchanged);
    };
    let is_made_by_us = list.properties.len() == 1 && made_by_us(text, &root, property, ours);
    if is_made_by_us && root.properties.len() == 1 {
        let start = text.len() - text.trim_start().len();
        match &text[start..] {
            rest if rest == whole(text, &root, property) + "\n" && start == 0 => {
                return Ok(Edited::Gone);
            }
            rest if rest == whole(text, &root, property) => {
                return Ok(Edited::Text(text[..start].to_owned()));
            }
            _ => {}
        }
    }
    let edited = match is_made_by_us {
        true => without(text, &root, property),
        false => without(text, list, ours),
    };
    require_same(text, &edited, key, None)?;
    Ok(Edited::Text(edited))
}

/// A file with nothing but our entry, without the last line end.
fn document(key: &str, fields: &Fields) -> String {
    let style = Style::default();
    format!("{{\n{INDENT}\"{key}\": {}\n}}", style.list(fields))
}

/// What [`document`] made, as it reads now.
fn whole(text: &str, root: &Object, property: &ObjectProp) -> String {
    let style = Style::of(text, root);
    let member = &text[bytes(property.range)];
    format!("{{\n{}{member}\n}}", style.indent)
}

/// Whether the list under `property` is laid out as we lay out one that was missing.
fn made_by_us(text: &str, root: &Object, property: &ObjectProp, ours: &ObjectProp) -> bool {
    let style = Style::of(text, root);
    let entry = &text[bytes(ours.range)];
    let nl = style.newline;
    let expected = format!("{{{nl}{0}{0}{entry}{nl}{0}}}", style.indent);
    text[bytes(property.value.range())] == expected
}

/// Whether a member stands between two blanks right after the brace, as [`insert_only`] puts it.
fn is_only(text: &str, object: &Object, member: &ObjectProp) -> bool {
    object.properties.len() == 1
        && member.range.start == object.range.start + 2
        && text[object.range.start + 1..].starts_with(' ')
        && text[member.range.end..].starts_with(' ')
}

/// Puts a member into an object that has none, on the line of its brace.
fn insert_only(text: &str, into: &Object, member: &str) -> String {
    let at = into.range.start + 1;
    spliced(text, at..at, &format!(" {member} "))
}

/// How a file is laid out.
struct Style {
    newline: &'static str,
    /// One level.
    indent: String,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            newline: "\n",
            indent: INDENT.to_owned(),
        }
    }
}

impl Style {
    fn of(text: &str, root: &Object) -> Style {
        let first = root.properties.first();
        let indent = first.map_or("", |first| line_indent(text, first.range.start));
        Style {
            newline: newline(text),
            indent: match indent {
                "" => INDENT.to_owned(),
                indent => indent.to_owned(),
            },
        }
    }

    /// The object that lists servers, with our entry alone.
    fn list(&self, fields: &Fields) -> String {
        let deep = self.indent.repeat(2);
        let entry = self.entry(fields, &deep);
        let nl = self.newline;
        format!("{{{nl}{deep}\"{NAME}\": {entry}{nl}{}}}", self.indent)
    }

    /// The entry's object with one field per line, in a line that is indented by `column`.
    fn entry(&self, fields: &Fields, column: &str) -> String {
        let nl = self.newline;
        let lines: Vec<String> = fields
            .iter()
            .map(|(key, value)| format!("{column}{}\"{key}\": {}", self.indent, flat(value)))
            .collect();
        format!("{{{nl}{}{nl}{column}}}", lines.join(&format!(",{nl}")))
    }

    /// What the members of an object are indented by.
    fn member_indent(&self, text: &str, list: &Object) -> String {
        let first = list.properties.first();
        match first.map_or("", |first| line_indent(text, first.range.start)) {
            "" => self.indent.repeat(2),
            indent => indent.to_owned(),
        }
    }
}

fn inline(fields: &Fields) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("\"{key}\": {}", flat(value)))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}

/// A value on one line, with a blank after each comma.
fn flat(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        value => value.to_string(),
    }
}

/// Writes our fields over those of an entry that stands there; others, such as `env`, are the user's.
fn updated(
    text: &str,
    ours: &ObjectProp,
    fields: &Fields,
    style: &Style,
) -> Result<String, EditError> {
    let entry = as_object(ours, NAME)?;
    // From the last to the first, so that the places of those ahead stay right.
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let indent = style.member_indent(text, entry);
    for (key, value) in fields {
        match member(entry, key) {
            Some(field) if value_of(text, field.value.range()).as_ref() == Some(value) => {}
            Some(field) => edits.push((bytes(field.value.range()), flat(value))),
            None => {
                let at = line_end_of_brace(text, entry.range.start);
                edits.push((
                    at..at,
                    format!("{}{indent}\"{key}\": {},", style.newline, flat(value)),
                ));
            }
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    let edited = edits
        .into_iter()
        .rev()
        .fold(text.to_owned(), |text, (range, with)| {
            spliced(&text, range, &with)
        });
    Ok(edited)
}

/// Puts a member in front of an object's others, on a line of its own.
fn insert_first(text: &str, into: &Object, indent: &str, member: &str, style: &Style) -> String {
    let at = line_end_of_brace(text, into.range.start);
    spliced(text, at..at, &format!("{}{indent}{member},", style.newline))
}

/// Where a line can be added after an opening brace: behind a comment that follows on its line.
fn line_end_of_brace(text: &str, brace: usize) -> usize {
    let after = brace + 1;
    let line = text[after..].split(['\r', '\n']).next().unwrap_or("");
    let rest = line.trim_start();
    let is_comment = rest.starts_with("//")
        || (rest.starts_with("/*")
            && rest
                .find("*/")
                .is_some_and(|at| rest[at + 2..].trim().is_empty()));
    match is_comment {
        true => after + line.len(),
        false => after,
    }
}

/// Takes a member out of an object with the comma and the line that belong to it.
fn without(text: &str, from: &Object, member: &ObjectProp) -> String {
    if is_only(text, from, member) {
        return spliced(text, member.range.start - 1..member.range.end + 1, "");
    }
    let line = text[..member.range.start].trim_end_matches([' ', '\t']);
    let line = line.strip_suffix('\n').unwrap_or(line);
    let start = line.strip_suffix('\r').unwrap_or(line).len();
    let behind = text[member.range.end..].trim_start();
    let end = text.len() - behind.len();
    if behind.starts_with(',') {
        return spliced(text, start..end + 1, "");
    }
    let index = from
        .properties
        .iter()
        .position(|other| other.range == member.range);
    match index.and_then(|index| index.checked_sub(1)) {
        // The comma before the last member goes too.
        Some(before) => {
            let before = from.properties[before].range.end;
            let shorter = spliced(text, start..member.range.end, "");
            match comma_after(text, before).filter(|comma| *comma < start) {
                Some(comma) => spliced(&shorter, comma..comma + 1, ""),
                None => shorter,
            }
        }
        None => spliced(text, start..member.range.end, ""),
    }
}

/// Returns where the comma behind a value is, past blanks and comments.
fn comma_after(text: &str, mut at: usize) -> Option<usize> {
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        let rest = &rest[blank..];
        at += blank;
        if rest.starts_with(',') {
            return Some(at);
        }
        let comment = match rest.get(..2)? {
            "//" => rest.find('\n')?,
            "/*" => rest.find("*/")? + 2,
            _ => return None,
        };
        at += comment;
    }
}

/// The blanks at the start of the line, if nothing else stands before `at` in it.
fn line_indent(text: &str, at: usize) -> &str {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    match text[line..at].trim().is_empty() {
        true if line > 0 => &text[line..at],
        _ => "",
    }
}

fn parse(text: &str) -> Result<Object<'_>, EditError> {
    let invalid = |reason: String| EditError::Invalid {
        format: "JSON",
        reason,
    };
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options())
        .map_err(|error| invalid(error.to_string()))?;
    match parsed.value {
        Some(Node::Object(root)) => Ok(root),
        _ => Err(invalid("it holds no object".to_owned())),
    }
}

/// JSON with comments and trailing commas, and nothing looser: agents would not read it.
fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        ..ParseOptions::default()
    }
}

fn member<'o, 'a>(object: &'o Object<'a>, key: &str) -> Option<&'o ObjectProp<'a>> {
    object
        .properties
        .iter()
        .find(|property| property.name.as_str() == key)
}

fn as_object<'o, 'a>(property: &'o ObjectProp<'a>, key: &str) -> Result<&'o Object<'a>, EditError> {
    match &property.value {
        Node::Object(list) => Ok(list),
        _ => Err(EditError::NotAList(key.to_owned())),
    }
}

fn bytes(range: jsonc_parser::common::Range) -> Range<usize> {
    range.start..range.end
}

fn value_of(text: &str, range: jsonc_parser::common::Range) -> Option<Value> {
    parse_to_serde_value(&text[bytes(range)], &options()).ok()
}

/// Refuses an edit after which anything but our entry reads differently.
fn require_same(
    before: &str,
    after: &str,
    key: &str,
    entry: Option<&Fields>,
) -> Result<(), EditError> {
    let read = |text: &str| -> Option<Value> { parse_to_serde_value(text, &options()).ok() };
    let others = |mut value: Value| {
        let list = value.get_mut(key).and_then(Value::as_object_mut);
        let ours = list.and_then(|list| list.remove(NAME));
        let is_empty = value
            .get(key)
            .and_then(Value::as_object)
            .is_some_and(serde_json::Map::is_empty);
        if let (true, Some(root)) = (is_empty, value.as_object_mut()) {
            root.remove(key);
        }
        (value, ours)
    };
    let (Some(before), Some(after)) = (read(before), read(after)) else {
        return Err(EditError::Unusual);
    };
    let ((before, _), (after, ours)) = (others(before), others(after));
    let is_right = match (&ours, entry) {
        (Some(ours), Some(fields)) => fields
            .iter()
            .all(|(key, value)| ours.get(key) == Some(value)),
        (ours, fields) => ours.is_none() && fields.is_none(),
    };
    match before == after && is_right {
        true => Ok(()),
        false => Err(EditError::Unusual),
    }
}
