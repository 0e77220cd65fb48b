//! The graph: where names lead, and that an edited index equals a fresh one.

mod common_js;
mod declared;
mod flow;
mod generated;
mod many;
mod properties;
mod questions;
mod receivers;
mod shared;
pub(crate) mod uses;

use std::sync::Arc;

use app::{AppError, CycleLevel, ExportItem, GraphAnswer, GraphView, Tests, WalkOptions};
use testkit::TestProject;

/// Indexes a tree and returns its resolved and unresolved calls, one a line: `file:line name -> file:line`.
fn calls(fixture: &str) -> Vec<String> {
    let project = TestProject::new(fixture).with("embeddings", "none");
    project.index_streaming();
    let mut found = Vec::new();
    let mut take = |row: serde_json::Value| {
        if row["t"] != "call" {
            return Ok(());
        }
        let target = match row["tf"].as_str() {
            Some(file) => format!("{file}:{}", row["tl"]),
            None => "-".to_owned(),
        };
        let (file, name) = (row["file"].as_str(), row["name"].as_str());
        let (file, name) = (file.unwrap_or_default(), name.unwrap_or_default());
        found.push(format!("{file}:{} {name} -> {target}", row["line"]));
        Ok(())
    };
    app::export(&project.open(), None, ExportItem::Calls, &mut take).expect("the index answers");
    found
}

/// Indexes a tree and returns its edges of some kinds, in the order of files and lines.
pub(crate) fn edges(fixture: &str, kinds: &[&str]) -> Vec<String> {
    let project = TestProject::new(fixture).with("embeddings", "none");
    project.index_streaming();
    let mut found = Vec::new();
    let mut take = |row: serde_json::Value| {
        let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let address = |path: &str, name: &str| match (word(path), word(name)) {
            (path, name) if name == path => path,
            (path, name) => format!("{path}#{name}"),
        };
        let kind = word("kind");
        if kinds.contains(&&*kind) {
            let source = address("file", "source");
            let target = address("target_file", "target");
            found.push(format!("{source} {kind} {target}"));
        }
        Ok(())
    };
    app::export(&project.open(), None, ExportItem::Edges, &mut take).expect("the index answers");
    found
}

#[track_caller]
fn check_edges(fixture: &str, expected: &[&str]) {
    let kinds = ["calls", "instantiates"];
    assert_eq!(edges(fixture, &kinds), expected);
}

#[track_caller]
pub(crate) fn check_calls(fixture: &str, expected: &[&str]) {
    assert_eq!(calls(fixture), expected);
}

#[test]
fn field_of_this_is_not_this() {
    check_calls(
        "//- a.ts\nclass Inner {\n  run() {}\n}\nclass Outer {\n  inner = new Inner()\n  run() {\n    this.inner.run()\n  }\n}\n",
        &["a.ts:7 run -> a.ts:2"],
    );
}

#[test]
fn members_of_the_language_are_not_the_repositorys() {
    check_calls(
        "//- a.ts\nexport class Store { get(key: string) {} }\nconst map = new Map<string, Store>()\nmap.get('a')\nmap.get('a').get('b')\n[1].map(String)\n",
        &[
            "a.ts:3 get -> -",
            "a.ts:4 get -> -",
            "a.ts:4 get -> a.ts:1",
            "a.ts:5 map -> -",
        ],
    );
}

#[test]
fn bare_specifier_never_lands_on_a_look_alike() {
    check_calls(
        "//- react.ts\nexport function use() {}\n//- main.ts\nimport { use } from 'react'\nuse()\n",
        &["main.ts:2 use -> -"],
    );
}

#[test]
fn names_are_followed_through_barrels_and_renames() {
    check_calls(
        "//- a.ts\nexport function one() {}\nexport default function two() {}\n//- barrel.ts\nexport { one as uno, default as dos } from './a'\nexport * from './b'\nexport * as space from './b'\n//- b.ts\nexport const three = () => {}\n//- main.ts\nimport { uno, dos, three, space } from './barrel'\nimport zwei from './a'\nimport * as all from './barrel'\nuno(); dos(); three(); space.three(); zwei(); all.uno()\n",
        &[
            "main.ts:4 uno -> a.ts:1",
            "main.ts:4 dos -> a.ts:2",
            "main.ts:4 three -> b.ts:1",
            "main.ts:4 three -> b.ts:1",
            "main.ts:4 zwei -> a.ts:2",
            "main.ts:4 uno -> a.ts:1",
        ],
    );
}

