//! The shapes, each as what makes a tree of size `n`, whose files have about `n` times as many bytes.

/// Paths with their texts.
pub(super) type Tree = Vec<(String, String)>;

pub(super) struct Shape {
    pub(super) name: &'static str,
    /// The smaller of two sizes.
    pub(super) n: usize,
    pub(super) tree: fn(usize) -> Tree,
}

const fn shape(name: &'static str, n: usize, tree: fn(usize) -> Tree) -> Shape {
    Shape { name, n, tree }
}

/// A name as generators make them.
const LONG: &str = "aNameThatNobodyWouldWriteByHandButThatAGeneratorMightMakeOf";

pub(super) const SHAPES: &[Shape] = &[
    // What is stored as often as it is deep, or as often as something has members.
    shape("functions inside of each other", 800, |n| {
        one(
            "a.ts",
            nested(n, |i| format!("function {LONG}{i}() {{"), "}"),
        )
    }),
    shape("classes inside of each other", 600, |n| {
        one(
            "a.ts",
            nested(n, |i| format!("class {LONG}{i} {{ m{i}() {{"), "}}"),
        )
    }),
    shape("namespaces inside of each other", 800, |n| {
        one(
            "a.ts",
            nested(n, |i| format!("namespace {LONG}{i} {{"), "}"),
        )
    }),
    shape("modules of Rust inside of each other", 600, |n| {
        one("a.rs", nested(n, |i| format!("mod {LONG}{i} {{"), "}"))
    }),
    shape("methods of a class with a long name", 1000, |n| {
        one("a.ts", long_class(n, "{", |i| format!("m{i}() {{}}"), "}"))
    }),
    shape("methods of a Python class with a long name", 1000, |n| {
        one(
            "a.py",
            long_class(n, ":", |i| format!(" def m{i}(self): pass"), ""),
        )
    }),
    shape("methods of a Java class with a long name", 1000, |n| {
        one(
            "A.java",
            long_class(n, "{", |i| format!("void m{i}() {{}}"), "}"),
        )
    }),
    shape("sections below a long heading", 1000, |n| {
        let below = lines(n, |i| format!("## h{i}\ntext"));
        one("a.md", format!("# {}\n{below}", "word ".repeat(n)))
    }),
    // Lists that are gone through for every use.
    shape("methods that call each other by this", 3000, |n| {
        let methods = lines(n, |i| {
            format!("m{i}() {{ this.m{}(); this.m() }}", i * 7 % n)
        });
        one("a.ts", format!("class A {{\n{methods}m() {{}}\n}}\n"))
    }),
    shape("members of an object, all used", 3000, |n| {
        let object = lines(n, |i| format!("m{i}() {{}},"));
        let uses = lines(n, |i| format!("o.m{i}()"));
        two(
            format!("export const o = {{\n{object}}}\n"),
            format!("import {{ o }} from './a'\nexport function f() {{\n{uses}}}\n"),
        )
    }),
    shape("exports, all used through a namespace", 3000, |n| {
        let uses = lines(n, |i| format!("a.f{i}()"));
        two(
            lines(n, |i| format!("export function f{i}() {{}}")),
            format!("import * as a from './a'\nexport function g() {{\n{uses}}}\n"),
        )
    }),
    shape("overloads, all called", 800, |n| {
        let overloads = lines(n, |i| format!("f(a: \"{i}\"): A"));
        let calls = lines(n, |i| format!("a.f(\"z{i}\").f(a)"));
        let calls = format!("export function g(a: A) {{\n{calls}}}\n");
        one(
            "a.ts",
            format!("export interface A {{\n{overloads}}}\n{calls}"),
        )
    }),
    shape("an interface in parts", 1500, |n| {
        let parts = lines(n, |i| format!("interface I {{ m{i}(): void }}"));
        let uses = lines(n, |i| format!("x.m{i}()"));
        one(
            "a.ts",
            format!("{parts}export function g(x: I) {{\n{uses}}}\n"),
        )
    }),
    shape("an interface in the parts of many files", 800, |n| {
        let uses = lines(n, |i| format!("x.m{i}()"));
        let mut tree = files(n, |i| {
            (
                format!("f{i}.d.ts"),
                format!("interface I {{ m{i}(): void }}\n"),
            )
        });
        tree.push((
            "a.ts".to_owned(),
            format!("export function g(x: I) {{\n{uses}}}\n"),
        ));
        tree
    }),
    shape("an object made of many", 1500, |n| {
        let parts = lines(n, |i| format!("const o{i} = {{ m{i}() {{}} }}"));
        let all = lines(n, |i| format!("...o{i},"));
        let uses = lines(n, |i| format!("all.m{i}()"));
        one(
            "a.ts",
            format!("{parts}const all = {{\n{all}}}\nfunction g() {{\n{uses}}}\n"),
        )
    }),
    shape("an interface that extends many", 1000, |n| {
        let bases = lines(n, |i| format!("interface I{i} {{ m{i}(): void }}"));
        let list: Vec<String> = (0..n).map(|i| format!("I{i}")).collect();
        let uses = lines(n, |i| format!("x.m{i}(); x.z{i}()"));
        let all = format!("interface J extends {} {{}}\n", list.join(",\n"));
        one(
            "a.ts",
            format!("{bases}{all}export function g(x: J) {{\n{uses}}}\n"),
        )
    }),
    shape(
        "Python classes, each derived from the one before",
        600,
        |n| {
            let class = |i| {
                format!(
                    "class C{}(C{i}):\n def m{i}(self): self.m(); self.zz()",
                    i + 1
                )
            };
            one(
                "a.py",
                format!("class C0:\n def m(self): pass\n{}", lines(n, class)),
            )
        },
    ),
    // Modules through modules.
    shape("a barrel, asked for all that it has", 600, |n| {
        let mut tree = barrel(n);
        tree.push(asking(n, "f"));
        tree
    }),
    shape("a barrel, asked for what it does not have", 600, |n| {
        let mut tree = barrel(n);
        tree.push(asking(n, "g"));
        tree
    }),
    shape("a barrel, asked by many", 400, |n| {
        let ask =
            |i: usize| format!("import {{ f{i} }} from '../index'\nexport const g{i} = f{i}()\n");
        let mut tree = barrel(n);
        tree.extend(files(n, |i| (format!("y/b{i}.ts"), ask(i))));
        tree
    }),
    shape("patterns of paths", 1500, |n| {
        let paths = entries(n, |i| format!("\"@p{i}/*\": [\"x{i}/*\"]"));
        let imports = lines(n, |i| format!("import '@p{i}/a'\nimport 'q{i}/a'"));
        let config =
            format!("{{\"compilerOptions\": {{\"baseUrl\": \".\", \"paths\": {{{paths}}}}}}}");
        vec![
            ("tsconfig.json".to_owned(), config),
            ("a.ts".to_owned(), imports),
        ]
    }),
    shape("targets of one pattern", 600, |n| {
        let targets = entries(n, |i| format!("\"x{i}/*\""));
        let imports = lines(n, |i| format!("import '@p/a{i}'"));
        let config = format!(
            "{{\"compilerOptions\": {{\"baseUrl\": \".\", \"paths\": {{\"@p/*\": [{targets}]}}}}}}"
        );
        vec![
            ("tsconfig.json".to_owned(), config),
            ("a.ts".to_owned(), imports),
        ]
    }),
    shape("patterns of exports", 1500, |n| {
        let exports = entries(n, |i| format!("\"./x{i}/*\": \"./y{i}/*.ts\""));
        let imports = lines(n, |i| format!("import 'p/x{i}/a'\nimport 'p/z{i}/a'"));
        vec![
            (
                "package.json".to_owned(),
                "{\"workspaces\": [\"p\"]}".to_owned(),
            ),
            (
                "p/package.json".to_owned(),
                format!("{{\"name\": \"p\", \"exports\": {{{exports}}}}}"),
            ),
            ("a.ts".to_owned(), imports),
        ]
    }),
    // Go, where files make packages together.
    shape("files of a package", 500, |n| {
        let file = |i: usize| format!("package a\nfunc F{i}() {{ F{}(); H{i}() }}\n", i * 7 % n);
        let mut tree = files(n, |i| (format!("f{i}.go"), file(i)));
        tree.push(("go.mod".to_owned(), "module x\n".to_owned()));
        tree
    }),
    shape("interfaces that every type satisfies", 300, |n| {
        let pair = |i| {
            format!("type I{i} interface {{ M() }}\ntype T{i} struct {{}}\nfunc (t T{i}) M() {{}}")
        };
        one("a.go", format!("package a\n{}", lines(n, pair)))
    }),
    shape("a type that embeds many", 800, |n| {
        let types = lines(n, |i| {
            format!("type C{i} struct {{}}\nfunc (c C{i}) M{i}() {{}}")
        });
        let embedded = lines(n, |i| format!("C{i}"));
        let uses = lines(n, |i| format!("d.M{i}(); d.Z{i}()"));
        let all = format!("type D struct {{\n{embedded}}}\nfunc g(d D) {{\n{uses}}}\n");
        one("a.go", format!("package a\n{types}{all}"))
    }),
    // What is implemented for types, and paths through modules.
    shape("methods of a Rust type that call each other", 3000, |n| {
        let methods = lines(n, |i| {
            format!("fn m{i}(&self) {{ self.m{}(); }}", i * 7 % n)
        });
        one("a.rs", format!("struct S;\nimpl S {{\n{methods}}}\n"))
    }),
    shape("methods of a Rust type, in a block each", 1500, |n| {
        let blocks = lines(n, |i| {
            format!("impl S {{ fn m{i}(&self) {{ self.m{}(); }} }}", i * 7 % n)
        });
        one("a.rs", format!("struct S;\n{blocks}"))
    }),
    shape("a chain of calls of Rust", 4000, |n| {
        let calls = "\n.m()".repeat(n);
        one(
            "a.rs",
            format!(
                "struct S;\nimpl S {{ fn m(&self) -> &S {{ self }} }}\nfn f(s: &S) {{ s{calls}; }}\n"
            ),
        )
    }),
    shape("traits of Rust that extend each other", 1000, |n| {
        let traits = lines(n, |i| {
            format!("trait T{i}: T{} {{ fn m{i}(&self); }}", i.saturating_sub(1))
        });
        let calls = lines(n, |i| format!("t.m{i}();"));
        let last = n - 1;
        one(
            "a.rs",
            format!("{traits}fn f(t: &dyn T{last}) {{\n{calls}}}\n"),
        )
    }),
    shape("traits of one type of Rust", 1000, |n| {
        let traits = lines(n, |i| {
            format!("trait T{i} {{ fn m{i}(&self) {{}} }}\nimpl T{i} for S {{}}")
        });
        let calls = lines(n, |i| format!("s.m{i}();"));
        one(
            "a.rs",
            format!("struct S;\n{traits}fn f(s: &S) {{\n{calls}}}\n"),
        )
    }),
    shape(
        "implementations of one trait of Rust, all called",
        1000,
        |n| {
            let impls = lines(n, |i| {
                format!("struct A{i};\nimpl From<A{i}> for S {{ fn from(a: A{i}) -> S {{ S }} }}")
            });
            let calls = lines(n, |i| format!("S::from(A{i});"));
            one("a.rs", format!("struct S;\n{impls}fn f() {{\n{calls}}}\n"))
        },
    ),
    shape("modules of Rust that give on each other", 800, |n| {
        let modules = lines(n, |i| {
            format!(
                "mod m{i} {{ pub use super::m{}::*; pub fn f{i}() {{}} }}",
                (i + 1) % n
            )
        });
        let calls = lines(n, |i| format!("m0::f{i}();"));
        one("a.rs", format!("{modules}fn f() {{\n{calls}}}\n"))
    }),
    shape("macros of Rust inside of each other", 1000, |n| {
        let (open, close) = ("m!(\n".repeat(n), ")\n".repeat(n));
        one("a.rs", format!("fn f() {{ {open}x(){close}; }}\n"))
    }),
    // What is no code.
    shape("lines of an ignore file", 490, |n| {
        let mut tree = files(50, |i| (format!("f{i}.ts"), "export {}\n".to_owned()));
        tree.push((
            ".gitignore".to_owned(),
            lines(n, |i| format!("*{i}z*/**/q{i}")),
        ));
        tree
    }),
];

