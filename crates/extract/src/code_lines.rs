//! Lines that hold code.

use crate::text::LineIndex;

/// How many lines hold code, up to each line.
#[derive(Debug)]
pub(crate) struct CodeLines {
    /// By line: the number of code lines up to and including it; the first entry stands before line 1.
    n_until: Vec<u32>,
}

impl CodeLines {
    /// Counts lines with anything but space outside of `comments`, which are byte ranges in source order.
    pub(crate) fn new(lines: &LineIndex, comments: &[(u32, u32)]) -> CodeLines {
        let mut n_until = Vec::with_capacity(lines.n_lines() as usize + 1);
        n_until.push(0);
        let mut n_code = 0;
        let mut comments = comments.iter().copied().peekable();
        for line in 1..=lines.n_lines() {
            let (mut at, end) = (lines.line_start(line), lines.line_start(line + 1));
            let mut has_code = false;
            while at < end {
                // A comment may end in the middle of a line with code behind it, and several may
                // share a line.
                while comments
                    .next_if(|(_, comment_end)| *comment_end <= at)
                    .is_some()
                {}
                let (start, comment_end) = comments.peek().copied().unwrap_or((end, end));
                let code_end = start.clamp(at, end);
                has_code |= !lines.text()[at as usize..code_end as usize]
                    .trim_ascii()
                    .is_empty();
                at = if code_end < end {
                    comment_end.min(end)
                } else {
                    end
                };
            }
            n_code += u32::from(has_code);
            n_until.push(n_code);
        }
        CodeLines { n_until }
    }

    /// Returns the number of code lines from `first` to `last`, both 1-based and included.
    pub(crate) fn count(&self, first: u32, last: u32) -> u32 {
        let until = |line: u32| self.n_until[(line as usize).min(self.n_until.len() - 1)];
        until(last).saturating_sub(until(first.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_comment_lines_hold_no_code() {
        let text = "// a\nlet b /* c\n d */ = 1\n\n/* e\n\n f */\ng() // h\n";
        let range = |open: &str, close: &str| {
            let start = text.find(open).unwrap();
            let end = start + text[start..].find(close).unwrap() + close.len();
            (start as u32, end as u32)
        };
        let comments = [
            range("// a", "a"),
            range("/* c", "*/"),
            range("/* e", "*/"),
            range("// h", "h"),
        ];
        let code_lines = CodeLines::new(&LineIndex::new(text), &comments);
        assert_eq!(code_lines.count(1, 8), 3);
        assert_eq!(code_lines.count(1, 1), 0);
        assert_eq!(code_lines.count(2, 3), 2);
        assert_eq!(code_lines.count(4, 7), 0);
    }
}
