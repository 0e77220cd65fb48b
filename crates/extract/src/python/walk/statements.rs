//! Statements, and where the ways through them part and meet.

use domain::facts::*;
use ruff_python_ast::{
    ExceptHandler, Expr, Pattern, Stmt, StmtAnnAssign, StmtFor, StmtIf, StmtMatch, StmtTry,
    StmtWhile, StmtWith,
};

use super::scopes::Bindings;
use super::{Loop, Walk};
use crate::draft::UNKNOWN;
use crate::python::flow::{Flow, Place};

impl<'a> Walk<'a> {
    pub(super) fn body(&mut self, body: &'a [Stmt]) {
        for statement in body {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Return(inner) => {
                if let Some(value) = &inner.value {
                    self.expect(value, ReferenceKind::Returned);
                    let value = self.expression(value);
                    self.frame.returned.push(value);
                }
                // What follows is not reached on this way.
                *self.flow() = Flow::dead();
            }
            Stmt::Raise(inner) => {
                for expression in inner.exc.iter().chain(&inner.cause) {
                    self.expression(expression);
                }
                *self.flow() = Flow::dead();
            }
            Stmt::Delete(inner) => {
                for target in &inner.targets {
                    self.assign(target, UNKNOWN);
                }
            }
            Stmt::TypeAlias(alias) => self.type_alias(alias),
            Stmt::Assign(inner) => {
                // `T = TypeVar("T")` defines a type, and its value is of no interest.
                if let [Expr::Name(name)] = &inner.targets[..]
                    && self.special_assignment(name.id.as_str(), name.range, &inner.value)
                {
                    return;
                }
                self.expect_assigned(&inner.targets, &inner.value);
                let value = self.expression(&inner.value);
                for target in &inner.targets {
                    self.assign(target, value);
                }
                if let [Expr::Name(name)] = &inner.targets[..] {
                    self.alias(name.id.as_str(), &inner.value);
                }
            }
            Stmt::AugAssign(inner) => {
                // Its parts are walked again as those of a target.
                let was_quiet = std::mem::replace(&mut self.is_quiet, true);
                let left = self.expression(&inner.target);
                self.is_quiet = was_quiet;
                let right = self.expression(&inner.value);
                let value = self.operation(inner.op, left, right);
                self.assign(&inner.target, value);
            }
            Stmt::AnnAssign(inner) => self.annotated(inner),
            Stmt::For(inner) => self.for_loop(inner),
            Stmt::While(inner) => self.while_loop(inner),
            Stmt::If(inner) => self.branch(inner),
            Stmt::With(inner) => self.with(inner),
            Stmt::Match(inner) => self.r#match(inner),
            Stmt::Try(inner) => self.r#try(inner),
            Stmt::Assert(inner) => {
                self.expression(&inner.test);
                if let Some(message) = &inner.msg {
                    self.expression(message);
                }
                self.assume(&inner.test, true);
            }
            Stmt::Import(inner) => self.import(inner),
            Stmt::ImportFrom(inner) => self.import_from(inner),
            Stmt::Expr(inner) => {
                self.expression(&inner.value);
                // As type checkers treat what never returns: names may be unbound behind it on this
                // way alone.
                if ends_program(&inner.value) {
                    *self.flow() = Flow::dead();
                }
            }
            Stmt::Break(_) => {
                let flow = std::mem::replace(self.flow(), Flow::dead());
                if let Some(around) = self.loops.last_mut() {
                    around.breaks.push(flow);
                }
            }
            Stmt::Continue(_) => {
                let flow = std::mem::replace(self.flow(), Flow::dead());
                if let Some(around) = self.loops.last_mut() {
                    around.continues.push(flow);
                }
            }
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    /// Takes the flow as it is, leaving it in place.
    fn fork(&mut self) -> Flow {
        self.flow().clone()
    }

    /// Goes on where several ways meet.
    pub(super) fn join(&mut self, flows: Vec<Flow>) {
        let rebound = &self.scopes[self.scope()].rebound;
        let is_bound = |place: Place| rebound.contains(&place);
        let draft = &mut self.draft;
        let mut any_of = |values: Vec<ValueId>| draft.any_of(values);
        let joined = Flow::join(flows, &self.places, &is_bound, &mut any_of);
        *self.flow() = joined;
    }

    fn branch(&mut self, statement: &'a StmtIf) {
        let mut ends = Vec::new();
        self.expression(&statement.test);
        // Each further test is reached where all before it did not hold.
        let mut otherwise = self.fork();
        self.assume(&statement.test, true);
        self.body(&statement.body);
        ends.push(self.fork());
        let mut test = Some(&*statement.test);
        for clause in &statement.elif_else_clauses {
            *self.flow() = otherwise;
            if let Some(test) = test {
                self.assume(test, false);
            }
            if let Some(test) = &clause.test {
                self.expression(test);
            }
            otherwise = self.fork();
            if let Some(test) = &clause.test {
                self.assume(test, true);
            }
            self.body(&clause.body);
            ends.push(self.fork());
            test = clause.test.as_ref();
        }
        // Without an `else`, nothing may have been done.
        if let Some(test) = test {
            *self.flow() = otherwise;
            self.assume(test, false);
            ends.push(self.fork());
        }
        self.join(ends);
    }

    /// Gives every place that a loop assigns a value of its own at the loop's head, to be completed at its end.
    fn open_loop(&mut self, body: &'a [Stmt], target: Option<&'a Expr>) -> Vec<(Place, ValueId)> {
        let mut bindings = Bindings::of(body);
        if let Some(target) = target {
            bindings.add_target(target);
        }
        let names: Vec<&str> = bindings.found.iter().map(|binding| binding.name).collect();
        let mut places: Vec<Place> = Vec::new();
        for name in &names {
            // A name that is bound once holds what is declared, in every round.
            let is_variable = self.bound(name).is_some_and(|bound| bound.n_bindings > 1);
            if is_variable {
                places.push(self.places.place(name));
            }
        }
        let held = self.flow().places();
        for (place, _) in held {
            let is_assigned = self.places.is_behind_any(place, &names)
                || bindings
                    .attributes
                    .iter()
                    .any(|text| self.places.known(text) == Some(place));
            if is_assigned {
                places.push(place);
            }
        }
        places.sort_unstable();
        places.dedup();
        let mut heads = Vec::new();
        for place in places {
            let before = self.flow().get(place).into_iter().collect();
            // Of its own, as it is completed at the end of the loop: an equal value of another loop
            // must stay another.
            let head = self.draft.own_value(Value::Merged(before));
            if let Some((_, flow)) = self.active.last_mut() {
                flow.narrow(&self.places, place, head);
            }
            heads.push((place, head));
        }
        self.loops.push(Loop::default());
        heads
    }

    /// Completes the values at a loop's head by what the ways back to it hold; returns the ways that break out.
    fn close_loop(&mut self, heads: &[(Place, ValueId)]) -> Vec<Flow> {
        let ended = self.loops.pop().unwrap_or_default();
        let last = self.fork();
        for flow in ended.continues.iter().chain([&last]) {
            if !flow.is_live {
                continue;
            }
            for (place, head) in heads {
                if let (Some(value), Value::Merged(values)) =
                    (flow.get(*place), &mut self.draft.facts.values[head.index()])
                    // A place that is not assigned on this way back holds its own head.
                    && value != *head
                    && value != UNKNOWN
                    && !values.contains(&value)
                {
                    values.push(value);
                }
            }
        }
        ended.breaks
    }

    fn for_loop(&mut self, statement: &'a StmtFor) {
        let iterable = self.expression(&statement.iter);
        let heads = self.open_loop(&statement.body, Some(&statement.target));
        let head = self.fork();
        let element = self.iterated(iterable);
        self.assign(&statement.target, element);
        self.body(&statement.body);
        let mut ends = self.close_loop(&heads);
        // The loop may run no round at all, and `else` runs when it was not left by `break`.
        *self.flow() = head;
        self.body(&statement.orelse);
        ends.push(self.fork());
        self.join(ends);
    }

    fn while_loop(&mut self, statement: &'a StmtWhile) {
        let heads = self.open_loop(&statement.body, None);
        self.expression(&statement.test);
        let head = self.fork();
        self.assume(&statement.test, true);
        self.body(&statement.body);
        let mut ends = self.close_loop(&heads);
        let is_endless = matches!(&*statement.test, Expr::BooleanLiteral(literal) if literal.value);
        *self.flow() = match is_endless {
            // `while True` is left by `break` alone.
            true => Flow::dead(),
            false => head,
        };
        self.assume(&statement.test, false);
        self.body(&statement.orelse);
        ends.push(self.fork());
        self.join(ends);
    }

    fn with(&mut self, statement: &'a StmtWith) {
        for item in &statement.items {
            let manager = self.expression(&item.context_expr);
            let Some(target) = &item.optional_vars else {
                continue;
            };
            let method = match statement.is_async {
                true => "__aenter__",
                false => "__enter__",
            };
            let mut value = self.draft.invoke_method(manager, method, Vec::new());
            if statement.is_async {
                value = self.draft.value(Value::Await(value));
            }
            self.assign(target, value);
        }
        // Whether the manager swallows exceptions is not asked: the end of the body is taken to be
        // reached.
        self.body(&statement.body);
    }

    fn r#try(&mut self, statement: &'a StmtTry) {
        let before = self.fork();
        self.body(&statement.body);
        let after = self.fork();
        self.body(&statement.orelse);
        let mut ends = vec![self.fork()];
        for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
            // An exception may come before anything was assigned or after all of it; what lies
            // between is left out, as it would need a way for every statement.
            self.join(vec![before.clone(), after.clone()]);
            let caught = handler.type_.as_ref().map(|r#type| self.caught(r#type));
            if let Some(name) = &handler.name {
                self.bind(name.as_str(), caught.unwrap_or(UNKNOWN));
            }
            self.body(&handler.body);
            ends.push(self.fork());
        }
        self.join(ends);
        if !statement.finalbody.is_empty() {
            let is_live = self.flow().is_live;
            // `finally` runs on ways that end as well, but nothing comes after it there.
            if !is_live {
                *self.flow() = before;
            }
            self.body(&statement.finalbody);
            if !is_live {
                *self.flow() = Flow::dead();
            }
        }
    }

    /// An instance of what an `except` catches.
    fn caught(&mut self, classes: &'a Expr) -> ValueId {
        let classes: Vec<&'a Expr> = match classes {
            Expr::Tuple(tuple) => tuple.elts.iter().collect(),
            one => vec![one],
        };
        let mut instances = Vec::new();
        for class in classes {
            let class = self.expression(class);
            instances.push(self.draft.invoke(class, Vec::new()));
        }
        self.draft.any_of(instances)
    }

