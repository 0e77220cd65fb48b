//! Java's rules: a type is found by its full name, which is the end of its file's path; a package is all folders of its name.
//!
//! No build file is read: source roots are recognized by paths (`src/main/java`, `src/test/java`, `src`, or whatever stands in front of the
//! folders that a package is called by), and of several files of one name the nearest counts. What a file says of its own package, resolution compares.

#[cfg(test)]
mod tests;

use std::path::Path;

use domain::{ContentHash, RepoPath};
use rustc_hash::FxHashMap;

use crate::{ConfigRemark, FamilyFiles, Resolved, Resolver};

/// Files of one package in other modules than the asking one's beyond so many are not looked through.
const OTHERS_MAX: usize = 256;

/// What packages usually begin with.
const FIRST_FOLDERS: &[&str] = &[
    "android", "androidx", "at", "be", "ch", "cn", "co", "com", "cz", "de", "dev", "dk", "edu",
    "es", "eu", "fi", "fr", "gov", "io", "it", "jakarta", "java", "javax", "jp", "kr", "me", "net",
    "nl", "no", "org", "pl", "ru", "scala", "se", "uk", "us",
];

/// Finds the tree's source files.
pub(crate) fn read<'a>(_: &Path, files: &FamilyFiles<'a>) -> Box<dyn Resolver + 'a> {
    Box::new(Java::read(files))
}

/// Where a file lies, as far as its path says.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a str,
    /// The folder of the build's module, such as that of `src/main/java`.
    module: &'a str,
    /// The folder of its package below the source root.
    package: &'a str,
}

struct Java<'a> {
    places: FxHashMap<usize, Place<'a>>,
    /// Files by name, in path order.
    by_name: FxHashMap<&'a str, Vec<usize>>,
    /// Files by folder, in path order, by the last name of the folder.
    folders: FxHashMap<&'a str, Vec<usize>>,
    /// Files of the package of a module, with those of others behind its own.
    packages: FxHashMap<(&'a str, &'a str), Vec<usize>>,
}

impl<'a> Java<'a> {
    fn read(listed: &FamilyFiles<'a>) -> Java<'a> {
        let mut java = Java {
            places: FxHashMap::default(),
            by_name: FxHashMap::default(),
            folders: FxHashMap::default(),
            packages: FxHashMap::default(),
        };
        let mut modules_of: FxHashMap<&'a str, Vec<usize>> = FxHashMap::default();
        for (number, path) in listed.iter() {
            let path: &'a RepoPath = path;
            let place = place_of(path.as_str());
            java.places.insert(number, place);
            java.by_name
                .entry(path.file_name())
                .or_default()
                .push(number);
            let folder = parent(place.path);
            let files = java.folders.entry(last(folder)).or_default();
            // One file stands for its folder.
            if files
                .last()
                .is_none_or(|known| parent(java.places[known].path) != folder)
            {
                files.push(number);
            }
            let key = (place.module, place.package);
            java.packages.entry(key).or_default().push(number);
            modules_of.entry(place.package).or_default().push(number);
        }
        for ((module, package), files) in &mut java.packages {
            // What a build takes stands in front of its tests.
            files.sort_by_key(|file| is_test(java.places[file].path));
            let others = modules_of[package].iter();
            let others = others.filter(|file| java.places[file].module != *module);
            let others: Vec<usize> = others.copied().take(OTHERS_MAX).collect();
            files.extend(others);
        }
        java
    }

    /// Returns the nearest of some files.
    fn nearest(&self, importer: &str, files: impl Iterator<Item = usize>) -> Option<usize> {
        let files = files.map(|file| {
            let path = self.places[&file].path;
            (n_common(importer, path), !is_test(path), file)
        });
        // The first of several that are as near.
        let best = files.reduce(|best, next| match (next.0, next.1) > (best.0, best.1) {
            true => next,
            false => best,
        });
        best.map(|(_, _, file)| file)
    }

    fn class(&self, importer: &str, name: &str) -> Option<usize> {
        let mut name = name;
        loop {
            let simple = last_name(name);
            let end = format!("{}.java", name.replace('.', "/"));
            let files = self.by_name.get(&*format!("{simple}.java"));
            let files = files.into_iter().flatten().copied();
            let files = files.filter(|file| ends_with(self.places[file].path, &end));
            if let Some(found) = self.nearest(importer, files) {
                return Some(found);
            }
            // A type inside of another, or a member of it.
            name = name.rsplit_once('.')?.0;
        }
    }

    fn package(&self, importer: &str, name: &str) -> Option<usize> {
        let folder = name.replace('.', "/");
        let files = self
            .folders
            .get(last(&folder))
            .into_iter()
            .flatten()
            .copied();
        let files = files.filter(|file| ends_with(parent(self.places[file].path), &folder));
        self.nearest(importer, files)
    }
}

impl Resolver for Java<'_> {
    fn fingerprint(&self) -> ContentHash {
        ContentHash::of(&[])
    }

