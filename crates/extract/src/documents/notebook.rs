//! Jupyter notebooks, as they are stored: a section for each cell, and one for what it printed.

use super::{Section, lines};

/// Cells are recognised by the line that says their type, outputs by the line that opens them; notebooks are written with a key per line.
pub(super) fn cells(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut brace = 0;
    let mut n_cells = 0;
    let mut cell = None;
    let mut needs_title = false;
    for (start, line) in lines(text) {
        let line = line.trim();
        if line == "{" {
            // A cell begins with its brace, which stands above the line that says what it is.
            brace = start;
        } else if line.starts_with("\"cell_type\":") {
            n_cells += 1;
            cell = Some(sections.len());
            sections.push(Section {
                start: brace,
                title: format!("cell {n_cells}"),
            });
        } else if line.starts_with("\"source\":") {
            needs_title = true;
        } else if needs_title && line.starts_with('"') {
            needs_title = false;
            if let Some(cell) = cell.take().map(|cell: usize| &mut sections[cell]) {
                let first = line.trim_matches(['"', ',', '#', ' ']).replace("\\n", "");
                cell.title = format!("{}: {}", cell.title, first.trim_end_matches('"').trim());
            }
        } else if line.starts_with("\"outputs\": [") && !line.ends_with("[],") {
            sections.push(Section {
                start,
                title: format!("output of cell {n_cells}"),
            });
        } else if line.starts_with("\"metadata\":") && n_cells == 0 {
            sections.push(Section {
                start,
                title: "metadata".to_owned(),
            });
        }
    }
    sections.sort_by_key(|section| section.start);
    sections
}
