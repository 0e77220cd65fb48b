//! The facts of a file while they are written: everything is numbered as it comes, and what is worth sharing is shared.

use domain::Facts;
use domain::facts::*;
use rustc_hash::FxHashMap;

/// The value of which nothing is known.
pub(crate) const UNKNOWN: ValueId = ValueId(0);
/// The type of which nothing is known.
pub(crate) const UNKNOWN_TYPE: TypeId = TypeId(0);

/// Facts, with what finds a text or value again.
pub(crate) struct Draft {
    pub(crate) facts: Facts,
    names: FxHashMap<String, NameId>,
    shared: FxHashMap<Value, ValueId>,
}

impl Draft {
    pub(crate) fn new() -> Draft {
        Draft {
            facts: Facts {
                // Number 0 of values and of types is what nothing is known of, for every front end.
                values: vec![Value::Unknown],
                types: vec![Type::Unknown],
                ..Facts::default()
            },
            names: FxHashMap::default(),
            shared: FxHashMap::default(),
        }
    }

    pub(crate) fn name(&mut self, text: &str) -> NameId {
        if let Some(name) = self.names.get(text) {
            return *name;
        }
        let name = NameId(self.facts.names.len() as u32);
        self.facts.names.push(text.to_owned());
        self.names.insert(text.to_owned(), name);
        name
    }

    /// Returns the number of a value; equal values have the same.
    pub(crate) fn value(&mut self, value: Value) -> ValueId {
        if value == Value::Unknown {
            return UNKNOWN;
        }
        // Generated code repeats expressions by the thousand; the evaluator computes each number
        // once.
        if let Some(id) = self.shared.get(&value) {
            return *id;
        }
        let id = self.own_value(value.clone());
        self.shared.insert(value, id);
        id
    }

    /// Returns the number of a value that is not shared, because more is said of it later.
    pub(crate) fn own_value(&mut self, value: Value) -> ValueId {
        let id = ValueId(self.facts.values.len() as u32);
        self.facts.values.push(value);
        id
    }

    pub(crate) fn global(&mut self, name: &str) -> ValueId {
        let name = self.name(name);
        self.value(Value::Global(name))
    }

    /// An instance of a class that the language brings along.
    pub(crate) fn primitive(&mut self, name: &str) -> ValueId {
        let name = self.name(name);
        self.value(Value::Primitive(name))
    }

    pub(crate) fn member(&mut self, object: ValueId, name: &str) -> ValueId {
        if object == UNKNOWN {
            return UNKNOWN;
        }
        let name = self.name(name);
        self.value(Value::Member(object, name))
    }

    /// What a call without arguments given by name gives.
    pub(crate) fn invoke(&mut self, callee: ValueId, arguments: Vec<ValueId>) -> ValueId {
        if callee == UNKNOWN {
            return UNKNOWN;
        }
        self.value(Value::Invoke(Box::new(Call {
            callee,
            arguments,
            types: Vec::new(),
            keywords: Vec::new(),
        })))
    }

    /// What calling a method gives.
    pub(crate) fn invoke_method(
        &mut self,
        object: ValueId,
        name: &str,
        arguments: Vec<ValueId>,
    ) -> ValueId {
        let method = self.member(object, name);
        self.invoke(method, arguments)
    }

    /// An instance of a generic class that the language brings along.
    pub(crate) fn holds(&mut self, class: &str, arguments: Vec<ValueId>) -> ValueId {
        let class = self.name(class);
        self.value(Value::Holds(class, arguments))
    }

    /// One of several values; those of which nothing is known say nothing.
    pub(crate) fn any_of(&mut self, values: impl IntoIterator<Item = ValueId>) -> ValueId {
        let mut known: Vec<ValueId> = Vec::new();
        for value in values {
            if value != UNKNOWN && !known.contains(&value) {
                known.push(value);
            }
        }
        match known[..] {
            [] => UNKNOWN,
            [one] => one,
            // `Merged` and not `Either`: a way may lead back to the value itself.
            _ => self.value(Value::Merged(known)),
        }
    }

    pub(crate) fn r#type(&mut self, r#type: Type) -> TypeId {
        if r#type == Type::Unknown {
            return UNKNOWN_TYPE;
        }
        let id = TypeId(self.facts.types.len() as u32);
        self.facts.types.push(r#type);
        id
    }

    /// A class that the language brings along, with type arguments.
    pub(crate) fn global_type(&mut self, name: &str, arguments: Vec<TypeId>) -> TypeId {
        let name = self.name(name);
        self.r#type(Type::Global {
            path: vec![name],
            arguments,
        })
    }

    pub(crate) fn declaration(&mut self) -> DeclarationId {
        let id = DeclarationId(self.facts.declarations.len() as u32);
        self.facts.declarations.push(Declaration::default());
        id
    }

    pub(crate) fn declaration_mut(&mut self, id: DeclarationId) -> &mut Declaration {
        &mut self.facts.declarations[id.index()]
    }

    pub(crate) fn shape(&mut self, shape: Shape) -> ShapeId {
        let id = ShapeId(self.facts.shapes.len() as u32);
        self.facts.shapes.push(shape);
        id
    }

    pub(crate) fn shape_mut(&mut self, id: ShapeId) -> &mut Shape {
        &mut self.facts.shapes[id.index()]
    }

    pub(crate) fn function(&mut self, function: Function) -> FunctionId {
        let id = FunctionId(self.facts.functions.len() as u32);
        self.facts.functions.push(function);
        id
    }

    pub(crate) fn function_mut(&mut self, id: FunctionId) -> &mut Function {
        &mut self.facts.functions[id.index()]
    }
}
