//! The symbols of a file and how syntax nodes, bindings and imports lead to them.

use domain::{Binding, Symbol};
use oxc::ast::ast::{Expression, IdentifierReference};
use oxc::semantic::{NodeId, Scoping, SymbolId};
use rustc_hash::FxHashMap;

const NONE: u32 = u32::MAX;

/// What the first walk over a file finds, for the walks after it.
pub(super) struct Table<'p> {
    pub(super) scoping: &'p Scoping,
    pub(super) symbols: Vec<Symbol>,
    /// By node: the symbol that the node defines.
    owners: Vec<u32>,
    /// By declared name: the symbol as a value and as a type, which differ for merged declarations.
    bound: FxHashMap<SymbolId, Bound>,
    /// By declared name: specifier and exported name.
    imports: FxHashMap<SymbolId, (&'p str, &'p str)>,
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
            bound: FxHashMap::default(),
            imports: FxHashMap::default(),
        }
    }

    /// Returns the symbol that a node defines.
    pub(super) fn owned_by(&self, node: NodeId) -> Option<u32> {
        self.owners
            .get(node.index())
            .copied()
            .filter(|owner| *owner != NONE)
    }

    pub(super) fn set_owner(&mut self, node: NodeId, symbol: u32) {
        if self.owners.len() <= node.index() {
            self.owners.resize(node.index() + 1, NONE);
        }
        self.owners[node.index()] = symbol;
    }

    pub(super) fn bind(&mut self, name: SymbolId, symbol: u32, meaning: Meaning) {
        let bound = self.bound.entry(name).or_default();
        if meaning != Meaning::Type && (bound.value.is_none() || meaning != Meaning::Overload) {
            bound.value = Some(symbol);
        }
        if matches!(meaning, Meaning::Type | Meaning::Both) {
            bound.r#type.get_or_insert(symbol);
        }
    }

    pub(super) fn bind_import(&mut self, name: SymbolId, specifier: &'p str, exported: &'p str) {
        self.imports.insert(name, (specifier, exported));
    }

    /// Returns the declared name that a use refers to.
    pub(super) fn declared(&self, name: &IdentifierReference) -> Option<SymbolId> {
        self.scoping
            .get_reference(name.reference_id.get()?)
            .symbol_id()
    }

    /// Returns where a name that is used as a value comes from.
    pub(super) fn value_binding(&self, name: &IdentifierReference) -> Binding {
        self.binding(name, |bound| bound.value.or(bound.r#type))
    }

    /// Returns where a name that is used as a type comes from.
    pub(super) fn type_binding(&self, name: &IdentifierReference) -> Binding {
        self.binding(name, |bound| bound.r#type.or(bound.value))
    }

    fn binding(&self, name: &IdentifierReference, side: impl Fn(&Bound) -> Option<u32>) -> Binding {
        let Some(declared) = self.declared(name) else {
            return Binding::Global;
        };
        if let Some((specifier, name)) = self.imports.get(&declared) {
            return Binding::Import {
                specifier: (*specifier).to_owned(),
                name: (*name).to_owned(),
            };
        }
        match self.bound.get(&declared).and_then(side) {
            Some(symbol) => Binding::Symbol(symbol),
            None => Binding::Local,
        }
    }
}

/// Returns the literal specifier of `require("…")`.
pub(super) fn required<'e>(expression: &'e Expression) -> Option<&'e str> {
    let Expression::CallExpression(call) = expression else {
        return None;
    };
    let is_require = call
        .callee
        .get_identifier_reference()
        .is_some_and(|name| name.name == "require");
    match call.arguments.as_slice() {
        [argument] if is_require => match argument.as_expression()? {
            Expression::StringLiteral(literal) => Some(literal.value.as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the specifier of `require("…")` or `await import("…")`.
pub(super) fn loaded_module<'e>(expression: &'e Expression) -> Option<&'e str> {
    match expression {
        Expression::AwaitExpression(awaited) => match &awaited.argument {
            Expression::ImportExpression(import) => match &import.source {
                Expression::StringLiteral(literal) => Some(literal.value.as_str()),
                _ => None,
            },
            _ => None,
        },
        _ => required(expression),
    }
}
