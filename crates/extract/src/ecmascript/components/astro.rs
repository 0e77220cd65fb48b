//! Astro: TypeScript between two `---`, then markup whose `{…}` may hold markup again.

use std::ops::Range;

use super::markup::{self, Braces, Token};
use super::module::Module;
use super::{Dialect, Parts};

/// Returns the script at the top, client scripts and styles, and the markup as the template.
pub(super) fn parts(text: &str) -> Parts {
    let script = frontmatter(text);
    let template = script
        .as_ref()
        .map_or(0, |script| (script.end + 3).min(text.len()))..text.len();
    let has_template = !text[template.clone()].trim().is_empty();
    Parts {
        scripts: script.into_iter().collect(),
        dialect: Dialect::Tsx,
        blocks: has_template
            .then(|| (template.clone(), "template".to_owned()))
            .into_iter()
            .collect(),
        template: has_template.then_some(template),
        render: Some(render),
        ..Parts::default()
    }
}

fn frontmatter(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start().len();
    let inside = start + text[start..].strip_prefix("---").map(|_| 3)?;
    let end = text[inside..].find("\n---")?;
    // With its last line end, so that what is put behind it begins a line.
    Some(inside..inside + end + 1)
}

fn render(text: &str, template: Range<usize>, module: &mut Module<'_>) {
    let mut skipped: Option<String> = None;
    for token in markup::tokens(text, template, Braces::Code) {
        match token {
            Token::Close { name } => {
                if skipped.as_deref() == Some(&text[name]) {
                    skipped = None;
                }
            }
            _ if skipped.is_some() => {}
            Token::Text(range) if text[range.clone()].starts_with('{') => {
                code(text, markup::inside(text, range), module);
            }
            Token::Text(_) => {}
            Token::Open(tag) => {
                let name = &text[tag.name.clone()];
                if matches!(name, "script" | "style") && !tag.is_closed {
                    // What is in it is no markup; styles may have braces.
                    skipped = Some(name.to_owned());
                    continue;
                }
                if name.starts_with(|first: char| first.is_uppercase()) || name.contains('.') {
                    module.component(tag.name.clone(), name);
                }
                for attribute in tag.attributes.iter().filter(|one| one.is_braced) {
                    if let Some(value) = attribute.value.clone() {
                        code(text, value, module);
                    }
                }
            }
        }
    }
}

fn code(text: &str, inside: Range<usize>, module: &mut Module<'_>) {
    // `{...rest}`: what is spread is the expression.
    let spread = text[inside.clone()].trim_start().strip_prefix("...");
    let start = spread.map_or(inside.start, |rest| inside.end - rest.len());
    module.expression(start..inside.end);
}
