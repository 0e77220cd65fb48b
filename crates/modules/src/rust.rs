//! Rust's rules: a crate is named by the `Cargo.toml` of a package, a module's file lies where its parent's file says.
//!
//! Which modules a file declares stands in the file itself, so that resolution asks for them: `mod a::b` is the file of a module inside
//! of the asking file, `path x.rs` one that an attribute names, any other path is asked for its first name, as a crate. All features and targets
//! are read. Packages of the tree that a package depends on lead into the tree, whatever version it asks for.

mod manifest;
#[cfg(test)]
mod tests;

use std::path::Path;

use domain::ContentHash;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ecmascript::config_files::ConfigFiles;
use crate::{ConfigRemark, FamilyFiles, Resolved, Resolver};
use manifest::{Dependency, Manifest};

/// Folders whose files are roots of crates of their own, each.
const TARGET_FOLDERS: &[&str] = &["src/bin", "tests", "benches", "examples"];

/// Reads the tree's packages.
pub(crate) fn read<'a>(root: &Path, files: &FamilyFiles<'a>) -> Box<dyn Resolver + 'a> {
    Box::new(Rust::read(root, files))
}

/// A package: its folder, what its manifest says, its files.
struct Package {
    folder: String,
    manifest: Manifest,
    /// Places of its files, in path order.
    files: Vec<usize>,
    /// The root of its library.
    library: Option<usize>,
}

/// The Rust files of one tree.
struct Rust<'a> {
    places: FxHashMap<&'a str, usize>,
    paths: FxHashMap<usize, &'a str>,
    packages: Vec<Package>,
    /// The package of each file.
    package_of: FxHashMap<usize, usize>,
    by_name: FxHashMap<String, usize>,
    by_folder: FxHashMap<String, usize>,
    /// What the manifests of workspaces say for all their members, by their folders.
    workspaces: Vec<(String, FxHashMap<String, Dependency>)>,
    fingerprint: ContentHash,
}

