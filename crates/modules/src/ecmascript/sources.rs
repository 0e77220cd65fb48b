//! From what a package says it ships to the source that it is built from.
//!
//! Nothing in a repository says which file becomes which output, so these are habits, tried in order: the same name in a source
//! folder, then, for the package itself, the index of one. A subpath without such a file stays unresolved.

use super::code_files::CodeFiles;
use super::lexical;
use super::manifest::Manifest;

/// Folders that only builds write.
const BUILD_FOLDERS: [&str; 4] = ["dist", "build", "out", "output"];

/// Folders that a build may write, or a person: `lib/index.js` is often the source itself.
const MAYBE_BUILD_FOLDERS: [&str; 8] = [
    "lib", "es", "esm", "cjs", "umd", "types", "typings", "commonjs",
];

/// Folders below a build's that name a flavour, and have no counterpart in the sources.
const FLAVOURS: [&str; 14] = [
    "lib", "es", "esm", "cjs", "umd", "types", "typings", "commonjs", "module", "node", "browser",
    "modern", "legacy", "dist",
];

/// Where sources are; the empty one is the package's own folder.
const SOURCE_FOLDERS: [&str; 4] = ["src", "source", "lib", ""];

/// The sources of one package.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    files: &'a CodeFiles<'a>,
    folder: &'a str,
}

impl<'a> Sources<'a> {
    /// Looks among `files` for those of the package in `folder`.
    pub(super) fn new(files: &'a CodeFiles<'a>, folder: &'a str) -> Sources<'a> {
        Sources { files, folder }
    }

    /// Returns the file behind the package itself, which says to ship it as one of `targets`.
    pub(super) fn entry(self, targets: &[String]) -> Option<usize> {
        let as_entry = |target: &String| {
            let is_built = Output::of(target).is_some();
            self.target(target)
                .or_else(|| is_built.then(|| self.entry_below("src")).flatten())
        };
        targets
            .iter()
            .find_map(as_entry)
            .or_else(|| targets.iter().find_map(|target| self.exact(target)))
            .or_else(|| {
                SOURCE_FOLDERS
                    .iter()
                    .find_map(|folder| self.entry_below(folder))
            })
    }

    /// Returns the file behind a subpath of the package.
    pub(super) fn subpath(self, manifest: &Manifest, subpath: &str) -> Option<usize> {
        let targets = manifest.targets(subpath);
        targets
            .iter()
            .find_map(|target| self.target(target))
            .or_else(|| targets.iter().find_map(|target| self.exact(target)))
            .or_else(|| self.target(subpath))
            .or_else(|| self.exact(subpath))
            .or_else(|| self.files.source(&self.path(&format!("src/{subpath}"))?))
    }

    /// Returns the source of one target: the file itself where a person wrote it, else what it is built from.
    pub(super) fn target(self, target: &str) -> Option<usize> {
        match Output::of(target) {
            None => self.exact(target),
            Some(output) if output.is_certain => self.source_of(&output),
            Some(output) => self.exact(target).or_else(|| self.source_of(&output)),
        }
    }

    fn exact(self, target: &str) -> Option<usize> {
        let path = self.path(target)?;
        self.files
            .file(&path, &[])
            .or_else(|| self.files.index(&path, &[]))
    }

    fn entry_below(self, folder: &str) -> Option<usize> {
        self.files.index(&self.path(folder)?, &[])
    }

    fn source_of(self, output: &Output<'_>) -> Option<usize> {
        output.tails().find_map(|tail| {
            SOURCE_FOLDERS.iter().find_map(|source_folder| {
                let source = format!("{}/{source_folder}/{tail}", output.above);
                let path = self.path(&source)?;
                // The package's folder itself stands for no output.
                (path != self.folder)
                    .then(|| self.files.source(&path))
                    .flatten()
            })
        })
    }

    fn path(self, relative: &str) -> Option<String> {
        let path = lexical::join(self.folder, relative)?;
        (!lexical::is_vendored(&path)).then_some(path)
    }
}

/// A path that leads through a build's folder.
struct Output<'t> {
    /// What comes before the build's folder.
    above: &'t str,
    /// What comes after it.
    below: &'t str,
    /// Whether nobody writes in this folder by hand.
    is_certain: bool,
}

