//! Scores one candidate. Pure.

use std::collections::HashSet;

use domain::{Chunk, ChunkKind, Reasons};
use store::StoredChunk;

use crate::question::Question;
use crate::weights::Weights;

/// What holding a phrase, or a line that the question names, adds: more than everything else together, so that it comes first.
const EXACT: f64 = 3.0;

/// What the first line of a trace adds to that, and a later one the less: a trace begins where something went wrong.
const FIRST_PLACE: f64 = 3.0;

/// What the definition of a name counts more where the question names its owner too.
const MEMBER: f64 = 2.0;

/// A constant of fewer lines does nothing.
const ONE_LINER_LINES: u32 = 3;

/// What a phrase or a message weighs more where the question is surely a message, or has phrases that a message may just mention.
const SURELY: f64 = 4.0;

/// Share of a message that a run must explain, else it is a few words that two texts have in common.
const MIN_SHARE: f64 = 0.6;

/// The same where the question says that it is a message.
const MIN_SHARE_REPORTED: f64 = 0.5;

/// Words of a message that a source must have in a row to be its origin: fewer are an accident.
const MIN_RUN: f64 = 2.0;

/// As many words in a row are no accident any more.
const LONG_RUN: f64 = 4.0;

/// What was measured of a chunk.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measures {
    /// BM25 as a share of the best chunk's.
    pub(crate) words: f64,
    /// Cosine to the code view.
    pub(crate) code: f64,
    /// Cosine to the text view.
    pub(crate) text: f64,
    /// Which of the places that the question names is in the chunk.
    pub(crate) place: Option<usize>,
}

/// Scores chunks for one question.
pub(crate) struct Scorer<'a> {
    question: &'a Question,
    weights: &'a Weights,
    /// Words of the question as lexical search knows them.
    said: HashSet<String>,
    /// Tests count like everything else.
    wants_tests: bool,
    /// Documents count like everything else.
    wants_documents: bool,
    /// Samples and scripts count like everything else.
    wants_samples: bool,
    /// What programs wrote counts like everything else.
    wants_generated: bool,
    /// Declarations without code count like everything else.
    wants_types: bool,
}

