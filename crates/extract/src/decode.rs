//! Bytes of a file to text. Keeps line ends, NULs and everything else as they are; only the byte order mark goes.

use std::borrow::Cow;

use thiserror::Error;

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
const UTF16_LITTLE_ENDIAN_MARK: &[u8] = &[0xFF, 0xFE];
const UTF16_BIG_ENDIAN_MARK: &[u8] = &[0xFE, 0xFF];

/// Bytes that are no text in a known encoding. Offsets count from the first byte of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// No byte order mark says otherwise, and the bytes are not UTF-8.
    #[error("not UTF-8 (first invalid byte at offset {offset})")]
    Utf8 {
        /// First byte that is part of no character.
        offset: usize,
    },
    /// The byte order mark of UTF-16 is not followed by UTF-16.
    #[error("not UTF-16 as its byte order mark says (first invalid byte at offset {offset})")]
    Utf16 {
        /// First byte of the lone surrogate or half unit.
        offset: usize,
    },
}

/// Returns the text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    // Before UTF-8, in which neither mark can occur.
    if let Some(rest) = bytes.strip_prefix(UTF16_LITTLE_ENDIAN_MARK) {
        return decode_utf16(rest, u16::from_le_bytes).map(Cow::Owned);
    }
    if let Some(rest) = bytes.strip_prefix(UTF16_BIG_ENDIAN_MARK) {
        return decode_utf16(rest, u16::from_be_bytes).map(Cow::Owned);
    }
    let text = bytes.strip_prefix(UTF8_MARK).unwrap_or(bytes);
    match std::str::from_utf8(text) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => Err(DecodeError::Utf8 {
            offset: bytes.len() - text.len() + error.valid_up_to(),
        }),
    }
}

/// Decodes what follows the two bytes of the mark.
fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, DecodeError> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    // Behind the mark, which offsets in errors count.
    let mut offset = UTF16_LITTLE_ENDIAN_MARK.len();
    for character in char::decode_utf16(units) {
        let character = character.map_err(|_| DecodeError::Utf16 { offset })?;
        text.push(character);
        offset += 2 * character.len_utf16();
    }
    // Reported last: what comes before the odd byte may be wrong as well, and is the first mistake.
    if bytes.len().is_multiple_of(2) {
        Ok(text)
    } else {
        Err(DecodeError::Utf16 { offset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_without_its_mark_and_otherwise_unchanged() {
        for (bytes, expected) in [
            (&b""[..], ""),
            (b"a\r\nb\0", "a\r\nb\0"),
            (b"\xEF\xBB\xBF#!/bin/node", "#!/bin/node"),
            (b"\xFF\xFEa\0\x3D\xD8\x00\xDE", "a😀"),
            (b"\xFE\xFF\0a\xD8\x3D\xDE\x00", "a😀"),
            (b"\xFF\xFE", ""),
        ] {
            assert_eq!(decode(bytes).unwrap(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn error_says_where_the_text_ends() {
        for (bytes, expected) in [
            (&b"ab\xFFcd"[..], DecodeError::Utf8 { offset: 2 }),
            (b"\xEF\xBB\xBFab\xC3", DecodeError::Utf8 { offset: 5 }),
            (b"\xFF\xFEa\0\x00\xD8b\0", DecodeError::Utf16 { offset: 4 }),
            (b"\xFF\xFEa\0b", DecodeError::Utf16 { offset: 4 }),
        ] {
            assert_eq!(decode(bytes).unwrap_err(), expected, "{bytes:?}");
        }
        assert_eq!(
            DecodeError::Utf8 { offset: 2 }.to_string(),
            "not UTF-8 (first invalid byte at offset 2)"
        );
    }
}