#[test]
fn common_js_modules_are_followed() {
    check_calls(
        "//- a.js\nfunction one() {}\nmodule.exports = { one, two: function () {} }\n//- b.js\nexports.three = () => {}\n//- main.js\nconst a = require('./a')\nconst { one } = require('./a')\nconst { three } = require('./b')\na.one(); a.two(); one(); three()\n",
        &[
            "main.js:4 one -> a.js:1",
            "main.js:4 two -> a.js:2",
            "main.js:4 one -> a.js:1",
            "main.js:4 three -> b.js:1",
        ],
    );
}

#[test]
fn overloads_and_shadowed_names_lead_to_the_right_declaration() {
    check_calls(
        "//- a.ts\nfunction f(a: string): void\nfunction f(a: any) {}\nfunction g() {}\nf('a')\nfunction outer(g: () => void) {\n  g()\n}\ng()\n",
        &["a.ts:4 f -> a.ts:2", "a.ts:6 g -> -", "a.ts:8 g -> a.ts:3"],
    );
}

#[test]
fn receivers_are_followed_by_their_types() {
    check_calls(
        "//- types.ts\nexport interface Named { name(): string }\nexport class Dog implements Named {\n  name() { return 'dog' }\n  static make(): Dog { return new Dog() }\n}\nexport async function load() { return new Dog() }\n//- main.ts\nimport { Dog, load, type Named } from './types'\nfunction f(named: Named, all: Dog[]) {\n  named.name()\n  all.map((dog) => dog.name())\n  for (const dog of all) dog.name()\n}\nDog.make().name()\nload().then((dog) => dog.name())\nasync function g() {\n  const { name } = await load()\n  name()\n}\n",
        &[
            "main.ts:3 name -> types.ts:1",
            "main.ts:4 map -> -",
            "main.ts:4 name -> types.ts:3",
            "main.ts:5 name -> types.ts:3",
            "main.ts:7 make -> types.ts:4",
            "main.ts:7 name -> types.ts:3",
            "main.ts:8 load -> types.ts:6",
            "main.ts:8 then -> -",
            "main.ts:8 name -> types.ts:3",
            "main.ts:10 load -> types.ts:6",
            "main.ts:11 name -> types.ts:3",
        ],
    );
}

#[test]
fn parameters_of_callbacks_have_the_types_of_their_place() {
    check_calls(
        "//- app.ts\nexport class Context { json() {} }\ntype Handler<C> = (context: C) => void\nexport class App<C = Context> {\n  get(path: string, ...handlers: Handler<C>[]): this { return this }\n}\nexport function register(options: { done: (context: Context) => void }) {}\n//- main.ts\nimport { App, register } from './app'\nconst app = new App()\napp.get('/', (c) => c.json()).get('/b', (c) => { c.json() })\nregister({ done: ({ json }) => json() })\n",
        &[
            "main.ts:3 get -> app.ts:4",
            "main.ts:3 json -> app.ts:1",
            "main.ts:3 get -> app.ts:4",
            "main.ts:3 json -> app.ts:1",
            "main.ts:4 register -> app.ts:6",
            "main.ts:4 json -> app.ts:1",
        ],
    );
}

#[test]
fn every_kind_of_edge_is_found() {
    let project = TestProject::new(
        "//- a.tsx\nexport enum Color { Red, Green = 'green' }\nexport interface Named { name(): string }\nexport class Base { name() { return '' } }\nexport class Derived extends Base implements Named {\n  name() { return '' }\n  color: Color.Red | Color.Green\n}\nexport const View = () => <p />\n//- b.tsx\nimport { Derived, View } from './a'\nexport { Base } from './a'\nexport const make = () => new Derived()\nmake()\nexport const Page = () => <View />\n",
    )
    .with("embeddings", "none");
    project.index_streaming();
    let mut found = Vec::new();
    let mut take = |row: serde_json::Value| {
        let word = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let (source, kind, target) = (word("source"), word("kind"), word("target"));
        found.push(format!("{}: {source} {kind} {target}", row["line"]));
        Ok(())
    };
    app::export(&project.open(), None, ExportItem::Edges, &mut take).expect("the index answers");
    assert_eq!(
        found,
        [
            "4: Derived extends Base",
            "4: Derived implements Named",
            "6: Derived.color uses_type Color.Red",
            "6: Derived.color uses_type Color.Green",
            "5: Derived.name implements Named.name",
            "5: Derived.name overrides Base.name",
            "1: b.tsx imports a.tsx",
            "1: b.tsx imports a.tsx",
            "2: b.tsx re_exports a.tsx",
            "2: b.tsx references Base",
            "3: make instantiates Derived",
            "4: b.tsx calls make",
            "5: Page renders View",
        ]
    );
}

