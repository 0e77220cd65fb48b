//! The walk that writes down the facts of a file: it follows the flow of control through every scope, so that a use of a name gets
//! what the name holds there.
//!
//! The body of a function runs later than what is around it, so it is walked when the scope around it has ended.

mod annotations;
mod assume;
mod attributes;
mod classes;
mod expressions;
mod fixtures;
mod functions;
mod imports;
mod scopes;
mod statements;
mod uses;

use std::collections::VecDeque;

use domain::RepoPath;
use domain::facts::*;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::builtins::is_builtin;
use super::definitions::Definitions;
use super::flow::{Flow, Places};
use crate::draft::{Draft, UNKNOWN};
use crate::text::LineIndex;
use attributes::Attributes;
use classes::ClassAround;
use functions::{Body, Frame};
use scopes::{Binding, BindingKind, Bindings, Bound, Library, Scope, ScopeKind};
use uses::Roles;

/// Returns the facts of a module.
pub(super) fn facts<'a>(
    path: &RepoPath,
    lines: &'a LineIndex<'a>,
    definitions: &'a Definitions,
    body: &'a [Stmt],
    is_library: bool,
) -> domain::Facts {
    let mut walk = Walk {
        lines,
        definitions,
        is_library,
        draft: Draft::new(),
        scopes: Vec::new(),
        active: Vec::new(),
        pending: VecDeque::new(),
        symbol: 0,
        places: Places::default(),
        declared_at: FxHashMap::default(),
        variables: FxHashMap::default(),
        attributes: Attributes::default(),
        loops: Vec::new(),
        frame: Frame::default(),
        classes: Vec::new(),
        overloads: FxHashMap::default(),
        dotted_imports: FxHashSet::default(),
        type_variables: Vec::new(),
        is_quiet: false,
        is_test_file: super::is_test_name(path.as_str().rsplit('/').next().unwrap_or_default()),
        n_folders: path.as_str().matches('/').count(),
        own_fixtures: fixtures::names(body),
        fixtures: FxHashMap::default(),
        star_names: FxHashMap::default(),
        roles: Roles::default(),
        inner_names: Vec::new(),
    };
    walk.module(body);
    walk.finish()
}

/// The state of the walk.
struct Walk<'a> {
    lines: &'a LineIndex<'a>,
    definitions: &'a Definitions,
    /// Whether it is the library that is read: it knows itself by nothing but its own names.
    is_library: bool,
    draft: Draft,
    scopes: Vec<Scope<'a>>,
    /// The scopes whose statements run now, outermost first, each with what is known at this place.
    active: Vec<(usize, Flow)>,
    /// Bodies of functions to be walked.
    pending: VecDeque<Body<'a>>,
    /// The innermost symbol around.
    symbol: u32,
    places: Places,
    /// Declarations of definitions and imports, by where their names stand.
    declared_at: FxHashMap<u32, DeclarationId>,
    variables: FxHashMap<DeclarationId, Variable>,
    attributes: Attributes,
    loops: Vec<Loop>,
    frame: Frame,
    /// Classes around whose bodies run now.
    classes: Vec<ClassAround>,
    /// Overloads of the function that comes, by scope and name.
    overloads: FxHashMap<(usize, String), Vec<FunctionId>>,
    /// Modules imported as `import a.b`, which their dotted names stand for.
    dotted_imports: FxHashSet<String>,
    /// Type variables met in the signature or bases at hand.
    type_variables: Vec<DeclarationId>,
    /// Whether types are read a second time, so that their names are no uses.
    is_quiet: bool,
    /// Whether the file is one that pytest looks for tests in.
    is_test_file: bool,
    /// How many folders the file is in.
    n_folders: usize,
    /// Names of the file's own fixtures.
    own_fixtures: FxHashSet<&'a str>,
    /// Fixtures of other files, by name.
    fixtures: FxHashMap<String, ValueId>,
    /// What names mean that only `import *` can have brought.
    star_names: FxHashMap<String, Vec<DeclarationId>>,
    roles: Roles,
    /// Names that are known within the expressions around only.
    inner_names: Vec<&'a str>,
}

/// What is known of a variable.
#[derive(Default)]
struct Variable {
    r#type: Option<TypeId>,
    values: Vec<ValueId>,
}

/// Where the loop at hand is left or begun again.
#[derive(Default)]
struct Loop {
    breaks: Vec<Flow>,
    continues: Vec<Flow>,
}

