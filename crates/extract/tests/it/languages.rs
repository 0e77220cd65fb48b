//! Every language and format: nothing of a file is lost, however damaged it is.

use std::path::Path;

use domain::{Language, RepoPath};
use extract::language_of;
use proptest::prelude::*;

use crate::{extract_as, invariants, on_large_stack};

const DOCUMENTS: &[(&str, &str)] = &[
    (
        "a.md",
        "# One\n\ntext\n\n## Two\n```sh\n# x\n```\n- a\n- b\n",
    ),
    ("a.rst", "Title\n=====\n\ntext\n\nPart\n----\n\nmore\n"),
    ("a.adoc", "= Title\n\ntext\n\n== Part\n----\ncode\n----\n"),
    (
        "a.html",
        "<body>\n<h1>One</h1>\n<p>x</p>\n<script>\nlet a = 1\n</script>\n</body>\n",
    ),
    ("a.yaml", "name: x\njobs:\n  build:\n    - a: 1\n# end\n"),
    ("a.toml", "x = 1\n[package]\ny = [\n 1 ]\n[[bin]]\n"),
    (
        "a.json",
        "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [1, \"}\"]\n  }\n}\n",
    ),
    (
        "a.ipynb",
        "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"source\": [\n    \"x = 1\"\n   ]\n  }\n ]\n}\n",
    ),
    (
        "a.sql",
        "-- a\nCREATE TABLE t (a text DEFAULT ';');\nINSERT INTO t VALUES ($$x$$);\n",
    ),
    (
        "a.proto",
        "syntax = \"proto3\";\n// A.\nmessage A {\n  int32 b = 1;\n}\n",
    ),
    ("a.graphql", "type Query {\n  a: Int\n}\n"),
    ("a.prisma", "model A {\n  id Int @id\n}\n"),
    ("a.tf", "resource \"a\" \"b\" {\n  c = \"${d}\"\n}\n"),
    (
        "a.css",
        ".a, #b {\n  c: d;\n}\n/* } */\n@media (x) {\n .e { }\n}\n",
    ),
    ("Dockerfile", "FROM rust AS build\nRUN x\nFROM debian\n"),
    (
        "a.vue",
        "<template><A @b=\"c(1)\"/>{{ d }}</template>\n<script setup lang=\"ts\">\nimport A from './A.vue'\nconst d = 1\n</script>\n<style>a{}</style>\n",
    ),
    (
        "a.svelte",
        "<script>\nlet a = 1\n</script>\n{#each b as c}<D {c}/>{/each}\n<style>e{}</style>\n",
    ),
    (
        "a.astro",
        "---\nconst a = 1\n---\n<B c={a}/>\n{a && <p>x</p>}\n",
    ),
];

/// Returns a small file of every language, with its name.
fn samples() -> Vec<(String, String)> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
    let code = fs_err::read_dir(folder)
        .expect("the samples are part of the crate")
        .map(|entry| {
            let entry = entry.expect("the folder can be read");
            let name = entry.file_name().into_string().expect("names are UTF-8");
            let text = fs_err::read_to_string(entry.path()).expect("samples are UTF-8");
            (name, text)
        });
    let code = code.filter(|(name, _)| name != "expected.txt");
    let documents = DOCUMENTS
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let mut samples: Vec<(String, String)> = code.chain(documents).collect();
    samples.sort();
    samples
}

fn check(name: &str, text: &str) {
    let path = RepoPath::new(name).expect("a valid path");
    let language = language_of(&path).unwrap_or(Language::Text);
    let extraction = on_large_stack(|| extract_as(name, text, language));
    invariants::check(name, text, &extraction);
}

#[test]
fn every_language_has_a_sample() {
    let known: Vec<Language> = samples()
        .iter()
        .filter_map(|(name, _)| language_of(&RepoPath::new(name.as_str()).ok()?))
        .collect();
    // Those whose types are followed have tests of their own.
    let typed = [
        Language::TypeScript,
        Language::Tsx,
        Language::JavaScript,
        Language::Jsx,
        Language::Python,
    ];
    let missing: Vec<&Language> = Language::ALL
        .iter()
        .filter(|language| {
            !known.contains(language) && !typed.contains(language) && **language != Language::Text
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn samples_are_covered_with_any_line_end() {
    for (name, text) in samples() {
        check(&name, &text);
        check(&name, &text.replace('\n', "\r\n"));
        check(&name, "");
        check(&name, "\n \n");
    }
}

#[test]
fn deep_nesting_is_covered_in_every_language() {
    for (name, _) in samples() {
        for (open, close) in [("(", ")"), ("{", "}"), ("[", "]"), ("<a>", "</a>")] {
            check(
                &name,
                &format!("{}{}\n", open.repeat(400), close.repeat(400)),
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_samples_are_covered(cut in any::<prop::sample::Index>(), length in 1..60_usize, other in any::<prop::sample::Index>()) {
        let samples = samples();
        for (name, text) in &samples {
            let start = text.floor_char_boundary(cut.index(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            let (_, foreign) = &samples[other.index(samples.len())];
            let foreign = &foreign[..foreign.floor_char_boundary(length.min(foreign.len()))];
            check(name, &format!("{}{}", &text[..start], &text[end..]));
            check(name, &format!("{}{foreign}{}", &text[..start], &text[start..]));
        }
    }
}
