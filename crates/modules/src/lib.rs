//! Decides which file an import means, by the rules of the importing file's family.
//!
//! Every family has a resolver of its own, which sees the files of its family only: an import never leads from one family into another.
//! Where it is not certain, an import stays unresolved: a missing edge is better than a wrong one. Start at [`Modules`].

#[cfg(test)]
mod checking;
mod ecmascript;
mod go;
mod java;
mod python;
mod remark;
mod rust;

use std::path::Path;

use domain::{ContentHash, Family, RepoPath};

pub use remark::ConfigRemark;

/// What an import leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resolved {
    /// The indexed file at this place in the list.
    File(usize),
    /// A package outside the repository, or a part of the runtime.
    External,
    /// A file of the repository that is not indexed, is of another family, or whose text alone is used.
    Asset,
    /// Nothing that is there.
    Missing,
}

/// The rules of one family, for one tree as its files and its configuration stand.
trait Resolver: Sync {
    /// Returns the hash over every configuration file that answers depend on, with its path.
    fn fingerprint(&self) -> ContentHash;

    /// Returns what is wrong with the configuration, in no particular order.
    fn remarks(&self) -> &[ConfigRemark];

    /// Returns what an import of `specifier` in the file at place `importer` of the list leads to.
    fn resolve(&self, importer: usize, specifier: &str) -> Resolved;

    /// Returns the module called `name` inside of the package that `specifier` in the file at place `importer` leads to; without a
    /// specifier inside of that file itself, if it stands for a package.
    ///
    /// Not every family has modules inside of modules.
    fn resolve_inner(&self, importer: usize, specifier: Option<&str>, name: &str) -> Resolved {
        let _ = (importer, specifier, name);
        Resolved::Missing
    }

    /// Returns the files that can make a package together with a file, itself among them: those nearest first, then in path order. The
    /// first of them has the same list.
    ///
    /// Not in every family do several files make a package.
    fn siblings(&self, file: usize) -> &[usize] {
        let _ = file;
        &[]
    }

    /// Returns the names that mean packages in the files of a package without an import, with what they lead to, in order.
    ///
    /// Not every family has names of packages that are nowhere imported.
    fn named_packages(&self, file: usize) -> Vec<(&str, Resolved)> {
        let _ = file;
        Vec::new()
    }

    /// Whether what the file at place `other` declares for all is seen in the file at place `file`.
    ///
    /// Not every family has names that are nowhere imported.
    fn sees(&self, file: usize, other: usize) -> bool {
        let _ = (file, other);
        false
    }
}

/// Reads the configuration of the tree under a root. Configuration that cannot be used never fails it.
type Read = for<'a> fn(&Path, &FamilyFiles<'a>) -> Box<dyn Resolver + 'a>;

/// Every family with its rules.
const RESOLVERS: &[(Family, Read)] = &[
    (Family::Ecmascript, ecmascript::read),
    (Family::Python, python::read),
    (Family::Go, go::read),
    (Family::Java, java::read),
    (Family::Rust, rust::read),
];

/// The indexed files of one family, by their places in the list of all files.
struct FamilyFiles<'a> {
    paths: &'a [RepoPath],
    places: Vec<usize>,
}