impl<'a> Walk<'a> {
    fn module(&mut self, body: &'a [Stmt]) {
        let scope = self.open_scope(ScopeKind::Module, None, Bindings::of(body), Vec::new());
        self.active.push((scope, Flow::new()));
        self.body(body);
        self.close_scope();
        // Bodies queue those inside of them, which run later still.
        while let Some(body) = self.pending.pop_front() {
            self.function_body(body);
        }
    }

    fn finish(mut self) -> domain::Facts {
        self.write_attributes();
        self.write_variables();
        let mut names: Vec<(&str, DeclarationId)> = self.scopes[0]
            .names
            .iter()
            .map(|(name, bound)| (*name, bound.main))
            .collect();
        // In the order in which they were declared: a map has none.
        names.sort_unstable_by_key(|(_, main)| *main);
        for (name, main) in names {
            let name = self.draft.name(name);
            self.draft.facts.exports.push(Export {
                name,
                target: ExportTarget::Declared(main),
            });
        }
        let mut facts = self.draft.facts;
        facts
            .references
            .sort_by_key(|reference| (reference.position.line, reference.position.column));
        facts
    }

    fn write_variables(&mut self) {
        let mut variables: Vec<(DeclarationId, Variable)> =
            std::mem::take(&mut self.variables).into_iter().collect();
        variables.sort_unstable_by_key(|(declaration, _)| *declaration);
        for (declaration, variable) in variables {
            let value = self.draft.any_of(variable.values);
            self.draft.declaration_mut(declaration).value = DeclaredValue::Variable {
                r#type: variable.r#type,
                value: Some(value).filter(|value| *value != UNKNOWN),
                is_destructured: false,
            };
        }
    }

    /// Makes a scope with declarations for all names that are bound in it.
    fn open_scope(
        &mut self,
        kind: ScopeKind,
        parent: Option<usize>,
        bindings: Bindings<'a>,
        parameters: Vec<Binding<'a>>,
    ) -> usize {
        let mut scope = Scope::new(kind, parent);
        let mut order: Vec<&'a str> = Vec::new();
        let mut groups: FxHashMap<&'a str, Vec<Binding<'a>>> = FxHashMap::default();
        for binding in parameters.into_iter().chain(bindings.found) {
            let is_outer = bindings.globals.contains(binding.name)
                || bindings.nonlocals.contains(binding.name);
            // `global` and `nonlocal` hold for the whole scope, wherever they stand in it.
            if is_outer {
                continue;
            }
            let group = groups.entry(binding.name).or_default();
            if group.is_empty() {
                order.push(binding.name);
            }
            group.push(binding);
        }
        for name in order {
            let bound = self.declare(&groups[name]);
            if bound.n_bindings > 1 {
                scope.rebound.insert(self.places.place(name));
            }
            scope.names.insert(name, bound);
        }
        scope.globals = bindings.globals;
        scope.nonlocals = bindings.nonlocals;
        self.scopes.push(scope);
        self.scopes.len() - 1
    }

    /// Declares a name by its bindings: what looks from elsewhere sees its last definition, else its first import, else a variable.
    fn declare(&mut self, bindings: &[Binding<'a>]) -> Bound {
        let own: Vec<Binding<'a>> = bindings
            .iter()
            .filter(|binding| !binding.continues)
            .copied()
            .collect();
        let bindings = match own.is_empty() {
            // In a stub, a function may be nothing but overloads.
            true => &bindings[bindings.len() - 1..],
            false => &own[..],
        };
        let is_definition = |binding: &&Binding<'a>| {
            matches!(binding.kind, BindingKind::Function | BindingKind::Class)
        };
        let is_import = |binding: &&Binding<'a>| binding.kind == BindingKind::Import;
        let main = bindings
            .iter()
            // The last definition wins at run time; of imports the first is the usual one, others
            // being what is done when it fails.
            .rfind(is_definition)
            .or_else(|| bindings.iter().find(is_import))
            .unwrap_or(&bindings[0]);
        let declaration = self.draft.declaration();
        for binding in bindings {
            let is_main = binding.range == main.range;
            if binding.kind != BindingKind::Variable {
                let own = match is_main {
                    true => declaration,
                    false => self.draft.declaration(),
                };
                self.declared_at.insert(binding.range.start().to_u32(), own);
            }
        }
        if main.kind == BindingKind::Variable {
            let symbols = bindings
                .iter()
                .map(|binding| self.definitions.at(binding.range));
            let symbol = symbols.flatten().next();
            self.draft.declaration_mut(declaration).symbol = symbol;
            self.variables.insert(declaration, Variable::default());
        }
        Bound {
            main: declaration,
            kind: main.kind,
            n_bindings: bindings.len() as u32,
            r#type: None,
            library: None,
        }
    }

