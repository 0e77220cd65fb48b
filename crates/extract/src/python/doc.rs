//! Doc strings and heads of definitions, as text.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::TextRange;

/// Bytes of a signature that are shown.
const SIGNATURE_MAX_BYTES: usize = 400;

/// Returns the doc string that a body begins with.
pub(super) fn of_body(body: &[Stmt]) -> String {
    body.first().and_then(of_statement).unwrap_or_default()
}

/// Returns the text of a statement that is nothing but a string.
pub(super) fn of_statement(statement: &Stmt) -> Option<String> {
    let Stmt::Expr(expression) = statement else {
        return None;
    };
    match &*expression.value {
        Expr::StringLiteral(string) => Some(clean(string.value.to_str())),
        _ => None,
    }
}

/// Takes away the indentation that all lines but the first have in common, and blank lines at both ends.
fn clean(doc: &str) -> String {
    // The first line stands behind the quotes, and says nothing of the indentation (PEP 257).
    let rest = || doc.lines().skip(1).filter(|line| !line.trim().is_empty());
    let indent = rest()
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let mut lines: Vec<&str> = Vec::new();
    for (place, line) in doc.lines().enumerate() {
        lines.push(match place {
            0 => line.trim(),
            _ => line.get(indent..).unwrap_or_default().trim_end(),
        });
    }
    lines.join("\n").trim().to_owned()
}

/// Returns the head of a definition on one line, from its keyword to `end`.
pub(super) fn head(text: &str, name: TextRange, end: u32) -> String {
    let name_start = name.start().to_usize();
    let line_start = text[..name_start].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[line_start..name_start];
    // Looked for backwards from the name, which leaves decorators out.
    let keyword = ["async", "def", "class"]
        .iter()
        .filter_map(|keyword| line.rfind(keyword))
        .min();
    let start = line_start + keyword.unwrap_or(line.len());
    one_line(&text[start..end as usize])
}

/// Returns the first line of a statement.
pub(super) fn first_line(text: &str, span: TextRange) -> String {
    let statement = &text[span.start().to_usize()..span.end().to_usize()];
    one_line(statement.lines().next().unwrap_or_default())
}

/// Returns code on one line, without comments.
fn one_line(code: &str) -> String {
    let mut line = String::with_capacity(code.len().min(SIGNATURE_MAX_BYTES));
    let mut quote = None;
    let mut is_comment = false;
    let mut is_blank = false;
    for character in code.chars() {
        is_comment &= character != '\n';
        match quote {
            // Escapes and triple quotes are not distinguished: at worst a `#` in a default ends a
            // signature early.
            Some(open) if character == open => quote = None,
            None if !is_comment && matches!(character, '\'' | '"') => quote = Some(character),
            None if character == '#' => is_comment = true,
            _ => {}
        }
        if is_comment || character.is_whitespace() {
            is_blank = true;
            continue;
        }
        // A head over several lines is shown as a formatter would write it on one.
        let hugs = line.ends_with(['(', '[']) || matches!(character, ')' | ']' | ',');
        if std::mem::take(&mut is_blank) && !line.is_empty() && !hugs {
            line.push(' ');
        }
        line.push(character);
        if line.len() >= SIGNATURE_MAX_BYTES {
            break;
        }
    }
    line.replace(",)", ")")
}
