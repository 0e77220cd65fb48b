//! Ranges of a text, by bytes and by lines.

use serde::{Deserialize, Serialize};

/// A range of a file's text: bytes half-open, lines 1-based and inclusive.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Span {
    /// Offset of the first byte, counted in the decoded text without its byte order mark.
    pub start_byte: u32,
    /// Offset after the last byte.
    pub end_byte: u32,
    /// Line of the first byte, 1-based.
    pub start_line: u32,
    /// Line of the last byte, 1-based.
    pub end_line: u32,
}

/// Lines of a file at most: far more than any that is indexed has, and few enough that some can be added.
const LINES_MAX: u32 = i32::MAX.cast_unsigned();

impl Span {
    /// Returns whether a file can have the range, so that its ends can be reckoned with.
    pub fn is_possible(&self) -> bool {
        self.start_byte <= self.end_byte
            && self.start_line <= self.end_line
            && self.end_line <= LINES_MAX
    }
}

/// A place in a file's text as editors and the TypeScript compiler count it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Position {
    /// Line, 1-based.
    pub line: u32,
    /// Column, 1-based, in UTF-16 code units.
    pub column: u32,
}

/// What the source says about a definition in passing.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Flags {
    /// Visible to other modules: exported by name, as default, or through `module.exports`.
    pub is_exported: bool,
    /// Declared `async`.
    pub is_async: bool,
    /// Declared `static`.
    pub is_static: bool,
    /// Stands in a test file or inside a test call (`describe`, `it`, `test`).
    pub is_test: bool,
}

/// Size and branching of a piece of code.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Complexity {
    /// McCabe's number: 1 + the decision points (`if`, loops, `case`, `catch`, `?:`, `&&`, `||`, `??`).
    pub cyclomatic: u32,
    /// Cognitive complexity after G. A. Campbell (SonarSource, 2018): breaks in linear flow, weighted by nesting.
    pub cognitive: u32,
    /// Lines that hold code: neither blank nor only comment.
    pub n_code_lines: u32,
}
