//! One row per definition or module, columns aligned.

use app::{GraphAnswer, HotspotsAnswer, ModulesAnswer};

use crate::render::table::table;

pub(super) fn walk(answer: &GraphAnswer) -> String {
    let found = answer.nodes.iter().filter(|node| node.arrival.is_some());
    let rows = found.map(|node| {
        let edge = node
            .arrival
            .and_then(|arrival| answer.edges.get(arrival.edge));
        vec![
            node.depth.to_string(),
            edge.map_or_else(String::new, |edge| edge.kind.to_string()),
            node.symbol.kind.to_string(),
            node.symbol.qualified_name.clone(),
            format!("{}:{}", node.symbol.path, node.symbol.line),
        ]
    });
    table(
        &["DEPTH", "EDGE", "KIND", "NAME", "PLACE"],
        rows.collect(),
        1,
    )
}

pub(super) fn hotspots(answer: &HotspotsAnswer) -> String {
    let rows = answer.hotspots.iter().map(|row| {
        vec![
            format!("{:.0}", row.score),
            row.complexity.cognitive.to_string(),
            row.complexity.cyclomatic.to_string(),
            row.complexity.n_code_lines.to_string(),
            row.metrics.fan_in.to_string(),
            row.metrics.fan_out.to_string(),
            format!("{:.1}", row.metrics.page_rank),
            row.symbol.qualified_name.clone(),
            format!("{}:{}", row.symbol.path, row.symbol.line),
        ]
    });
    let heads = [
        "SCORE",
        "COGNITIVE",
        "CYCLOMATIC",
        "LINES",
        "FAN-IN",
        "FAN-OUT",
        "RANK",
        "NAME",
        "PLACE",
    ];
    table(&heads, rows.collect(), 7)
}

pub(super) fn modules(answer: &ModulesAnswer) -> String {
    let rows = answer.modules.iter().map(|module| {
        vec![
            module.n_files.to_string(),
            module.afferent.to_string(),
            module.efferent.to_string(),
            format!("{:.2}", module.instability()),
            super::drawing::module_name(module),
        ]
    });
    let heads = ["FILES", "USED BY", "USES", "INSTABILITY", "MODULE"];
    table(&heads, rows.collect(), 4)
}
