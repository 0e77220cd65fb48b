//! Vue: `<script>`, `<script setup>`, `<template>` with directives and `{{ … }}`, `<style>` and custom blocks.

use std::ops::Range;

use super::markup::{self, Attribute, Braces, Tag, Token};
use super::module::Module;
use super::{Dialect, Parts, expressions};

/// Returns the blocks of the file's outermost level.
pub(super) fn parts(text: &str) -> Parts {
    let mut parts = Parts {
        render: Some(render),
        ..Parts::default()
    };
    let mut at = 0;
    while let Some((tag, inside, end)) = next_block(text, at) {
        at = end;
        let name = &text[tag.name.clone()];
        let attribute = |wanted: &str| attribute(text, &tag, wanted);
        match name {
            "script" => {
                let dialect = Dialect::of_attribute(attribute("lang").map(|lang| &text[lang]));
                parts.dialect = if parts.dialect == Dialect::JavaScript {
                    dialect
                } else {
                    parts.dialect
                };
                match attribute("src") {
                    Some(source) => parts.script_files.push(source),
                    None => parts.scripts.push(inside),
                }
            }
            "template" if parts.template.is_none() && attribute("lang").is_none() => {
                parts.template = Some(tag.range.start..end);
                parts.blocks.push((tag.range.start..end, name.to_owned()));
            }
            _ => parts.blocks.push((tag.range.start..end, name.to_owned())),
        }
    }
    parts
}

/// Returns the first block from `at` on: its tag, its inside, and where it ends.
pub(super) fn next_block(text: &str, at: usize) -> Option<(Tag, Range<usize>, usize)> {
    let mut tokens = markup::first_tag(text, at)?;
    let name = text[tokens.name.clone()].to_owned();
    let from = tokens.range.end;
    if tokens.is_closed {
        return Some((tokens, from..from, from));
    }
    // A template may hold templates; everything else ends at the first closing tag.
    let end = match name.as_str() {
        "template" => markup::closing(text, from, &name),
        _ => text[from..]
            .find(&format!("</{name}"))
            .map(|end| from + end),
    };
    let inside = from..end.unwrap_or(text.len());
    let after = text[inside.end..]
        .find('>')
        .map_or(text.len(), |close| inside.end + close + 1);
    tokens.is_closed = false;
    Some((tokens, inside, after))
}

pub(super) fn attribute(text: &str, tag: &Tag, name: &str) -> Option<Range<usize>> {
    let mut attributes = tag.attributes.iter();
    attributes
        .find(|one| &text[one.name.clone()] == name)?
        .value
        .clone()
}

fn render(text: &str, template: Range<usize>, module: &mut Module<'_>) {
    // What closes the scopes of each open element.
    let mut open: Vec<(&str, String)> = Vec::new();
    for token in markup::tokens(text, template, Braces::Text) {
        match token {
            Token::Text(range) => interpolations(text, range, module),
            Token::Open(tag) => {
                let closing = element(text, &tag, module);
                match tag.is_closed {
                    true => module.add(&closing),
                    false => open.push((&text[tag.name.clone()], closing)),
                }
            }
            Token::Close { name } => {
                let name = &text[name];
                // A closing tag that nothing opened closes nothing; one further out closes all
                // within.
                if open.iter().any(|(open, _)| *open == name) {
                    while let Some((last, closing)) = open.pop() {
                        module.add(&closing);
                        if last == name {
                            break;
                        }
                    }
                }
            }
        }
    }
    for (_, closing) in open.iter().rev() {
        module.add(closing);
    }
}

fn interpolations(text: &str, range: Range<usize>, module: &mut Module<'_>) {
    let mut at = range.start;
    while let Some(open) = text[at..range.end].find("{{") {
        let start = at + open + 2;
        let Some(length) = text[start..range.end].find("}}") else {
            return;
        };
        module.expression(start..start + length);
        at = start + length + 2;
    }
}

