//! Row ids that say whose a row is: `file << 24 | position` for the chunks, symbols and references of a file.
//!
//! The rows of a file lie side by side in their order, and no index by file is needed.

use domain::RepoPath;

use crate::StoreError;

const POSITION_BITS: u32 = 24;
const MAX_ROWS: u32 = 1 << POSITION_BITS;

/// Fails when the positions of `n_rows` rows of one kind do not fit their ids.
pub(crate) fn check_fits(path: &RepoPath, n_rows: usize) -> Result<(), StoreError> {
    match n_rows <= MAX_ROWS as usize {
        true => Ok(()),
        false => Err(StoreError::TooManyRows {
            path: path.clone(),
            limit: MAX_ROWS,
        }),
    }
}

/// Returns how many rows of one kind a file has by its own word; nothing for a number that no file can have.
pub(crate) fn n_rows(stored: i64) -> Option<usize> {
    let number = usize::try_from(stored).ok()?;
    (number <= MAX_ROWS as usize).then_some(number)
}

/// Returns the id of a file's row at `position`, which [`check_fits`] has let pass.
pub(crate) fn row_id(file: i64, position: usize) -> i64 {
    (file << POSITION_BITS) | position as i64
}

/// Returns the first and the last id that rows of a file can have.
pub(crate) fn row_ids(file: i64) -> [i64; 2] {
    [row_id(file, 0), row_id(file, MAX_ROWS as usize - 1)]
}

/// Returns the file that a row belongs to.
pub(crate) fn file_of(row: i64) -> i64 {
    row >> POSITION_BITS
}

/// Returns a row's position within its file.
pub(crate) fn position_of(row: i64) -> u32 {
    (row & i64::from(MAX_ROWS - 1)) as u32
}
