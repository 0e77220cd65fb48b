//! Which files are tests, by their names.

use domain::RepoPath;

use crate::front_end::FrontEnd;

/// Directories that hold nothing but tests and what tests need.
const TEST_DIRECTORIES: &[&str] = &[
    "__tests__",
    "__test__",
    "__mocks__",
    "__fixtures__",
    "__snapshots__",
    "test",
    "tests",
    "spec",
    "specs",
    "e2e",
    "cypress",
    "playwright",
];

/// Last words of a directory's name after a `-` or `_`, as in `integration-tests`.
const TEST_DIRECTORY_ENDINGS: &[&str] = &["test", "tests", "e2e"];

/// Returns whether a file that `front_end` reads is a test by the names of its directories or its own.
pub(crate) fn is_test(path: &RepoPath, front_end: Option<&FrontEnd>) -> bool {
    let mut directories = path.as_str().split('/');
    let file_name = directories.next_back().unwrap_or_default();
    directories.any(is_test_directory)
        || front_end.is_some_and(|front_end| (front_end.is_test_name)(file_name))
}

fn is_test_directory(name: &str) -> bool {
    TEST_DIRECTORIES.contains(&name)
        || name
            .rsplit_once(['-', '_'])
            .is_some_and(|(_, last)| TEST_DIRECTORY_ENDINGS.contains(&last))
}
