//! The top level of a file: which neighbours share a chunk.

use std::ops::Range;

use domain::{ChunkKind, Parser};

use super::territory::{self, Territory};
use super::{Chunker, lexical, owner};
use crate::outline::{Item, Outline};

/// Definitions of more lines or bytes stand alone.
const TINY_MAX_LINES: u32 = 3;
const TINY_MAX_BYTES: usize = 240;

/// Sections of more lines stand alone.
const SECTION_MIN_LINES: u32 = 6;

/// Imports and the like of fewer lines join the definition of a small file.
const MODULE_MIN_LINES: u32 = 3;

struct Group<'t> {
    kind: ChunkKind,
    members: Vec<Territory<'t>>,
    range: Range<usize>,
    cost: usize,
    n_lines: u32,
}

/// Makes the chunks of a file.
pub(super) fn place_all(chunker: &mut Chunker<'_>, outline: &Outline) {
    let n_bytes = chunker.text.len();
    let mut territories = territory::divide(chunker.text, &outline.items, 0..n_bytes);
    let Some(last) = territories.last_mut() else {
        return place_without_items(chunker, outline.parser);
    };
    // What stands behind the last item is part of the file, too.
    last.range.end = n_bytes;
    let budget = chunker.budget("");
    let mut groups: Vec<Group<'_>> = Vec::new();
    for territory in territories {
        let next = group(chunker, territory, budget);
        match groups.last_mut() {
            Some(before) if shares_chunk(before, &next, budget) => before.join(next),
            _ => groups.push(next),
        }
    }
    // Only where the file could be one chunk: in a long one, imports that are merged with a
    // definition would say that they are its own.
    if chunker.measure.cost(0..n_bytes, budget) <= budget {
        groups = without_tiny_neighbours(groups);
    }
    for group in groups {
        place(chunker, &group);
    }
}

fn place_without_items(chunker: &mut Chunker<'_>, parser: Parser) {
    let kind = if lexical::skip_comments(chunker.text, chunker.syntax) == chunker.text.len() {
        ChunkKind::Module
    } else if parser == Parser::Lines {
        ChunkKind::Block
    } else {
        ChunkKind::Statements
    };
    let item = Item {
        kind,
        symbol: None,
        title: None,
        start_byte: 0,
        end_byte: chunker.text.len() as u32,
        children: Vec::new(),
        body: None,
    };
    let range = 0..chunker.text.len();
    chunker.place(&Territory { item: &item, range }, 0);
}

fn group<'t>(chunker: &mut Chunker<'_>, territory: Territory<'t>, budget: usize) -> Group<'t> {
    let kind = territory.item.kind;
    let range = territory.range.clone();
    let n_lines = chunker.n_lines(&range);
    // Only what may be merged is counted.
    let cost = if is_unnamed(kind) || is_tiny(n_lines, &range) {
        chunker.measure.cost(range.clone(), budget)
    } else {
        // Never merged, whatever the neighbour costs.
        usize::MAX
    };
    Group {
        kind,
        members: vec![territory],
        range,
        cost,
        n_lines,
    }
}

impl<'t> Group<'t> {
    fn join(&mut self, next: Group<'t>) {
        if self.kind != next.kind {
            self.kind = ChunkKind::Statements;
        }
        self.range.end = next.range.end;
        // Territories touch, so that the sum covers what lies between the two.
        self.cost += next.cost;
        self.n_lines += next.n_lines;
        self.members.extend(next.members);
    }
}

fn shares_chunk(before: &Group<'_>, next: &Group<'_>, budget: usize) -> bool {
    let cost = before.cost.saturating_add(next.cost);
    // Half of the window: a chunk about many small things matches everything a little and nothing
    // well.
    let is_modest = cost <= budget / 2;
    match (before.kind, next.kind) {
        (ChunkKind::Module, ChunkKind::Module) | (ChunkKind::Barrel, ChunkKind::Barrel) => {
            cost <= budget
        }
        (ChunkKind::Statements, ChunkKind::Statements) | (ChunkKind::Block, ChunkKind::Block) => {
            is_modest
        }
        // Short keys and headings share a chunk; what has something under it stands alone.
        (ChunkKind::Section | ChunkKind::Block, ChunkKind::Section) => {
            is_modest && before.n_lines.max(next.n_lines) <= SECTION_MIN_LINES
        }
        (one, other) if is_unnamed(one) && is_unnamed(other) => {
            is_modest && before.n_lines.min(next.n_lines) < MODULE_MIN_LINES
        }
        (ChunkKind::Variable, ChunkKind::Variable) | (ChunkKind::Type, ChunkKind::Type) => {
            // A run stays one as it grows, so only its newest member must be tiny.
            let is_run = before.members.len() > 1 || is_tiny(before.n_lines, &before.range);
            is_modest && is_run && is_tiny(next.n_lines, &next.range)
        }
        _ => false,
    }
}

/// Gives the imports and export lines of a small file to the definitions beside them.
fn without_tiny_neighbours(groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let mut kept: Vec<Group<'_>> = Vec::new();
    let mut pending: Option<Range<usize>> = None;
    let n_named = groups
        .iter()
        .filter(|group| !is_unnamed(group.kind))
        .count();
    for mut group in groups {
        // A file of nothing but statements has no definition to give them to.
        if n_named > 0 && is_unnamed(group.kind) && group.n_lines < MODULE_MIN_LINES {
            // Kept for the next definition, since imports stand in front of what uses them.
            pending = Some(pending.map_or(group.range.start, |range| range.start)..group.range.end);
            continue;
        }
        if let Some(range) = pending.take() {
            group.widen(range);
        }
        kept.push(group);
    }
    if let (Some(range), Some(last)) = (pending, kept.last_mut()) {
        last.widen(range);
    }
    kept
}

impl Group<'_> {
    fn widen(&mut self, range: Range<usize>) {
        self.range = self.range.start.min(range.start)..self.range.end.max(range.end);
        if let [only] = self.members.as_mut_slice() {
            only.range = self.range.clone();
        }
    }
}

fn place(chunker: &mut Chunker<'_>, group: &Group<'_>) {
    let [first, _, ..] = group.members.as_slice() else {
        return group.members.iter().for_each(|only| chunker.place(only, 0));
    };
    let symbols: Vec<_> = group
        .members
        .iter()
        .filter_map(|member| owner::symbol(chunker.symbols, member.item))
        .collect();
    let titles: Vec<&str> = group
        .members
        .iter()
        .filter_map(|member| member.item.title.as_deref())
        .collect();
    // Headings and keys name a chunk even where no symbol does.
    let mut owner = if !titles.is_empty() {
        chunker.titled_owner(ChunkKind::Section, &titles)
    } else if is_unnamed(group.kind) || symbols.is_empty() {
        chunker.unnamed_owner(group.kind, &group.range)
    } else {
        chunker.joint_owner(group.kind, &symbols)
    };
    if chunker.fits(&owner, &group.range) {
        return chunker.push(&mut owner, group.range.clone(), None);
    }
    // A joint head can take more room than the sum of the members allowed for.
    let territory = Territory {
        item: first.item,
        range: group.range.clone(),
    };
    chunker.split(&mut owner, &territory, 0);
}

fn is_unnamed(kind: ChunkKind) -> bool {
    matches!(
        kind,
        ChunkKind::Module
            | ChunkKind::Barrel
            | ChunkKind::Statements
            | ChunkKind::Block
            | ChunkKind::Section
    )
}

fn is_tiny(n_lines: u32, range: &Range<usize>) -> bool {
    n_lines <= TINY_MAX_LINES && range.len() <= TINY_MAX_BYTES
}
