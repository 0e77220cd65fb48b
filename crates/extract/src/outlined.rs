//! Languages that a grammar outlines: definitions by a query over the tree, chunks by definition, branches by counting.
//!
//! A language is a row of data: grammar, query, and what tests look like. The queries are ours, since those that the grammars ship name
//! few kinds, often with a range that is not the definition's; a test holds that ours name everything that theirs do.

mod definitions;
mod items;
mod survey;
mod symbols;
#[cfg(feature = "languages-all")]
mod table;

#[cfg(all(test, feature = "languages-all"))]
mod tests;

#[cfg(feature = "languages-all")]
pub(crate) use table::OUTLINED;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::facts::{NameId, Reference, Target};
use domain::{Facts, Language, Parser as ParserName, ReferenceKind, RepoPath};
use tree_sitter::{Parser, Query, Tree};

use crate::front_end::Reader;
use crate::outline::Outline;
use crate::text::LineIndex;
use definitions::{Found, Import};
use survey::Survey;

/// What outlines a language.
pub(crate) struct Grammar {
    /// Returns the grammar.
    pub(crate) language: fn() -> tree_sitter::Language,
    /// Which nodes define something: see `queries/README.md`.
    pub(crate) query: &'static str,
    /// Texts in front of a definition's name that make it a test, such as `@Test`.
    pub(crate) test_marks: &'static [&'static str],
    /// What the name of a function that is a test begins with.
    pub(crate) test_prefixes: &'static [&'static str],
}

/// A grammar with its query, ready for use. Made once per process and language.
struct Compiled {
    language: tree_sitter::Language,
    query: Query,
    /// What each capture of the query means, by its number.
    captures: Vec<definitions::Capture>,
    /// What each kind of node means, by its number.
    kinds: Vec<survey::Kind>,
}

impl Reader for Grammar {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline {
        match self.read(path, lines, language) {
            Some((outline, _)) => outline,
            None => Outline::blank(path, lines),
        }
    }
}

impl Grammar {
    /// Returns the outline of a file, with the tree that it is of.
    pub(crate) fn read(
        &self,
        path: &RepoPath,
        lines: &LineIndex<'_>,
        language: Language,
    ) -> Option<(Outline, Tree)> {
        let compiled = self.compiled(language)?;
        let tree = parse(&compiled, lines.text())?;
        Some((self.outline_of(path, lines, &compiled, &tree), tree))
    }

    /// Returns nothing if the query does not fit the grammar, which a test rules out.
    fn compiled(&self, language: Language) -> Option<Arc<Compiled>> {
        type All = HashMap<Language, Option<Arc<Compiled>>>;
        static COMPILED: Mutex<Option<All>> = Mutex::new(None);
        // Compiling a query takes longer than reading most files, and a failure is remembered as
        // well.
        let mut all = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        all.get_or_insert_default()
            .entry(language)
            .or_insert_with(|| self.compile().ok().map(Arc::new))
            .clone()
    }

    fn compile(&self) -> Result<Compiled, tree_sitter::QueryError> {
        let language = (self.language)();
        let query = Query::new(&language, self.query)?;
        Ok(Compiled {
            captures: definitions::captures(&query),
            kinds: survey::kinds(&language),
            language,
            query,
        })
    }

    fn outline_of(
        &self,
        path: &RepoPath,
        lines: &LineIndex<'_>,
        compiled: &Compiled,
        tree: &Tree,
    ) -> Outline {
        let found = Found::new(compiled, tree, lines.text());
        let survey = Survey::new(compiled, tree, &found);
        let note = survey.first_error_line;
        Outline {
            parser: ParserName::TreeSitter,
            items: items::items(tree.root_node(), &found, &survey, lines.text()),
            symbols: symbols::symbols(self, path, &found.definitions, &survey, lines),
            facts: imports(&found.imports, lines),
            note: note.map(|line| format!("syntax error on line {line}")),
        }
    }
}

fn parse(compiled: &Compiled, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&compiled.language).ok()?;
    parser.parse(text, None)
}

/// Imports are named, and followed nowhere: no rules of the language's modules are known here.
fn imports(imports: &[Import], lines: &LineIndex<'_>) -> Facts {
    let mut facts = Facts::default();
    for import in imports {
        let Some(source) = &import.source else {
            continue;
        };
        let quotes: &[char] = &['"', '\'', '<', '>', '`'];
        let name = lines.text()[source.clone()].trim_matches(quotes);
        facts.references.push(Reference {
            kind: ReferenceKind::Import,
            from: 0,
            name: NameId(facts.names.len() as u32),
            position: lines.position(source.start as u32),
            // Counted as not read, rather than as leading outside, which nobody has looked at.
            target: Target::Unknown,
        });
        facts.names.push(name.to_owned());
    }
    facts
}
