//! The walk that finds definitions, in source order: symbols, and the statements where a file may be cut.

use domain::{ChunkKind, Complexity, Flags, RepoPath, Symbol, SymbolKind};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::doc;
use crate::names;
use crate::outline::{self, Item};
use crate::text::LineIndex;

/// Statements nested deeper are not looked into.
const NESTING_MAX: usize = 64;

/// What a file defines.
pub(super) struct Definitions {
    /// The first is the module.
    pub(super) symbols: Vec<Symbol>,
    /// Top-level statements.
    pub(super) items: Vec<Item>,
    at: FxHashMap<u32, u32>,
}

impl Definitions {
    /// Returns the symbol whose name stands at a place.
    pub(super) fn at(&self, name: TextRange) -> Option<u32> {
        self.at.get(&name.start().to_u32()).copied()
    }
}

/// Finds the definitions of a file; `listed` are the names in its `__all__`.
pub(super) fn define(
    path: &RepoPath,
    lines: &LineIndex<'_>,
    body: &[Stmt],
    listed: Option<FxHashSet<&str>>,
) -> Definitions {
    let mut walk = Define {
        lines,
        listed,
        symbols: vec![Symbol {
            doc: doc::of_body(body),
            ..outline::module(path, lines)
        }],
        at: FxHashMap::default(),
        defined: FxHashSet::default(),
    };
    let around = Around {
        symbol: 0,
        place: Place::Module,
        receiver: None,
        depth: 0,
    };
    let items = walk.suite(body, around);
    Definitions {
        symbols: walk.symbols,
        items,
        at: walk.at,
    }
}

struct Define<'a> {
    lines: &'a LineIndex<'a>,
    listed: Option<FxHashSet<&'a str>>,
    symbols: Vec<Symbol>,
    at: FxHashMap<u32, u32>,
    /// Names by the symbol that they are defined in: a variable is defined where it is first assigned.
    defined: FxHashSet<(u32, &'a str)>,
}

/// What stands around a statement.
#[derive(Clone, Copy)]
struct Around<'a> {
    symbol: u32,
    place: Place,
    /// The name that a method gives to its instance, and the class.
    receiver: Option<(&'a str, u32)>,
    depth: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Module,
    Class,
    Enum,
    Function,
}

/// A definition to be added.
struct New<'s> {
    kind: SymbolKind,
    name: &'s str,
    name_at: TextRange,
    span: TextRange,
    signature: String,
    doc: String,
    flags: Flags,
}

impl<'a> Define<'a> {
    fn suite(&mut self, body: &'a [Stmt], around: Around<'a>) -> Vec<Item> {
        let around = Around {
            depth: around.depth + 1,
            ..around
        };
        if around.depth > NESTING_MAX {
            return Vec::new();
        }
        let mut items = Vec::with_capacity(body.len());
        for (place, statement) in body.iter().enumerate() {
            let doc = || body.get(place + 1).and_then(doc::of_statement);
            items.push(self.statement(statement, around, &doc));
        }
        items
    }

    fn statement(
        &mut self,
        statement: &'a Stmt,
        around: Around<'a>,
        doc: &dyn Fn() -> Option<String>,
    ) -> Item {
        let mut children = Vec::new();
        let mut kind = ChunkKind::Statements;
        let mut symbol = None;
        match statement {
            Stmt::FunctionDef(function) => return self.function(function, around),
            Stmt::ClassDef(class) => return self.class(class, around),
            Stmt::Import(_) | Stmt::ImportFrom(_) => kind = ChunkKind::Module,
            Stmt::Expr(expression) if expression.value.is_string_literal_expr() => {
                kind = ChunkKind::Module;
            }
            Stmt::Assign(assign) => {
                let value = Some(&*assign.value);
                for target in &assign.targets {
                    symbol = self
                        .targets(target, value, statement, around, doc)
                        .or(symbol);
                }
            }
            Stmt::AnnAssign(assign) => {
                let value = assign.value.as_deref();
                symbol = self.targets(&assign.target, value, statement, around, doc);
            }
            Stmt::TypeAlias(alias) => {
                symbol = self.targets(&alias.name, None, statement, around, doc);
                // A chunk for a variable only where it can be asked for: not inside of functions,
                // and not for a whole loop or branch.
                if let Some(symbol) = symbol {
                    self.symbols[symbol as usize].kind = SymbolKind::Type;
                }
            }
            Stmt::For(inner) => {
                self.targets(&inner.target, None, statement, around, &|| None);
                children.extend(self.suite(&inner.body, around));
                children.extend(self.suite(&inner.orelse, around));
            }
            Stmt::While(inner) => {
                children.extend(self.suite(&inner.body, around));
                children.extend(self.suite(&inner.orelse, around));
            }
            Stmt::If(inner) => {
                children.extend(self.suite(&inner.body, around));
                for clause in &inner.elif_else_clauses {
                    children.extend(self.suite(&clause.body, around));
                }
            }
            Stmt::With(inner) => {
                for item in &inner.items {
                    if let Some(target) = &item.optional_vars {
                        self.targets(target, None, statement, around, &|| None);
                    }
                }
                children.extend(self.suite(&inner.body, around));
            }
            Stmt::Match(inner) => {
                for case in &inner.cases {
                    children.extend(self.suite(&case.body, around));
                }
            }
            Stmt::Try(inner) => {
                children.extend(self.suite(&inner.body, around));
                for ExceptHandler::ExceptHandler(handler) in &inner.handlers {
                    children.extend(self.suite(&handler.body, around));
                }
                children.extend(self.suite(&inner.orelse, around));
                children.extend(self.suite(&inner.finalbody, around));
            }
            _ => {}
        }
        if let Some(symbol) = symbol
            && around.place != Place::Function
            && !is_compound(statement)
        {
            kind = match self.symbols[symbol as usize].kind {
                SymbolKind::Type => ChunkKind::Type,
                SymbolKind::Function => ChunkKind::Function,
                _ => ChunkKind::Variable,
            };
        }
        Item {
            kind,
            symbol: symbol.filter(|_| kind != ChunkKind::Statements),
            ..item(statement.range(), children)
        }
    }

