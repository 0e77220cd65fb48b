//! Scores one candidate. Pure.

use std::collections::HashSet;

use domain::{ChunkKind, Reasons};
use store::StoredChunk;

use crate::question::Question;
use crate::recipe::Recipe;

/// What holding a phrase, or a line that the question names, adds: more than everything else together, so that it comes first.
const EXACT: f64 = 3.0;

/// What was measured of a chunk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measures {
    /// BM25 as a share of the best chunk's.
    pub(crate) words: f64,
    /// Cosine to the code view.
    pub(crate) code: f64,
    /// Cosine to the text view.
    pub(crate) text: f64,
}

/// Scores chunks for one question.
pub(crate) struct Scorer<'a> {
    question: &'a Question,
    recipe: &'a Recipe,
    /// Words of the question as lexical search knows them.
    said: HashSet<String>,
    /// Tests count like everything else.
    wants_tests: bool,
    /// Documents count like everything else.
    wants_documents: bool,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(question: &'a Question, recipe: &'a Recipe, wants_tests: bool) -> Scorer<'a> {
        let said = question
            .words
            .iter()
            .flat_map(|word| store::code_words(word))
            .collect();
        Scorer {
            question,
            recipe,
            said,
            wants_tests,
            wants_documents: speaks_of_documents(&question.words),
        }
    }

    /// Returns what a chunk's score is made of, all but its dependents.
    pub(crate) fn reasons(&self, stored: &StoredChunk, measures: &Measures) -> Reasons {
        let recipe = self.recipe;
        let chunk = &stored.chunk;
        let is_test = stored.is_test || chunk.flags.is_test;
        Reasons {
            words: recipe.words * measures.words,
            code: recipe.code * measures.code,
            text: recipe.text * measures.text,
            name: 1.0 + recipe.name * self.share_of_name(&chunk.name),
            kind: if is_document(chunk.kind) {
                if self.wants_documents {
                    1.0
                } else {
                    recipe.document
                }
            } else if defines_nothing(chunk.kind) {
                recipe.nothing_defined
            } else {
                1.0
            },
            test: if is_test && !self.wants_tests {
                recipe.test
            } else {
                1.0
            },
            dependents: 1.0,
            named: if self.is_named(&chunk.name) {
                recipe.named
            } else {
                0.0
            },
            exact: if self.is_exact(stored) { EXACT } else { 0.0 },
        }
    }

    /// Returns which share of a name's words the question says.
    fn share_of_name(&self, name: &str) -> f64 {
        let words: HashSet<String> = store::code_words(name).into_iter().collect();
        if words.is_empty() {
            return 0.0;
        }
        words.intersection(&self.said).count() as f64 / words.len() as f64
    }

    fn is_named(&self, name: &str) -> bool {
        let names = &self.question.names;
        !name.is_empty() && (names.contains(name) || names.contains(&name.to_lowercase()))
    }

    fn is_exact(&self, stored: &StoredChunk) -> bool {
        let span = &stored.chunk.span;
        let mut places = self.question.places.iter();
        if places.any(|place| {
            (span.start_line..=span.end_line).contains(&place.line)
                && place.is_in(stored.path.as_str())
        }) {
            return true;
        }
        let phrases = &self.question.phrases;
        if phrases.is_empty() {
            return false;
        }
        let text = stored.chunk.source.to_lowercase();
        phrases.iter().all(|phrase| text.contains(phrase))
    }

    /// Whether a chunk holds a word that the question excludes.
    pub(crate) fn is_excluded(&self, stored: &StoredChunk) -> bool {
        if self.question.excluded.is_empty() {
            return false;
        }
        let chunk = &stored.chunk;
        let text = [
            stored.path.as_str(),
            &chunk.qualified_name,
            &chunk.doc,
            &chunk.source,
        ]
        .join("\n")
        .to_lowercase();
        self.question
            .excluded
            .iter()
            .any(|word| holds_word(&text, word))
    }
}

/// Whether `word` stands in `text` with nothing of a word beside it.
fn holds_word(text: &str, word: &str) -> bool {
    let is_border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(word).any(|(start, found)| {
        is_border(text[..start].chars().next_back())
            && is_border(text[start + found.len()..].chars().next())
    })
}

/// Returns the score that reasons add up to.
pub(crate) fn total(reasons: &Reasons) -> f64 {
    let base = reasons.words + reasons.code + reasons.text;
    base * reasons.name * reasons.kind * reasons.test * reasons.dependents
        + reasons.named
        + reasons.exact
}

/// Returns the factor of a definition with so many dependents.
pub(crate) fn dependents_factor(recipe: &Recipe, n_dependents: u32) -> f64 {
    1.0 + recipe.dependents * f64::from(n_dependents).ln_1p()
}

fn is_document(kind: ChunkKind) -> bool {
    matches!(kind, ChunkKind::Section | ChunkKind::Block)
}

/// Whether a question is about what is written down or set rather than about what is done.
fn speaks_of_documents(words: &[String]) -> bool {
    const WORDS: &[&str] = &[
        "readme",
        "documentation",
        "document",
        "documents",
        "docs",
        "changelog",
        "license",
        "licence",
        "guide",
        "tutorial",
        "manual",
        "install",
        "installation",
        "config",
        "configuration",
        "settings",
        "yaml",
        "yml",
        "json",
        "toml",
        "css",
        "html",
        "markdown",
        "sql",
        "schema",
        "migration",
        "migrations",
        "proto",
        "protobuf",
        "graphql",
        "prisma",
        "terraform",
        "docker",
        "dockerfile",
        "workflow",
        "pipeline",
        "notebook",
        "style",
        "styles",
        "stylesheet",
    ];
    words
        .iter()
        .any(|word| WORDS.contains(&word.to_lowercase().as_str()))
}

fn defines_nothing(kind: ChunkKind) -> bool {
    matches!(
        kind,
        ChunkKind::Module | ChunkKind::Barrel | ChunkKind::Statements
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_excluded_whole() {
        assert!(holds_word("src/router.ts a", "router"));
        assert!(holds_word("smart-router", "router"));
        assert!(!holds_word("routers", "router"));
    }

    #[test]
    fn a_named_definition_beats_likeness() {
        let like = Reasons {
            words: 0.5,
            code: 0.7,
            text: 0.3,
            name: 1.0,
            kind: 1.0,
            test: 1.0,
            dependents: 1.0,
            ..Reasons::default()
        };
        let named = Reasons {
            code: 0.5,
            named: Recipe::default().named,
            ..like
        };
        assert!(total(&named) > total(&like));
    }
}
