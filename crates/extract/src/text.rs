//! Places in a file's text: byte offsets to lines and UTF-16 columns.
//!
//! Lines end at `\n` (so also at `\r\n`) and nowhere else, as chunks count them.

use domain::{Position, Span};

/// Knows where the lines of one text begin. Made once per file; look-ups take a binary search.
#[derive(Debug)]
pub(crate) struct LineIndex<'a> {
    text: &'a str,
    /// Offset of the first byte of each line; never empty.
    line_starts: Vec<u32>,
    /// Nothing in the text is wider than a byte, so that columns need no decoding.
    is_ascii: bool,
}

impl<'a> LineIndex<'a> {
    /// Scans `text` once. Offsets are 32 bits wide; larger files are skipped long before.
    pub(crate) fn new(text: &'a str) -> LineIndex<'a> {
        // Lines of code are some 32 bytes long on average.
        let mut line_starts = Vec::with_capacity(text.len() / 32 + 1);
        line_starts.push(0);
        line_starts.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(offset, _)| offset as u32 + 1),
        );
        LineIndex {
            text,
            line_starts,
            is_ascii: text.is_ascii(),
        }
    }

    /// Returns the text that was indexed.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// Returns the number of lines; a newline at the very end begins no further one.
    pub(crate) fn n_lines(&self) -> u32 {
        let n_starts = self.line_starts.len() as u32;
        match self.text.as_bytes().last() {
            None => 0,
            Some(b'\n') => n_starts - 1,
            Some(_) => n_starts,
        }
    }

    /// Returns the 1-based line that holds the byte at `offset`.
    pub(crate) fn line(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|start| *start <= offset) as u32
    }

    /// Returns the offset of the first byte of a 1-based line, or the text's length behind the last line.
    pub(crate) fn line_start(&self, line: u32) -> u32 {
        self.line_starts
            .get(line as usize - 1)
            .copied()
            .unwrap_or(self.text.len() as u32)
    }

    /// Returns the place of the character at `offset`, which must be a character boundary.
    pub(crate) fn position(&self, offset: u32) -> Position {
        let line = self.line(offset);
        let start = self.line_start(line);
        // Editors count UTF-16 units (Language Server Protocol, `Position`).
        let n_units = if self.is_ascii {
            offset - start
        } else {
            self.text[start as usize..offset as usize]
                .encode_utf16()
                .count() as u32
        };
        Position {
            line,
            column: n_units + 1,
        }
    }

    /// Returns the offset of a place, which must be one of this text's.
    pub(crate) fn offset(&self, position: Position) -> usize {
        let start = self.line_start(position.line) as usize;
        let n_units = position.column.saturating_sub(1) as usize;
        if self.is_ascii {
            return start + n_units;
        }
        let mut n_seen = 0;
        let mut characters = self.text[start..].char_indices();
        let found = characters.find(|(_, character)| {
            let is_here = n_seen >= n_units;
            n_seen += character.len_utf16();
            is_here
        });
        found.map_or(self.text.len(), |(offset, _)| start + offset)
    }

    /// Returns the half-open byte range with its lines.
    pub(crate) fn span(&self, start_byte: u32, end_byte: u32) -> Span {
        Span {
            start_byte,
            end_byte,
            start_line: self.line(start_byte),
            // The end is the byte behind: at the start of a line it belongs to the line before.
            end_line: self.line(end_byte.saturating_sub(1).max(start_byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units() {
        let text = "a\r\né😀b\n\nlast";
        let index = LineIndex::new(text);
        let at = |needle: &str| {
            let position = index.position(text.find(needle).unwrap() as u32);
            (position.line, position.column)
        };
        assert_eq!(at("a"), (1, 1));
        assert_eq!(at("é"), (2, 1));
        assert_eq!(at("b"), (2, 4));
        assert_eq!(at("last"), (4, 1));
        assert_eq!(index.n_lines(), 4);
    }

    #[test]
    fn span_ends_on_the_line_of_its_last_byte() {
        let index = LineIndex::new("ab\ncd\n");
        let span = index.span(0, 3);
        assert_eq!((span.start_line, span.end_line), (1, 1));
        let span = index.span(3, 6);
        assert_eq!((span.start_line, span.end_line), (2, 2));
        assert_eq!(index.n_lines(), 2);
        assert_eq!(LineIndex::new("").n_lines(), 0);
        assert_eq!(LineIndex::new("").span(0, 0).start_line, 1);
    }
}
