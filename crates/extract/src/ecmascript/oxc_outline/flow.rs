//! Flow's types in JavaScript, written as TypeScript writes them, byte for byte at the same place.
//!
//! Most of Flow's syntax is TypeScript's. What is not becomes blank: variance (`+name: T`), `?T`, the bars of `{| |}`, the types of casts
//! (`(value: T)`), `opaque`, `%checks`. What is left is parsed like any other file, so nothing needs to be moved back.

use oxc::allocator::Allocator;
use oxc::diagnostics::Severity;
use oxc::parser::{ParseOptions, Parser, ParserReturn};
use oxc::span::SourceType;

/// A cast is seen only where the parser stumbles over it, and each costs another parse.
const MAX_REPAIRS: usize = 64;

/// Parses a text as TypeScript once Flow's own syntax is blank; nothing if the parser cannot read it even so.
pub(super) fn parse<'a>(
    allocator: &'a Allocator,
    text: &str,
    options: ParseOptions,
) -> Option<ParserReturn<'a>> {
    let mut bytes = blanked(text);
    for _ in 0..MAX_REPAIRS {
        let text = std::str::from_utf8(&bytes).ok()?;
        let source = allocator.alloc_str(text);
        let parsed = Parser::new(allocator, source, SourceType::tsx())
            .with_options(options)
            .parse();
        let mut errors = parsed.diagnostics.iter();
        let first = errors.find(|found| found.severity == Severity::Error);
        let Some(first) = first else {
            return (!parsed.panicked && !parsed.program.body.is_empty()).then_some(parsed);
        };
        let at = first.labels.first()?.offset() as usize;
        let range = stumbled_over(&bytes, at)?;
        // With blanks, so that everything behind keeps its place.
        bytes[range].fill(b' ');
    }
    None
}

/// Returns what to leave out where the parser stopped: the type of a cast, from its colon to the bracket that closes it.
fn stumbled_over(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    let at = at.min(bytes.len());
    let colon = match bytes.get(at) {
        Some(b':') => at,
        // What could have been the parameters of a function is missed only after its bracket.
        _ => colon_in_brackets(bytes, at)?,
    };
    let mut depth = 0_usize;
    for (offset, byte) in bytes[colon..].iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return Some(colon..colon + offset),
            b')' | b']' | b'}' => depth -= 1,
            // A statement has ended: the colon was no cast's.
            b';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Returns the first colon in the brackets that close before `at`.
fn colon_in_brackets(bytes: &[u8], at: usize) -> Option<usize> {
    let is_space = |byte: &u8| byte.is_ascii_whitespace();
    let close = bytes[..at].iter().rposition(|byte| !is_space(byte))?;
    if bytes[close] != b')' {
        return None;
    }
    let mut depth = 0_usize;
    let open = bytes[..close].iter().rposition(|byte| {
        match byte {
            b')' | b']' | b'}' => depth += 1,
            b'(' if depth == 0 => return true,
            b'(' | b'[' | b'{' => depth = depth.saturating_sub(1),
            _ => {}
        }
        false
    })?;
    let mut depth = 0_usize;
    let colon = bytes[open + 1..close].iter().position(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b':' => return depth == 0,
            _ => {}
        }
        false
    })?;
    Some(open + 1 + colon)
}

/// Blanks what is recognized as Flow's by the tokens around it.
fn blanked(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let mut tokens = Tokens {
        text: text.as_bytes(),
        at: 0,
    };
    let mut before: u8 = b';';
    while let Some((start, token)) = tokens.next() {
        let next = tokens.text.get(tokens.at).copied().unwrap_or_default();
        match token {
            b"{" if next == b'|' && tokens.text.get(tokens.at + 1) != Some(&b'|') => {
                bytes[tokens.at] = b' ';
                tokens.at += 1;
            }
            b"|" if next == b'}' => bytes[start] = b' ',
            // `+name:` and `-name:` of an object type or a class.
            b"+" | b"-" if matches!(before, b'{' | b',' | b';' | b'|' | b'<') && is_name(next) => {
                bytes[start] = b' ';
            }
            // `: ?T`, `<?T>`, `= ?T`, `| ?T`, `=> ?T`; `?.` and `??` are no types.
            b"?" if matches!(
                before,
                b':' | b'<' | b'=' | b'|' | b'&' | b'>' | b'(' | b','
            ) && next != b'.'
                && next != b'?' =>
            {
                bytes[start] = b' ';
            }
            b"opaque" if is_name(tokens.next_byte()) => bytes[start..start + 6].fill(b' '),
            b"%" if tokens.text[tokens.at..].starts_with(b"checks") => {
                bytes[start..start + 7].fill(b' ');
            }
            _ => {}
        }
        before = token[token.len() - 1];
    }
    bytes
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'[')
}

/// Names and single characters, without comments, texts and templates.
struct Tokens<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Tokens<'t> {
    fn next_byte(&self) -> u8 {
        let rest = self.text[self.at..].iter();
        let mut rest = rest.skip_while(|byte| byte.is_ascii_whitespace());
        rest.next().copied().unwrap_or_default()
    }

    fn next(&mut self) -> Option<(usize, &'t [u8])> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at;
            let skipped = match rest {
                [] => return None,
                [byte, ..] if byte.is_ascii_whitespace() => 1,
                [b'/', b'/', ..] => until(rest, b"\n"),
                [b'/', b'*', ..] => 2 + until(&rest[2..], b"*/"),
                [quote @ (b'"' | b'\'' | b'`'), ..] => {
                    self.at += quoted(rest, *quote);
                    return Some((start, &self.text[start..start + 1]));
                }
                _ => {
                    let is_part = |byte: &u8| {
                        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | 0x80..)
                    };
                    let n_name = rest.iter().take_while(|byte| is_part(byte)).count();
                    self.at += n_name.max(1);
                    return Some((start, &self.text[start..self.at]));
                }
            };
            self.at += skipped;
        }
    }
}

/// Returns how many bytes there are up to the end of `mark`.
fn until(bytes: &[u8], mark: &[u8]) -> usize {
    let found = bytes.windows(mark.len()).position(|window| window == mark);
    found.map_or(bytes.len(), |at| at + mark.len())
}

/// Returns the length of a text with its quotes.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if quote != b'`' => return at,
            byte if *byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len().max(1)
}
