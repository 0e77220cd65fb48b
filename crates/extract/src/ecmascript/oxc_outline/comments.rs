//! Comments of a file, and which of them belong to a definition.

use oxc::ast::ast::Comment;

use crate::text::LineIndex;

/// The comments of one file in source order.
pub(super) struct Comments<'s> {
    lines: &'s LineIndex<'s>,
    /// Half-open byte ranges, markers included.
    ranges: Vec<(u32, u32)>,
}

impl<'s> Comments<'s> {
    pub(super) fn new(lines: &'s LineIndex<'s>, comments: &[Comment]) -> Comments<'s> {
        Comments {
            lines,
            ranges: comments
                .iter()
                .map(|comment| (comment.span.start, comment.span.end))
                .collect(),
        }
    }

    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    /// Returns the first byte of the comments attached to what begins at `offset`, or `offset` without any.
    pub(super) fn leading_start(&self, offset: u32) -> u32 {
        self.attached(offset)
            .first()
            .map_or(offset, |(start, _)| *start)
    }

    /// Returns the doc comment of what begins at `offset` without its markers.
    ///
    /// That is the last block comment before it, or the run of line comments.
    pub(super) fn doc(&self, offset: u32) -> String {
        let attached = self.attached(offset);
        let Some(last) = attached.last() else {
            return String::new();
        };
        let is_line = |range: &(u32, u32)| self.text(*range).starts_with("//");
        // A run of line comments is one text; above it, a block comment belongs to something else.
        let n_lines = attached
            .iter()
            .rev()
            .take_while(|range| is_line(range))
            .count();
        if n_lines == 0 {
            return strip_block(self.text(*last));
        }
        let lines = attached[attached.len() - n_lines..]
            .iter()
            .map(|range| self.text(*range).trim_start_matches('/').trim());
        lines.collect::<Vec<_>>().join("\n").trim().to_owned()
    }

    /// Returns `start..end` on one line without comments, cut where it gets too long to show.
    pub(super) fn one_line(&self, start: u32, end: u32) -> String {
        const MAX_CHARS: usize = 300;
        let mut line = String::new();
        let mut from = start;
        let first = self.ranges.partition_point(|range| range.0 < start);
        let inside = self.ranges[first..]
            .iter()
            .take_while(|range| range.0 < end);
        for (comment_start, comment_end) in inside.copied().chain([(end, end)]) {
            for word in self.text((from, comment_start)).split_ascii_whitespace() {
                if !line.is_empty() && !line.ends_with('(') {
                    line.push(' ');
                }
                line.push_str(word);
            }
            from = comment_end.min(end);
            // A character has four bytes at most, so that this is enough for the cut below.
            if line.len() > 4 * MAX_CHARS {
                break;
            }
        }
        match line.char_indices().nth(MAX_CHARS) {
            Some((cut, _)) => {
                line.truncate(cut);
                line.push('…');
                line
            }
            None => line,
        }
    }

    fn text(&self, (start, end): (u32, u32)) -> &'s str {
        &self.lines.text()[start as usize..end as usize]
    }

    /// The comments before `offset` with nothing but space between, the lowest on the line above or on the same one, each the
    /// first thing on its line (else it belongs to what stands before it).
    fn attached(&self, offset: u32) -> &[(u32, u32)] {
        let end = self.ranges.partition_point(|range| range.1 <= offset);
        let mut start = end;
        let mut below = offset;
        while start > 0 {
            let range = self.ranges[start - 1];
            let gap = self.text((range.1, below));
            // First, since it ends where the code begins: the gap may be most of the file.
            if !gap.trim().is_empty() {
                break;
            }
            let is_near = gap.bytes().filter(|byte| *byte == b'\n').count() <= 1;
            let line_start = self.lines.line_start(self.lines.line(range.0));
            // Behind code on its line, a comment is about that code.
            let leads = self.text((line_start, range.0)).trim().is_empty();
            if !(is_near && leads) {
                break;
            }
            start -= 1;
            below = range.0;
        }
        &self.ranges[start..end]
    }
}

fn strip_block(comment: &str) -> String {
    let inner = comment.strip_prefix("/*").unwrap_or(comment);
    let inner = inner
        .strip_suffix("*/")
        .unwrap_or(inner)
        .trim_start_matches('*');
    let lines = inner.lines().map(|line| {
        let line = line.trim();
        line.strip_prefix('*').unwrap_or(line).trim()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
