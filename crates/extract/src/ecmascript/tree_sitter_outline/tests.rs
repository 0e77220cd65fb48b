use domain::facts::Target;
use domain::{Language, RepoPath};

use super::*;

fn outline(text: &str) -> Outline {
    let path = RepoPath::new("a.ts").unwrap();
    tree_sitter_outline(&path, &LineIndex::new(text), Language::TypeScript)
}

fn symbols(text: &str) -> Vec<String> {
    outline(text).symbols[1..]
        .iter()
        .map(|symbol| {
            format!(
                "{} {} {}",
                symbol.kind, symbol.qualified_name, symbol.position.line
            )
        })
        .collect()
}

#[test]
fn definitions_are_found_in_a_file_with_an_error() {
    let text = "import x from 'x'\n/** Says a. */\nexport async function a(b: string) { return b }\n\
                class C extends D {\n  constructor() {}\n  get size() { return 1 }\n  static run = () => 1\n  field = 2\n}\n\
                const v = 1\nexport const f = (x) => x\ninterface I { m(): void }\ntype T = I\nenum E { A }\n\
                namespace N { function inner() {} }\nfoo bar;\nfunction last() { if (a && b) {} }\n";
    assert_eq!(
        symbols(text),
        [
            "function a 3",
            "class C 4",
            "constructor C.constructor 5",
            "getter C.size 6",
            "method C.run 7",
            "property C.field 8",
            "variable v 10",
            "function f 11",
            "interface I 12",
            "method I.m 12",
            "type T 13",
            "enum E 14",
            "namespace N 15",
            "function N.inner 15",
            "function last 17",
        ]
    );
    let outline = outline(text);
    assert_eq!(outline.note.as_deref(), Some("syntax error on line 16"));
    let first = &outline.symbols[1];
    assert_eq!(first.signature, "export async function a(b: string)");
    assert_eq!(first.doc, "Says a.");
    assert!(first.flags.is_exported && first.flags.is_async);
    let last = outline.symbols.last().unwrap();
    assert_eq!(
        (last.complexity.cyclomatic, last.complexity.n_code_lines),
        (3, 1)
    );
}

#[test]
fn references_are_not_bound_by_name() {
    let outline = outline(
        "import d, { a as b } from './m'\nexport * from './n'\nfunction f() { f(); x.y(); new Z() }\n",
    );
    let facts = &outline.facts;
    let show = |reference: &domain::facts::Reference| {
        let target = match reference.target {
            Target::Module { specifier, name } => {
                format!("{} of {}", facts.name(name), facts.name(specifier))
            }
            other => format!("{other:?}"),
        };
        let name = facts.name(reference.name);
        format!("{} {name}: {target}", reference.kind)
    };
    let found: Vec<String> = facts.references.iter().map(show).collect();
    assert_eq!(
        found,
        [
            "import d: default of ./m",
            "import b: a of ./m",
            "re_export *: * of ./n",
            "call f: Unknown",
            "call y: Unknown",
            "new Z: Unknown",
        ]
    );
    assert_eq!(outline.symbols[facts.references[3].from as usize].name, "f");
}

#[test]
fn deep_nesting_needs_no_stack() {
    for (open, close) in [
        ("[", "]"),
        ("{", "}"),
        ("f(() => {", "})"),
        ("class A { m() {", "}}"),
    ] {
        let text = open.repeat(10_000) + &close.repeat(10_000);
        assert!(!outline(&text).symbols.is_empty());
        // Recovery from so many open brackets is slow in the parser itself.
        assert!(!outline(&open.repeat(300)).symbols.is_empty());
    }
}
