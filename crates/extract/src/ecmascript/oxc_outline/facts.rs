//! Writes down what a file says about its names: the facts that resolution reads instead of the source.
//!
//! [`Draft`] turns expressions and types into numbered facts; it never enters the body of a function, so that `this` means the
//! same for all that is turned at one place. The walk over the whole file is in `references`, which calls it at every node that
//! matters.

mod annotations;
mod jsdoc;
mod narrowing;
mod patterns;
mod prototypes;
mod shapes;
mod signatures;
mod values;

pub(super) use annotations::qualifier_names;
pub(super) use jsdoc::Docs;
pub(super) use narrowing::Tested;
pub(super) use shapes::declared_names;
pub(super) use values::UNKNOWN;

use std::collections::hash_map::Entry;

use domain::facts::*;
// These names are also nodes of the syntax tree.
use domain::facts::{Declaration, Function};
use oxc::ast::ast::*;
use oxc::semantic::{NodeId, SymbolId};
use rustc_hash::FxHashMap;

use super::table::Table;

/// A variable that is assigned more values than this is taken to hold anything.
const MAX_ASSIGNED: usize = 4;
/// Long literals of data say nothing more about types after so many elements.
const MAX_ELEMENTS: usize = 64;

/// Where `this` and `super` point.
#[derive(Clone, Copy, Default)]
pub(super) struct Instance {
    pub(super) this: This,
    pub(super) class: Option<(ShapeId, Side)>,
}

/// What `this` is.
#[derive(Clone, Copy, Default)]
pub(super) enum This {
    /// Not known.
    #[default]
    Unknown,
    /// An instance of a shape, or its static side.
    Of(ShapeId, Side),
    /// What `new` makes of a function.
    Made(FunctionId),
    /// A value.
    Value(ValueId),
}

impl Instance {
    pub(super) fn of_class(shape: ShapeId, side: Side) -> Instance {
        Instance {
            this: This::Of(shape, side),
            class: Some((shape, side)),
        }
    }

    /// The inside of a function that is not in a class.
    pub(super) fn outside_of_classes(this: This) -> Instance {
        Instance { this, class: None }
    }
}

/// Which members of a class `this` has.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Instance,
    Static,
}

/// The facts of a file while they are written.
pub(super) struct Draft<'t, 'p> {
    pub(super) table: &'t Table<'p>,
    docs: Docs<'t, 'p>,
    /// What names stand for that comments define.
    doc_names: FxHashMap<String, DeclarationId>,
    /// Where the comment stands whose types are being turned into facts.
    in_comment: Option<u32>,
    /// Modules that comments import types from: specifier, name over there, where.
    pub(super) doc_imports: Vec<(String, String, u32)>,
    pub(super) instance: Instance,
    pub(super) facts: Facts,
    names: FxHashMap<String, NameId>,
    /// Values that are worth sharing.
    plain: FxHashMap<Value, ValueId>,
    /// By node: the value of a call.
    calls: FxHashMap<NodeId, ValueId>,
    functions: FxHashMap<NodeId, FunctionId>,
    shapes: FxHashMap<NodeId, ShapeId>,
    /// By name: the place among the exports of what a CommonJS module assigned.
    exported: FxHashMap<NameId, usize>,
    /// By declared name: what was assigned to its prototype before the name was known to be a function or class.
    prototypes: FxHashMap<SymbolId, ShapeId>,
    /// By node of an object literal: whose `this` its functions have, if not the object's own.
    owners_of_this: FxHashMap<NodeId, ShapeId>,
    /// By name that was tested: its value where the walk is.
    tested: FxHashMap<SymbolId, ValueId>,
    /// What is declared here has no values of its own: inside of `declare …`, and everywhere in a file of declarations.
    pub(super) is_ambient: bool,
    /// The namespaces around the current node, innermost last.
    namespaces: Vec<SymbolId>,
    /// By variable: what it is assigned after its declaration.
    later: FxHashMap<SymbolId, Vec<ValueId>>,
}

