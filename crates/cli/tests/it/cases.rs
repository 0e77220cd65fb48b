//! The small trees beside the checkout that other tools, and once we, answered wrongly; left out where they do not lie there.
//!
//! Expected values are those of the TypeScript compiler, git and Node.js. Other spellings of each kind are tests of the crates that read them.

use std::path::{Path, PathBuf};

use crate::program::Mnemo;

/// A question about one tree: the tree, the arguments, what the answer has, and what it has not.
type Case = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const CASES: &[Case] = &[
    ("01-value-uses", "graph impact LIMIT", &["isBig"], &[]),
    ("01-value-uses", "graph impact Shade.Dark", &["isDark"], &[]),
    ("01-value-uses", "graph impact onPing", &["wire"], &[]),
    ("01-value-uses", "graph impact Dial.level", &["read"], &[]),
    ("01-value-uses", "graph impact Dial.turn", &["later"], &[]),
    (
        "01-value-uses",
        "graph impact Inner",
        &["Memo", "Page"],
        &[],
    ),
    (
        "02-cjs-whole-export",
        "graph callers only.js#grind",
        &["serve"],
        &[],
    ),
    (
        "02-cjs-whole-export",
        "graph callers mill.js#Mill",
        &["serve"],
        &[],
    ),
    (
        "06-js-with-dts-beside",
        "graph impact kettle.js#heat --tests only",
        &["test/a.test.js"],
        &[],
    ),
    (
        "07-prototype-methods",
        "graph callers w.js:2",
        &["w.js"],
        &[],
    ),
    (
        "07-prototype-methods",
        "graph callers w.js:3",
        &["draw"],
        &[],
    ),
    (
        "07-prototype-methods",
        "graph callers w.js:7",
        &["w.js"],
        &[],
    ),
    (
        "08-overload-picks-first",
        "graph callers Dog.speak",
        &["one", "two", "nine"],
        &[],
    ),
    (
        "08-overload-picks-first",
        "graph callers Cat.speak",
        &[],
        &["one", "two", "nine"],
    ),
    (
        "09-union-receiver",
        "graph callers Dog.speak",
        &["both", "narrowed", "cond"],
        &[],
    ),
    (
        "09-union-receiver",
        "graph callers Cat.speak",
        &["both", "cond"],
        &["narrowed"],
    ),
    ("11-flow", "graph callers pick", &["renderTitle"], &[]),
    ("11-flow", "export --what symbols", &["Panel.open"], &[]),
    (
        "12-global-scripts",
        "graph callers water",
        &["grow", "sow"],
        &[],
    ),
    ("12-global-scripts", "graph callers sow", &["harvest"], &[]),
    ("13-augmentation", "graph callers area", &["perim"], &[]),
    (
        "13-augmentation",
        "graph callers Store.extra",
        &["use"],
        &[],
    ),
    ("13-augmentation", "graph callers beep", &["use"], &[]),
    (
        "14-jsdoc-types",
        "graph callers User.greet",
        &["hello", "now", "made"],
        &[],
    ),
    (
        "15-module-suffixes",
        "export --what imports",
        &["vib.ios.ts", "cam.native.ts"],
        &[],
    ),
    ("22-lfs-pointer", "index .", &["Git LFS pointer"], &[]),
    ("23-type-only-cycle", "graph cycles", &[], &["a.ts"]),
    ("23-type-only-cycle", "graph cycles --types", &["a.ts"], &[]),
];

/// Copies a tree, so that nothing is written beside the checkout.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[test]
fn known_cases_are_answered_rightly() {
    let cases = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cases");
    if !cases.is_dir() {
        println!("not checked: there are no cases beside the checkout");
        return;
    }
    let mut wrong = Vec::new();
    for group in CASES.chunk_by(|a, b| a.0 == b.0) {
        let mnemo = Mnemo::new();
        let tree = mnemo.home.path().join("tree");
        copy(&cases.join(group[0].0).join("in"), &tree);
        // A tree without a file to index is an error, which its question shows.
        mnemo.run(&["index", "tree", "--embeddings", "none", "--workers", "1"]);
        for (name, question, has, lacks) in group {
            let arguments: Vec<&str> = question.split(' ').collect();
            let output = mnemo
                .command(&arguments)
                .current_dir(&tree)
                .output()
                .unwrap();
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            let is_right = has.iter().all(|part| text.contains(part))
                && !lacks.iter().any(|part| text.contains(part));
            if !is_right {
                wrong.push(format!("{name}: {question}\n{text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
