//! Uses of values without a call: how each is used, who depends by them, and what an answer says of those that were not followed.

use app::{AppError, CycleLevel, ExportItem, Snapshot, Tests, Unfollowed};
use domain::{EdgeKind, ReferenceKind, Resolution};
use testkit::TestProject;

use super::{far, view, walked};

/// Returns the uses of a tree, one a line: `file:line name how -> file:line`.
fn uses(fixture: &str) -> Vec<String> {
    let project = TestProject::new(fixture).with("embeddings", "none");
    project.index_streaming();
    let mut found = Vec::new();
    let mut take = |row: serde_json::Value| {
        let target = match row["tf"].as_str() {
            Some(file) => format!("{file}:{}", row["tl"]),
            None => "-".to_owned(),
        };
        let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let (file, name, how) = (word("file"), word("name"), word("how"));
        found.push(format!("{file}:{} {name} {how} -> {target}", row["line"]));
        Ok(())
    };
    app::export(&project.open(), None, ExportItem::Uses, &mut take).expect("the index answers");
    found
}

#[track_caller]
pub(crate) fn check_uses(fixture: &str, expected: &[&str]) {
    assert_eq!(uses(fixture), expected);
}

/// A constant, an enum's member, a function that is passed on, an accessor, a method that is passed on, a component given to `memo`.
const DIAL: &str = "//- h.ts\nexport const LIMIT = 10;\nexport enum Shade { Dark, Light }\nexport function onPing(x: number) { return x; }\nexport class Dial { get level() { return 1; } turn() {} }\n//- app.tsx\nimport { LIMIT, Shade, onPing, Dial } from './h';\nimport * as React from 'react';\nexport function isBig(n: number) { return n > LIMIT; }\nexport function isDark(s: number) { return s === Shade.Dark; }\nexport function wire(reg: (f: (x: number) => number) => void) { reg(onPing); }\nexport function read(d: Dial) { return d.level; }\nexport function later(d: Dial) { setTimeout(d.turn, 1); }\nfunction Inner() { return null; }\nexport const Memo = React.memo(Inner);\nexport const Page = () => <Memo />;\n";

