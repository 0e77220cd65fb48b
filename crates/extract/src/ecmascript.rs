//! TypeScript and JavaScript: a fast parser with scopes, and a tolerant one for what the fast one cannot read.

mod branches;
mod library;
mod oxc_outline;
mod tree_sitter_outline;

use domain::{Family, Language, RepoPath};

use crate::front_ends::{FrontEnd, Names, Reader};
use crate::outline::Outline;
use crate::text::LineIndex;

pub(crate) const ECMASCRIPT: FrontEnd = FrontEnd {
    family: Some(Family::Ecmascript),
    version: 3,
    languages: &[
        Names {
            language: Language::TypeScript,
            extensions: &["ts", "mts", "cts"],
        },
        Names {
            language: Language::Tsx,
            extensions: &["tsx"],
        },
        Names {
            language: Language::JavaScript,
            extensions: &["js", "mjs", "cjs"],
        },
        Names {
            language: Language::Jsx,
            extensions: &["jsx"],
        },
    ],
    is_test_name,
    library: Some(library::library),
    reader: &Ecmascript,
};

struct Ecmascript;

impl Reader for Ecmascript {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline {
        oxc_outline::oxc_outline(path, lines, language)
            .unwrap_or_else(|| tree_sitter_outline::tree_sitter_outline(path, lines, language))
    }
}

/// What stands between two dots of a file's name, as in `a.test.ts` and `a.test-d.ts`.
const TEST_INFIXES: &[&str] = &[
    "test", "tests", "spec", "specs", "test-d", "spec-d", "e2e", "e2e-spec", "cy", "bench",
];

fn is_test_name(name: &str) -> bool {
    let mut words = name.split('.');
    let stem = words.next().unwrap_or_default();
    let infixes: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let has_infix = infixes
        .iter()
        .rev()
        .skip(1)
        .any(|infix| TEST_INFIXES.contains(&infix.as_str()));
    has_infix || (infixes.len() == 1 && stem.ends_with("_test"))
}
