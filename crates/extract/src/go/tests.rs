use domain::facts::DeclaredValue;
use domain::{Language, Parser, RepoPath};

use crate::front_ends::FrontEnds;
use crate::outline::Outline;
use crate::text::LineIndex;

fn read(path: &str, text: &str) -> Outline {
    let path = RepoPath::new(path).unwrap();
    let (front_end, language) = FrontEnds::LINKED.of_path(&path).unwrap();
    assert_eq!(language, Language::Go);
    front_end
        .reader
        .outline(&path, &LineIndex::new(text), language)
}

#[test]
fn package_says_whether_the_usual_build_takes_the_file() {
    for (path, head, expected) in [
        ("a.go", "", true),
        ("a_windows.go", "", false),
        ("a.go", "//go:build !linux\n\n", false),
        (
            "a.go",
            "// Copyright.\n\n//go:build unix && !race\n\n",
            true,
        ),
    ] {
        let outline = read(path, &format!("{head}package p\n"));
        let package = outline.facts.package.unwrap();
        assert_eq!(outline.facts.name(package.name), "p");
        assert_eq!(package.is_usual, expected, "{path} {head}");
    }
    assert_eq!(read("a.go", "").facts.package, None);
}

#[test]
fn syntax_errors_cost_what_they_are_in_and_no_more() {
    let outline = read(
        "a.go",
        "package p\n\nfunc before() { after() }\n\nfunc broken( {\n\tx = = 1\n}\n\nfunc after() { before() }\n",
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
    for (open, close) in [
        ("(", ")"),
        ("f(", ")"),
        ("[]T{", "}"),
        ("a.b().", "c()"),
        ("x + ", "x"),
    ] {
        let n = 20_000;
        let text = format!(
            "package p\n\nvar v = {}{}\n\nfunc after() {{ after() }}\n",
            open.repeat(n),
            close.repeat(if close.len() > 1 || close == "x" {
                1
            } else {
                n
            })
        );
        let outline = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(64 << 20);
            let thread = thread.spawn_scoped(scope, || read("a.go", &text)).unwrap();
            thread.join().unwrap()
        });
        outline.facts.check().unwrap();
    }
}

#[test]
fn library_declares_what_the_evaluator_asks_for() {
    let facts = super::library::library();
    for name in [
        "any",
        "byte",
        "error",
        "int32",
        "uint8",
        "builtin·slice",
        "builtin·map",
    ] {
        let export = facts.exports.iter();
        let export = export
            .clone()
            .find(|export| facts.name(export.name) == name);
        let domain::facts::ExportTarget::Declared(at) = export.expect(name).target else {
            panic!("{name} is declared");
        };
        let declared = &facts.declarations[at.index()].value;
        assert!(matches!(declared, DeclaredValue::Static(_)), "{name}");
    }
}
