//! Whose lines are whose: the definitions of a file that changed lines touch. Pure.

use std::collections::BTreeMap;

use ::index::LineRange;
use domain::SymbolKind;
use store::GraphNode;

use crate::code_graph::CodeGraph;

/// How a definition is touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// In a line from its begin to its name.
    pub(super) is_declaration: bool,
}

/// The definitions of one file.
pub(super) struct Owners<'g> {
    graph: &'g CodeGraph,
    /// Their numbers: what holds others comes before them.
    numbers: Vec<u32>,
    /// Lines, and the innermost definition that holds them: none overlap, in order.
    stretches: Vec<Stretch>,
}

struct Stretch {
    start: u32,
    end: u32,
    number: u32,
}

impl<'g> Owners<'g> {
    /// Prepares a file, given the numbers of its definitions.
    pub(super) fn new(graph: &'g CodeGraph, mut numbers: Vec<u32>) -> Owners<'g> {
        numbers.sort_by_key(|&number| {
            let node = &graph.nodes[number as usize];
            // A module holds everything of its file, wherever its own span begins.
            let is_inner = node.kind != SymbolKind::Module;
            let span = node.span;
            (
                is_inner,
                span.start_line,
                std::cmp::Reverse(span.end_line),
                number,
            )
        });
        let mut owners = Owners {
            graph,
            numbers,
            stretches: Vec::new(),
        };
        owners.lay_out();
        owners
    }

    fn node(&self, number: u32) -> &GraphNode {
        &self.graph.nodes[number as usize]
    }

    fn lay_out(&mut self) {
        let mut open: Vec<u32> = Vec::new();
        let mut next_line = 1;
        for place in 0..self.numbers.len() {
            let number = self.numbers[place];
            let start = self.node(number).span.start_line;
            while let Some(&top) = open.last()
                && self.end_of(top) < start
            {
                next_line = self.give(top, next_line, self.end_of(top));
                open.pop();
            }
            if let Some(&top) = open.last() {
                next_line = self.give(top, next_line, start.saturating_sub(1));
            }
            open.push(number);
        }
        while let Some(top) = open.pop() {
            next_line = self.give(top, next_line, self.end_of(top));
        }
    }

    /// A module ends with its file, whatever its own span says.
    fn end_of(&self, number: u32) -> u32 {
        match self.node(number).kind {
            SymbolKind::Module => u32::MAX,
            _ => self.node(number).span.end_line,
        }
    }

    /// Gives the lines up to `end` to a definition, if any are left; returns the line after them.
    fn give(&mut self, number: u32, start: u32, end: u32) -> u32 {
        if start <= end {
            self.stretches.push(Stretch { start, end, number });
        }
        start.max(end.saturating_add(1))
    }

    /// Returns the definitions that some lines belong to, by number: the innermost, and the functions around it, which change with it.
    pub(super) fn touched_by(&self, ranges: &[LineRange]) -> BTreeMap<u32, Touched> {
        let mut touched: BTreeMap<u32, Touched> = BTreeMap::new();
        for range in ranges {
            if range.n_lines == 0 {
                self.touch(self.around_gap(range.start), false, &mut touched);
                continue;
            }
            let end = range.start.saturating_add(range.n_lines - 1);
            let first = self
                .stretches
                .partition_point(|stretch| stretch.end < range.start);
            let rest = self.stretches[first..].iter();
            for stretch in rest.take_while(|stretch| stretch.start <= end) {
                self.touch(Some(stretch.number), false, &mut touched);
            }
        }
        self.touch_declarations(ranges, &mut touched);
        touched
    }

    /// Marks the definitions that have a changed line from their begin to their name; also those whose lines all belong to what they hold.
    fn touch_declarations(&self, ranges: &[LineRange], touched: &mut BTreeMap<u32, Touched>) {
        let mut lines: Vec<&LineRange> = ranges.iter().filter(|range| range.n_lines > 0).collect();
        lines.sort_by_key(|range| range.start);
        for &number in &self.numbers {
            let node = self.node(number);
            if node.kind == SymbolKind::Module {
                continue;
            }
            let before = |range: &&LineRange| {
                range.start.saturating_add(range.n_lines) <= node.span.start_line
            };
            let place = lines.partition_point(before);
            let name_line = node.position.line.max(node.span.start_line);
            if lines
                .get(place)
                .is_some_and(|range| range.start <= name_line)
            {
                self.touch(Some(number), true, touched);
            }
        }
    }

    /// Returns the innermost definition that holds both a line and the next one.
    fn around_gap(&self, line: u32) -> Option<u32> {
        let place = self
            .stretches
            .partition_point(|stretch| stretch.end < line.max(1));
        let mut number = self.stretches.get(place)?.number;
        while self.end_of(number) <= line {
            number = self.parent(number)?;
        }
        Some(number)
    }

    fn parent(&self, number: u32) -> Option<u32> {
        let node = self.node(number);
        let id = store::SymbolId {
            file: node.id.file,
            symbol: node.parent?,
        };
        // What holds another stands before it, so that this comes to an end whatever a database says.
        self.graph.number(id).filter(|parent| *parent < number)
    }

    fn touch(
        &self,
        number: Option<u32>,
        is_declaration: bool,
        touched: &mut BTreeMap<u32, Touched>,
    ) {
        let Some(number) = number else { return };
        touched.entry(number).or_default().is_declaration |= is_declaration;
        let mut inner = number;
        while let Some(outer) = self.parent(inner) {
            if self.node(outer).kind.is_callable() {
                touched.entry(outer).or_default();
            }
            inner = outer;
        }
    }
}
