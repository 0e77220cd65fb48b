//! Text that no grammar reads: documents by heading, configuration by key, schemas by block or statement, anything else by paragraph.
//!
//! Each format is a function from text to the places where a section begins. Nothing is parsed that need not be: a format that is
//! misread gives odd sections, never missing lines.

mod blocks;
mod headings;
mod keys;
mod notebook;
mod paragraphs;
mod statements;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use table::DOCUMENTS;

use domain::{ChunkKind, Language, RepoPath};

use crate::front_end::Reader;
use crate::names;
use crate::outline::{Item, Outline};
use crate::text::LineIndex;

/// Cuts a format into sections.
pub(crate) struct Document {
    /// Returns where sections begin, in order; what stands before the first belongs to none.
    sections: fn(&str) -> Vec<Section>,
}

/// Where a section begins, and what it is called.
#[derive(Debug, PartialEq)]
struct Section {
    /// First byte, at the start of a line.
    start: usize,
    /// Titles of what is around it and its own, joined by `.`; empty where it has none.
    title: String,
}

impl Reader for Document {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, _language: Language) -> Outline {
        let mut sections = (self.sections)(lines.text());
        sections.dedup_by_key(|section| section.start);
        let n_bytes = lines.text().len();
        let ends: Vec<usize> = sections
            .iter()
            .skip(1)
            .map(|section| section.start)
            .chain([n_bytes])
            .collect();
        let before = sections.first().map_or(n_bytes, |first| first.start);
        let mut items = Vec::new();
        if !sections.is_empty() && before > 0 {
            items.push(item(0..before, String::new()));
        }
        for (section, end) in sections.into_iter().zip(ends) {
            items.push(item(section.start..end, names::nearest(section.title)));
        }
        items.retain(|item| {
            !lines.text()[item.start_byte as usize..item.end_byte as usize]
                .trim()
                .is_empty()
        });
        Outline {
            items,
            ..Outline::blank(path, lines)
        }
    }
}

fn item(range: std::ops::Range<usize>, title: String) -> Item {
    Item {
        kind: match title.is_empty() {
            true => ChunkKind::Block,
            false => ChunkKind::Section,
        },
        symbol: None,
        title: Some(title).filter(|title| !title.is_empty()),
        start_byte: range.start as u32,
        end_byte: range.end as u32,
        children: Vec::new(),
        body: None,
    }
}

/// Returns the lines of a text with the offsets of their first bytes, without line ends.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// Keeps the full titles around a section by their levels.
#[derive(Default)]
struct Titles {
    around: Vec<(usize, String)>,
}

impl Titles {
    /// Returns the full title of a section of this level.
    fn enter(&mut self, level: usize, title: &str) -> String {
        self.around.retain(|(outer, _)| *outer < level);
        let title = names::name(title);
        let full = match self.around.last() {
            Some((_, outer)) => names::qualified(outer, &title),
            None => title,
        };
        self.around.push((level, full.clone()));
        full
    }
}
