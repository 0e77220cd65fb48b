//! Types as they are written, and names of types as expressions.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::{Found, Space};
use super::walk::Walk;
use crate::draft::UNKNOWN_TYPE;
use crate::notes::{child_of_kind, children, field};

pub(super) const ARRAY: &str = "java·array";
pub(super) const OBJECT: &str = "java.lang.Object";

impl<'a> Walk<'a> {
    /// Returns a type, and notes the uses of names in it.
    pub(super) fn r#type(&mut self, node: Node<'_>) -> TypeId {
        self.type_as(node, ReferenceKind::Type)
    }

    /// As [`Walk::type`], with how the outermost name is used.
    pub(super) fn type_as(&mut self, node: Node<'_>, kind: ReferenceKind) -> TypeId {
        self.deeper(|walk| walk.type_now(node, kind))
            .unwrap_or(UNKNOWN_TYPE)
    }

    fn type_now(&mut self, node: Node<'_>, kind: ReferenceKind) -> TypeId {
        match node.kind() {
            "type_identifier" | "identifier" => {
                let r#type = self.name_type(self.text_of(node), Vec::new(), Vec::new());
                self.refer_to_type(kind, node, r#type);
                r#type
            }
            "scoped_type_identifier" | "scoped_identifier" | "field_access" => {
                self.scoped_type(node, Vec::new(), kind)
            }
            "generic_type" => self.generic_type(node, kind),
            "array_type" => {
                let element = match node.child_by_field_name("element") {
                    Some(element) => self.type_as(element, kind),
                    None => UNKNOWN_TYPE,
                };
                self.array_of(
                    element,
                    n_dimensions(node.child_by_field_name("dimensions")),
                )
            }
            "annotated_type" => {
                self.annotations(node);
                let mut parts = children(node).into_iter();
                let inner = parts.find(|child| !child.kind().contains("annotation"));
                inner.map_or(UNKNOWN_TYPE, |inner| self.type_as(inner, kind))
            }
            // Called as no program can call a class of its own.
            "integral_type" | "floating_point_type" | "boolean_type" => {
                let name = format!("java·{}", self.text_of(node));
                self.draft.global_type(&name, Vec::new())
            }
            "wildcard" => self.wildcard(node),
            _ => UNKNOWN_TYPE,
        }
    }

    fn refer_to_type(&mut self, kind: ReferenceKind, name: Node<'_>, r#type: TypeId) {
        let is_parameter = match &self.draft.facts.types[r#type.index()] {
            Type::Declared { declaration, .. } => {
                let declared = &self.draft.facts.declarations[declaration.index()];
                matches!(declared.r#type, DeclaredType::Parameter { .. })
            }
            _ => false,
        };
        // The grammar takes `var` for the name of a type.
        let is_inferred = self.text_of(name) == "var";
        if !is_parameter && !is_inferred && self.role(name).is_some() {
            self.refer(kind, name, Target::Type(r#type));
        }
    }

    /// `Outer.Inner`, or a name with its package in front.
    fn scoped_type(
        &mut self,
        node: Node<'_>,
        arguments: Vec<TypeId>,
        kind: ReferenceKind,
    ) -> TypeId {
        let mut names = Vec::new();
        collect_names(node, &mut names);
        let Some(last) = names.last().copied() else {
            return UNKNOWN_TYPE;
        };
        let r#type = match self.qualified(&names) {
            Some(specifier) => {
                let specifier = self.draft.name(&specifier);
                let r#type = self.draft.r#type(Type::Import {
                    specifier,
                    path: Vec::new(),
                    arguments,
                });
                self.refer_to_module(kind, last, specifier);
                return r#type;
            }
            None => {
                let mut path = Vec::new();
                for name in &names[1..] {
                    let text = self.text_of(*name);
                    path.push(self.draft.name(text));
                }
                self.name_type(self.text_of(names[0]), path, arguments)
            }
        };
        self.refer_to_type(kind, last, r#type);
        r#type
    }

    pub(super) fn refer_to_module(
        &mut self,
        kind: ReferenceKind,
        name: Node<'_>,
        specifier: NameId,
    ) {
        if self.role(name).is_none() {
            return;
        }
        let whole = self.draft.name("*");
        let target = Target::Module {
            specifier,
            name: whole,
        };
        self.refer(kind, name, target);
    }

    /// Returns the full name that some names in a row are, if the first can only be that of a package.
    pub(super) fn qualified(&self, names: &[Node<'_>]) -> Option<String> {
        let first = self.text_of(*names.first()?);
        // Packages begin with a small letter and types with a capital, by the convention of
        // JLS 6.1.
        if !first.starts_with(|c: char| c.is_ascii_lowercase()) {
            return None;
        }
        let is_known = |space: Space| {
            let Found {
                shapes,
                declaration,
            } = self.scopes.find(space, first);
            // A class that inherits may have a field of any name, also one called `com`; that is
            // too unlikely to lose every qualified name inside of it.
            declaration.is_some() || !shapes.is_empty() && !self.is_package_root(first)
        };
        if is_known(Space::Value) || is_known(Space::Type) {
            return None;
        }
        let texts: Vec<&str> = names.iter().map(|name| self.text_of(*name)).collect();
        let has_class = |text: &&str| text.starts_with(|c: char| c.is_ascii_uppercase());
        let first_class = texts.iter().position(has_class)?;
        // Without a package in front it is a name like any other.
        (first_class > 0).then(|| texts.join("."))
    }

    /// Whether a name is what packages usually begin with, so that it is hardly that of an inherited field.
    fn is_package_root(&self, name: &str) -> bool {
        let own = self.package.split('.').next().unwrap_or_default();
        matches!(
            name,
            "java" | "javax" | "jakarta" | "com" | "org" | "net" | "io" | "android" | "kotlin"
        ) || (!own.is_empty() && own == name)
    }

    fn generic_type(&mut self, node: Node<'_>, kind: ReferenceKind) -> TypeId {
        let mut arguments = Vec::new();
        let list = child_of_kind(node, "type_arguments");
        for argument in list.map_or_else(Vec::new, children) {
            arguments.push(self.r#type(argument));
        }
        let Some(name) = node.named_child(0) else {
            return UNKNOWN_TYPE;
        };
        match name.kind() {
            "type_identifier" => {
                let r#type = self.name_type(self.text_of(name), Vec::new(), arguments);
                self.refer_to_type(kind, name, r#type);
                r#type
            }
            _ => self.scoped_type(name, arguments, kind),
        }
    }

    /// What a wildcard stands for when it is read: its bound, whichever way that points.
    fn wildcard(&mut self, node: Node<'_>) -> TypeId {
        self.annotations(node);
        let mut parts = children(node).into_iter();
        let bound =
            parts.find(|child| !child.kind().contains("annotation") && child.kind() != "super");
        match bound {
            Some(bound) => self.r#type(bound),
            None => self.draft.global_type(OBJECT, Vec::new()),
        }
    }

    pub(super) fn array_of(&mut self, element: TypeId, n_dimensions: usize) -> TypeId {
        (0..n_dimensions).fold(element, |element, _| {
            self.draft.global_type(ARRAY, vec![element])
        })
    }

    /// Returns what a simple name is as a type, with names within it and type arguments.
    pub(super) fn name_type(
        &mut self,
        name: &str,
        path: Vec<NameId>,
        arguments: Vec<TypeId>,
    ) -> TypeId {
        let Found {
            shapes,
            declaration,
        } = self.scopes.find(Space::Type, name);
        let is_parameter = declaration.is_some_and(|declaration| {
            let declared = &self.draft.facts.declarations[declaration.index()];
            matches!(declared.r#type, DeclaredType::Parameter { .. })
        });
        // A type parameter hides what a class around may inherit; a type of the file does not.
        if let Some(declaration) = declaration.filter(|_| shapes.is_empty() || is_parameter) {
            return self.draft.r#type(Type::Declared {
                declaration,
                path,
                arguments,
            });
        }
        let mut full = vec![self.draft.name(name)];
        full.extend(path);
        match shapes.is_empty() {
            true => self.draft.r#type(Type::Global {
                path: full,
                arguments,
            }),
            false => self.draft.r#type(Type::Scoped {
                shapes,
                declaration,
                path: full,
                arguments,
            }),
        }
    }

    /// Declares the type parameters of a class or method.
    pub(super) fn type_parameters(&mut self, node: Node<'_>) -> Vec<DeclarationId> {
        let Some(list) = node.child_by_field_name("type_parameters") else {
            return Vec::new();
        };
        let mut parameters = Vec::new();
        let mut bounds = Vec::new();
        for parameter in children(list) {
            let Some(name) = child_of_kind(parameter, "type_identifier") else {
                continue;
            };
            let id = self.draft.declaration();
            self.draft.declaration_mut(id).r#type = DeclaredType::Parameter {
                constraint: None,
                default: None,
            };
            self.scopes.declare(Space::Type, self.text_of(name), id);
            parameters.push(id);
            bounds.push((id, child_of_kind(parameter, "type_bound")));
        }
        // A bound may speak of any of them.
        for (parameter, bound) in bounds {
            let Some(bound) = bound else {
                continue;
            };
            let mut types = Vec::new();
            for r#type in children(bound) {
                types.push(self.r#type(r#type));
            }
            let constraint = match types[..] {
                [one] => one,
                // `T extends A & B` has the members of both (JLS 4.4).
                _ => self.draft.r#type(Type::Intersection(types)),
            };
            self.draft.declaration_mut(parameter).r#type = DeclaredType::Parameter {
                constraint: Some(constraint),
                default: None,
            };
        }
        parameters
    }

    /// Notes the annotations in front of something, and what stands in them.
    pub(super) fn annotations(&mut self, node: Node<'_>) {
        let mut cursor = node.walk();
        for child in node.children(&mut cursor).collect::<Vec<_>>() {
            match child.kind() {
                "modifiers" => self.annotations(child),
                "marker_annotation" | "annotation" => self.annotation(child),
                _ => {}
            }
        }
    }

    pub(super) fn annotation(&mut self, node: Node<'_>) {
        let Some(name) = node.child_by_field_name("name") else {
            return;
        };
        let r#type = self.r#type(name);
        let Some(list) = node.child_by_field_name("arguments") else {
            return;
        };
        for argument in children(list) {
            let value = match argument.kind() {
                "element_value_pair" => {
                    for key in field(argument, "key") {
                        let instance = self.draft.value(Value::Typed(r#type));
                        let text = self.text_of(key);
                        let element = self.draft.member(instance, text);
                        self.refer(ReferenceKind::Written, key, Target::Value(element));
                    }
                    argument.child_by_field_name("value")
                }
                _ => Some(argument),
            };
            if let Some(value) = value {
                self.expression(value);
            }
        }
    }
}

/// Returns how many pairs of brackets stand behind a name.
pub(super) fn n_dimensions(dimensions: Option<Node<'_>>) -> usize {
    dimensions.map_or(0, |dimensions| {
        let mut cursor = dimensions.walk();
        dimensions
            .children(&mut cursor)
            .filter(|child| child.kind() == "[")
            .count()
    })
}

/// Collects the names that a dotted name is made of.
pub(super) fn collect_names<'t>(node: Node<'t>, names: &mut Vec<Node<'t>>) {
    let mut parts = Vec::new();
    let mut node = node;
    loop {
        match node.kind() {
            "identifier" | "type_identifier" => {
                parts.push(node);
                break;
            }
            "generic_type" => match node.named_child(0) {
                Some(inner) => node = inner,
                None => break,
            },
            "field_access" => {
                let (Some(object), Some(name)) = (
                    node.child_by_field_name("object"),
                    node.child_by_field_name("field"),
                ) else {
                    break;
                };
                parts.push(name);
                node = object;
            }
            "scoped_type_identifier" | "scoped_identifier" => {
                let inner = children(node);
                let inner: Vec<Node<'t>> = inner
                    .into_iter()
                    .filter(|child| !child.kind().contains("annotation"))
                    .collect();
                let [scope, .., name] = inner[..] else {
                    break;
                };
                parts.push(name);
                node = scope;
            }
            _ => return,
        }
    }
    names.extend(parts.into_iter().rev());
}
