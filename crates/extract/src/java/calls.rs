//! Calls of methods and constructors, and methods that are named and not called.

use domain::facts::*;
use tree_sitter::Node;

use super::scopes::{Found, Space};
use super::walk::Walk;
use crate::draft::{UNKNOWN, UNKNOWN_TYPE};
use crate::notes::{child_of_kind, children};

/// What a class has that inherits nothing.
const OF_OBJECT: &[&str] = &[
    "clone",
    "equals",
    "finalize",
    "getClass",
    "hashCode",
    "notify",
    "notifyAll",
    "toString",
    "wait",
];

impl<'a> Walk<'a> {
    pub(super) fn call(&mut self, node: Node<'_>) -> ValueId {
        let Some(name) = node.child_by_field_name("name") else {
            return UNKNOWN;
        };
        let text = self.text_of(name);
        let callee = match self.receiver(node) {
            Some(object) => self.draft.member(object, text),
            None => self.method_name(text),
        };
        let types = self.type_arguments(node);
        // Made before its arguments, which name it as their context, and filled in after them.
        let call = self.draft.own_value(Value::Unknown);
        // To the call and not to its callee: only the arguments decide which overload is meant.
        self.refer(ReferenceKind::Call, name, Target::Value(call));
        let arguments = match node.child_by_field_name("arguments") {
            Some(list) => self.arguments(list, call),
            None => Vec::new(),
        };
        if callee != UNKNOWN {
            self.draft.facts.values[call.index()] = Value::Call(Box::new(Call {
                callee,
                arguments,
                types,
                keywords: Vec::new(),
            }));
        }
        call
    }

