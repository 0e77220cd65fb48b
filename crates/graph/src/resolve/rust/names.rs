//! Paths: what names mean in modules, through imports and crates.

use std::rc::Rc;

use domain::Provenance;
use domain::facts::{DeclaredType, DeclaredValue};

use crate::resolve::Module;
use crate::resolve::atoms::DeclarationAt;
use crate::resolve::entities::Side;
use crate::resolve::evaluator::Evaluator;

/// Macros that the language brings along: another of such a name is seen in its own file and in modules below.
const STANDARD_MACROS: &[&str] = &[
    "assert!",
    "assert_eq!",
    "assert_ne!",
    "cfg!",
    "column!",
    "compile_error!",
    "concat!",
    "dbg!",
    "debug_assert!",
    "debug_assert_eq!",
    "debug_assert_ne!",
    "env!",
    "eprint!",
    "eprintln!",
    "file!",
    "format!",
    "format_args!",
    "include!",
    "include_bytes!",
    "include_str!",
    "line!",
    "matches!",
    "module_path!",
    "option_env!",
    "panic!",
    "print!",
    "println!",
    "stringify!",
    "thread_local!",
    "todo!",
    "try!",
    "unimplemented!",
    "unreachable!",
    "vec!",
    "write!",
    "writeln!",
];

/// Values and types of one name do not get into each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Value,
    Type,
}

/// A module: a file, or one inside of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ModuleAt {
    pub(super) file: u32,
    /// Its path in the file; nothing for the file itself.
    pub(super) path: Rc<str>,
}

/// What a path leads to.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Module(ModuleAt),
    Declaration(DeclarationAt),
    /// A name inside of a type or trait.
    Within(DeclarationAt, Rc<str>),
    /// Something outside of the repository, by its path.
    Outside(Rc<str>),
}

impl<'f> Evaluator<'f> {
    /// Returns what a path means in a file; in front of `>` stands the module of the file in which it is written.
    pub(super) fn rust_path(&mut self, file: u32, text: &'f str, space: Space) -> Option<Found> {
        if let Some(known) = self.rust.paths.get(&(file, text, space)) {
            return known.clone();
        }
        // Imports may lead in circles.
        self.rust.paths.insert((file, text, space), None);
        let n_cuts = self.n_cuts;
        let (module, path) = text.split_once('>').unwrap_or(("", text));
        let at = ModuleAt {
            file,
            path: module.into(),
        };
        let found = self.step(|evaluator| evaluator.path_in(&at, path, space));
        let found = match found {
            Some(Found::Outside(path)) => Some(self.of_library(path, space)),
            found => found,
        };
        match self.n_cuts == n_cuts {
            true => self.rust.paths.insert((file, text, space), found.clone()),
            false => self.rust.paths.remove(&(file, text, space)),
        };
        found
    }

    /// Returns a macro that is imported by its name.
    pub(super) fn rust_macro(&mut self, file: u32, text: &str) -> Option<Found> {
        let (module, path) = text.split_once('>').unwrap_or(("", text));
        let at = ModuleAt {
            file,
            path: module.into(),
        };
        self.path_in(&at, &format!("{path}!"), Space::Value)
    }

    fn path_in(&mut self, at: &ModuleAt, path: &str, space: Space) -> Option<Found> {
        let n_names = path.split("::").count();
        let space_at = |place: usize| match place + 1 == n_names {
            true => space,
            false => Space::Type,
        };
        let mut found: Option<Found> = None;
        let mut is_crate = false;
        for (place, name) in path.split("::").enumerate() {
            let space = space_at(place);
            found = Some(match (found.take(), name) {
                (None, "") => {
                    is_crate = true;
                    continue;
                }
                (None, name) if is_crate => self.krate_called(at.file, name)?,
                (None, "crate" | "$crate") => Found::Module(self.root_of(at.file)),
                (None, "self") => Found::Module(at.clone()),
                (None, "super") => Found::Module(self.module_around(at)?),
                (None, name) => self.first_name(at, name, space, n_names > 1)?,
                (Some(Found::Module(module)), "super") => {
                    Found::Module(self.module_around(&module)?)
                }
                (Some(Found::Module(module)), "self") => Found::Module(module),
                (Some(found), name) => self.name_within(found, name, space)?,
            });
        }
        found
    }

    fn root_of(&mut self, file: u32) -> ModuleAt {
        let krate = self.crate_of(file);
        ModuleAt {
            file: krate.root(file),
            path: "".into(),
        }
    }

    fn module_around(&mut self, at: &ModuleAt) -> Option<ModuleAt> {
        if !at.path.is_empty() {
            let around = at.path.rsplit_once("::").map_or("", |(around, _)| around);
            return Some(ModuleAt {
                file: at.file,
                path: around.into(),
            });
        }
        let krate = self.crate_of(at.file);
        let (file, path) = krate.parent(at.file)?;
        Some(ModuleAt {
            file,
            path: path.into(),
        })
    }

