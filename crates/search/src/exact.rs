//! Finds the lines of a repository that match a pattern, in the text as it was indexed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use domain::RepoPath;
use store::{ChunkId, Store, StoreError, StoredChunk};

use crate::pattern::Pattern;
use crate::question::Question;
use crate::score::{Measures, Scorer, total};
use crate::{Page, Query, Source, hit, order, passes, whole};

/// Chunks whose text is in memory at a time.
const CHUNKS_PER_STEP: usize = 512;

/// What of what was searched matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// The numbers of the lines that match by hit, in order; a line is the innermost definition's.
    pub by_hit: Vec<Vec<u32>>,
    /// How many lines match, of all hits.
    pub n_lines: u64,
    /// How many files have them.
    pub n_files: u64,
}

impl fmt::Display for Matched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Matched {
            n_lines, n_files, ..
        } = self;
        let (lines, files) = (plural(*n_lines, "line"), plural(*n_files, "file"));
        write!(formatter, "{n_lines} {lines} in {n_files} {files} matched")
    }
}

fn plural(n: u64, one: &str) -> String {
    let ending = if n == 1 { "" } else { "s" };
    format!("{one}{ending}")
}

/// Returns the definitions that have lines which match `pattern`: first those of that name, then code before documents and tests, in the
/// order of their places. The filters of `query` hold, its text does not.
pub fn search_pattern(
    store: &dyn Store,
    sources: &[Source],
    pattern: &Pattern,
    query: &Query,
) -> Result<Page, StoreError> {
    let question = Question::default();
    // A pattern says nothing of what is wanted, so only what a chunk is decides, and equal ones
    // stay in the order of their places.
    let scorer = Scorer::new(&question, &query.weights, false);
    let mut matched = Matched::default();
    let mut found = Vec::new();
    let mut lines_of = HashMap::new();
    for source in sources {
        for path in files_to_read(store, source, pattern, query)? {
            let chunks = store.chunks_of(source.generation, &path)?;
            let lines = lines_by_chunk(&chunks, pattern, query);
            let n_lines: usize = lines.values().map(BTreeSet::len).sum();
            matched.n_lines += n_lines as u64;
            matched.n_files += u64::from(n_lines > 0);
            found.extend(lines.into_iter().map(|(at, lines)| {
                let stored = &chunks[at];
                lines_of.insert(stored.id, lines);
                let measures = Measures {
                    words: 1.0,
                    ..Measures::default()
                };
                let mut reasons = scorer.reasons(stored, &measures);
                if pattern.is_all_of(&stored.chunk.name) {
                    reasons.named = query.weights.named;
                }
                let mut hit = hit(source.repository.clone(), stored.clone(), reasons);
                hit.score = total(&hit.reasons);
                // It is read again for those that are shown.
                // A word may match in every file: sources of all hits at once would be the
                // repository in memory.
                hit.source = String::new();
                (stored.id, hit)
            }));
        }
    }
    order(&mut found);
    let end = query.offset.saturating_add(query.limit);
    let has_more = found.len() > end;
    let page = found.into_iter().skip(query.offset).take(query.limit);
    let mut hits = Vec::new();
    for (id, mut hit) in page {
        let stored = store.chunks(&[id])?.pop();
        hit.source = stored.map(|stored| stored.chunk.source).unwrap_or_default();
        hits.push(hit);
        let lines = lines_of.remove(&id).unwrap_or_default();
        matched.by_hit.push(lines.into_iter().collect());
    }
    whole::complete(store, sources, &mut hits)?;
    Ok(Page {
        hits,
        has_more,
        matched: Some(matched),
        ..Page::default()
    })
}

/// Returns the files that pass the filters and may have a match.
fn files_to_read(
    store: &dyn Store,
    source: &Source,
    pattern: &Pattern,
    query: &Query,
) -> Result<BTreeSet<RepoPath>, StoreError> {
    let mut paths = BTreeSet::new();
    // Nothing in the pattern must be there as a word, so no word of the index can rule a file out.
    let Some(is_chosen) = pattern.chooser() else {
        let files = store.known_files(source.generation)?.into_iter();
        let is_asked_for = |path: &RepoPath| {
            let glob = query.path.as_ref();
            glob.is_none_or(|glob| glob.is_match(path.as_str()))
        };
        paths.extend(files.map(|file| file.path).filter(is_asked_for));
        return Ok(paths);
    };
    let mut words = Vec::new();
    store.visit_words(source.generation, 1..=usize::MAX, &mut |word, _| {
        if is_chosen(word) {
            words.push(word.to_owned());
        }
    })?;
    let chunks = store.chunks_with(source.generation, &words)?;
    for ids in chunks.chunks(CHUNKS_PER_STEP) {
        let mut ids: Vec<ChunkId> = ids.to_vec();
        ids.sort_unstable();
        for stored in store.chunks(&ids)? {
            if passes(query, &stored) && !paths.contains(&stored.path) {
                // Words say that a chunk may match; files are read whole and cost more than one
                // look at the chunk.
                let mut lines = stored.chunk.source.lines();
                // A skeleton leaves out what its members have.
                if lines.any(|line| pattern.is_in(line)) {
                    paths.insert(stored.path);
                }
            }
        }
    }
    Ok(paths)
}

/// Returns the lines that match by the place of the innermost chunk that has them, of chunks that pass the filters.
fn lines_by_chunk(
    chunks: &[StoredChunk],
    pattern: &Pattern,
    query: &Query,
) -> BTreeMap<usize, BTreeSet<u32>> {
    let mut found: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
    for (number, line) in whole::lines_of(chunks.iter().map(|stored| &stored.chunk)) {
        if !pattern.is_in(line) {
            continue;
        }
        let has_line = |(_, stored): &(usize, &StoredChunk)| {
            let span = &stored.chunk.span;
            (span.start_line..=span.end_line).contains(&number)
        };
        let length = |(_, stored): &(usize, &StoredChunk)| {
            stored.chunk.span.end_line - stored.chunk.span.start_line
        };
        // The innermost, or a line of a method would be reported for its class and its module too.
        let around = chunks.iter().enumerate().filter(has_line);
        if let Some((at, stored)) = around.min_by_key(length)
            && passes(query, stored)
        {
            found.entry(at).or_default().insert(number);
        }
    }
    found
}
