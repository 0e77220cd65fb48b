//! Whether a piece of markup can be read as code. A piece that cannot must not spoil the module around it.

use oxc::allocator::Allocator;
use oxc::parser::Parser;
use oxc::span::SourceType;

use super::Dialect;

/// Longer or deeper ones are left out: the parser recurses.
const MAX_BYTES: usize = 20_000;
const MAX_BRACKETS: usize = 200;

pub(super) fn is_expression(text: &str, dialect: Dialect) -> bool {
    // Behind a comment to the line's end the bracket that closes it would be lost.
    let is_sound = is_modest(text) && !text.contains("//") || is_url(text);
    let allocator = Allocator::default();
    is_sound
        && Parser::new(&allocator, text, source_type(dialect))
            .parse_expression()
            .is_ok()
}

pub(super) fn is_statements(text: &str, dialect: Dialect) -> bool {
    is_program(&format!("(async () => {{{text}\n}})"), dialect)
}

pub(super) fn is_pattern(text: &str, dialect: Dialect) -> bool {
    is_program(&format!("let {text} = null"), dialect) && !text.contains(['=', ';', '\n'])
}

/// Whether parameters of a function can be written so.
pub(super) fn are_parameters(text: &str, dialect: Dialect) -> bool {
    is_program(&format!("(({text}) => 0)"), dialect)
}

fn is_program(text: &str, dialect: Dialect) -> bool {
    let allocator = Allocator::default();
    let parsed =
        is_modest(text).then(|| Parser::new(&allocator, text, source_type(dialect)).parse());
    parsed.is_some_and(|parsed| !parsed.panicked && !parsed.diagnostics.has_errors())
}

/// `//` in a string is no comment.
fn is_url(text: &str) -> bool {
    is_modest(text) && text.matches("//").count() == text.matches("://").count()
}

fn is_modest(text: &str) -> bool {
    text.len() <= MAX_BYTES && text.matches(['(', '[', '{', '<']).count() <= MAX_BRACKETS
}

fn source_type(dialect: Dialect) -> SourceType {
    match dialect {
        Dialect::JavaScript => SourceType::jsx(),
        Dialect::TypeScript => SourceType::ts(),
        Dialect::Tsx => SourceType::tsx(),
    }
}
