use domain::{Parser, RepoPath, SymbolKind};

use super::{Role, outline};
use crate::outline::Outline;
use crate::text::LineIndex;

fn read(text: &str) -> Outline {
    let path = RepoPath::new("pack/a.py").unwrap();
    outline(&path, &LineIndex::new(text), Role::File)
}

/// Checks the definitions of a source: kind, qualified name, line and column.
#[track_caller]
fn check_symbols(text: &str, expected: &[(SymbolKind, &str, u32, u32)]) {
    let outline = read(text);
    let found: Vec<(SymbolKind, &str, u32, u32)> = outline.symbols[1..]
        .iter()
        .map(|symbol| {
            let position = symbol.position;
            (
                symbol.kind,
                &*symbol.qualified_name,
                position.line,
                position.column,
            )
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn definitions_are_symbols_of_their_kind() {
    use SymbolKind::*;
    check_symbols(
        "import a\nLIMIT: int = 1\nhalf = lambda x: x / 2\n@decorated\nasync def f(x):\n    y = 1\n    def inner(): pass\nclass A(Base):\n    field: int\n    other = 2\n    def __init__(self):\n        self.held, self.field = 1, 2\n    @property\n    def size(self): return 1\n    @size.setter\n    def size(self, to): pass\n    @staticmethod\n    def make(): pass\nclass Color(Enum):\n    RED = 1\nclass P(Protocol): ...\nif x:\n    def late(): pass\ntype T = int\n",
        &[
            (Variable, "LIMIT", 2, 1),
            (Function, "half", 3, 1),
            (Function, "f", 5, 11),
            (Function, "f.inner", 7, 9),
            (Class, "A", 8, 7),
            (Property, "A.field", 9, 5),
            (Property, "A.other", 10, 5),
            (Constructor, "A.__init__", 11, 9),
            (Property, "A.held", 12, 14),
            (Getter, "A.size", 14, 9),
            (Setter, "A.size", 16, 9),
            (Method, "A.make", 18, 9),
            (Enum, "Color", 19, 7),
            (EnumMember, "Color.RED", 20, 5),
            (Interface, "P", 21, 7),
            (Function, "late", 23, 9),
            (Type, "T", 24, 6),
        ],
    );
}

#[test]
fn heads_docs_and_flags_are_found() {
    let outline = read(
        "\"\"\"About the module.\"\"\"\n__all__ = [\"f\"]\nasync def f(\n    a: int,  # one\n    b=\"# no comment\",\n) -> None:\n    \"\"\"Does it.\n\n    At length.\n    \"\"\"\ndef g(): pass\nLIMIT = 1\n\"\"\"How many.\"\"\"\n",
    );
    let [module, _, f, g, limit] = &outline.symbols[..] else {
        panic!("{:?}", outline.symbols);
    };
    assert_eq!(module.doc, "About the module.");
    assert_eq!(
        f.signature,
        "async def f(a: int, b=\"# no comment\",) -> None".replace(",)", ")")
    );
    assert_eq!(f.doc, "Does it.\n\nAt length.");
    assert!(f.flags.is_exported && f.flags.is_async);
    assert!(!g.flags.is_exported);
    assert_eq!(limit.doc, "How many.");
}

#[test]
fn branches_are_counted_by_function() {
    let outline = read(
        "def f(a, b):\n    # no code\n    if a and b:\n        for x in a:\n            if x: return 1\n    elif a: pass\n    else: pass\n    try: pass\n    except E: return [y for y in b if y]\n    return 1 if a else 2\n",
    );
    let complexity = outline.symbols[1].complexity;
    // 1, if, and, for, if, elif, except, comprehension with its condition, conditional.
    assert_eq!(complexity.cyclomatic, 10);
    // if 1, and 1, for 2, if 3, elif 1, else 1, except 1, conditional 1.
    assert_eq!(complexity.cognitive, 11);
    assert_eq!(complexity.n_code_lines, 9);
}

#[test]
fn syntax_errors_cost_what_they_are_in_and_no_more() {
    let outline = read(
        "def before(): pass\ndef broken(:\n    x = = 1\nclass After:\n    def m(self): self.m()\n",
    );
    assert_eq!(outline.parser, Parser::Ruff);
    assert!(outline.note.unwrap().starts_with("syntax error on line 2"));
    let names: Vec<&str> = outline.symbols.iter().map(|symbol| &*symbol.name).collect();
    assert!(
        names.contains(&"before") && names.contains(&"After") && names.contains(&"m"),
        "{names:?}"
    );
    assert_eq!(outline.facts.references.len(), 1);
}

#[test]
fn what_nests_too_deep_is_lines() {
    let outline = read(&"(".repeat(100_000));
    assert_eq!(outline.parser, Parser::Lines);
    assert!(outline.note.is_some());
}

#[test]
fn library_declares_what_the_evaluator_asks_for() {
    let facts = super::library::library();
    for name in [
        "Array",
        "Function",
        "Promise",
        "NamedTuple",
        "Enum",
        "list",
        "dict",
        "str",
    ] {
        let is_there = facts
            .exports
            .iter()
            .any(|export| facts.name(export.name) == name);
        assert!(is_there, "{name}");
    }
}
