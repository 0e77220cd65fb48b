//! Types as they are written.
//!
//! References are not written down: what they lead to is reached as if it were there.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::Space;
use super::walk::Walk;
use crate::draft::UNKNOWN_TYPE;
use crate::notes::{child_of_kind, children};

/// Slices and arrays; a name that no program can write.
pub(super) const SLICE: &str = "prim·slice";
/// What calling an asynchronous function gives.
pub(super) const FUTURE: &str = "Future";

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
            "type_identifier" | "identifier" => self.named_type(node, Vec::new(), kind),
            "primitive_type" => {
                let name = format!("prim·{}", self.text_of(node));
                self.draft.global_type(&name, Vec::new())
            }
            "generic_type" | "generic_type_with_turbofish" => {
                let arguments = self.type_arguments(node);
                match node.child_by_field_name("type") {
                    Some(name) => self.named_type(name, arguments, kind),
                    None => UNKNOWN_TYPE,
                }
            }
            "scoped_type_identifier" | "scoped_identifier" => {
                self.named_type(node, Vec::new(), kind)
            }
            "reference_type" | "pointer_type" | "higher_ranked_trait_bound" => {
                match node.child_by_field_name("type") {
                    Some(inner) => self.type_as(inner, kind),
                    None => UNKNOWN_TYPE,
                }
            }
            "array_type" => {
                let element = node.child_by_field_name("element");
                let element = element.map_or(UNKNOWN_TYPE, |element| self.r#type(element));
                if let Some(length) = node.child_by_field_name("length") {
                    self.expression(length);
                }
                self.draft.global_type(SLICE, vec![element])
            }
            "tuple_type" => {
                let mut elements = Vec::new();
                for element in children(node) {
                    elements.push(self.r#type(element));
                }
                self.draft.r#type(Type::Tuple(elements))
            }
            "unit_type" => self.unit_type(),
            "function_type" => self.function_type(node),
            "dynamic_type" | "abstract_type" => match node.child_by_field_name("trait") {
                Some(bound) => self.type_as(bound, kind),
                None => UNKNOWN_TYPE,
            },
            "bounded_type" => {
                let mut bounds = Vec::new();
                self.bounds(node, &mut bounds, kind);
                self.together(bounds)
            }
            _ => UNKNOWN_TYPE,
        }
    }

    pub(super) fn unit_type(&mut self) -> TypeId {
        self.draft.r#type(Type::Tuple(Vec::new()))
    }

    /// Adds the traits that something is bound by; lifetimes and `?Sized` say nothing.
    pub(super) fn bounds(&mut self, node: Node<'_>, found: &mut Vec<TypeId>, kind: ReferenceKind) {
        for bound in children(node) {
            match bound.kind() {
                "lifetime" | "removed_trait_bound" | "use_bounds" => {}
                "bounded_type" => {
                    self.deeper(|walk| walk.bounds(bound, found, kind));
                }
                _ => {
                    let bound = self.type_as(bound, kind);
                    found.extend(known(bound));
                }
            }
        }
    }

    /// Returns what is all of several types.
    pub(super) fn together(&mut self, types: Vec<TypeId>) -> TypeId {
        match types[..] {
            [] => UNKNOWN_TYPE,
            [one] => one,
            _ => self.draft.r#type(Type::Intersection(types)),
        }
    }

    /// `Fn(A) -> B` and `fn(A) -> B`.
    fn function_type(&mut self, node: Node<'_>) -> TypeId {
        let mut parameters = Vec::new();
        let listed = node.child_by_field_name("parameters");
        for parameter in listed.map_or_else(Vec::new, children) {
            let written = match parameter.kind() {
                "parameter" => parameter.child_by_field_name("type"),
                "attribute_item" => None,
                _ => Some(parameter),
            };
            let r#type = written.map_or(UNKNOWN_TYPE, |written| self.r#type(written));
            parameters.push(super::functions::parameter(known(r#type)));
        }
        let returns = match node.child_by_field_name("return_type") {
            Some(written) => self.r#type(written),
            None => self.unit_type(),
        };
        let function = self.draft.function(Function {
            parameters,
            returns: known(returns),
            ..Function::default()
        });
        self.draft.r#type(Type::Function(function))
    }

    /// Returns the type arguments of a generic name; a lifetime is none.
    pub(super) fn type_arguments(&mut self, node: Node<'_>) -> Vec<TypeId> {
        let listed = child_of_kind(node, "type_arguments");
        let mut arguments = Vec::new();
        for argument in listed.map_or_else(Vec::new, children) {
            match argument.kind() {
                "lifetime" | "trait_bounds" | "block" => {}
                "type_binding" => arguments.extend(self.type_binding(argument)),
                kind if kind.ends_with("literal") => {}
                _ => arguments.push(self.r#type(argument)),
            }
        }
        arguments
    }

    /// `Item = T`.
    fn type_binding(&mut self, node: Node<'_>) -> Option<TypeId> {
        let name = node.child_by_field_name("name")?;
        let r#type = self.r#type(node.child_by_field_name("type")?);
        let name = self.name_of(name);
        Some(self.draft.r#type(Type::Named { name, r#type }))
    }

    /// A type by its name or path.
    fn named_type(
        &mut self,
        node: Node<'_>,
        arguments: Vec<TypeId>,
        kind: ReferenceKind,
    ) -> TypeId {
        let Some(path) = self.path(node) else {
            return UNKNOWN_TYPE;
        };
        let last = node.child_by_field_name("name").unwrap_or(node);
        let (base, names) = match path {
            Path {
                base: Some(base),
                names,
            } => (base, names),
            Path { base: None, names } => {
                if names[..] == ["_"] {
                    return self.hole.unwrap_or(UNKNOWN_TYPE);
                }
                self.refer_to_prefix(node);
                let text = names.join("::");
                let r#type = self.path_type(&text, arguments);
                self.refer(kind, last, Target::Type(r#type));
                return r#type;
            }
        };
        if names.is_empty() {
            // A type parameter is nobody's dependency; what is declared in the block around is one.
            if let Type::Declared {
                declaration,
                path,
                arguments: none,
            } = &self.draft.facts.types[base.index()]
                && none.is_empty()
            {
                let r#type = Type::Declared {
                    declaration: *declaration,
                    path: path.clone(),
                    arguments,
                };
                let is_parameter = self.is_parameter(*declaration);
                let r#type = self.draft.r#type(r#type);
                if !is_parameter {
                    self.refer(kind, last, Target::Type(r#type));
                }
                return r#type;
            }
            return base;
        }
        let r#type = self.projected(base, &names);
        self.refer(kind, last, Target::Type(r#type));
        r#type
    }

    fn is_parameter(&self, declaration: DeclarationId) -> bool {
        let declared = &self.draft.facts.declarations[declaration.index()];
        matches!(declared.r#type, DeclaredType::Parameter { .. })
    }

    /// `T::Item` and what follows it.
    pub(super) fn projected(&mut self, base: TypeId, names: &[&str]) -> TypeId {
        names.iter().fold(base, |base, name| {
            let name = self.draft.name(name);
            self.draft.r#type(Type::Indexed(base, name))
        })
    }

    /// Takes a path apart: what it begins with, if that is no module, and its names.
    pub(super) fn path(&mut self, node: Node<'_>) -> Option<Path<'a>> {
        let mut names = Vec::new();
        let mut next = node;
        loop {
            match next.kind() {
                "scoped_identifier" | "scoped_type_identifier" => {
                    names.push(self.bare(next.child_by_field_name("name")?));
                    match next.child_by_field_name("path") {
                        Some(path) => next = path,
                        // `::name`: of a crate.
                        None => {
                            names.push("");
                            break;
                        }
                    }
                }
                "generic_type" | "generic_type_with_turbofish" if !names.is_empty() => {
                    names.reverse();
                    let base = Some(self.r#type(next));
                    return Some(Path { base, names });
                }
                "generic_type" => next = next.child_by_field_name("type")?,
                "bracketed_type" => {
                    names.reverse();
                    let base = Some(self.bracketed_type(next));
                    return Some(Path { base, names });
                }
                _ => {
                    names.push(self.bare(next));
                    break;
                }
            }
        }
        names.reverse();
        let base = self.base(next, &names);
        if base.is_some() {
            names.remove(0);
        }
        Some(Path { base, names })
    }

    /// What a path begins with that is no module: `Self`, a type parameter, what the block around declares.
    fn base(&mut self, first: Node<'_>, names: &[&'a str]) -> Option<TypeId> {
        let name = *names.first()?;
        if name == "Self" {
            return Some(self.own.map_or(UNKNOWN_TYPE, |own| own.r#type));
        }
        if first.kind() == "primitive_type" || is_primitive(name) && names.len() > 1 {
            let name = format!("prim·{name}");
            return Some(self.draft.global_type(&name, Vec::new()));
        }
        let declaration = self.scopes.find(Space::Type, name)?;
        Some(self.draft.r#type(Type::Declared {
            declaration,
            path: Vec::new(),
            arguments: Vec::new(),
        }))
    }

    /// `<T as Trait>`.
    fn bracketed_type(&mut self, node: Node<'_>) -> TypeId {
        let Some(inner) = children(node).first().copied() else {
            return UNKNOWN_TYPE;
        };
        if inner.kind() != "qualified_type" {
            return self.r#type(inner);
        }
        let r#type = inner.child_by_field_name("type");
        let r#type = r#type.map_or(UNKNOWN_TYPE, |written| self.r#type(written));
        if let Some(named) = inner.child_by_field_name("alias") {
            self.r#type(named);
        }
        r#type
    }

    /// Notes the use of a type in front of the last name of a path.
    pub(super) fn refer_to_prefix(&mut self, node: Node<'_>) {
        let Some(path) = node.child_by_field_name("path") else {
            return;
        };
        if !matches!(path.kind(), "identifier" | "scoped_identifier") {
            return;
        }
        let last = path.child_by_field_name("name").unwrap_or(path);
        if !is_capitalised(self.text_of(last)) || self.text_of(last) == "Self" {
            return;
        }
        let Some(Path { base: None, names }) = self.path(path) else {
            return;
        };
        let r#type = self.path_type(&names.join("::"), Vec::new());
        self.refer(ReferenceKind::Type, last, Target::Type(r#type));
    }
}

/// A path taken apart.
pub(super) struct Path<'a> {
    /// What it begins with, if that is a type and no module.
    pub(super) base: Option<TypeId>,
    /// The names behind that.
    pub(super) names: Vec<&'a str>,
}

/// Returns a type of which something is known.
pub(super) fn known(r#type: TypeId) -> Option<TypeId> {
    Some(r#type).filter(|r#type| *r#type != UNKNOWN_TYPE)
}

/// Whether a name is one of a type or a variant by how they are usually called.
pub(super) fn is_capitalised(name: &str) -> bool {
    name.starts_with(|first: char| first.is_uppercase())
}

fn is_primitive(name: &str) -> bool {
    matches!(
        name,
        "bool"
            | "char"
            | "f32"
            | "f64"
            | "i128"
            | "i16"
            | "i32"
            | "i64"
            | "i8"
            | "isize"
            | "str"
            | "u128"
            | "u16"
            | "u32"
            | "u64"
            | "u8"
            | "usize"
    )
}
