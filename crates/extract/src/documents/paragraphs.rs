//! Any text: a section after every blank line.

use super::{Section, lines};

/// Paragraphs have no titles.
pub(super) fn paragraphs(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut is_after_blank = true;
    for (start, line) in lines(text) {
        let is_blank = line.trim().is_empty();
        if is_after_blank && !is_blank {
            sections.push(Section {
                start,
                title: String::new(),
            });
        }
        is_after_blank = is_blank;
    }
    sections
}
