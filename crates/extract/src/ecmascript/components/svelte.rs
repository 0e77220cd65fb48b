//! Svelte: scripts and styles anywhere at the outermost level, and markup with `{…}` around them.

use std::ops::Range;

use super::markup::{self, Attribute, Braces, Tag, Token};
use super::module::Module;
use super::{Dialect, Parts, expressions, vue};

/// Returns scripts, styles, and what is left of the file as the template.
pub(super) fn parts(text: &str) -> Parts {
    let mut parts = Parts {
        render: Some(render),
        ..Parts::default()
    };
    let mut at = 0;
    let mut rest_from = 0;
    let mut rests: Vec<Range<usize>> = Vec::new();
    while let Some((tag, inside, end)) = next_own_block(text, at) {
        rests.push(rest_from..tag.range.start);
        (at, rest_from) = (end, end);
        let name = &text[tag.name.clone()];
        if name == "script" {
            let lang = vue::attribute(text, &tag, "lang").map(|lang| &text[lang]);
            let dialect = Dialect::of_attribute(lang);
            // One TypeScript script makes the whole module TypeScript, of which JavaScript is a
            // part.
            parts.dialect = if parts.dialect == Dialect::JavaScript {
                dialect
            } else {
                parts.dialect
            };
            parts.scripts.push(inside);
        } else {
            parts.blocks.push((tag.range.start..end, name.to_owned()));
        }
    }
    rests.push(rest_from..text.len());
    rests.retain(|rest| !text[rest.clone()].trim().is_empty());
    parts.template = match (rests.first(), rests.last()) {
        // From the first to the last, with the scripts between, which rendering skips: a block may
        // be open around them.
        (Some(first), Some(last)) => Some(first.start..last.end),
        _ => None,
    };
    parts.blocks.extend(
        rests
            .iter()
            .map(|rest| (rest.clone(), "template".to_owned())),
    );
    parts.blocks.sort_by_key(|(range, _)| range.start);
    if let [only] = rests.as_slice() {
        parts.template = Some(only.clone());
    }
    parts
}

/// Returns the next script or style that is not inside of an element.
fn next_own_block(text: &str, mut at: usize) -> Option<(Tag, Range<usize>, usize)> {
    loop {
        let tag = markup::first_tag(text, at)?;
        if matches!(&text[tag.name.clone()], "script" | "style") {
            return vue::next_block(text, tag.range.start);
        }
        at = tag.range.end;
    }
}

fn render(text: &str, template: Range<usize>, module: &mut Module<'_>) {
    let mut n_open = 0_usize;
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
                let inside = markup::inside(text, range);
                braced(text, inside, module, &mut n_open);
            }
            Token::Text(_) => {}
            Token::Open(tag) => {
                let name = &text[tag.name.clone()];
                if matches!(name, "script" | "style") && !tag.is_closed {
                    skipped = Some(name.to_owned());
                    continue;
                }
                if name.starts_with(|first: char| first.is_uppercase()) || name.contains('.') {
                    module.component(tag.name.clone(), name);
                }
                for attribute in &tag.attributes {
                    attribute_code(text, attribute, module);
                }
            }
        }
    }
    // Blocks that the file does not close must not leave the module open.
    module.add(&"}\n".repeat(n_open));
}

