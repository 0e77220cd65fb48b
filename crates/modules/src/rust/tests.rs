use domain::Family;

use crate::checking::check;

#[test]
fn names_lead_to_crates_and_modules_of_the_tree() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"app\"\n[[test]]\nname = \"all\"\npath = \"checks/all.rs\"\n\
         [workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\nshared = { path = \"crates/shared\", package = \"shared-things\" }\n\
         [dependencies]\nmy-lib = { path = \"crates/lib\" }\nserde = \"1\"\n\
         [target.'cfg(unix)'.dependencies]\nother = { package = \"shared-things\", version = \"1\" }\n",
    );
    write(
        "crates/lib/Cargo.toml",
        "[package]\nname = \"my-lib\"\n[lib]\npath = \"lib.rs\"\n[dependencies]\nshared.workspace = true\n",
    );
    write(
        "crates/shared/Cargo.toml",
        "[package]\nname = \"shared-things\"\n[lib]\nname = \"things\"\n",
    );
    check(
        Family::Rust,
        root.path(),
        &[
            "checks/all.rs",
            "checks/util.rs",
            "crates/lib/lib.rs",
            "crates/lib/odd/file.rs",
            "crates/shared/src/a.rs",
            "crates/shared/src/a/b/mod.rs",
            "crates/shared/src/lib.rs",
            "src/main.rs",
            "src/walk.rs",
        ],
        &[
            ("src/main.rs", "my_lib::X", "crates/lib/lib.rs"),
            ("src/main.rs", "other::X", "crates/shared/src/lib.rs"),
            ("src/main.rs", "serde::Serialize", "outside"),
            ("src/main.rs", "shared::X", "outside"),
            ("crates/lib/lib.rs", "shared::X", "crates/shared/src/lib.rs"),
            (
                "crates/shared/src/a.rs",
                "things",
                "crates/shared/src/lib.rs",
            ),
            ("src/main.rs", "mod walk", "src/walk.rs"),
            ("checks/all.rs", "mod util", "checks/util.rs"),
            (
                "crates/shared/src/lib.rs",
                "mod a",
                "crates/shared/src/a.rs",
            ),
            (
                "crates/shared/src/a.rs",
                "mod b",
                "crates/shared/src/a/b/mod.rs",
            ),
            (
                "crates/shared/src/lib.rs",
                "mod a::b",
                "crates/shared/src/a/b/mod.rs",
            ),
            (
                "crates/lib/lib.rs",
                "path odd/file.rs",
                "crates/lib/odd/file.rs",
            ),
            ("crates/shared/src/a.rs", "mod gone", "missing"),
        ],
    );
}
