//! What a file's name says: its language, and whether it is a test. Data first; never looks at the text.

use domain::{Language, RepoPath};

use crate::front_ends::FrontEnds;
use crate::test_paths::is_test;

/// How far the files of a language are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Definitions, and where references lead.
    Typed,
    /// Definitions.
    Outlined,
    /// Parts of text.
    Text,
}

impl Tier {
    /// Every tier, from the most to the least.
    pub const ALL: [Tier; 3] = [Tier::Typed, Tier::Outlined, Tier::Text];

    /// Returns the word of the tier.
    pub fn as_str(self) -> &'static str {
        match self {
            Tier::Typed => "typed",
            Tier::Outlined => "outlined",
            Tier::Text => "text",
        }
    }
}

/// Returns how far this program reads the files of a language; nothing if it was built without it.
pub fn tier_of(language: Language) -> Option<Tier> {
    let front_end = FrontEnds::LINKED.of_language(language)?;
    let is_text = crate::documents::DOCUMENTS
        .iter()
        .flat_map(|row| row.languages)
        .any(|names| names.language == language);
    Some(match (front_end.family, is_text) {
        (Some(_), _) => Tier::Typed,
        (None, false) => Tier::Outlined,
        (None, true) => Tier::Text,
    })
}

/// Returns the language of a file by its name.
pub fn language_of(path: &RepoPath) -> Option<Language> {
    FrontEnds::LINKED
        .of_path(path)
        .map(|(_, language)| language)
}

/// Returns the language of a script whose name says nothing, by the program that its first line names.
pub fn language_by_first_line(line: &str) -> Option<Language> {
    let found = FrontEnds::LINKED.of_first_line(line);
    found.map(|(_, language)| language)
}

/// Returns whether a file is a test by the names of its directories or its own.
///
/// Directories count as they are usually written, in lower case: `Test/` may well be a component.
pub fn is_test_path(path: &RepoPath) -> bool {
    let front_end = FrontEnds::LINKED.of_path(path);
    is_test(path, front_end.map(|(front_end, _)| front_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    #[test]
    fn language_follows_the_last_extension_in_any_case() {
        for (file, expected) in [
            ("src/a.ts", Some(Language::TypeScript)),
            ("a.d.ts", Some(Language::TypeScript)),
            ("a.d.mts", Some(Language::TypeScript)),
            ("A.CTS", Some(Language::TypeScript)),
            ("a.test.tsx", Some(Language::Tsx)),
            ("a.config.cjs", Some(Language::JavaScript)),
            ("a.JSX", Some(Language::Jsx)),
            ("a.ts.snap", None),
            ("ts", None),
            (".ts", None),
            ("a.vue", Some(Language::Vue)),
            ("Rakefile", Some(Language::Ruby)),
            ("Dockerfile.dev", Some(Language::Dockerfile)),
            ("a.xyz", None),
        ] {
            assert_eq!(language_of(&path(file)), expected, "{file}");
        }
    }

    #[test]
    fn every_language_has_its_tier() {
        for (language, expected) in [
            (Language::Tsx, Tier::Typed),
            (Language::Svelte, Tier::Typed),
            (Language::Go, Tier::Typed),
            (Language::Ruby, Tier::Outlined),
            (Language::Sql, Tier::Text),
        ] {
            assert_eq!(tier_of(language), Some(expected), "{language}");
        }
        assert!(Language::ALL.iter().all(|one| tier_of(*one).is_some()));
    }

    #[test]
    fn tests_are_recognised_by_their_names() {
        for file in [
            "src/__tests__/a.ts",
            "src/__mocks__/fs.ts",
            "test/a.ts",
            "packages/x/tests/deep/a.js",
            "e2e/login.ts",
            "integration-tests/http/a.ts",
            "src/a.test.ts",
            "src/a.spec.jsx",
            "src/a.Test.ts",
            "src/a.test-d.ts",
            "src/a.test.d.ts",
            "src/mod_test.ts",
        ] {
            assert!(is_test_path(&path(file)), "{file}");
        }
        for file in [
            "src/a.ts",
            "src/test.ts",
            "src/contest/a.ts",
            "src/Test/index.tsx",
            "src/latest.ts",
            "src/attest.test",
            "src/testing/a.ts",
        ] {
            assert!(!is_test_path(&path(file)), "{file}");
        }
    }
}
