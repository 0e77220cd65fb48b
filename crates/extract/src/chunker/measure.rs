//! Counts tokens of stretches of one text without counting the same bytes twice.
//!
//! The text is divided into units: lines, and short stretches of very long lines. A unit is counted when it is first asked
//! for. Units end where a tokenizer divides words anyhow, so that the sum over units bounds the count of the whole from above.

use std::ops::Range;

use crate::text::LineIndex;

/// Longest unit. Words of a tokenizer are far shorter, and a unit costs at most as many tokens as bytes.
const UNIT_MAX_BYTES: usize = 200;

const NOT_COUNTED: u32 = u32::MAX;

pub(super) struct Measure<'a> {
    text: &'a str,
    count_tokens: &'a dyn Fn(&str) -> usize,
    /// Tokens that the counter adds to every input.
    pub(super) n_added: usize,
    /// Ends of the units, ascending; the last is the text's length.
    unit_ends: Vec<u32>,
    unit_costs: Vec<u32>,
}

impl<'a> Measure<'a> {
    pub(super) fn new(
        index: &LineIndex<'a>,
        count_tokens: &'a dyn Fn(&str) -> usize,
    ) -> Measure<'a> {
        let text = index.text();
        let mut unit_ends = Vec::with_capacity(index.n_lines() as usize);
        for line in 1..=index.n_lines() {
            let mut start = index.line_start(line) as usize;
            let end = index.line_start(line + 1) as usize;
            while end - start > UNIT_MAX_BYTES {
                start += cut_within(&text[start..end]);
                unit_ends.push(start as u32);
            }
            unit_ends.push(end as u32);
        }
        Measure {
            text,
            count_tokens,
            // Models put marks around every input; counted once per chunk, not once per unit.
            n_added: count_tokens(""),
            unit_costs: vec![NOT_COUNTED; unit_ends.len()],
            unit_ends,
        }
    }

    /// Returns the tokens of `text` without those that every input gets.
    pub(super) fn count(&self, text: &str) -> usize {
        if text.is_empty() {
            return 0;
        }
        (self.count_tokens)(text).saturating_sub(self.n_added)
    }

    /// Returns an upper bound of the tokens in `range`, or some number over `limit` as soon as it is passed.
    pub(super) fn cost(&mut self, range: Range<usize>, limit: usize) -> usize {
        let mut cost = 0;
        let mut start = range.start;
        let mut unit = self.unit_at(start);
        // Callers only ask whether something fits: a file of a megabyte is not counted to learn
        // that it does not.
        while start < range.end && cost <= limit {
            let end = (self.unit_ends[unit] as usize).min(range.end);
            cost += self.unit_part_cost(unit, start..end);
            start = end;
            unit += 1;
        }
        cost
    }

    /// Returns the units in `range`, the first and last of them cut to it.
    pub(super) fn units(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let mut start = range.start;
        self.unit_ends[self.unit_at(start).min(self.unit_ends.len())..]
            .iter()
            .map(|end| (*end as usize).min(range.end))
            .map_while(|end| (start < range.end).then(|| std::mem::replace(&mut start, end)..end))
            .collect()
    }

    fn unit_at(&self, offset: usize) -> usize {
        self.unit_ends
            .partition_point(|end| *end as usize <= offset)
    }

    fn unit_part_cost(&mut self, unit: usize, range: Range<usize>) -> usize {
        let unit_start = match unit {
            0 => 0,
            _ => self.unit_ends[unit - 1] as usize,
        };
        let unit_range = unit_start..self.unit_ends[unit] as usize;
        // Not kept: a part of a unit is asked for once, where a range begins or ends within a line.
        if range != unit_range {
            return self.count(&self.text[range]);
        }
        if self.unit_costs[unit] == NOT_COUNTED {
            self.unit_costs[unit] = self.count(&self.text[unit_range]) as u32;
        }
        self.unit_costs[unit] as usize
    }
}

/// Returns where to cut a text that is longer than a unit: behind white space, else behind punctuation, else between
/// characters.
fn cut_within(text: &str) -> usize {
    let most = text.floor_char_boundary(UNIT_MAX_BYTES);
    let window = &text.as_bytes()[UNIT_MAX_BYTES / 2..most];
    let behind = |wanted: fn(&u8) -> bool| {
        window
            .iter()
            .rposition(wanted)
            .map(|position| UNIT_MAX_BYTES / 2 + position + 1)
    };
    behind(u8::is_ascii_whitespace)
        .or_else(|| behind(u8::is_ascii_punctuation))
        .unwrap_or(most)
}