    fn krate_called(&mut self, file: u32, name: &str) -> Option<Found> {
        match self.files.inner_module(file, None, name) {
            Module::File(root) => {
                self.facts(root);
                Some(Found::Module(ModuleAt {
                    file: root,
                    path: "".into(),
                }))
            }
            _ => Some(Found::Outside(name.into())),
        }
    }

    /// The first name of a path: of the module, of a crate, of the language.
    fn first_name(
        &mut self,
        at: &ModuleAt,
        name: &str,
        space: Space,
        has_more: bool,
    ) -> Option<Found> {
        let found = self.name_in(at, name, space);
        if let Some(found @ (Found::Module(_) | Found::Declaration(_) | Found::Within(..))) = found
        {
            return Some(found);
        }
        if self.files.is_library(at.file) {
            return Some(Found::Outside(name.into()));
        }
        if name.ends_with('!') {
            return self
                .macro_called(at, name)
                .or_else(|| self.macro_imported(at, name.trim_end_matches('!')))
                .or(found)
                .or_else(|| Some(Found::Outside(name.into())));
        }
        if (has_more || space == Space::Type)
            && let Some(Found::Module(root)) = self.krate_called(at.file, name)
        {
            self.found_by(Provenance::Import);
            return Some(Found::Module(root));
        }
        let library = ModuleAt {
            file: self.files.library(self.own_file()),
            path: "".into(),
        };
        let known = self.name_in(&library, name, space);
        if let Some(found @ Found::Declaration(_)) = known {
            return Some(found);
        }
        found.or_else(|| Some(Found::Outside(name.into())))
    }

    /// A macro is seen in whatever follows its definition, wherever in the crate that is.
    fn macro_called(&mut self, at: &ModuleAt, name: &str) -> Option<Found> {
        let krate = self.crate_of(at.file);
        let defined = krate.macros.get(name)?;
        let own = defined.iter().find(|found| found.file == at.file);
        let found = match (own, &defined[..]) {
            (Some(own), _) => Some(*own),
            (None, several) if STANDARD_MACROS.binary_search(&name).is_ok() => {
                let mut above = several
                    .iter()
                    .filter(|one| krate.is_below(at.file, one.file));
                above.next().copied()
            }
            (None, [one]) => Some(*one),
            (None, several) => {
                // Of several, the one of the same crate of the package.
                let root = krate.root(at.file);
                let mut same = several.iter().filter(|one| krate.root(one.file) == root);
                same.next().copied()
            }
        };
        found.map(Found::Declaration)
    }

    /// An import gives whatever is called so, macros among it.
    fn macro_imported(&mut self, at: &ModuleAt, name: &str) -> Option<Found> {
        let krate = self.crate_of(at.file);
        let full = match at.path.is_empty() {
            true => name.to_owned(),
            false => format!("{}::{name}", at.path),
        };
        let declared = krate.names.get(&at.file)?.get(&*full)?;
        declared.iter().find_map(|declaration| {
            let at = DeclarationAt {
                file: at.file,
                declaration: *declaration,
            };
            match self.declaration(at).value {
                DeclaredValue::Import { specifier, .. } => {
                    let specifier = self.name(at.file, specifier);
                    self.step(|evaluator| evaluator.rust_macro(at.file, specifier))
                }
                _ => None,
            }
        })
    }

    /// A name behind another in a path.
    fn name_within(&mut self, outer: Found, name: &str, space: Space) -> Option<Found> {
        match outer {
            Found::Module(module) => {
                let found = self.name_in(&module, name, space);
                if found.is_none() && name.ends_with('!') {
                    return self.macro_called(&module, name);
                }
                match found {
                    None if self.files.is_library(module.file) => {
                        Some(Found::Outside(format!("{}::{name}", module.path).into()))
                    }
                    found => found,
                }
            }
            Found::Declaration(at) => Some(Found::Within(at, name.into())),
            Found::Within(..) => None,
            Found::Outside(path) => Some(Found::Outside(format!("{path}::{name}").into())),
        }
    }

    /// Returns what a module declares or imports under a name.
    fn name_in(&mut self, at: &ModuleAt, name: &str, space: Space) -> Option<Found> {
        let key = (at.clone(), Rc::from(name), space);
        if let Some(known) = self.rust.names.get(&key) {
            return known.clone();
        }
        self.rust.names.insert(key.clone(), None);
        let n_cuts = self.n_cuts;
        let found = self.step(|evaluator| evaluator.name_in_now(at, name, space));
        match self.n_cuts == n_cuts {
            true => self.rust.names.insert(key, found.clone()),
            false => self.rust.names.remove(&key),
        };
        found
    }

    fn name_in_now(&mut self, at: &ModuleAt, name: &str, space: Space) -> Option<Found> {
        let krate = self.crate_of(at.file);
        let full: Rc<str> = match at.path.is_empty() {
            true => name.into(),
            false => format!("{}::{name}", at.path).into(),
        };
        let names = krate.names.get(&at.file);
        let declared = names.and_then(|names| names.get(&*full));
        for declaration in declared.into_iter().flatten() {
            let declared = DeclarationAt {
                file: at.file,
                declaration: *declaration,
            };
            if let Some(found) = self.declared_as(declared, &full, space) {
                return Some(found);
            }
        }
        self.name_by_stars(at, name, space)
    }

