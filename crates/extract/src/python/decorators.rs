//! What decorators and bases are known for by their names.

use ruff_python_ast::Expr;

/// Returns the last of the names that an expression is made of: `c` of `a.b.c`, of `a.b.c(…)` and of `a.b.c[…]`.
pub(super) fn last_name(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => last_name(&call.func),
        Expr::Subscript(subscript) => last_name(&subscript.value),
        _ => None,
    }
}

/// Whether a decorator of this name turns a method into an attribute that is computed.
pub(super) fn makes_property(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("property") || name == "getter"
}

/// Whether a decorator of this name leaves a function what it is to its callers.
pub(super) fn keeps_function(expression: &Expr) -> bool {
    if is_of_pytest(expression) {
        return true;
    }
    let Some(name) = last_name(expression) else {
        return false;
    };
    let keeps = matches!(
        name,
        "staticmethod"
            | "classmethod"
            | "overload"
            | "abstractmethod"
            | "abstractclassmethod"
            | "abstractstaticmethod"
            | "wraps"
            | "lru_cache"
            | "cache"
            | "override"
            | "final"
            | "no_type_check"
            | "singledispatch"
            | "singledispatchmethod"
            | "deprecated"
            | "setter"
            | "deleter"
            | "register"
    );
    keeps || makes_property(name)
}

/// `pytest.fixture`, `pytest.mark.…`: marks that leave the function alone.
fn is_of_pytest(expression: &Expr) -> bool {
    match expression {
        Expr::Name(name) => matches!(name.id.as_str(), "pytest" | "fixture"),
        Expr::Attribute(attribute) => is_of_pytest(&attribute.value),
        Expr::Call(call) => is_of_pytest(&call.func),
        _ => false,
    }
}

/// Whether a base of this name makes a class an enumeration.
pub(super) fn is_enum(name: &str) -> bool {
    matches!(
        name,
        "Enum" | "IntEnum" | "StrEnum" | "Flag" | "IntFlag" | "ReprEnum"
    )
}