impl<'t> Output<'t> {
    fn of(target: &'t str) -> Option<Output<'t>> {
        let target = target.strip_prefix("./").unwrap_or(target);
        let mut start = 0;
        for component in target.split('/') {
            let end = start + component.len();
            let is_certain = is_build_folder(component);
            if is_certain || MAYBE_BUILD_FOLDERS.contains(&component) {
                return Some(Output {
                    above: &target[..start],
                    below: target.get(end + 1..).unwrap_or(""),
                    is_certain,
                });
            }
            start = end + 1;
        }
        None
    }

    /// Returns what may follow the source folder: all that follows the build's, then with ever more flavours taken off.
    fn tails(&self) -> impl Iterator<Item = &'t str> {
        std::iter::successors(Some(self.below), |tail| {
            let (first, rest) = tail.split_once('/')?;
            FLAVOURS.contains(&first).then_some(rest)
        })
    }
}

/// `dist`, and also `dist-es` or `build_module`.
fn is_build_folder(component: &str) -> bool {
    let first_word = component.split(['-', '_']).next().unwrap_or(component);
    BUILD_FOLDERS.contains(&first_word) && !component.contains('.')
}

#[cfg(test)]
mod tests {
    use domain::RepoPath;

    use super::super::json::Json;
    use super::*;
    use crate::FamilyFiles;

    fn check(paths: &[&str], manifest: &str, subpath: &str, expected: Option<&str>) {
        let mut paths: Vec<RepoPath> = paths
            .iter()
            .map(|path| RepoPath::new(format!("p/{path}")).unwrap())
            .collect();
        paths.sort();
        let files = CodeFiles::new(&FamilyFiles::all(&paths));
        let json = Json::parse(manifest.as_bytes().to_vec()).unwrap();
        let manifest = Manifest::new("p", &json);
        let sources = Sources::new(&files, "p");
        let found = match subpath {
            "" => sources.entry(&manifest.targets("")),
            subpath => sources.subpath(&manifest, subpath),
        };
        let found = found.map(|place| paths[place].as_str());
        let expected = expected.map(|path| format!("p/{path}"));
        assert_eq!(found, expected.as_deref(), "{subpath:?}");
    }

    #[test]
    fn an_output_leads_to_the_source_of_the_same_name() {
        let paths = ["src/index.ts", "src/server.ts", "src/utils/index.ts"];
        check(
            &paths,
            r#"{"types": "dist/server.d.ts"}"#,
            "",
            Some("src/server.ts"),
        );
        check(
            &paths,
            r#"{"main": "./dist/cjs/server.js"}"#,
            "",
            Some("src/server.ts"),
        );
        check(
            &paths,
            r#"{"main": "dist-es/src/server.js"}"#,
            "",
            Some("src/server.ts"),
        );
        check(
            &paths,
            r#"{"main": "dist/utils"}"#,
            "",
            Some("src/utils/index.ts"),
        );
        let exports = r#"{"exports": {"./*": "./dist/*/index.js"}}"#;
        check(&paths, exports, "utils", Some("src/utils/index.ts"));
    }

    #[test]
    fn only_the_package_itself_falls_back_to_an_index() {
        let paths = ["src/index.ts", "index.js"];
        check(
            &paths,
            r#"{"main": "dist/bundle.min.js"}"#,
            "",
            Some("src/index.ts"),
        );
        check(&paths, r#"{"main": "./index.js"}"#, "", Some("index.js"));
        check(&paths, "{}", "", Some("src/index.ts"));
        check(
            &paths,
            r#"{"exports": {"./dist/*": "./dist/*"}}"#,
            "dist/bundle.min.js",
            None,
        );
        check(&["tools.ts"], r#"{"main": "dist/index.js"}"#, "", None);
    }

    #[test]
    fn what_a_person_wrote_needs_no_source() {
        let paths = ["lib/index.js", "jsx.d.ts", "dist/table.js"];
        check(
            &paths,
            r#"{"main": "lib/index.js"}"#,
            "",
            Some("lib/index.js"),
        );
        check(
            &paths,
            r#"{"exports": {"./jsx": "./jsx.d.ts"}}"#,
            "jsx",
            Some("jsx.d.ts"),
        );
        check(&paths, "{}", "jsx", Some("jsx.d.ts"));
        check(&paths, "{}", "dist/table", Some("dist/table.js"));
    }

    #[test]
    fn a_subpath_without_exports_is_looked_for_in_the_sources() {
        check(
            &["src/utils.ts"],
            r#"{"main": "dist/index.js"}"#,
            "utils",
            Some("src/utils.ts"),
        );
        check(
            &["src/utils.ts"],
            r#"{"main": "dist/index.js"}"#,
            "dist/utils.js",
            Some("src/utils.ts"),
        );
        let versions = r#"{"typesVersions": {"*": {"api": ["dist/http/api.d.ts"]}}}"#;
        check(
            &["src/http/api.ts"],
            versions,
            "api",
            Some("src/http/api.ts"),
        );
    }
}