    /// Defines the names and attributes that are assigned for the first time; returns the first of them.
    fn targets(
        &mut self,
        target: &'a Expr,
        value: Option<&Expr>,
        statement: &Stmt,
        around: Around<'a>,
        doc: &dyn Fn() -> Option<String>,
    ) -> Option<u32> {
        let (parent, name, name_at) = match target {
            // Local variables are no definitions.
            Expr::Name(name) if around.place != Place::Function => {
                (around.symbol, name.id.as_str(), name.range)
            }
            Expr::Attribute(attribute) => match (&*attribute.value, around.receiver) {
                (Expr::Name(object), Some((receiver, class))) if object.id == receiver => {
                    (class, attribute.attr.as_str(), attribute.attr.range)
                }
                _ => return None,
            },
            Expr::Tuple(tuple) => return self.all_targets(&tuple.elts, statement, around),
            Expr::List(list) => return self.all_targets(&list.elts, statement, around),
            Expr::Starred(starred) => {
                return self.targets(&starred.value, None, statement, around, doc);
            }
            _ => return None,
        };
        // Defined where it is first assigned; later assignments are uses.
        if !self.defined.insert((parent, name)) {
            return None;
        }
        let kind = match around.place {
            Place::Module if value.is_some_and(Expr::is_lambda_expr) => SymbolKind::Function,
            Place::Module => SymbolKind::Variable,
            Place::Enum if value.is_some() && !name.starts_with('_') => SymbolKind::EnumMember,
            _ => SymbolKind::Property,
        };
        // The span of a `for` or `with` would be all of its body.
        let span = match is_compound(statement) {
            true => target.range(),
            false => statement.range(),
        };
        Some(self.add(
            parent,
            New {
                kind,
                name,
                name_at,
                span,
                signature: doc::first_line(self.lines.text(), span),
                doc: doc().unwrap_or_default(),
                flags: Flags {
                    is_exported: self.is_exported(name, around.place),
                    is_static: matches!(around.place, Place::Class | Place::Enum)
                        && value.is_some(),
                    ..Flags::default()
                },
            },
        ))
    }

    fn all_targets(
        &mut self,
        targets: &'a [Expr],
        statement: &Stmt,
        around: Around<'a>,
    ) -> Option<u32> {
        let mut first = None;
        for target in targets {
            let found = self.targets(target, None, statement, around, &|| None);
            first = first.or(found);
        }
        first
    }

