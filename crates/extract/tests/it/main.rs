//! The crate at its boundary: text in, chunks and symbols out.

mod invariants;
mod languages;
mod listing;
mod mutations;
mod nasty;
mod trees;

use domain::{Language, RepoPath};
use extract::{ExtractSettings, Extraction, extract};

/// Window of the model that most people use, less its two marks.
pub(crate) const MAX_TOKENS: usize = 256;

/// Counts roughly as WordPiece does: letters and digits four to a token, any other character one, a very long word one.
pub(crate) fn count_tokens(text: &str) -> usize {
    let mut n_tokens = 2;
    let mut word = 0_usize;
    let end_word = |word: &mut usize| match std::mem::take(word) {
        length if length > 100 => 1,
        length => length.div_ceil(4),
    };
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            word += 1;
            continue;
        }
        n_tokens += end_word(&mut word);
        n_tokens += usize::from(!character.is_whitespace());
    }
    n_tokens + end_word(&mut word)
}

pub(crate) fn extract_as(path: &str, text: &str, language: Language) -> Extraction {
    let settings = ExtractSettings {
        max_tokens: MAX_TOKENS,
        count_tokens: &count_tokens,
    };
    extract(
        &RepoPath::new(path).expect("test paths are valid"),
        text,
        language,
        &settings,
    )
}

/// Runs on a stack as large as the program gives the extractor.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(256 << 20)
            .spawn_scoped(scope, work)
            .expect("a thread can be started")
            .join()
            .expect("no panic")
    })
}