impl<'t, 'p> Draft<'t, 'p> {
    pub(super) fn new(table: &'t Table<'p>, docs: Docs<'t, 'p>) -> Draft<'t, 'p> {
        let declaration = |name: SymbolId| Declaration {
            symbol: table.value_symbol(name),
            type_symbol: table.type_symbol(name),
            ..Declaration::default()
        };
        Draft {
            table,
            docs,
            doc_names: FxHashMap::default(),
            in_comment: None,
            doc_imports: Vec::new(),
            instance: Instance::default(),
            facts: Facts {
                // All of them at once: any may be used before it is met, and their numbers are the
                // parser's.
                declarations: table.scoping.symbol_ids().map(declaration).collect(),
                values: vec![Value::Unknown],
                types: vec![Type::Unknown],
                ..Facts::default()
            },
            names: FxHashMap::default(),
            plain: FxHashMap::default(),
            calls: FxHashMap::default(),
            functions: FxHashMap::default(),
            shapes: FxHashMap::default(),
            exported: FxHashMap::default(),
            prototypes: FxHashMap::default(),
            owners_of_this: FxHashMap::default(),
            tested: FxHashMap::default(),
            is_ambient: false,
            namespaces: Vec::new(),
            later: FxHashMap::default(),
        }
    }

    /// Returns the symbol that a node of the file defines.
    fn owned_by(&self, node: NodeId) -> Option<u32> {
        match self.in_comment {
            // Nodes of a type in a comment are numbered anew, and would be taken for nodes of the
            // file.
            Some(_) => None,
            None => self.table.owned_by(node),
        }
    }

    pub(super) fn name(&mut self, text: &str) -> NameId {
        if let Some(name) = self.names.get(text) {
            return *name;
        }
        let name = NameId(self.facts.names.len() as u32);
        self.facts.names.push(text.to_owned());
        self.names.insert(text.to_owned(), name);
        name
    }

    fn push_value(&mut self, value: Value) -> ValueId {
        let id = ValueId(self.facts.values.len() as u32);
        self.facts.values.push(value);
        id
    }

    /// Returns the number of a value that may be used in many places.
    fn share(&mut self, value: Value) -> ValueId {
        if let Some(id) = self.plain.get(&value) {
            return *id;
        }
        let id = self.push_value(value.clone());
        self.plain.insert(value, id);
        id
    }

    fn push_type(&mut self, r#type: Type) -> TypeId {
        let id = TypeId(self.facts.types.len() as u32);
        self.facts.types.push(r#type);
        id
    }

    pub(super) fn push_context(&mut self, context: Context) -> ContextId {
        let id = ContextId(self.facts.contexts.len() as u32);
        self.facts.contexts.push(context);
        id
    }

    fn push_shape(&mut self, shape: Shape) -> ShapeId {
        let id = ShapeId(self.facts.shapes.len() as u32);
        self.facts.shapes.push(shape);
        id
    }

    pub(super) fn shape_mut(&mut self, shape: ShapeId) -> &mut Shape {
        &mut self.facts.shapes[shape.index()]
    }

    pub(super) fn function_mut(&mut self, function: FunctionId) -> &mut Function {
        &mut self.facts.functions[function.index()]
    }

    /// Returns the declaration that a use of a name refers to.
    pub(super) fn declared(&self, name: &IdentifierReference) -> Option<DeclarationId> {
        match self.in_comment {
            Some(_) => self.named_in_comment(name.name.as_str()),
            None => self.table.declared(name).map(declaration_of),
        }
    }

    pub(super) fn declaration_mut(&mut self, name: SymbolId) -> &mut Declaration {
        &mut self.facts.declarations[name.index()]
    }

    pub(super) fn declaration(&self, name: SymbolId) -> &Declaration {
        &self.facts.declarations[name.index()]
    }

    /// Returns whether a name was declared to stand for a whole module: `import * as name`, `const name = require("…")`.
    pub(super) fn holds_module(&self, name: SymbolId) -> bool {
        match self.declaration(name).value {
            DeclaredValue::Import { name, .. } => self.facts.name(name) == "*",
            DeclaredValue::Variable {
                r#type: None,
                value: Some(value),
                ..
            } => matches!(self.facts.values[value.index()], Value::Module(_)),
            _ => false,
        }
    }

    /// Returns whether a name was declared to stand for another module or something in it.
    pub(super) fn stands_for_import(&self, name: SymbolId) -> bool {
        match self.declaration(name).value {
            DeclaredValue::Import { .. } => true,
            DeclaredValue::Variable {
                r#type: None,
                value: Some(mut value),
                ..
            } => loop {
                match self.facts.values[value.index()] {
                    Value::Member(object, _) => value = object,
                    Value::Module(_) => break true,
                    _ => break false,
                }
            },
            _ => false,
        }
    }

    /// Runs `work` with another `this`.
    pub(super) fn within<T>(&mut self, instance: Instance, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.instance, instance);
        let result = work(self);
        self.instance = outer;
        result
    }

