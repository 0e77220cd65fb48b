//! The symbols of a file and how syntax nodes, bindings and imports lead to them.

use domain::{Symbol, SymbolKind};
use oxc::ast::ast::IdentifierReference;
use oxc::semantic::{NodeId, Scoping, SymbolId};
use rustc_hash::{FxHashMap, FxHashSet};

const NONE: u32 = u32::MAX;

/// What the first walk over a file finds, for the walks after it.
pub(super) struct Table<'p> {
    pub(super) scoping: &'p Scoping,
    pub(super) symbols: Vec<Symbol>,
    /// By node: the symbol that the node defines.
    owners: Vec<u32>,
    /// By node: the symbol that it names, without what stands in it being that symbol's.
    named: FxHashMap<NodeId, u32>,
    /// By declared name: the symbol as a value and as a type, which differ for merged declarations.
    bound: FxHashMap<SymbolId, Bound>,
    /// By the node of a function expression: the symbol that it is the value of.
    callables: FxHashMap<NodeId, u32>,
    /// Names for what `createRequire` gives.
    requires: FxHashSet<SymbolId>,
}

#[derive(Clone, Copy, Default)]
struct Bound {
    value: Option<u32>,
    r#type: Option<u32>,
}

/// How a declaration binds its name.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Meaning {
    Value,
    /// A function's overload: gives way to the implementation.
    Overload,
    Type,
    Both,
}

impl<'p> Table<'p> {
    pub(super) fn new(scoping: &'p Scoping) -> Table<'p> {
        Table {
            scoping,
            symbols: Vec::new(),
            owners: Vec::new(),
            named: FxHashMap::default(),
            bound: FxHashMap::default(),
            callables: FxHashMap::default(),
            requires: FxHashSet::default(),
        }
    }

    /// Returns the symbol that a function is, as a declaration or as the value of one.
    pub(super) fn symbol_of_function(&self, node: NodeId) -> Option<u32> {
        self.owned_by(node)
            .or_else(|| self.callables.get(&node).copied())
    }

    pub(super) fn set_callable(&mut self, node: NodeId, symbol: u32) {
        self.callables.insert(node, symbol);
    }

    /// Whether a declared name requires modules.
    pub(super) fn requires(&self, name: SymbolId) -> bool {
        self.requires.contains(&name)
    }

    pub(super) fn set_requires(&mut self, name: SymbolId) {
        self.requires.insert(name);
    }

    /// Returns the symbol that a node defines.
    pub(super) fn owned_by(&self, node: NodeId) -> Option<u32> {
        self.owners
            .get(node.index())
            .copied()
            .filter(|owner| *owner != NONE)
    }

    pub(super) fn set_owner(&mut self, node: NodeId, symbol: u32) {
        // A row by node instead of a map: it is asked twice for every node of a file.
        if self.owners.len() <= node.index() {
            self.owners.resize(node.index() + 1, NONE);
        }
        self.owners[node.index()] = symbol;
    }

    /// Returns the symbol that a node defines or names.
    pub(super) fn defined_by(&self, node: NodeId) -> Option<u32> {
        self.owned_by(node).or_else(|| self.named_by(node))
    }

    /// Returns the symbol that a node names, while what stands in the node belongs to what is around it.
    pub(super) fn named_by(&self, node: NodeId) -> Option<u32> {
        self.named.get(&node).copied()
    }

    pub(super) fn set_named(&mut self, node: NodeId, symbol: u32) {
        self.named.insert(node, symbol);
    }

    pub(super) fn bind(&mut self, name: SymbolId, symbol: u32, meaning: Meaning) {
        let bound = self.bound.entry(name).or_default();
        // TypeScript merges declarations of one name: a value never gives way to an overload, and
        // of several types the first stands for all.
        if meaning != Meaning::Type && (bound.value.is_none() || meaning != Meaning::Overload) {
            bound.value = Some(symbol);
        }
        if matches!(meaning, Meaning::Type | Meaning::Both) {
            bound.r#type.get_or_insert(symbol);
        }
    }

    /// Returns the declared name that a use refers to.
    pub(super) fn declared(&self, name: &IdentifierReference) -> Option<SymbolId> {
        self.scoping
            .get_reference(name.reference_id.get()?)
            .symbol_id()
    }

    /// Returns whether none of the symbols around a node is a namespace.
    pub(super) fn is_module_level(&self, owners: &[u32]) -> bool {
        owners
            .iter()
            .all(|owner| self.symbols[*owner as usize].kind != SymbolKind::Namespace)
    }

    /// Returns whether a name is declared at the top of its file.
    pub(super) fn is_of_module(&self, name: SymbolId) -> bool {
        self.scoping.symbol_scope_id(name) == self.scoping.root_scope_id()
    }

    /// Returns whether a declared name is a type parameter.
    pub(super) fn is_type_parameter(&self, name: SymbolId) -> bool {
        self.scoping.symbol_flags(name).is_type_parameter()
    }

    /// Returns the symbol that a declared name is as a value.
    pub(super) fn value_symbol(&self, name: SymbolId) -> Option<u32> {
        let bound = self.bound.get(&name)?;
        bound.value.or(bound.r#type)
    }

    /// Returns the symbol that a declared name is as a type.
    pub(super) fn type_symbol(&self, name: SymbolId) -> Option<u32> {
        let bound = self.bound.get(&name)?;
        bound.r#type.or(bound.value)
    }
}
