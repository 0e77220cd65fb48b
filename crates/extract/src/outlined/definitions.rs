//! What the query of a language finds in a tree: definitions in order, each with the one around it, and imports.

use std::cmp::Reverse;
use std::ops::Range;

use domain::{ChunkKind, SymbolKind};
use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::{Node, Query, QueryCursor, QueryMatch, StreamingIterator, Tree};

use super::Compiled;

/// What a capture of a query means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capture {
    /// The node defines something.
    Definition(Defines),
    /// The node gives its name to the names inside, and is no definition, such as `impl`.
    Container,
    /// The name.
    Name,
    /// The name of what it belongs to, where that is not around it, such as a receiver's type.
    Scope,
    /// An import.
    Import,
    /// What is imported.
    Source,
    /// What belongs to the definition behind it, such as its documentation.
    Prefix,
    /// Only for predicates of the query.
    Other,
}

/// What a definition becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Defines {
    pub(super) symbol: SymbolKind,
    pub(super) chunk: ChunkKind,
    /// One of several pieces that stand behind each other and define one thing.
    pub(super) is_clause: bool,
}

/// Returns what a word behind `definition.` means.
fn defines(word: &str) -> Option<Defines> {
    let (symbol, chunk) = match word {
        "class" => (SymbolKind::Class, ChunkKind::Class),
        "interface" => (SymbolKind::Interface, ChunkKind::Interface),
        // With bodies inside, so that members get chunks of their own.
        "trait" => (SymbolKind::Interface, ChunkKind::Class),
        "enum" => (SymbolKind::Enum, ChunkKind::Enum),
        "enum_class" => (SymbolKind::Enum, ChunkKind::Class),
        "enum_member" => (SymbolKind::EnumMember, ChunkKind::Statements),
        "type" => (SymbolKind::Type, ChunkKind::Type),
        "namespace" => (SymbolKind::Namespace, ChunkKind::Namespace),
        // The name of the whole file's package.
        "name" => (SymbolKind::Namespace, ChunkKind::Module),
        "function" | "macro" | "clause" => (SymbolKind::Function, ChunkKind::Function),
        "method" => (SymbolKind::Method, ChunkKind::Method),
        "constructor" => (SymbolKind::Constructor, ChunkKind::Method),
        "getter" => (SymbolKind::Getter, ChunkKind::Method),
        "setter" => (SymbolKind::Setter, ChunkKind::Method),
        // A property that may have a body.
        "accessor" => (SymbolKind::Property, ChunkKind::Method),
        "property" => (SymbolKind::Property, ChunkKind::Statements),
        "variable" | "constant" => (SymbolKind::Variable, ChunkKind::Variable),
        _ => return None,
    };
    Some(Defines {
        symbol,
        chunk,
        is_clause: word == "clause",
    })
}

/// Returns what each capture of a query means, by its number.
pub(super) fn captures(query: &Query) -> Vec<Capture> {
    let names = query.capture_names().iter();
    names
        .map(|name| match *name {
            "name" => Capture::Name,
            "scope" => Capture::Scope,
            "container" => Capture::Container,
            "import" => Capture::Import,
            "source" => Capture::Source,
            "prefix" => Capture::Prefix,
            name => name
                .strip_prefix("definition.")
                .and_then(defines)
                .map_or(Capture::Other, Capture::Definition),
        })
        .collect()
}

/// A definition, or something that names what is in it.
#[derive(Debug)]
pub(super) struct Definition {
    /// Nothing for a container.
    pub(super) defines: Option<Defines>,
    pub(super) range: Range<usize>,
    pub(super) name: Range<usize>,
    pub(super) scope: Option<Range<usize>>,
    /// The inside, as far as the tree shows it.
    pub(super) body: Option<Range<usize>>,
    /// The innermost definition or container around it, by its place.
    pub(super) parent: Option<usize>,
    /// Its number among the file's symbols; a container has none.
    pub(super) symbol: Option<u32>,
    /// The nodes that it is made of; none where another definition is made of the same.
    nodes: Vec<usize>,
}

/// An import: the statement, and what it names.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) source: Option<Range<usize>>,
    start: usize,
    node: usize,
}

/// What is in a tree.
pub(super) struct Found {
    /// In order of their first byte, an enclosing one before what it encloses.
    pub(super) definitions: Vec<Definition>,
    /// In source order.
    pub(super) imports: Vec<Import>,
    /// Ranges of what belongs to the definitions behind them, in source order.
    pub(super) prefixes: Vec<Range<usize>>,
    by_node: FxHashMap<usize, usize>,
    import_nodes: FxHashSet<usize>,
    /// First bytes of all of them, in order.
    starts: Vec<usize>,
}

