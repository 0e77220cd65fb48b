//! Configuration: a section for each key of the outermost level, and for each key inside those that are long.

use super::{Section, lines};
use crate::names;

/// Sections of more lines are cut at the keys one level further in.
const LONG_MIN_LINES: usize = 30;

/// YAML: keys at the start of a line, and documents.
pub(super) fn yaml(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let outer: Vec<(usize, &str)> = lines(text)
        .filter_map(|(start, line)| Some((start, yaml_key(line, 0)?)))
        .collect();
    for (place, (start, key)) in outer.iter().enumerate() {
        let end = outer.get(place + 1).map_or(text.len(), |(next, _)| *next);
        sections.push(Section {
            start: *start,
            title: (*key).to_owned(),
        });
        let inside = &text[*start..end];
        if inside.lines().count() <= LONG_MIN_LINES {
            continue;
        }
        // The smallest indentation inside is that of the keys, however wide the file indents.
        let indents = inside
            .lines()
            .skip(1)
            .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
        let indent = indents
            .map(|line| line.len() - line.trim_start().len())
            .min()
            .unwrap_or(0);
        if indent == 0 {
            continue;
        }
        sections.extend(lines(inside).skip(1).filter_map(|(at, line)| {
            let inner = yaml_key(line, indent)?;
            Some(Section {
                start: start + at,
                title: names::qualified(key, inner),
            })
        }));
    }
    sections
}

fn yaml_key(line: &str, indent: usize) -> Option<&str> {
    let rest = line.get(indent..)?;
    if !line[..indent].trim().is_empty() || rest.starts_with([' ', '\t', '#', '-', '}', ']', '%']) {
        return None;
    }
    let (key, value) = rest.split_once(':')?;
    // `a:b` is a plain text (YAML 1.2, 7.3.3).
    let is_key = value.is_empty() || value.starts_with([' ', '\t']);
    let key = key.trim().trim_matches(['"', '\'']);
    (is_key && !key.is_empty()).then_some(key)
}

/// TOML: tables.
pub(super) fn toml(text: &str) -> Vec<Section> {
    lines(text)
        .filter_map(|(start, line)| {
            let name = line.trim().strip_prefix('[')?.trim_start_matches('[');
            let (name, _) = name.split_once(']')?;
            // The line of an array that goes on begins with a bracket as well.
            let is_name = !name.trim().is_empty() && !name.contains([',', '{']);
            is_name.then(|| Section {
                start,
                title: name.trim().to_owned(),
            })
        })
        .collect()
}

/// JSON, with or without comments: keys of the outermost object, where each begins a line.
pub(super) fn json(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let keys = json_keys(text);
    let outer: Vec<&(usize, usize, &str)> = keys.iter().filter(|(depth, ..)| *depth == 1).collect();
    for (place, (_, start, key)) in outer.iter().enumerate() {
        let end = outer
            .get(place + 1)
            .map_or(text.len(), |(_, next, _)| *next);
        sections.push(Section {
            start: *start,
            title: (*key).to_owned(),
        });
        if text[*start..end].lines().count() > LONG_MIN_LINES {
            let inner = keys
                .iter()
                .filter(|(depth, at, _)| *depth == 2 && (*start..end).contains(at));
            sections.extend(inner.map(|(_, at, inner)| Section {
                start: *at,
                title: names::qualified(key, inner),
            }));
        }
    }
    sections
}

/// Returns depth, start of the line and text of the keys that are the first of their lines, down to depth 2.
fn json_keys(text: &str) -> Vec<(usize, usize, &str)> {
    let bytes = text.as_bytes();
    let mut keys = Vec::new();
    // Whether each bracket around is an object's.
    let mut around: Vec<bool> = Vec::new();
    let (mut at, mut line_start, mut is_first) = (0, 0, true);
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => {
                line_start = at + 1;
                is_first = true;
            }
            b'"' => {
                let end = string_end(bytes, at);
                let rest = text.get(end..).unwrap_or_default().trim_start();
                if is_first
                    && around.len() <= 2
                    // Elements of a list have no name to call a section by.
                    && around.iter().all(|is_object| *is_object)
                    && rest.starts_with(':')
                {
                    let key = text.get(at + 1..end.saturating_sub(1)).unwrap_or_default();
                    keys.push((around.len(), line_start, key));
                }
                is_first = false;
                at = end;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += text.as_bytes()[at..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(bytes.len() - at);
                continue;
            }
            b'{' | b'[' => {
                around.push(bytes[at] == b'{');
                is_first = false;
            }
            b'}' | b']' => {
                around.pop();
                is_first = false;
            }
            byte if !byte.is_ascii_whitespace() => is_first = false,
            _ => {}
        }
        at += 1;
    }
    keys
}

/// Returns the offset behind a string in double quotes that begins at `at`; a line's end ends it too.
pub(super) fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() {
        match bytes[end] {
            b'\\' => end += 1,
            b'"' => return end + 1,
            b'\n' => return end,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}
