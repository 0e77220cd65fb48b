//! Texts that a program prints, held against files of the tree.
//!
//! A file per text: what a change does to the output is a diff that a reviewer sees. `INSTA_UPDATE=always` writes the files anew.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The ending of a file that holds a text.
const EXTENSION: &str = "snap";

/// Checks every text against the file `folder/NAME.snap`.
///
/// # Panics
///
/// Where a text differs from its file or has none, after all were compared, so that one run shows every difference; and where the folder
/// holds a file that no text belongs to. With `INSTA_UPDATE=always` differing files are written instead, and files without a text removed.
pub fn check_snapshots(folder: &Path, texts: &[(String, String)]) {
    let mut wrong = Vec::new();
    for (name, text) in texts {
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let check = || settings.bind(|| insta::assert_snapshot!(name.as_str(), text));
        if catch_unwind(AssertUnwindSafe(check)).is_err() {
            wrong.push(format!("{name} differs"));
        }
    }
    let known: BTreeSet<String> = texts.iter().map(|(name, _)| file_name(name)).collect();
    for file in files_of(folder).difference(&known) {
        if is_updating() {
            fs_err::remove_file(folder.join(file)).expect("a file of the tree can be removed");
        } else {
            wrong.push(format!("nothing prints {file} any more"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}: {}; if that is meant, run the test with INSTA_UPDATE=always and look at the diff",
        folder.display(),
        wrong.join(", ")
    );
}

/// Checks what stands in a document between the lines `<!-- NAME -->` and `<!-- end of NAME -->`.
///
/// # Panics
///
/// Where that is another text, or the document has no such lines. With `INSTA_UPDATE=always` the text is put there instead.
pub fn check_section(document: &Path, name: &str, text: &str) {
    let found = fs_err::read_to_string(document).expect("the document is there");
    let (begin, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let parts = found.split_once(&begin).and_then(|(before, rest)| {
        let (section, after) = rest.split_once(&end)?;
        Some((before, section, after))
    });
    let (before, section, after) =
        parts.unwrap_or_else(|| panic!("{} has no section {name}", document.display()));
    if is_updating() {
        let written = [before, &begin, text, &end, after].concat();
        return fs_err::write(document, written).expect("a file of the tree can be written");
    }
    assert_eq!(
        section,
        text,
        "the section {name} of {} differs; if that is meant, run the test with INSTA_UPDATE=always",
        document.display()
    );
}

fn file_name(name: &str) -> String {
    format!("{name}.{EXTENSION}")
}

fn files_of(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs_err::read_dir(folder) else {
        return BTreeSet::new();
    };
    entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|file| file.ends_with(&format!(".{EXTENSION}")))
        .collect()
}

/// Whether files are to be written; the variable is insta's own.
#[expect(
    clippy::disallowed_methods,
    reason = "a person says so to tests by the environment alone"
)]
fn is_updating() -> bool {
    std::env::var("INSTA_UPDATE").is_ok_and(|mode| mode == "always")
}