#[test]
fn value_that_is_used_without_a_call_has_dependents() {
    let view = view(DIAL);
    let cases: [(&str, &[&str]); 6] = [
        ("LIMIT", &["isBig"]),
        ("Shade.Dark", &["isDark"]),
        ("onPing", &["wire"]),
        ("Dial.level", &["read"]),
        ("Dial.turn", &["later"]),
        ("Inner", &["Memo", "Page"]),
    ];
    for (name, expected) in cases {
        let impact = view.impact(&[name], &far(Tests::With));
        let found: Vec<String> = walked(&impact.expect("the name is clear"))
            .into_iter()
            .map(|(address, _)| address.replace("app.tsx#", ""))
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn every_way_to_use_a_value_is_distinguished() {
    check_uses(
        "//- a.ts\nexport function f(this: unknown) {}\nexport let n = 1\nexport class C { static s = 1; #p = 2; q() { return this.#p } }\n//- b.tsx\nimport { f, n, C } from './a'\nregister(f)\nconst g = f as () => void\nconst o = { f, h: f }\nfunction d(x = f) {}\no.h = f\nconst r = () => f\nfunction s() { return true ? f : null }\nconst e = [f]\nf.call(null)\nconst j = <b onClick={f} />\nif (f) {}\nn + C['s']\nclass F { field = f }\nconst { s: t } = C\n//- c.ts\nexport { f } from './a'\nexport let k = 1\nk = 2\nk++\n",
        &[
            "a.ts:3 #p returned -> a.ts:3",
            "b.tsx:2 f argument -> a.ts:1",
            "b.tsx:3 f alias -> a.ts:1",
            "b.tsx:4 f shorthand -> a.ts:1",
            "b.tsx:4 f assigned -> a.ts:1",
            "b.tsx:5 f default -> a.ts:1",
            "b.tsx:6 o read -> b.tsx:4",
            "b.tsx:6 h written -> -",
            "b.tsx:6 f assigned -> a.ts:1",
            "b.tsx:7 f returned -> a.ts:1",
            "b.tsx:8 f returned -> a.ts:1",
            "b.tsx:9 f element -> a.ts:1",
            "b.tsx:10 f member_call -> a.ts:1",
            "b.tsx:11 f jsx_attribute -> a.ts:1",
            "b.tsx:12 f read -> a.ts:1",
            "b.tsx:13 n read -> a.ts:2",
            "b.tsx:13 C read -> a.ts:3",
            "b.tsx:13 s read -> a.ts:3",
            "b.tsx:14 f assigned -> a.ts:1",
            "b.tsx:15 s read -> a.ts:3",
            "b.tsx:15 C read -> a.ts:3",
            "c.ts:1 f exported -> a.ts:1",
            "c.ts:3 k written -> c.ts:2",
            "c.ts:4 k written -> c.ts:2",
        ],
    );
}

#[test]
fn locals_types_and_module_objects_are_nobodys_dependency() {
    check_uses(
        "//- a.ts\nexport function one() {}\nexport interface Shape { area: number }\n//- b.ts\nimport * as all from './a'\nimport type { Shape } from './a'\nexport function f(shape: Shape, given: () => void) {\n  const local = given\n  use(local, given, Math.PI, all.one)\n  type T = typeof local\n}\nuse(all)\n",
        &[
            "b.ts:5 one argument -> a.ts:1",
            "b.ts:8 all argument -> a.ts:1",
        ],
    );
}

#[test]
fn callers_and_those_who_use_a_value_are_distinguished() {
    let view = view(
        "//- a.ts\nexport function ping() {}\n//- b.ts\nimport { ping } from './a'\nexport function calls() { ping() }\nexport function passes(to: (f: () => void) => void) { to(ping) }\n",
    );
    let callers = view.callers(&["ping"], &far(Tests::With));
    let callers = callers.expect("the name is clear");
    let edges: Vec<_> = callers
        .edges
        .iter()
        .map(|edge| {
            let source = &callers.nodes[edge.source].symbol.qualified_name;
            (source.as_str(), edge.kind, edge.how)
        })
        .collect();
    assert_eq!(
        edges,
        [
            ("calls", EdgeKind::Calls, Some(ReferenceKind::Call)),
            (
                "passes",
                EdgeKind::References,
                Some(ReferenceKind::Argument)
            ),
        ]
    );
    let hotspots = view.modules(app::Fold::Files);
    assert_eq!(hotspots.modules[0].afferent, 1);
}

/// One module imports nothing but a type of the other, in each of the ways that there are.
#[test]
fn imports_for_types_only_make_no_cycle_at_run_time() {
    for import in [
        "import type { P } from './a'",
        "import { type P } from './a'",
        "import { P } from './a'",
        "type P = import('./a').P",
    ] {
        let view = view(&format!(
            "//- a.ts\nimport {{ b }} from './b'\nexport interface P {{ n: number }}\nexport const a = () => b({{ n: 1 }})\n//- b.ts\n{import}\nexport const b = (p: P) => p.n\n"
        ));
        let n_cycles = |level| view.cycles(level, 10).cycles.len();
        assert_eq!(n_cycles(CycleLevel::Modules), 0, "{import}");
        assert_eq!(n_cycles(CycleLevel::ModulesWithTypes), 1, "{import}");
    }
}

#[test]
fn import_of_a_value_beside_a_type_is_a_cycle() {
    let view = view(
        "//- a.ts\nimport { b } from './b'\nexport interface P { n: number }\nexport const one = 1\nexport const a = () => b({ n: 1 })\n//- b.ts\nimport { type P, one } from './a'\nexport const b = (p: P) => p.n + one\n",
    );
    assert_eq!(view.cycles(CycleLevel::Modules, 10).cycles.len(), 1);
}

/// Asks one state of a tree.
fn ask<T>(fixture: &str, question: impl FnMut(&mut Snapshot<'_>) -> Result<T, AppError>) -> T {
    let project = TestProject::new(fixture).with("embeddings", "none");
    project.index_streaming();
    let open = project.open();
    let mut reader = open.reader().expect("the index opens");
    reader.ask(None, question).expect("the index answers")
}

#[test]
fn references_that_were_not_followed_are_counted_with_the_nearest_places() {
    let [impact, clear, near] = ask(
        "//- lib/a.ts\nexport class Store { reset() {} }\nexport function near(x: any) { x.reset() }\n//- lib/b.ts\nexport function b(x: any) { x.reset(); use(x.reset) }\n//- app/c.ts\nimport { gone } from './gone'\nexport const c = gone.reset\nexport function reset() {}\nreset()\n",
        |snapshot| {
            Ok([
                snapshot.impact(&["Store.reset"], &far(Tests::With))?,
                snapshot.impact(&["app/c.ts#reset"], &far(Tests::With))?,
                snapshot.callers(&["near"], &far(Tests::With))?,
            ])
        },
    );
    assert_eq!(walked(&impact), []);
    let Unfollowed { counts, nearest } = &impact.unfollowed;
    assert_eq!(impact.unfollowed.n_references(), 4);
    assert_eq!(
        counts[0],
        (ReferenceKind::Call, Resolution::UnknownReceiver, 2)
    );
    let places: Vec<String> = nearest
        .iter()
        .map(|place| format!("{}:{}", place.path, place.line))
        .collect();
    assert_eq!(
        places,
        ["lib/a.ts:2", "lib/b.ts:1", "lib/b.ts:1", "app/c.ts:2"]
    );
    let text = impact.unfollowed.to_string();
    assert!(
        text.contains("2 calls on something of unknown type"),
        "{text}"
    );

    // Any receiver might be the module, but nothing that is called `near` is in doubt.
    assert_eq!(clear.unfollowed.n_references(), 4);
    assert_eq!(near.unfollowed, Unfollowed::default());
}

#[test]
fn names_of_imports_and_of_exports_again_mean_the_definition() {
    let fixture = "//- a.ts\nexport function one() {}\n//- barrel.ts\nexport { one as uno } from './a'\n//- main.ts\nimport { uno as eins } from './barrel'\nexport function main() { eins() }\n";
    for name in ["uno", "barrel.ts#uno", "eins", "main.ts#eins"] {
        let found = ask(fixture, |snapshot| snapshot.find(name));
        let found: Vec<String> = found.iter().map(|symbol| symbol.address()).collect();
        assert_eq!(found, ["a.ts#one"], "{name}");
    }
}

#[test]
fn misspelled_name_is_answered_with_the_nearest() {
    let view = view("//- a.ts\nexport function handleRequest() {}\nexport function other() {}\n");
    for name in ["handelRequest", "handleReqest", "HandleRequests"] {
        let Err(AppError::UnknownSymbol { similar, .. }) = view.find(name) else {
            panic!("nothing is called {name}");
        };
        assert_eq!(similar.len(), 1, "{name}");
        assert_eq!(similar[0].address(), "a.ts#handleRequest", "{name}");
    }
}

#[test]
fn declarations_of_an_overloaded_function_are_one_node() {
    let view = view(
        "//- a.ts\nexport function f(a: string): void\nexport function f(a: number): void\nexport function f(a: any) {}\nexport function g() { f(1) }\n",
    );
    let answer = view
        .callers(&["f"], &far(Tests::With))
        .expect("the name is clear");
    let lines: Vec<u32> = answer.nodes.iter().map(|node| node.symbol.line).collect();
    assert_eq!(lines, [3, 4]);
}

#[test]
fn definitions_of_files_that_have_changed_are_marked() {
    let project = TestProject::new(
        "//- a.ts\nexport function one() {}\n//- b.ts\nimport { one } from './a'\nexport function two() { one() }\n",
    )
    .with("embeddings", "none");
    project.index_streaming();
    project.write(
        "b.ts",
        "import { one } from './a'\n\nexport function two() { one() }\n",
    );
    let open = project.open();
    let mut reader = open.reader().expect("the index opens");
    let callers = reader.ask(None, |snapshot| {
        snapshot.callers(&["one"], &far(Tests::With))
    });
    let callers = callers.expect("the index answers");
    let marks: Vec<bool> = callers.nodes.iter().map(|node| node.is_stale).collect();
    assert_eq!(marks, [false, true]);
}