impl<'a> FamilyFiles<'a> {
    /// Takes every file.
    #[cfg(test)]
    fn all(paths: &'a [RepoPath]) -> FamilyFiles<'a> {
        FamilyFiles {
            paths,
            places: (0..paths.len()).collect(),
        }
    }

    /// Returns the files in path order.
    fn iter(&self) -> impl Iterator<Item = (usize, &'a RepoPath)> {
        self.places
            .iter()
            .map(|place| (*place, &self.paths[*place]))
    }
}

/// Knows where the modules of one tree are.
pub struct Modules<'a> {
    families: Vec<Option<Family>>,
    resolvers: Vec<(Family, Box<dyn Resolver + 'a>)>,
}

impl<'a> Modules<'a> {
    /// Reads the configuration of the tree under `root`, whose indexed files are `paths`, of these families.
    ///
    /// Configuration that cannot be used never fails it: see [`Modules::remarks`].
    pub fn read(root: &Path, paths: &'a [RepoPath], families: Vec<Option<Family>>) -> Modules<'a> {
        let files_of = |family: Family| FamilyFiles {
            paths,
            places: (0..paths.len())
                .filter(|place| families[*place] == Some(family))
                .collect(),
        };
        let resolvers = RESOLVERS
            .iter()
            .map(|(family, read)| (*family, files_of(*family), read))
            .filter(|(_, files, _)| !files.places.is_empty())
            .map(|(family, files, read)| (family, read(root, &files)))
            .collect();
        Modules {
            families,
            resolvers,
        }
    }

    /// Returns the hash over every configuration file that answers depend on, with its path.
    ///
    /// The same list of files and the same fingerprint mean the same answers, but for what is looked up on the disk when it is
    /// asked for: assets, and folders behind symbolic links.
    pub fn fingerprint(&self) -> ContentHash {
        let mut bytes = Vec::new();
        for (family, resolver) in &self.resolvers {
            bytes.extend_from_slice(family.as_str().as_bytes());
            bytes.extend_from_slice(resolver.fingerprint().as_bytes());
        }
        ContentHash::of(&bytes)
    }

    /// Returns what is wrong with the configuration.
    pub fn remarks(&self) -> impl Iterator<Item = &ConfigRemark> {
        self.resolvers
            .iter()
            .flat_map(|(_, resolver)| resolver.remarks())
    }

    /// Returns the family of the file at this place in the list.
    pub fn family(&self, file: usize) -> Option<Family> {
        self.families.get(file).copied().flatten()
    }

    /// Returns what an import of `specifier` in the file at place `importer` of the list leads to.
    pub fn resolve(&self, importer: usize, specifier: &str) -> Resolved {
        self.resolver(importer)
            .map_or(Resolved::Missing, |resolver| {
                resolver.resolve(importer, specifier)
            })
    }

    /// Returns the module called `name` inside of the package that `specifier` in the file at place `importer` leads to, or inside of
    /// that file itself.
    pub fn resolve_inner(&self, importer: usize, specifier: Option<&str>, name: &str) -> Resolved {
        self.resolver(importer)
            .map_or(Resolved::Missing, |resolver| {
                resolver.resolve_inner(importer, specifier, name)
            })
    }

    /// Returns the files that can make a package together with a file, itself among them, those nearest first; none where every file is
    /// a module of its own.
    pub fn siblings(&self, file: usize) -> &[usize] {
        self.resolver(file)
            .map_or(&[], |resolver| resolver.siblings(file))
    }

    /// Returns the names that mean packages in the files of a package without an import, with what they lead to, in order.
    pub fn named_packages(&self, file: usize) -> Vec<(&str, Resolved)> {
        self.resolver(file)
            .map_or_else(Vec::new, |resolver| resolver.named_packages(file))
    }

    /// Returns whether what the file at place `other` declares for all is seen in the file at place `file` without an import.
    pub fn sees(&self, file: usize, other: usize) -> bool {
        self.family(file) == self.family(other)
            && self
                .resolver(file)
                .is_some_and(|resolver| resolver.sees(file, other))
    }

    fn resolver(&self, file: usize) -> Option<&(dyn Resolver + 'a)> {
        let family = self.family(file);
        let mut resolvers = self.resolvers.iter();
        let found = resolvers.find(|(of, _)| Some(*of) == family);
        found.map(|(_, resolver)| &**resolver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_never_leads_into_another_family() {
        let paths = ["a.ts", "b.ts", "c.ts"].map(|path| RepoPath::new(path).unwrap());
        let families = vec![Some(Family::Ecmascript), Some(Family::Ecmascript), None];
        let modules = Modules::read(Path::new("/nowhere"), &paths, families);
        assert_eq!(modules.resolve(0, "./b"), Resolved::File(1));
        assert_eq!(modules.resolve(0, "./c"), Resolved::Missing);
        assert_eq!(modules.resolve(2, "./b"), Resolved::Missing);
    }
}