    /// Ends the scope that runs; what its names hold now is what functions in it will find.
    fn close_scope(&mut self) {
        let Some((scope, flow)) = self.active.pop() else {
            return;
        };
        let names: Vec<&'a str> = self.scopes[scope]
            .names
            .iter()
            .filter(|(_, bound)| bound.n_bindings > 1)
            .map(|(name, _)| *name)
            .collect();
        for name in names {
            let place = self.places.known(name);
            if let Some(value) = place.and_then(|place| flow.get(place)) {
                self.scopes[scope].end.insert(name, value);
            }
        }
    }

    fn scope(&self) -> usize {
        self.active.last().map_or(0, |(scope, _)| *scope)
    }

    fn flow(&mut self) -> &mut Flow {
        &mut self
            .active
            .last_mut()
            .expect("statements run in an open scope")
            .1
    }

    /// Returns the scope where a name that is used here is bound.
    fn scope_of(&self, name: &str) -> Option<usize> {
        let current = self.scope();
        let mut next = Some(current);
        if self.scopes[current].globals.contains(name) {
            next = Some(0);
        } else if self.scopes[current].nonlocals.contains(name) {
            next = self.scopes[current].parent;
        }
        while let Some(scope) = next {
            // Functions do not see the names of a class around them (Python reference, "Resolution
            // of names").
            let is_seen = scope == current || self.scopes[scope].kind != ScopeKind::Class;
            if is_seen && self.scopes[scope].names.contains_key(name) {
                return Some(scope);
            }
            next = self.scopes[scope].parent;
        }
        None
    }

    fn bound(&self, name: &str) -> Option<&Bound> {
        self.scopes[self.scope_of(name)?].names.get(name)
    }

    /// Returns what a name holds here.
    fn name_value(&mut self, name: &str) -> ValueId {
        let place = self.places.known(name);
        let held = |flow: &Flow| place.and_then(|place| flow.get(place));
        if let Some(value) = self.active.last().and_then(|(_, flow)| held(flow)) {
            return value;
        }
        let Some(scope) = self.scope_of(name) else {
            return self.undeclared(name);
        };
        // A scope that still runs is asked as it stands now: class bodies and comprehensions run in
        // the middle of it.
        let running = self.active.iter().find(|(active, _)| *active == scope);
        let value = match running {
            Some((_, flow)) => held(flow),
            None => self.scopes[scope].end.get(name).copied(),
        };
        if let Some(value) = value {
            return value;
        }
        let bound = &self.scopes[scope].names[name];
        match &bound.library {
            Some(Library::Name(global)) if bound.n_bindings == 1 => {
                let global = global.clone();
                self.draft.global(&global)
            }
            _ => {
                let main = bound.main;
                self.draft.value(Value::Declared(main))
            }
        }
    }

    fn undeclared(&mut self, name: &str) -> ValueId {
        let declarations = self.star_declarations(name);
        let mut value = None;
        for declaration in declarations {
            let declared = self.draft.value(Value::Declared(declaration));
            value = Some(match value {
                // The latest import wins, as at run time, if its module has the name.
                Some(value) => self.draft.value(Value::OrElse(value, declared)),
                None => declared,
            });
        }
        value.unwrap_or_else(|| self.draft.global(name))
    }

    /// Returns what a name can be that is declared nowhere in the file: one import for each `import *`, the last first.
    fn star_declarations(&mut self, name: &str) -> Vec<DeclarationId> {
        if self.draft.facts.stars.is_empty() || is_builtin(name) {
            return Vec::new();
        }
        if let Some(known) = self.star_names.get(name) {
            return known.clone();
        }
        let stars: Vec<NameId> = self.draft.facts.stars.iter().rev().copied().collect();
        let imported = self.draft.name(name);
        let mut declarations = Vec::new();
        for specifier in stars {
            let declaration = self.draft.declaration();
            let declared = self.draft.declaration_mut(declaration);
            declared.value = DeclaredValue::Import {
                specifier,
                name: imported,
            };
            declared.r#type = DeclaredType::Import;
            declarations.push(declaration);
        }
        self.star_names
            .insert(name.to_owned(), declarations.clone());
        declarations
    }

