//! The facts of files, read from the store when they are asked for.

use std::cell::{OnceCell, RefCell};

use domain::facts::{NameId, Target};
use domain::{ContentHash, Facts, Family};
use graph::resolve::{Files, Module};
use modules::{Modules, Resolved};
use rustc_hash::FxHashMap;
use store::{GraphFile, Store, StoreError};

use super::module_bytes;

/// The files of a generation by their places in path order; after the last come the libraries, in the order of the families.
pub(super) struct LoadedFiles<'s> {
    store: &'s dyn Store,
    known: &'s [GraphFile],
    modules: Modules<'s>,
    facts: Vec<OnceCell<Facts>>,
    targets: RefCell<FxHashMap<(u32, NameId), Module>>,
    /// Hashes over files that can make a package, by the first of them.
    siblings: RefCell<FxHashMap<Option<usize>, ContentHash>>,
    /// The first error of the store; the trait that resolution knows has no room for it.
    failure: RefCell<Option<StoreError>>,
}

impl<'s> LoadedFiles<'s> {
    pub(super) fn new(
        store: &'s dyn Store,
        known: &'s [GraphFile],
        modules: Modules<'s>,
    ) -> LoadedFiles<'s> {
        LoadedFiles {
            store,
            known,
            modules,
            facts: known.iter().map(|_| OnceCell::new()).collect(),
            targets: RefCell::default(),
            siblings: RefCell::default(),
            failure: RefCell::new(None),
        }
    }

    /// Fails if anything could not be read: what was found meanwhile is worth nothing.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        match self.failure.into_inner() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Returns the hash over where a file's specifiers lead.
    pub(super) fn modules_hash(&self, file: u32) -> ContentHash {
        let facts = self.facts(file);
        let imported = facts.references.iter();
        let imported = imported.filter_map(|reference| match reference.target {
            Target::Module { specifier, name } => Some((specifier, name)),
            _ => None,
        });
        let mut imported: Vec<(NameId, NameId)> = imported.collect();
        imported.sort_unstable();
        imported.dedup();
        let mut bytes = super::RESOLVER_VERSION.to_le_bytes().to_vec();
        bytes.extend_from_slice(self.siblings_hash(file).as_bytes());
        let mut latest = None;
        for (specifier, name) in imported {
            if latest.replace(specifier) != Some(specifier) {
                bytes.extend(specifier.0.to_le_bytes());
                bytes.extend(module_bytes(self.module(file, specifier), self.known));
                bytes.push(0);
            }
            if let inner @ Module::File(_) =
                self.inner_module(file, Some(specifier), facts.name(name))
            {
                bytes.extend(name.0.to_le_bytes());
                bytes.extend(module_bytes(inner, self.known));
                bytes.push(0);
            }
        }
        ContentHash::of(&bytes)
    }

    /// Returns the hash over the files that can make a package with a file.
    fn siblings_hash(&self, file: u32) -> ContentHash {
        let siblings = self.modules.siblings(file as usize);
        let first = siblings.first().copied();
        if let Some(known) = self.siblings.borrow().get(&first) {
            return *known;
        }
        let mut bytes = Vec::new();
        for sibling in siblings {
            bytes.extend_from_slice(self.known[*sibling].path.as_str().as_bytes());
            bytes.push(0);
        }
        let hash = ContentHash::of(&bytes);
        self.siblings.borrow_mut().insert(first, hash);
        hash
    }

    fn find(&self, file: u32, specifier: NameId) -> Module {
        let text = self.facts(file).name(specifier);
        module_of(self.modules.resolve(file as usize, text))
    }
}

fn module_of(resolved: Resolved) -> Module {
    match resolved {
        Resolved::File(found) => Module::File(found as u32),
        Resolved::External | Resolved::Asset => Module::Outside,
        Resolved::Missing => Module::Missing,
    }
}

impl Files for LoadedFiles<'_> {
    fn facts(&self, file: u32) -> &Facts {
        let Some(cell) = self.facts.get(file as usize) else {
            let family = Family::ALL.get(file as usize - self.known.len());
            return extract::library(family.copied());
        };
        cell.get_or_init(|| {
            self.store
                .facts(self.known[file as usize].id)
                .unwrap_or_else(|error| {
                    self.failure.borrow_mut().get_or_insert(error);
                    Facts::default()
                })
        })
    }

    fn module(&self, file: u32, specifier: NameId) -> Module {
        if self.is_library(file) {
            return Module::Missing;
        }
        if let Some(known) = self.targets.borrow().get(&(file, specifier)) {
            return *known;
        }
        let found = self.find(file, specifier);
        self.targets.borrow_mut().insert((file, specifier), found);
        found
    }

    fn library(&self, file: u32) -> u32 {
        let family = self.modules.family(file as usize);
        let place = Family::ALL.iter().position(|one| Some(*one) == family);
        (self.known.len() + place.unwrap_or(Family::ALL.len())) as u32
    }

    fn is_library(&self, file: u32) -> bool {
        file as usize >= self.known.len()
    }

    fn family(&self, file: u32) -> Option<Family> {
        self.modules.family(file as usize)
    }

    fn inner_module(&self, file: u32, specifier: Option<NameId>, name: &str) -> Module {
        if self.is_library(file) {
            return Module::Missing;
        }
        let specifier = specifier.map(|specifier| self.facts(file).name(specifier));
        module_of(self.modules.resolve_inner(file as usize, specifier, name))
    }

    fn siblings(&self, file: u32) -> &[usize] {
        self.modules.siblings(file as usize)
    }
}
