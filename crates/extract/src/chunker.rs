//! Cuts an outlined file into chunks that fit the model.
//!
//! Pure: outline, text and settings in, chunks out. Every byte that is not white space lies in a chunk, whatever the outline
//! says; an outline that is wrong gives odd chunks, never missing lines. Start at [`chunk`].

mod groups;
mod lexical;
mod measure;
mod owner;
mod pieces;
mod skeleton;
mod territory;

use std::ops::Range;

use domain::{Chunk, ChunkKind, RepoPath, Symbol};

use crate::ExtractSettings;
use crate::outline::{Item, Outline, Syntax};
use crate::text::LineIndex;
use measure::Measure;
use owner::Owner;
use pieces::{Piece, Seam};
use territory::Territory;

/// Items nested deeper are not looked into: recursion stays shallow, and nobody reads that deep.
const NESTING_MAX: usize = 64;

/// Room that is left for source even when path and scope fill the window.
const BUDGET_MIN_TOKENS: usize = 16;

/// A definition inside a long one gets a chunk of its own from this many lines on.
const OWN_CHUNK_MIN_LINES: u32 = 4;

/// Statements between two inner definitions that are shorter go with the following one.
const LEFTOVER_MAX_BYTES: usize = 120;

/// Returns the chunks of a file in order of their first byte, an enclosing one before what it encloses.
pub(crate) fn chunk(
    path: &RepoPath,
    index: &LineIndex<'_>,
    outline: &Outline,
    is_test: bool,
    settings: &ExtractSettings<'_>,
) -> Vec<Chunk> {
    if index.text().trim().is_empty() {
        return Vec::new();
    }
    let mut chunker = Chunker {
        path,
        text: index.text(),
        index,
        syntax: Syntax::of(outline.parser),
        symbols: &outline.symbols,
        measure: Measure::new(index, settings.count_tokens),
        max_tokens: settings.max_tokens,
        path_cost: None,
        is_test,
        chunks: Vec::new(),
    };
    groups::place_all(&mut chunker, outline);
    let mut chunks = chunker.chunks;
    chunks.sort_by_key(|chunk| {
        (
            chunk.span.start_byte,
            std::cmp::Reverse(chunk.span.end_byte),
        )
    });
    chunks
}

struct Chunker<'a> {
    path: &'a RepoPath,
    text: &'a str,
    index: &'a LineIndex<'a>,
    syntax: Syntax,
    symbols: &'a [Symbol],
    measure: Measure<'a>,
    max_tokens: usize,
    path_cost: Option<usize>,
    is_test: bool,
    chunks: Vec<Chunk>,
}

/// What a long item falls into.
enum Division<'t> {
    Piece(Piece),
    /// An inner definition that gets chunks of its own.
    Own(Territory<'t>),
}

