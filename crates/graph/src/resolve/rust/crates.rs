//! What the files of a package declare together: names by module, and what is implemented for types.

use std::sync::Arc;

use domain::Facts;
use domain::facts::{DeclarationId, DeclaredValue, ExportTarget, Extension, Type, Value};
use rustc_hash::FxHashMap;

use crate::resolve::atoms::{DeclarationAt, ShapeAt};
use crate::resolve::entities::Side;
use crate::resolve::evaluator::Evaluator;
use crate::resolve::{Files, Module};

/// Modules nested deeper than this are in a circle.
const MODULES_AROUND_MAX: usize = 64;

/// What is implemented somewhere: a block by its file and its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ImplAt {
    pub(super) file: u32,
    pub(super) index: usize,
}

/// A member of something that is implemented.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemberAt {
    pub(super) of: ImplAt,
    pub(super) shape: ShapeAt,
    pub(super) side: Side,
    pub(super) index: usize,
    pub(super) is_of_trait: bool,
}

/// What the files of a package declare. Made once for all files that ask.
#[derive(Default)]
pub(in crate::resolve) struct Crate {
    /// By the file and the name with its modules in the file in front.
    pub(super) names: FxHashMap<u32, FxHashMap<Box<str>, Vec<DeclarationId>>>,
    /// The file and its module that declare a file as a module.
    parents: FxHashMap<u32, (u32, Box<str>)>,
    /// By the name of the type; those with a trait.
    pub(super) impls: FxHashMap<Box<str>, Vec<ImplAt>>,
    /// By the name of the type and their own.
    pub(super) members: FxHashMap<Box<str>, FxHashMap<Box<str>, Vec<MemberAt>>>,
    /// What types are called where they are implemented.
    pub(super) types: FxHashMap<ShapeAt, Box<str>>,
    /// Macros by their names, wherever they are defined.
    pub(super) macros: FxHashMap<Box<str>, Vec<DeclarationAt>>,
}

impl Crate {
    fn of(files: &dyn Files, all: &[u32]) -> Crate {
        let mut krate = Crate::default();
        for file in all {
            krate.add(files, *file);
        }
        krate
    }

    fn add(&mut self, files: &dyn Files, file: u32) {
        let facts = files.facts(file);
        for export in &facts.exports {
            let ExportTarget::Declared(declaration) = export.target else {
                continue;
            };
            let name = facts.name(export.name);
            let names = self.names.entry(file).or_default();
            names.entry(name.into()).or_default().push(declaration);
            self.add_declared(files, (file, facts), (name, declaration));
        }
        for (index, extension) in facts.extensions.iter().enumerate() {
            self.add_impl((file, facts), ImplAt { file, index }, extension);
        }
    }

    fn add_declared(
        &mut self,
        files: &dyn Files,
        (file, facts): (u32, &Facts),
        (name, declaration): (&str, DeclarationId),
    ) {
        let last = name.rsplit("::").next().unwrap_or(name);
        match facts.declarations[declaration.index()].value {
            DeclaredValue::Import {
                specifier,
                name: whole,
            } if facts.name(whole) == "*" => {
                let specifier = facts.name(specifier);
                if let Module::File(child) = files.inner_module(file, None, specifier) {
                    let around = name.strip_suffix(last).unwrap_or_default();
                    let around = around.strip_suffix("::").unwrap_or_default();
                    let parent = (file, around.into());
                    self.parents.entry(child).or_insert(parent);
                }
            }
            DeclaredValue::Static(shape) => {
                let at = ShapeAt { file, shape };
                self.types.entry(at).or_insert_with(|| last.into());
            }
            DeclaredValue::Functions(_) if last.ends_with('!') => {
                let macros = self.macros.entry(last.into()).or_default();
                macros.push(DeclarationAt { file, declaration });
            }
            _ => {}
        }
    }

    fn add_impl(&mut self, (file, facts): (u32, &Facts), at: ImplAt, extension: &Extension) {
        let of = facts.name(extension.of);
        let Some(shape) = shape_of(facts, extension) else {
            return;
        };
        // A type of a block is exported by nobody.
        if let Some(r#type) = extension.member.r#type
            && let Type::Declared { declaration, .. } = &facts.types[r#type.index()]
            && let DeclaredValue::Static(own) = facts.declarations[declaration.index()].value
        {
            let at = ShapeAt { file, shape: own };
            self.types.entry(at).or_insert_with(|| of.into());
        }
        let shape = ShapeAt { file, shape };
        let block = &facts.shapes[shape.shape.index()];
        let is_of_trait = !block.implements.is_empty();
        if is_of_trait {
            self.impls.entry(of.into()).or_default().push(at);
        }
        let members = self.members.entry(of.into()).or_default();
        for side in [Side::Instance, Side::Static] {
            for (index, member) in side.members(block).iter().enumerate() {
                let name = facts.name(member.name).into();
                members.entry(name).or_default().push(MemberAt {
                    of: at,
                    shape,
                    side,
                    index,
                    is_of_trait,
                });
            }
        }
    }

    /// Returns the file and its module that declare a file as a module.
    pub(super) fn parent(&self, file: u32) -> Option<(u32, &str)> {
        self.parents
            .get(&file)
            .map(|(parent, module)| (*parent, &**module))
    }

    /// Whether a file is a module below another.
    pub(super) fn is_below(&self, file: u32, above: u32) -> bool {
        let mut next = file;
        for _ in 0..MODULES_AROUND_MAX {
            match self.parents.get(&next) {
                Some((parent, _)) if *parent == above => return true,
                Some((parent, _)) => next = *parent,
                None => break,
            }
        }
        false
    }

    /// Returns the root of the crate that a file is part of.
    pub(super) fn root(&self, file: u32) -> u32 {
        let mut root = file;
        for _ in 0..MODULES_AROUND_MAX {
            match self.parents.get(&root) {
                Some((parent, _)) => root = *parent,
                None => break,
            }
        }
        root
    }
}

/// Returns the members of something that is implemented.
fn shape_of(facts: &Facts, extension: &Extension) -> Option<domain::facts::ShapeId> {
    match facts.values[extension.member.value?.index()] {
        Value::Class(shape) => Some(shape),
        _ => None,
    }
}

impl<'f> Evaluator<'f> {
    /// Returns what the package of a file declares.
    pub(in crate::resolve) fn crate_of(&mut self, file: u32) -> Arc<Crate> {
        let files = self.files;
        let siblings = match files.is_library(file) {
            true => &[][..],
            false => files.siblings(file),
        };
        let first = siblings.first().map_or(file, |first| *first as u32);
        if let Some(known) = self.rust.crates.get(&first) {
            return known.clone();
        }
        self.looks_at_folder(first, siblings);
        let krate = files.lookup(first).packages.krate(|| match siblings {
            [] => Crate::of(files, &[first]),
            _ => {
                let all: Vec<u32> = siblings.iter().map(|file| *file as u32).collect();
                Crate::of(files, &all)
            }
        });
        self.rust.crates.insert(first, krate.clone());
        krate
    }

    pub(super) fn implemented(&mut self, at: ImplAt) -> &'f Extension {
        &self.facts(at.file).extensions[at.index]
    }

    pub(super) fn shape_of_impl(&mut self, at: ImplAt) -> Option<ShapeAt> {
        let facts = self.facts(at.file);
        let shape = shape_of(facts, &facts.extensions[at.index])?;
        Some(ShapeAt {
            file: at.file,
            shape,
        })
    }
}
