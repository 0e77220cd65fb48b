use std::path::Path;

use domain::{Family, RepoPath};

use super::manifest::Manifest;
use crate::Modules;
use crate::checking::check;

#[test]
fn import_paths_lead_into_the_modules_of_the_tree() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    };
    write(
        "go.mod",
        "module example.com/app // the application\n\ngo 1.25\n\nreplace (\n\texample.com/lib v1.2.3 => ./third/lib\n\texample.com/far => example.com/other v1.0.0\n\texample.com/out => ../out\n)\n",
    );
    write("tools/go.mod", "module \"example.com/app/tools\"\n");
    write("other/vendor.mod", "module example.com/vendored\n");
    check(
        Family::Go,
        root.path(),
        &[
            "main.go",
            "a/a_test.go",
            "a/b.go",
            "a/c.go",
            "only/x_test.go",
            "third/lib/deep/d.go",
            "tools/t/t.go",
            "vendor/github.com/x/y/y.go",
            "other/o.go",
        ],
        &[
            ("main.go", "example.com/app", "main.go"),
            ("main.go", "example.com/app/a", "a/b.go"),
            ("main.go", "example.com/app/gone", "missing"),
            ("main.go", "example.com/app/only", "missing"),
            ("main.go", "example.com/apple", "outside"),
            ("main.go", "example.com/lib/deep", "third/lib/deep/d.go"),
            ("main.go", "example.com/far/x", "outside"),
            ("main.go", "example.com/out", "outside"),
            ("main.go", "example.com/app/tools/t", "tools/t/t.go"),
            ("tools/t/t.go", "example.com/app/a", "a/b.go"),
            ("main.go", "github.com/x/y", "vendor/github.com/x/y/y.go"),
            ("tools/t/t.go", "github.com/x/y", "outside"),
            ("main.go", "example.com/vendored", "other/o.go"),
            ("main.go", "fmt", "outside"),
        ],
    );
}

#[test]
fn files_of_a_folder_are_siblings() {
    let paths = ["a/x.go", "a/y.go", "b/z.go"].map(|path| RepoPath::new(path).unwrap());
    let modules = Modules::read(Path::new("/nowhere"), &paths, vec![Some(Family::Go); 3]);
    assert_eq!(modules.siblings(0), [0, 1]);
    assert_eq!(modules.siblings(2), [2]);
}

#[test]
fn manifests_without_a_module_are_none() {
    assert_eq!(Manifest::parse("go 1.25\nreplace a => ./b\n"), None);
    assert_eq!(Manifest::parse("module\n(((\n=>\n"), None);
}
