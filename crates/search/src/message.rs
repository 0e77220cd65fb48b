//! Finds in a source the text that a message came from: the longest run of the question's words, through placeholders. Pure.

use std::collections::HashMap;

/// Words that a placeholder may have been filled with: a path has as many.
const FILLING_WORDS_MAX: usize = 12;

/// What an expression between two pieces of a text may have in bytes.
const EXPRESSION_BYTES_MAX: usize = 120;

/// What a word that stands in every sentence counts, where any other counts 1.
const COMMON_WORD: f64 = 0.3;

/// A text whose origin is looked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message {
    /// Its words, lower-cased, by their numbers in `numbers`.
    words: Vec<u32>,
    numbers: HashMap<String, u32>,
    /// What each of `words` counts.
    weights: Vec<f64>,
}

/// The longest run of a message's words in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Run {
    /// What its words count together.
    pub(crate) weight: f64,
    /// The share of the message that it explains, from 0 to 1; what stands in for a placeholder need not be explained.
    pub(crate) share: f64,
}

enum Piece<'t> {
    Word(&'t str),
    /// Where a value is filled in.
    Gap,
}

impl Message {
    /// Reads a message. Words of which `is_common` say little.
    pub(crate) fn read(text: &str, is_common: impl Fn(&str) -> bool) -> Message {
        let mut message = Message::default();
        for piece in Pieces::of(text) {
            let Piece::Word(word) = piece else { continue };
            let word = word.to_lowercase();
            message.weights.push(match is_common(&word) {
                true => COMMON_WORD,
                false => 1.0,
            });
            let next = message.numbers.len() as u32;
            let number = *message.numbers.entry(word).or_insert(next);
            message.words.push(number);
        }
        message
    }

    /// Returns the best run of the message in a source.
    pub(crate) fn run_in(&self, source: &str) -> Run {
        let n_words = self.words.len();
        let mut best = Run::default();
        let total: f64 = self.weights.iter().sum();
        // By the number of words of the message that a run ends with: what it counts, and what placeholders took.
        let mut ending = vec![(0.0, 0.0); n_words + 1];
        let mut is_clear = true;
        let mut spelling = String::new();
        for piece in Pieces::of(source) {
            match piece {
                Piece::Word(word) => {
                    spelling.clear();
                    spelling.extend(word.chars().flat_map(char::to_lowercase));
                    let number = self.numbers.get(spelling.as_str());
                    if number.is_none() && is_clear {
                        continue;
                    }
                    is_clear = number.is_none();
                    for end in (1..=n_words).rev() {
                        let (weight, filled) = ending[end - 1];
                        let word_weight = self.weights[end - 1];
                        ending[end] = match number == Some(&self.words[end - 1]) {
                            true => (weight + word_weight, filled),
                            false => (0.0, 0.0),
                        };
                    }
                    for (weight, filled) in &ending[1..] {
                        if *weight > best.weight {
                            let share = weight / (total - filled);
                            best = Run {
                                weight: *weight,
                                share,
                            };
                        }
                    }
                }
                Piece::Gap if !is_clear => self.fill(&mut ending),
                Piece::Gap => {}
            }
        }
        best
    }

    /// Lets a placeholder take words: a run may go on behind any few of them.
    fn fill(&self, ending: &mut [(f64, f64)]) {
        for end in (1..ending.len()).rev() {
            let mut taken = 0.0;
            for n_taken in 1..=FILLING_WORDS_MAX.min(end) {
                taken += self.weights[end - n_taken];
                let (weight, filled) = ending[end - n_taken];
                if weight > ending[end].0 {
                    ending[end] = (weight, filled + taken);
                }
            }
        }
    }
}

/// Takes `Error: `, `Uncaught (in promise) TypeError: `, `panic: ` and their like off a message.
pub(crate) fn without_prefix(text: &str) -> &str {
    let mut rest = text.trim_start();
    while let Some((front, after)) = rest.split_once(": ") {
        if !is_reporter(front) || after.trim().is_empty() {
            break;
        }
        rest = after.trim_start();
    }
    rest
}

