//! Go's rules: a package is a folder, found by the paths of the modules that the tree's `go.mod` files declare.
//!
//! Every file of the tree is read, whatever its build constraints and wherever modules of it are published: a path that begins with that
//! of a module of the tree leads into the tree.

mod manifest;
#[cfg(test)]
mod tests;

use std::path::Path;

use domain::{ContentHash, RepoPath};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ecmascript::config_files::ConfigFiles;
use crate::{ConfigRemark, FamilyFiles, Resolved, Resolver};
use manifest::Manifest;

/// Reads the tree's modules.
pub(crate) fn read<'a>(root: &Path, files: &FamilyFiles<'a>) -> Box<dyn Resolver + 'a> {
    Box::new(Go::read(root, files))
}

/// A module: its folder, its path, and the paths that it replaces by folders.
struct GoModule {
    folder: String,
    manifest: Manifest,
}

/// The Go files of one tree.
struct Go<'a> {
    /// Places of the files in each folder, in path order.
    folders: FxHashMap<&'a str, Vec<usize>>,
    paths: FxHashMap<usize, &'a str>,
    modules: Vec<GoModule>,
    fingerprint: ContentHash,
}

impl<'a> Go<'a> {
    fn read(root: &Path, listed: &FamilyFiles<'a>) -> Go<'a> {
        let mut folders: FxHashMap<&'a str, Vec<usize>> = FxHashMap::default();
        let mut paths = FxHashMap::default();
        for (place, path) in listed.iter() {
            let path: &'a RepoPath = path;
            folders
                .entry(parent(path.as_str()))
                .or_default()
                .push(place);
            paths.insert(place, path.as_str());
        }
        let mut above: FxHashSet<&'a str> = FxHashSet::default();
        for folder in folders.keys() {
            let mut folder = *folder;
            // Ends where another folder's way up went through.
            while above.insert(folder) && !folder.is_empty() {
                folder = parent(folder);
            }
        }
        let (modules, fingerprint) = read_modules(root, above);
        Go {
            folders,
            paths,
            modules,
            fingerprint,
        }
    }

    /// Returns the module that a folder is part of: the innermost.
    fn module_of(&self, folder: &str) -> Option<&GoModule> {
        let around = self.modules.iter();
        around
            .filter(|module| is_within(folder, &module.folder))
            // A `go.mod` further in cuts its folder out of the module around it (Go Modules
            // Reference, "Modules, packages, and versions").
            .max_by_key(|module| module.folder.len())
    }

    /// Returns the folder that an import path means, if that is one of the tree.
    fn folder(&self, importer: usize, path: &str) -> Option<String> {
        let own = self.module_of(parent(self.paths.get(&importer)?));
        if let Some(own) = own {
            // Of the importer's own module alone: Go ignores what dependencies replace.
            let replaced = own.manifest.replaced.iter();
            let replaced = replaced.filter_map(|(from, to)| {
                let rest = behind(path, from)?;
                Some((from.len(), join(&within(&own.folder, to)?, rest)))
            });
            if let Some((_, folder)) = replaced.max_by_key(|(length, _)| *length) {
                return Some(folder);
            }
        }
        // Also without a `go.work`: a path that a module of the tree has is nobody else's.
        let by_path = self.modules.iter().filter_map(|module| {
            let rest = behind(path, &module.manifest.path)?;
            Some((module.manifest.path.len(), join(&module.folder, rest)))
        });
        if let Some((_, folder)) = by_path.max_by_key(|(length, _)| *length) {
            return Some(folder);
        }
        let vendored = join(&join(own.map_or("", |own| &own.folder), "vendor"), path);
        self.folders.contains_key(&*vendored).then_some(vendored)
    }
}

impl Resolver for Go<'_> {
    fn fingerprint(&self) -> ContentHash {
        self.fingerprint
    }

    fn remarks(&self) -> &[ConfigRemark] {
        &[]
    }

    /// Returns the first file of the package that is no test.
    fn resolve(&self, importer: usize, specifier: &str) -> Resolved {
        let Some(folder) = self.folder(importer, specifier) else {
            return Resolved::External;
        };
        let files = self.folders.get(&*folder).into_iter().flatten();
        let mut sources = files.filter(|file| !self.paths[file].ends_with("_test.go"));
        sources
            .next()
            .map_or(Resolved::Missing, |file| Resolved::File(*file))
    }

    fn siblings(&self, file: usize) -> &[usize] {
        let folder = self.paths.get(&file).map(|path| parent(path));
        folder
            .and_then(|folder| self.folders.get(folder))
            .map_or(&[], |files| files)
    }
}

/// Reads the manifests of the folders that hold Go files, or have some below. What cannot be used counts as absent.
fn read_modules(root: &Path, folders: FxHashSet<&str>) -> (Vec<GoModule>, ContentHash) {
    let mut files = ConfigFiles::new(root);
    let mut folders: Vec<&str> = folders.into_iter().collect();
    folders.push("");
    folders.sort_unstable();
    folders.dedup();
    let mut modules = Vec::new();
    for folder in folders {
        // Projects that keep out of semantic versions name their manifest otherwise (`-modfile`).
        let manifest = ["go.mod", "vendor.mod"]
            .iter()
            .find_map(|name| Manifest::parse(&files.text(&join(folder, name))?));
        modules.extend(manifest.map(|manifest| GoModule {
            folder: folder.to_owned(),
            manifest,
        }));
    }
    let (fingerprint, _) = files.finish();
    (modules, fingerprint)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn join(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

fn is_within(folder: &str, outer: &str) -> bool {
    outer.is_empty() || behind(folder, outer).is_some()
}

/// Returns what follows a path that another begins with, part by part.
fn behind<'p>(path: &'p str, beginning: &str) -> Option<&'p str> {
    match path.strip_prefix(beginning)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// Returns the folder that a relative path from another means; nothing outside of the tree.
fn within(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
