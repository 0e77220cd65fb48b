//! Texts that hold the one character which PostgreSQL cannot store: NUL.
//!
//! A file may hold it, and what stands in a file is kept as it is. A noncharacter and a digit stand for NUL and for the noncharacter.

use std::borrow::Cow;

/// A character that no text has on purpose.
const ESCAPE: char = '\u{10FFFF}';

/// Returns `text` as it is stored.
pub(super) fn stored(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '\0' => stored.extend([ESCAPE, '0']),
            ESCAPE => stored.extend([ESCAPE, '1']),
            other => stored.push(other),
        }
    }
    Cow::Owned(stored)
}

/// Returns the text that was [`stored`].
pub(super) fn original(stored: &str) -> String {
    let mut parts = stored.split(ESCAPE);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push(if part.starts_with('0') { '\0' } else { ESCAPE });
        text.push_str(part.get(1..).unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_survives() {
        for text in [
            "",
            "plain",
            "a\0b",
            "\0\0",
            "\u{10FFFF}0",
            "größe\u{10FFFF}\0",
        ] {
            assert!(!stored(text).contains('\0'));
            assert_eq!(original(&stored(text)), text);
        }
    }
}
