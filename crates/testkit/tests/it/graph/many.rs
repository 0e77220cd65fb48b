//! Modules and packages of so many files that who asks depends on the one that stands for all, and not on each.

use testkit::TestProject;

const N_FILES: usize = 50;

/// Edits one file after the other; after each, the index is as a fresh one.
#[track_caller]
fn check_edits(fixture: &str, edits: &[(&str, &str)]) {
    let project = TestProject::new(fixture).with("embeddings", "none");
    project.index_streaming();
    for (path, text) in edits {
        match text.is_empty() {
            true => project.delete(path),
            false => project.write(path, text),
        }
        project.index_streaming();
        let fresh = TestProject::on(project.tree()).with("embeddings", "none");
        fresh.index_streaming();
        assert_eq!(project.digest(), fresh.digest(), "after {path}");
    }
}

#[test]
fn an_edit_behind_a_large_barrel_is_seen_through_it() {
    let mut fixture = String::new();
    let (mut first, mut second) = (String::new(), String::new());
    for i in 0..N_FILES {
        fixture += &format!("//- x/f{i}.ts\nexport function f{i}() {{}}\n");
        let half = if i % 2 == 0 { &mut first } else { &mut second };
        *half += &format!("export * from './f{i}'\n");
    }
    fixture += &format!("//- x/first.ts\n{first}//- x/second.ts\n{second}");
    fixture += "//- index.ts\nexport * from './x/first'\nexport * from './x/second'\n";
    fixture += "//- over.ts\nexport * from './index'\n";
    fixture += "//- a.ts\nimport { late } from './index'\nlate()\n";
    fixture += "//- b.ts\nimport { f9, late } from './over'\nf9(); late()\n";
    check_edits(
        &fixture,
        &[
            ("x/f48.ts", "export function late() {}\n"),
            // Nearer to the beginning.
            (
                "x/f3.ts",
                "export const other = 1\nexport function late() {}\n",
            ),
            ("x/f2.ts", "\nexport function late() {}\n"),
            ("x/f2.ts", "export {}\n"),
            ("x/f9.ts", ""),
            ("x/first.ts", "export * from './f48'\n"),
        ],
    );
}

#[test]
fn an_edit_in_a_large_package_is_seen_in_all_of_it() {
    let mut fixture = "//- go.mod\nmodule example.com/m\n".to_owned();
    for i in 10..10 + N_FILES {
        fixture += &format!("//- p/f{i}.go\npackage p\n\nfunc F{i}() {{ Late(); F20() }}\n");
    }
    fixture +=
        "//- q/q.go\npackage q\n\nimport \"example.com/m/p\"\n\nfunc Q() { p.Late(); p.F30() }\n";
    check_edits(
        &fixture,
        &[
            ("p/f40.go", "package p\n\nfunc Late() {}\n"),
            (
                "p/f40.go",
                "package p\n\n\nfunc Late() {}\n\ntype I interface { M() }\n",
            ),
            (
                "p/f50.go",
                "package p\n\ntype T struct{}\n\nfunc (t T) M() {}\n",
            ),
            ("p/f10.go", ""),
            ("p/f20.go", "package p\n"),
        ],
    );
}