impl<'a> Scorer<'a> {
    pub(crate) fn new(
        question: &'a Question,
        weights: &'a Weights,
        wants_tests: bool,
    ) -> Scorer<'a> {
        let said = question
            .words
            .iter()
            // Cut and stemmed as the index has it, or a name in the plural would not be said.
            .flat_map(|word| store::code_words(word))
            .collect();
        Scorer {
            question,
            weights,
            said,
            wants_tests,
            wants_documents: speaks_of_documents(&question.words),
            wants_samples: speaks_of(&question.words, SAMPLE_WORDS),
            wants_generated: speaks_of(&question.words, &["generated"]),
            // Whoever spells a name out means its definition, of whatever kind that is.
            wants_types: !question.names.is_empty() || speaks_of(&question.words, TYPE_WORDS),
        }
    }

    /// Returns what a chunk's score is made of, all but its dependents.
    pub(crate) fn reasons(&self, stored: &StoredChunk, measures: &Measures) -> Reasons {
        let weights = self.weights;
        let chunk = &stored.chunk;
        let is_test = stored.is_test || chunk.flags.is_test;
        Reasons {
            words: weights.words * measures.words,
            code: weights.code * measures.code,
            text: weights.text * measures.text,
            name: 1.0 + weights.name * self.share_of_name(&chunk.name),
            kind: self.kind(stored),
            test: if is_test && !self.wants_tests {
                weights.test
            } else {
                1.0
            },
            dependents: 1.0,
            // Added, not multiplied: a definition whose name is spelled out must not depend on how
            // its text happens to score.
            named: if self.is_member(stored) {
                MEMBER * weights.named
            } else if self.is_named(chunk) {
                weights.named
            } else {
                0.0
            },
            exact: self.exact(stored, measures)
                + weights.message * self.origin(&store::composed(&chunk.source)),
        }
    }

    /// Returns the factor for what a chunk stands for and where it lies.
    fn kind(&self, stored: &StoredChunk) -> f64 {
        let (weights, chunk) = (self.weights, &stored.chunk);
        let path = stored.path.as_str();
        // Documents are left to their own factor: each would be a sample or a declaration by the
        // rules for code, too.
        let of_kind = if is_document(chunk.kind) {
            return if self.wants_documents {
                1.0
            } else {
                weights.document
            };
        } else if defines_nothing(chunk.kind) {
            weights.nothing_defined
        } else if !self.wants_types && (is_declaration(stored) || self.is_mere_type(chunk.kind)) {
            weights.declaration
        } else {
            1.0
        };
        let if_unasked = |is_one: bool, is_wanted: bool, factor: f64| match is_one && !is_wanted {
            true => factor,
            false => 1.0,
        };
        of_kind
            * if_unasked(is_sample(path), self.wants_samples, weights.sample)
            * if_unasked(stored.is_generated, self.wants_generated, weights.generated)
    }

    /// Whether a question about how something is done is not answered by what only says of what shape things are.
    fn is_mere_type(&self, kind: ChunkKind) -> bool {
        self.question.is_about_doing
            && matches!(
                kind,
                ChunkKind::Interface | ChunkKind::Type | ChunkKind::Enum
            )
    }

    /// Returns which share of a name's words the question says.
    fn share_of_name(&self, name: &str) -> f64 {
        // Of the name's words and not of the question's: a long question would make every name a
        // small share.
        let words: HashSet<String> = store::code_words(name).into_iter().collect();
        if words.is_empty() {
            return 0.0;
        }
        words.intersection(&self.said).count() as f64 / words.len() as f64
    }

    fn is_named(&self, chunk: &Chunk) -> bool {
        let names = &self.question.names;
        let name = &chunk.name;
        !name.is_empty() && (names.contains(name) || names.contains(&name.to_lowercase()))
    }

    /// Whether a chunk is the member that the question names with its owner: a class, or the file of the same name.
    fn is_member(&self, stored: &StoredChunk) -> bool {
        if self.question.dotted.is_empty() || stored.chunk.name.is_empty() {
            return false;
        }
        let chunk = &stored.chunk;
        let outer = chunk
            .qualified_name
            .strip_suffix(&chunk.name)
            .unwrap_or_default();
        let outer = outer
            .trim_end_matches('.')
            .rsplit('.')
            .next()
            .unwrap_or_default();
        // A module is an owner by its file: `router.match` means the function of `router.ts` where
        // no class has that name.
        let file = stored.path.as_str().rsplit('/').next().unwrap_or_default();
        let file = file.split('.').next().unwrap_or_default();
        let owners = [outer.to_lowercase(), file.to_lowercase()];
        let name = chunk.name.to_lowercase();
        let mut dotted = self.question.dotted.iter();
        dotted.any(|(owner, member)| *member == name && owners.contains(owner))
    }

    fn exact(&self, stored: &StoredChunk, measures: &Measures) -> f64 {
        if let Some(rank) = measures.place {
            return EXACT + FIRST_PLACE / (1.0 + rank as f64);
        }
        let phrases = &self.question.phrases;
        if phrases.is_empty() {
            return 0.0;
        }
        let text = store::composed(&stored.chunk.source).to_lowercase();
        // All of them: whoever gives several phrases means the place where they meet.
        match phrases.iter().all(|phrase| text.contains(phrase)) {
            true => EXACT,
            false => 0.0,
        }
    }

    /// Returns what being the origin of the question's text gives.
    fn origin(&self, source: &str) -> f64 {
        let question = self.question;
        let run = question.message.run_in(source);
        let min_share = match question.is_reported {
            true => MIN_SHARE_REPORTED,
            false => MIN_SHARE,
        };
        // A short run is an accident whatever its share, and a long one that explains little of the
        // message is another message.
        if run.weight < MIN_RUN || run.share < min_share {
            return 0.0;
        }
        // From 0 at the threshold, so that a run that barely passes gains no more than one that
        // barely fails.
        let sure = (run.share - min_share) / (1.0 - min_share) * (run.weight / LONG_RUN).min(1.0);
        match question.is_reported || !question.phrases.is_empty() {
            true => SURELY * sure,
            false => sure,
        }
    }

    /// Whether a chunk holds a word that the question excludes.
    pub(crate) fn is_excluded(&self, stored: &StoredChunk) -> bool {
        if self.question.excluded.is_empty() {
            return false;
        }
        let chunk = &stored.chunk;
        // The text and not the index's words, which are stemmed: `-test` must not exclude what says
        // `testing`.
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
    // Factors hold for what is alike, summands for what is meant: a test that has the very line is
    // the answer even where tests rank low.
    base * reasons.name * reasons.kind * reasons.test * reasons.dependents
        + reasons.named
        + reasons.exact
}

