//! Components in one file: `.vue`, `.svelte` and `.astro`.
//!
//! A file is read as the module that its scripts are, with a function behind them that stands for what the markup does: expressions,
//! handlers, and a call of each component rendered. Every name in that module knows where it stands in the file, so that lines and columns
//! are the file's own. Markup that cannot be read as code is left out of the module, never of the chunks.

mod astro;
mod expressions;
mod markup;
mod module;
mod places;
mod svelte;
#[cfg(test)]
mod tests;
mod vue;

use std::ops::Range;

use domain::{ChunkKind, Complexity, Language, ReferenceKind, RepoPath, SymbolKind};

use crate::front_end::Reader;
use crate::outline::{Item, Outline};
use crate::text::LineIndex;
use module::Module;
use places::Places;

/// Reads components of one framework.
pub(super) struct Components {
    /// Returns what is in a file.
    pub(super) parts: fn(&str) -> Parts,
}

impl Components {
    pub(super) const VUE: Components = Components { parts: vue::parts };
    pub(super) const SVELTE: Components = Components {
        parts: svelte::parts,
    };
    pub(super) const ASTRO: Components = Components {
        parts: astro::parts,
    };
}

/// What a component's file consists of.
#[derive(Default)]
pub(super) struct Parts {
    /// Insides of scripts that belong to the module, in source order.
    scripts: Vec<Range<usize>>,
    /// Files that scripts name instead of having an inside.
    script_files: Vec<Range<usize>>,
    /// How scripts and expressions are read.
    dialect: Dialect,
    /// Markup, styles and other blocks, in source order, with what they are called.
    blocks: Vec<(Range<usize>, String)>,
    /// The markup that the component renders.
    template: Option<Range<usize>>,
    /// Appends what a template does to the module.
    render: Option<fn(&str, Range<usize>, &mut Module<'_>)>,
}

/// The language of scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Dialect {
    #[default]
    JavaScript,
    TypeScript,
    Tsx,
}

impl Dialect {
    /// Returns what a `lang` attribute means.
    fn of_attribute(lang: Option<&str>) -> Dialect {
        match lang {
            Some("ts" | "typescript") => Dialect::TypeScript,
            Some("tsx") => Dialect::Tsx,
            _ => Dialect::JavaScript,
        }
    }

    fn language(self) -> Language {
        match self {
            Dialect::JavaScript => Language::JavaScript,
            Dialect::TypeScript => Language::TypeScript,
            Dialect::Tsx => Language::Tsx,
        }
    }
}

impl Reader for Components {
    fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, _language: Language) -> Outline {
        let parts = (self.parts)(lines.text());
        let name = component_name(path);
        let module = Module::of(lines.text(), &parts, &name);
        let generated = LineIndex::new(module.text());
        let outline = super::outline(path, &generated, parts.dialect.language());
        let places = Places::new(&module, &generated, lines);
        in_file(outline, &places, &parts, &name, lines)
    }
}

/// Puts what the module says where it stands in the file.
fn in_file(
    mut outline: Outline,
    places: &Places<'_>,
    parts: &Parts,
    name: &str,
    lines: &LineIndex<'_>,
) -> Outline {
    let whole = lines.span(0, lines.text().len() as u32);
    let template = parts
        .template
        .clone()
        .map(|range| lines.span(range.start as u32, range.end as u32));
    let mut component = None;
    for (number, symbol) in outline.symbols.iter_mut().enumerate() {
        if number == 0 {
            symbol.span = whole;
            continue;
        }
        match (places.position(symbol.position), places.span(symbol.span)) {
            (Some(position), Some(span)) => {
                symbol.position = position;
                symbol.span = span;
            }
            _ => {
                // Of what does not stand in the file, only the function that renders is worth a
                // symbol of its own place.
                if symbol.parent == Some(0)
                    && symbol.name == name
                    && symbol.kind == SymbolKind::Function
                {
                    component = Some(number as u32);
                    symbol.signature = format!("component {name}");
                    symbol.flags.is_async = false;
                    symbol.complexity = Complexity {
                        n_code_lines: template
                            .map_or(0, |span| span.end_line - span.start_line + 1),
                        ..symbol.complexity
                    };
                }
                // What is defined by generated code lies somewhere in the template.
                symbol.span = template.unwrap_or(whole);
                symbol.position = lines.position(symbol.span.start_byte);
            }
        }
    }
    outline.facts.references.retain_mut(|reference| {
        // What was added around the pieces uses names that nobody wrote.
        let Some(position) = places.position(reference.position) else {
            return false;
        };
        reference.position = position;
        if places.is_component_tag(position) {
            reference.kind = ReferenceKind::Jsx;
        }
        true
    });
    outline
        .facts
        .references
        // Scripts come first in the module, wherever they stand in the file.
        .sort_by_key(|reference| (reference.position.line, reference.position.column));
    outline.note = outline.note.and_then(|note| places.note(&note));
    outline.items = items(std::mem::take(&mut outline.items), places, parts, component);
    outline
}

fn items(
    items: Vec<Item>,
    places: &Places<'_>,
    parts: &Parts,
    component: Option<u32>,
) -> Vec<Item> {
    let mut placed: Vec<Item> = items
        .into_iter()
        .filter_map(|item| places.item(item))
        .collect();
    for (range, title) in &parts.blocks {
        let is_template = parts.template.as_ref() == Some(range);
        placed.push(Item {
            kind: match is_template && component.is_some() {
                true => ChunkKind::Function,
                false => ChunkKind::Section,
            },
            symbol: component.filter(|_| is_template),
            title: Some(title.clone()),
            start_byte: range.start as u32,
            end_byte: range.end as u32,
            children: Vec::new(),
            body: None,
        });
    }
    placed.sort_by_key(|item| item.start_byte);
    placed
}

/// Returns the name that a component has by its file: the letters and digits of its stem.
fn component_name(path: &RepoPath) -> String {
    let stem = path.file_name().split('.').next().unwrap_or_default();
    let letters: String = stem
        .chars()
        .filter(|one| one.is_alphanumeric() || *one == '_' || *one == '$')
        .collect();
    match letters.chars().next() {
        Some(first) if !first.is_numeric() => letters,
        _ => format!("_{letters}"),
    }
}