    fn declared_as(&mut self, at: DeclarationAt, full: &Rc<str>, space: Space) -> Option<Found> {
        let declared = self.declaration(at);
        match (&declared.value, &declared.r#type) {
            (DeclaredValue::Import { specifier, name }, _) => {
                let specifier = self.name(at.file, *specifier);
                if self.name(at.file, *name) != "*" {
                    self.found_by(Provenance::Import);
                    return match full.ends_with('!') {
                        true => self.rust_macro(at.file, specifier),
                        false => self.rust_path(at.file, specifier, space),
                    };
                }
                if space == Space::Value {
                    return None;
                }
                match self.files.inner_module(at.file, None, specifier) {
                    Module::File(file) => {
                        self.facts(file);
                        Some(Found::Module(ModuleAt {
                            file,
                            path: "".into(),
                        }))
                    }
                    _ => None,
                }
            }
            (DeclaredValue::Static(_), DeclaredType::None) => (space == Space::Type).then(|| {
                Found::Module(ModuleAt {
                    file: at.file,
                    path: full.clone(),
                })
            }),
            (DeclaredValue::Static(_), _) => Some(Found::Declaration(at)),
            (DeclaredValue::None, _) => Some(Found::Declaration(at)),
            _ => (space == Space::Value).then_some(Found::Declaration(at)),
        }
    }

    /// Names that `use path::*` gives.
    fn name_by_stars(&mut self, at: &ModuleAt, name: &str, space: Space) -> Option<Found> {
        let stars = &self.facts(at.file).stars;
        self.goes_through(stars.len());
        let mut leads_outside = None;
        for star in stars {
            let text = self.name(at.file, *star);
            let (module, _) = text.split_once('>').unwrap_or(("", text));
            if module != &*at.path {
                continue;
            }
            let found = match self.rust_path(at.file, text, Space::Type) {
                Some(Found::Module(module)) if module != *at => self.name_in(&module, name, space),
                Some(Found::Declaration(of)) => self.variant_called(of, name),
                Some(Found::Outside(path)) => {
                    leads_outside = Some(Found::Outside(format!("{path}::{name}").into()));
                    None
                }
                _ => None,
            };
            match found {
                Some(outside @ Found::Outside(_)) => leads_outside = Some(outside),
                Some(found) => {
                    self.found_by(Provenance::Import);
                    return Some(found);
                }
                None => {}
            }
        }
        leads_outside
    }

    fn variant_called(&mut self, of: DeclarationAt, name: &str) -> Option<Found> {
        let DeclaredValue::Static(shape) = self.declaration(of).value else {
            return None;
        };
        let at = crate::resolve::atoms::ShapeAt {
            file: of.file,
            shape,
        };
        let is_variant = self.position(at, Side::Static, name).is_some();
        is_variant.then(|| Found::Within(of, name.into()))
    }

    /// Returns what the library knows of something outside of the repository.
    fn of_library(&mut self, path: Rc<str>, space: Space) -> Found {
        let library = ModuleAt {
            file: self.files.library(self.own_file()),
            path: "".into(),
        };
        let (first, rest) = path.split_once("::").unwrap_or((&path, ""));
        let is_standard = matches!(first, "std" | "core" | "alloc");
        let inner = if is_standard { rest } else { &path };
        if inner.is_empty() {
            return Found::Outside(path);
        }
        if let Some(found @ (Found::Declaration(_) | Found::Within(..))) =
            self.path_in(&library, inner, space)
        {
            return found;
        }
        let last = inner.rsplit("::").next().unwrap_or(inner);
        // Many crates have a `Result` of their own, which is the language's.
        if is_standard || last == "Result" && space == Space::Type {
            let by_last = self.name_in(&library, last, space);
            if let Some(found @ Found::Declaration(_)) = by_last {
                return found;
            }
        }
        // A name inside of a type.
        if is_standard
            && let Some((before, last)) = inner.rsplit_once("::")
            && let Some(of) = before.rsplit("::").next()
            && let Some(Found::Declaration(of)) = self.name_in(&library, of, Space::Type)
        {
            return Found::Within(of, last.into());
        }
        Found::Outside(path)
    }

    /// Returns the declaration of a module inside of a file.
    pub(super) fn declaration_of_module(&mut self, at: &ModuleAt) -> Option<DeclarationAt> {
        if at.path.is_empty() {
            return None;
        }
        let krate = self.crate_of(at.file);
        let declared = krate.names.get(&at.file)?.get(&*at.path)?;
        let mut declared = declared.iter().copied();
        let declaration = declared.find(|declaration| {
            let at = DeclarationAt {
                file: at.file,
                declaration: *declaration,
            };
            matches!(self.declaration(at).value, DeclaredValue::Static(_))
        })?;
        Some(DeclarationAt {
            file: at.file,
            declaration,
        })
    }
}
