//! Formats as text: where sections begin, and what they are called.

use super::*;
use crate::front_ends::FrontEnds;

/// Each line of `expected` is `line title`.
fn check(name: &str, text: &str, expected: &str) {
    let path = RepoPath::new(name).unwrap();
    let (front_end, language) = FrontEnds::LINKED.of_path(&path).unwrap();
    let index = LineIndex::new(text);
    let outline = front_end.reader.outline(&path, &index, language);
    let sections: Vec<String> = outline
        .items
        .iter()
        .filter_map(|item| {
            Some(format!(
                "{} {}",
                index.line(item.start_byte),
                item.title.as_ref()?
            ))
        })
        .collect();
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(sections, expected, "{name}");
}

#[test]
fn documents_are_cut_at_headings() {
    check(
        "a.md",
        "---\ntitle: x\n---\n# One\ntext\n```sh\n# no heading\n```\n## Two ##\nUnder\n-----\n# Three\n",
        "4 One
         9 One.Two
         10 One.Under
         12 Three",
    );
    check(
        "a.rst",
        "Title\n=====\n\ntext\n\nPart\n----\ntext\n",
        "1 Title\n6 Title.Part",
    );
    check(
        "a.adoc",
        "= Title\n== Part\n----\n== listing\n----\n",
        "1 Title\n2 Title.Part",
    );
    check(
        "a.html",
        "<body>\n<h1 id=x>Hello <b>you</b></h1>\n<script>\n",
        "2 Hello you\n3 script",
    );
}

#[test]
fn configuration_is_cut_at_keys() {
    check(
        "a.yaml",
        "# c\nname: x\njobs:\n  build:\n    - a\n'on': y\n",
        "2 name\n3 jobs\n6 on",
    );
    check(
        "a.toml",
        "x = 1\n[package]\ny = [\n 1 ]\n[[bin]]\n[a.b]\n",
        "2 package\n5 bin\n6 a.b",
    );
    check(
        "a.json",
        "{\n  \"name\": \"a { b\",\n  \"scripts\": {\n    \"x\": [1]\n  },\n  // c\n  \"last\": 1\n}\n",
        "2 name\n3 scripts\n7 last",
    );
    let long = format!(
        "jobs:\n  build:\n{}  test:\n    - b\n",
        "    - a\n".repeat(40)
    );
    check("a.yml", &long, "1 jobs\n2 jobs.build\n43 jobs.test");
}

#[test]
fn schemas_are_cut_at_blocks_and_statements() {
    check(
        "a.proto",
        "syntax = \"proto3\";\n\n// A user.\nmessage User {\n  message In { }\n}\nservice S {\n}\n",
        "3 User\n7 S",
    );
    check(
        "a.graphql",
        "type Query {\n  a: Int\n}\n\n\"\"\"doc\"\"\"\ninput B {\n}\n",
        "1 Query\n5 B",
    );
    check("a.prisma", "model A {\n  id Int @id\n}\n", "1 A");
    check(
        "a.tf",
        "# c\nresource \"aws_x\" \"main\" {\n  a = \"${b}\"\n}\n",
        "1 aws_x.main",
    );
    check(
        "a.css",
        "#id .a {\n}\n@media (x) {\n .b { }\n}\n",
        "1 #id .a\n3 @media (x)",
    );
    check(
        "a.sql",
        "-- users\nCREATE TABLE IF NOT EXISTS users (\n a text DEFAULT ';'\n);\nINSERT INTO b VALUES (1);\nselect 1;\n",
        "1 users\n5 b\n6 select",
    );
    check(
        "Dockerfile",
        "# x\nFROM rust AS build\nRUN a\nFROM debian\n",
        "2 build\n4 debian",
    );
}

#[test]
fn notebooks_are_cut_at_cells() {
    let cell = |kind: &str, source: &str, rest: &str| {
        format!(
            "  {{\n   \"cell_type\": \"{kind}\",\n   \"source\": [\n    \"{source}\\n\"\n   ]{rest}\n  }}"
        )
    };
    let output = ",\n   \"outputs\": [\n    {\n     \"text\": \"1\"\n    }\n   ]";
    let text = format!(
        "{{\n \"cells\": [\n{},\n{}\n ]\n}}\n",
        cell("markdown", "# Title", ""),
        cell("code", "import x", output)
    );
    check(
        "a.ipynb",
        &text,
        "3 cell 1: Title\n9 cell 2: import x\n14 output of cell 2",
    );
}
