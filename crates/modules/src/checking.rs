//! What imports lead to, as tests of every family say it.

use std::path::Path;

use domain::{Family, RepoPath};

use crate::{Modules, Resolved};

/// Each line is an import: the importing file, the specifier, and what it leads to (a path, `outside` or `missing`).
pub(crate) fn check(family: Family, root: &Path, files: &[&str], imports: &[(&str, &str, &str)]) {
    let paths: Vec<RepoPath> = files
        .iter()
        .map(|path| RepoPath::new(*path).unwrap())
        .collect();
    let modules = Modules::read(root, &paths, vec![Some(family); paths.len()]);
    for (importer, specifier, expected) in imports {
        let place = files.iter().position(|path| path == importer).unwrap();
        let found = match modules.resolve(place, specifier) {
            Resolved::File(file) => files[file],
            Resolved::External => "outside",
            Resolved::Asset => "asset",
            Resolved::Missing => "missing",
        };
        assert_eq!(found, *expected, "{specifier} in {importer}");
    }
}
