//! Annotations: the types that are written down.

use domain::facts::*;
use ruff_python_ast::{Expr, ExprSubscript, Operator, StmtTypeAlias, TypeParam, TypeParams};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Walk;
use super::scopes::BindingKind;
use crate::draft::UNKNOWN_TYPE;

impl<'a> Walk<'a> {
    /// Returns the type that an annotation writes down, and notes the uses of names in it.
    pub(super) fn annotation(&mut self, annotation: &Expr) -> TypeId {
        match annotation {
            Expr::Name(_) | Expr::Attribute(_) => self.named_type(annotation, Vec::new()),
            Expr::Subscript(subscript) => self.generic(subscript),
            Expr::BinOp(inner) if inner.op == Operator::BitOr => {
                let types = vec![self.annotation(&inner.left), self.annotation(&inner.right)];
                self.union(types)
            }
            // A forward reference (PEP 484): parsed in place, so that the names in it keep their
            // positions.
            Expr::StringLiteral(string) => {
                let Some(literal) = string.as_single_part_string() else {
                    return UNKNOWN_TYPE;
                };
                let text = &self.lines.text()
                    [literal.range.start().to_usize()..literal.range.end().to_usize()];
                let quotes = match text.ends_with("\"\"\"") || text.ends_with("'''") {
                    true => 3,
                    false => 1,
                };
                let prefix = text.find(['"', '\'']).unwrap_or(0) as u32;
                // One without an end has no inside.
                if (text.len() as u32) < prefix + 2 * quotes {
                    return UNKNOWN_TYPE;
                }
                let inside = TextRange::new(
                    literal.range.start() + TextSize::new(prefix + quotes),
                    literal.range.end() - TextSize::new(quotes),
                );
                // With escapes in it, it is not what it looks like.
                if literal.value.len() != inside.len().to_usize() {
                    return UNKNOWN_TYPE;
                }
                match ruff_python_parser::parse_expression_range(self.lines.text(), inside) {
                    Ok(parsed) => self.annotation(parsed.expr()),
                    Err(_) => UNKNOWN_TYPE,
                }
            }
            Expr::Starred(inner) => self.annotation(&inner.value),
            _ => UNKNOWN_TYPE,
        }
    }

