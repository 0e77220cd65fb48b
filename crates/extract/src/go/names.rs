//! Names as expressions and as types: declared in the file, or else by the package, an import or the language.

use domain::facts::*;
use tree_sitter::Node;

use super::walk::Walk;

/// Predeclared names; a use of one is worth no look unless it is called.
const UNIVERSE: &[&str] = &[
    "any",
    "append",
    "bool",
    "byte",
    "cap",
    "clear",
    "close",
    "comparable",
    "complex",
    "complex128",
    "complex64",
    "copy",
    "delete",
    "error",
    "false",
    "float32",
    "float64",
    "imag",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "iota",
    "len",
    "make",
    "max",
    "min",
    "new",
    "nil",
    "panic",
    "print",
    "println",
    "real",
    "recover",
    "rune",
    "string",
    "true",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];

pub(super) fn is_predeclared(name: &str) -> bool {
    UNIVERSE.binary_search(&name).is_ok()
}

impl<'a> Walk<'a> {
    /// Returns what a name is as a value.
    pub(super) fn name_value(&mut self, name: &str) -> ValueId {
        match self.scopes.find(name) {
            Some(declaration) => self.draft.value(Value::Declared(declaration)),
            None => self.draft.global(name),
        }
    }

    /// Returns what a name is as a type, with type arguments.
    pub(super) fn name_type(
        &mut self,
        name: &str,
        path: Vec<NameId>,
        arguments: Vec<TypeId>,
    ) -> TypeId {
        match self.scopes.find(name) {
            Some(declaration) => self.draft.r#type(Type::Declared {
                declaration,
                path,
                arguments,
            }),
            None => {
                let mut full = vec![self.draft.name(name)];
                full.extend(path);
                self.draft.r#type(Type::Global {
                    path: full,
                    arguments,
                })
            }
        }
    }

    /// Whether a name is that of an imported package.
    pub(super) fn is_package(&self, name: &str) -> bool {
        let declared = self
            .scopes
            .find(name)
            .map(|declaration| &self.draft.facts.declarations[declaration.index()].value);
        matches!(declared, Some(DeclaredValue::Import { .. }))
    }

    /// Notes the use of a name in an expression: a local variable or a parameter is nobody's dependency.
    pub(super) fn name_used(&mut self, node: Node<'_>) {
        let name = self.text_of(node);
        let is_of_interest = match self.scopes.find(name) {
            Some(declaration) => {
                !self.is_package(name)
                    // A type or constant inside of a function is local and a definition.
                    && (!self.scopes.is_local(name)
                        || self.draft.facts.declarations[declaration.index()]
                            .symbol
                            .is_some())
            }
            None => name != "_" && !is_predeclared(name),
        };
        if is_of_interest && let Some(kind) = self.role(node) {
            let value = self.name_value(name);
            self.refer(kind, node, Target::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predeclared_names_are_in_order() {
        assert!(UNIVERSE.is_sorted());
    }
}
