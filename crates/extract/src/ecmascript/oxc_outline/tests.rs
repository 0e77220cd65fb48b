use domain::facts::{
    Declaration, DeclarationId, DeclaredValue, Reference, ShapeId, Target, Type, TypeId, Value,
    ValueId,
};
use domain::{Language, RepoPath};

use super::oxc_outline;
use crate::outline::{Item, Outline};
use crate::text::LineIndex;

fn outline(path: &str, text: &str) -> Outline {
    let language = if path.ends_with('x') {
        Language::Tsx
    } else if path.ends_with(".js") {
        Language::JavaScript
    } else {
        Language::TypeScript
    };
    let lines = LineIndex::new(text);
    oxc_outline(&RepoPath::new(path).unwrap(), &lines, language).expect("the fast parser reads it")
}

/// One line per symbol but the module: kind, qualified name, position, flags.
fn symbols(path: &str, text: &str) -> Vec<String> {
    let outline = outline(path, text);
    let show = |symbol: &domain::Symbol| {
        let flags = symbol.flags;
        let mut line = format!(
            "{} {} {}:{}",
            symbol.kind, symbol.qualified_name, symbol.position.line, symbol.position.column
        );
        for (is_set, word) in [
            (flags.is_exported, " exported"),
            (flags.is_async, " async"),
            (flags.is_static, " static"),
            (flags.is_test, " test"),
        ] {
            line.push_str(if is_set { word } else { "" });
        }
        line
    };
    outline.symbols.iter().skip(1).map(show).collect()
}