/// Appends what stands in braces: an expression, or a part of a block.
fn braced(text: &str, inside: Range<usize>, module: &mut Module<'_>, n_open: &mut usize) {
    let written = &text[inside.clone()];
    let after = |word: &str| inside.start + word.len()..inside.end;
    let open = |module: &mut Module<'_>, n_open: &mut usize| {
        module.add(";{\n");
        *n_open += 1;
    };
    if written.starts_with("#each ") {
        each(text, after("#each "), module);
        *n_open += 1;
    } else if let Some(head) = written.strip_prefix("#snippet ") {
        let start = inside.end - head.len();
        let is_read = head.split_once('(').is_some_and(|(name, parameters)| {
            let parameters = parameters.trim_end().trim_end_matches(')');
            expressions::is_pattern(name.trim(), module.dialect())
                && expressions::are_parameters(parameters, module.dialect())
        });
        if is_read {
            module.add(";function ");
            module.copy(start..inside.end);
        }
        open_scope(module, n_open, is_read);
    } else if written.starts_with("#if ") {
        module.expression(after("#if "));
        open(module, n_open);
    } else if written.starts_with("#key ") {
        module.expression(after("#key "));
        open(module, n_open);
    } else if let Some(head) = written.strip_prefix("#await ") {
        let start = inside.end - head.len();
        let end = [" then ", " catch "]
            .iter()
            .filter_map(|word| head.find(word))
            .min();
        module.expression(start..end.map_or(inside.end, |end| start + end));
        open(module, n_open);
        if let Some(end) = end {
            let name = start + end + head[end..].trim_start().find(' ').map_or(0, |at| at + 2);
            module.unknown(name.min(inside.end)..inside.end);
        }
    } else if written.starts_with(":else if ") {
        // Names of one branch are not seen in the next.
        next_scope(module, *n_open);
        module.expression(after(":else if "));
    } else if written.starts_with(':') {
        next_scope(module, *n_open);
        if let Some(name) = written
            .strip_prefix(":then ")
            .or(written.strip_prefix(":catch "))
        {
            module.unknown(inside.end - name.len()..inside.end);
        }
    } else if written.starts_with('/') {
        if *n_open > 0 {
            *n_open -= 1;
            module.add("}\n");
        }
    } else if written.starts_with('@') {
        let word = written
            .find(char::is_whitespace)
            .map_or(written.len(), |end| end + 1);
        match written.starts_with("@const") {
            true if expressions::is_statements(
                &format!("const {}", &written[word..]),
                module.dialect(),
            ) =>
            {
                module.add(";const ");
                module.copy(inside.start + word..inside.end);
                module.add(";\n");
            }
            _ => module.expression(inside.start + word..inside.end),
        }
    } else {
        let spread = written.trim_start().strip_prefix("...");
        let start = spread.map_or(inside.start, |rest| inside.end - rest.len());
        module.expression(start..inside.end);
    }
}

fn open_scope(module: &mut Module<'_>, n_open: &mut usize, is_head: bool) {
    module.add(if is_head { " {\n" } else { ";{\n" });
    *n_open += 1;
}

fn next_scope(module: &mut Module<'_>, n_open: usize) {
    if n_open > 0 {
        module.add("}\n;{\n");
    }
}

/// `{#each list as item, index (key)}`: always opens one scope.
fn each(text: &str, head: Range<usize>, module: &mut Module<'_>) {
    let written = &text[head.clone()];
    // The last, as the list may be an assertion: `{#each list as Item[] as item}`.
    let Some(at) = written.rfind(" as ") else {
        module.expression(head);
        return module.add(";{\n");
    };
    let list = head.start..head.start + at;
    let rest = head.start + at + 4..head.end;
    let mut pattern_end = rest.start + pattern_length(&text[rest.clone()]);
    pattern_end -=
        text[rest.start..pattern_end].len() - text[rest.start..pattern_end].trim_end().len();
    if !module.each(rest.start..pattern_end, list) {
        module.add(";{\n");
    }
    let others = &text[pattern_end..rest.end];
    if let Some(comma) = others.find(',') {
        let name = others[comma + 1..].split('(').next().unwrap_or_default();
        let start = pattern_end + comma + 1 + (name.len() - name.trim_start().len());
        module.unknown(start..start + name.trim().len());
    }
    if let (Some(open), Some(close)) = (others.find('('), others.rfind(')')) {
        module
            .expression(pattern_end + open + 1..(pattern_end + close).max(pattern_end + open + 1));
    }
}

/// Returns where the pattern at the start of `text` ends: before a comma or a bracket at the outermost level.
fn pattern_length(text: &str) -> usize {
    let mut depth = 0_i32;
    for (at, one) in text.char_indices() {
        match one {
            ',' | '(' if depth == 0 => return at,
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

fn attribute_code(text: &str, attribute: &Attribute, module: &mut Module<'_>) {
    let name = &text[attribute.name.clone()];
    // `use:action`, `transition:fade` and the like name a function.
    let is_function = ["use:", "transition:", "in:", "out:", "animate:"]
        .iter()
        .any(|word| name.starts_with(word));
    if let (true, Some(colon)) = (is_function, name.find(':')) {
        let end = name[colon..]
            .find('|')
            .map_or(attribute.name.end, |end| attribute.name.start + colon + end);
        module.expression(attribute.name.start + colon + 1..end);
    }
    let Some(value) = attribute.value.clone() else {
        return;
    };
    if attribute.is_braced {
        let spread = text[value.clone()].trim_start().strip_prefix("...");
        let start = spread.map_or(value.start, |rest| value.end - rest.len());
        return module.expression(start..value.end);
    }
    let mut at = value.start;
    while let Some(open) = text[at..value.end].find('{') {
        let end = markup::brace_end(&text[..value.end], at + open);
        module.expression(markup::inside(text, at + open..end));
        at = end;
    }
}
