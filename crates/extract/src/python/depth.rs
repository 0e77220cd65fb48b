//! Estimates how deep a source nests before the parser, which recurses, is let near it.

/// Returns whether a parser could recurse deeper than `max`: an estimate that may be too high and never is too low.
pub(super) fn may_nest_deeper(text: &str, max: u32) -> bool {
    let mut nesting = Nesting::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let start = at;
        at += 1;
        match byte {
            b'#' => at = line_end(bytes, at),
            b'\'' | b'"' => {
                at = string_end(bytes, start);
                // Brackets in a formatted string may nest as expressions; counted as if none were
                // closed, so that the estimate is never too low.
                let openers = bytes[start..at]
                    .iter()
                    .filter(|byte| matches!(byte, b'{' | b'[' | b'('))
                    .count();
                // Only what is formatted has code in it.
                if is_formatted(bytes, start) && nesting.total() + openers as u32 > max {
                    return true;
                }
            }
            b'(' | b'[' | b'{' => nesting.open(),
            b')' | b']' | b'}' => nesting.close(),
            b',' | b';' | b':' => nesting.end(),
            // Inside of brackets neither lines nor indentation mean anything.
            b'\n' if nesting.outer.is_empty() => {
                nesting.end();
                let blank = bytes[at..]
                    .iter()
                    .take_while(|byte| matches!(byte, b' ' | b'\t'))
                    .count();
                nesting.indentation = blank as u32;
                at += blank;
            }
            b if b.is_ascii_whitespace() || b == b'\\' => {}
            b if is_word(b) => {
                while at < bytes.len() && is_word(bytes[at]) {
                    at += 1;
                }
                nesting.links += 1;
            }
            // Each operator, each word and each call of a chain can be a level of the tree.
            _ => nesting.links += 1,
        }
        if nesting.total() > max {
            return true;
        }
    }
    false
}

#[derive(Default)]
struct Nesting {
    indentation: u32,
    /// Words and operators since the last comma in each bracket around.
    outer: Vec<u32>,
    n_outer: u32,
    links: u32,
}

impl Nesting {
    fn total(&self) -> u32 {
        // A block is indented by one blank at least, so that the blanks in front bound the blocks
        // around.
        self.indentation + self.n_outer + self.outer.len() as u32 + self.links
    }

    fn open(&mut self) {
        self.n_outer += self.links;
        self.outer.push(self.links);
        self.links = 0;
    }

    fn close(&mut self) {
        if let Some(links) = self.outer.pop() {
            self.n_outer -= links;
            // What follows may go on from the bracket: `f(…)(…).g`.
            self.links = links + 1;
        }
    }

    fn end(&mut self) {
        self.links = 0;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn is_formatted(bytes: &[u8], quote: usize) -> bool {
    let prefix = bytes[..quote].iter().rev();
    prefix
        .take(3)
        .take_while(|byte| byte.is_ascii_alphabetic())
        .any(|byte| matches!(byte, b'f' | b'F' | b't' | b'T'))
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| from + length)
}

/// Returns where a string ends whose quote is at `start`; one of a single line ends with the line at the latest.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let is_long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if is_long { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            // An unclosed string must not swallow the file: the parser goes on with the next line,
            // too.
            b'\n' if !is_long => return at,
            byte if byte == quote && !is_long => return at + 1,
            byte if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_chains_and_blocks_nest_and_lists_do_not() {
        for (text, is_deep) in [
            ("(".repeat(101), true),
            ("not ".repeat(101) + "a", true),
            ("a.b".repeat(60), true),
            (format!("if a:\n{}b\n", " ".repeat(101)), true),
            (format!("f'{}'", "{".repeat(101)), true),
            ("x = [".to_owned() + &"a, ".repeat(1000) + "]", false),
            ("x = (".to_owned() + &"'a'\n".repeat(1000) + ")", false),
            (format!("# {}\n", "(".repeat(101)), false),
            (format!("'{}'\n", "(".repeat(101)), false),
            ("a.b(c)\n".repeat(1000), false),
            (")".repeat(101), false),
        ] {
            assert_eq!(may_nest_deeper(&text, 100), is_deep, "{text}");
        }
    }
}
