//! Keeps texts within a number of tokens, without a tokenizer. Pure.

/// Bytes of code that make a token, on the careful side: models differ, and most code has more.
const BYTES_A_TOKEN: usize = 3;

/// Bytes that are left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    n_bytes: usize,
}

impl Budget {
    pub(crate) fn of_tokens(n_tokens: usize) -> Budget {
        Budget {
            n_bytes: n_tokens.saturating_mul(BYTES_A_TOKEN),
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

    /// Returns the whole lines of `text` that there is room for, and how many are left out.
    pub(crate) fn fit<'t>(&self, text: &'t str) -> (&'t str, usize) {
        if text.len() <= self.n_bytes {
            return (text, 0);
        }
        let room = text.floor_char_boundary(self.n_bytes);
        let end = text[..room].rfind('\n').map_or(0, |end| end + 1);
        (&text[..end], text[end..].lines().count())
    }

    /// Returns the first lines that there is room for, and how many are left out.
    pub(crate) fn fit_lines(&self, lines: Vec<String>) -> (Vec<String>, usize) {
        let mut left = self.n_bytes;
        let mut kept = Vec::new();
        let n_lines = lines.len();
        for line in lines {
            if line.len() >= left {
                break;
            }
            left -= line.len() + 1;
            kept.push(line);
        }
        let n_cut = n_lines - kept.len();
        (kept, n_cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_lines() {
        let budget = Budget::of_tokens(3);
        assert_eq!(budget.fit("short\n"), ("short\n", 0));
        assert_eq!(budget.fit("one\ntwo\nthree\n"), ("one\ntwo\n", 1));
        assert_eq!(budget.fit("a long first line\n"), ("", 1));
        let (kept, n_cut) = budget.fit_lines(vec!["one".into(), "two".into(), "three".into()]);
        assert_eq!((kept.len(), n_cut), (2, 1));
    }
}
