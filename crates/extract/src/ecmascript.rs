//! TypeScript and JavaScript: a fast parser with scopes, and a tolerant one for what the fast one cannot read.

mod branches;
mod components;
mod library;
mod oxc_outline;
mod tree_sitter_outline;

use domain::{Family, Language, RepoPath};

use components::Components;

use crate::front_end::{FrontEnd, Names, Reader};
use crate::outline::Outline;
use crate::text::LineIndex;

pub(crate) const ECMASCRIPT: FrontEnd = FrontEnd {
    family: Some(Family::Ecmascript),
    version: 4,
    languages: &[
        Names {
            language: Language::TypeScript,
            extensions: &["ts", "mts", "cts"],
            file_names: &[],
            programs: &["deno", "ts-node", "tsx"],
        },
        Names {
            language: Language::Tsx,
            extensions: &["tsx"],
            file_names: &[],
            programs: &[],
        },
        Names {
            language: Language::JavaScript,
            extensions: &["js", "mjs", "cjs"],
            file_names: &[],
            programs: &["node", "bun"],
        },
        Names {
            language: Language::Jsx,
            extensions: &["jsx"],
            file_names: &[],
            programs: &[],
        },
    ],
    data_limit_bytes: None,
    is_test_name,
    library: Some(library::library),
    reader: &Ecmascript,
};

/// Components in one file refer to scripts, and scripts to them.
const fn component(languages: &'static [Names], reader: &'static Components) -> FrontEnd {
    FrontEnd {
        languages,
        reader,
        library: None,
        ..ECMASCRIPT
    }
}

macro_rules! components {
    ($language:ident, $extension:literal, $reader:expr) => {
        component(
            &[Names {
                language: Language::$language,
                extensions: &[$extension],
                file_names: &[],
                programs: &[],
            }],
            &$reader,
        )
    };
}

pub(crate) const VUE: FrontEnd = components!(Vue, "vue", Components::VUE);
pub(crate) const SVELTE: FrontEnd = components!(Svelte, "svelte", Components::SVELTE);
pub(crate) const ASTRO: FrontEnd = components!(Astro, "astro", Components::ASTRO);

struct Ecmascript;

impl Reader for Ecmascript {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline {
        outline(path, lines, language)
    }
}

fn outline(path: &RepoPath, lines: &LineIndex<'_>, language: Language) -> Outline {
    // A syntax error may leave oxc with an empty tree, and deep nesting is refused before it
    // parses: then the tolerant grammar reads what is there.
    oxc_outline::oxc_outline(path, lines, language)
        .unwrap_or_else(|| tree_sitter_outline::tree_sitter_outline(path, lines, language))
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
    // `a_test.ts`, as Deno has it.
    has_infix || (infixes.len() == 1 && stem.ends_with("_test"))
}
