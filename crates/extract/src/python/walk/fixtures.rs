//! Fixtures of pytest: a test asks for what it needs by the names of its parameters.

use domain::facts::*;
use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};
use rustc_hash::FxHashSet;

use super::Walk;
use super::scopes::BindingKind;
use crate::draft::UNKNOWN;
use crate::python::decorators::last_name;

/// The member of a fixture's name that holds what a test is given.
const GIVEN: &str = "__fixture";

/// Files of fixtures are looked for this many folders up.
const FOLDERS_MAX: usize = 12;

/// Fixtures that pytest brings along.
const OF_PYTEST: &[&str] = &[
    "cache",
    "capfd",
    "capfdbinary",
    "caplog",
    "capsys",
    "capsysbinary",
    "monkeypatch",
    "pytestconfig",
    "record_property",
    "record_testsuite_property",
    "record_xml_attribute",
    "recwarn",
    "request",
    "testdir",
    "tmp_path",
    "tmp_path_factory",
    "tmpdir",
    "tmpdir_factory",
];

/// Whether a function is a fixture by its decorators.
pub(super) fn is_fixture(function: &StmtFunctionDef) -> bool {
    let mut decorators = function.decorator_list.iter();
    decorators.any(|decorator| {
        let name = last_name(&decorator.expression);
        matches!(name, Some("fixture" | "yield_fixture"))
    })
}

/// Returns the names of the fixtures that a module defines.
pub(super) fn names(body: &[Stmt]) -> FxHashSet<&str> {
    let functions = body.iter().filter_map(Stmt::as_function_def_stmt);
    let fixtures = functions.filter(|function| is_fixture(function));
    fixtures.map(|function| function.name.as_str()).collect()
}

/// Names of parameters that are given by `parametrize`, not by fixtures.
fn parametrized(function: &StmtFunctionDef) -> Vec<String> {
    let mut names = Vec::new();
    for decorator in &function.decorator_list {
        let Expr::Call(call) = &decorator.expression else {
            continue;
        };
        if last_name(&call.func) != Some("parametrize") {
            continue;
        }
        match call.arguments.find_argument_value("argnames", 0) {
            Some(Expr::StringLiteral(text)) => {
                let text = text.value.to_str();
                names.extend(text.split(',').map(|name| name.trim().to_owned()));
            }
            Some(Expr::List(list)) => names.extend(list.elts.iter().filter_map(text_of)),
            Some(Expr::Tuple(tuple)) => names.extend(tuple.elts.iter().filter_map(text_of)),
            _ => {}
        }
    }
    names
}

fn text_of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::StringLiteral(text) => Some(text.value.to_str().to_owned()),
        _ => None,
    }
}

impl<'a> Walk<'a> {
    /// Notes what a fixture gives to those that ask for it: what a generator yields, else what it returns.
    pub(super) fn declare_fixture(
        &mut self,
        declaration: DeclarationId,
        function: FunctionId,
        is_generator: bool,
    ) {
        let function = self.draft.value(Value::Function(function));
        let mut given = self.draft.invoke(function, Vec::new());
        if is_generator {
            given = self.iterated(given);
        }
        // As a member of the function, which nothing else can be called like: whoever asks for the
        // fixture reads it there.
        let member = Member {
            name: self.draft.name(GIVEN),
            kind: MemberKind::Property,
            symbol: None,
            r#type: None,
            value: Some(given),
        };
        self.draft
            .declaration_mut(declaration)
            .assigned
            .push(member);
    }

    /// Whether pytest would give a function its parameters.
    pub(super) fn asks_for_fixtures(&self, function: &StmtFunctionDef) -> bool {
        is_fixture(function) || (self.is_test_file && function.name.as_str().starts_with("test"))
    }

    /// Returns what a parameter without annotation and default is given, by its place in the signature, and notes the uses.
    pub(super) fn fixtures_asked_for(
        &mut self,
        function: &'a StmtFunctionDef,
        n_skipped: usize,
    ) -> Vec<Option<ValueId>> {
        let given_otherwise = parametrized(function);
        let mut values = Vec::new();
        for parameter in function.parameters.iter().skip(n_skipped) {
            let name = parameter.name().as_str();
            let is_asked_for = !parameter.is_variadic()
                && parameter.default().is_none()
                && !OF_PYTEST.contains(&name)
                && !given_otherwise.iter().any(|given| given == name);
            values.push(is_asked_for.then(|| {
                let fixture = self.fixture(name);
                let at = parameter.name().range;
                self.refer(ReferenceKind::Fixture, name, at, Target::Value(fixture));
                self.draft.member(fixture, GIVEN)
            }));
        }
        values
    }

    /// A fixture by its name: of this file, else of the nearest `conftest`, else of a plugin.
    fn fixture(&mut self, name: &str) -> ValueId {
        // A plain function of the name is no fixture, and does not hide one.
        let own = self.scopes[0]
            .names
            .get(name)
            .filter(|bound| self.own_fixtures.contains(name) || bound.kind == BindingKind::Import);
        if let Some(bound) = own {
            let main = bound.main;
            return self.draft.value(Value::Declared(main));
        }
        if let Some(known) = self.fixtures.get(name) {
            return *known;
        }
        let imported = self.draft.name(name);
        let mut found = self.draft.global(name);
        // From the outermost to the nearest, each wrapped around those before, so that the nearest
        // is asked first.
        for n_dots in (1..=self.n_folders.min(FOLDERS_MAX) + 1).rev() {
            let specifier = self.draft.name(&format!("{}conftest", ".".repeat(n_dots)));
            let declaration = self.draft.declaration();
            self.draft.declaration_mut(declaration).value = DeclaredValue::Import {
                specifier,
                name: imported,
            };
            let near = self.draft.value(Value::Declared(declaration));
            found = self.draft.value(Value::OrElse(near, found));
        }
        self.fixtures.insert(name.to_owned(), found);
        found
    }

    /// Says what parameters are given that ask for fixtures.
    pub(super) fn give_fixtures(&mut self, function: FunctionId, given: Vec<Option<ValueId>>) {
        let parameters = &mut self.draft.function_mut(function).parameters;
        for (parameter, value) in parameters.iter_mut().zip(given) {
            parameter.default = parameter
                .default
                .or(value.filter(|value| *value != UNKNOWN));
        }
    }
}
