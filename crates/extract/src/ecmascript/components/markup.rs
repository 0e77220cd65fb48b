//! Just enough of HTML: tags with their attributes, comments and text.

use std::ops::Range;

/// A piece of markup.
#[derive(Debug, PartialEq)]
pub(super) enum Token {
    /// `<name …>` or `<name … />`.
    Open(Tag),
    /// `</name>`.
    Close { name: Range<usize> },
    /// What stands between tags.
    Text(Range<usize>),
}

/// The tag that opens an element.
#[derive(Debug, PartialEq)]
pub(super) struct Tag {
    pub(super) name: Range<usize>,
    pub(super) attributes: Vec<Attribute>,
    /// Nothing can be in it.
    pub(super) is_closed: bool,
    /// The tag with its brackets.
    pub(super) range: Range<usize>,
}

/// An attribute; the value is without quotes or braces.
#[derive(Debug, PartialEq)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    pub(super) value: Option<Range<usize>>,
    /// The value stands in braces.
    pub(super) is_braced: bool,
}

const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

/// Whether text may hold expressions in braces, in which `<` and `>` mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Braces {
    /// No: `{{ … }}` is found in the text.
    Text,
    /// Yes; each is a text of its own.
    Code,
}

/// Returns the pieces of `text` in `range`.
pub(super) fn tokens(text: &str, range: Range<usize>, braces: Braces) -> Vec<Token> {
    let text = &text[..range.end];
    let mut tokens = Vec::new();
    let mut at = range.start;
    let mut from = at;
    let bytes = text.as_bytes();
    while at < text.len() {
        if bytes[at] == b'{' && braces == Braces::Code {
            push_text(from..at, &mut tokens);
            let end = brace_end(text, at);
            push_text(at..end, &mut tokens);
            (at, from) = (end, end);
        // Expressions may compare: `<` in them opens no tag.
        } else if text[at..].starts_with("{{") && text.is_char_boundary(at) {
            at = text[at..].find("}}").map_or(text.len(), |end| at + end + 2);
        } else if bytes[at] == b'<' && is_tag_start(bytes, at) {
            push_text(from..at, &mut tokens);
            at = tag(text, at, braces, &mut tokens);
            from = at;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    push_text(from..text.len(), &mut tokens);
    tokens
}

fn push_text(range: Range<usize>, tokens: &mut Vec<Token>) {
    if !range.is_empty() {
        tokens.push(Token::Text(range));
    }
}

fn is_tag_start(bytes: &[u8], at: usize) -> bool {
    bytes
        .get(at + 1)
        .is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, b'/' | b'!'))
}

/// Reads a tag or a comment; returns where it ends.
fn tag(text: &str, at: usize, braces: Braces, tokens: &mut Vec<Token>) -> usize {
    let rest = &text[at..];
    let end_of = |end: &str| {
        rest.find(end)
            .map_or(text.len(), |found| at + found + end.len())
    };
    if rest.starts_with("<!--") {
        return end_of("-->");
    }
    if rest.starts_with("<!") {
        return end_of(">");
    }
    if rest.starts_with("</") {
        let name = name_end(text, at + 2);
        tokens.push(Token::Close { name: at + 2..name });
        return end_of(">");
    }
    let name = at + 1..name_end(text, at + 1);
    let (attributes, end, is_closed) = attributes(text, name.end, braces);
    let is_void = VOID.contains(&&text[name.clone()]);
    tokens.push(Token::Open(Tag {
        name,
        attributes,
        is_closed: is_closed || is_void,
        range: at..end,
    }));
    end
}

fn name_end(text: &str, at: usize) -> usize {
    let is_end = |one: char| one.is_whitespace() || matches!(one, '>' | '/' | '{' | '=');
    text[at..].find(is_end).map_or(text.len(), |end| at + end)
}