impl<'a> Rust<'a> {
    fn read(root: &Path, listed: &FamilyFiles<'a>) -> Rust<'a> {
        let mut rust = Rust {
            places: FxHashMap::default(),
            paths: FxHashMap::default(),
            packages: Vec::new(),
            package_of: FxHashMap::default(),
            by_name: FxHashMap::default(),
            by_folder: FxHashMap::default(),
            workspaces: Vec::new(),
            fingerprint: ContentHash::of(&[]),
        };
        for (place, path) in listed.iter() {
            rust.places.insert(path.as_str(), place);
            rust.paths.insert(place, path.as_str());
        }
        let manifests = rust.read_manifests(root);
        rust.add_packages(manifests);
        for (place, path) in listed.iter() {
            let package = rust.innermost(parent(path.as_str()));
            rust.packages[package].files.push(place);
            rust.package_of.insert(place, package);
        }
        rust.name_packages();
        rust
    }

    /// Reads the manifests of the folders that hold Rust files or have some below. What cannot be used counts as absent.
    fn read_manifests(&mut self, root: &Path) -> Vec<(String, Manifest)> {
        let mut folders: FxHashSet<&str> = FxHashSet::default();
        for path in self.places.keys() {
            let mut folder = parent(path);
            while folders.insert(folder) && !folder.is_empty() {
                folder = parent(folder);
            }
        }
        folders.insert("");
        let mut folders: Vec<&str> = folders.into_iter().collect();
        folders.sort_unstable();
        let mut files = ConfigFiles::new(root);
        let mut found = Vec::new();
        for folder in folders {
            let text = files.text(&join(folder, "Cargo.toml"));
            let manifest = text.and_then(|text| Manifest::parse(&text));
            found.extend(manifest.map(|manifest| (folder.to_owned(), manifest)));
        }
        self.fingerprint = files.finish().0;
        found
    }

    fn add_packages(&mut self, manifests: Vec<(String, Manifest)>) {
        for (folder, mut manifest) in manifests {
            let shared = std::mem::take(&mut manifest.workspace_dependencies);
            if !shared.is_empty() {
                self.workspaces.push((folder.clone(), shared));
            }
            if manifest.name.is_some() {
                self.add_package(folder, manifest);
            }
        }
        // What no manifest is around makes a package of its own.
        self.add_package(String::new(), Manifest::default());
    }

    fn add_package(&mut self, folder: String, manifest: Manifest) {
        let named = manifest.library_path.as_deref();
        let library = join(&folder, named.unwrap_or("src/lib.rs"));
        self.packages.push(Package {
            library: self.places.get(&*library).copied(),
            folder,
            manifest,
            files: Vec::new(),
        });
    }

    /// Returns the package whose folder is the innermost around another.
    fn innermost(&self, folder: &str) -> usize {
        let last = self.packages.len() - 1;
        let around = self.packages[..last].iter().enumerate();
        let around = around.filter(|(_, package)| is_within(folder, &package.folder));
        let innermost = around.max_by_key(|(_, package)| package.folder.len());
        innermost.map_or(last, |(place, _)| place)
    }

    fn name_packages(&mut self) {
        let mut roots = Vec::new();
        for (place, package) in self.packages.iter().enumerate() {
            if let Some(name) = &package.manifest.name {
                self.by_name.entry(name.clone()).or_insert(place);
                self.by_folder.insert(package.folder.clone(), place);
            }
            if let Some(library) = package.library {
                roots.extend_from_slice(self.paths[&library].as_bytes());
                roots.push(0);
            }
        }
        // A library that comes or goes changes what names mean in files that import nothing of it.
        roots.extend_from_slice(self.fingerprint.as_bytes());
        self.fingerprint = ContentHash::of(&roots);
    }

    /// Returns the root of the crate that a name means in a file.
    fn krate(&self, importer: usize, name: &str) -> Resolved {
        let Some(package) = self.package_of.get(&importer) else {
            return Resolved::External;
        };
        let package = &self.packages[*package];
        let found = match package.manifest.dependencies.get(name) {
            _ if package.manifest.library_name.as_deref() == Some(name) => Some(package),
            Some(dependency) => self.package(&package.folder, name, dependency),
            None if package.manifest.name.is_none() => self.called(name),
            None => None,
        };
        let library = found.and_then(|package| package.library);
        library.map_or(Resolved::External, Resolved::File)
    }

    /// Returns the package of the tree that a dependency means.
    fn package(&self, folder: &str, name: &str, dependency: &Dependency) -> Option<&Package> {
        let (folder, dependency) = match dependency.is_of_workspace {
            false => (folder, dependency),
            true => {
                let around = self.workspaces.iter();
                let around = around.filter(|(of, _)| is_within(folder, of));
                let (of, shared) = around.max_by_key(|(of, _)| of.len())?;
                (of.as_str(), shared.get(name)?)
            }
        };
        let by_path = dependency.path.as_ref().and_then(|path| {
            let folder = within(folder, path)?;
            self.by_folder.get(&folder)
        });
        let place = by_path.or_else(|| self.by_name.get(&dependency.package))?;
        Some(&self.packages[*place])
    }

    fn called(&self, name: &str) -> Option<&Package> {
        let mut packages = self.packages.iter();
        packages.find(|package| package.manifest.library_name.as_deref() == Some(name))
    }

    /// Returns the file of a module inside of a file, by its path there.
    fn inner(&self, file: usize, path: &str) -> Resolved {
        let Some(own) = self.paths.get(&file) else {
            return Resolved::Missing;
        };
        let beneath = own.strip_suffix(".rs").unwrap_or(own);
        let beside = parent(own);
        let folders = match self.is_root(file, own) || own.ends_with("mod.rs") {
            true => [beside, beneath],
            false => [beneath, beside],
        };
        let path = path.replace("::", "/");
        for folder in folders {
            let module = join(folder, &path);
            for file in [format!("{module}.rs"), format!("{module}/mod.rs")] {
                if let Some(found) = self.places.get(&*file) {
                    return Resolved::File(*found);
                }
            }
        }
        Resolved::Missing
    }

    fn named(&self, file: usize, path: &str) -> Resolved {
        let own = self.paths.get(&file).map(|own| parent(own));
        let found = own
            .and_then(|folder| within(folder, path))
            .and_then(|path| self.places.get(&*path));
        found.map_or(Resolved::Missing, |file| Resolved::File(*file))
    }

    /// Whether a file is the root of a crate, so that its modules lie beside it.
    fn is_root(&self, file: usize, path: &str) -> bool {
        let Some(package) = self.package_of.get(&file) else {
            return false;
        };
        let package = &self.packages[*package];
        let inside = behind(path, &package.folder).unwrap_or(path);
        let is_usual = matches!(inside, "src/lib.rs" | "src/main.rs" | "build.rs");
        let folder = parent(inside);
        is_usual
            || package.library == Some(file)
            || TARGET_FOLDERS.contains(&folder)
            || TARGET_FOLDERS.contains(&parent(folder)) && inside.ends_with("/main.rs")
            || package
                .manifest
                .targets
                .iter()
                .any(|target| target == inside)
    }
}

impl Resolver for Rust<'_> {
    fn fingerprint(&self) -> ContentHash {
        self.fingerprint
    }

