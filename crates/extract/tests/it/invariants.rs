//! What holds for every file, however broken.

use domain::{Chunk, ChunkKind, RepoPath, View};
use extract::{Extraction, view_input};

use crate::{MAX_TOKENS, count_tokens};

/// Panics with a reason if a chunk is too large, out of order or untrue, or if text is lost.
pub(crate) fn check(path: &str, text: &str, extraction: &Extraction) {
    let repo_path = RepoPath::new(path).unwrap();
    for chunk in &extraction.chunks {
        for view in [View::Code, View::Text] {
            let input = view_input(view, &repo_path, chunk);
            let n_tokens = count_tokens(&input);
            assert!(
                n_tokens <= MAX_TOKENS,
                "{path}: {n_tokens} tokens in {view} view:\n{input}"
            );
        }
        let span = chunk.span;
        assert!(
            span.start_byte < span.end_byte && span.start_line <= span.end_line,
            "{path}: {span:?}"
        );
        assert!(
            !chunk.source.trim().is_empty(),
            "{path}: empty chunk at {span:?}"
        );
    }
    assert!(
        extraction.chunks.is_sorted_by_key(|chunk| (
            chunk.span.start_byte,
            std::cmp::Reverse(chunk.span.end_byte)
        )),
        "{path}: chunks out of order"
    );
    check_coverage(path, text, &extraction.chunks);
}

/// Every byte that is not white space lies in a chunk that shows it exactly, or on a line that a skeleton shows.
fn check_coverage(path: &str, text: &str, chunks: &[Chunk]) {
    let mut is_shown = vec![false; text.len()];
    let mut exact_end = 0;
    for chunk in chunks.iter().filter(|chunk| is_exact(text, chunk)) {
        let (start, end) = (chunk.span.start_byte as usize, chunk.span.end_byte as usize);
        // The skeleton of a class whose methods are empty is exact, too.
        if !matches!(chunk.kind, ChunkKind::Class | ChunkKind::Namespace) {
            assert!(start >= exact_end, "{path}: chunks overlap at byte {start}");
            exact_end = end;
        }
        is_shown[start..end].fill(true);
    }
    let skeletons: Vec<&Chunk> = chunks
        .iter()
        .filter(|chunk| !is_exact(text, chunk))
        .collect();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let is_whole = line
            .char_indices()
            .all(|(offset, character)| character.is_whitespace() || is_shown[range.start + offset]);
        if is_whole {
            continue;
        }
        let is_in_skeleton = skeletons.iter().any(|chunk| {
            let (from, to) = (chunk.span.start_byte as usize, chunk.span.end_byte as usize);
            let (from, to) = (from.max(range.start), to.min(range.end));
            from < to && line_is_shown(text, from..to, &is_shown, &chunk.source)
        });
        assert!(
            is_in_skeleton,
            "{path}: line is in no chunk: {:?}",
            line.trim()
        );
    }
}

/// The stretches of a line that no exact chunk shows must stand in the skeleton.
fn line_is_shown(
    text: &str,
    line: std::ops::Range<usize>,
    is_shown: &[bool],
    source: &str,
) -> bool {
    let mut stretch = String::new();
    let mut stretches = Vec::new();
    for (offset, character) in text[line.clone()].char_indices() {
        if is_shown[line.start + offset] {
            stretches.push(std::mem::take(&mut stretch));
        } else {
            stretch.push(character);
        }
    }
    stretches.push(stretch);
    stretches
        .iter()
        .all(|stretch| source.contains(stretch.trim()))
}

fn is_exact(text: &str, chunk: &Chunk) -> bool {
    text[chunk.span.start_byte as usize..chunk.span.end_byte as usize] == chunk.source
}
