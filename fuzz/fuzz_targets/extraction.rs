//! Source files. The first byte chooses the language and whether the path is that of a test.

#![no_main]

#[path = "../../crates/extract/tests/it/invariants.rs"]
mod invariants;

use domain::{Language, RepoPath};
use extract::{ExtractSettings, decode, extract};
use libfuzzer_sys::fuzz_target;

/// As small as the window of a model may be for every promise to hold.
const MAX_TOKENS: usize = 256;

/// The extractor recurses as deep as a file is nested.
const STACK_N_BYTES: usize = 256 << 20;

/// Counts roughly as a tokenizer does: it grows with the text, and no character is free.
fn count_tokens(text: &str) -> usize {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let words = text
        .split(|c| !is_word(c))
        .map(|word| word.len().div_ceil(4));
    let others = text.chars().filter(|c| !is_word(*c) && !c.is_whitespace());
    2 + words.sum::<usize>() + others.count()
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    let choice = *choice as usize;
    let language = Language::ALL[choice % Language::ALL.len()];
    let is_test = choice / Language::ALL.len() % 2 == 1;
    let Ok(text) = decode(bytes) else { return };
    // A panic on the other thread ends the process by the hook of the fuzzer.
    std::thread::scope(|scope| {
        let work = || check(language, is_test, &text);
        let thread = std::thread::Builder::new().stack_size(STACK_N_BYTES);
        let thread = thread.spawn_scoped(scope, work).expect("a thread");
        thread.join().expect("no panic");
    });
});

fn check(language: Language, is_test: bool, text: &str) {
    let path = if is_test { "src/a.test.ts" } else { "src/a.ts" };
    let settings = ExtractSettings {
        max_tokens: MAX_TOKENS,
        count_tokens: &count_tokens,
    };
    let repo_path = RepoPath::new(path).expect("a valid path");
    let extraction = extract(&repo_path, text, language, &settings);
    invariants::check(path, text, &extraction);
}