    fn remarks(&self) -> &[ConfigRemark] {
        &[]
    }

    /// `a.b.Type`, `a.b.Type.Inner`, `a.b.Type.member`, `a.b.*` and `a.b.Type.*`.
    fn resolve(&self, importer: usize, specifier: &str) -> Resolved {
        let Some(from) = self.places.get(&importer) else {
            return Resolved::Missing;
        };
        let found = match specifier.strip_suffix(".*") {
            // A package before a class of that name, since hardly any import is of a class's
            // members without `static` (JLS 7.5.2).
            Some(name) => self
                .package(from.path, name)
                .or_else(|| self.class(from.path, name)),
            None => self.class(from.path, specifier),
        };
        match found {
            Some(file) => Resolved::File(file),
            // The library's, a dependency's, or made by a build: no file of the tree has it.
            None => Resolved::External,
        }
    }

    /// The file that a type of the package is called by.
    fn resolve_inner(&self, importer: usize, specifier: Option<&str>, name: &str) -> Resolved {
        let (Some(place), None) = (self.places.get(&importer), specifier) else {
            return Resolved::Missing;
        };
        let files = self.by_name.get(&*format!("{name}.java"));
        let files = files.into_iter().flatten().copied();
        let files = files.filter(|file| self.places[file].package == place.package);
        self.nearest(place.path, files)
            .map_or(Resolved::Missing, Resolved::File)
    }

    fn siblings(&self, file: usize) -> &[usize] {
        let place = self.places.get(&file);
        place
            .and_then(|place| self.packages.get(&(place.module, place.package)))
            .map_or(&[], |files| files)
    }
}

/// Returns module and package as a path says them.
fn place_of(path: &str) -> Place<'_> {
    let folder = parent(path);
    let parts: Vec<(usize, &str)> = folder
        .split('/')
        .scan(0, |start, part| {
            let at = *start;
            *start += part.len() + 1;
            Some((at, part))
        })
        .collect();
    let behind = |place: usize| parts.get(place + 1).map_or(folder.len(), |(at, _)| *at);
    let before = |place: usize| parts[place].0.saturating_sub(1);
    // `src/main/java`, `src/test/java`, `src/integrationTest/java`, `src/main/java-templates`
    let is_root = |place: usize| {
        place >= 2 && parts[place - 2].1 == "src" && parts[place].1.starts_with("java")
    };
    // The last, since a project inside of another's test data has roots of its own.
    if let Some(root) = (0..parts.len()).rev().find(|place| is_root(*place)) {
        return Place {
            path,
            module: &folder[..before(root - 2)],
            package: &folder[behind(root)..],
        };
    }
    let is_source = |part: &str| {
        matches!(
            part,
            "src" | "source" | "sources" | "test" | "tests" | "java"
        )
    };
    let is_first = |place: usize| {
        // A folder of sources may itself be called `java`.
        let next = parts.get(place + 1).map_or("", |(_, part)| *part);
        let is_folder = parts[place].1 == "java"
            && matches!(next, "com" | "org" | "android" | "androidx" | "edu");
        FIRST_FOLDERS.contains(&parts[place].1) && !is_folder
    };
    let first = (0..parts.len()).find(|place| is_first(*place));
    let source = parts
        .iter()
        .rposition(|(_, part)| is_source(part) && !FIRST_FOLDERS.contains(part));
    let start = match (first, source) {
        // `src/com/…`; a folder called `src` inside of a package is part of its name.
        (Some(first), _) => first,
        (None, Some(source)) => source + 1,
        (None, None) => 0,
    };
    let (root, package) = match parts.get(start) {
        Some((at, _)) => (folder[..*at].trim_end_matches('/'), &folder[*at..]),
        None => (folder, ""),
    };
    Place {
        path,
        module: if is_source(last(root)) {
            parent(root)
        } else {
            root
        },
        package,
    }
}

fn is_test(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "test" | "tests"))
}

/// Returns how many folders two files have in common.
fn n_common(one: &str, other: &str) -> usize {
    let pairs = parent(one).split('/').zip(parent(other).split('/'));
    pairs.take_while(|(one, other)| one == other).count()
}

/// Whether a path ends with some whole folders.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn last_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
