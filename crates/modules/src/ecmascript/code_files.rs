//! The indexed files, and the compiler's order of completing a path that does not say everything.

use rustc_hash::FxHashMap;

use crate::FamilyFiles;

/// What is put behind a path, in order: the compiler's own, then what only bundlers complete.
const COMPLETIONS: [&str; 13] = [
    ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mts", ".d.mts", ".cts", ".d.cts", ".mjs", ".cjs",
    ".vue", ".svelte",
];

/// What an import that names a JavaScript file may mean, in order: the compiler looks for what the file is made from.
const REPLACEMENTS: [(&str, &[&str]); 4] = [
    (".js", &[".ts", ".tsx", ".d.ts", ".js", ".jsx"]),
    (".jsx", &[".tsx", ".ts", ".d.ts", ".jsx", ".js"]),
    (".mjs", &[".mts", ".d.mts", ".mjs"]),
    (".cjs", &[".cts", ".d.cts", ".cjs"]),
];

/// What a compiler writes, longest first; the rest of the name is the name of the source.
const OUTPUT_EXTENSIONS: [&str; 7] = [".d.ts", ".d.mts", ".d.cts", ".mjs", ".cjs", ".jsx", ".js"];

/// The indexed files by path.
#[derive(Debug)]
pub(super) struct CodeFiles<'a> {
    by_path: FxHashMap<&'a str, usize>,
}

impl<'a> CodeFiles<'a> {
    /// Remembers the place of each path in the list.
    pub(super) fn new(files: &FamilyFiles<'a>) -> CodeFiles<'a> {
        CodeFiles {
            by_path: files
                .iter()
                .map(|(place, path)| (path.as_str(), place))
                .collect(),
        }
    }

    /// Returns the file that an import of exactly this path means: a sibling for `.js`, then the path itself, then completions.
    ///
    /// `suffixes` may stand before an ending; where there are any, nothing stands there only if they say so.
    pub(super) fn file(&self, path: &str, suffixes: &[String]) -> Option<usize> {
        self.replaced(path, suffixes)
            .or_else(|| self.by_path.get(path).copied())
            .or_else(|| self.first(path, &COMPLETIONS, suffixes))
    }

    /// Returns the index file of a folder.
    pub(super) fn index(&self, folder: &str, suffixes: &[String]) -> Option<usize> {
        match folder {
            "" => self.first("index", &COMPLETIONS, suffixes),
            folder => self.first(&format!("{folder}/index"), &COMPLETIONS, suffixes),
        }
    }

    /// Returns the file, or the index file of the folder, that an output of this path would be compiled from.
    pub(super) fn source(&self, output: &str) -> Option<usize> {
        let stem = OUTPUT_EXTENSIONS
            .iter()
            .find_map(|extension| output.strip_suffix(extension))
            .unwrap_or(output);
        let is_named = !stem.is_empty() && !stem.ends_with('/');
        is_named
            .then(|| self.first(stem, &COMPLETIONS, &[]))
            .flatten()
            .or_else(|| self.index(stem.trim_end_matches('/'), &[]))
    }

    fn replaced(&self, path: &str, suffixes: &[String]) -> Option<usize> {
        REPLACEMENTS.iter().find_map(|(extension, sources)| {
            let stem = path.strip_suffix(extension)?;
            self.first(stem, sources, suffixes)
        })
    }

    fn first(&self, stem: &str, extensions: &[&str], suffixes: &[String]) -> Option<usize> {
        // One buffer for all attempts: most of them fail, and there are millions.
        let mut path = String::with_capacity(stem.len() + 8);
        let mut look = |suffix: &str, extension: &str| {
            path.clear();
            path.push_str(stem);
            path.push_str(suffix);
            path.push_str(extension);
            self.by_path.get(path.as_str()).copied()
        };
        extensions.iter().find_map(|extension| match suffixes {
            [] => look("", extension),
            _ => suffixes.iter().find_map(|suffix| look(suffix, extension)),
        })
    }
}

/// Whether the name says that a file has no types of its own.
pub(super) fn is_javascript(path: &str) -> bool {
    [".js", ".jsx", ".mjs", ".cjs"]
        .iter()
        .any(|extension| path.ends_with(extension))
}

#[cfg(test)]
mod tests {
    use domain::RepoPath;

    use super::*;

    fn check(paths: &[&str], import: &str, expected: Option<&str>) {
        let paths: Vec<RepoPath> = paths
            .iter()
            .map(|path| RepoPath::new(*path).unwrap())
            .collect();
        let found = CodeFiles::new(&FamilyFiles::all(&paths)).file(import, &[]);
        assert_eq!(found.map(|place| paths[place].as_str()), expected);
    }

    #[test]
    fn completions_follow_the_compiler() {
        check(&["a.d.ts", "a.js", "a.ts"], "a", Some("a.ts"));
        check(&["a.d.ts", "a.js"], "a", Some("a.d.ts"));
        check(&["a.js", "a.mjs"], "a", Some("a.js"));
        check(&["a.test.ts"], "a.test", Some("a.test.ts"));
        check(&["a.ts"], "b", None);
    }

    #[test]
    fn an_import_of_javascript_finds_its_source() {
        check(&["a.js", "a.ts"], "a.js", Some("a.ts"));
        check(&["a.tsx"], "a.jsx", Some("a.tsx"));
        check(&["a.mts"], "a.mjs", Some("a.mts"));
        check(&["a.js"], "a.js", Some("a.js"));
        check(&["a.mts"], "a.js", None);
    }

    #[test]
    fn a_declaration_stands_for_a_file_that_is_no_code() {
        check(&["a.css.d.ts"], "a.css", Some("a.css.d.ts"));
        check(&["a.vue", "a.vue.d.ts"], "a.vue", Some("a.vue"));
    }
}
