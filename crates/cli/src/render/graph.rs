//! Answers of the graph as trees and tables for people, as drawings and JSON for programs.

mod drawing;
pub(crate) mod json;
mod table;
mod tree;

use app::{
    AnswerEdge, Coverage, CyclesAnswer, GraphAnswer, GraphSymbol, HotspotsAnswer, ModulesAnswer,
};
use indicatif::HumanCount;

use crate::args::graph::FormatArg;
use drawing::Drawing;

/// Callers, those who use a value without calling it apart.
pub(crate) fn callers(answer: &GraphAnswer, format: FormatArg) -> String {
    match format {
        FormatArg::Tree => tree::callers(answer),
        // All other formats say the kind of every edge, so no group of them has to stand apart.
        format => walk(answer, format),
    }
}

/// A definition: its name, what it is and where it stands.
pub(crate) fn definition(symbol: &GraphSymbol) -> String {
    tree::definition(symbol)
}

/// What the source of an edge does with its target.
pub(crate) fn verb_of(edge: &AnswerEdge) -> &'static str {
    tree::verb_of(edge)
}

/// Callees, impact or a path.
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

/// Hotspots have no edges: a tree of them is a table, and a drawing has the definitions alone.
pub(crate) fn hotspots(answer: &HotspotsAnswer, format: FormatArg) -> String {
    match format {
        FormatArg::Tree | FormatArg::Table => table::hotspots(answer),
        FormatArg::Svg => server::hotspots_picture(answer).unwrap_or_default(),
        FormatArg::Html => {
            let picture = server::hotspots_picture(answer).unwrap_or_default();
            server::picture_page(&picture, "Hotspots")
        }
        format => {
            let symbols = answer.hotspots.iter().map(|row| &row.symbol);
            Drawing::of_symbols(symbols).write(format)
        }
    }
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
    let n_files = HumanCount(coverage.n_files);
    let files = match (coverage.is_complete, coverage.n_failed) {
        (true, 0) => format!("all {n_files} files"),
        (true, n) => format!(
            "{n_files} files; {} more failed and are missing",
            HumanCount(n)
        ),
        (false, _) => {
            format!("{n_files} files, not all: an index run is under way or was interrupted")
        }
    };
    format!(
        "from {} generation {}: {files}\n",
        coverage.repository, coverage.generation
    )
}
