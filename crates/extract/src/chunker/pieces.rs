//! Stretches of text that are not divided further, and their packing into parts.

use std::ops::Range;

/// A stretch of the text and what it costs.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    /// Shown instead of the exact text, such as a method without its body.
    pub(super) rendered: Option<String>,
    /// Upper bound of its tokens.
    pub(super) cost: usize,
    pub(super) seam: Seam,
}

/// Whether a piece is a good one to begin a part with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seam {
    /// Like any other.
    Plain,
    /// It begins something that is longer than a part.
    Opens,
    /// It closes something, and means nothing alone.
    Closes,
}

/// Packs neighbouring pieces into parts, each as large as fits.
pub(super) fn pack(pieces: Vec<Piece>, budget: usize) -> Vec<Vec<Piece>> {
    // Kept back for closing brackets, which would make silly parts of their own.
    let limit = budget - (budget / 16).min(8);
    let mut parts: Vec<Vec<Piece>> = Vec::new();
    let mut part_cost = 0;
    for piece in pieces {
        let fits = match piece.seam {
            Seam::Plain => part_cost + piece.cost <= limit,
            Seam::Opens => part_cost <= limit / 2 && part_cost + piece.cost <= limit,
            Seam::Closes => part_cost + piece.cost <= budget,
        };
        match parts.last_mut() {
            Some(part) if fits => {
                part_cost += piece.cost;
                part.push(piece);
            }
            _ => {
                part_cost = piece.cost;
                parts.push(vec![piece]);
            }
        }
    }
    parts
}

/// Returns the text of a part: exact, unless some of its pieces are shown otherwise.
pub(super) fn source(text: &str, part: &[Piece]) -> String {
    part.iter()
        .map(|piece| match &piece.rendered {
            Some(rendered) => rendered.as_str(),
            None => &text[piece.range.clone()],
        })
        .collect()
}