/// Returns the factor of a definition with so many dependents.
pub(crate) fn dependents_factor(weights: &Weights, n_dependents: u32) -> f64 {
    // By the logarithm, since a few helpers have thousands of dependents and would stand above
    // every answer.
    1.0 + weights.dependents * f64::from(n_dependents).ln_1p()
}

fn is_document(kind: ChunkKind) -> bool {
    matches!(kind, ChunkKind::Section | ChunkKind::Block)
}

/// Whether a question is about what is written down or set rather than about what is done.
fn speaks_of_documents(words: &[String]) -> bool {
    const WORDS: &[&str] = &[
        "readme",
        "documentation",
        "documents",
        "docs",
        "changelog",
        "license",
        "licence",
        "guide",
        "tutorial",
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
        "notebook",
        "stylesheet",
    ];
    words
        .iter()
        .any(|word| WORDS.contains(&word.to_lowercase().as_str()))
}

/// Words of folders that show how something is used or that serve the work on it, and of questions about them.
const SAMPLE_WORDS: &[&str] = &[
    "sample",
    "samples",
    "example",
    "examples",
    "demo",
    "demos",
    "script",
    "scripts",
    "fixture",
    "fixtures",
    "codemod",
    "codemods",
    "playground",
    "benchmark",
    "benchmarks",
    "bench",
];

/// Words of a question about what something is declared to be.
const TYPE_WORDS: &[&str] = &[
    "type",
    "types",
    "interface",
    "interfaces",
    "declaration",
    "declarations",
    "enum",
    "typing",
    "typings",
    "generic",
    "option",
    "options",
    "props",
    "constant",
    "const",
    "variable",
    "default",
    "defaults",
    "setting",
    "settings",
    "config",
    "configuration",
    "field",
    "fields",
    "shape",
];

fn speaks_of(words: &[String], about: &[&str]) -> bool {
    let mut words = words.iter().map(|word| word.to_lowercase());
    words.any(|word| about.contains(&word.as_str()))
}

/// Whether a file is a sample, a script or the configuration of a tool. `script` alone is what many call a part of their sources.
fn is_sample(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_of_samples = |folder: &str| {
        let folder = folder.trim_matches('_').to_ascii_lowercase();
        folder != "script" && SAMPLE_WORDS.contains(&folder.as_str())
    };
    folders.split('/').any(is_of_samples) || name.contains(".config.")
}

/// Whether a chunk declares something and does nothing: in a file of declarations, or a constant of a line or two.
fn is_declaration(stored: &StoredChunk) -> bool {
    let chunk = &stored.chunk;
    let is_short = chunk.span.end_line < chunk.span.start_line + ONE_LINER_LINES;
    stored.path.as_str().ends_with(".d.ts") || (chunk.kind == ChunkKind::Variable && is_short)
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
    fn samples_are_reported_by_their_folders() {
        for path in [
            "examples/a.ts",
            "packages/x/__fixtures__/a.ts",
            "vite.config.ts",
            "Scripts/x.py",
        ] {
            assert!(is_sample(path), "{path}");
        }
        for path in [
            "src/script/a.ts",
            "src/example.ts",
            "src/config.ts",
            "src/samplers/a.ts",
        ] {
            assert!(!is_sample(path), "{path}");
        }
    }

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
            named: Weights::default().named,
            ..like
        };
        assert!(total(&named) > total(&like));
    }
}