    fn function(&mut self, function: &'a StmtFunctionDef, around: Around<'a>) -> Item {
        let name = function.name.as_str();
        let is_member = matches!(around.place, Place::Class | Place::Enum);
        let decorators = || {
            let decorators = function.decorator_list.iter();
            decorators.filter_map(|decorator| super::decorators::last_name(&decorator.expression))
        };
        let kind = match is_member {
            false => SymbolKind::Function,
            true if name == "__init__" => SymbolKind::Constructor,
            true if decorators().any(|name| name == "setter" || name == "deleter") => {
                SymbolKind::Setter
            }
            true if decorators().any(super::decorators::makes_property) => SymbolKind::Getter,
            true => SymbolKind::Method,
        };
        let is_static = decorators().any(|name| name == "staticmethod" || name == "classmethod");
        // A setter assigns to the property of its name and defines nothing new.
        if kind != SymbolKind::Setter {
            self.defined.insert((around.symbol, name));
        }
        let head_end = match &function.returns {
            Some(returns) => returns.end(),
            None => function.parameters.end(),
        };
        let symbol = self.add(
            around.symbol,
            New {
                kind,
                name,
                name_at: function.name.range,
                span: function.range,
                signature: doc::head(self.lines.text(), function.name.range, head_end.to_u32()),
                doc: doc::of_body(&function.body),
                flags: Flags {
                    is_exported: self.is_exported(name, around.place),
                    is_async: function.is_async,
                    is_static: is_member && is_static,
                    is_test: false,
                },
            },
        );
        // A function inside of a method still sees the method's `self`.
        let receiver = match is_member && !is_static {
            true => first_parameter(function).map(|name| (name, around.symbol)),
            false => around.receiver,
        };
        let inner = Around {
            symbol,
            place: Place::Function,
            receiver,
            ..around
        };
        let children = self.suite(&function.body, inner);
        Item {
            kind: match is_member {
                true => ChunkKind::Method,
                false => ChunkKind::Function,
            },
            symbol: Some(symbol),
            ..item(function.range, children)
        }
    }

    fn class(&mut self, class: &'a StmtClassDef, around: Around<'a>) -> Item {
        let name = class.name.as_str();
        let bases = || {
            let arguments = class.arguments.iter();
            let bases = arguments.flat_map(|arguments| &arguments.args);
            bases.filter_map(super::decorators::last_name)
        };
        let kind = match () {
            () if bases().any(super::decorators::is_enum) => SymbolKind::Enum,
            () if bases().any(|base| base == "Protocol") => SymbolKind::Interface,
            () => SymbolKind::Class,
        };
        self.defined.insert((around.symbol, name));
        let head_end = match &class.arguments {
            Some(arguments) => arguments.end(),
            None => class.name.end(),
        };
        let symbol = self.add(
            around.symbol,
            New {
                kind,
                name,
                name_at: class.name.range,
                span: class.range,
                signature: doc::head(self.lines.text(), class.name.range, head_end.to_u32()),
                doc: doc::of_body(&class.body),
                flags: Flags {
                    is_exported: self.is_exported(name, around.place),
                    ..Flags::default()
                },
            },
        );
        let inner = Around {
            symbol,
            place: match kind {
                SymbolKind::Enum => Place::Enum,
                _ => Place::Class,
            },
            receiver: None,
            ..around
        };
        let children = self.suite(&class.body, inner);
        Item {
            kind: ChunkKind::Class,
            symbol: Some(symbol),
            ..item(class.range, children)
        }
    }

    /// A module's names are all importable; those that it lists, or else those without an underscore, are meant to be.
    fn is_exported(&self, name: &str, place: Place) -> bool {
        place == Place::Module
            && match &self.listed {
                Some(listed) => listed.contains(name),
                None => !name.starts_with('_'),
            }
    }

    fn add(&mut self, parent: u32, new: New<'_>) -> u32 {
        let index = self.symbols.len() as u32;
        let name = names::name(new.name);
        let qualified_name = match parent {
            0 => name.clone(),
            _ => names::qualified(&self.symbols[parent as usize].qualified_name, &name),
        };
        let name_at = new.name_at.start().to_u32();
        self.at.insert(name_at, index);
        self.symbols.push(Symbol {
            parent: Some(parent),
            kind: new.kind,
            name,
            qualified_name,
            position: self.lines.position(name_at),
            span: self
                .lines
                .span(new.span.start().to_u32(), new.span.end().to_u32()),
            signature: new.signature,
            doc: new.doc,
            flags: new.flags,
            complexity: Complexity::default(),
        });
        index
    }
}

fn item(range: TextRange, children: Vec<Item>) -> Item {
    Item {
        kind: ChunkKind::Statements,
        symbol: None,
        title: None,
        start_byte: range.start().to_u32(),
        end_byte: range.end().to_u32(),
        children,
        body: None,
    }
}

/// Whether a statement has statements in it.
fn is_compound(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::For(_) | Stmt::While(_) | Stmt::If(_) | Stmt::With(_) | Stmt::Match(_) | Stmt::Try(_)
    )
}

/// Returns the name of a function's first parameter.
pub(super) fn first_parameter(function: &StmtFunctionDef) -> Option<&str> {
    let parameters = &function.parameters;
    let mut positional = parameters.posonlyargs.iter().chain(&parameters.args);
    positional
        .next()
        .map(|parameter| parameter.parameter.name.as_str())
}