/// The tree that edits begin with.
const TREE: &str = "//- tsconfig.json\n{ \"compilerOptions\": { \"baseUrl\": \".\", \"paths\": { \"#/*\": [\"src/*\"] } } }\n//- src/a.ts\nexport class A { run() { return this } }\n//- src/b.ts\nimport { A } from './a'\nexport const make = () => new A()\n//- src/index.ts\nexport * from './a'\nexport { make as build } from './b'\n//- src/main.ts\nimport { A, build } from '#/index'\nbuild().run()\nnew A().run().run()\nboot(); new A().more()\n";

/// What may happen to a file: its path and its new text, or nothing where it goes.
const EDITS: [(&str, Option<&str>); 20] = [
    ("src/global.d.ts", Some("declare function boot(): void\n")),
    ("src/global.d.ts", None),
    (
        "src/more.ts",
        Some(
            "export {}\ndeclare module './a' { interface A { more(): void } }\ndeclare global { function boot(): void }\n",
        ),
    ),
    ("src/more.ts", Some("export {}\n")),
    ("src/script.ts", Some("function boot() {}\n")),
    ("src/script.ts", None),
    (
        "src/a.ts",
        Some("// moved down\n\nexport class A { run() { return this } }\n"),
    ),
    (
        "src/a.ts",
        Some("export class A { walk() { return this } }\n"),
    ),
    (
        "src/a.ts",
        Some("export class B { run() { return this } }\n"),
    ),
    ("src/a.ts", None),
    (
        "src/b.ts",
        Some("import { A } from './a'\nexport function make(): A { return new A() }\n"),
    ),
    (
        "src/b.ts",
        Some("export const make = () => ({ run() {} })\n"),
    ),
    ("src/b.ts", None),
    (
        "src/index.ts",
        Some("export { A } from './a'\nexport { make as build } from './b'\n"),
    ),
    ("src/index.ts", Some("export * from './b'\n")),
    (
        "src/c.ts",
        Some("export class A { run() { return this } }\n"),
    ),
    (
        "src/index.ts",
        Some("export * from './c'\nexport { make as build } from './b'\n"),
    ),
    (
        "tsconfig.json",
        Some("{ \"compilerOptions\": { \"paths\": { \"#/*\": [\"./lib/*\"] } } }\n"),
    ),
    (
        "lib/index.ts",
        Some("export class A { run() { return this } }\nexport const build = () => new A()\n"),
    ),
    (
        "tsconfig.json",
        Some("{ \"compilerOptions\": { \"paths\": { \"#/*\": [\"./src/*\"] } } }\n"),
    ),
];

#[test]
fn edited_index_equals_a_fresh_one() {
    check_edits(TREE, &EDITS);
}

/// Makes edits in some order; after each, the index says what a fresh one would.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "the environment says how long a test may take"
)]
pub(crate) fn check_edits(tree: &str, edits: &[(&str, Option<&str>)]) {
    let n_rounds = match std::env::var_os("MNEMO_TEST_LONG") {
        Some(_) => 400,
        None => 40,
    };
    let project = TestProject::new(tree).with("embeddings", "none");
    project.index_streaming();
    // A linear congruential generator: the same edits in every run (constants of D. Knuth's MMIX).
    let mut state: u64 = 42;
    let mut done = Vec::new();
    for _ in 0..n_rounds {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let (path, text) = edits[(state >> 33) as usize % edits.len()];
        match text {
            Some(text) => project.write(path, text),
            None if project.tree().join(path).exists() => project.delete(path),
            None => continue,
        }
        done.push((path, text));
        project.index_streaming();
        let fresh = TestProject::on(project.tree()).with("embeddings", "none");
        fresh.index_streaming();
        assert_eq!(project.digest(), fresh.digest(), "after {done:#?}");
    }
}

/// An interface with two implementations, one behind the other, and a test.
const SHAPES: &str = "//- shapes.ts\nexport interface Shape { area(): number }\nexport class Square implements Shape {\n  area() { return side() }\n}\nexport class Circle implements Shape {\n  area() { return 3 }\n}\nfunction side() { return 2 }\n//- total.ts\nimport type { Shape } from './shapes'\nexport const total = (shapes: Shape[]) => shapes.map((shape) => shape.area())\nexport function report(shapes: Shape[]) { return total(shapes) }\n//- total.test.ts\nimport { total } from './total'\ntest('nothing', () => { total([]) })\n//- a.ts\nimport './b'\nexport function run() {}\n//- b.ts\nimport './a'\nexport function run() {}\n";

