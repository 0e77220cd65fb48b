use std::path::Path;

use domain::{Family, RepoPath};

use crate::checking::check;
use crate::{Modules, Resolved};

#[test]
fn packages_are_found_from_the_root_and_from_folders_of_sources() {
    check(
        Family::Python,
        Path::new("/nowhere"),
        &[
            "flat/__init__.py",
            "flat/inner/__init__.py",
            "flat/inner/leaf.py",
            "scripts/run.py",
            "scripts/helper.py",
            "src/deep/__init__.py",
            "src/deep/json.py",
            "src/deep/typed.py",
            "src/deep/typed.pyi",
            "src/deep/only.pyi",
            "tests/test_flat.py",
            "tests/data/pack/__init__.py",
            "tests/data/pack/user.py",
        ],
        &[
            ("tests/test_flat.py", "flat", "flat/__init__.py"),
            (
                "tests/test_flat.py",
                "flat.inner.leaf",
                "flat/inner/leaf.py",
            ),
            ("tests/test_flat.py", "deep.json", "src/deep/json.py"),
            ("tests/test_flat.py", "deep.typed", "src/deep/typed.py"),
            ("tests/test_flat.py", "deep.only", "src/deep/only.pyi"),
            ("tests/test_flat.py", "deep.gone", "missing"),
            ("tests/test_flat.py", "numpy.linalg", "outside"),
            ("tests/test_flat.py", "pack", "outside"),
            (
                "tests/data/pack/user.py",
                "pack",
                "tests/data/pack/__init__.py",
            ),
            ("scripts/run.py", "helper", "scripts/helper.py"),
            ("flat/__init__.py", "helper", "outside"),
            // Its name alone makes no module of a package a standard one.
            ("src/deep/typed.py", "json", "outside"),
            ("src/deep/json.py", "json", "outside"),
        ],
    );
}

#[test]
fn dots_count_folders_up() {
    check(
        Family::Python,
        Path::new("/nowhere"),
        &[
            "a/__init__.py",
            "a/b/__init__.py",
            "a/b/c.py",
            "a/d.py",
            "bare/e.py",
        ],
        &[
            ("a/b/c.py", ".", "a/b/__init__.py"),
            ("a/b/c.py", "..", "a/__init__.py"),
            ("a/b/c.py", "..d", "a/d.py"),
            ("a/b/c.py", "..gone", "missing"),
            ("a/b/c.py", "....d", "missing"),
            ("a/b/__init__.py", ".c", "a/b/c.py"),
            ("bare/e.py", ".", "missing"),
        ],
    );
}

#[test]
fn modules_inside_of_packages_are_found_without_an_import_of_their_own() {
    let files = ["a/__init__.py", "a/b.py", "space/c.py", "main.py"];
    let paths = files.map(|path| RepoPath::new(path).unwrap());
    let modules = Modules::read(
        Path::new("/nowhere"),
        &paths,
        vec![Some(Family::Python); paths.len()],
    );
    assert_eq!(modules.resolve_inner(3, Some("a"), "b"), Resolved::File(1));
    assert_eq!(modules.resolve_inner(0, Some("."), "b"), Resolved::File(1));
    assert_eq!(modules.resolve_inner(0, None, "b"), Resolved::File(1));
    assert_eq!(modules.resolve_inner(1, None, "b"), Resolved::Missing);
    assert_eq!(
        modules.resolve_inner(3, Some("a"), "gone"),
        Resolved::Missing
    );
    // A folder without `__init__.py` is a package too.
    assert_eq!(
        modules.resolve_inner(3, Some("space"), "c"),
        Resolved::File(2)
    );
}

#[test]
fn configuration_names_folders_of_packages() {
    for (name, text) in [
        (
            "pyproject.toml",
            "[tool.setuptools.package-dir]\n\"\" = \"code\"\nother = \"elsewhere\"\n",
        ),
        (
            "setup.cfg",
            "[options]\npackage_dir =\n    = code\n    other = elsewhere\n",
        ),
    ] {
        let root = tempfile::tempdir().unwrap();
        fs_err::write(root.path().join(name), text).unwrap();
        check(
            Family::Python,
            root.path(),
            &[
                "code/single.py",
                "elsewhere/__init__.py",
                "elsewhere/part.py",
                "tests/test_a.py",
            ],
            &[
                ("tests/test_a.py", "single", "code/single.py"),
                ("tests/test_a.py", "other", "elsewhere/__init__.py"),
                ("tests/test_a.py", "other.part", "elsewhere/part.py"),
            ],
        );
    }
}
