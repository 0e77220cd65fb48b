//! Answers of the graph as one object each.

use app::{Coverage, CyclesAnswer, GraphAnswer, GraphSymbol, HotspotsAnswer, ModulesAnswer};
use serde_json::Value;
use server::wire;

use crate::render::json::value;

pub(crate) fn walk(answer: &GraphAnswer) -> Value {
    value(&wire::Walk::from(answer))
}

/// The answer to `path` where there is no way.
pub(crate) fn no_way(coverage: &Coverage) -> Value {
    value(&wire::Walk::no_way(coverage))
}

pub(crate) fn cycles(answer: &CyclesAnswer) -> Value {
    value(&wire::Cycles::from(answer))
}

pub(crate) fn hotspots(answer: &HotspotsAnswer) -> Value {
    value(&wire::Hotspots::from(answer))
}

pub(crate) fn modules(answer: &ModulesAnswer) -> Value {
    value(&wire::Modules::from(answer))
}

/// A definition, as every answer names it.
pub(crate) fn symbol(symbol: &GraphSymbol) -> Value {
    value(&wire::Symbol::from(symbol))
}