    /// A name that is imported: `*` for the module itself.
    pub(super) fn declare_import(
        &mut self,
        local: &BindingIdentifier,
        specifier: &str,
        exported: &str,
    ) {
        let (specifier, name) = (self.name(specifier), self.name(exported));
        if let Some(local) = local.symbol_id.get() {
            let declaration = self.declaration_mut(local);
            declaration.value = DeclaredValue::Import { specifier, name };
            declaration.r#type = DeclaredType::Import;
        }
    }

    /// `import a = b.c`.
    pub(super) fn declare_alias(&mut self, local: &BindingIdentifier, value: ValueId) {
        if let Some(local) = local.symbol_id.get() {
            self.declaration_mut(local).value = DeclaredValue::Variable {
                r#type: None,
                value: Some(value),
                is_destructured: true,
            };
        }
    }

    /// Notes that what follows stands in a namespace; returns how many are around it.
    pub(super) fn enter_namespace(&mut self, id: &BindingIdentifier) -> usize {
        let n_outer = self.namespaces.len();
        self.namespaces.extend(id.symbol_id.get());
        n_outer
    }

    pub(super) fn leave_namespaces(&mut self, n_outer: usize) {
        self.namespaces.truncate(n_outer);
    }

    /// A name that other files see without importing it.
    pub(super) fn share_name(&mut self, name: &str, declaration: DeclarationId, is_ambient: bool) {
        let name = self.name(name);
        let global = Global {
            name,
            declaration,
            is_ambient,
        };
        // Declarations of one name add up.
        let mut known = self.facts.globals.iter_mut();
        match known.find(|known| known.declaration == declaration) {
            // One ambient part makes the name one that several files may declare.
            Some(known) => known.is_ambient |= is_ambient,
            None => self.facts.globals.push(global),
        }
    }

    pub(super) fn declare_function(&mut self, name: SymbolId, function: FunctionId) {
        match &mut self.declaration_mut(name).value {
            DeclaredValue::Functions(overloads) => overloads.push(function),
            value => *value = DeclaredValue::Functions(vec![function]),
        }
    }

    pub(super) fn declared_value(&mut self, declaration: DeclarationId) -> ValueId {
        self.share(Value::Declared(declaration))
    }

    pub(super) fn export(&mut self, name: &str, target: ExportTarget) {
        let name = self.name(name);
        self.facts.exports.push(Export { name, target });
    }

    /// A name that a CommonJS module gives to others; of several assignments the last counts.
    pub(super) fn export_member(&mut self, name: &str, target: ExportTarget) {
        self.facts.is_common_js = true;
        let id = self.name(name);
        match self.exported.entry(id) {
            Entry::Occupied(place) => self.facts.exports[*place.get()].target = target,
            Entry::Vacant(place) => {
                place.insert(self.facts.exports.len());
                self.facts.exports.push(Export { name: id, target });
            }
        }
    }

    /// What the module is as a whole; of several assignments the last is the likeliest.
    pub(super) fn export_whole(&mut self, value: ValueId, symbol: Option<u32>) {
        let value = match self.facts.whole_export {
            Some(before) if before.value != value => {
                // `module.exports = a` in two branches: either may be it.
                self.push_value(Value::Either(vec![value, before.value]))
            }
            _ => value,
        };
        self.facts.is_common_js = true;
        self.facts.whole_export = Some(WholeExport { value, symbol });
    }

    pub(super) fn export_name(&mut self, exported: &str, local: Option<SymbolId>) {
        if let Some(local) = local {
            self.export(exported, ExportTarget::Declared(declaration_of(local)));
        }
    }
}

/// Declarations are numbered as the parser numbers the names of a file.
pub(super) fn declaration_of(name: SymbolId) -> DeclarationId {
    DeclarationId(name.index() as u32)
}
