//! Which chunks a file gives.

use domain::Language;

use crate::{extract_as, invariants};

/// One line for each chunk: kind, qualified name, part, first and last line.
fn check(text: &str, expected: &[&str]) {
    let extraction = extract_as("src/a.ts", text, Language::TypeScript);
    let listing: Vec<String> = extraction
        .chunks
        .iter()
        .map(|chunk| {
            let name = if chunk.qualified_name.is_empty() {
                "-"
            } else {
                &chunk.qualified_name
            };
            format!(
                "{} {name} {} {}-{}",
                chunk.kind, chunk.part, chunk.span.start_line, chunk.span.end_line
            )
        })
        .collect();
    assert_eq!(listing, expected, "{text}");
    invariants::check("src/a.ts", text, &extraction);
}

#[test]
fn blank_file_has_no_chunks() {
    check("", &[]);
    check(" \n\t\r\n\u{2028}\n", &[]);
}

#[test]
fn one_function_is_one_chunk() {
    check(
        "export function a() {\n  return 1\n}\n",
        &["function a 0 1-3"],
    );
    check(
        "import x from 'x'\n\n/** Doc. */\nexport function a() {\n  return x\n}\n",
        &["function a 0 1-6"],
    );
    check("function a() {}\nexport default a\n", &["function a 0 1-2"]);
}

#[test]
fn comments_only_are_one_chunk() {
    check("// a\n\n/* b */\n", &["module - 0 1-3"]);
}

#[test]
fn imports_of_some_length_are_a_chunk() {
    check(
        "import a from 'a'\nimport b from 'b'\nimport c from 'c'\n\nfunction f() {}\n",
        &["module - 0 1-3", "function f 0 5-5"],
    );
}

#[test]
fn barrel_is_one_chunk() {
    check(
        "export * from './a'\nexport { b } from './b'\nexport * from './c'\n",
        &["barrel - 0 1-3"],
    );
}

#[test]
fn class_gives_a_skeleton_and_its_methods() {
    let text = "/** Keeps. */\nclass A {\n  size = 1\n\n  /** Adds. */\n  add(x: number) {\n    this.size += x\n  }\n\n  get() {\n    return '}'\n  }\n}\n";
    check(
        text,
        &[
            "class A 0 1-13",
            "method A.add 0 5-8",
            "method A.get 0 10-12",
        ],
    );
    let extraction = extract_as("a.ts", text, Language::TypeScript);
    assert_eq!(
        extraction.chunks[0].source,
        "/** Keeps. */\nclass A {\n  size = 1\n  add(x: number) { … }\n  get() { … }\n}"
    );
}

#[test]
fn class_without_methods_is_one_chunk() {
    check("class A {\n  a = 1\n  b = 2\n}\n", &["class A 0 1-4"]);
}

#[test]
fn tiny_variables_and_types_share_a_chunk() {
    check(
        "const a = 1\nconst b = 2\nexport const c = 3\ntype X = string\ntype Y = number\n",
        &["variable a 0 1-3", "type X 0 4-5"],
    );
    let extraction = extract_as(
        "a.ts",
        "const a = 1\nexport const b = 2\n",
        Language::TypeScript,
    );
    let chunk = &extraction.chunks[0];
    assert!(
        chunk.signature.contains("a") && chunk.signature.contains("b"),
        "{}",
        chunk.signature
    );
    assert!(chunk.flags.is_exported);
}

#[test]
fn functions_never_merge() {
    check(
        "function a() {}\nfunction b() {}\n",
        &["function a 0 1-1", "function b 0 2-2"],
    );
    check(
        "function a() {} function b() {}\n",
        &["function a 0 1-1", "function b 0 1-1"],
    );
}

#[test]
fn invalid_syntax_is_one_chunk() {
    let extraction = extract_as("a.ts", "!!!INVALID SYNTAX!!!", Language::TypeScript);
    assert_eq!(extraction.chunks.len(), 1);
    assert_eq!(extraction.note.as_deref(), Some("syntax error on line 1"));
}

#[test]
fn long_function_falls_into_parts_at_statements() {
    let body: String = (0..60)
        .map(|line| format!("  call({line}, 'some text', other)\n"))
        .collect();
    let text = format!("/** Long. */\nexport function long() {{\n{body}}}\n");
    let extraction = extract_as("src/a.ts", &text, Language::TypeScript);
    invariants::check("src/a.ts", &text, &extraction);
    let parts = &extraction.chunks;
    assert!((2..8).contains(&parts.len()), "{}", parts.len());
    for (number, part) in parts.iter().enumerate() {
        assert_eq!((part.name.as_str(), part.part), ("long", number as u32));
        assert_eq!(part.signature, parts[0].signature);
        assert!(part.source.ends_with([')', '}']), "{}", part.source);
    }
    assert_eq!(parts[0].doc, "Long.");
    assert!(parts[1].doc.is_empty() && parts[1].complexity.n_code_lines == 0);
}

#[test]
fn functions_inside_a_long_one_have_chunks_of_their_own() {
    let body: String = (0..20)
        .map(|line| format!("    call({line}, 'some text')\n"))
        .collect();
    let text = format!(
        "function outer() {{\n  const a = 1\n  function one() {{\n{body}  }}\n  function two() {{\n{body}  }}\n}}\n"
    );
    check(
        &text,
        &[
            "function outer 0 1-2",
            "function outer.one 0 3-24",
            "function outer.two 0 25-47",
        ],
    );
}

#[test]
fn test_blocks_say_where_they_belong() {
    let block = |name: &str| {
        let body: String = (0..12)
            .map(|line| format!("    expect(run({line})).toBe('result')\n"))
            .collect();
        format!("  it('does {name}', () => {{\n{body}  }})\n")
    };
    let text = format!(
        "describe('thing', () => {{\n{}{}{}}})\n",
        block("one"),
        block("two"),
        block("three")
    );
    let extraction = extract_as("src/a.test.ts", &text, Language::TypeScript);
    invariants::check("src/a.test.ts", &text, &extraction);
    let last = extraction.chunks.last().unwrap();
    assert!(extraction.chunks.iter().all(|chunk| chunk.flags.is_test));
    assert!(
        last.signature.starts_with("describe('thing', () => { … "),
        "{}",
        last.signature
    );
}