    pub(super) fn union(&mut self, mut types: Vec<TypeId>) -> TypeId {
        types.retain(|r#type| *r#type != UNKNOWN_TYPE);
        match types[..] {
            [] => UNKNOWN_TYPE,
            [one] => one,
            _ => self.draft.r#type(Type::Union(types)),
        }
    }

    fn generic(&mut self, subscript: &ExprSubscript) -> TypeId {
        let special = self.library_name(&subscript.value);
        let arguments: Vec<&Expr> = match &*subscript.slice {
            Expr::Tuple(tuple) => tuple.elts.iter().collect(),
            one => vec![one],
        };
        let first = arguments.first().copied();
        match special.as_deref() {
            Some("Literal") => match first {
                Some(Expr::NumberLiteral(_)) => self.draft.global_type("int", Vec::new()),
                Some(Expr::BooleanLiteral(_)) => self.draft.global_type("bool", Vec::new()),
                Some(Expr::StringLiteral(_)) => self.draft.global_type("str", Vec::new()),
                _ => UNKNOWN_TYPE,
            },
            Some(
                // What they add to the type (`None`, a note, whether a key must be there) has no
                // members.
                "Optional" | "Annotated" | "ClassVar" | "Final" | "Required" | "NotRequired"
                | "ReadOnly" | "Unpack" | "InitVar",
            ) => first.map_or(UNKNOWN_TYPE, |first| self.annotation(first)),
            Some("Union") => {
                let types = arguments.iter().map(|argument| self.annotation(argument));
                let types = types.collect();
                self.union(types)
            }
            Some("Type" | "type") => {
                let inner = first.map_or(UNKNOWN_TYPE, |first| self.annotation(first));
                match inner {
                    UNKNOWN_TYPE => UNKNOWN_TYPE,
                    inner => self.draft.r#type(Type::ClassOf(inner)),
                }
            }
            Some("Tuple" | "tuple") => match arguments[..] {
                // `tuple[A, ...]` is of any length.
                [element, Expr::EllipsisLiteral(_)] => {
                    let element = self.annotation(element);
                    self.draft.global_type("tuple", vec![element])
                }
                _ => {
                    let elements = arguments.iter().map(|argument| self.annotation(argument));
                    let elements = elements.collect();
                    self.draft.r#type(Type::Tuple(elements))
                }
            },
            Some("Callable") => self.callable(&arguments),
            _ => {
                let types = arguments.iter().map(|argument| match argument {
                    // The argument of a `ParamSpec`.
                    Expr::List(_) => UNKNOWN_TYPE,
                    argument => self.annotation(argument),
                });
                let types = types.collect();
                self.named_type(&subscript.value, types)
            }
        }
    }

    fn callable(&mut self, arguments: &[&Expr]) -> TypeId {
        let [parameters, returns] = arguments[..] else {
            return UNKNOWN_TYPE;
        };
        let parameters = match parameters {
            Expr::List(list) => list
                .elts
                .iter()
                .map(|parameter| Parameter {
                    r#type: Some(self.annotation(parameter)),
                    default: None,
                    is_optional: false,
                    is_rest: false,
                    name: None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let returns = self.annotation(returns);
        let function = self.draft.function(Function {
            parameters,
            returns: Some(returns),
            ..Function::default()
        });
        self.draft.r#type(Type::Function(function))
    }

    /// A type by its name, with type arguments.
    fn named_type(&mut self, name: &Expr, arguments: Vec<TypeId>) -> TypeId {
        if let Some(global) = self.library_name(name) {
            // A name that nothing binds and no builtin has came with an `import *`, if there is
            // one.
            if let (Expr::Name(_), false) = (name, crate::python::builtins::is_builtin(&global))
                && self.bound(&global).is_none()
                && let Some(found) = self.star_type(&global, name, &arguments)
            {
                return found;
            }
            return self.library_type(&global, arguments);
        }
        let Some(text) = Self::place_text(name) else {
            return UNKNOWN_TYPE;
        };
        let mut words = text.split('.');
        let root = words.next().unwrap_or_default();
        let Some(bound) = self.bound(root) else {
            return UNKNOWN_TYPE;
        };
        let (declaration, is_imported) = (bound.main, bound.kind == BindingKind::Import);
        let path: Vec<NameId> = words.map(|word| self.draft.name(word)).collect();
        if path.is_empty() {
            // `def copy(self: T) -> T` gives what it is called on (PEP 673 for the older spelling).
            if self.frame.self_variable == Some(declaration) {
                return self.draft.r#type(Type::This);
            }
            let declared = &self.draft.facts.declarations[declaration.index()];
            let is_variable = matches!(declared.r#type, DeclaredType::Parameter { .. });
            // Of an import, only the evaluator knows.
            let may_be_variable = is_variable || (is_imported && arguments.is_empty());
            // Before PEP 695, a function or class has the type variables that are met in its head.
            if may_be_variable && !self.type_variables.contains(&declaration) {
                self.type_variables.push(declaration);
            }
            // A type variable is nobody's dependency.
            if is_variable {
                return self.draft.r#type(Type::Declared {
                    declaration,
                    path,
                    arguments,
                });
            }
        }
        let r#type = self.draft.r#type(Type::Declared {
            declaration,
            path,
            arguments,
        });
        if let Some((last, at)) = Self::last_name(name) {
            self.refer(ReferenceKind::Type, last, at, Target::Type(r#type));
        }
        r#type
    }

    fn star_type(&mut self, name: &str, at: &Expr, arguments: &[TypeId]) -> Option<TypeId> {
        let declarations = self.star_declarations(name);
        let types: Vec<TypeId> = declarations
            .into_iter()
            .map(|declaration| {
                self.draft.r#type(Type::Declared {
                    declaration,
                    path: Vec::new(),
                    arguments: arguments.to_vec(),
                })
            })
            .collect();
        // Of several it is not known which one the name came from, and a reference has one target.
        if let [one] = types[..] {
            self.refer(ReferenceKind::Type, name, at.range(), Target::Type(one));
        }
        match types[..] {
            [] => None,
            _ => Some(self.union(types)),
        }
    }

    fn library_type(&mut self, name: &str, arguments: Vec<TypeId>) -> TypeId {
        match name {
            "Any" | "None" | "object" | "Generic" | "Protocol" | "NoReturn" | "Never"
            | "TypeAlias" | "LiteralString" | "Callable" => UNKNOWN_TYPE,
            "Self" => self.draft.r#type(Type::This),
            _ => self.draft.global_type(builtin_for(name), arguments),
        }
    }

    /// Declares the type parameters that are written in brackets after a name.
    pub(super) fn type_parameters(
        &mut self,
        parameters: Option<&'a TypeParams>,
    ) -> Vec<DeclarationId> {
        let Some(parameters) = parameters else {
            return Vec::new();
        };
        let mut declared = Vec::new();
        for parameter in parameters.iter() {
            let declaration = self.draft.declaration();
            self.draft.declaration_mut(declaration).r#type = DeclaredType::Parameter {
                constraint: None,
                default: None,
            };
            declared.push((parameter, declaration));
        }
        // They can name each other, and are seen by all that is in the function or class.
        let scope = self.scope();
        for (parameter, declaration) in &declared {
            let bound = super::scopes::Bound {
                main: *declaration,
                kind: BindingKind::Variable,
                n_bindings: 1,
                r#type: None,
                library: None,
            };
            self.scopes[scope]
                .names
                .insert(parameter.name().as_str(), bound);
        }
        for (parameter, declaration) in &declared {
            if let TypeParam::TypeVar(variable) = parameter
                && let Some(bound) = &variable.bound
            {
                let constraint = self.annotation(bound);
                self.draft.declaration_mut(*declaration).r#type = DeclaredType::Parameter {
                    constraint: Some(constraint),
                    default: None,
                };
            }
        }
        declared
            .into_iter()
            .map(|(_, declaration)| declaration)
            .collect()
    }

    pub(super) fn type_alias(&mut self, alias: &'a StmtTypeAlias) {
        let Expr::Name(name) = &*alias.name else {
            return;
        };
        let parameters = self.type_parameters(alias.type_params.as_deref());
        let r#type = self.annotation(&alias.value);
        if let Some(bound) = self.bound(name.id.as_str()) {
            let main = bound.main;
            self.draft.declaration_mut(main).r#type = DeclaredType::Alias { parameters, r#type };
        }
    }

    /// A name that is bound once, to what can be a type, is a name for that type too.
    pub(super) fn alias(&mut self, name: &str, value: &Expr) {
        let Some(bound) = self.bound(name) else {
            return;
        };
        let main = bound.main;
        if bound.n_bindings != 1 || !can_be_type(value) {
            return;
        }
        // The uses in it were noted when it was read as a value.
        let was_quiet = std::mem::replace(&mut self.is_quiet, true);
        let outer = std::mem::take(&mut self.type_variables);
        let r#type = self.annotation(value);
        let mut parameters = std::mem::replace(&mut self.type_variables, outer);
        parameters.retain(|parameter| {
            let declared = &self.draft.facts.declarations[parameter.index()];
            matches!(declared.r#type, DeclaredType::Parameter { .. })
        });
        self.is_quiet = was_quiet;
        if r#type != UNKNOWN_TYPE {
            self.draft.declaration_mut(main).r#type = DeclaredType::Alias { parameters, r#type };
        }
    }
}

/// `typing` has names of its own for containers.
fn builtin_for(name: &str) -> &str {
    match name {
        "List" => "list",
        "Dict" => "dict",
        "Set" => "set",
        "FrozenSet" => "frozenset",
        "Tuple" => "tuple",
        "Deque" => "deque",
        "DefaultDict" => "defaultdict",
        // `AnyStr` may also be `bytes`, which has nearly the same methods.
        "Text" | "AnyStr" => "str",
        "MutableSet" => "set",
        name => name,
    }
}

fn can_be_type(value: &Expr) -> bool {
    match value {
        Expr::Name(_) | Expr::NoneLiteral(_) => true,
        Expr::Attribute(attribute) => can_be_type(&attribute.value),
        Expr::Subscript(subscript) => {
            // `names[0]` is an element of a list.
            can_be_type(&subscript.value) && !subscript.slice.is_number_literal_expr()
        }
        Expr::BinOp(inner) => {
            inner.op == Operator::BitOr
                && can_be_type(&inner.left)
                && (can_be_type(&inner.right) || inner.right.is_string_literal_expr())
        }
        _ => false,
    }
}
