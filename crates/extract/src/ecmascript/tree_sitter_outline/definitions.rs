//! Which nodes define something or may be cut out, and what can be read off them.

use domain::{ChunkKind, Complexity, Flags, Symbol, SymbolKind};
use tree_sitter::Node;

use crate::names;
use crate::text::LineIndex;

const SIGNATURE_MAX_BYTES: usize = 240;

/// What a node means for the outline.
pub(super) struct Definition {
    /// Kind of the item it becomes; `None` where only a symbol is wanted.
    pub(super) kind: Option<ChunkKind>,
    pub(super) named: Option<Named>,
}

/// A definition's name and kind.
pub(super) struct Named {
    kind: SymbolKind,
    name: String,
    name_byte: usize,
    body_byte: Option<usize>,
}

/// Returns what `node` defines, or how it may be cut.
///
/// `parent` is the kind of the node around it, which the walk knows and the tree would have to search.
pub(super) fn definition(node: Node<'_>, parent: &str, text: &str) -> Option<Definition> {
    let item = |kind, named| {
        Some(Definition {
            kind: Some(kind),
            named,
        })
    };
    // The statement around a declaration is the item, so that it includes `export` and `declare`.
    let is_wrapped = matches!(parent, "export_statement" | "ambient_declaration");
    match node.kind() {
        "export_statement" | "ambient_declaration" if !is_wrapped => {
            let declared = declared_in(node);
            match declared.and_then(|inner| declaration(inner, node.kind(), text)) {
                Some((kind, named)) => item(kind, Some(named)),
                None => item(export_kind(node), None),
            }
        }
        "import_statement" => item(ChunkKind::Module, None),
        "method_definition"
        | "method_signature"
        | "abstract_method_signature"
        | "public_field_definition"
        | "field_definition"
        | "pair" => {
            let (kind, named) = member(node, text)?;
            Some(Definition {
                kind: Some(match kind {
                    SymbolKind::Property => ChunkKind::Statements,
                    _ => ChunkKind::Method,
                }),
                named: Some(named),
            })
        }
        // The statement around it is the item.
        "internal_module" if parent == "expression_statement" => None,
        _ if is_wrapped => None,
        _ => match declaration(node, parent, text) {
            Some((kind, named)) => item(kind, Some(named)),
            None if is_statement(node, parent) => item(ChunkKind::Statements, None),
            None => None,
        },
    }
}

fn is_statement(node: Node<'_>, parent: &str) -> bool {
    node.is_named()
        && !node.is_extra()
        && matches!(
            parent,
            "program" | "statement_block" | "ERROR" | "switch_body" | "class_body"
        )
        // At the top everything may be cut, since nothing around it would hold it; below, only what
        // is a whole statement.
        && (node.is_error()
            || node.kind().ends_with("_statement")
            || node.kind().ends_with("_declaration")
            || parent == "program")
}

