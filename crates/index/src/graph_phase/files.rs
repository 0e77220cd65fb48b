//! The facts of files, read from the store when they are asked for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use domain::facts::{NameId, Target, Type, Value};
use domain::{ContentHash, Facts, Family};
use graph::resolve::{Files, Lookup, Module, ShapeAt, SharedName};
use modules::{Modules, Resolved};
use rustc_hash::FxHashMap;
use store::{FileId, GraphFile, Store, StoreError};

use super::module_bytes;
use super::shared::Shared;

/// Enough that asking costs little beside reading, and few beside those that may be held.
const FILES_AT_ONCE: usize = 32;

/// The files of a generation by their places in path order; after the last come the libraries, in the order of the families.
///
/// Several threads ask at a time; which of them was first makes no difference to an answer.
pub(super) struct LoadedFiles<'s> {
    store: Mutex<&'s mut dyn Store>,
    known: &'s [GraphFile],
    modules: Modules<'s>,
    loaded: Vec<OnceLock<Box<LoadedFile>>>,
    /// Of the libraries, in the order of the families; the last is of none.
    lookups: Vec<Lookup>,
    /// About how many bytes the facts take that are held.
    n_loaded: AtomicUsize,
    /// How many may be held while one file after the other is resolved.
    n_bytes_max: usize,
    /// Files that are read at a time, since most of all are going to be asked for.
    n_at_once: usize,
    /// Hashes over files that can make a package, by the first of them.
    siblings: Mutex<FxHashMap<Option<usize>, ContentHash>>,
    /// What files declare for others; nothing while it is being collected.
    shared: OnceLock<Shared>,
    /// The first error of the store; the trait that resolution knows has no room for it.
    failure: Mutex<Option<StoreError>>,
}

/// What was read of a file, and where its specifiers lead as far as that was asked.
struct LoadedFile {
    facts: Facts,
    /// Finds names in them.
    lookup: Lookup,
    targets: Mutex<FxHashMap<NameId, Module>>,
}

impl LoadedFile {
    fn of(facts: Facts) -> Box<LoadedFile> {
        Box::new(LoadedFile {
            facts,
            lookup: Lookup::default(),
            targets: Mutex::default(),
        })
    }
}

