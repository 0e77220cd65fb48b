//! Patterns with one `*`, found by what stands before it, so that a thousand patterns take a thousand imports no longer than ten do.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

/// Patterns that begin alike and are tried; of more, the first.
const ALIKE_MAX: usize = 64;

/// Patterns with what they stand for.
#[derive(Debug)]
pub(super) struct Prefixes<T> {
    by_prefix: FxHashMap<String, Vec<Pattern<T>>>,
    /// The lengths that prefixes have, longest first.
    lengths: Vec<usize>,
    /// Some were left out.
    pub(super) is_cut: bool,
}

#[derive(Debug)]
struct Pattern<T> {
    suffix: String,
    target: T,
}

impl<T> Prefixes<T> {
    /// Takes patterns as what stands before and behind their `*`.
    pub(super) fn new(patterns: impl IntoIterator<Item = (String, String, T)>) -> Prefixes<T> {
        let mut by_prefix: FxHashMap<String, Vec<Pattern<T>>> = FxHashMap::default();
        let mut is_cut = false;
        for (prefix, suffix, target) in patterns {
            let alike = by_prefix.entry(prefix).or_default();
            match alike.len() < ALIKE_MAX {
                true => alike.push(Pattern { suffix, target }),
                false => is_cut = true,
            }
        }
        let mut lengths: Vec<usize> = by_prefix.keys().map(String::len).collect();
        lengths.sort_unstable_by_key(|length| Reverse(*length));
        lengths.dedup();
        Prefixes {
            by_prefix,
            lengths,
            is_cut,
        }
    }

    /// Returns the patterns that match a key, those with the longest prefix first, with what their `*` stands for.
    pub(super) fn matching<'p, 'k>(
        &'p self,
        key: &'k str,
    ) -> impl Iterator<Item = (usize, &'k str, &'p T)> {
        let lengths = self.lengths.iter().copied();
        let halves = lengths.filter_map(|length| key.split_at_checked(length));
        halves.flat_map(move |(prefix, rest)| {
            let alike = self.by_prefix.get(prefix).into_iter().flatten();
            alike.filter_map(move |pattern| {
                let filling = rest.strip_suffix(pattern.suffix.as_str())?;
                Some((prefix.len(), filling, &pattern.target))
            })
        })
    }
}
