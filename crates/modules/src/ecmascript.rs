//! Which file an import of TypeScript or JavaScript means.
//!
//! Follows the TypeScript compiler, with two differences. A package of the repository leads to its sources, not to what a build
//! would make of them; and `node_modules` is never looked at, so that the answer does not depend on what is installed.
//!
//! Paths are compared as text, relative to the root, against the list of indexed files; the disk is asked only for configuration
//! and for files that are no code. Start at [`ModuleMap`].

mod aliases;
mod code_files;
pub(crate) mod config_files;
mod json;
mod lexical;
mod manifest;
mod packages;
mod prefixes;
mod project;
mod projects;
mod sources;
mod specifier;
mod targets;
mod tree;
mod tsconfig;
mod wildcards;
mod workspaces;

#[cfg(test)]
mod tests;

use std::path::Path;

use domain::{ContentHash, RepoPath};
use rustc_hash::FxHashSet;

use crate::{ConfigRemark, FamilyFiles, Resolved, Resolver};

use self::code_files::{CodeFiles, is_javascript};
use self::config_files::ConfigFiles;
use self::manifest::Manifest;
use self::packages::Packages;
use self::projects::{Claim, Projects};
use self::sources::Sources;
use self::specifier::{Loading, PackageName, Specifier};
use self::tree::Tree;

/// Reads the configuration of the tree under `root`.
pub(crate) fn read<'a>(root: &Path, files: &FamilyFiles<'a>) -> Box<dyn Resolver + 'a> {
    Box::new(ModuleMap::read(root, files))
}

/// Knows where the modules of one tree are, as its files and its configuration stand.
#[derive(Debug)]
struct ModuleMap<'a> {
    paths: &'a [RepoPath],
    files: CodeFiles<'a>,
    packages: Packages,
    projects: Projects,
    tree: Tree,
    fingerprint: ContentHash,
    remarks: Vec<ConfigRemark>,
}

impl Resolver for ModuleMap<'_> {
    fn fingerprint(&self) -> ContentHash {
        self.fingerprint
    }

    fn remarks(&self) -> &[ConfigRemark] {
        &self.remarks
    }

    fn resolve(&self, importer: usize, specifier: &str) -> Resolved {
        let (specifier, loading) = specifier::split_query(specifier);
        match self.find(self.paths[importer].as_str(), specifier) {
            Resolved::File(_) if loading == Loading::Text => Resolved::Asset,
            found => found,
        }
    }

    fn sees(&self, file: usize, other: usize) -> bool {
        self.projects
            .sees(self.paths[file].as_str(), self.paths[other].as_str())
    }
}