/// Returns the declaration inside `export` and `declare`.
fn declared_in(node: Node<'_>) -> Option<Node<'_>> {
    let mut inner = node;
    // `export declare …` takes two steps; what a broken tree nests deeper declares nothing.
    for _ in 0..3 {
        let next = inner
            .child_by_field_name("declaration")
            .or_else(|| inner.child_by_field_name("value"))
            .or_else(|| {
                (inner.kind() == "ambient_declaration")
                    .then(|| inner.named_child(0))
                    .flatten()
            });
        match next {
            Some(next) => inner = next,
            None => break,
        }
        if !matches!(inner.kind(), "export_statement" | "ambient_declaration") {
            return Some(inner);
        }
    }
    None
}

fn export_kind(node: Node<'_>) -> ChunkKind {
    if node.child_by_field_name("source").is_some() {
        ChunkKind::Barrel
    } else {
        ChunkKind::Statements
    }
}

fn declaration(node: Node<'_>, parent: &str, text: &str) -> Option<(ChunkKind, Named)> {
    let (kind, symbol_kind) = match node.kind() {
        "function_declaration" | "generator_function_declaration" | "function_signature" => {
            (ChunkKind::Function, SymbolKind::Function)
        }
        "class_declaration" | "abstract_class_declaration" => (ChunkKind::Class, SymbolKind::Class),
        "interface_declaration" => (ChunkKind::Interface, SymbolKind::Interface),
        "type_alias_declaration" => (ChunkKind::Type, SymbolKind::Type),
        "enum_declaration" => (ChunkKind::Enum, SymbolKind::Enum),
        "internal_module" | "module" if node.child_by_field_name("name").is_some() => {
            (ChunkKind::Namespace, SymbolKind::Namespace)
        }
        "lexical_declaration" | "variable_declaration" => return variable(node, parent, text),
        "expression_statement" => {
            let inner = node
                .named_child(0)
                .filter(|inner| inner.kind() == "internal_module")?;
            return declaration(inner, node.kind(), text);
        }
        // A default export without a name.
        "arrow_function" | "function_expression" | "class" if parent == "export_statement" => {
            let (kind, symbol_kind) = match node.kind() {
                "class" => (ChunkKind::Class, SymbolKind::Class),
                _ => (ChunkKind::Function, SymbolKind::Function),
            };
            let name = node
                .child_by_field_name("name")
                .map_or("default", |name| &text[name.byte_range()]);
            return Some((kind, named(symbol_kind, name, node, node)));
        }
        _ => return None,
    };
    let name = node.child_by_field_name("name")?;
    Some((
        kind,
        named(symbol_kind, &text[name.byte_range()], name, node),
    ))
}

/// A declaration of one variable is named after it; of several, after the first.
fn variable(node: Node<'_>, parent: &str, text: &str) -> Option<(ChunkKind, Named)> {
    let declarator = node
        .named_child(0)
        .filter(|child| child.kind() == "variable_declarator")?;
    // Below an error the program's own statements may end up, so they count as the top.
    let is_local = !matches!(
        parent,
        "program" | "export_statement" | "ambient_declaration" | "ERROR"
    );
    let name = declarator
        .child_by_field_name("name")
        .filter(|name| name.kind() == "identifier")?;
    let value = declarator.child_by_field_name("value");
    let (kind, symbol_kind) = match value.map(|value| value.kind()) {
        Some("arrow_function" | "function_expression" | "generator_function") => {
            (ChunkKind::Function, SymbolKind::Function)
        }
        Some("class") => (ChunkKind::Class, SymbolKind::Class),
        _ if is_local => return None,
        _ => (ChunkKind::Variable, SymbolKind::Variable),
    };
    Some((
        kind,
        named(
            symbol_kind,
            &text[name.byte_range()],
            name,
            value.unwrap_or(declarator),
        ),
    ))
}

fn member(node: Node<'_>, text: &str) -> Option<(SymbolKind, Named)> {
    let name = node
        .child_by_field_name("name")
        .or_else(|| node.child_by_field_name("property"))
        .or_else(|| node.child_by_field_name("key"))?;
    let value = node.child_by_field_name("value");
    let holds_function = value.is_some_and(|value| {
        matches!(
            value.kind(),
            "arrow_function" | "function_expression" | "generator_function"
        )
    });
    let spelled = text[name.byte_range()].trim_matches(['\'', '"', '`']);
    let mut kind = match node.kind() {
        "public_field_definition" | "field_definition" if !holds_function => SymbolKind::Property,
        "pair" if !holds_function => return None,
        _ if spelled == "constructor" => SymbolKind::Constructor,
        _ => SymbolKind::Method,
    };
    let accessor = (0..node.child_count())
        .filter_map(|child| node.child(child))
        .map(|child| child.kind());
    // `get` and `set` before the name are the grammar's words; as a name they are an identifier.
    for word in accessor.take_while(|word| *word != "property_identifier") {
        match word {
            "get" => kind = SymbolKind::Getter,
            "set" => kind = SymbolKind::Setter,
            _ => {}
        }
    }
    let whole = value.filter(|_| holds_function).unwrap_or(node);
    Some((kind, named(kind, spelled, name, whole)))
}

fn named(kind: SymbolKind, name: &str, name_node: Node<'_>, whole: Node<'_>) -> Named {
    Named {
        kind,
        name: names::name(name),
        name_byte: name_node.start_byte(),
        body_byte: whole
            .child_by_field_name("body")
            .map(|body| body.start_byte()),
    }
}

/// Returns the symbol of a definition.
pub(super) fn symbol(
    node: Node<'_>,
    named: Named,
    (parent, outer): (u32, &Symbol),
    index: &LineIndex<'_>,
) -> Symbol {
    let text = index.text();
    let head_end = named
        .body_byte
        .unwrap_or(node.end_byte())
        .max(node.start_byte());
    let qualified_name = match outer.kind {
        SymbolKind::Module => named.name.clone(),
        _ => names::qualified(&outer.qualified_name, &named.name),
    };
    let words = leading_words(node);
    Symbol {
        parent: Some(parent),
        kind: named.kind,
        name: named.name,
        qualified_name,
        position: index.position(named.name_byte as u32),
        span: index.span(node.start_byte() as u32, node.end_byte() as u32),
        signature: one_line(&text[node.start_byte()..head_end]),
        doc: doc(&text[..node.start_byte()]),
        flags: Flags {
            is_exported: node.kind() == "export_statement",
            is_async: words.contains(&"async"),
            is_static: words.contains(&"static"),
            is_test: false,
        },
        complexity: Complexity::default(),
    }
}

/// Returns how many ways more a node adds.
pub(super) fn n_decisions(node: Node<'_>) -> u32 {
    u32::from(matches!(
        node.kind(),
        "if_statement"
            | "for_statement"
            | "for_in_statement"
            | "while_statement"
            | "do_statement"
            | "switch_case"
            | "catch_clause"
            | "ternary_expression"
            | "&&"
            | "||"
            | "??"
    ))
}

/// Returns the key words of a definition's first children, also of an exported or assigned function.
fn leading_words<'t>(node: Node<'t>) -> Vec<&'t str> {
    let mut words = Vec::new();
    let mut inner = Some(node);
    // `export default` around a declaration around a declarator around a function; each has its
    // first words before its name.
    for _ in 0..4 {
        let Some(node) = inner else {
            break;
        };
        words.extend(
            (0..node.child_count().min(6))
                .filter_map(|child| node.child(child))
                .map(|child| child.kind()),
        );
        inner = declared_in(node)
            .or_else(|| node.child_by_field_name("value"))
            .or_else(|| {
                node.named_child(0)
                    .filter(|child| child.kind() == "variable_declarator")
            });
    }
    words
}