/// Whether a text before a colon names a kind of error and nothing else.
fn is_reporter(front: &str) -> bool {
    const KINDS: &[&str] = &[
        "error",
        "exception",
        "warning",
        "panic",
        "fatal",
        "uncaught",
        "failure",
        "fault",
    ];
    const FILLING: &[&str] = &[
        "in",
        "promise",
        "unhandled",
        "rejection",
        "caused",
        "by",
        "fatal",
    ];
    let words = front.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')));
    let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    let mut has_kind = false;
    for word in words {
        let is_kind = KINDS.iter().any(|kind| word.ends_with(kind));
        has_kind |= is_kind;
        if !is_kind && !FILLING.contains(&word.as_str()) {
            return false;
        }
    }
    has_kind
}

/// Cuts a text into words and placeholders.
struct Pieces<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Pieces<'t> {
    fn of(text: &'t str) -> Pieces<'t> {
        Pieces { text, at: 0 }
    }

    /// Takes a placeholder or an expression between two pieces of text that begins with the byte `first`; returns whether there was one.
    fn take_gap(&mut self, first: u8) -> bool {
        let rest = &self.text[self.at..];
        let length = match first {
            b'$' | b'#' if rest[1..].starts_with('{') => {
                braces(&rest[1..]).map(|length| 1 + length)
            }
            b'{' => plain_braces(rest),
            b'\\' if rest[1..].starts_with('(') => rest.find(')').map(|end| end + 1),
            b'%' => directive(rest),
            b'"' | b'\'' | b'`' => joined(rest),
            _ => None,
        };
        self.at += length.unwrap_or(0);
        length.is_some()
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        let bytes = self.text.as_bytes();
        while let Some(&first) = bytes.get(self.at) {
            let is_word =
                |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
            if is_word(first) {
                let length = bytes[self.at..].iter().position(|byte| !is_word(*byte));
                let start = self.at;
                self.at = length.map_or(bytes.len(), |length| start + length);
                return Some(Piece::Word(&self.text[start..self.at]));
            }
            if matches!(
                first,
                b'$' | b'#' | b'{' | b'\\' | b'%' | b'"' | b'\'' | b'`'
            ) && self.take_gap(first)
            {
                return Some(Piece::Gap);
            }
            // The letter of an escape is no word.
            let is_escape =
                first == b'\\' && matches!(bytes.get(self.at + 1), Some(b'n' | b'r' | b't'));
            self.at += if is_escape { 2 } else { 1 };
        }
        None
    }
}

/// Returns the length of a text in braces, which may hold others.
fn braces(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, byte) in text.bytes().enumerate().take(4 * EXPRESSION_BYTES_MAX) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at + 1),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Returns the length of `{}`, `{0}`, `{name}`, `{name:?}` or `{{name}}`: braces without anything that code would have in them.
fn plain_braces(text: &str) -> Option<usize> {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || b"_.[]!:?#<>^{".contains(&byte);
    let end = 1 + text.bytes().skip(1).position(|byte| !is_inside(byte))?;
    (text.as_bytes()[end] == b'}').then_some(end + 1)
}

/// Returns the length of `%s`, `%d`, `%+v`, `%-10s`, `%.2f`, `%[1]d` or `%(name)s`.
fn directive(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 1;
    for (open, close) in [(b'(', b')'), (b'[', b']')] {
        if bytes.get(at) == Some(&open) {
            at += 1 + bytes[at..]
                .iter()
                .take(EXPRESSION_BYTES_MAX)
                .position(|byte| *byte == close)?;
        }
    }
    let is_flag = |byte: &u8| byte.is_ascii_digit() || b"-+#.*".contains(byte);
    at += bytes
        .get(at..)?
        .iter()
        .take_while(|byte| is_flag(byte))
        .count();
    let is_end = |byte: Option<&u8>| !byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_directive =
        bytes.get(at).is_some_and(u8::is_ascii_alphabetic) && is_end(bytes.get(at + 1));
    is_directive.then_some(at + 1)
}