    fn remarks(&self) -> &[ConfigRemark] {
        &[]
    }

    fn resolve(&self, importer: usize, specifier: &str) -> Resolved {
        if let Some(path) = specifier.strip_prefix("mod ") {
            return self.inner(importer, path);
        }
        if let Some(path) = specifier.strip_prefix("path ") {
            return self.named(importer, path);
        }
        // In front of `>` stands the module of the file in which the path is written.
        let path = specifier.rsplit('>').next().unwrap_or(specifier);
        let mut names = path.split("::").filter(|name| !name.is_empty());
        match names.next() {
            None | Some("crate" | "self" | "super") => Resolved::Missing,
            Some(name) => self.krate(importer, name),
        }
    }

    fn resolve_inner(&self, importer: usize, _: Option<&str>, name: &str) -> Resolved {
        self.resolve(importer, name)
    }

    /// Returns the crates that the package can name, its own among them.
    fn named_packages(&self, file: usize) -> Vec<(&str, Resolved)> {
        let Some(package) = self.package_of.get(&file) else {
            return Vec::new();
        };
        let manifest = &self.packages[*package].manifest;
        let mut names: Vec<&str> = match manifest.name {
            Some(_) => manifest.dependencies.keys().map(|name| &**name).collect(),
            // A file without a package can name every one.
            None => {
                let all = self.packages.iter();
                all.filter_map(|package| package.manifest.library_name.as_deref())
                    .collect()
            }
        };
        names.extend(manifest.library_name.as_deref());
        names.sort_unstable();
        names.dedup();
        let led = names.into_iter().map(|name| (name, self.krate(file, name)));
        led.collect()
    }

    /// Returns the files of the package.
    fn siblings(&self, file: usize) -> &[usize] {
        let package = self.package_of.get(&file);
        package.map_or(&[], |package| &self.packages[*package].files)
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn join(folder: &str, name: &str) -> String {
    match folder.is_empty() {
        true => name.to_owned(),
        false => format!("{folder}/{name}"),
    }
}

fn is_within(folder: &str, outer: &str) -> bool {
    outer.is_empty() || behind(folder, outer).is_some()
}

/// Returns what follows a path that another begins with, part by part.
fn behind<'p>(path: &'p str, beginning: &str) -> Option<&'p str> {
    if beginning.is_empty() {
        return Some(path);
    }
    match path.strip_prefix(beginning)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// Returns what a relative path from a folder means; nothing outside of the tree.
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