/// Joins a head into one line of modest length.
fn one_line(head: &str) -> String {
    // A head may be a megabyte of a literal; four times the limit leaves enough after white space
    // is joined.
    let head = &head[..head.floor_char_boundary(4 * SIGNATURE_MAX_BYTES)];
    let words: Vec<&str> = head.split_whitespace().collect();
    let mut line = words.join(" ");
    line.truncate(line.floor_char_boundary(SIGNATURE_MAX_BYTES));
    let trimmed = line
        .trim_end_matches([' ', '=', ';'])
        .trim_end_matches("=>")
        .trim_end();
    trimmed.to_owned()
}

/// Returns the text of the doc comment that ends right before a definition.
fn doc(before: &str) -> String {
    let Some(inner) = before.trim_end().strip_suffix("*/") else {
        return String::new();
    };
    // The opening nearest to the end; a comment holds no other.
    let Some((_, inner)) = inner.rsplit_once("/*") else {
        return String::new();
    };
    let Some(inner) = inner.strip_prefix('*') else {
        return String::new();
    };
    let lines: Vec<&str> = inner
        .lines()
        .map(|line| line.trim().trim_start_matches('*').trim())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// Returns where a definition begins with its doc comment, given the text in front of it.
pub(super) fn documented_start(before: &str) -> usize {
    let comment = before.trim_end();
    let start = comment
        .strip_suffix("*/")
        .and_then(|inner| inner.rfind("/*"))
        .filter(|start| comment[*start..].starts_with("/**"));
    start.unwrap_or(before.len())
}
