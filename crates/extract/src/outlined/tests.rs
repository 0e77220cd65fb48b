//! Every language on a few lines of it: what is found, under which names.

use std::collections::BTreeSet;

use domain::{ReferenceKind, RepoPath};
use tree_sitter::{Parser, Query, QueryCursor, StreamingIterator};

use super::{LineIndex, OUTLINED, ParserName};
use crate::front_ends::FrontEnds;
use crate::{ExtractSettings, Extraction, extract};

fn extracted(path: &str, text: &str) -> Extraction {
    let path = RepoPath::new(path).unwrap();
    let (_, language) = FrontEnds::LINKED.of_path(&path).unwrap();
    let settings = ExtractSettings {
        max_tokens: 240,
        count_tokens: &|text| text.split_whitespace().count(),
    };
    extract(&path, text, language, &settings)
}

#[test]
fn every_query_fits_its_grammar() {
    for row in OUTLINED {
        let path = RepoPath::new(format!("a.{}", row.languages[0].extensions[0])).unwrap();
        let outline = row
            .reader
            .outline(&path, &LineIndex::new("x\n"), row.languages[0].language);
        assert_eq!(
            outline.parser,
            ParserName::TreeSitter,
            "{:?}",
            row.languages[0].language
        );
    }
}

#[test]
fn queries_are_read_without_errors() {
    let queries: &[(&str, tree_sitter::Language, &str)] = &[
        (
            "c",
            tree_sitter_c::LANGUAGE.into(),
            include_str!("../../queries/c.scm"),
        ),
        (
            "cpp",
            tree_sitter_cpp::LANGUAGE.into(),
            include_str!("../../queries/cpp.scm"),
        ),
        (
            "c_sharp",
            tree_sitter_c_sharp::LANGUAGE.into(),
            include_str!("../../queries/c_sharp.scm"),
        ),
        (
            "php",
            tree_sitter_php::LANGUAGE_PHP.into(),
            include_str!("../../queries/php.scm"),
        ),
        (
            "ruby",
            tree_sitter_ruby::LANGUAGE.into(),
            include_str!("../../queries/ruby.scm"),
        ),
        (
            "swift",
            tree_sitter_swift::LANGUAGE.into(),
            include_str!("../../queries/swift.scm"),
        ),
        (
            "lua",
            tree_sitter_lua::LANGUAGE.into(),
            include_str!("../../queries/lua.scm"),
        ),
        (
            "elixir",
            tree_sitter_elixir::LANGUAGE.into(),
            include_str!("../../queries/elixir.scm"),
        ),
        (
            "ocaml",
            tree_sitter_ocaml::LANGUAGE_OCAML.into(),
            include_str!("../../queries/ocaml.scm"),
        ),
        (
            "dart",
            tree_sitter_dart::LANGUAGE.into(),
            include_str!("../../queries/dart.scm"),
        ),
        (
            "r",
            tree_sitter_r::LANGUAGE.into(),
            include_str!("../../queries/r.scm"),
        ),
        (
            "solidity",
            tree_sitter_solidity::LANGUAGE.into(),
            include_str!("../../queries/solidity.scm"),
        ),
        (
            "go",
            tree_sitter_go::LANGUAGE.into(),
            include_str!("../../queries/go.scm"),
        ),
        (
            "java",
            tree_sitter_java::LANGUAGE.into(),
            include_str!("../../queries/java.scm"),
        ),
        (
            "rust",
            tree_sitter_rust::LANGUAGE.into(),
            include_str!("../../queries/rust.scm"),
        ),
        (
            "scala",
            tree_sitter_scala::LANGUAGE.into(),
            include_str!("../../queries/scala.scm"),
        ),
        (
            "groovy",
            dekobon_tree_sitter_groovy::LANGUAGE.into(),
            include_str!("../../queries/groovy.scm"),
        ),
        (
            "kotlin",
            tree_sitter_kotlin_ng::LANGUAGE.into(),
            include_str!("../../queries/kotlin.scm"),
        ),
        (
            "bash",
            tree_sitter_bash::LANGUAGE.into(),
            include_str!("../../queries/bash.scm"),
        ),
        (
            "haskell",
            tree_sitter_haskell::LANGUAGE.into(),
            include_str!("../../queries/haskell.scm"),
        ),
        (
            "zig",
            tree_sitter_zig::LANGUAGE.into(),
            include_str!("../../queries/zig.scm"),
        ),
        (
            "julia",
            tree_sitter_julia::LANGUAGE.into(),
            include_str!("../../queries/julia.scm"),
        ),
        (
            "objc",
            tree_sitter_objc::LANGUAGE.into(),
            include_str!("../../queries/objc.scm"),
        ),
        (
            "powershell",
            tree_sitter_powershell::LANGUAGE.into(),
            include_str!("../../queries/powershell.scm"),
        ),
        (
            "erlang",
            tree_sitter_erlang::LANGUAGE.into(),
            include_str!("../../queries/erlang.scm"),
        ),
        (
            "clojure",
            tree_sitter_clojure_orchard::LANGUAGE.into(),
            include_str!("../../queries/clojure.scm"),
        ),
        (
            "perl",
            arborium_perl::language().into(),
            include_str!("../../queries/perl.scm"),
        ),
    ];
    let errors: Vec<String> = queries
        .iter()
        .filter_map(|(name, language, query)| {
            let mut errors = Vec::new();
            let mut start = 0;
            // Pattern by pattern, so that one run shows all errors.
            for (at, line) in query.lines().scan(0, |at, line| {
                let here = *at;
                *at += line.len() + 1;
                Some((here, line))
            }) {
                if line.starts_with('(') || line.starts_with('[') {
                    start = at;
                }
                let end = at + line.len();
                let pattern = &query[start..end];
                let depth =
                    pattern.matches('(').count() as i64 - pattern.matches(')').count() as i64;
                if depth == 0 && !pattern.trim().is_empty() && line.contains('@') {
                    if let Err(error) = Query::new(language, pattern) {
                        errors.push(format!("{name}: {pattern}: {error}"));
                    }
                    start = end;
                }
            }
            (!errors.is_empty()).then(|| errors.join("\n"))
        })
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// Every sample with its symbols, as `samples/expected.txt` has them.
#[test]
fn samples_have_their_symbols() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "expected.txt")
        .collect();
    names.sort();
    let mut listing = String::new();
    for name in &names {
        let text = fs_err::read_to_string(folder.join(name)).unwrap();
        let found = extracted(name, &text);
        listing.push_str(&format!(
            "== {name} {}\n",
            found.note.as_deref().unwrap_or_default()
        ));
        let references = found.facts.references.iter();
        for reference in references.filter(|one| one.kind == ReferenceKind::Import) {
            listing.push_str(&format!("import {}\n", found.facts.name(reference.name)));
        }
        for symbol in &found.symbols[1..] {
            let test = if symbol.flags.is_test { " test" } else { "" };
            let doc = symbol.doc.replace('\n', " ");
            listing.push_str(&format!(
                "{}-{} {} {} {}{test} | {} | {doc}\n",
                symbol.span.start_line,
                symbol.span.end_line,
                symbol.kind,
                symbol.qualified_name,
                symbol.complexity.cyclomatic,
                symbol.signature,
            ));
        }
    }
    let expected = fs_err::read_to_string(folder.join("expected.txt")).unwrap_or_default();
    for (number, (found, expected)) in (1..).zip(listing.lines().zip(expected.lines())) {
        assert_eq!(
            found, expected,
            "line {number} of samples/expected.txt; all of it:\n{listing}"
        );
    }
    assert_eq!(
        listing.lines().count(),
        expected.lines().count(),
        "samples/expected.txt; all of it:\n{listing}"
    );
}