fn view(fixture: &str) -> Arc<GraphView> {
    let project = TestProject::new(fixture).with("embeddings", "none");
    project.index_streaming();
    project.open().graph(None).expect("the index answers")
}

fn far(tests: Tests) -> WalkOptions {
    WalkOptions {
        max_depth: None,
        limit: 100,
        tests,
    }
}

/// Each definition that was walked to, with its depth.
fn walked(answer: &GraphAnswer) -> Vec<(String, u32)> {
    let nodes = answer.nodes.iter().filter(|node| node.arrival.is_some());
    nodes
        .map(|node| (node.symbol.address(), node.depth))
        .collect()
}

#[track_caller]
fn check_walk(answer: &GraphAnswer, expected: &[(&str, u32)]) {
    let found = walked(answer);
    let found: Vec<(&str, u32)> = found
        .iter()
        .map(|(name, depth)| (name.as_str(), *depth))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn callers_of_an_implementation_call_it_through_its_interface() {
    let callers = view(SHAPES).callers(&["Square.area"], &far(Tests::With));
    check_walk(
        &callers.expect("the name is clear"),
        &[
            ("total.ts#total", 1),
            ("total.test.ts", 2),
            ("total.ts#report", 2),
        ],
    );
}

#[test]
fn impact_goes_from_a_helper_through_the_interface_to_the_tests() {
    let view = view(SHAPES);
    let without = view.impact(&["side"], &far(Tests::Without));
    check_walk(
        &without.expect("the name is clear"),
        &[
            ("shapes.ts#Square.area", 1),
            ("shapes.ts#Shape.area", 2),
            ("total.ts#total", 3),
            ("total.ts#report", 4),
        ],
    );
    // The way to a test stays, what leads to none does not.
    let only = view.impact(&["side"], &far(Tests::Only));
    check_walk(
        &only.expect("the name is clear"),
        &[
            ("shapes.ts#Square.area", 1),
            ("shapes.ts#Shape.area", 2),
            ("total.ts#total", 3),
            ("total.test.ts", 4),
        ],
    );
}

#[test]
fn edges_of_an_answer_name_the_line_that_says_so() {
    let path = view(SHAPES).path("report", "Shape.area");
    let path = path.expect("the names are clear").expect("there is a way");
    check_walk(&path, &[("total.ts#total", 1), ("shapes.ts#Shape.area", 2)]);
    let lines: Vec<u32> = path.edges.iter().map(|edge| edge.line).collect();
    assert_eq!(lines, [3, 2]);
}

#[test]
fn limit_counts_what_it_leaves_out() {
    let options = WalkOptions {
        limit: 1,
        ..far(Tests::With)
    };
    let callers = view(SHAPES).callers(&["total"], &options);
    let callers = callers.expect("the name is clear");
    assert_eq!((walked(&callers).len(), callers.n_cut), (1, 1));
}

#[test]
fn ambiguous_name_is_answered_with_all_it_could_mean() {
    let view = view(SHAPES);
    let Err(AppError::AmbiguousSymbol { candidates, .. }) = view.find("run") else {
        panic!("two files define it");
    };
    let addresses: Vec<String> = candidates.iter().map(|found| found.address()).collect();
    assert_eq!(addresses, ["a.ts#run", "b.ts#run"]);
    for address in addresses {
        assert_eq!(view.find(&address).expect("it is exact").len(), 1);
    }
    assert_eq!(view.find("b.ts:2").expect("it is exact").len(), 1);
    let Err(AppError::UnknownSymbol { similar, .. }) = view.find("tota") else {
        panic!("nothing is called so");
    };
    assert_eq!(similar[0].address(), "total.ts#total");
}

#[test]
fn modules_that_import_each_other_are_a_cycle() {
    let cycles = view(SHAPES).cycles(CycleLevel::Modules, 10).cycles;
    let ways: Vec<Vec<&str>> = cycles
        .iter()
        .map(|cycle| {
            let way = cycle.way_round.iter();
            way.map(|(symbol, ..)| symbol.path.as_str()).collect()
        })
        .collect();
    assert_eq!(ways, [["a.ts", "b.ts"]]);
}
