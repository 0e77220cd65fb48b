//! One walk over the tree: comments, branches of each definition, and the first syntax error.

use std::ops::Range;

use domain::Complexity;
use tree_sitter::{Language, Node, Tree};

use super::Compiled;
use super::definitions::{Definition, Found};
use crate::code_lines::CodeLines;
use crate::text::LineIndex;

/// What a kind of node means to the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// One way more through the code.
    Branch,
    /// A comment.
    Comment,
    /// Something in front of a definition that belongs to it, such as an attribute.
    Prefix,
}

/// Nodes that add a way through the code, in whatever grammar.
const BRANCHES: &[&str] = &[
    "if_statement",
    "if_expression",
    "if",
    "if_modifier",
    "unless",
    "unless_modifier",
    "guard_statement",
    "elsif",
    "elif_clause",
    "elseif_clause",
    "elseif_statement",
    "else_if_clause",
    "conditional_expression",
    "conditional_statement",
    "ternary_expression",
    "conditional",
    "for_statement",
    "for_in_statement",
    "for_range_loop",
    "foreach_statement",
    "enhanced_for_statement",
    "for_expression",
    "for",
    "cstyle_for_statement",
    "c_style_for_statement",
    "while_statement",
    "while_expression",
    "while",
    "while_modifier",
    "until",
    "until_modifier",
    "loop_statement",
    "do_statement",
    "do_while_statement",
    "repeat_statement",
    "repeat_while_statement",
    "case_statement",
    "case_item",
    "case_clause",
    "switch_section",
    "switch_case",
    "switch_clause",
    "switch_entry",
    "switch_label",
    "switch_expression_arm",
    "expression_case",
    "type_case",
    "communication_case",
    "when",
    "when_entry",
    "match_arm",
    "match_case",
    "match_conditional_expression",
    "alternative",
    "cr_clause",
    "stab_clause",
    "catch_clause",
    "catch_block",
    "rescue",
    "rescue_block",
    "&&",
    "||",
    "??",
    "?:",
    "and",
    "or",
    "andalso",
    "orelse",
];

/// Nodes that belong to the definition behind them.
const PREFIXES: &[&str] = &[
    "attribute_item",
    "signature",
    "decorator",
    "annotation",
    "spec",
];

/// Returns what each kind of node of a grammar means, by its number.
pub(super) fn kinds(language: &Language) -> Vec<Kind> {
    let n_kinds = language.node_kind_count();
    (0..n_kinds)
        .map(|number| {
            let name = language.node_kind_for_id(number as u16).unwrap_or_default();
            // Keywords are nodes without a name in these grammars: `if` would count once for itself
            // and once for its statement.
            if !language.node_kind_is_named(number as u16) {
                let is_operator = !name.starts_with(|first: char| first.is_ascii_alphabetic());
                let is_word = matches!(name, "and" | "or" | "andalso" | "orelse");
                return match BRANCHES.contains(&name) && (is_operator || is_word) {
                    true => Kind::Branch,
                    false => Kind::Plain,
                };
            }
            match name {
                "dis_expr" | "haddock" => Kind::Comment,
                name if name.contains("comment") && !name.contains("content") => Kind::Comment,
                name if PREFIXES.contains(&name) => Kind::Prefix,
                name if BRANCHES.contains(&name) => Kind::Branch,
                _ => Kind::Plain,
            }
        })
        .collect()
}

