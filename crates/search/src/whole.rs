//! From the part of a definition that answers to the whole of it. Pure but for the chunks of the files that it asks for.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use domain::{Chunk, ChunkKind, Hit, RepoPath, RepositoryName};
use store::{Store, StoreError};

use crate::Source;

/// Lines of a definition at most; larger numbers are damage, and a hit keeps the part that it has.
const MAX_LINES: u32 = 1 << 20;

/// What stands in a skeleton for what it leaves out.
const LEFT_OUT: char = '…';

/// Returns the lines of the whole definition that `chunk`, one of the chunks of a file, is a part of.
pub fn definition_lines<'c>(
    chunks: impl Iterator<Item = &'c Chunk>,
    chunk: &Chunk,
) -> RangeInclusive<u32> {
    let is_part =
        |other: &&Chunk| other.kind == chunk.kind && other.qualified_name == chunk.qualified_name;
    let mut lines = chunk.span.start_line..=chunk.span.end_line;
    if chunk.qualified_name.is_empty() {
        return lines;
    }
    // Definitions of one name in one file, such as overloads, follow each other, each from its first part on.
    let mut of_one: Vec<&Chunk> = Vec::new();
    for part in chunks.filter(is_part) {
        if part.part == 0 {
            if of_one.iter().any(|found| found.span == chunk.span) {
                break;
            }
            of_one.clear();
        }
        of_one.push(part);
    }
    if of_one.iter().any(|found| found.span == chunk.span) {
        for part in of_one {
            let start = part.span.start_line.min(*lines.start());
            lines = start..=part.span.end_line.max(*lines.end());
        }
    }
    lines
}

/// Gives every hit the lines and the source of its whole definition.
pub(crate) fn complete(
    store: &dyn Store,
    sources: &[Source],
    hits: &mut [Hit],
) -> Result<(), StoreError> {
    let mut files: HashMap<(RepositoryName, RepoPath), Vec<Chunk>> = HashMap::new();
    for hit in hits.iter_mut().filter(|hit| !hit.qualified_name.is_empty()) {
        let source = sources
            .iter()
            .find(|source| source.repository == hit.repository);
        let Some(source) = source else { continue };
        let key = (hit.repository.clone(), hit.path.clone());
        if !files.contains_key(&key) {
            let chunks = store.chunks_of(source.generation, &hit.path)?.into_iter();
            files.insert(key.clone(), chunks.map(|stored| stored.chunk).collect());
        }
        let chunks = &files[&key];
        let is_own = |chunk: &&Chunk| {
            chunk.kind == hit.kind
                && chunk.qualified_name == hit.qualified_name
                && chunk.span.start_line == hit.start_line
                && chunk.span.end_line == hit.end_line
        };
        let Some(own) = chunks.iter().find(is_own) else {
            continue;
        };
        let lines = definition_lines(chunks.iter(), own);
        if lines.end().saturating_sub(*lines.start()) > MAX_LINES {
            continue;
        }
        hit.source = text_of(chunks, &lines);
        (hit.start_line, hit.end_line) = lines.into_inner();
    }
    Ok(())
}

/// Returns some lines of a file, each at its place; empty where no chunk has them.
fn text_of(chunks: &[Chunk], lines: &RangeInclusive<u32>) -> String {
    let is_near = |chunk: &&Chunk| {
        chunk.span.start_line <= *lines.end() && *lines.start() <= chunk.span.end_line
    };
    let known = lines_of(chunks.iter().filter(is_near));
    let text = lines
        .clone()
        .map(|number| known.get(&number).copied().unwrap_or_default());
    text.collect::<Vec<_>>().join("\n")
}

/// Returns the lines that some chunks of a file have, by their numbers.
pub(crate) fn lines_of<'c>(chunks: impl Iterator<Item = &'c Chunk>) -> BTreeMap<u32, &'c str> {
    let (skeletons, plain): (Vec<&Chunk>, Vec<&Chunk>) =
        chunks.partition(|chunk| matches!(chunk.kind, ChunkKind::Class | ChunkKind::Namespace));
    let mut known: BTreeMap<u32, &str> = BTreeMap::new();
    for chunk in plain {
        known.extend((chunk.span.start_line..=u32::MAX).zip(chunk.source.lines()));
    }
    let members = known.clone();
    for skeleton in skeletons {
        for (number, line) in numbered(skeleton, &members) {
            known.entry(number).or_insert(line);
        }
    }
    known
}

/// Returns the lines of a skeleton with their numbers, as far as the lines of its members tell what was left out between them.
fn numbered<'c>(skeleton: &'c Chunk, members: &BTreeMap<u32, &str>) -> Vec<(u32, &'c str)> {
    let mut found = Vec::new();
    let mut next = skeleton.span.start_line;
    for line in skeleton.source.lines() {
        let (head, is_cut) = match line.split_once(LEFT_OUT) {
            Some((head, _)) => (head.trim_end(), true),
            None => (line, false),
        };
        let mut later = members.range(next..);
        let member = later.find(|(_, text)| match is_cut {
            true => !head.trim().is_empty() && text.starts_with(head),
            false => false,
        });
        match member {
            Some((number, _)) => {
                next = end_of_run(members, *number).saturating_add(1);
            }
            // The rest of a member's head over several lines, or a line of a member without a body.
            None if members
                .get(&next)
                .is_some_and(|text| !is_cut && *text == line) =>
            {
                next = next.saturating_add(1);
            }
            None => {
                if !is_cut && !members.contains_key(&next) {
                    found.push((next, line));
                }
                next = next.saturating_add(1);
            }
        }
    }
    found
}

/// Returns the last line of an unbroken run of lines.
fn end_of_run(members: &BTreeMap<u32, &str>, start: u32) -> u32 {
    let run = (start..=u32::MAX).zip(members.range(start..));
    let run = run.take_while(|(expected, (number, _))| expected == *number);
    run.last().map_or(start, |(number, _)| number)
}