impl Found {
    pub(super) fn new(compiled: &Compiled, tree: &Tree, text: &str) -> Found {
        let Matches {
            definitions,
            mut imports,
            mut prefixes,
        } = matches(compiled, tree, text);
        // In this order: nodes are shared out before clauses are joined, and both before parents
        // are looked for.
        let mut definitions = one_per_node(definitions);
        definitions.sort_by_key(|one| (one.range.start, Reverse(one.range.end)));
        let mut definitions = joined(definitions, text);
        prefixes.sort_by_key(|range| range.start);
        imports.sort_by_key(|one| one.start);
        link(&mut definitions);
        let by_node = definitions.iter().enumerate();
        let by_node =
            by_node.flat_map(|(place, one)| one.nodes.iter().map(move |node| (*node, place)));
        let mut starts: Vec<usize> = definitions
            .iter()
            .map(|one| one.range.start)
            .chain(imports.iter().map(|one| one.start))
            .collect();
        starts.sort_unstable();
        Found {
            by_node: by_node.collect(),
            prefixes,
            import_nodes: imports.iter().map(|one| one.node).collect(),
            starts,
            definitions,
            imports,
        }
    }

    /// Returns the definition that a node is.
    pub(super) fn of_node(&self, node: Node<'_>) -> Option<&Definition> {
        let place = self.by_node.get(&node.id())?;
        self.definitions.get(*place)
    }

    pub(super) fn is_import(&self, node: Node<'_>) -> bool {
        self.import_nodes.contains(&node.id())
    }

    /// Whether a definition or an import begins in a range.
    pub(super) fn holds_any(&self, range: &Range<usize>) -> bool {
        let first = self.starts.partition_point(|start| *start < range.start);
        self.starts
            .get(first)
            .is_some_and(|start| *start < range.end)
    }
}

/// What the query of a language matches.
struct Matches {
    definitions: Vec<Definition>,
    imports: Vec<Import>,
    prefixes: Vec<Range<usize>>,
}

/// Returns what the query matches. Of several patterns that name one thing, the first in the query counts.
fn matches(compiled: &Compiled, tree: &Tree, text: &str) -> Matches {
    let mut cursor = QueryCursor::new();
    let mut found = cursor.matches(&compiled.query, tree.root_node(), text.as_bytes());
    let mut definitions: FxHashMap<usize, (usize, Definition)> = FxHashMap::default();
    let mut imports: FxHashMap<usize, Import> = FxHashMap::default();
    let mut prefixes = Vec::new();
    while let Some(one) = found.next() {
        let prefix = captured(compiled, one, |capture| capture == Capture::Prefix);
        prefixes.extend(prefix.map(|(node, _)| node.byte_range()));
        if let Some(import) = import(compiled, one) {
            let known = imports.entry(import.node).or_insert(import.clone_place());
            known.source = known.source.take().or(import.source);
        }
        let Some(definition) = definition(compiled, one) else {
            continue;
        };
        let pattern = one.pattern_index;
        // A query may match a node as a method and as a function; its more special patterns stand
        // first.
        match definitions.get(&definition.name.start) {
            Some((before, _)) if *before <= pattern => {}
            _ => {
                definitions.insert(definition.name.start, (pattern, definition));
            }
        }
    }
    let definitions = definitions.into_values().map(|(_, one)| one);
    Matches {
        definitions: definitions.collect(),
        imports: imports.into_values().collect(),
        prefixes,
    }
}

/// Makes one of neighbouring clauses of one name.
fn joined(definitions: Vec<Definition>, text: &str) -> Vec<Definition> {
    let mut joined: Vec<Definition> = Vec::with_capacity(definitions.len());
    for definition in definitions {
        let is_clause = |one: &Definition| one.defines.is_some_and(|defines| defines.is_clause);
        match joined.last_mut() {
            Some(before)
                if is_clause(before)
                    && is_clause(&definition)
                    && text[before.name.clone()] == text[definition.name.clone()]
                    && before.range.end <= definition.range.start
                    && text[before.range.end..definition.range.start]
                        .trim()
                        .is_empty() =>
            {
                before.range.end = definition.range.end;
                before.nodes.extend(definition.nodes);
            }
            _ => joined.push(definition),
        }
    }
    joined
}

