//! Turns the text of one source file into chunks, symbols and facts about names.
//!
//! A pure function of path and text: reads no file, knows no store, and never fails. A file with syntax errors still gives
//! chunks. Start at [`extract`].

mod chunker;
mod code_lines;
mod decode;
mod documents;
#[cfg(feature = "languages-typed")]
mod draft;
mod ecmascript;
mod front_end;
mod front_ends;
#[cfg(feature = "languages-typed")]
mod go;
#[cfg(feature = "languages-typed")]
mod java;
mod languages;
mod names;
#[cfg(feature = "languages-typed")]
mod notes;
mod outline;
#[cfg(any(feature = "languages-typed", feature = "languages-all"))]
mod outlined;
#[cfg(feature = "languages-typed")]
mod python;
#[cfg(feature = "languages-typed")]
mod rust;
mod same_names;
mod test_paths;
mod text;
mod views;

pub use decode::{DecodeError, decode};
pub use languages::{Tier, is_test_path, language_by_first_line, language_of, tier_of};
pub use views::view_input;

use std::sync::LazyLock;

use domain::{Chunk, Facts, Family, Language, Parser, RepoPath, Symbol};

use front_ends::FrontEnds;

/// Version of what all front ends share, such as how text is cut; a change of it is another profile, so that all files are indexed anew.
/// What one front end does differently is a change of its own version: see [`front_end_version`].
pub const EXTRACTOR_VERSION: u32 = 6;

/// What the cutting of chunks depends on.
pub struct ExtractSettings<'a> {
    /// Largest number of tokens of either view's input of a chunk. Kept for windows of at least 240 tokens; in smaller ones a
    /// long path or name may leave too little room for source.
    pub max_tokens: usize,
    /// Counts the tokens of a text as the model would.
    pub count_tokens: &'a dyn Fn(&str) -> usize,
}

/// What a file turned into.
#[derive(Clone, Debug, PartialEq)]
pub struct Extraction {
    /// Which parser read it.
    pub parser: Parser,
    /// Chunks in source order; together they hold every non-blank line.
    pub chunks: Vec<Chunk>,
    /// Definitions; the first is the module itself.
    pub symbols: Vec<Symbol>,
    /// Uses of names, in source order, and what leads from them to definitions.
    pub facts: Facts,
    /// Number of lines.
    pub n_lines: u32,
    /// Something a person should know although the file is indexed.
    pub note: Option<String>,
}

/// Returns what the text of a file turns into.
///
/// Must run on a stack of at least 64 MB: the fast parser recurses.
pub fn extract(
    path: &RepoPath,
    text: &str,
    language: Language,
    settings: &ExtractSettings<'_>,
) -> Extraction {
    extract_with(&FrontEnds::LINKED, path, text, language, settings)
}

fn extract_with(
    front_ends: &FrontEnds<'_>,
    path: &RepoPath,
    text: &str,
    language: Language,
    settings: &ExtractSettings<'_>,
) -> Extraction {
    let index = text::LineIndex::new(text);
    let front_end = front_ends.of_language(language);
    let mut outline = match front_end {
        Some(front_end) => front_end.reader.outline(path, &index, language),
        None => outline::Outline::blank(path, &index),
    };
    let is_test = test_paths::is_test(path, front_end);
    if is_test {
        for symbol in &mut outline.symbols {
            symbol.flags.is_test = true;
        }
    }
    // Bounded here, for every front end, so that none can forget to.
    let cut = names::note(&outline).or(same_names::bound(&mut outline.facts));
    Extraction {
        parser: outline.parser,
        chunks: chunker::chunk(path, &index, &outline, is_test, settings),
        symbols: outline.symbols,
        facts: outline.facts,
        n_lines: index.n_lines(),
        // A syntax error says more of the file than a name that was cut.
        note: outline.note.or(cut),
    }
}

/// Returns the version of what reads a language. A change of it is a change of what [`extract`] gives for files of that front end, and
/// of no others.
pub fn front_end_version(language: Language) -> u32 {
    let front_end = FrontEnds::LINKED.of_language(language);
    front_end.map_or(0, |front_end| front_end.version)
}

/// Returns how large a file of a format of configuration may be before it holds data rather than settings.
pub fn data_limit_bytes(language: Language) -> Option<u64> {
    FrontEnds::LINKED.of_language(language)?.data_limit_bytes
}

/// Returns the family of a language.
pub fn family_of(language: Language) -> Option<Family> {
    FrontEnds::LINKED.of_language(language)?.family
}

/// Returns the facts of what the languages of a family bring along; none for no family.
///
/// Needs as much stack as [`extract`].
pub fn library(family: Option<Family>) -> &'static Facts {
    static NOTHING: LazyLock<Facts> = LazyLock::new(Facts::default);
    family
        .and_then(|family| FrontEnds::LINKED.library(family))
        .unwrap_or(&NOTHING)
}
