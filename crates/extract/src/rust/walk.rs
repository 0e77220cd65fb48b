//! The state of the walk over a file, and names as paths.

use std::ops::{Deref, DerefMut};

use domain::facts::*;
use domain::{Facts, Symbol};
use rustc_hash::FxHashMap;
use tree_sitter::{Node, Parser, Tree};

use super::GRAMMAR;
use super::scopes::Scopes;
use crate::notes::{Notes, Role};
use crate::text::LineIndex;

/// Returns the facts of a file; `symbols` are its definitions.
pub(super) fn facts(lines: &LineIndex<'_>, symbols: &[Symbol], tree: &Tree, role: Role) -> Facts {
    let mut parser = Parser::new();
    // What fits the tree fits the parser.
    let _ = parser.set_language(&(GRAMMAR.language)());
    let mut walk = Walk {
        notes: Notes::new(lines, symbols, role),
        scopes: Scopes::default(),
        parser,
        module: String::new(),
        own: None,
        functions: Vec::new(),
        hole: None,
        collected: None,
        n_macros_around: 0,
        types: FxHashMap::default(),
        growing: FxHashMap::default(),
    };
    walk.items(tree.root_node());
    walk.notes.into_facts()
}

/// What `Self` and `self` mean.
#[derive(Clone, Copy)]
pub(super) struct Own {
    pub(super) r#type: TypeId,
    pub(super) value: ValueId,
}

pub(super) struct Walk<'a> {
    notes: Notes<'a>,
    pub(super) scopes: Scopes<'a>,
    /// Reads what macros take.
    pub(super) parser: Parser,
    /// The module of the file that is being walked: `a::b`, nothing for the file itself.
    pub(super) module: String,
    pub(super) own: Option<Own>,
    /// Functions around, innermost last.
    pub(super) functions: Vec<FunctionId>,
    /// What `_` stands for in the types of the place.
    pub(super) hole: Option<TypeId>,
    /// What was collected last, to tell what a collection holds whose type leaves that open.
    pub(super) collected: Option<ValueId>,
    pub(super) n_macros_around: u32,
    /// Symbols of the types that the file declares, by their names.
    pub(super) types: FxHashMap<&'a str, u32>,
    /// Local variables that hold collections that begin empty, with the class and what was put into them first.
    pub(super) growing: FxHashMap<DeclarationId, &'static str>,
}

impl<'a> Deref for Walk<'a> {
    type Target = Notes<'a>;

    fn deref(&self) -> &Notes<'a> {
        &self.notes
    }
}

impl DerefMut for Walk<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.notes
    }
}

impl<'a> Walk<'a> {
    /// Walks something within a definition.
    pub(super) fn within<T>(
        &mut self,
        symbol: Option<u32>,
        walk: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.symbol;
        self.symbol = symbol.unwrap_or(outer);
        let result = walk(self);
        self.symbol = outer;
        result
    }

    /// Goes one level deeper, unless that is too deep.
    pub(super) fn deeper<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.enter() {
            return None;
        }
        let result = walk(self);
        self.leave();
        Some(result)
    }

    /// Walks what sees no local variable of the blocks around it but their items.
    pub(super) fn in_block<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.open();
        let result = walk(self);
        self.scopes.close();
        result
    }

    /// Returns the text of a path that is written in the current module.
    pub(super) fn path_text(&self, path: &str) -> String {
        match self.module.is_empty() {
            true => path.to_owned(),
            false => format!("{}>{path}", self.module),
        }
    }

    /// Returns the name under which the current module exports something.
    pub(super) fn exported_name(&self, name: &str) -> String {
        match self.module.is_empty() {
            true => name.to_owned(),
            false => format!("{}::{name}", self.module),
        }
    }

    /// Returns the value that a path leads to.
    pub(super) fn path_value(&mut self, path: &str) -> ValueId {
        let text = self.path_text(path);
        self.draft.global(&text)
    }

    /// Returns the type that a path leads to.
    pub(super) fn path_type(&mut self, path: &str, arguments: Vec<TypeId>) -> TypeId {
        let text = self.path_text(path);
        self.draft.global_type(&text, arguments)
    }

    /// Returns a name as it is, without the mark of a raw one.
    pub(super) fn bare(&self, node: Node<'_>) -> &'a str {
        let text = self.text_of(node);
        text.strip_prefix("r#").unwrap_or(text)
    }

    /// Returns the number of a name.
    pub(super) fn name_of(&mut self, node: Node<'_>) -> NameId {
        let text = self.bare(node);
        self.draft.name(text)
    }

    /// Returns a class itself, by the type of its instances.
    pub(super) fn class_of(&mut self, r#type: TypeId) -> ValueId {
        let class = self.draft.r#type(Type::ClassOf(r#type));
        self.draft.value(Value::Typed(class))
    }
}
