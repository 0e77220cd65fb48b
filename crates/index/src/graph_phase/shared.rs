//! What files declare for others without being imported: globals, and additions to other modules.

use std::collections::BTreeSet;

use domain::facts::{DeclaredType, DeclaredValue, ShapeId};
use graph::resolve::{DeclarationAt, Files, Module, ShapeAt, SharedName, exported_declaration};
use rustc_hash::FxHashMap;

/// The shared declarations of a generation.
#[derive(Default)]
pub(super) struct Shared {
    /// By name, in path order.
    globals: FxHashMap<String, Vec<SharedName>>,
    /// By shape: the other parts of what it is a part of, in path order.
    merged: FxHashMap<ShapeAt, Vec<ShapeAt>>,
    /// By file: the files with other parts of what it declares.
    merging: FxHashMap<u32, BTreeSet<u32>>,
}

impl Shared {
    /// Collects what the files at `places` declare for others; `sees` says whether the first of two files sees what the second does.
    pub(super) fn of(files: &dyn Files, places: &[u32], sees: impl Fn(u32, u32) -> bool) -> Shared {
        let mut shared = Shared::default();
        for file in places.iter().copied() {
            let facts = files.facts(file);
            for global in &facts.globals {
                let declaration = global.declaration;
                let name = facts.name(global.name).to_owned();
                shared.globals.entry(name).or_default().push(SharedName {
                    at: DeclarationAt { file, declaration },
                    is_ambient: global.is_ambient,
                });
            }
        }
        let mut groups: Vec<Vec<DeclarationAt>> = Vec::new();
        for names in shared.globals.values().filter(|names| names.len() > 1) {
            for one in names {
                let parts = names.iter().map(|name| name.at);
                groups.push(
                    [one.at]
                        .into_iter()
                        .chain(parts.filter(|part| *part != one.at && sees(one.at.file, part.file)))
                        .collect(),
                );
            }
        }
        for (target, addition) in additions(files, places) {
            groups.push(vec![target, addition]);
            groups.push(vec![addition, target]);
        }
        for group in groups {
            for part in &group[1..] {
                shared.merge(files, group[0], *part);
            }
        }
        for parts in shared.merged.values_mut() {
            parts.sort_unstable();
            parts.dedup();
        }
        shared
    }

    /// Notes that `part` is another part of what `one` declares.
    fn merge(&mut self, files: &dyn Files, one: DeclarationAt, part: DeclarationAt) {
        let mut is_merged = false;
        for shape in shapes(files, one) {
            let others = shapes(files, part).into_iter();
            let others: Vec<ShapeAt> = others.filter(|other| *other != shape).collect();
            is_merged |= !others.is_empty();
            self.merged.entry(shape).or_default().extend(others);
        }
        if is_merged && one.file != part.file {
            self.merging.entry(one.file).or_default().insert(part.file);
        }
    }

    /// Returns what a name is declared as for all.
    pub(super) fn globals(&self, name: &str) -> &[SharedName] {
        self.globals.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn merged(&self, shape: ShapeAt) -> &[ShapeAt] {
        self.merged.get(&shape).map_or(&[], Vec::as_slice)
    }

    /// Returns the files with other parts of what a file declares.
    pub(super) fn merging(&self, file: u32) -> impl Iterator<Item = u32> {
        self.merging.get(&file).into_iter().flatten().copied()
    }

    /// Whether nothing is shared.
    pub(super) fn is_empty(&self) -> bool {
        self.globals.is_empty() && self.merged.is_empty()
    }
}

/// Returns what `declare module` adds to, with what it adds.
fn additions(files: &dyn Files, places: &[u32]) -> Vec<(DeclarationAt, DeclarationAt)> {
    let mut found = Vec::new();
    for file in places.iter().copied() {
        let facts = files.facts(file);
        for addition in &facts.augmentations {
            let Module::File(module) = files.module(file, addition.specifier) else {
                continue;
            };
            let target = exported_declaration(files, module, facts.name(addition.name));
            found.extend(target.map(|target| {
                let declaration = addition.declaration;
                (target, DeclarationAt { file, declaration })
            }));
        }
    }
    found
}

/// Returns the shapes of what a declaration declares.
fn shapes(files: &dyn Files, at: DeclarationAt) -> Vec<ShapeAt> {
    let declaration = &files.facts(at.file).declarations[at.declaration.index()];
    let mut shapes: Vec<ShapeId> = match &declaration.r#type {
        DeclaredType::Instance(shapes) => shapes.clone(),
        _ => Vec::new(),
    };
    if let DeclaredValue::Static(shape) = declaration.value {
        shapes.push(shape);
    }
    shapes.sort_unstable();
    shapes.dedup();
    let file = at.file;
    let shapes = shapes.into_iter();
    shapes.map(|shape| ShapeAt { file, shape }).collect()
}