/// What the walk saw.
pub(super) struct Survey<'a> {
    kinds: &'a [Kind],
    /// Byte ranges in source order.
    comments: Vec<(u32, u32)>,
    /// Comments and prefixes in source order, with whether they are comments.
    leading: Vec<(Range<usize>, bool)>,
    /// By the places of the definitions.
    n_branches: Vec<u32>,
    pub(super) first_error_line: Option<usize>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(compiled: &'a Compiled, tree: &Tree, found: &Found) -> Survey<'a> {
        let mut survey = Survey {
            kinds: &compiled.kinds,
            comments: Vec::new(),
            leading: Vec::new(),
            n_branches: vec![0; found.definitions.len()],
            first_error_line: None,
        };
        survey.walk(tree, &found.definitions);
        let prefixes = found.prefixes.iter().cloned();
        survey.leading.extend(prefixes.map(|range| (range, true)));
        survey
            .leading
            .sort_by_key(|(range, _)| (range.start, range.end));
        survey
    }

    fn walk(&mut self, tree: &Tree, definitions: &[Definition]) {
        let has_error = tree.root_node().has_error();
        let mut cursor = tree.walk();
        let mut next = 0;
        let mut around: Vec<usize> = Vec::new();
        loop {
            let node = cursor.node();
            let kind = self.kind(node.kind_id());
            match kind {
                Kind::Plain => {}
                Kind::Branch => {
                    let start = node.start_byte();
                    // Only a branch asks which definition it is in, so that nodes without meaning
                    // cost nothing.
                    while next < definitions.len() && definitions[next].range.start <= start {
                        around.push(next);
                        next += 1;
                    }
                    while around
                        .last()
                        .is_some_and(|one| definitions[*one].range.end <= start)
                    {
                        around.pop();
                    }
                    if let Some(owner) = around.last() {
                        self.n_branches[*owner] += 1;
                    }
                }
                Kind::Comment => {
                    let range = node.byte_range();
                    self.comments.push((range.start as u32, range.end as u32));
                    self.leading.push((range, true));
                }
                Kind::Prefix => self.leading.push((node.byte_range(), false)),
            }
            // Asked of the root first: most files have none, and asking each node would cost a
            // call.
            if has_error
                && self.first_error_line.is_none()
                && (node.is_error() || node.is_missing())
            {
                self.first_error_line = Some(node.start_position().row + 1);
            }
            // With a cursor and without recursion: generated code nests tens of thousands deep.
            if kind != Kind::Comment && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
            }
        }
    }

    fn kind(&self, number: u16) -> Kind {
        // Errors have the largest number.
        self.kinds
            .get(number as usize)
            .copied()
            .unwrap_or(Kind::Plain)
    }

    /// Whether a node belongs to whatever follows it.
    pub(super) fn is_leading(&self, node: Node<'_>) -> bool {
        matches!(self.kind(node.kind_id()), Kind::Comment | Kind::Prefix)
            || self
                .leading
                .binary_search_by_key(&(node.start_byte(), node.end_byte()), |(range, _)| {
                    (range.start, range.end)
                })
                .is_ok()
    }

    /// Returns where the first comment in a range begins, else its end.
    pub(super) fn first_comment(&self, range: Range<usize>) -> usize {
        let next = self
            .comments
            .partition_point(|(start, _)| (*start as usize) < range.start);
        let start = self
            .comments
            .get(next)
            .map_or(range.end, |(start, _)| *start as usize);
        start.min(range.end)
    }

    /// Returns where the comments and attributes directly above `start` begin, and the comments' text without markers.
    pub(super) fn doc(&self, start: usize, text: &str) -> (usize, String) {
        let mut begin = start;
        let mut comments = Vec::new();
        let mut place = self
            .leading
            .partition_point(|(range, _)| range.start < start);
        while place > 0 {
            place -= 1;
            let (range, is_comment) = &self.leading[place];
            let end = range.start + text[range.clone()].trim_end().len();
            let Some(gap) = text.get(end..begin) else {
                // A prefix that holds the one before.
                continue;
            };
            // A blank line between ends the doc comment.
            let is_adjacent = gap.trim().is_empty() && gap.matches('\n').count() < 2;
            let line = text[..range.start]
                .rfind('\n')
                .map_or(0, |newline| newline + 1);
            if !is_adjacent || !text[line..range.start].trim().is_empty() {
                break;
            }
            begin = range.start;
            if *is_comment {
                comments.push(&text[range.clone()]);
            }
        }
        comments.reverse();
        (begin, unmarked(&comments))
    }

    /// Returns the measures of a definition by its place.
    pub(super) fn complexity(
        &self,
        place: usize,
        is_callable: bool,
        (first, last): (u32, u32),
        code: &CodeLines,
    ) -> Complexity {
        Complexity {
            cyclomatic: match is_callable {
                true => self.n_branches[place] + 1,
                false => 0,
            },
            // It needs to know how branches nest, which no list of node kinds says for all
            // grammars.
            cognitive: 0,
            n_code_lines: code.count(first, last),
        }
    }

    pub(super) fn code_lines(&self, lines: &LineIndex<'_>) -> CodeLines {
        CodeLines::new(lines, &self.comments)
    }
}

/// Returns the text of comments, line by line, without what marks it as comments.
fn unmarked(comments: &[&str]) -> String {
    const MARKERS: &[char] = &[
        '/', '*', '#', '-', ';', '%', '!', '(', ')', '{', '}', '|', '"', '\'',
    ];
    let lines: Vec<&str> = comments
        .iter()
        .flat_map(|comment| comment.lines())
        .map(|line| {
            let line = line.trim().trim_start_matches(MARKERS).trim_start();
            let line = line
                .strip_prefix("@doc")
                .unwrap_or(line)
                .trim_start_matches(['"', ' ']);
            line.trim_end_matches("*/")
                .trim_end_matches("*)")
                .trim_end_matches("-}")
                .trim_end_matches('"')
                .trim_end()
        })
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}