/// Returns the attributes from `at`, where the tag ends, and whether it closes itself.
fn attributes(text: &str, mut at: usize, braces: Braces) -> (Vec<Attribute>, usize, bool) {
    let mut attributes = Vec::new();
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        match rest.chars().next() {
            None => return (attributes, text.len(), false),
            Some('>') => return (attributes, at + 1, false),
            Some('/') if rest.starts_with("/>") => return (attributes, at + 2, true),
            // A stray slash is passed over, as in HTML.
            Some('/') => at += 1,
            Some('{') if braces == Braces::Code => {
                let end = brace_end(text, at);
                let inside = inside(text, at..end);
                attributes.push(Attribute {
                    name: at..at,
                    value: Some(inside),
                    is_braced: true,
                });
                at = end;
            }
            Some(first) => {
                let name_end = attribute_name_end(text, at).max(at + first.len_utf8());
                let name = at..name_end;
                let after =
                    name_end + (text[name_end..].len() - text[name_end..].trim_start().len());
                let (value, is_braced, end) = match text[after..].starts_with('=') {
                    true => value(text, after + 1, braces),
                    false => (None, false, name_end),
                };
                attributes.push(Attribute {
                    name,
                    value,
                    is_braced,
                });
                at = end;
            }
        }
    }
}

fn attribute_name_end(text: &str, at: usize) -> usize {
    let is_end = |one: char| one.is_whitespace() || matches!(one, '>' | '=');
    let end = text[at..].find(is_end).map_or(text.len(), |end| at + end);
    // `/>` closes the tag; a slash alone may be part of a name.
    match text[at..end].strip_suffix('/') {
        Some(name) => at + name.len(),
        None => end,
    }
}

fn value(text: &str, at: usize, braces: Braces) -> (Option<Range<usize>>, bool, usize) {
    let at = at + (text[at..].len() - text[at..].trim_start().len());
    match text[at..].chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let end = text[at + 1..]
                .find(quote)
                .map_or(text.len(), |end| at + 1 + end);
            (Some(at + 1..end), false, (end + 1).min(text.len()))
        }
        Some('{') if braces == Braces::Code => {
            let end = brace_end(text, at);
            (Some(inside(text, at..end)), true, end)
        }
        _ => {
            let is_end = |one: char| one.is_whitespace() || one == '>';
            let end = text[at..].find(is_end).map_or(text.len(), |end| at + end);
            (Some(at..end), false, end)
        }
    }
}

/// Returns what is in braces; the closing one may be missing.
pub(super) fn inside(text: &str, braces: Range<usize>) -> Range<usize> {
    let start = braces.start + 1;
    let is_closed = braces.end > start && text[start..braces.end].ends_with('}');
    start..braces.end - usize::from(is_closed)
}

/// Returns where the brace that opens at `at` has been closed, past strings and comments.
pub(super) fn brace_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut offset) = (0_usize, at);
    while offset < bytes.len() {
        match bytes[offset] {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return offset + 1;
                }
            }
            quote @ (b'"' | b'\'' | b'`') => {
                // An apostrophe in prose ends with its line, and closes nothing.
                if let Some(end) = string_end(bytes, offset, quote) {
                    offset = end;
                }
            }
            _ => {}
        }
        offset += 1;
    }
    text.len()
}

/// Returns the offset of the closing quote; nothing for an apostrophe in prose, whose line ends first.
fn string_end(bytes: &[u8], at: usize, quote: u8) -> Option<usize> {
    let mut offset = at + 1;
    while offset < bytes.len() {
        match bytes[offset] {
            b'\\' => offset += 1,
            b'\n' if quote != b'`' => return None,
            byte if byte == quote => return Some(offset),
            _ => {}
        }
        offset += 1;
    }
    None
}

/// Returns the first tag that opens an element from `at` on, past comments.
pub(super) fn first_tag(text: &str, mut at: usize) -> Option<Tag> {
    loop {
        at += text.get(at..)?.find('<')?;
        if !is_tag_start(text.as_bytes(), at) {
            at += 1;
            continue;
        }
        let mut tokens = Vec::new();
        at = tag(text, at, Braces::Text, &mut tokens);
        if let Some(Token::Open(tag)) = tokens.pop() {
            return Some(tag);
        }
    }
}

/// Returns where the tag stands that closes an element whose inside begins at `from`.
pub(super) fn closing(text: &str, from: usize, name: &str) -> Option<usize> {
    let mut depth = 1;
    for token in tokens(text, from..text.len(), Braces::Text) {
        match token {
            Token::Open(tag) if text[tag.name.clone()] == *name && !tag.is_closed => depth += 1,
            Token::Close { name: closed } if text[closed.clone()] == *name => {
                depth -= 1;
                if depth == 0 {
                    // The range of a closing tag's name begins behind `</`.
                    return Some(closed.start - 2);
                }
            }
            _ => {}
        }
    }
    None
}
