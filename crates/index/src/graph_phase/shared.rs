//! What files declare for others without being imported: globals, and additions to other modules.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::facts::{DeclaredType, DeclaredValue, SAME_NAME_MAX, ShapeId};
use graph::resolve::{DeclarationAt, Files, Module, ShapeAt, SharedName, exported_declaration};
use rustc_hash::FxHashMap;

/// The shared declarations of a generation.
#[derive(Default)]
pub(super) struct Shared {
    /// By name, in path order.
    globals: FxHashMap<String, Vec<SharedName>>,
    /// By shape: the parts of what it is a part of, itself among them or not, in path order.
    merged: FxHashMap<ShapeAt, Arc<[ShapeAt]>>,
    /// By file: the files with parts of what it declares, itself among them or not.
    merging: FxHashMap<u32, Vec<Arc<[u32]>>>,
    /// A name that is declared more often than its declarations are put together.
    pub(super) cut: Option<String>,
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
        let mut parts = Parts::default();
        for (name, names) in shared.globals.iter().filter(|(_, names)| names.len() > 1) {
            if names.len() > SAME_NAME_MAX {
                shared.cut = shared.cut.take().max(Some(name.clone()));
            }
            let names = names.iter().take(SAME_NAME_MAX);
            let all: Vec<DeclarationAt> = names.map(|name| name.at).collect();
            for group in groups(&all, &sees) {
                parts.merge(files, &group.0, &group.1);
            }
        }
        for (target, addition) in additions(files, places) {
            parts.merge(files, &[target], &[addition]);
            parts.merge(files, &[addition], &[target]);
        }
        shared.merging = parts.merging;
        shared.merged = parts.merged.into_iter().map(together).collect();
        shared
    }

    /// Returns what a name is declared as for all.
    pub(super) fn globals(&self, name: &str) -> &[SharedName] {
        self.globals.get(name).map_or(&[], Vec::as_slice)
    }

    pub(super) fn merged(&self, shape: ShapeAt) -> &[ShapeAt] {
        self.merged.get(&shape).map_or(&[], |parts| parts)
    }

    /// Returns the files with other parts of what a file declares, in order.
    pub(super) fn merging(&self, file: u32) -> BTreeSet<u32> {
        let lists = self.merging.get(&file).into_iter().flatten();
        let others = lists.flat_map(|files| files.iter().copied());
        others.filter(|other| *other != file).collect()
    }

    /// Whether nothing is shared.
    pub(super) fn is_empty(&self) -> bool {
        self.globals.is_empty() && self.merged.is_empty()
    }
}

/// What is found to belong together, with lists that many have in common.
#[derive(Default)]
struct Parts {
    merged: FxHashMap<ShapeAt, Vec<Arc<[ShapeAt]>>>,
    merging: FxHashMap<u32, Vec<Arc<[u32]>>>,
}

impl Parts {
    /// Notes that `parts` are parts of what each of `ones` declares.
    fn merge(&mut self, files: &dyn Files, ones: &[DeclarationAt], parts: &[DeclarationAt]) {
        let shapes_of = |at: &DeclarationAt| shapes(files, *at);
        let all = sorted(parts.iter().flat_map(shapes_of));
        let in_files: Arc<[u32]> = all.iter().map(|shape| shape.file).collect();
        for one in ones.iter().filter(|one| parts != [**one]) {
            let own = shapes_of(one);
            let is_part = own.iter().any(|own| all.iter().any(|part| part != own));
            if !is_part {
                continue;
            }
            for shape in own {
                self.merged.entry(shape).or_default().push(all.clone());
            }
            self.merging
                .entry(one.file)
                .or_default()
                .push(in_files.clone());
        }
    }
}

/// Declarations with the parts that they have in common.
type Group = (Vec<DeclarationAt>, Vec<DeclarationAt>);

/// Returns which declarations of one name are seen by which.
fn groups(all: &[DeclarationAt], sees: impl Fn(u32, u32) -> bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for one in all {
        let seen = |part: &&DeclarationAt| *part == one || sees(one.file, part.file);
        let parts: Vec<DeclarationAt> = all.iter().filter(seen).copied().collect();
        match groups.iter_mut().find(|(_, known)| *known == parts) {
            Some((ones, _)) => ones.push(*one),
            None => groups.push((vec![*one], parts)),
        }
    }
    groups
}

/// Makes one list of those of a shape.
fn together((shape, mut lists): (ShapeAt, Vec<Arc<[ShapeAt]>>)) -> (ShapeAt, Arc<[ShapeAt]>) {
    if lists.len() == 1 {
        return (shape, lists.swap_remove(0));
    }
    (
        shape,
        sorted(lists.iter().flat_map(|list| list.iter().copied())),
    )
}

fn sorted(parts: impl Iterator<Item = ShapeAt>) -> Arc<[ShapeAt]> {
    let mut parts: Vec<ShapeAt> = parts.collect();
    parts.sort_unstable();
    parts.dedup();
    parts.into()
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