/// Takes a lock. What a thread that panicked left is never used: the panic goes on.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'s> LoadedFiles<'s> {
    pub(super) fn new(
        store: &'s mut dyn Store,
        known: &'s [GraphFile],
        modules: Modules<'s>,
        n_bytes_max: usize,
    ) -> LoadedFiles<'s> {
        LoadedFiles {
            store: Mutex::new(store),
            known,
            modules,
            loaded: known.iter().map(|_| OnceLock::new()).collect(),
            n_loaded: AtomicUsize::new(0),
            n_bytes_max,
            n_at_once: 1,
            lookups: (0..=Family::ALL.len()).map(|_| Lookup::default()).collect(),
            siblings: Mutex::default(),
            shared: OnceLock::new(),
            failure: Mutex::new(None),
        }
    }

    /// Collects what files declare for others. Before, nothing that is not imported is found.
    ///
    /// Returns a name that is declared more often than its declarations are put together.
    pub(super) fn collect_shared(&self) -> Option<String> {
        let files = (0..).zip(self.known);
        let places: Vec<u32> = files
            .filter(|(_, file)| file.is_shared)
            .map(|(place, _)| place)
            .collect();
        let shared = Shared::of(self, &places, |one, other| self.sees(one, other));
        self.shared.get_or_init(|| shared).cut.clone()
    }

    fn sees(&self, file: u32, other: u32) -> bool {
        file == other || self.modules.sees(file as usize, other as usize)
    }

    /// Fails if anything could not be read: what was found meanwhile is worth nothing.
    pub(super) fn fail(&self) -> Result<(), StoreError> {
        match locked(&self.failure).take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Returns the store, which facts are read from.
    pub(super) fn store(&mut self) -> &mut &'s mut dyn Store {
        self.store.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn into_store(self) -> &'s mut dyn Store {
        self.store
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether much was read, or something could not be.
    pub(super) fn is_enough(&self) -> bool {
        self.n_loaded.load(Ordering::Relaxed) > self.n_bytes_max || locked(&self.failure).is_some()
    }

    /// Forgets what was read where that is much: it is read again when it is asked for.
    pub(super) fn forget(&mut self) {
        if *self.n_loaded.get_mut() > self.n_bytes_max {
            self.loaded.iter_mut().for_each(|file| drop(file.take()));
            *self.n_loaded.get_mut() = 0;
        }
    }

    /// Says how many files are going to be resolved: where they are most of all, those that follow a file are read with it.
    pub(super) fn expect(&mut self, n_files: usize) {
        let are_most = n_files > self.known.len() / 2;
        self.n_at_once = if are_most { FILES_AT_ONCE } else { 1 };
    }

    /// Returns what was read of a file, which is not a library.
    fn loaded(&self, file: u32) -> &LoadedFile {
        self.loaded[file as usize].get_or_init(|| {
            let block = self.block(file as usize);
            let ids: Vec<FileId> = block.iter().map(|place| self.known[*place].id).collect();
            let found = locked(&self.store).facts_of(&ids);
            let mut found = found.unwrap_or_else(|error| {
                locked(&self.failure).get_or_insert(error);
                Vec::new()
            });
            let others = found.split_off(found.len().min(1));
            for (place, facts) in block[1..].iter().zip(others) {
                let n_bytes = facts.n_bytes();
                // Where another thread was faster, its own stay.
                if self.loaded[*place].set(LoadedFile::of(facts)).is_ok() {
                    self.n_loaded.fetch_add(n_bytes, Ordering::Relaxed);
                }
            }
            let facts = found.pop().unwrap_or_default();
            self.n_loaded.fetch_add(facts.n_bytes(), Ordering::Relaxed);
            LoadedFile::of(facts)
        })
    }

    /// Returns the places of the files that are read with one, itself first.
    fn block(&self, file: usize) -> Vec<usize> {
        let following = (file + 1..self.known.len()).take(self.n_at_once - 1);
        let missing = following.filter(|place| self.loaded[*place].get().is_none());
        std::iter::once(file).chain(missing).collect()
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
        if let Some(beside) = Files::declared_by(self, file) {
            bytes.push(2);
            bytes.extend(module_bytes(Module::File(beside), self.known));
            bytes.push(0);
        }
        self.add_shared(file, &mut bytes);
        ContentHash::of(&bytes)
    }

    /// Returns the hash over the files that can make a package with a file, and over where names of packages lead in it.
    fn siblings_hash(&self, file: u32) -> ContentHash {
        let siblings = self.modules.siblings(file as usize);
        let first = siblings.first().copied();
        if let Some(known) = locked(&self.siblings).get(&first) {
            return *known;
        }
        let mut bytes = Vec::new();
        for sibling in siblings {
            bytes.extend_from_slice(self.known[*sibling].path.as_str().as_bytes());
            bytes.push(0);
        }
        for (name, resolved) in self.modules.named_packages(file as usize) {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend(module_bytes(module_of(resolved), self.known));
            bytes.push(0);
        }
        let hash = ContentHash::of(&bytes);
        locked(&self.siblings).insert(first, hash);
        hash
    }

    /// Adds what the names that a file does not declare can mean, and whose parts belong to what it declares.
    fn add_shared(&self, file: u32, bytes: &mut Vec<u8>) {
        let Some(shared) = self.shared.get().filter(|shared| !shared.is_empty()) else {
            return;
        };
        let facts = self.facts(file);
        let values = facts.values.iter().filter_map(|value| match value {
            Value::Global(name) => Some(*name),
            _ => None,
        });
        let types = facts.types.iter().filter_map(|r#type| match r#type {
            Type::Global { path, .. } => path.first().copied(),
            _ => None,
        });
        let mut names: Vec<NameId> = values.chain(types).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let found = Files::globals(self, file, facts.name(name));
            if !found.is_empty() {
                bytes.extend(name.0.to_le_bytes());
            }
            for shared in found {
                bytes.extend(module_bytes(Module::File(shared.at.file), self.known));
                bytes.push(0);
            }
        }
        for other in shared.merging(file) {
            bytes.push(1);
            bytes.extend(module_bytes(Module::File(other), self.known));
            bytes.push(0);
        }
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
        match self.is_library(file) {
            false => &self.loaded(file).facts,
            true => {
                let family = Family::ALL.get(file as usize - self.known.len());
                extract::library(family.copied())
            }
        }
    }

    fn lookup(&self, file: u32) -> &Lookup {
        match (file as usize).checked_sub(self.known.len()) {
            Some(library) => &self.lookups[library.min(Family::ALL.len())],
            None => &self.loaded(file).lookup,
        }
    }

    fn module(&self, file: u32, specifier: NameId) -> Module {
        if self.is_library(file) {
            return Module::Missing;
        }
        let targets = &self.loaded(file).targets;
        if let Some(known) = locked(targets).get(&specifier) {
            return *known;
        }
        let found = self.find(file, specifier);
        locked(targets).insert(specifier, found);
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

    fn globals(&self, file: u32, name: &str) -> Vec<SharedName> {
        let Some(shared) = self.shared.get().filter(|_| !self.is_library(file)) else {
            return Vec::new();
        };
        let found = shared.globals(name);
        if found.is_empty() {
            return Vec::new();
        }
        let is_script = self.facts(file).is_script;
        let found = found
            .iter()
            .filter(|found| (is_script || found.is_ambient) && self.sees(file, found.at.file));
        found.copied().collect()
    }

    fn declared_by(&self, file: u32) -> Option<u32> {
        let path = self.known.get(file as usize)?.path.as_str();
        let (stem, ending) = path.rsplit_once('.')?;
        let ending = match ending {
            "js" | "jsx" => "d.ts",
            "mjs" => "d.mts",
            "cjs" => "d.cts",
            _ => return None,
        };
        let beside = format!("{stem}.{ending}");
        let found = self
            .known
            .binary_search_by(|file| file.path.as_str().cmp(&beside));
        found.ok().map(|place| place as u32)
    }

    fn merged(&self, shape: ShapeAt) -> &[ShapeAt] {
        self.shared.get().map_or(&[], |shared| shared.merged(shape))
    }
}