    /// Returns what stands in front of a method's name, if anything does.
    fn receiver(&mut self, node: Node<'_>) -> Option<ValueId> {
        let object = node.child_by_field_name("object");
        let is_super = child_of_kind(node, "super").is_some();
        match object {
            Some(object) if is_super && object.kind() != "super" => {
                // `Interface.super.method()` or `Outer.super.method()`.
                let name = self.text_of(object);
                // A class around is meant with what it inherits; any other name is an interface
                // with a default method.
                Some(match self.shapes.get(name).copied() {
                    Some(shape) => self.draft.value(Value::Super(shape)),
                    None => {
                        let r#type = self.r#type(object);
                        self.draft.value(Value::Typed(r#type))
                    }
                })
            }
            _ if is_super => Some(match self.scopes.class() {
                Some(shape) => self.draft.value(Value::Super(shape)),
                None => UNKNOWN,
            }),
            Some(object) => Some(self.expression(object)),
            None => None,
        }
    }

    /// Returns what the name of a method is that stands alone.
    fn method_name(&mut self, name: &str) -> ValueId {
        let Found { mut shapes, .. } = self.scopes.find(Space::Method, name);
        if OF_OBJECT.contains(&name)
            && let Some(class) = self.scopes.class()
            && shapes.first() != Some(&class)
        {
            // A class that inherits nothing is not asked for inherited names, but has those of
            // `Object`.
            shapes.insert(0, class);
        }
        let otherwise = self.draft.global(name);
        let name = self.draft.name(name);
        match shapes.is_empty() {
            true => otherwise,
            false => self.draft.value(Value::Scoped {
                shapes,
                name,
                otherwise,
            }),
        }
    }

    fn type_arguments(&mut self, node: Node<'_>) -> Vec<TypeId> {
        let list = node
            .child_by_field_name("type_arguments")
            .or_else(|| child_of_kind(node, "type_arguments"));
        let mut types = Vec::new();
        for r#type in list.map_or_else(Vec::new, children) {
            types.push(self.r#type(r#type));
        }
        types
    }

    pub(super) fn arguments(&mut self, list: Node<'_>, call: ValueId) -> Vec<ValueId> {
        let mut values = Vec::new();
        for (place, argument) in children(list).into_iter().enumerate() {
            self.use_as(argument, ReferenceKind::Argument);
            let context = Context::Argument(call, place as u32);
            values.push(self.expression_in(argument, context));
        }
        values
    }

    /// `new T(…)`, with or without a body.
    pub(super) fn creation(&mut self, node: Node<'_>) -> ValueId {
        self.annotations(node);
        // `outer.new Inner()`
        let outer = node
            .named_child(0)
            .filter(|first| Some(*first) != node.child_by_field_name("type"))
            .filter(|first| is_expression(first.kind()));
        let outer = outer.map(|outer| self.expression(outer));
        let Some(written) = node.child_by_field_name("type") else {
            return UNKNOWN;
        };
        let call = self.draft.own_value(Value::Unknown);
        let r#type = match (outer, written.kind()) {
            // The inner class is looked up in the type of the outer object, which may inherit it.
            (Some(outer), "type_identifier") if outer != UNKNOWN => {
                let text = self.text_of(written);
                let name = self.draft.name(text);
                let object = self.draft.r#type(Type::Query(outer));
                self.draft.r#type(Type::Indexed(object, name))
            }
            _ => self.made_type(written),
        };
        if let Some(name) = type_name(written) {
            self.refer(ReferenceKind::New, name, Target::Value(call));
        }
        let arguments = match node.child_by_field_name("arguments") {
            Some(list) => self.arguments(list, call),
            None => Vec::new(),
        };
        let callee = self.draft.value(Value::Typed(r#type));
        // `new T<>()`: the constructor's arguments say what `T`'s parameters are (JLS 15.9.3).
        let is_diamond = child_of_kind(written, "type_arguments")
            .is_some_and(|list| list.named_child_count() == 0);
        self.draft.facts.values[call.index()] = Value::New(Box::new(Call {
            callee,
            arguments,
            types: Vec::new(),
            // A mark that type arguments are to be found.
            keywords: match is_diamond {
                true => vec![self.draft.name("<>")],
                false => Vec::new(),
            },
        }));
        match child_of_kind(node, "class_body") {
            // An anonymous class: what is made is an instance of that class and not of the one it
            // extends.
            Some(body) => {
                let shape = self.anonymous(body, r#type);
                self.draft.value(Value::Object(shape))
            }
            None => call,
        }
    }

    /// As [`Walk::type`], of a type whose name is referred to as what is made.
    fn made_type(&mut self, written: Node<'_>) -> TypeId {
        if let Some(name) = type_name(written) {
            // The name is noted as the use of what is made, and not as a type as well.
            self.expect(name, None);
        }
        self.type_as(written, ReferenceKind::New)
    }

    /// `this(…)` and `super(…)`
    pub(super) fn constructor_call(&mut self, node: Node<'_>) {
        let (Some(keyword), Some(class)) =
            (node.child_by_field_name("constructor"), self.scopes.class())
        else {
            return;
        };
        if let Some(object) = node.child_by_field_name("object") {
            self.expression(object);
        }
        let callee = match keyword.kind() {
            "this" => Value::This(class),
            _ => Value::Super(class),
        };
        let callee = self.draft.value(callee);
        let call = self.draft.own_value(Value::Unknown);
        self.refer(ReferenceKind::Call, keyword, Target::Value(call));
        let arguments = match node.child_by_field_name("arguments") {
            Some(list) => self.arguments(list, call),
            None => Vec::new(),
        };
        // As if it made an instance: that is what chooses among constructors.
        self.draft.facts.values[call.index()] = Value::New(Box::new(Call {
            callee,
            arguments,
            types: Vec::new(),
            keywords: Vec::new(),
        }));
    }

    /// `Type::method`, `object::method`, `Type::new`
    pub(super) fn method_reference(&mut self, node: Node<'_>, context: Option<Context>) -> ValueId {
        let mut parts = Vec::new();
        let mut cursor = node.walk();
        for child in node.children(&mut cursor) {
            // The grammar gives the two parts no names of their own.
            if child.kind() != "::" && child.kind() != "type_arguments" && !child.is_extra() {
                parts.push(child);
            }
        }
        let [object, name] = parts[..] else {
            return UNKNOWN;
        };
        let held = match object.kind() {
            "super" => match self.scopes.class() {
                Some(shape) => self.draft.value(Value::Super(shape)),
                None => UNKNOWN,
            },
            "array_type"
            | "generic_type"
            | "scoped_type_identifier"
            | "type_identifier"
            | "annotated_type"
            | "integral_type"
            | "floating_point_type"
            | "boolean_type" => {
                let r#type = self.r#type(object);
                match r#type {
                    UNKNOWN_TYPE => UNKNOWN,
                    r#type => self.draft.value(Value::Typed(r#type)),
                }
            }
            // A plain name may be a variable or a type, and is read as both: the variable hides the
            // type (JLS 6.4.2).
            _ => self.expression(object),
        };
        if held == UNKNOWN {
            return UNKNOWN;
        }
        let context = context.map(|context| self.context(context));
        let text = self.text_of(name);
        let value = Value::MethodReference {
            object: held,
            name: self.draft.name(text),
            context,
        };
        let value = self.draft.value(value);
        let kind = match name.kind() {
            "new" => ReferenceKind::New,
            _ => match context {
                Some(_) => ReferenceKind::Argument,
                None => ReferenceKind::Read,
            },
        };
        self.refer(kind, name, Target::Value(value));
        value
    }

    pub(super) fn context(&mut self, context: Context) -> ContextId {
        let id = ContextId(self.draft.facts.contexts.len() as u32);
        self.draft.facts.contexts.push(context);
        id
    }
}

/// Returns the last name of a type that is made.
fn type_name(written: Node<'_>) -> Option<Node<'_>> {
    let mut node = written;
    loop {
        node = match node.kind() {
            "type_identifier" => return Some(node),
            "generic_type" => node.named_child(0)?,
            "scoped_type_identifier" => {
                let last = node.named_child_count().checked_sub(1)?;
                node.named_child(last as u32)?
            }
            "annotated_type" => {
                let last = node.named_child_count().checked_sub(1)?;
                node.named_child(last as u32)?
            }
            _ => return None,
        };
    }
}

fn is_expression(kind: &str) -> bool {
    matches!(
        kind,
        "identifier"
            | "this"
            | "field_access"
            | "method_invocation"
            | "parenthesized_expression"
            | "object_creation_expression"
            | "array_access"
    )
}
