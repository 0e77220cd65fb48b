//! Rows below heads, columns aligned.

/// Aligns columns: the first `n_numbers` to the right, the others to the left, the last unpadded.
pub(crate) fn table(heads: &[&str], rows: Vec<Vec<String>>, n_numbers: usize) -> String {
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
