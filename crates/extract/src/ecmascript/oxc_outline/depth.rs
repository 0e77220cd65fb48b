//! Estimates, before parsing, how deep a text can make a recursive parser go.
//!
//! A lexer in name only: it knows strings, comments, templates and, by a rule of thumb, regular expressions. Its answer may be too
//! high, which costs the file the fast parser; it is too low only for text that was made to deceive it.

/// What can still pile up inside one open bracket.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators, calls and words without a separator between them: each may nest its neighbour.
    chain: u32,
    /// `else`, which nests all that precede it in a chain of `else if`.
    n_else: u32,
    /// JSX elements that are open.
    n_elements: u32,
    /// The bracket is `${` and its end continues a template.
    is_template: bool,
}

impl Level {
    fn depth(&self) -> u32 {
        self.chain + self.n_else + self.n_elements + 1
    }
}

/// Words after which an expression goes on, so that a newline does not end it.
const PREFIX_WORDS: [&str; 16] = [
    "typeof",
    "void",
    "delete",
    "await",
    "yield",
    "new",
    "keyof",
    "return",
    "throw",
    "in",
    "of",
    "instanceof",
    "else",
    "do",
    "extends",
    "readonly",
];

/// Returns whether `text` may nest deeper than `limit`.
pub(super) fn may_nest_deeper(text: &str, limit: u32) -> bool {
    // Each level of nesting takes a byte at least.
    text.len() > limit as usize && Scan::new(text).exceeds(limit)
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    level: Level,
    /// Levels around the current one, and the sum of their depths.
    outer: Vec<Level>,
    outer_depth: u32,
    /// The last token ends an operand, so that `/` divides and a newline may end the statement.
    after_operand: bool,
    newline_before: bool,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Scan<'a> {
        Scan {
            bytes: text.as_bytes(),
            at: 0,
            level: Level::default(),
            outer: Vec::new(),
            outer_depth: 0,
            after_operand: false,
            newline_before: false,
        }
    }

    fn exceeds(mut self, limit: u32) -> bool {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.token(byte);
            if self.outer_depth + self.level.depth() > limit {
                return true;
            }
        }
        false
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'\n' => self.newline_before = true,
            b' ' | b'\t' | b'\r' => {}
            b'"' | b'\'' => {
                self.skip_quoted(byte);
                self.after_operand = true;
            }
            b'`' => self.skip_template(),
            b'/' => return self.slash(),
            b'(' | b'[' | b'{' => self.open(false),
            b')' | b']' | b'}' => return self.close(),
            // Whatever piled up has ended; `else` and open elements have not.
            b';' | b',' => {
                self.level.chain = 0;
                self.after_operand = false;
            }
            b'<' => self.angle(),
            // The end of type arguments or of a JSX tag, unless it is an arrow's.
            b'>' if self.at > 0 && self.bytes[self.at - 1] != b'=' => {
                self.operator();
                self.after_operand = true;
            }
            _ if is_word(byte) => return self.word(),
            _ => self.operator(),
        }
        self.at += 1;
    }

    fn operator(&mut self) {
        self.level.chain += 1;
        self.after_operand = false;
        self.newline_before = false;
    }

    fn word(&mut self) {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(|byte| is_word(*byte)) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        // Semicolons are inserted here (ECMA-262, 12.10), at least where a word follows an operand.
        if self.after_operand && self.newline_before {
            self.level.chain = 0;
        }
        self.level.chain += 1;
        if word == b"else" {
            self.level.n_else += 1;
        }
        self.after_operand = !PREFIX_WORDS.iter().any(|prefix| prefix.as_bytes() == word);
        self.newline_before = false;
    }

    fn open(&mut self, is_template: bool) {
        // A call is a link of the chain around it.
        self.level.chain += 1;
        self.outer_depth += self.level.depth();
        self.outer.push(self.level);
        self.level = Level {
            is_template,
            ..Level::default()
        };
        self.after_operand = false;
        self.newline_before = false;
    }

    /// Unmatched closing brackets are ignored: the parser stops at them.
    fn close(&mut self) {
        self.at += 1;
        let was_template = self.level.is_template;
        if let Some(outer) = self.outer.pop() {
            self.outer_depth -= outer.depth();
            self.level = outer;
        }
        self.after_operand = true;
        self.newline_before = false;
        if was_template {
            // The template goes on behind the brace, which `skip_template` steps over.
            self.at -= 1;
            self.skip_template();
            self.at += 1;
        }
    }

    fn angle(&mut self) {
        match self.bytes.get(self.at + 1) {
            Some(b'/') => self.level.n_elements = self.level.n_elements.saturating_sub(1),
            // After an operand it compares or opens type arguments.
            Some(next) if !self.after_operand && (is_word(*next) || *next == b'>') => {
                self.level.n_elements += 1
            }
            _ => {}
        }
        self.operator();
    }

    fn slash(&mut self) {
        match self.bytes.get(self.at + 1) {
            Some(b'/') => self.at = self.find(b"\n", self.at),
            Some(b'*') => self.at = self.find(b"*/", self.at + 2) + 2,
            Some(b'>') => {
                self.level.n_elements = self.level.n_elements.saturating_sub(1);
                self.operator();
                self.at += 2;
            }
            // Behind an operand it divides; elsewhere it opens a regular expression, whose brackets
            // mean nothing.
            _ if self.after_operand => {
                self.operator();
                self.at += 1;
            }
            _ => {
                self.skip_regex();
                self.after_operand = true;
                self.at += 1;
            }
        }
    }

    fn find(&self, needle: &[u8], from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        rest.windows(needle.len())
            .position(|window| window == needle)
            .map_or(self.bytes.len(), |found| from + found)
    }

    /// Moves to the closing quote, or to the end of the line: JSX text has lone apostrophes.
    fn skip_quoted(&mut self, quote: u8) {
        let start = self.at;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                // Taken for an apostrophe, it hides nothing.
                b'\n' => return self.at = start,
                _ if byte == quote => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Moves to the closing backtick, or to the `{` of a substitution, which it opens.
    fn skip_template(&mut self) {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'`' => break,
                b'$' if self.bytes.get(self.at + 1) == Some(&b'{') => {
                    self.at += 1;
                    return self.open(true);
                }
                _ => {}
            }
            self.at += 1;
        }
        self.after_operand = true;
    }

    /// Moves to the closing slash; stays if the line ends first, for then it was none.
    fn skip_regex(&mut self) {
        let start = self.at;
        let mut in_class = false;
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => self.at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return,
                b'\n' => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at = start;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#' | b'@') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_seen_in_every_form() {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("a+", "a"),
            ("!", ""),
            ("a=>", "a"),
            ("a?b:", "c"),
            ("typeof ", "a"),
            ("typeof\n", "a"),
            ("if(a){}else ", ""),
            ("`${", "}`"),
            ("<a>", "</a>"),
            ("a.b().", ""),
            ("A<", ""),
            ("if(a) ", ""),
            ("a: ", ""),
        ] {
            let deep = format!("{}{}", open.repeat(1000), close.repeat(1000));
            assert!(may_nest_deeper(&deep, 500), "{open}");
        }
    }

    #[test]
    fn long_but_flat_text_is_not_deep() {
        for line in [
            "f(a, [b], {c: d})\n",
            "const a = b + c;\n",
            "x = \"((((\" + '[[[['\n",
            "y = /[(]\\(/.test(x) // (((\n",
            "z = `((( ${a} (((`\n",
            "/* ((( */ if (a) { b() }\n",
            "<p>don't {a}</p>,\n",
            "type A = Array<B<C>>\n",
            "{ a: b, c: d },\n",
        ] {
            assert!(!may_nest_deeper(&line.repeat(1000), 100), "{line}");
        }
    }
}