fn one(path: &str, text: String) -> Tree {
    vec![(path.to_owned(), text)]
}

fn two(a: String, b: String) -> Tree {
    vec![("a.ts".to_owned(), a), ("b.ts".to_owned(), b)]
}

fn files(n: usize, file: impl Fn(usize) -> (String, String)) -> Tree {
    (0..n).map(file).collect()
}

fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    (0..n).map(|i| line(i) + "\n").collect()
}

fn entries(n: usize, entry: impl Fn(usize) -> String) -> String {
    let entries: Vec<String> = (0..n).map(entry).collect();
    entries.join(",")
}

fn nested(n: usize, open: impl Fn(usize) -> String, close: &str) -> String {
    lines(n, open) + &lines(n, |_| close.to_owned())
}

fn long_class(n: usize, open: &str, method: impl Fn(usize) -> String, close: &str) -> String {
    format!(
        "class {}{open}\n{}{close}\n",
        "N".repeat(20 * n),
        lines(n, method)
    )
}

/// Gives on what `n` files export.
fn barrel(n: usize) -> Tree {
    let mut tree = files(n, |i| {
        (
            format!("x/f{i}.ts"),
            format!("export function f{i}() {{}}\n"),
        )
    });
    let stars = lines(n, |i| format!("export * from './x/f{i}'"));
    tree.push(("index.ts".to_owned(), stars));
    tree
}

/// Asks a barrel for `n` names.
fn asking(n: usize, name: &str) -> (String, String) {
    let names = lines(n, |i| format!("{name}{i},"));
    let uses = lines(n, |i| format!("{name}{i}()"));
    let text = format!("import {{\n{names}}} from './index'\nexport function h() {{\n{uses}}}\n");
    ("b.ts".to_owned(), text)
}
