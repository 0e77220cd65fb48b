//! In which order files are given to workers.

use std::cmp::Reverse;

use extract::Tier;

use crate::discover::FileChange;

/// Returns files in the order of their turns: sources, documents and data, tests. What questions ask for is there first, and stays if the
/// run is cut off.
///
/// The largest files of a turn come first, so that the last worker waits for a small one.
pub(crate) fn in_turns(changed: &[FileChange]) -> Vec<&FileChange> {
    let mut files: Vec<&FileChange> = changed.iter().collect();
    files.sort_by_cached_key(|file| (turn(file), Reverse(file.n_bytes), file.path.clone()));
    files
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Sources,
    Documents,
    Tests,
}

fn turn(file: &FileChange) -> Turn {
    if extract::is_test_path(&file.path) {
        return Turn::Tests;
    }
    match extract::language_of(&file.path).and_then(extract::tier_of) {
        Some(Tier::Typed | Tier::Outlined) => Turn::Sources,
        Some(Tier::Text) | None => Turn::Documents,
    }
}

#[cfg(test)]
mod tests {
    use domain::RepoPath;

    use super::*;

    #[test]
    fn sources_come_before_documents_and_documents_before_tests() {
        let files = [
            ("CHANGELOG.md", 900),
            ("src/__tests__/large.ts", 800),
            ("src/a.ts", 10),
            ("src/b.ts", 10),
            ("src/large.test.ts", 700),
            ("src/large.ts", 500),
        ];
        let changed = files.map(|(path, n_bytes)| FileChange {
            path: RepoPath::new(path).unwrap(),
            n_bytes,
        });
        let paths: Vec<&str> = in_turns(&changed)
            .into_iter()
            .map(|file| file.path.as_str())
            .collect();
        let expected = [
            "src/large.ts",
            "src/a.ts",
            "src/b.ts",
            "CHANGELOG.md",
            "src/__tests__/large.ts",
            "src/large.test.ts",
        ];
        assert_eq!(paths, expected);
    }
}