impl<'a> ModuleMap<'a> {
    fn read(root: &Path, files: &FamilyFiles<'a>) -> ModuleMap<'a> {
        let folders = folders(files.iter().map(|(_, path)| path.as_str()));
        let javascript = files.iter().map(|(_, path)| path.as_str());
        let javascript = self::folders(javascript.filter(|path| is_javascript(path)));
        let javascript: FxHashSet<&str> = javascript.into_iter().collect();
        let mut config = ConfigFiles::new(root);
        let packages = Packages::read(folders.iter().copied(), &mut config);
        let projects = Projects::read(folders.iter().copied(), &javascript, &mut config, &packages);
        let (fingerprint, remarks) = config.finish();
        ModuleMap {
            paths: files.paths,
            files: CodeFiles::new(files),
            packages,
            projects,
            tree: Tree::new(root),
            fingerprint,
            remarks,
        }
    }

    fn find(&self, importer: &str, specifier: &str) -> Resolved {
        let kind = Specifier::of(specifier);
        match kind {
            Specifier::Relative(relative) => return self.relative(importer, relative),
            // Not even an alias changes what these mean to the compiler.
            Specifier::Builtin => return Resolved::External,
            _ => {}
        }
        // Before packages: a configuration may put a file in the place of one on purpose.
        if let Some(found) = self.aliased(importer, specifier) {
            return found;
        }
        match kind {
            Specifier::Package(package) => self.package(importer, package),
            Specifier::Internal => self.internal(importer, specifier),
            Specifier::Scheme => Resolved::External,
            _ => Resolved::Missing,
        }
    }

    fn relative(&self, importer: &str, relative: &str) -> Resolved {
        let Some(path) = lexical::join(lexical::parent(importer), relative) else {
            return Resolved::Missing;
        };
        if lexical::is_vendored(&path) {
            return Resolved::External;
        }
        let look = if names_folder(relative) {
            ModuleMap::folder
        } else {
            ModuleMap::module
        };
        let suffixes = self.projects.suffixes(importer);
        // Links last: what is behind one is indexed under its own path, and to find that costs a
        // call of the system.
        look(self, &path, suffixes)
            .or_else(|| self.in_root_dirs(importer, &path))
            .or_else(|| look(self, &self.tree.real_path(&path)?, suffixes))
            .map_or_else(|| self.asset(&path), Resolved::File)
    }

    fn in_root_dirs(&self, importer: &str, path: &str) -> Option<usize> {
        let (project, _) = self.projects.around(importer)?;
        let others = project.elsewhere(path);
        let suffixes = project.suffixes();
        others.iter().find_map(|path| self.module(path, suffixes))
    }

    /// Returns where the configuration's `paths` and `baseUrl` lead; nothing when they do not.
    fn aliased(&self, importer: &str, specifier: &str) -> Option<Resolved> {
        let (project, claim) = self.projects.around(importer)?;
        let mut candidates = project.aliased(specifier);
        // Every name is relative to `baseUrl`: too wide a net for scripts that the configuration is not about.
        if claim == Claim::Owned || !is_javascript(importer) {
            candidates.extend(project.based(specifier));
        }
        candidates.retain(|path| !lexical::is_vendored(path));
        let suffixes = project.suffixes();
        let mut paths = candidates.iter();
        let file = paths.find_map(|path| self.module(path, suffixes));
        file.map(Resolved::File).or_else(|| {
            let mut paths = candidates.iter();
            paths
                .any(|path| self.tree.is_file(path))
                .then_some(Resolved::Asset)
        })
    }

    fn package(&self, importer: &str, package: PackageName<'_>) -> Resolved {
        let folder = lexical::parent(importer);
        match self.packages.named(package.name, folder) {
            Some(manifest) => self.inside(manifest, package.subpath),
            None => Resolved::External,
        }
    }

    fn inside(&self, manifest: &Manifest, subpath: &str) -> Resolved {
        // `exports` forbids a path by `null` even where a file is there (Node.js, "Package entry
        // points").
        if manifest.blocks(subpath) {
            return Resolved::Missing;
        }
        let sources = Sources::new(&self.files, &manifest.folder);
        if subpath.is_empty() {
            let entry = sources.entry(&manifest.targets(""));
            return entry.map_or(Resolved::Missing, Resolved::File);
        }
        let path = || lexical::join(&manifest.folder, subpath);
        let found = sources
            .subpath(manifest, subpath)
            .or_else(|| self.folder(&path()?, &[]));
        if let Some(file) = found {
            return Resolved::File(file);
        }
        let mut targets = manifest.targets(subpath);
        targets.push(subpath.to_owned());
        self.first_asset(&manifest.folder, &targets)
    }

    /// Looks for a name `#…` in the `imports` of the package around the importing file.
    fn internal(&self, importer: &str, name: &str) -> Resolved {
        let Some(manifest) = self.packages.around(lexical::parent(importer)) else {
            return Resolved::Missing;
        };
        let sources = Sources::new(&self.files, &manifest.folder);
        let targets = manifest.imported(name);
        for target in &targets {
            match Specifier::of(target) {
                Specifier::Relative(target) => {
                    if let Some(file) = sources.target(target) {
                        return Resolved::File(file);
                    }
                }
                Specifier::Package(package) => return self.package(importer, package),
                Specifier::Builtin | Specifier::Scheme => return Resolved::External,
                Specifier::Internal | Specifier::Unnameable => {}
            }
        }
        self.first_asset(&manifest.folder, &targets)
    }

    /// Returns the file that a path means, as a file or as a folder.
    fn module(&self, path: &str, suffixes: &[String]) -> Option<usize> {
        self.files
            .file(path, suffixes)
            .or_else(|| self.folder(path, suffixes))
    }

    /// Returns the file that a folder means: what its `package.json` names, else its index.
    fn folder(&self, path: &str, suffixes: &[String]) -> Option<usize> {
        let manifest = self.packages.in_folder(path);
        let entry = manifest.filter(|manifest| !manifest.entries().is_empty());
        entry
            .and_then(|manifest| Sources::new(&self.files, path).entry(manifest.entries()))
            .or_else(|| self.files.index(path, suffixes))
    }

    fn asset(&self, path: &str) -> Resolved {
        // Node.js completes a path with `.json` too.
        let is_asset = self.tree.is_file(path) || self.tree.is_file(&format!("{path}.json"));
        if is_asset {
            Resolved::Asset
        } else {
            Resolved::Missing
        }
    }

    fn first_asset(&self, folder: &str, targets: &[String]) -> Resolved {
        let mut paths = targets
            .iter()
            .filter_map(|target| lexical::join(folder, target));
        if paths.any(|path| self.tree.is_file(&path)) {
            Resolved::Asset
        } else {
            Resolved::Missing
        }
    }
}

/// Returns the folders of the files and all folders above them, in order, the root included.
fn folders<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut folders = FxHashSet::default();
    folders.insert("");
    for path in paths {
        for folder in lexical::upward(lexical::parent(path)) {
            // What is above it came with the file that brought it.
            if !folders.insert(folder) {
                break;
            }
        }
    }
    let mut folders: Vec<&str> = folders.into_iter().collect();
    folders.sort_unstable();
    folders
}

/// Whether a relative specifier can only mean a folder.
fn names_folder(relative: &str) -> bool {
    matches!(lexical::name(relative), "" | "." | "..")
}
