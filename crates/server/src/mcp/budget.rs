//! Keeps texts within a number of tokens, without a tokenizer. Pure.

/// Bytes of code that make a token, on the careful side: models differ, and most code has more.
const BYTES_PER_TOKEN: usize = 3;

/// As long as a note that lines were left out can be.
const NOTE_BYTES: usize = 32;

/// Bytes that are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    n_bytes: usize,
}

impl Budget {
    pub(crate) fn of_tokens(n_tokens: usize) -> Budget {
        Budget {
            n_bytes: n_tokens.saturating_mul(BYTES_PER_TOKEN),
        }
    }

    /// Sets a share aside, in hundredths.
    pub(crate) fn share(self, percent: usize) -> Budget {
        Budget {
            n_bytes: self.n_bytes / 100 * percent,
        }
    }

    pub(crate) fn spend(&mut self, text: &str) {
        self.n_bytes = self.n_bytes.saturating_sub(text.len());
    }

    /// Whether there is room for a title and a note under it.
    pub(crate) fn has_room_under(&self, title: &str) -> bool {
        title.len() + NOTE_BYTES <= self.n_bytes
    }

    /// Whether so many bytes are left.
    pub(crate) fn has_bytes(&self, n_bytes: usize) -> bool {
        n_bytes <= self.n_bytes
    }

    /// Returns the whole lines of `text` that there is room for, and how many are left out; then with room for a note that says so.
    pub(crate) fn fit<'t>(&self, text: &'t str) -> (&'t str, usize) {
        if text.len() <= self.n_bytes {
            return (text, 0);
        }
        let room = text.floor_char_boundary(self.n_bytes.saturating_sub(NOTE_BYTES));
        let end = text[..room].rfind('\n').map_or(0, |end| end + 1);
        (&text[..end], text[end..].lines().count())
    }

    /// Returns how many of the first lines there is room for, each with its end; where not for all, then with room for a note that says so.
    pub(crate) fn n_fitting(&self, lines: &[String]) -> usize {
        let with_end = |line: &String| line.len() + 1;
        if lines.iter().map(with_end).sum::<usize>() <= self.n_bytes {
            return lines.len();
        }
        let room = self.n_bytes.saturating_sub(NOTE_BYTES);
        let ends = lines.iter().scan(0, |end, line| {
            *end += with_end(line);
            Some(*end)
        });
        ends.take_while(|end| *end <= room).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_lines() {
        let budget = Budget::of_tokens(14);
        let long = "a line that is longer than all there is room for\n";
        assert_eq!(budget.fit("short\n"), ("short\n", 0));
        assert_eq!(budget.fit(&format!("one\ntwo\n{long}")), ("one\ntwo\n", 1));
        assert_eq!(budget.fit(long), ("", 1));
        let lines = ["one", "two", long].map(str::to_owned);
        assert_eq!(budget.n_fitting(&lines[..2]), 2);
        assert_eq!(budget.n_fitting(&lines), 2);
    }
}
