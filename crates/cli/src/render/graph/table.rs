//! One row per definition or module, columns aligned.

use app::{GraphAnswer, HotspotsAnswer, ModulesAnswer};

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

/// Aligns columns: the first `n_numbers` to the right, the others to the left, the last unpadded.
fn table(heads: &[&str], rows: Vec<Vec<String>>, n_numbers: usize) -> String {
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let shown = |cell: &String| domain::shown_in_line(cell).into_owned();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(shown).collect())
        .collect();
    let all = || std::iter::once(&heads).chain(&rows);
    let width = |column: usize| {
        all()
            // By characters: wide ones push a row to the right, which is not worth a table of
            // widths.
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let mut out = String::new();
    for row in all() {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, &width))| match column {
            _ if column < n_numbers => format!("{cell:>width$}"),
            // Blanks at the end of a line would wrap on a narrow terminal.
            _ if column + 1 == heads.len() => cell.clone(),
            _ => format!("{cell:<width$}"),
        });
        out.push_str(&cells.collect::<Vec<_>>().join("  "));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let row =
            |number: &str, name: &str| vec![number.to_owned(), name.to_owned(), "x".to_owned()];
        let rows = vec![row("1", "long name"), row("100", "é")];
        assert_eq!(
            table(&["N", "NAME", "PLACE"], rows, 1),
            "  N  NAME       PLACE\n  1  long name  x\n100  é          x\n"
        );
    }
}
