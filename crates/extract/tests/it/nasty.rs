//! Files that nobody meant to be read.

use std::time::{Duration, Instant};

use domain::Language;

use crate::{extract_as, invariants, on_large_stack};

const LANGUAGES: [Language; 4] = [
    Language::TypeScript,
    Language::Tsx,
    Language::JavaScript,
    Language::Python,
];

fn check(text: &str) {
    for language in LANGUAGES {
        let extraction = on_large_stack(|| extract_as("src/nasty.ts", text, language));
        invariants::check("src/nasty.ts", text, &extraction);
    }
}

#[test]
fn broken_and_odd_text_is_covered() {
    for text in [
        "function a( {\n  if (\n",
        "}}}}\nfunction a() {}\n))))",
        "<<<<<<< HEAD\nfunction a() {}\n=======\nfunction b() {}\n>>>>>>> other\n",
        "class A {\n  m() {\n    x(\n",
        "#!/usr/bin/env node\nrequire('a')\n",
        "const a = 'a\u{2028}b';\u{2029}const c = 1\n",
        "const lone = '\\uD800'; const b = `\\u{110000}`\n",
        "a\0b\n\0\nfunction c() {}\0",
        "function a() {\r\n  return 1\r\n}\r\n\r\nconst b = 2\r\n",
        "class A { a() { x } b() { y } /* tail",
        "`${`${`${",
        "/* never closed\n * more\n",
        "\u{feff}export const a = 1\n",
        "class A { static { f() } [Symbol.iterator]() { return 1 } 'quoted name'() {} #p() {} }",
        "const é = 'ü'; function 变量() { return '😀' }\nclass Ж { метод() { } }",
        "enum E { A }\nnamespace N.M { export function f() {} }\ndeclare module 'x' { export const a: 1 }\n",
        "x = <div>{a}</div>\n",
        "!!!INVALID SYNTAX!!!",
        "print 'two'\nexec code in space\nexcept E, e:\n",
        "def f(:\n\tx\n    y\n  z\nclass",
        "x = '''never closed\n",
        "f'{f\"{f'{",
        "if a:\n",
        "    indented = 1\nback = 2\n",
        "lambda: (yield)\nasync def\n@\n",
    ] {
        check(text);
    }
}

#[test]
fn deep_nesting_is_covered() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("a(() => {", "})"),
        ("class A { m() {", "}}"),
        ("`${", "}`"),
        ("not ", ""),
        ("a.b(", ")"),
        ("lambda: ", ""),
        ("if a:\n ", ""),
    ] {
        check(&(open.repeat(3_000) + "x" + &close.repeat(3_000)));
        check(&open.repeat(300));
    }
}

#[test]
fn very_long_lines_and_functions_take_time_in_proportion() {
    let started = Instant::now();
    let megabytes = |unit: &str| unit.repeat((2 << 20) / unit.len());
    let texts = [
        format!("const a = '{}'\n", megabytes("abcdefghij0123456789")),
        format!("const a = [{}]\n", megabytes("1,2,[3,{a:4}],")),
        format!(
            "function f() {{\n{}}}\n",
            "  call(some, argument);\n".repeat(30_000)
        ),
        megabytes("a"),
        megabytes("é"),
    ];
    for text in texts {
        let extraction = on_large_stack(|| extract_as("src/nasty.ts", &text, Language::JavaScript));
        invariants::check("src/nasty.ts", &text, &extraction);
    }
    // Anything quadratic takes many minutes.
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "{:?}",
        started.elapsed()
    );
}
