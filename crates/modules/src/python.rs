//! Python's rules: where the interpreter would find a module if the repository's packages were installed from it.
//!
//! Folders on the path are guessed as tools do: the root, what holds a package without being one, what configuration names, and for a
//! script the folder that it lies in. Standard modules win over files that merely have their names and lie inside of packages, as
//! they do when the program runs.

mod config;
mod standard;
#[cfg(test)]
mod tests;

use std::path::Path;

use domain::{ContentHash, RepoPath};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{ConfigRemark, FamilyFiles, Resolved, Resolver};

/// Reads the tree's packages.
pub(crate) fn read<'a>(root: &Path, files: &FamilyFiles<'a>) -> Box<dyn Resolver + 'a> {
    Box::new(Python::read(root, files))
}

/// What the folder of a package is, beside its modules.
const PACKAGE_FILES: [&str; 2] = ["__init__.py", "__init__.pyi"];

/// Sources first: a stub beside a source has its types, but no definitions.
const EXTENSIONS: [&str; 3] = ["py", "pyi", "pyw"];

/// Folders of tests hold packages that only the tests beside them mean.
const TEST_FOLDERS: [&str; 4] = ["test", "tests", "testing", "fixtures"];

/// The Python files of one tree.
struct Python<'a> {
    /// Places of files by path.
    files: FxHashMap<&'a str, usize>,
    /// Paths of files by place.
    paths: FxHashMap<usize, &'a str>,
    /// Folders that hold Python files at any depth.
    folders: FxHashSet<&'a str>,
    /// Folders that every file sees modules of, in order.
    roots: Vec<String>,
    /// Other folders that hold packages, for files within them.
    inner_roots: FxHashSet<&'a str>,
    /// Folders of packages that have other names, by name.
    renamed: Vec<(String, String)>,
    fingerprint: ContentHash,
}

impl<'a> Python<'a> {
    fn read(root: &Path, listed: &FamilyFiles<'a>) -> Python<'a> {
        let mut files = FxHashMap::default();
        let mut paths = FxHashMap::default();
        let mut folders = FxHashSet::default();
        for (place, path) in listed.iter() {
            let path: &'a RepoPath = path;
            files.insert(path.as_str(), place);
            paths.insert(place, path.as_str());
            let mut folder = parent(path.as_str());
            while folders.insert(folder) && !folder.is_empty() {
                folder = parent(folder);
            }
        }
        let config = config::read(root, &folders);
        let mut python = Python {
            files,
            paths,
            folders,
            roots: Vec::new(),
            inner_roots: FxHashSet::default(),
            renamed: config.renamed,
            fingerprint: config.fingerprint,
        };
        python.find_roots(config.roots);
        python
    }

    fn find_roots(&mut self, configured: Vec<String>) {
        let mut roots = vec![String::new()];
        roots.extend(configured);
        let mut found: Vec<&'a str> = self
            .folders
            .iter()
            .filter(|folder| self.is_package(folder) && !self.is_package(parent(folder)))
            .map(|folder| parent(folder))
            .collect();
        found.sort_unstable_by_key(|folder| (folder.len(), *folder));
        found.dedup();
        for folder in found {
            match folder.split('/').any(|name| TEST_FOLDERS.contains(&name)) {
                true => {
                    self.inner_roots.insert(folder);
                }
                false => roots.push(folder.to_owned()),
            }
        }
        for usual in ["src", "lib", "python"] {
            if self.folders.contains(usual) {
                roots.push(usual.to_owned());
            }
        }
        let mut seen = FxHashSet::default();
        roots.retain(|root| seen.insert(root.clone()));
        self.roots = roots;
    }

    /// The root itself is never a package, whatever lies in it.
    fn is_package(&self, folder: &str) -> bool {
        !folder.is_empty()
            && PACKAGE_FILES
                .iter()
                .any(|file| self.files.contains_key(&*join(folder, file)))
    }

    /// Returns the file that a path without extension means: a package before a module.
    fn file(&self, path: &str) -> Option<usize> {
        let package = PACKAGE_FILES
            .iter()
            .find_map(|file| self.files.get(&*join(path, file)).copied());
        package.or_else(|| {
            let mut names = EXTENSIONS
                .iter()
                .map(|extension| format!("{path}.{extension}"));
            names.find_map(|name| self.files.get(&*name).copied())
        })
    }

    /// Returns the folder that dots before a name mean.
    fn relative_folder(&self, importer: usize, n_dots: usize) -> Option<&'a str> {
        let mut folder = parent(self.paths.get(&importer)?);
        for _ in 1..n_dots {
            if folder.is_empty() {
                return None;
            }
            folder = parent(folder);
        }
        Some(folder)
    }

