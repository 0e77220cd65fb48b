use std::collections::BTreeSet;

use domain::facts::{DeclaredValue, ExportTarget, Type};
use domain::{Language, Parser, RepoPath};

use super::GRAMMAR;
use crate::front_ends::FrontEnds;
use crate::outline::Outline;
use crate::text::LineIndex;

fn read(path: &str, text: &str) -> Outline {
    let path = RepoPath::new(path).unwrap();
    let (front_end, language) = FrontEnds::LINKED.of_path(&path).unwrap();
    assert_eq!(language, Language::Java);
    front_end
        .reader
        .outline(&path, &LineIndex::new(text), language)
}

#[test]
fn file_says_its_package() {
    for (text, expected) in [("package a.b;\n", "a.b"), ("class A {}\n", ""), ("", "")] {
        let facts = read("A.java", text).facts;
        assert_eq!(facts.name(facts.package.unwrap().name), expected, "{text}");
    }
}

#[test]
fn syntax_errors_cost_what_they_are_in_and_no_more() {
    let outline = read(
        "A.java",
        "class A {\n  void before() { after(); }\n  void broken( { int x = = 1; }\n  void after() { before(); }\n}\n",
    );
    assert_eq!(outline.parser, Parser::TreeSitter);
    assert!(outline.note.unwrap().starts_with("syntax error on line"));
    let calls = outline.facts.references.iter();
    let calls: Vec<&str> = calls.map(|call| outline.facts.name(call.name)).collect();
    assert!(
        calls.contains(&"before") && calls.contains(&"after"),
        "{calls:?}"
    );
}

#[test]
fn nesting_costs_no_more_than_what_is_nested_too_deep() {
    for (open, middle, close) in [
        ("(", "x", ")"),
        ("f(", "x", ")"),
        ("a.b().", "c()", ""),
        ("x + ", "x", ""),
        ("x ? y : ", "x", ""),
        ("() -> ", "x", ""),
        ("new A() { int v = ", "x", "; }"),
    ] {
        let n = 20_000;
        let text = format!(
            "class A {{\n  int v = {}{middle}{};\n  void after() {{ after(); }}\n}}\n",
            open.repeat(n),
            close.repeat(n)
        );
        let outline = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            let thread = thread
                .spawn_scoped(scope, || read("A.java", &text))
                .unwrap();
            thread.join().unwrap()
        });
        outline.facts.check().unwrap();
    }
}

#[test]
fn library_is_whole() {
    let facts = super::library::library();
    facts.check().unwrap();
    let mut names = BTreeSet::new();
    for export in &facts.exports {
        let name = facts.name(export.name);
        let simple = name.rsplit('.').next().unwrap();
        assert!(names.insert(simple), "{name} is there twice");
        let ExportTarget::Declared(at) = export.target else {
            panic!("{name} is declared");
        };
        let declared = &facts.declarations[at.index()].value;
        assert!(matches!(declared, DeclaredValue::Static(_)), "{name}");
    }
    let source = include_str!("../../library/java.java");
    let lines = LineIndex::new(source);
    let path = RepoPath::new("library.java").unwrap();
    let (outline, _) = GRAMMAR.read(&path, &lines, Language::Java).unwrap();
    assert_eq!(outline.note, None);
    // What is not declared would be outside.
    let mut missing = BTreeSet::new();
    for r#type in &facts.types {
        if let Type::Global { path, .. } = r#type {
            let name = facts.name(path[0]);
            if !names.contains(name.rsplit('.').next().unwrap()) {
                missing.insert(name);
            }
        }
    }
    assert_eq!(missing, BTreeSet::new());
}