type Compiled = std::collections::BTreeMap<&'static str, (tree_sitter::Language, Query)>;

fn compiled() -> Compiled {
    let shipped = SHIPPED.iter();
    shipped
        .map(|(extension, language, query)| {
            let language = language();
            let query = Query::new(&language, query).unwrap();
            (*extension, (language, query))
        })
        .collect()
}

type Shipped = (&'static str, fn() -> tree_sitter::Language, &'static str);

/// The queries that grammars ship.
const SHIPPED: &[Shipped] = &[
    (
        "c",
        || tree_sitter_c::LANGUAGE.into(),
        tree_sitter_c::TAGS_QUERY,
    ),
    (
        "cpp",
        || tree_sitter_cpp::LANGUAGE.into(),
        tree_sitter_cpp::TAGS_QUERY,
    ),
    (
        "cs",
        || tree_sitter_c_sharp::LANGUAGE.into(),
        tree_sitter_c_sharp::TAGS_QUERY,
    ),
    (
        "php",
        || tree_sitter_php::LANGUAGE_PHP.into(),
        tree_sitter_php::TAGS_QUERY,
    ),
    (
        "rb",
        || tree_sitter_ruby::LANGUAGE.into(),
        tree_sitter_ruby::TAGS_QUERY,
    ),
    (
        "swift",
        || tree_sitter_swift::LANGUAGE.into(),
        tree_sitter_swift::TAGS_QUERY,
    ),
    (
        "lua",
        || tree_sitter_lua::LANGUAGE.into(),
        tree_sitter_lua::TAGS_QUERY,
    ),
    (
        "ex",
        || tree_sitter_elixir::LANGUAGE.into(),
        tree_sitter_elixir::TAGS_QUERY,
    ),
    (
        "ml",
        || tree_sitter_ocaml::LANGUAGE_OCAML.into(),
        tree_sitter_ocaml::TAGS_QUERY,
    ),
    (
        "dart",
        || tree_sitter_dart::LANGUAGE.into(),
        tree_sitter_dart::TAGS_QUERY,
    ),
    (
        "r",
        || tree_sitter_r::LANGUAGE.into(),
        tree_sitter_r::TAGS_QUERY,
    ),
    (
        "sol",
        || tree_sitter_solidity::LANGUAGE.into(),
        tree_sitter_solidity::TAGS_QUERY,
    ),
    (
        "go",
        || tree_sitter_go::LANGUAGE.into(),
        tree_sitter_go::TAGS_QUERY,
    ),
    (
        "java",
        || tree_sitter_java::LANGUAGE.into(),
        tree_sitter_java::TAGS_QUERY,
    ),
    (
        "rs",
        || tree_sitter_rust::LANGUAGE.into(),
        tree_sitter_rust::TAGS_QUERY,
    ),
];

