//! The tolerant parser: gives an outline of files with syntax errors or with brackets nested too deep for the fast one.
//!
//! Knows no scopes, so it binds no name: what it cannot tell stays unknown. Walks the tree with a cursor and a stack of its
//! own, so that nesting costs no machine stack. Start at [`tree_sitter_outline`].

mod definitions;
#[cfg(test)]
mod tests;
mod uses;

use domain::{Complexity, Language, Parser as ParserName, RepoPath, Symbol};
use tree_sitter::{Node, Parser, Tree};

use crate::outline::{Item, Outline, module};
use crate::text::LineIndex;
use definitions::Definition;

/// Items nested deeper are not outlined; their text belongs to the outermost one.
const ITEM_NESTING_MAX: usize = 48;

/// Returns the outline of a file as far as the tolerant parser understands it.
pub(crate) fn tree_sitter_outline(
    path: &RepoPath,
    index: &LineIndex<'_>,
    language: Language,
) -> Outline {
    let mut walk = Walk::new(path, index);
    let Some(tree) = parse(index.text(), language) else {
        return walk.finish(ParserName::Lines, None);
    };
    walk.run(&tree);
    let note = first_error_line(&tree).map(|line| format!("syntax error on line {line}"));
    walk.finish(ParserName::TreeSitter, note)
}

fn parse(text: &str, language: Language) -> Option<Tree> {
    let grammar = match language {
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
        Language::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
        _ => tree_sitter_javascript::LANGUAGE,
    };
    let mut parser = Parser::new();
    parser.set_language(&grammar.into()).ok()?;
    parser.parse(text, None)
}

/// Returns the 1-based line of the first node that is wrong or missing, looking only where there is one.
fn first_error_line(tree: &Tree) -> Option<usize> {
    let mut cursor = tree.walk();
    if !cursor.node().has_error() {
        return None;
    }
    loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return Some(node.start_position().row + 1);
        }
        let goes_on = (node.has_error() && cursor.goto_first_child()) || cursor.goto_next_sibling();
        if !goes_on {
            return Some(node.start_position().row + 1);
        }
    }
}

struct Walk<'a> {
    index: &'a LineIndex<'a>,
    symbols: Vec<Symbol>,
    facts: uses::Names,
    /// Whether a line holds code, by line.
    has_code: Vec<bool>,
    /// The items and symbols around the node at hand; the first frame is the file.
    frames: Vec<Frame>,
}

/// Something opened at a depth of the tree, to be closed when the walk leaves it.
struct Frame {
    depth: u32,
    item: Option<Item>,
    children: Vec<Item>,
    /// Innermost symbol here.
    symbol: u32,
    /// How many frames with items there are, this one included.
    n_items: usize,
}

impl<'a> Walk<'a> {
    fn new(path: &RepoPath, index: &'a LineIndex<'a>) -> Walk<'a> {
        Walk {
            index,
            symbols: vec![module(path, index)],
            facts: uses::Names::default(),
            has_code: vec![false; index.n_lines() as usize + 1],
            frames: vec![Frame {
                depth: 0,
                item: None,
                children: Vec::new(),
                symbol: 0,
                n_items: 0,
            }],
        }
    }

    fn run(&mut self, tree: &Tree) {
        let mut cursor = tree.walk();
        if !cursor.goto_first_child() {
            return;
        }
        // The kinds of the nodes around the one at hand: the tree would have to search for them.
        let mut kinds = vec![tree.root_node().kind()];
        loop {
            let node = cursor.node();
            let depth = kinds.len() as u32;
            while self.top().depth >= depth {
                self.close();
            }
            self.enter(node, depth, kinds.last().copied().unwrap_or_default());
            let is_opaque = node.is_extra() && !node.is_error();
            if !is_opaque && cursor.goto_first_child() {
                kinds.push(node.kind());
                continue;
            }
            while !cursor.goto_next_sibling() {
                kinds.pop();
                if kinds.is_empty() || !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn enter(&mut self, node: Node<'_>, depth: u32, parent: &str) {
        if node.kind() == "comment" {
            return;
        }
        if node.child_count() == 0 && node.start_byte() < node.end_byte() {
            self.has_code[node.start_position().row..=node.end_position().row].fill(true);
        }
        let around = self.top().symbol;
        uses::push(node, around, self.index, &mut self.facts);
        self.symbols[around as usize].complexity.cyclomatic += definitions::n_decisions(node);
        if let Some(definition) = definitions::definition(node, parent, self.index.text()) {
            self.open(node, depth, definition);
        }
    }

    fn open(&mut self, node: Node<'_>, depth: u32, definition: Definition) {
        let parent = self.top().symbol;
        let mut symbol = parent;
        if let Some(named) = definition.named {
            symbol = self.symbols.len() as u32;
            let parent_symbol = &self.symbols[parent as usize];
            self.symbols.push(definitions::symbol(
                node,
                named,
                (parent, parent_symbol),
                self.index,
            ));
        }
        let n_items = self.top().n_items;
        let item = definition
            .kind
            .filter(|_| n_items < ITEM_NESTING_MAX)
            .map(|kind| Item {
                kind,
                title: None,
                symbol: (symbol != parent).then_some(symbol),
                start_byte: definitions::documented_start(&self.index.text()[..node.start_byte()])
                    as u32,
                end_byte: node.end_byte() as u32,
                children: Vec::new(),
                body: None,
            });
        if item.is_some() || symbol != parent {
            let n_items = n_items + usize::from(item.is_some());
            self.frames.push(Frame {
                depth,
                item,
                children: Vec::new(),
                symbol,
                n_items,
            });
        }
    }

    fn top(&self) -> &Frame {
        self.frames
            .last()
            .expect("the frame of the file is never closed")
    }

    /// Hands the innermost frame's item to the frame around it.
    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        let Some(outer) = self.frames.last_mut() else {
            return;
        };
        match frame.item {
            Some(item) => outer.children.push(Item {
                children: frame.children,
                ..item
            }),
            None => outer.children.extend(frame.children),
        }
    }

    fn finish(mut self, parser: ParserName, note: Option<String>) -> Outline {
        while self.frames.len() > 1 {
            self.close();
        }
        self.count_code_lines();
        Outline {
            parser,
            items: self
                .frames
                .pop()
                .map(|file| file.children)
                .unwrap_or_default(),
            facts: self.facts.with_exports(&self.symbols),
            symbols: self.symbols,
            note,
        }
    }

    fn count_code_lines(&mut self) {
        let mut n_before = vec![0_u32];
        for has_code in &self.has_code {
            n_before.push(n_before[n_before.len() - 1] + u32::from(*has_code));
        }
        let last = n_before.len() - 1;
        for symbol in &mut self.symbols {
            let from = (symbol.span.start_line as usize)
                .saturating_sub(1)
                .min(last);
            let to = (symbol.span.end_line as usize).clamp(from, last);
            let cyclomatic = match symbol.kind.is_callable() {
                true => symbol.complexity.cyclomatic + 1,
                false => 0,
            };
            symbol.complexity = Complexity {
                cyclomatic,
                cognitive: 0,
                n_code_lines: n_before[to] - n_before[from],
            };
        }
    }
}