/// Returns the length of `" + expression + "`, or of what else joins two texts.
fn joined(text: &str) -> Option<usize> {
    const JOINTS: &[u8] = b"+.,&<";
    let inside = &text[1..];
    let expression = inside.trim_start();
    if !JOINTS.contains(expression.as_bytes().first()?) {
        return None;
    }
    let is_end = |byte: u8| matches!(byte, b'"' | b'\'' | b'`' | b';' | b'{' | b'}');
    let mut bytes = inside.bytes().take(EXPRESSION_BYTES_MAX);
    let end = bytes.position(is_end)?;
    let is_text = matches!(inside.as_bytes()[end], b'"' | b'\'' | b'`');
    let last = inside[..end].trim_end().bytes().next_back()?;
    (is_text && JOINTS.contains(&last)).then_some(1 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(message: &str, source: &str) -> f64 {
        let is_common = |word: &str| matches!(word, "is" | "the" | "not" | "for");
        Message::read(without_prefix(message), is_common)
            .run_in(source)
            .share
    }

    #[test]
    fn messages_are_found_through_placeholders() {
        for (message, source) in [
            (
                "Error: Route /a/b not found",
                "throw new Error(`Route ${req.path} not found`)",
            ),
            (
                "Route GET:/a/b not found.",
                "`Route ${method}:${url ?? `${base}`} not found`",
            ),
            (
                "Route /a/b not found",
                "new Error('Route ' + path + ' not found')",
            ),
            (
                "Route /a/b not found",
                "createError('Route %s not found', 404)",
            ),
            (
                "Route /a/b not found",
                "fmt.Errorf(\"Route %+v not found\", r)",
            ),
            (
                "Route /a/b not found",
                "raise NotFound(f\"Route {self.path} not found\")",
            ),
            (
                "Route /a/b not found",
                "bail!(\"Route {path:?} not found\")",
            ),
            ("Route /a/b not found", "\"Route #{path} not found\""),
            ("Route /a/b not found", "\"Route \\(path) not found\""),
            ("Route /a/b not found", "\"Route %(path)s not found\" % x"),
            (
                "Uncaught (in promise) TypeError: Route x not found",
                "`Route ${x} not found`",
            ),
            (
                "It isn't \"there\" for x",
                "'It isn\\'t \"there\" for ' + x",
            ),
            (
                "Route %s not found",
                "createError('Route %s not found', 404)",
            ),
            ("one two\nthree", "'one two\\nthree'"),
            ("one two three four", "'one two ' +\n  'three four'"),
        ] {
            let share = share(message, source);
            assert!(
                (share - 1.0).abs() < 1e-9 || message.ends_with(" x"),
                "{share} {message:?} {source}"
            );
            assert!(share > 0.7, "{share} {message:?} {source}");
        }
    }

    #[test]
    fn other_texts_are_found_in_part_or_not() {
        assert_eq!(
            share("Route /a/b not found", "const found = route(not)"),
            1.0 / 4.3
        );
        assert_eq!(share("no word of it", "const x = 1"), 0.0);
        assert_eq!(share("", "const x = 1"), 0.0);
        assert!(share("where is the retry delay computed", "// the retry delay") < 0.8);
    }

    #[test]
    fn reporters_are_distinguished_from_messages() {
        for (text, rest) in [
            ("Error: x", "x"),
            ("Uncaught (in promise) TypeError: x", "x"),
            ("java.lang.IllegalStateException: x", "x"),
            ("Error: Error: x", "x"),
            ("[Vue warn]: x", "[Vue warn]: x"),
            ("Expected: x", "Expected: x"),
            ("Not an error: x", "Not an error: x"),
        ] {
            assert_eq!(without_prefix(text), rest);
        }
    }
}