/// Appends what an element does; returns what closes the scopes that it opens.
fn element(text: &str, tag: &Tag, module: &mut Module<'_>) -> String {
    let mut closing = String::new();
    // The scopes of an element hold for all of its attributes, wherever they stand.
    for attribute in &tag.attributes {
        let (name, Some(value)) = (&text[attribute.name.clone()], attribute.value.clone()) else {
            continue;
        };
        if name == "v-for" {
            closing.push_str(each(text, value, module));
        } else if name.starts_with('#') || name.starts_with("v-slot") || name == "slot-scope" {
            closing.push_str(slot(text, value, module));
        }
    }
    // After the scopes of the element are open, since its own attributes see their names.
    component(text, tag, module);
    for attribute in &tag.attributes {
        directive(text, attribute, module);
    }
    closing
}

fn each(text: &str, value: Range<usize>, module: &mut Module<'_>) -> &'static str {
    let written = &text[value.clone()];
    let separator = [" in ", " of "]
        .into_iter()
        .filter_map(|word| Some((written.find(word)?, word.len())));
    // The first separator: ` in ` may also be an operator of the list.
    let Some((at, length)) = separator.min() else {
        return "";
    };
    let iterable = value.start + at + length..value.end;
    let mut alias = trimmed(text, value.start..value.start + at);
    let mut others = alias.end..alias.end;
    if text[alias.clone()].starts_with('(') && text[alias.clone()].ends_with(')') {
        alias = trimmed(text, alias.start + 1..alias.end - 1);
        let first = first_of_list(&text[alias.clone()]);
        others = (alias.start + first + 1).min(alias.end)..alias.end;
        alias.end = alias.start + first;
    }
    if !module.each(alias, iterable) {
        return "";
    }
    for name in text[others.clone()].split(',') {
        let start =
            others.start + (name.as_ptr() as usize - text[others.clone()].as_ptr() as usize);
        let name = trimmed(text, start..start + name.len());
        if !name.is_empty() {
            module.unknown(name);
        }
    }
    "}\n"
}

fn slot(text: &str, value: Range<usize>, module: &mut Module<'_>) -> &'static str {
    if text[value.clone()].trim().is_empty()
        || !expressions::are_parameters(&text[value.clone()], module.dialect())
    {
        return "";
    }
    module.add(";((");
    module.copy(value);
    module.add(") => {\n");
    "});\n"
}

fn component(text: &str, tag: &Tag, module: &mut Module<'_>) {
    let name = &text[tag.name.clone()];
    if name.starts_with(|first: char| first.is_uppercase()) {
        return module.component(tag.name.clone(), name);
    }
    // A plain HTML tag is a component only if a script speaks of one by its name.
    let is_custom = name.contains(['-', '.']) || module.mentions(&pascal(name));
    let pascal = pascal(name);
    if name.contains('.') {
        module.component(tag.name.clone(), name);
    } else if is_custom && module.mentions(&pascal) {
        module.component(tag.name.clone(), &pascal);
    }
}

/// Returns `my-button` as `MyButton`.
fn pascal(name: &str) -> String {
    let words = name.split('-').filter(|word| !word.is_empty());
    words
        .map(|word| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            first.to_uppercase() + rest
        })
        .collect()
}

fn directive(text: &str, attribute: &Attribute, module: &mut Module<'_>) {
    let (name, Some(value)) = (&text[attribute.name.clone()], attribute.value.clone()) else {
        return;
    };
    let is_scope = matches!(name, "v-for" | "slot-scope")
        || name.starts_with("v-slot")
        || name.starts_with('#');
    let is_code = name.starts_with([':', '@', '.']) || name.starts_with("v-");
    if is_code && !is_scope && !text[value.clone()].trim().is_empty() {
        module.expression(value);
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let inside = &text[range.clone()];
    let start = range.start + inside.len() - inside.trim_start().len();
    start..(start + inside.trim().len())
}

/// Returns where the first element of a list ends, past brackets.
fn first_of_list(list: &str) -> usize {
    let mut depth = 0_i32;
    for (at, one) in list.char_indices() {
        match one {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            ',' if depth == 0 => return at,
            _ => {}
        }
    }
    list.len()
}
