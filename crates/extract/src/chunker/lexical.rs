//! Just enough of the lexical grammar to find comments and braces in a stretch of source.
//!
//! Decides only how a class skeleton looks, never whether a line is covered: a wrong guess is elided text that a member's
//! own chunk holds anyway.

use std::ops::Range;

use crate::outline::Syntax;

/// Returns the offset in `text` of the first byte that is neither white space nor comment.
pub(super) fn skip_comments(text: &str, syntax: Syntax) -> usize {
    let mut offset = 0;
    loop {
        let rest = &text[offset..];
        let blank = rest.len() - rest.trim_start().len();
        match comment_length(&rest[blank..], syntax) {
            Some(length) => offset += blank + length,
            None => return offset + blank,
        }
    }
}

/// What begins a comment in some language and nothing in any other; so `#` and `--` only before a blank.
const LINE_COMMENTS: &[&str] = &["//", "#!", "# ", "#\n", "## ", "-- ", "--- "];

/// Returns the length of the comment that `text` begins with. A comment without an end reaches to the end of the text.
fn comment_length(text: &str, syntax: Syntax) -> Option<usize> {
    if syntax == Syntax::Indented {
        return text
            .starts_with('#')
            .then(|| text.find('\n').unwrap_or(text.len()));
    }
    if LINE_COMMENTS.iter().any(|mark| text.starts_with(mark)) {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let inner = text.strip_prefix("/*")?;
    Some(inner.find("*/").map_or(text.len(), |end| end + 4))
}

/// Returns the last brace group of nesting depth 0: the inside of a body whose definition `text` is.
pub(super) fn last_braces(text: &str) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let mut open = None;
    let mut found = None;
    for (offset, byte) in code_bytes(text) {
        match byte {
            b'{' | b'(' | b'[' => {
                if depth == 0 && byte == b'{' {
                    open = Some(offset + 1);
                }
                depth += 1;
            }
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && byte == b'}' {
                    found = open.take().map(|open| open..offset);
                }
            }
            _ => {}
        }
    }
    found
}

/// Returns the offset of the last `{` in code.
pub(super) fn last_open_brace(text: &str) -> Option<usize> {
    code_bytes(text)
        .filter(|(_, byte)| *byte == b'{')
        .map(|(offset, _)| offset)
        .last()
}

/// Returns the offset of the first `}` in code.
pub(super) fn first_close_brace(text: &str) -> Option<usize> {
    code_bytes(text)
        .find(|(_, byte)| *byte == b'}')
        .map(|(offset, _)| offset)
}

/// Returns the bytes outside of comments and strings.
fn code_bytes(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = text.as_bytes();
    let mut offset = 0;
    std::iter::from_fn(move || {
        loop {
            let byte = *bytes.get(offset)?;
            match byte {
                // A regular expression with `//` in it hides the rest of its line: see the head of
                // this file for what that costs.
                b'/' if matches!(bytes.get(offset + 1), Some(b'/' | b'*')) => {
                    offset += comment_length(&text[offset..], Syntax::Braces).unwrap_or(1);
                }
                b'"' | b'\'' | b'`' => offset += string_length(&bytes[offset..]),
                _ => {
                    offset += 1;
                    return Some((offset - 1, byte));
                }
            }
        }
    })
}

/// Quotes other than back-ticks end with their line at the latest, so that an apostrophe in a regular expression does
/// little harm.
fn string_length(bytes: &[u8]) -> usize {
    let quote = bytes[0];
    let mut offset = 1;
    while let Some(&byte) = bytes.get(offset) {
        offset += 1;
        match byte {
            b'\\' => offset += 1,
            b'\n' if quote != b'`' => break,
            _ if byte == quote => break,
            _ => {}
        }
    }
    offset.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_skipped_up_to_code() {
        for (text, rest) in [
            ("  /** a */\n// b\n  c", "c"),
            ("#!/bin/node\nx", "x"),
            ("/* never closed", ""),
            ("a / b", "a / b"),
            ("// é", ""),
        ] {
            assert_eq!(&text[skip_comments(text, Syntax::Braces)..], rest, "{text}");
        }
    }

    #[test]
    fn body_is_the_last_group_of_braces() {
        for (text, body) in [
            ("f(a = {}) { return '}' }", Some(" return '}' ")),
            ("f(): { a: 1 } {}", Some("")),
            ("f(a: string): void;", None),
            ("f() { // }\n}", Some(" // }\n")),
            ("f() { `\\`}` }", Some(" `\\`}` ")),
            ("f() { '\\", None),
        ] {
            assert_eq!(last_braces(text).map(|range| &text[range]), body, "{text}");
        }
    }
}