    /// Binds a variable to a value.
    fn bind(&mut self, name: &'a str, value: ValueId) {
        let place = self.places.place(name);
        let current = self.scope();
        let is_outer = self.scopes[current].globals.contains(name)
            || self.scopes[current].nonlocals.contains(name);
        let Some(scope) = self
            .scope_of(name)
            .filter(|scope| is_outer || *scope == current)
        else {
            if is_outer {
                self.declare_global(name, value);
            }
            return self.hold(place, Some(value));
        };
        let bound = &self.scopes[scope].names[name];
        let (main, n_bindings, r#type) = (bound.main, bound.n_bindings, bound.r#type);
        if bound.kind == BindingKind::Variable {
            self.variables.entry(main).or_default().values.push(value);
        }
        let held = match r#type {
            Some(r#type) if value != UNKNOWN => {
                Some(self.draft.value(Value::Within(value, r#type)))
            }
            // Of an unknown value the annotation is what is known.
            Some(_) => None,
            // A name that is bound once needs no flow: its declaration says the same, and facts
            // stay small.
            None => Some(value).filter(|_| n_bindings > 1 || is_outer),
        };
        self.hold(place, held);
    }

    /// A function may make a name of the module that the module itself never mentions.
    fn declare_global(&mut self, name: &'a str, value: ValueId) {
        let declaration = self.draft.declaration();
        self.scopes[0].names.insert(
            name,
            Bound {
                main: declaration,
                kind: BindingKind::Variable,
                // Counted as bound before, in case the module assigns it by other means.
                n_bindings: 2,
                r#type: None,
                library: None,
            },
        );
        self.variables
            .entry(declaration)
            .or_default()
            .values
            .push(value);
    }

    fn hold(&mut self, place: super::flow::Place, value: Option<ValueId>) {
        let Some((_, flow)) = self.active.last_mut() else {
            return;
        };
        flow.set(&self.places, place, value);
    }

    /// Says what a definition or import of a name stands for.
    fn bind_definition(&mut self, name: &'a str, range: TextRange) -> DeclarationId {
        let declaration = match self.declared_at.get(&range.start().to_u32()) {
            Some(declaration) => *declaration,
            // A name that belongs to a scope around.
            None => self.draft.declaration(),
        };
        let value = self.draft.value(Value::Declared(declaration));
        let place = self.places.place(name);
        let is_only = self
            .bound(name)
            .is_some_and(|bound| bound.n_bindings == 1 && bound.main == declaration);
        self.hold(place, Some(value).filter(|_| !is_only));
        self.draft.declaration_mut(declaration).symbol = self.definitions.at(range);
        declaration
    }

    /// Notes a use of a name.
    fn refer(&mut self, kind: ReferenceKind, name: &str, at: TextRange, target: Target) {
        if self.is_quiet || self.is_library {
            return;
        }
        let name = self.draft.name(name);
        self.draft.facts.references.push(Reference {
            kind,
            from: self.symbol,
            name,
            position: self.lines.position(at.start().to_u32()),
            target,
        });
    }

    /// Returns the dotted text of a name or of attributes of a name.
    fn place_text(expression: &Expr) -> Option<String> {
        match expression {
            Expr::Name(name) => Some(name.id.to_string()),
            Expr::Attribute(attribute) => {
                let mut text = Self::place_text(&attribute.value)?;
                text.push('.');
                text.push_str(attribute.attr.as_str());
                Some(text)
            }
            _ => None,
        }
    }

    /// Returns the name of the library that an expression is, if it is one.
    fn library_name(&self, expression: &Expr) -> Option<String> {
        match expression {
            Expr::Name(name) => match self.bound(name.id.as_str()) {
                Some(bound) => match &bound.library {
                    Some(Library::Name(name)) => Some(name.clone()),
                    _ => None,
                },
                None => Some(name.id.to_string()),
            },
            Expr::Attribute(attribute) => {
                let module = Self::place_text(&attribute.value)?;
                let root = module.split('.').next().unwrap_or_default();
                match &self.bound(root)?.library {
                    Some(Library::Module(known)) => {
                        let full = match module.split_once('.') {
                            Some((_, rest)) => format!("{known}.{rest}"),
                            None => known.clone(),
                        };
                        super::builtins::is_library_module(&full)
                            .then(|| attribute.attr.to_string())
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Returns where the last name of an expression stands.
    fn last_name(expression: &Expr) -> Option<(&str, TextRange)> {
        match expression {
            Expr::Name(name) => Some((name.id.as_str(), name.range())),
            Expr::Attribute(attribute) => Some((attribute.attr.as_str(), attribute.attr.range)),
            Expr::Subscript(subscript) => Self::last_name(&subscript.value),
            _ => None,
        }
    }
}
