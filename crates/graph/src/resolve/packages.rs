//! Packages that several files make, and the members of their types: what Go adds to the rules.
//!
//! A type's methods may stand in any file of its package, what a type embeds lends it members, and a type defined as another has its
//! fields without its methods.

use std::sync::{Arc, Mutex, OnceLock};

use domain::facts::{DeclaredValue, ExportTarget, Extension, ReferenceKind, Target};
use domain::{Facts, Provenance};
use rustc_hash::{FxHashMap, FxHashSet};

use super::atoms::{Atom, DeclarationAt, Env, ShapeAt, Ty, only, unknown};
use super::entities::{Entity, Side};
use super::evaluator::Evaluator;
use super::exports::Exported;
use super::interfaces::is_interface;
use super::lookup::locked;
use super::rust::Crate;
use super::stars::FEW_MAX;
use super::{Files, Module};

/// Types that embed each other deeper lend nothing.
const EMBEDDING_MAX: usize = 8;

/// A package by the first file of its folder and by its name.
pub(super) type PackageKey<'f> = (u32, &'f str);

/// What the files of a package declare together. Made once for all files that ask.
#[derive(Default)]
pub(super) struct Package {
    pub(super) names: FxHashMap<Box<str>, DeclarationAt>,
    /// By the name of the type and their own.
    methods: FxHashMap<Box<str>, FxHashMap<Box<str>, ExtensionAt>>,
    types: FxHashMap<ShapeAt, Box<str>>,
    /// Types without parameters that are made of methods, in order.
    pub(super) interfaces: Vec<ShapeAt>,
    /// The modules that its files import, in the order in which they do.
    pub(super) imports: Vec<u32>,
}

impl Package {
    /// Returns the package of a name that files of one folder make.
    fn of(files: &dyn Files, siblings: &[usize], name: &str) -> Package {
        let mut package = Package::default();
        let mut imported = FxHashSet::default();
        // Of several definitions, the one that the usual build takes.
        for is_usual in [true, false] {
            for file in siblings.iter().map(|file| *file as u32) {
                let facts = files.facts(file);
                let is_of_it = facts.package.is_some_and(|package| {
                    package.is_usual == is_usual && facts.name(package.name) == name
                });
                if !is_of_it {
                    continue;
                }
                package.add(file, facts);
                for module in modules_imported_by(files, file) {
                    if imported.insert(module) {
                        package.imports.push(module);
                    }
                }
            }
        }
        package.interfaces.sort_unstable();
        package
    }

    fn add(&mut self, file: u32, facts: &Facts) {
        for export in &facts.exports {
            let ExportTarget::Declared(declaration) = export.target else {
                continue;
            };
            let name = facts.name(export.name);
            let names = self.names.entry(name.into());
            names.or_insert(DeclarationAt { file, declaration });
            if let DeclaredValue::Static(shape) = facts.declarations[declaration.index()].value {
                let (at, shape) = (ShapeAt { file, shape }, &facts.shapes[shape.index()]);
                let is_new = self.types.insert(at, name.into()).is_none();
                if is_new && shape.parameters.is_empty() && is_interface(shape) {
                    self.interfaces.push(at);
                }
            }
        }
        for (index, extension) in facts.extensions.iter().enumerate() {
            let methods = self.methods.entry(facts.name(extension.of).into());
            let method = facts.name(extension.member.name).into();
            let methods = methods.or_default().entry(method);
            methods.or_insert(ExtensionAt { file, index });
        }
    }

    /// Returns what a name defines as a type.
    pub(super) fn shape_of(&self, name: &str, evaluator: &mut Evaluator<'_>) -> Option<ShapeAt> {
        let at = *self.names.get(name)?;
        match evaluator.declaration(at).value {
            DeclaredValue::Static(shape) => Some(ShapeAt {
                file: at.file,
                shape,
            }),
            _ => None,
        }
    }

    fn method(&self, of: ShapeAt, name: &str) -> Option<ExtensionAt> {
        self.methods.get(self.types.get(&of)?)?.get(name).copied()
    }
}

