use std::collections::BTreeSet;

use domain::facts::{DeclaredType, ExportTarget, Type};
use domain::{Language, Parser, ReferenceKind, RepoPath};

use super::GRAMMAR;
use crate::front_ends::FrontEnds;
use crate::outline::Outline;
use crate::text::LineIndex;

fn read(text: &str) -> Outline {
    let path = RepoPath::new("a.rs").unwrap();
    let (front_end, language) = FrontEnds::LINKED.of_path(&path).unwrap();
    assert_eq!(language, Language::Rust);
    front_end
        .reader
        .outline(&path, &LineIndex::new(text), language)
}

fn names(text: &str, kind: ReferenceKind) -> Vec<String> {
    let facts = read(text).facts;
    let references = facts.references.iter();
    let references = references.filter(|reference| reference.kind == kind);
    references
        .map(|reference| facts.name(reference.name).to_owned())
        .collect()
}

#[test]
fn each_name_of_a_tree_of_imports_is_one() {
    let text = "use a::{self, b::C, d::*};\npub use e as f;\nuse g::_h as _;\n";
    assert_eq!(names(text, ReferenceKind::Import), ["a", "C", "*", "_"]);
    assert_eq!(names(text, ReferenceKind::ReExport), ["f"]);
    let facts = read(text).facts;
    let exported: Vec<&str> = facts
        .exports
        .iter()
        .map(|export| facts.name(export.name))
        .collect();
    assert_eq!(exported, ["a", "C", "f"]);
}

#[test]
fn what_macros_are_given_is_read_where_it_reads_as_expressions() {
    let calls = |text: &str| {
        names(
            &format!("fn f() {{ {text} }}\ntype T = u8;\n"),
            ReferenceKind::Call,
        )
    };
    for (text, expected) in [
        (
            "println!(\"{}\", a(b!(c())));",
            &["println", "a", "b", "c"][..],
        ),
        (
            "assert!(matches!(a(), B | C(_) if d()), \"\");",
            &["assert", "matches", "a"],
        ),
        ("vec![a(); 3];", &["vec", "a"]),
        ("x!(a => b());", &["x"]),
        ("x! { let y = a(); }", &["x", "a"]),
        ("format!(\"{y}\", y = a())", &["format", "a"]),
        ("m!(|x: X| { x.a(); });", &["m", "a"]),
    ] {
        assert_eq!(calls(text), expected, "{text}");
    }
}

#[test]
fn syntax_errors_cost_what_they_are_in_and_no_more() {
    let outline =
        read("fn before() { after(); }\nfn broken( { let x = = 1; }\nfn after() { before(); }\n");
    assert_eq!(outline.parser, Parser::TreeSitter);
    assert!(outline.note.unwrap().starts_with("syntax error on line"));
    let calls = outline.facts.references.iter();
    let calls: Vec<&str> = calls.map(|call| outline.facts.name(call.name)).collect();
    assert!(calls.contains(&"after"), "{calls:?}");
}

#[test]
fn nesting_costs_no_more_than_what_is_nested_too_deep() {
    for (open, middle, close) in [
        ("(", "x", ")"),
        ("f(", "x", ")"),
        ("a.b().", "c()", ""),
        ("x + ", "x", ""),
        ("if x { ", "x", "}"),
        ("|x| ", "x", ""),
        ("m!(", "x", ")"),
        ("&", "x", ""),
    ] {
        let n = 5_000;
        let text = format!(
            "fn f() {{\n  let v = {}{middle}{};\n}}\nfn after() {{ f(); }}\n",
            open.repeat(n),
            close.repeat(n)
        );
        let on_a_large_stack = std::thread::Builder::new().stack_size(64 << 20);
        let facts = on_a_large_stack
            .spawn(move || read(&text).facts)
            .unwrap()
            .join()
            .unwrap();
        assert_eq!(facts.check(), Ok(()), "{open}");
    }
}

/// The library is a file like any other: what it names it declares.
#[test]
fn library_reads_without_errors() {
    let facts = super::library::library();
    let text = super::library::SOURCE;
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&(GRAMMAR.language)()).unwrap();
    let tree = parser.parse(text, None).unwrap();
    assert!(!tree.root_node().has_error());
    let exported: BTreeSet<&str> = facts
        .exports
        .iter()
        .map(|export| facts.name(export.name))
        .collect();
    for name in ["Option", "prim·str", "mem::take", "fmt::Result"] {
        assert!(exported.contains(name), "{name}");
    }
    let is_type = |name: &str| {
        let mut exports = facts.exports.iter();
        let export = exports.find(|export| facts.name(export.name) == name);
        let target = export.map(|export| export.target);
        matches!(target, Some(ExportTarget::Declared(at))
            if !matches!(facts.declarations[at.index()].r#type, DeclaredType::None))
    };
    for r#type in &facts.types {
        if let Type::Global { path, .. } = r#type {
            let name = facts.name(path[0]);
            let last = name.rsplit(['>', ':']).next().unwrap_or(name);
            assert!(is_type(last), "{name}");
        }
    }
}
