//! Schemas and style sheets: a section for each block in braces of the outermost level. Dockerfiles: a section for each stage.

use super::keys::string_end;
use super::{Section, lines};

/// Blocks whose name is the last word before the brace: `message A {`, `model B {`, `resource "c" "d" {`, `.e {`.
pub(super) fn braces(text: &str) -> Vec<Section> {
    let bytes = text.as_bytes();
    let mut sections = Vec::new();
    let (mut at, mut depth, mut head) = (0, 0_usize, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = string_end(bytes, at);
                continue;
            }
            // A comment in HCL, Protobuf's text and GraphQL; `#id {` is a selector of a style
            // sheet.
            b'#' if starts_line(text, at) && !is_selector(bytes, at) => {
                at = line_end(bytes, at);
                continue;
            }
            // `https://` is no comment.
            b'/' if bytes.get(at + 1) == Some(&b'/') && starts_word(bytes, at) => {
                at = line_end(bytes, at);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = text[at + 2..]
                    .find("*/")
                    .map_or(bytes.len(), |end| at + 2 + end + 2);
                continue;
            }
            b'{' => {
                if depth == 0 {
                    // Another block on the line on which the last one ended.
                    head = head.min(at);
                    let title = title(&text[head..at]);
                    let start = text[..at]
                        .rfind('\n')
                        .map_or(0, |newline| newline + 1)
                        .max(head);
                    sections.push(Section {
                        start: first_line(text, head, start),
                        title,
                    });
                }
                depth += 1;
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    head = line_end(bytes, at).min(bytes.len());
                    head += usize::from(head < bytes.len());
                }
            }
            // A statement such as `import "…";` is no part of the next block's head.
            b';' if depth == 0 => head = at + 1,
            _ => {}
        }
        at += 1;
    }
    sections.retain(|section| !section.title.is_empty());
    sections
}

/// Returns the start of the first line of a head that spans several, such as comments and selectors above a brace.
fn first_line(text: &str, head: usize, brace_line: usize) -> usize {
    let blank = text[head..brace_line].len() - text[head..brace_line].trim_start().len();
    let first = head + blank;
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    match start >= head {
        true => start,
        false => brace_line.max(start),
    }
}

/// Returns the words of a head that name something.
fn title(head: &str) -> String {
    const KEYWORDS: &[&str] = &[
        "message",
        "service",
        "enum",
        "extend",
        "oneof",
        "type",
        "input",
        "interface",
        "union",
        "model",
        "datasource",
        "generator",
        "resource",
        "data",
        "module",
        "variable",
        "output",
        "provider",
        "locals",
        "terraform",
        "query",
        "mutation",
        "subscription",
        "fragment",
        "schema",
        "view",
        "implements",
    ];
    // The line nearest to the brace: comments and attributes stand above it.
    let line = head
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty() && !is_comment(line));
    let Some(line) = line else {
        return String::new();
    };
    let head = line
        .split(['(', '@'])
        .next()
        .filter(|head| !head.trim().is_empty())
        .unwrap_or(line);
    let words: Vec<&str> = head
        .split_whitespace()
        .map(|word| word.trim_matches(['"', ':', ',', '=']))
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [first, name, ..]
            if KEYWORDS.contains(first) && *first != "resource" && *first != "data" =>
        {
            (*name).to_owned()
        }
        [first, kind, name] if KEYWORDS.contains(first) => format!("{kind}.{name}"),
        words => words.join(" "),
    }
}

fn is_comment(line: &str) -> bool {
    line.starts_with(['/', '*']) || line.starts_with("# ") || line == "#"
}

fn starts_line(text: &str, at: usize) -> bool {
    text[..at]
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .trim()
        .is_empty()
}

/// Whether `#` begins a selector of a style sheet and no comment.
fn is_selector(bytes: &[u8], at: usize) -> bool {
    bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic)
}

fn starts_word(bytes: &[u8], at: usize) -> bool {
    at == 0 || bytes[at - 1].is_ascii_whitespace()
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |end| at + end)
}

/// Dockerfiles: a section for each `FROM`, called by its stage or its image.
pub(super) fn stages(text: &str) -> Vec<Section> {
    lines(text)
        .filter_map(|(start, line)| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_from = words.first()?.eq_ignore_ascii_case("from");
            let title = match words.as_slice() {
                [.., r#as, stage] if r#as.eq_ignore_ascii_case("as") => stage,
                _ => words.get(1)?,
            };
            is_from.then(|| Section {
                start,
                title: (*title).to_owned(),
            })
        })
        .collect()
}