/// Returns the places of the names of what a shipped query calls definitions.
fn shipped_definitions(
    language: &tree_sitter::Language,
    query: &Query,
    text: &str,
) -> BTreeSet<usize> {
    let mut parser = Parser::new();
    parser.set_language(language).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut cursor = QueryCursor::new();
    let mut found = cursor.matches(query, tree.root_node(), text.as_bytes());
    let mut names = BTreeSet::new();
    while let Some(one) = found.next() {
        let captured = |wanted: fn(&str) -> bool| {
            let mut captures = one.captures().iter();
            captures.find(|capture| wanted(query.capture_names()[capture.index as usize]))
        };
        if captured(|name| name.starts_with("definition")).is_some()
            && let Some(name) = captured(|name| name == "name")
        {
            names.insert(name.node.start_byte());
        }
    }
    names
}

fn check_shipped(shipped: &Compiled, path: &str, text: &str) -> usize {
    let extension = path.rsplit('.').next().unwrap();
    let Some((language, query)) = shipped.get(extension) else {
        return 0;
    };
    let found = extracted(path, text);
    let lines = LineIndex::new(text);
    // A further clause of a function is inside of the symbol that the first one began.
    let is_named = |place: usize| {
        found.symbols[1..].iter().any(|symbol| {
            let span = symbol.span.start_byte as usize..symbol.span.end_byte as usize;
            lines.offset(symbol.position) == place
                || (span.contains(&place) && text[place..].starts_with(&symbol.name))
        })
    };
    let expected = shipped_definitions(language, query, text);
    for place in &expected {
        let line = lines.line(*place as u32);
        let shown = text.lines().nth(line as usize - 1).unwrap_or_default();
        assert!(
            is_named(*place),
            "{path}:{line} defines something that is no symbol: {shown}"
        );
    }
    expected.len()
}

#[test]
fn what_shipped_queries_name_is_a_symbol() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/samples"));
    let shipped = compiled();
    let mut n_definitions = 0;
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs_err::read_to_string(&path).unwrap();
        n_definitions +=
            check_shipped(&shipped, path.file_name().unwrap().to_str().unwrap(), &text);
    }
    assert!(n_definitions > 90, "{n_definitions}");
}

/// Real repositories, where they are at hand.
#[test]
fn what_shipped_queries_name_in_real_code_is_a_symbol() {
    use std::io::Read;
    let folder = std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/bench/search-langs/archives"
    ));
    let shipped = compiled();
    let Ok(archives) = fs_err::read_dir(folder) else {
        return;
    };
    for archive in archives {
        let file = fs_err::File::open(archive.unwrap().path()).unwrap();
        let mut archive = tar::Archive::new(ruzstd::decoding::StreamingDecoder::new(file).unwrap());
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut text = String::new();
            let is_code = SHIPPED
                .iter()
                .any(|(extension, ..)| path.ends_with(&format!(".{extension}")));
            // Large files say no more than small ones, and take long.
            if is_code && entry.size() < 20_000 && entry.read_to_string(&mut text).is_ok() {
                check_shipped(&shipped, path.trim_start_matches("./"), &text);
            }
        }
    }
}
