//! Answers of the graph as trees and tables for people, as drawings and JSON for programs.

mod drawing;
pub(crate) mod json;
mod table;
mod tree;

use app::{Coverage, CyclesAnswer, GraphAnswer, HotspotsAnswer, ModulesAnswer};
use indicatif::HumanCount;

use crate::args::graph::FormatArg;
use drawing::Drawing;

/// Callers, callees, impact or a path.
pub(crate) fn walk(answer: &GraphAnswer, format: FormatArg) -> String {
    match format {
        FormatArg::Tree => tree::walk(answer),
        FormatArg::Table => table::walk(answer),
        format => Drawing::of_walk(answer).write(format),
    }
}

pub(crate) fn cycles(answer: &CyclesAnswer, format: FormatArg) -> String {
    match format {
        FormatArg::Tree | FormatArg::Table => tree::cycles(answer),
        format => Drawing::of_cycles(answer).write(format),
    }
}

/// Hotspots have no edges, so whatever the format they are a table.
pub(crate) fn hotspots(answer: &HotspotsAnswer) -> String {
    table::hotspots(answer)
}

pub(crate) fn modules(answer: &ModulesAnswer, format: FormatArg) -> String {
    match format {
        FormatArg::Tree => tree::modules(answer),
        FormatArg::Table => table::modules(answer),
        format => Drawing::of_modules(answer).write(format),
    }
}

/// Says which index answered, whatever was asked.
pub(crate) fn coverage(coverage: &Coverage) -> String {
    let complete = match coverage.is_complete {
        true => "complete",
        false => "incomplete: an index run is under way or was interrupted",
    };
    let failed = match coverage.n_failed {
        0 => String::new(),
        n => format!(", {} files failed and are missing", HumanCount(n)),
    };
    format!(
        "from {} generation {}, {} files, {complete}{failed}\n",
        coverage.repository,
        coverage.generation,
        HumanCount(coverage.n_files)
    )
}