impl Chunker<'_> {
    /// Makes the chunks of one item and its text.
    fn place(&mut self, territory: &Territory<'_>, depth: usize) {
        let Territory { item, range } = territory;
        let mut owner = self.owner(item, range);
        // Asked even of a class that fits whole: its methods are found by their own chunks.
        if depth < NESTING_MAX && skeleton::place(self, &mut owner, territory, depth) {
            return;
        }
        if self.fits(&owner, range) {
            self.push(&mut owner, range.clone(), None);
        } else {
            self.split(&mut owner, territory, depth);
        }
    }

    /// Makes parts, and chunks of their own for the longer definitions inside.
    fn split(&mut self, owner: &mut Owner, territory: &Territory<'_>, depth: usize) {
        let budget = self.part_budget(owner);
        let mut divisions = Vec::new();
        self.divide(
            &territory.item.children,
            territory.range.clone(),
            budget,
            depth,
            &mut divisions,
        );
        let mut run: Vec<Piece> = Vec::new();
        let mut owned: Vec<Territory<'_>> = Vec::new();
        for division in divisions {
            match division {
                Division::Piece(piece) => run.push(piece),
                Division::Own(mut inner) => {
                    let run = std::mem::take(&mut run);
                    match run.first() {
                        // What is in front of the first inner definition is the head of the whole,
                        // and stays its own part however short it is.
                        Some(first) if !owned.is_empty() && self.is_leftover(&run) => {
                            inner.range.start = first.range.start;
                        }
                        _ => self.push_parts(owner, run, budget),
                    }
                    owned.push(inner);
                }
            }
        }
        match (owned.last_mut(), run.last()) {
            (Some(inner), Some(last)) if self.is_leftover(&run) => inner.range.end = last.range.end,
            _ => self.push_parts(owner, run, budget),
        }
        for inner in owned {
            self.place(&inner, depth + 1);
        }
    }

    /// Divides `range`, whose items are `children`, into pieces that fit.
    fn divide<'t>(
        &mut self,
        children: &'t [Item],
        range: Range<usize>,
        budget: usize,
        depth: usize,
        divisions: &mut Vec<Division<'t>>,
    ) {
        let head_end = territory::head_end(self.text, children, &range);
        if depth >= NESTING_MAX || head_end == range.end {
            return self.divide_lines(range, budget, divisions);
        }
        // A head is better with what follows than at the end of the part before.
        self.divide_text(range.start..head_end, budget, Seam::Opens, divisions);
        let mut cursor = head_end;
        for inner in territory::divide(self.text, children, head_end..range.end) {
            cursor = inner.range.end;
            if self.has_own_chunk(&inner) {
                divisions.push(Division::Own(inner));
                continue;
            }
            let cost = self.measure.cost(inner.range.clone(), budget);
            if cost <= budget {
                divisions.push(Division::Piece(plain(inner.range, cost)));
            } else {
                self.divide(
                    &inner.item.children,
                    inner.range,
                    budget,
                    depth + 1,
                    divisions,
                );
            }
        }
        // Brackets alone would be a chunk that says nothing.
        self.divide_text(cursor..range.end, budget, Seam::Closes, divisions);
    }

    /// Divides text without items: one piece if it fits, else lines.
    fn divide_text(
        &mut self,
        range: Range<usize>,
        budget: usize,
        seam: Seam,
        divisions: &mut Vec<Division<'_>>,
    ) {
        let cost = self.measure.cost(range.clone(), budget);
        if cost > budget {
            return self.divide_lines(range, budget, divisions);
        }
        if !range.is_empty() {
            divisions.push(Division::Piece(Piece {
                seam,
                ..plain(range, cost)
            }));
        }
    }

    /// Divides text at line ends, and lines that are too long within.
    fn divide_lines(
        &mut self,
        range: Range<usize>,
        budget: usize,
        divisions: &mut Vec<Division<'_>>,
    ) {
        let mut line: Vec<Piece> = Vec::new();
        let mut line_cost = 0;
        for unit in self.measure.units(range) {
            let cost = self.measure.cost(unit.clone(), usize::MAX);
            let ends_line = self.text[unit.clone()].ends_with('\n');
            line_cost += cost;
            self.divide_unit(unit, cost, budget, &mut line);
            if ends_line {
                flush_line(&mut line, line_cost, budget, divisions);
                line_cost = 0;
            }
        }
        flush_line(&mut line, line_cost, budget, divisions);
    }

    /// Halves a unit until it fits; only windows smaller than a unit need it.
    fn divide_unit(
        &mut self,
        unit: Range<usize>,
        cost: usize,
        budget: usize,
        pieces: &mut Vec<Piece>,
    ) {
        let middle = self.text.floor_char_boundary(unit.start + unit.len() / 2);
        // One character that is dearer than the window cannot be halved.
        if cost <= budget || middle == unit.start {
            return pieces.push(plain(unit, cost));
        }
        for half in [unit.start..middle, middle..unit.end] {
            let cost = self.measure.count(&self.text[half.clone()]);
            self.divide_unit(half, cost, budget, pieces);
        }
    }

    fn has_own_chunk(&self, inner: &Territory<'_>) -> bool {
        let is_definition = matches!(
            inner.item.kind,
            ChunkKind::Function
                | ChunkKind::Method
                | ChunkKind::Class
                | ChunkKind::Interface
                | ChunkKind::Type
                | ChunkKind::Enum
                | ChunkKind::Namespace
        );
        // A short helper is read best where it stands.
        is_definition
            && owner::symbol(self.symbols, inner.item).is_some()
            && self.n_lines(&inner.range) >= OWN_CHUNK_MIN_LINES
    }

    /// Text that is too little to stand alone.
    fn is_leftover(&self, run: &[Piece]) -> bool {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return false;
        };
        let text = self.text[first.range.start..last.range.end].trim();
        text.len() <= LEFTOVER_MAX_BYTES && text.lines().count() < 3
    }

    fn push_parts(&mut self, owner: &mut Owner, run: Vec<Piece>, budget: usize) {
        for part in pieces::pack(run, budget) {
            let (Some(first), Some(last)) = (part.first(), part.last()) else {
                continue;
            };
            let range = first.range.start..last.range.end;
            let is_exact = part.iter().all(|piece| piece.rendered.is_none());
            let rendered = (!is_exact).then(|| pieces::source(self.text, &part));
            self.push(owner, range, rendered);
        }
    }

    /// Appends a chunk, unless there is nothing but white space in it.
    fn push(&mut self, owner: &mut Owner, range: Range<usize>, rendered: Option<String>) {
        let Some(range) = self.trim(range) else {
            return;
        };
        // Without line ends in front, but with the indentation of the first line, as an exact chunk
        // has it.
        let source = match rendered {
            Some(rendered) => rendered
                .trim_end()
                .trim_start_matches(['\r', '\n'])
                .to_owned(),
            None => self.text[range.clone()].to_owned(),
        };
        let mut chunk = owner.next_part(self, &source);
        chunk.span = self.index.span(range.start as u32, range.end as u32);
        chunk.source = source;
        self.chunks.push(chunk);
    }

    /// Takes white space from both ends, but leaves the first line's indentation.
    fn trim(&self, range: Range<usize>) -> Option<Range<usize>> {
        let text = &self.text[range.clone()];
        let length = text.trim_end().len();
        let blank = text.len() - text.trim_start().len();
        if length == 0 {
            return None;
        }
        let start = territory::line_indent_start(self.text, range.start + blank);
        Some(start.max(range.start)..range.start + length)
    }

    fn n_lines(&self, range: &Range<usize>) -> u32 {
        self.trim(range.clone()).map_or(0, |range| {
            let span = self.index.span(range.start as u32, range.end as u32);
            span.end_line - span.start_line + 1
        })
    }
}

fn plain(range: Range<usize>, cost: usize) -> Piece {
    Piece {
        range,
        rendered: None,
        cost,
        seam: Seam::Plain,
    }
}

/// Passes a line on: whole if it fits, else as the units it was cut into.
fn flush_line(
    line: &mut Vec<Piece>,
    cost: usize,
    budget: usize,
    divisions: &mut Vec<Division<'_>>,
) {
    let units = std::mem::take(line);
    match (units.first(), units.last()) {
        (Some(first), Some(last)) if cost <= budget => {
            let range = first.range.start..last.range.end;
            divisions.push(Division::Piece(plain(range, cost)));
        }
        _ => divisions.extend(units.into_iter().map(Division::Piece)),
    }
}
