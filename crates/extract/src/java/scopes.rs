//! Scopes and the names that are declared in them: of methods and blocks by name, of classes by what their bodies declare.

use domain::facts::{DeclarationId, ShapeId};
use rustc_hash::{FxHashMap, FxHashSet};

/// A method, a field and a type of one name do not get into each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Value,
    Method,
    Type,
}

/// What a class body declares, without what it inherits.
#[derive(Default)]
pub(super) struct ClassNames<'a> {
    pub(super) names: FxHashSet<(Space, &'a str)>,
    /// It extends or implements something, so that it may have members of any name.
    pub(super) inherits: bool,
}

enum Scope<'a> {
    Block(FxHashMap<(Space, &'a str), DeclarationId>),
    Class(ShapeId, ClassNames<'a>),
}

/// The scopes around a place, innermost last; the first is the file's.
pub(super) struct Scopes<'a> {
    scopes: Vec<Scope<'a>>,
}

/// What a name can be: a member of classes around, innermost first, or what was declared outside of them.
pub(super) struct Found {
    pub(super) shapes: Vec<ShapeId>,
    pub(super) declaration: Option<DeclarationId>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new() -> Scopes<'a> {
        Scopes {
            scopes: vec![Scope::Block(FxHashMap::default())],
        }
    }

    pub(super) fn open(&mut self) {
        self.scopes.push(Scope::Block(FxHashMap::default()));
    }

    pub(super) fn open_class(&mut self, shape: ShapeId, names: ClassNames<'a>) {
        self.scopes.push(Scope::Class(shape, names));
    }

    pub(super) fn close(&mut self) {
        if self.scopes.len() > 1 {
            self.scopes.pop();
        }
    }

    /// Declares a name in the innermost block.
    pub(super) fn declare(&mut self, space: Space, name: &'a str, declaration: DeclarationId) {
        if let Some(Scope::Block(names)) = self.scopes.last_mut()
            && name != "_"
        {
            names.insert((space, name), declaration);
        }
    }

    /// Returns a name of the innermost block.
    pub(super) fn own(&self, space: Space, name: &str) -> Option<DeclarationId> {
        match self.scopes.last()? {
            Scope::Block(names) => names.get(&(space, name)).copied(),
            Scope::Class(..) => None,
        }
    }

    pub(super) fn find(&self, space: Space, name: &str) -> Found {
        let mut found = Found {
            shapes: Vec::new(),
            declaration: None,
        };
        for scope in self.scopes.iter().rev() {
            match scope {
                Scope::Block(names) => {
                    found.declaration = names.get(&(space, name)).copied();
                    // Nothing around it can be meant; classes further in may still have a member of
                    // the name.
                    if found.declaration.is_some() {
                        break;
                    }
                }
                Scope::Class(shape, names) => {
                    // A type is found where a field could be: `Inner.method()`.
                    let has = |space: Space| names.names.contains(&(space, name));
                    let has_type = space == Space::Value && has(Space::Type);
                    // A class that inherits may have any name; resolution asks it before what lies
                    // outside.
                    if names.inherits || has(space) || has_type {
                        found.shapes.push(*shape);
                    }
                }
            }
        }
        found
    }

    /// Returns the innermost class around.
    pub(super) fn class(&self) -> Option<ShapeId> {
        self.scopes.iter().rev().find_map(|scope| match scope {
            Scope::Class(shape, _) => Some(*shape),
            Scope::Block(_) => None,
        })
    }
}