/// A node that defines several names, such as two variables, stands for the first of them; the others are their names alone.
fn one_per_node(mut definitions: Vec<Definition>) -> Vec<Definition> {
    definitions.sort_by_key(|one| one.name.start);
    let mut taken = FxHashSet::default();
    for definition in &mut definitions {
        if !taken.insert(definition.nodes[0]) {
            definition.nodes.clear();
            definition.range = definition.name.clone();
            definition.body = None;
        }
    }
    definitions
}

fn captured<'t>(
    compiled: &Compiled,
    one: &QueryMatch<'_, 't>,
    wanted: impl Fn(Capture) -> bool,
) -> Option<(Node<'t>, Capture)> {
    one.captures().iter().find_map(|capture| {
        let meaning = compiled.captures[capture.index as usize];
        wanted(meaning).then_some((capture.node, meaning))
    })
}

fn definition(compiled: &Compiled, one: &QueryMatch<'_, '_>) -> Option<Definition> {
    let is_definition = |capture| matches!(capture, Capture::Definition(_) | Capture::Container);
    let (node, meaning) = captured(compiled, one, is_definition)?;
    let (name, _) = captured(compiled, one, |capture| capture == Capture::Name)?;
    let scope = captured(compiled, one, |capture| capture == Capture::Scope);
    Some(Definition {
        defines: match meaning {
            Capture::Definition(defines) => Some(defines),
            _ => None,
        },
        range: node.byte_range(),
        name: name.byte_range(),
        scope: scope.map(|(node, _)| node.byte_range()),
        body: body(node).map(|body| body.byte_range()),
        parent: None,
        symbol: None,
        nodes: vec![node.id()],
    })
}

fn import(compiled: &Compiled, one: &QueryMatch<'_, '_>) -> Option<Import> {
    let (node, _) = captured(compiled, one, |capture| capture == Capture::Import)?;
    let source = captured(compiled, one, |capture| capture == Capture::Source);
    Some(Import {
        source: source.map(|(node, _)| node.byte_range()),
        start: node.start_byte(),
        node: node.id(),
    })
}

impl Import {
    fn clone_place(&self) -> Import {
        Import {
            source: None,
            ..*self
        }
    }
}

/// Returns the node that holds the inside of a definition.
pub(super) fn body(node: Node<'_>) -> Option<Node<'_>> {
    if let Some(body) = node.child_by_field_name("body") {
        return Some(body);
    }
    // The last that looks like one, since heads come first; bounded, as a flat node can have a
    // million children.
    let n_children = node.named_child_count() as u32;
    let mut children = (0..n_children.min(64))
        .rev()
        .filter_map(|at| node.named_child(at));
    children.find(|child| {
        let kind = child.kind();
        let is_list =
            kind.ends_with("_list") && child.end_position().row > child.start_position().row;
        kind.ends_with("body") || kind.ends_with("block") || is_list || kind == "do_block"
    })
}

/// Finds for each definition the one around it, and numbers the symbols; a function inside a class is a method.
fn link(definitions: &mut [Definition]) {
    let mut around: Vec<usize> = Vec::new();
    let mut n_symbols = 1;
    for place in 0..definitions.len() {
        let start = definitions[place].range.start;
        while let Some(outer) = around.last()
            && definitions[*outer].range.end <= start
        {
            around.pop();
        }
        let is_name_only = definitions[place].nodes.is_empty();
        // Beside the one whose node it shares, not inside of it.
        let parent = match around.last() {
            Some(shared) if is_name_only => definitions[*shared].parent,
            around => around.copied(),
        };
        let parent_kind = parent.map(|parent| definitions[parent].defines);
        let definition = &mut definitions[place];
        definition.parent = parent;
        if let Some(defines) = &mut definition.defines {
            *defines = inside(*defines, parent_kind, definition.scope.is_some());
            definition.symbol = Some(n_symbols);
            n_symbols += 1;
        }
        // Nothing lies inside of a name.
        if !is_name_only {
            around.push(place);
        }
    }
}

/// Returns what a definition is inside of another: `parent` is nothing at the top, and `Some(None)` in a container.
fn inside(defines: Defines, parent: Option<Option<Defines>>, has_scope: bool) -> Defines {
    let in_type = parent.is_some_and(|parent| {
        parent.is_none_or(|parent| {
            matches!(
                parent.symbol,
                SymbolKind::Class | SymbolKind::Interface | SymbolKind::Enum
            )
        })
    });
    match defines.symbol {
        SymbolKind::Function if in_type || has_scope => Defines {
            symbol: SymbolKind::Method,
            chunk: ChunkKind::Method,
            ..defines
        },
        SymbolKind::Variable if in_type => Defines {
            symbol: SymbolKind::Property,
            chunk: ChunkKind::Statements,
            ..defines
        },
        _ => defines,
    }
}
