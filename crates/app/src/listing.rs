//! Lines of a file with what its names mean.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use domain::{ChunkKind, ContentHash, Language, Position, RepoPath};
use files::Folder;

use crate::error::AppError;
use crate::snapshot::Snapshot;
use crate::symbol::GraphSymbol;

/// A larger file is listed from the index, without what chunks leave out.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// Lines of a file as they were indexed.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The file.
    pub path: RepoPath,
    /// The language it was read as.
    pub language: Language,
    /// The first line's number, from 1.
    pub first_line: u32,
    /// The lines, each with its end.
    pub text: String,
    /// Lines of the file that are left out after these; nobody knows how many where the file has changed.
    pub has_more: bool,
    /// Where names in these lines lead, by place.
    pub links: Vec<ListingLink>,
    /// Whether the file has changed since it was indexed: these are the lines of then.
    pub is_stale: bool,
}

/// A name that leads to a definition.
#[derive(Clone, Debug)]
pub struct ListingLink {
    /// Where the name begins, in bytes of [`Listing::text`].
    pub start: usize,
    /// The definition.
    pub target: GraphSymbol,
}

impl Snapshot<'_> {
    /// Returns lines of a file of the index; nothing for what is no file of it.
    pub fn listing(
        &mut self,
        path: &RepoPath,
        lines: RangeInclusive<u32>,
    ) -> Result<Option<Listing>, AppError> {
        let chunks = self.reading.chunks_of(self.repository.generation, path)?;
        let Some(first) = chunks.first() else {
            return Ok(None);
        };
        let (hash, language) = (first.hash, first.language);
        let current = self.current(path, hash);
        let is_stale = current.is_none() && std::path::Path::new(self.root()).is_dir();
        let all: BTreeMap<u32, String> = match current {
            Some(text) => (1..).zip(text.lines().map(str::to_owned)).collect(),
            None => chunks
                .iter()
                .filter(|stored| !is_skeleton(stored.chunk.kind))
                .flat_map(|stored| {
                    let source = stored.chunk.source.lines().map(str::to_owned);
                    (stored.chunk.span.start_line..).zip(source)
                })
                .collect(),
        };
        let last = all.keys().next_back().copied().unwrap_or(0);
        let first_line = *lines.start();
        let last_line = last.min(*lines.end());
        let mut text = String::new();
        let mut starts = HashMap::new();
        for number in first_line..=last_line {
            starts.insert(number, text.len());
            // Lines in no chunk are blank.
            text.push_str(all.get(&number).map_or("", String::as_str));
            text.push('\n');
        }
        let links = self.links_in(path, &starts, &text)?;
        Ok(Some(Listing {
            path: path.clone(),
            language,
            first_line,
            has_more: last > last_line,
            text,
            links,
            is_stale,
        }))
    }

    /// Returns the line at which a definition begins with all that belongs to it, such as its doc comment.
    pub fn first_line_of(&self, symbol: &GraphSymbol) -> Result<u32, AppError> {
        let generation = self.repository.generation;
        let chunks = self.reading.chunks_of(generation, &symbol.path)?;
        let its = chunks.iter().find(|stored| {
            let span = &stored.chunk.span;
            stored.chunk.qualified_name == symbol.qualified_name
                && (span.start_line..=span.end_line).contains(&symbol.line)
        });
        Ok(its.map_or(symbol.line, |stored| stored.chunk.span.start_line))
    }

    /// Returns the file's text as it is now, if it is as it was indexed.
    fn current(&self, path: &RepoPath, hash: ContentHash) -> Option<String> {
        let folder = Folder::open(std::path::Path::new(self.root())).ok()?;
        let bytes = folder.read(path.as_str(), MAX_FILE_BYTES).ok()?;
        if ContentHash::of(&bytes) != hash {
            return None;
        }
        let text = String::from_utf8(bytes).ok()?;
        Some(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
    }

    fn links_in(
        &mut self,
        path: &RepoPath,
        starts: &HashMap<u32, usize>,
        text: &str,
    ) -> Result<Vec<ListingLink>, AppError> {
        let view = self.graph()?;
        let place = |position: Position| {
            let start = *starts.get(&position.line)?;
            let line = text[start..].lines().next()?;
            Some(start + byte_of(line, position.column)?)
        };
        let mut links: Vec<ListingLink> = view
            .links_of(path)
            .filter_map(|(position, target)| {
                Some(ListingLink {
                    start: place(position)?,
                    target,
                })
            })
            .collect();
        links.sort_by_key(|link| link.start);
        links.dedup_by_key(|link| link.start);
        Ok(links)
    }
}

/// Chunks that show a whole without the bodies in it: their lines are not those of the file.
fn is_skeleton(kind: ChunkKind) -> bool {
    matches!(kind, ChunkKind::Class | ChunkKind::Namespace)
}

/// Returns the byte of a line at a column, which counts UTF-16 code units from 1.
fn byte_of(line: &str, column: u32) -> Option<usize> {
    let mut units = 1;
    for (at, letter) in line.char_indices() {
        if units >= column {
            return (units == column).then_some(at);
        }
        units += letter.len_utf16() as u32;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_units_of_utf_16() {
        for (line, column, expected) in [
            ("a𝄞b", 1, Some(0)),
            ("a𝄞b", 2, Some(1)),
            ("a𝄞b", 3, None),
            ("a𝄞b", 4, Some(5)),
            ("a", 2, None),
            ("", 1, None),
        ] {
            assert_eq!(byte_of(line, column), expected, "{line} {column}");
        }
    }
}
