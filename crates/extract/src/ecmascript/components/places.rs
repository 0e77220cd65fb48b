//! From places in the module to places in the file.

use domain::{Position, Span};

use super::module::{Copied, Module};
use crate::outline::Item;
use crate::text::LineIndex;

/// Knows where each piece of the module comes from.
pub(super) struct Places<'a> {
    module: &'a Module<'a>,
    generated: &'a LineIndex<'a>,
    file: &'a LineIndex<'a>,
}

impl<'a> Places<'a> {
    pub(super) fn new(
        module: &'a Module<'a>,
        generated: &'a LineIndex<'a>,
        file: &'a LineIndex<'a>,
    ) -> Places<'a> {
        Places {
            module,
            generated,
            file,
        }
    }

    /// Returns where a place stands; nothing for what the file does not say.
    pub(super) fn position(&self, position: Position) -> Option<Position> {
        let offset = self.generated.offset(position);
        let copied = self.copy_of(offset)?;
        // Between two pieces stands what the file does not say.
        let is_inside = offset < copied.at + copied.n_bytes;
        is_inside.then(|| {
            self.file
                .position((copied.from + offset - copied.at) as u32)
        })
    }

    /// Returns the span of what is wholly in one piece.
    pub(super) fn span(&self, span: Span) -> Option<Span> {
        let (start, end) = self.range(span.start_byte, span.end_byte)?;
        Some(self.file.span(start, end))
    }

    /// Returns an item of the module in the file, with what is in it.
    pub(super) fn item(&self, item: Item) -> Option<Item> {
        let (start_byte, end_byte) = self.range(item.start_byte, item.end_byte)?;
        Some(Item {
            start_byte,
            end_byte,
            children: item
                .children
                .into_iter()
                .filter_map(|child| self.item(child))
                .collect(),
            body: item.body.and_then(|(start, end)| self.range(start, end)),
            ..item
        })
    }

    /// Whether the name of a rendered component stands here in the file.
    pub(super) fn is_component_tag(&self, position: Position) -> bool {
        self.module.tags().contains(&self.file.offset(position))
    }

    /// Returns a remark about a line of the module as one about the file; nothing about lines that the file does not have.
    pub(super) fn note(&self, note: &str) -> Option<String> {
        // The one remark that names a line.
        let rest = note.strip_prefix("syntax error on line ")?;
        let n_digits = rest
            .find(|one: char| !one.is_ascii_digit())
            .unwrap_or(rest.len());
        let line: u32 = rest[..n_digits].parse().ok()?;
        let start = self.generated.line_start(line) as usize;
        let copied = self.copy_of(start)?;
        let in_file = (copied.from + (start - copied.at).min(copied.n_bytes)) as u32;
        Some(format!(
            "syntax error on line {}{}",
            self.file.line(in_file),
            &rest[n_digits..]
        ))
    }

    fn range(&self, start: u32, end: u32) -> Option<(u32, u32)> {
        let copied = self.copy_of(start as usize)?;
        let is_inside = (end as usize) <= copied.at + copied.n_bytes;
        let moved = |offset: u32| (copied.from + offset as usize - copied.at) as u32;
        is_inside.then(|| (moved(start), moved(end)))
    }

    fn copy_of(&self, offset: usize) -> Option<Copied> {
        let copies = self.module.copies();
        let next = copies.partition_point(|copied| copied.at <= offset);
        copies.get(next.checked_sub(1)?).copied()
    }
}