    fn r#match(&mut self, statement: &'a StmtMatch) {
        let subject = self.expression(&statement.subject);
        let place = Self::place_text(&statement.subject);
        let mut otherwise = self.fork();
        let mut ends = Vec::new();
        let mut is_complete = false;
        for case in &statement.cases {
            *self.flow() = otherwise.clone();
            let matched = self.pattern(&case.pattern, subject);
            if let Some(place) = &place
                && matched != subject
            {
                self.narrow(place, matched);
            }
            if let Some(guard) = &case.guard {
                self.expression(guard);
                self.assume(guard, true);
            }
            self.body(&case.body);
            ends.push(self.fork());
            if case.guard.is_some() {
                continue;
            }
            // A case that takes everything leaves nothing for what follows.
            is_complete |= case.pattern.is_irrefutable();
            *self.flow() = otherwise;
            if let (Some(place), Pattern::MatchClass(class)) = (&place, &case.pattern)
                // With further patterns, an instance of the class may still fall through.
                && class.arguments.patterns.is_empty()
                && class.arguments.keywords.is_empty()
                && Self::place_text(&class.cls).is_some()
            {
                // Its names were noted with the pattern.
                self.is_quiet = true;
                let classes = vec![self.expression(&class.cls)];
                self.is_quiet = false;
                self.exclude(place, classes);
            }
            otherwise = self.fork();
        }
        if !is_complete {
            ends.push(otherwise);
        }
        self.join(ends);
    }

    /// Binds the names of a pattern; returns what the value is when it fits.
    fn pattern(&mut self, pattern: &'a Pattern, value: ValueId) -> ValueId {
        match pattern {
            Pattern::MatchValue(inner) => {
                self.expression(&inner.value);
                value
            }
            Pattern::MatchSingleton(_) => value,
            Pattern::MatchSequence(inner) => {
                for (place, pattern) in inner.patterns.iter().enumerate() {
                    let element = self.draft.value(Value::Element(value, place as u32));
                    self.pattern(pattern, element);
                }
                value
            }
            Pattern::MatchMapping(inner) => {
                for (key, pattern) in inner.keys.iter().zip(&inner.patterns) {
                    let key = self.expression(key);
                    let item = self.draft.invoke_method(value, "__getitem__", vec![key]);
                    self.pattern(pattern, item);
                }
                if let Some(rest) = &inner.rest {
                    self.bind(rest.as_str(), value);
                }
                value
            }
            Pattern::MatchClass(inner) => {
                let class = self.expression(&inner.cls);
                let fitting = self.draft.value(Value::Narrowed(value, vec![class]));
                for (place, pattern) in inner.arguments.patterns.iter().enumerate() {
                    // By `__match_args__`, which for data classes and named tuples is the order of
                    // fields.
                    let element = self.draft.value(Value::Element(fitting, place as u32));
                    self.pattern(pattern, element);
                }
                for keyword in &inner.arguments.keywords {
                    let name = keyword.attr.as_str();
                    let member = self.draft.member(fitting, name);
                    let at = keyword.attr.range;
                    self.refer(ReferenceKind::Read, name, at, Target::Value(member));
                    self.pattern(&keyword.pattern, member);
                }
                fitting
            }
            Pattern::MatchStar(inner) => {
                if let Some(name) = &inner.name {
                    let element = self.draft.value(Value::AnyElement(value));
                    let rest = self.draft.holds("list", vec![element]);
                    self.bind(name.as_str(), rest);
                }
                value
            }
            Pattern::MatchAs(inner) => {
                let fitting = match &inner.pattern {
                    Some(pattern) => self.pattern(pattern, value),
                    None => value,
                };
                if let Some(name) = &inner.name {
                    self.bind(name.as_str(), fitting);
                }
                fitting
            }
            Pattern::MatchOr(inner) => {
                let mut fitting = Vec::new();
                for pattern in &inner.patterns {
                    fitting.push(self.pattern(pattern, value));
                }
                self.draft.any_of(fitting)
            }
        }
    }

    fn annotated(&mut self, statement: &'a StmtAnnAssign) {
        if let Expr::Name(name) = &*statement.target
            && let Some(value) = &statement.value
            && self.library_name(&statement.annotation).as_deref() == Some("TypeAlias")
        {
            self.expression(value);
            return self.alias(name.id.as_str(), value);
        }
        let r#type = self.annotation(&statement.annotation);
        if let Some(value) = &statement.value {
            self.expect_assigned(std::slice::from_ref(&*statement.target), value);
        }
        let value = statement
            .value
            .as_ref()
            .map(|value| self.expression_in(value, Context::Typed(r#type)));
        match &*statement.target {
            Expr::Name(name) => {
                self.declare_variable(name.id.as_str(), name.range, r#type, value);
            }
            Expr::Attribute(attribute) => {
                let object = self.expression(&attribute.value);
                self.attribute_written(attribute, object);
                let within = value
                    .filter(|value| *value != UNKNOWN)
                    // For an attribute here, since its annotation is not kept with a scope.
                    .map(|value| self.draft.value(Value::Within(value, r#type)));
                self.attribute_assigned(attribute, object, Some(r#type), within);
            }
            target => {
                self.assign(target, value.unwrap_or(UNKNOWN));
            }
        }
    }

    /// Assigns a value to whatever stands on the left.
    pub(super) fn assign(&mut self, target: &'a Expr, value: ValueId) {
        match target {
            Expr::Name(name) => {
                self.name_written(name.id.as_str(), name.range);
                self.bind(name.id.as_str(), value);
                self.class_variable(name.id.as_str(), name.range, None, Some(value));
            }
            Expr::Attribute(attribute) => {
                let object = self.expression(&attribute.value);
                self.attribute_written(attribute, object);
                self.attribute_assigned(attribute, object, None, Some(value));
            }
            Expr::Subscript(subscript) => {
                self.expression(&subscript.value);
                self.expression(&subscript.slice);
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, value),
            Expr::List(list) => self.unpack(&list.elts, value),
            Expr::Starred(starred) => {
                let element = self.draft.value(Value::AnyElement(value));
                let rest = self.draft.holds("list", vec![element]);
                self.assign(&starred.value, rest);
            }
            other => {
                self.expression(other);
            }
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: ValueId) {
        let mut is_counted = true;
        for (place, target) in targets.iter().enumerate() {
            let element = match target {
                // How many it takes is not known, and so neither are the places behind it.
                Expr::Starred(_) => {
                    is_counted = false;
                    value
                }
                _ if value == UNKNOWN => UNKNOWN,
                _ if is_counted => self.draft.value(Value::Element(value, place as u32)),
                _ => self.draft.value(Value::AnyElement(value)),
            };
            self.assign(target, element);
        }
    }
}

/// Whether a call never comes back.
fn ends_program(expression: &Expr) -> bool {
    let Expr::Call(call) = expression else {
        return false;
    };
    match &*call.func {
        Expr::Name(name) => matches!(name.id.as_str(), "exit" | "quit"),
        Expr::Attribute(attribute) => {
            let is_exit = matches!(attribute.attr.as_str(), "exit" | "_exit" | "abort");
            is_exit
                && matches!(&*attribute.value, Expr::Name(name) if matches!(name.id.as_str(), "sys" | "os"))
        }
        _ => false,
    }
}
