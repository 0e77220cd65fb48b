//! Which text belongs to which item: comments in front go with what follows, the rest of a line with what it ends.

use std::ops::Range;

use crate::outline::Item;

/// An item and the stretch of text that goes with it.
#[derive(Clone, Debug)]
pub(super) struct Territory<'t> {
    pub(super) item: &'t Item,
    pub(super) range: Range<usize>,
}

/// Divides `outer`, from its start to the end of the last item's line, among the items in it.
///
/// The territories touch each other. Items that are empty, out of order or outside are passed over, so that their text falls
/// to a neighbour.
pub(super) fn divide<'t>(text: &str, items: &'t [Item], outer: Range<usize>) -> Vec<Territory<'t>> {
    let mut territories: Vec<Territory<'t>> = Vec::new();
    let mut cursor = outer.start;
    let mut sound = items
        .iter()
        .filter(|item| is_sound(text, item, &outer))
        .peekable();
    while let Some(item) = sound.next() {
        let end = item.end_byte as usize;
        // An outline may be wrong: what overlaps is left to the one before, so that every byte has
        // one owner.
        if (item.start_byte as usize) < cursor || end <= cursor {
            continue;
        }
        let next_start = sound
            .peek()
            .map_or(outer.end, |next| (next.start_byte as usize).max(end));
        let end = end + n_bytes_kept(&text[end..next_start], next_start == outer.end);
        territories.push(Territory {
            item,
            range: cursor..end,
        });
        cursor = end;
    }
    territories
}

/// Returns where the first item's own text begins: behind the head of whatever encloses it.
pub(super) fn head_end(text: &str, items: &[Item], outer: &Range<usize>) -> usize {
    let first = items.iter().find(|item| is_sound(text, item, outer));
    first.map_or(outer.end, |item| {
        line_indent_start(text, item.start_byte as usize).max(outer.start)
    })
}

/// Moves `offset` back over blanks to the start of its line, if nothing else stands there.
pub(super) fn line_indent_start(text: &str, offset: usize) -> usize {
    let before = text[..offset].trim_end_matches([' ', '\t']);
    if before.is_empty() || before.ends_with('\n') {
        before.len()
    } else {
        offset
    }
}

fn is_sound(text: &str, item: &Item, outer: &Range<usize>) -> bool {
    let (start, end) = (item.start_byte as usize, item.end_byte as usize);
    outer.start <= start
        && start < end
        && end <= outer.end
        && text.is_char_boundary(start)
        && text.is_char_boundary(end)
}

/// Returns how much of the gap behind an item stays with it: the rest of its line, or separators before a neighbour on it.
fn n_bytes_kept(gap: &str, is_last: bool) -> usize {
    match gap.find('\n') {
        Some(line_end) => line_end + 1,
        None if is_last => gap.len(),
        None => gap.len() - gap.trim_start_matches([';', ',', ' ', '\t']).len(),
    }
}