/// One line a reference: kind, name, position, what has to be followed.
fn references(path: &str, text: &str) -> Vec<String> {
    let outline = outline(path, text);
    let facts = &outline.facts;
    let show = |reference: &Reference| {
        let place = format!("{}:{}", reference.position.line, reference.position.column);
        let target = match reference.target {
            Target::Value(value) => show_value(&outline, value),
            Target::Type(r#type) => show_type(&outline, r#type),
            Target::Module { specifier, name } => {
                format!("{} of {}", facts.name(name), facts.name(specifier))
            }
            Target::Unknown => "?".to_owned(),
        };
        let name = facts.name(reference.name);
        format!("{} {name} {place} {target}", reference.kind)
    };
    facts.references.iter().map(show).collect()
}

fn show_declared(outline: &Outline, declaration: DeclarationId) -> String {
    let facts = &outline.facts;
    let declaration = &facts.declarations[declaration.index()];
    match (&declaration.value, declaration.symbol) {
        (DeclaredValue::Import { specifier, name }, _) => {
            format!("[{} of {}]", facts.name(*name), facts.name(*specifier))
        }
        (_, Some(symbol)) => format!("={}", outline.symbols[symbol as usize].qualified_name),
        _ => "local".to_owned(),
    }
}

fn show_shape(outline: &Outline, shape: ShapeId) -> String {
    let symbol = outline.facts.shapes[shape.index()].symbol;
    symbol.map_or_else(
        || "object".to_owned(),
        |symbol| outline.symbols[symbol as usize].qualified_name.clone(),
    )
}

fn show_value(outline: &Outline, value: ValueId) -> String {
    let facts = &outline.facts;
    let show = |value: ValueId| show_value(outline, value);
    match &facts.values[value.index()] {
        Value::Declared(declaration) => show_declared(outline, *declaration),
        Value::Global(name) => format!("global {}", facts.name(*name)),
        Value::This(shape) => format!("this({})", show_shape(outline, *shape)),
        Value::StaticThis(shape) => format!("static this({})", show_shape(outline, *shape)),
        Value::Super(shape) => format!("super({})", show_shape(outline, *shape)),
        Value::Member(object, name) => format!("{}.{}", show(*object), facts.name(*name)),
        Value::Call(call) => format!("{}()", show(call.callee)),
        Value::New(call) => format!("new {}", show(call.callee)),
        Value::Await(inner) => format!("await {}", show(*inner)),
        Value::Module(specifier) => format!("module {}", facts.name(*specifier)),
        Value::ImportedModule(specifier) => format!("import({})", facts.name(*specifier)),
        Value::Parameter(_, place) => format!("parameter {place}"),
        Value::Element(array, place) => format!("{}[{place}]", show(*array)),
        Value::Iterated(inner) => format!("each of {}", show(*inner)),
        Value::Either(values) => {
            let values: Vec<String> = values.iter().map(|value| show(*value)).collect();
            values.join(" or ")
        }
        Value::Typed(r#type) => format!("<{}>", show_type(outline, *r#type)),
        other => format!("{other:?}"),
    }
}

fn show_type(outline: &Outline, r#type: TypeId) -> String {
    let facts = &outline.facts;
    match &facts.types[r#type.index()] {
        Type::Declared {
            declaration, path, ..
        } => {
            let path: String = path
                .iter()
                .map(|name| format!(".{}", facts.name(*name)))
                .collect();
            format!("{}{path}", show_declared(outline, *declaration))
        }
        Type::Global { path, .. } => {
            let path: Vec<&str> = path.iter().map(|name| facts.name(*name)).collect();
            format!("global {}", path.join("."))
        }
        other => format!("{other:?}"),
    }
}

/// One line a declared variable: what it stands for.
fn variables(text: &str) -> Vec<String> {
    let outline = outline("a.ts", text);
    let show = |declaration: &Declaration| match &declaration.value {
        DeclaredValue::Variable { r#type, value, .. } => {
            let r#type = r#type.map(|r#type| format!(": {}", show_type(&outline, r#type)));
            let value = value.map(|value| format!("= {}", show_value(&outline, value)));
            Some(format!(
                "{}{}",
                r#type.unwrap_or_default(),
                value.unwrap_or_default()
            ))
        }
        _ => None,
    };
    outline.facts.declarations.iter().filter_map(show).collect()
}

/// One line an item, indented below its parent: kind and text on one line, cut.
fn items(text: &str) -> Vec<String> {
    fn list(items: &[Item], text: &str, depth: usize, lines: &mut Vec<String>) {
        for item in items {
            let source = &text[item.start_byte as usize..item.end_byte as usize];
            let words: Vec<&str> = source.split_whitespace().collect();
            let head: String = words.join(" ").chars().take(24).collect();
            lines.push(format!("{}{} {head}", "  ".repeat(depth), item.kind));
            list(&item.children, text, depth + 1, lines);
        }
    }
    let mut lines = Vec::new();
    list(&outline("a.ts", text).items, text, 0, &mut lines);
    lines
}

#[test]
fn classes_show_their_members() {
    let found = symbols(
        "a.ts",
        "export class A extends B {\n  static #count = 0\n  constructor(private readonly x: number) { super() }\n  get size() { return 1 }\n  set size(value) {}\n  static async make() {}\n  run = () => 1\n  #hidden() {}\n}\n",
    );
    assert_eq!(
        found,
        [
            "class A 1:14 exported",
            "property A.#count 2:10 static",
            "constructor A.constructor 3:3",
            "property A.x 3:32",
            "getter A.size 4:7",
            "setter A.size 5:7",
            "method A.make 6:16 async static",
            "method A.run 7:3",
            "method A.#hidden 8:3",
        ]
    );
}

#[test]
fn functions_are_found_however_they_are_written() {
    let found = symbols(
        "a.ts",
        "function f(a: string): void\nfunction f(a: any) { const inner = () => 1; function named() {} }\nexport const g = async () => 1\nconst o = { m() {}, p: function () {}, q: 1 }\na.b = function () {}\nexport default function () {}\nlet plain = 3\nnamespace N { export function n() {} }\nenum E { A, B }\ninterface I { m(): void; p: string }\ntype T = { x: 1 }\nexport { o as renamed }\n",
    );
    assert_eq!(
        found,
        [
            "function f 1:10",
            "function f 2:10",
            "function f.inner 2:28",
            "function f.named 2:54",
            "function g 3:14 exported async",
            "variable o 4:7 exported",
            "method o.m 4:13",
            "method o.p 4:21",
            "property o.q 4:40",
            "function a.b 5:3",
            "function default 6:1 exported",
            "variable plain 7:5",
            "namespace N 8:11",
            "function N.n 8:31 exported",
            "enum E 9:6",
            "enum_member E.A 9:10",
            "enum_member E.B 9:13",
            "interface I 10:11",
            "method I.m 10:15",
            "property I.p 10:26",
            "type T 11:6",
            "property T.x 11:12",
        ]
    );
}

#[test]
fn common_js_exports_count() {
    let found = symbols(
        "a.js",
        "function f() {}\nconst g = () => 1\nmodule.exports = { f }\nexports.g = g\nexports.h = function () {}\n",
    );
    assert_eq!(
        found,
        [
            "function f 1:10 exported",
            "function g 2:7 exported",
            "variable default 3:8 exported",
            "function h 5:9 exported",
        ]
    );
}

#[test]
fn tests_are_recognised_by_path_and_by_call() {
    assert_eq!(
        symbols(
            "a.ts",
            "function helper() {}\ndescribe('x', () => { const make = () => 1 })\n"
        ),
        ["function helper 1:10", "function make 2:29 test",]
    );
    assert_eq!(
        symbols("a.test.ts", "function helper() {}\n"),
        ["function helper 1:10 test",]
    );
}

#[test]
fn columns_count_utf16_units() {
    assert_eq!(
        symbols("a.ts", "const a = '🚀'; function after() {}\n"),
        ["variable a 1:7", "function after 1:26",]
    );
    assert_eq!(
        references("a.ts", "f('🚀', g('é'), h())\n"),
        [
            "call f 1:1 global f",
            "call g 1:9 global g",
            "call h 1:17 global h",
        ]
    );
}

#[test]
fn references_say_where_names_come_from() {
    let found = references(
        "a.tsx",
        "import d, { x as y, type T } from './m'\nimport * as ns from 'n'\nimport './side'\nexport { z as w } from './z'\nexport * from './all'\nclass A extends Base implements I {\n  m(p: T) {\n    this.n(); super.m(p); this.field.go(); new A(); y(); ns.f(); d`t`\n    p.q(); unknown(); a.b().c(); (await import('./dyn')).k()\n    { const y = 1; y() }\n    return <Comp><ns.Part /></Comp>\n  }\n  @deco n() {}\n  field = new Map<string, T>()\n}\nconst r = require('./r')\nr.go()\nlet v: import('./t').V\n",
    );
    assert_eq!(
        found,
        [
            "import d 1:8 default of ./m",
            "import y 1:18 x of ./m",
            "type_import T 1:26 T of ./m",
            "import ns 2:13 * of n",
            "import  3:8  of ./side",
            "exported z 4:10 module ./z.z",
            "re_export w 4:15 z of ./z",
            "re_export * 5:15 * of ./all",
            "extends Base 6:17 global Base",
            "implements I 6:33 global I",
            "type T 7:8 [T of ./m]",
            "call n 8:10 this(A).n",
            "call m 8:21 super(A).m",
            "read field 8:32 this(A).field",
            "call go 8:38 this(A).field.go",
            "new A 8:48 =A",
            "call y 8:53 [x of ./m]",
            "call f 8:61 [* of n].f",
            "tagged_template d 8:66 [default of ./m]",
            "call q 9:7 local.q",
            "call unknown 9:12 global unknown",
            "read a 9:23 global a",
            "call b 9:25 global a.b",
            "call c 9:29 global a.b().c",
            "dynamic_import  9:48 * of ./dyn",
            "call k 9:58 await import(./dyn).k",
            "call y 10:20 local",
            "jsx Comp 11:13 global Comp",
            "jsx Part 11:22 [* of n].Part",
            "decorator deco 13:4 global deco",
            "new Map 14:15 global Map",
            "type T 14:27 [T of ./m]",
            "require r 16:7 * of ./r",
            "read r 17:1 [* of ./r]",
            "call go 17:3 [* of ./r].go",
            "import_type V 18:22 V of ./t",
        ]
    );
}

#[test]
fn variables_say_what_they_stand_for() {
    let found = variables(
        "const { a, b: { c = d() } } = make()\nconst [x, y] = pair as Pair\nfor (const one of many) {}\nfunction f(p, { q }: Q, ...rest) {}\nlet t: T\n",
    );
    assert_eq!(
        found,
        [
            "= global make().a",
            "= global make().b.c or global d()",
            "= <global Pair>[0]",
            "= <global Pair>[1]",
            "= each of global many",
            "= parameter 0",
            "= <global Q>.q",
            "= parameter 2",
            ": global T",
        ]
    );
}

#[test]
fn items_follow_declarations() {
    let long = "  callSomething(withArguments, andMore)\n".repeat(11);
    let text = format!(
        "import a from 'a'\nimport b from 'b'\n/** Doc. */\nexport const f = () => 1\nclass C {{\n  x = 1\n  /** Does. */\n  m() {{}}\n}}\nexport * from './c'\nfunction long() {{\n{long}}}\ndescribe('d', () => {{\n  it('i', () => {{\n{long}  }})\n}})\n"
    );
    assert_eq!(
        items(&text),
        [
            "module import a from 'a' import",
            "  module import a from 'a'",
            "  module import b from 'b'",
            "function /** Doc. */ export const",
            "class class C { x = 1 /** Does",
            "  statements x = 1",
            "  method /** Does. */ m() {}",
            "barrel export * from './c'",
            "function function long() { callSo",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "  statements callSomething(withArgume",
            "statements describe('d', () => { it",
            "  statements it('i', () => { callSome",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
            "    statements callSomething(withArgume",
        ]
    );
}