/// The packages that files of one folder make, kept with the first of them.
#[derive(Default)]
pub(super) struct Packages {
    by_name: Mutex<FxHashMap<Box<str>, Arc<Package>>>,
    imported: OnceLock<Option<Box<str>>>,
    krate: OnceLock<Arc<Crate>>,
}

impl Packages {
    /// Returns what a package of Rust declares, made by whoever asks first.
    pub(super) fn krate(&self, make: impl FnOnce() -> Crate) -> Arc<Crate> {
        self.krate.get_or_init(|| Arc::new(make())).clone()
    }
}

/// A member that stands outside of its type, and its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExtensionAt {
    pub(super) file: u32,
    index: usize,
}

impl<'f> Evaluator<'f> {
    /// Returns what is declared in the package of a file, if it is part of one.
    pub(super) fn package_of(&mut self, file: u32) -> Option<Arc<Package>> {
        let facts = self.facts(file);
        let name = facts.name(facts.package?.name);
        Some(self.package(file, name))
    }

    pub(super) fn package_name(&mut self, file: u32) -> Option<&'f str> {
        let facts = self.facts(file);
        Some(facts.name(facts.package?.name))
    }

    fn package(&mut self, file: u32, name: &'f str) -> Arc<Package> {
        let files = self.files;
        let siblings = files.siblings(file);
        let first = siblings.first().map_or(file, |first| *first as u32);
        if let Some(known) = self.packages.get(&(first, name)) {
            return known.clone();
        }
        self.looks_at_folder(first, siblings);
        // Held while the package is collected, so that of several threads one reads the folder.
        let mut known = locked(&files.lookup(first).packages.by_name);
        let package = known
            .entry(name.into())
            .or_insert_with(|| Arc::new(Package::of(files, siblings, name)));
        self.packages.insert((first, name), package.clone());
        package.clone()
    }

    /// Notes that all files of a folder were looked at; of many, by the first, which itself depends on all.
    pub(super) fn looks_at_folder(&mut self, first: u32, siblings: &[usize]) {
        self.facts(first);
        match siblings.len() <= FEW_MAX {
            true => self.looks_at_all(siblings),
            false => self.looks_behind(first),
        }
    }

    fn looks_at_all(&mut self, files: &[usize]) {
        for file in files {
            self.facts(*file as u32);
        }
    }

    /// The first file of a folder stands for all of them.
    pub(super) fn look_at_own_folder(&mut self) {
        let siblings = self.files.siblings(self.own_file());
        let first = siblings.first().map(|first| *first as u32);
        if (self.is_go() || self.is_rust()) && first == Some(self.own_file()) {
            self.looks_at_all(siblings);
        }
    }

    /// Returns the name of the package that others import from the folder of a file: that of most of its files.
    fn imported_package(&mut self, file: u32) -> Option<&'f str> {
        let files = self.files;
        let siblings = files.siblings(file);
        let first = siblings.first().map_or(file, |first| *first as u32);
        self.looks_at_folder(first, siblings);
        let imported = &files.lookup(first).packages.imported;
        let name = imported.get_or_init(|| most_usual_package(files, siblings).map(Into::into));
        name.as_deref()
    }

    /// Returns what is declared in the package that others import from the folder of a file.
    pub(super) fn package_imported_from(&mut self, file: u32) -> Option<Arc<Package>> {
        let name = self.imported_package(file)?;
        Some(self.package(file, name))
    }

    /// Returns what a package exports under a name.
    pub(super) fn exported_by_package(&mut self, file: u32, name: &str) -> Option<Exported> {
        let package = self.package_imported_from(file)?;
        let at = *package.names.get(name)?;
        self.follow(at)
    }

    /// Returns what a name means that a file uses and does not declare: of its package, of an import, of the language.
    pub(super) fn name_in_package(&mut self, file: u32, name: &str) -> Option<Exported> {
        let mut leads_outside = true;
        if !self.files.is_library(file) {
            let package = self.package_of(file);
            if let Some(at) = package.and_then(|package| package.names.get(name).copied()) {
                return self.follow(at);
            }
            // `import . "path"`.
            for specifier in &self.facts(file).stars {
                if let Module::File(module) = self.module(file, *specifier)
                    && let Some(found) = self.exported(module, name)
                {
                    self.found_by(Provenance::Import);
                    return Some(found);
                }
            }
            if let Some(module) = self.import_called(file, name) {
                self.found_by(Provenance::Import);
                return Some(Exported::Module(module));
            }
        } else {
            leads_outside = false;
        }
        match self.library(name) {
            Some(at) => Some(Exported::Declaration(at)),
            None => leads_outside.then_some(Exported::Outside),
        }
    }

    /// A package may be called other than its folder.
    fn import_called(&mut self, file: u32, name: &str) -> Option<u32> {
        let references = self.facts(file).references.iter();
        let imports = references.filter(|reference| reference.kind == ReferenceKind::Import);
        for import in imports {
            if let Target::Module { specifier, .. } = import.target
                && let Module::File(module) = self.module(file, specifier)
                && self.imported_package(module) == Some(name)
            {
                return Some(module);
            }
        }
        None
    }

    pub(super) fn extension(&mut self, at: ExtensionAt) -> &'f Extension {
        &self.facts(at.file).extensions[at.index]
    }

    /// Looks a member up in a type and then in what it embeds, level by level; two on one level are ambiguous.
    pub(super) fn promoted_member(&mut self, at: ShapeAt, env: &Env, name: &str) -> Option<Entity> {
        let mut level = vec![(at, env.clone())];
        let mut seen: FxHashSet<ShapeAt> = [at].into_iter().collect();
        let mut leads_outside = false;
        for _ in 0..EMBEDDING_MAX {
            let mut found: Vec<Entity> = Vec::new();
            self.goes_through(level.len() - 1);
            if self.is_exhausted() {
                return None;
            }
            for (at, env) in &level {
                found.extend(self.own_member(*at, env, name));
            }
            match found.len() {
                0 => {}
                1 => return found.pop(),
                _ => return None,
            }
            let mut next = Vec::new();
            for (at, env) in &level {
                leads_outside |= self.embedded(*at, env, &mut next);
            }
            // Met on a level above, where it had its chance: the shallowest counts (Go
            // specification, "Selectors").
            next.retain(|(at, _)| !seen.contains(at));
            seen.extend(next.iter().map(|(at, _)| *at));
            if next.is_empty() {
                break;
            }
            level = next;
        }
        leads_outside.then_some(Entity::Outside)
    }

    /// Adds what a type embeds; returns whether something of it is outside.
    fn embedded(&mut self, at: ShapeAt, env: &Env, found: &mut Vec<(ShapeAt, Env)>) -> bool {
        let mut leads_outside = false;
        let mut types: Vec<Ty> = Vec::new();
        for (at, env) in self.definitions(at, env, &mut leads_outside) {
            for embedded in &self.shape(at).extends {
                types.push(self.written_type(at.file, *embedded, &env));
            }
        }
        for atom in types.iter().flat_map(|ty| ty.iter()) {
            match atom {
                Atom::Instance(at, env) => found.push((*at, env.clone())),
                _ => leads_outside = true,
            }
        }
        leads_outside
    }

    /// Returns a type and those that it is defined as, one after the other.
    fn definitions(
        &mut self,
        at: ShapeAt,
        env: &Env,
        leads_outside: &mut bool,
    ) -> Vec<(ShapeAt, Env)> {
        let mut found = vec![(at, env.clone())];
        while found.len() < EMBEDDING_MAX {
            let (at, env) = found[found.len() - 1].clone();
            let Some(r#type) = self.shape(at).base_types.first() else {
                break;
            };
            let ty = self.written_type(at.file, *r#type, &env);
            match ty.first() {
                Some(Atom::Instance(at, env)) => found.push((*at, env.clone())),
                Some(Atom::Outside) => {
                    *leads_outside = true;
                    break;
                }
                _ => break,
            }
        }
        found
    }

    fn own_member(&mut self, at: ShapeAt, env: &Env, name: &str) -> Option<Entity> {
        if !self.files.is_library(at.file)
            && let Some(package) = self.package_of(at.file)
            && let Some(extension) = package.method(at, name)
        {
            let env = self.extended(at, env, extension);
            return Some(Entity::Extended { at: extension, env });
        }
        // A type has the fields of what it is defined as, and none of its methods (Go
        // specification, "Type definitions").
        for (shape, env) in self.definitions(at, env, &mut false) {
            if let Some(index) = self.position(shape, Side::Instance, name) {
                return Some(Entity::Member {
                    shape,
                    side: Side::Instance,
                    index,
                    env,
                });
            }
        }
        None
    }

    /// Gives the type parameters that a receiver names what those of its type stand for.
    fn extended(&mut self, at: ShapeAt, env: &Env, extension: ExtensionAt) -> Env {
        let own = &self.extension(extension).parameters;
        let parameters = &self.shape(at).parameters;
        let pairs = parameters.iter().zip(own);
        pairs.fold(env.clone(), |env, (parameter, own)| {
            match env.parameter(self.at(at.file, *parameter)).cloned() {
                Some(bound) => env.with_parameter(self.at(extension.file, *own), bound),
                None => env,
            }
        })
    }

    /// Returns the shape whose call signatures a type has: its own, or that of what it is defined as.
    pub(super) fn callable_definition(&mut self, at: ShapeAt, env: &Env) -> Option<(ShapeAt, Env)> {
        let mut definitions = self.definitions(at, env, &mut false).into_iter();
        definitions.find(|(at, _)| !self.shape(*at).calls.is_empty())
    }

    /// Returns what ranging over a value gives: key and element, or what a function passes on.
    pub(super) fn ranged(&mut self, ty: &Ty) -> Ty {
        let mut found = Vec::new();
        for atom in ty.iter() {
            let signature = self.signatures(&only(atom.clone())).into_iter().next();
            found.push(match (atom, signature) {
                (Atom::Outside, _) => only(Atom::Outside),
                (_, Some(iterator)) => {
                    // A function that is ranged over gives what it passes to its own parameter,
                    // `yield`.
                    let passes = self.parameter_at(iterator.at, &iterator.env, 0);
                    match self.signatures(&passes).into_iter().next() {
                        Some(pass) => self.pair(|evaluator, place| {
                            evaluator.parameter_at(pass.at, &pass.env, place)
                        }),
                        None => unknown(),
                    }
                }
                _ => self.pair(|evaluator, place| {
                    evaluator.hidden_member(atom, ["__key", "__element"][place])
                }),
            });
        }
        self.any_of(found.into_iter())
    }

    fn pair(&mut self, mut of: impl FnMut(&mut Self, usize) -> Ty) -> Ty {
        only(Atom::Tuple([of(self, 0), of(self, 1)].into()))
    }
}

fn modules_imported_by(files: &dyn Files, file: u32) -> impl Iterator<Item = u32> {
    let references = files.facts(file).references.iter();
    references.filter_map(move |reference| match (reference.kind, reference.target) {
        (ReferenceKind::Import, Target::Module { specifier, .. }) => {
            match files.module(file, specifier) {
                Module::File(module) => Some(module),
                _ => None,
            }
        }
        _ => None,
    })
}

/// Returns the name of the package that most files of a folder make.
fn most_usual_package<'f>(files: &'f dyn Files, siblings: &[usize]) -> Option<&'f str> {
    let mut n_files: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
    for (place, file) in siblings.iter().enumerate() {
        let facts = files.facts(*file as u32);
        let Some(package) = facts.package else {
            continue;
        };
        let name = facts.name(package.name);
        // `x_test` stands beside `x` to test it from outside, and nobody can import it.
        let weight = usize::from(package.is_usual && !name.ends_with("_test"));
        n_files.entry(name).or_insert((0, place)).0 += weight;
    }
    // Of equals, the first that comes.
    let most = n_files
        .into_iter()
        .max_by_key(|(_, (n_files, place))| (*n_files, std::cmp::Reverse(*place)));
    most.map(|(name, _)| name)
}
