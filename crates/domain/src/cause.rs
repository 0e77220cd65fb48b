//! An error with its causes, as one line.

use std::error::Error;

/// Returns an error and its causes on one line, for places that have room for a text and not for a chain.
pub fn one_line(error: &dyn Error) -> String {
    // Dereferenced by hand: on a reference to a reference, `source` would borrow for too short.
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    let mut texts: Vec<String> = std::iter::once(error.to_string())
        .chain(causes.map(ToString::to_string))
        .collect();
    texts.dedup();
    texts.join(": ")
}
