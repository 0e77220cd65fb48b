//! Classes and namespaces: a chunk that shows the whole without its members' bodies, and chunks for the members.

use std::ops::Range;

use domain::ChunkKind;

use super::owner::Owner;
use super::pieces::{Piece, Seam};
use super::{Chunker, Division, lexical, owner, plain, territory};
use crate::outline::{Item, Syntax};
use territory::Territory;

/// A member without a body in braces gets a chunk of its own from this many lines on.
const BODILESS_MIN_LINES: u32 = 3;

/// Longest rendered head of a member.
const MEMBER_HEAD_MAX_BYTES: usize = 400;

/// Makes the chunks of a class or namespace with members; returns whether `territory` is one.
pub(super) fn place(
    chunker: &mut Chunker<'_>,
    owner: &mut Owner,
    territory: &Territory<'_>,
    depth: usize,
) -> bool {
    let Territory { item, range } = territory;
    if !matches!(item.kind, ChunkKind::Class | ChunkKind::Namespace) {
        return false;
    }
    let is_whole = chunker.fits(owner, range);
    let head_end = territory::head_end(chunker.text, &item.children, range);
    let inner = territory::divide(chunker.text, &item.children, head_end..range.end);
    // Members with bodies always; other definitions only where the class does not fit whole.
    let has_own_chunk: Vec<bool> = inner
        .iter()
        .map(|member| is_member(chunker, member) || (!is_whole && chunker.has_own_chunk(member)))
        .collect();
    if !has_own_chunk.contains(&true) {
        return false;
    }
    let budget = chunker.part_budget(owner);
    let mut divisions = Vec::new();
    let mut cursor = head_end;
    chunker.divide_text(range.start..head_end, budget, Seam::Plain, &mut divisions);
    for (member, is_own) in inner.iter().zip(&has_own_chunk) {
        cursor = member.range.end;
        if *is_own {
            // A line for each member, so that the class can be read as a whole.
            divisions.push(Division::Piece(elided(chunker, member, budget)));
            continue;
        }
        let cost = chunker.measure.cost(member.range.clone(), budget);
        if cost <= budget {
            divisions.push(Division::Piece(plain(member.range.clone(), cost)));
        } else {
            chunker.divide(
                &member.item.children,
                member.range.clone(),
                budget,
                depth + 1,
                &mut divisions,
            );
        }
    }
    chunker.divide_text(cursor..range.end, budget, Seam::Closes, &mut divisions);
    push_in_turn(chunker, owner, divisions, budget, depth);
    for (member, _) in inner
        .iter()
        .zip(has_own_chunk)
        .filter(|(_, is_own)| *is_own)
    {
        chunker.place(member, depth + 1);
    }
    true
}

/// Pushes the skeleton's parts, and the chunks of definitions found deep inside its fields.
fn push_in_turn(
    chunker: &mut Chunker<'_>,
    owner: &mut Owner,
    divisions: Vec<Division<'_>>,
    budget: usize,
    depth: usize,
) {
    let mut run = Vec::new();
    for division in divisions {
        match division {
            Division::Piece(piece) => run.push(piece),
            Division::Own(inner) => {
                chunker.push_parts(owner, std::mem::take(&mut run), budget);
                chunker.place(&inner, depth + 1);
            }
        }
    }
    chunker.push_parts(owner, run, budget);
}

fn is_member(chunker: &Chunker<'_>, member: &Territory<'_>) -> bool {
    let is_code = matches!(
        member.item.kind,
        ChunkKind::Function | ChunkKind::Method | ChunkKind::Class | ChunkKind::Namespace
    );
    is_code
        && owner::symbol(chunker.symbols, member.item).is_some()
        && (body(chunker, member.item).is_some()
            || chunker.n_lines(&member.range) >= BODILESS_MIN_LINES)
}

/// Returns the piece that stands for a member: its head, without the comments in front and without its body.
fn elided(chunker: &Chunker<'_>, member: &Territory<'_>, budget: usize) -> Piece {
    let text = &chunker.text[..member.range.end];
    let code =
        member.range.start + lexical::skip_comments(&text[member.range.start..], chunker.syntax);
    let start = territory::line_indent_start(text, code).max(member.range.start);
    let body = body(chunker, member.item)
        .filter(|body| start <= body.start && !text[body.clone()].trim().is_empty());
    // The rendered text replaces the member's whole range: together, skeleton and members still
    // hold every line.
    let mut rendered = match body {
        Some(body) => format!("{} … {}", &text[start..body.start], &text[body.end..]),
        None if text[start..].trim_end().lines().count() < 2 => text[start..].to_owned(),
        None => first_line(&text[start..]),
    };
    if rendered.len() > MEMBER_HEAD_MAX_BYTES {
        rendered.truncate(rendered.floor_char_boundary(MEMBER_HEAD_MAX_BYTES));
        rendered.push_str(" …\n");
    }
    let mut cost = chunker.measure.count(&rendered);
    if cost > budget {
        // A head of hundreds of tokens; the member's own chunks show it.
        rendered = "…\n".to_owned();
        cost = chunker.measure.count(&rendered);
    }
    Piece {
        rendered: Some(rendered),
        ..plain(member.range.clone(), cost)
    }
}

fn first_line(text: &str) -> String {
    format!("{} …\n", text.lines().next().unwrap_or_default())
}

/// Returns the inside of a member's body, as far as the parser, braces or indentation tell.
fn body(chunker: &Chunker<'_>, item: &Item) -> Option<Range<usize>> {
    let text = chunker.text;
    if let Some((start, end)) = item.body {
        return Some(start as usize..end as usize);
    }
    let (start, end) = (item.start_byte as usize, item.end_byte as usize);
    if chunker.syntax == Syntax::Indented {
        let first = item.children.first()?.start_byte as usize;
        let head = text.get(start..first)?.trim_end();
        return Some(start + head.len()..end);
    }
    let (Some(first), Some(last)) = (item.children.first(), item.children.last()) else {
        let inside = lexical::last_braces(&text[start..end])?;
        return Some(start + inside.start..start + inside.end);
    };
    // Between the brace before the first member and the one behind the last; braces in a head, such
    // as those of a default, come earlier.
    let head = text.get(start..first.start_byte as usize)?;
    let tail = text.get(last.end_byte as usize..end)?;
    let open = start + lexical::last_open_brace(head)? + 1;
    let close = last.end_byte as usize + lexical::first_close_brace(tail)?;
    Some(open..close)
}
