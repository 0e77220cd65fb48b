//! The one door for strings that are not ours, on their way to a terminal, a text or an export.
//!
//! Source code, names of files and what a database holds may carry sequences that move a terminal's cursor or change its title, marks that
//! turn the direction of writing so that a line reads other than it is, invisible letters that only a language model sees, and line ends
//! that forge a line of our own. Each is written as the escape that stands for it. Whatever else was written stays as it is.

use std::borrow::Cow;
use std::fmt::Write;

/// Returns a text of several lines in which nothing is obeyed: tabs and line ends stay.
pub fn shown(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_obeyed(c) && !matches!(c, '\t' | '\n'))
}

/// Returns a text that stays in its line.
pub fn shown_in_line(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_obeyed(c) && c != '\t')
}

/// Returns JSON text with the same letters escaped, which a serializer leaves as they are: it stays JSON of the same value.
pub fn shown_json(json: &str) -> Cow<'_, str> {
    let is_left = |c: char| is_obeyed(c) && c > ' ';
    if !json.contains(is_left) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match is_left(c) {
            true => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .try_for_each(|unit| write!(out, "\\u{unit:04x}"))
                .expect("a String takes everything"),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_escaped(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether something obeys a letter instead of showing it, or cannot take it: control characters (C0, DEL and C1), line and paragraph
/// separators, marks of direction (Unicode Standard Annex 9), invisible tags, noncharacters (XML has no way to write them).
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{206f}'
                | '\u{fdd0}'..='\u{fdef}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
        || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_obeyed_is_shown() {
        for (text, expected) in [
            ("a\tb\nc é 日本 👩\u{200d}💻", "a\tb\nc é 日本 👩\u{200d}💻"),
            ("\x1b[31mred\r\x07\x7f", "\\u{1b}[31mred\\r\\u{7}\\u{7f}"),
            ("\u{9b}2J\u{85}", "\\u{9b}2J\\u{85}"),
            (
                "a\u{202e}b\u{2066}c\u{200f}",
                "a\\u{202e}b\\u{2066}c\\u{200f}",
            ),
            (
                "\u{2028}\u{fffe}\u{10ffff}\u{e0041}",
                "\\u{2028}\\u{fffe}\\u{10ffff}\\u{e0041}",
            ),
        ] {
            assert_eq!(shown(text), expected);
        }
        assert_eq!(shown_in_line("a\nb\tc.ts"), "a\\nb\tc.ts");
    }

    #[test]
    fn json_keeps_its_value() {
        let json = "{\"a\\n\":\"\u{7f}\u{9b}\u{202e}\u{e0041}\\\\é\"}";
        let expected = "{\"a\\n\":\"\\u007f\\u009b\\u202e\\udb40\\udc41\\\\é\"}";
        assert_eq!(shown_json(json), expected);
    }
}