    fn relative(&self, importer: usize, specifier: &str) -> Option<usize> {
        let name = specifier.trim_start_matches('.');
        let folder = self.relative_folder(importer, specifier.len() - name.len())?;
        match name.is_empty() {
            true => PACKAGE_FILES
                .iter()
                .find_map(|file| self.files.get(&*join(folder, file)).copied()),
            false => self.file(&join(folder, &name.replace('.', "/"))),
        }
    }

    /// Returns the folders to look in, in order.
    fn search_path(&self, importer: usize) -> impl Iterator<Item = &str> {
        let path = self.paths.get(&importer).copied().unwrap_or_default();
        let own = parent(path);
        // The folder of a script is first on its path; a module inside of a package is no script.
        let script = Some(own).filter(|own| !own.is_empty() && !self.is_package(own));
        let around = upward(own).filter(|folder| self.inner_roots.contains(folder));
        script
            .into_iter()
            .chain(around)
            .chain(self.roots.iter().map(String::as_str))
    }

    fn absolute(&self, importer: usize, specifier: &str) -> Resolved {
        let first = specifier.split('.').next().unwrap_or_default();
        let path = specifier.replace('.', "/");
        let is_standard = standard::is_standard(first);
        if let Some((_, folder)) = self.renamed.iter().find(|(name, _)| name == first) {
            let inner = path[first.len()..].trim_start_matches('/');
            if let Some(file) = self.file(join(folder, inner).trim_end_matches('/')) {
                return Resolved::File(file);
            }
        }
        let mut has_first = false;
        for root in self.search_path(importer) {
            let top = join(root, first);
            // A standard module gives way to what is plainly a package of the repository, or lies beside a script.
            let is_here = self.file(&top).is_some() || self.folders.contains(&*top);
            if !is_here || (is_standard && root.is_empty() && !self.is_package(&top)) {
                continue;
            }
            if let Some(file) = self.file(&join(root, &path)) {
                return Resolved::File(file);
            }
            has_first |= self.file(&top).is_some();
        }
        match has_first && !is_standard {
            true => Resolved::Missing,
            false => Resolved::External,
        }
    }
}

impl Resolver for Python<'_> {
    fn fingerprint(&self) -> ContentHash {
        self.fingerprint
    }

    fn remarks(&self) -> &[ConfigRemark] {
        &[]
    }

    fn resolve(&self, importer: usize, specifier: &str) -> Resolved {
        if !specifier.starts_with('.') {
            return self.absolute(importer, specifier);
        }
        self.relative(importer, specifier)
            .map_or(Resolved::Missing, Resolved::File)
    }

    fn resolve_inner(&self, importer: usize, specifier: Option<&str>, name: &str) -> Resolved {
        if name.is_empty() || name == "*" {
            return Resolved::Missing;
        }
        let found = match specifier {
            Some(specifier) if specifier.ends_with('.') => {
                self.resolve(importer, &format!("{specifier}{name}"))
            }
            Some(specifier) => self.resolve(importer, &format!("{specifier}.{name}")),
            None => match self.paths.get(&importer) {
                Some(path) if is_package_file(path) => self.resolve(importer, &format!(".{name}")),
                _ => Resolved::Missing,
            },
        };
        match found {
            Resolved::File(_) => found,
            _ => Resolved::Missing,
        }
    }
}

fn is_package_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    PACKAGE_FILES.contains(&name)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Returns a folder and those above it but for the root.
fn upward(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| Some(parent(folder)))
        .take_while(|folder| !folder.is_empty())
}

fn join(folder: &str, name: &str) -> String {
    match folder.is_empty() {
        true => name.to_owned(),
        false => format!("{folder}/{name}"),
    }
}
