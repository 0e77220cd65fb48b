//! Source in colours.
//!
//! By its letters alone: comments, texts, numbers and words of the language, in one pass whose time grows with the length. The grammars that
//! are linked would tell more, but they are C that reads what strangers wrote, and run in confined workers only; a process for every page
//! would cost more time than the page. What a grammar knows that matters here, which name means which definition, is in the index already
//! and comes in as links.

mod syntax;

use domain::Language;
use maud::{Markup, PreEscaped, Render};

use super::shown;
use syntax::{Syntax, Text};

/// Longer texts stay without colours.
const PAINTED_BYTES_MAX: usize = 1 << 20;

/// Words of a question that are marked, at most, and the letters that each has at least.
const MAX_MARKS: usize = 12;
const MARK_LETTERS_MIN: usize = 3;

/// A name that leads somewhere, by its place in the text.
pub(super) struct Link {
    /// First byte.
    pub(super) start: usize,
    /// Where it leads.
    pub(super) address: String,
    /// What is there.
    pub(super) title: String,
}

/// Words to mark wherever they stand.
#[derive(Default)]
pub(super) struct Marks {
    words: Vec<String>,
}

impl Marks {
    /// Takes the words of a question.
    pub(super) fn of(question: &str) -> Marks {
        let words = question.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
        let words = words.filter(|word| word.len() >= MARK_LETTERS_MIN);
        let mut words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.dedup();
        words.truncate(MAX_MARKS);
        Marks { words }
    }

    /// Returns the first word in a text: where it begins and ends.
    fn first_in(&self, lowered: &str) -> Option<(usize, usize)> {
        let found = self.words.iter().filter_map(|word| {
            let start = lowered.find(word.as_str())?;
            Some((start, start + word.len()))
        });
        found.min_by_key(|(start, end)| (*start, std::cmp::Reverse(*end)))
    }
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Plain,
    Comment,
    Text,
    Number,
    Keyword,
    Call,
    Type,
}

impl Class {
    fn name(self) -> Option<&'static str> {
        match self {
            Class::Plain => None,
            Class::Comment => Some("c"),
            Class::Text => Some("s"),
            Class::Number => Some("n"),
            Class::Keyword => Some("k"),
            Class::Call => Some("f"),
            Class::Type => Some("t"),
        }
    }
}

/// Paints text of one language.
pub(super) struct Painter {
    syntax: &'static Syntax,
}

impl Painter {
    pub(super) fn new(language: Language) -> Painter {
        Painter {
            syntax: syntax::of(language),
        }
    }

    /// Returns each line of a text, with `links`, which are in order, and marks.
    pub(super) fn lines(&self, text: &str, links: &[Link], marks: &Marks) -> Vec<Markup> {
        let mut page = Page {
            lines: vec![String::new()],
            links: links.iter().peekable(),
            marks,
        };
        if text.len() > PAINTED_BYTES_MAX {
            page.add(0, text, Class::Plain);
        } else {
            let mut start = 0;
            while start < text.len() {
                let (n_bytes, class) = self.next(&text[start..]);
                page.add(start, &text[start..start + n_bytes], class);
                start += n_bytes;
            }
        }
        page.lines.into_iter().map(PreEscaped).collect()
    }

    /// Returns the length of what a text begins with, at least 1 byte, and what it is.
    fn next(&self, text: &str) -> (usize, Class) {
        if let Some(n_bytes) = self.comment(text) {
            return (n_bytes, Class::Comment);
        }
        if let Some(n_bytes) = self.text(text) {
            return (n_bytes, Class::Text);
        }
        let Some(first) = text.chars().next() else {
            return (1, Class::Plain);
        };
        let while_in = |is_in: fn(char) -> bool| text.find(|c| !is_in(c)).unwrap_or(text.len());
        if first.is_ascii_digit() {
            let n_bytes = while_in(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_'));
            return (n_bytes, Class::Number);
        }
        if is_of_word(first) {
            let n_bytes = while_in(is_of_word);
            return (n_bytes, self.word(&text[..n_bytes], &text[n_bytes..]));
        }
        (first.len_utf8(), Class::Plain)
    }

    fn comment(&self, text: &str) -> Option<usize> {
        let mut lines = self.syntax.line_comments.iter();
        if lines.any(|start| text.starts_with(start)) {
            return Some(text.find('\n').unwrap_or(text.len()));
        }
        let mut blocks = self.syntax.block_comments.iter();
        let (start, end) = blocks.find(|(start, _)| text.starts_with(start))?;
        let inside = &text[start.len()..];
        let length = inside.find(end).map(|at| start.len() + at + end.len());
        Some(length.unwrap_or(text.len()))
    }

    fn text(&self, text: &str) -> Option<usize> {
        if let Some(n_bytes) = letter(text).filter(|_| self.syntax.has_letters) {
            return Some(n_bytes);
        }
        let mut texts = self.syntax.texts.iter();
        let kind = texts.find(|kind| text.starts_with(kind.quote))?;
        Some(end_of_text(text, kind))
    }

    fn word(&self, word: &str, after: &str) -> Class {
        if self.syntax.keywords.contains(&word) {
            return Class::Keyword;
        }
        match (after.starts_with('('), word.chars().next()) {
            (true, _) => Class::Call,
            (false, Some(first)) if first.is_uppercase() => Class::Type,
            _ => Class::Plain,
        }
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// Returns the length of one letter in quotes, which otherwise begin a lifetime or belong to a name.
fn letter(text: &str) -> Option<usize> {
    /// As in `'\u{10FFFF}'`.
    const ESCAPE_BYTES_MAX: usize = 10;
    let inside = text.strip_prefix('\'')?;
    let n_bytes = match inside.strip_prefix('\\') {
        // What is escaped may be a quote.
        Some(escaped) => {
            let n_first = escaped.chars().next()?.len_utf8();
            let end = escaped[n_first..].find('\'')?;
            (end <= ESCAPE_BYTES_MAX).then_some(1 + n_first + end)?
        }
        None => inside.chars().next()?.len_utf8(),
    };
    inside[n_bytes..].starts_with('\'').then_some(n_bytes + 2)
}

/// Returns where a text in quotes ends: behind its quote, or where its line does if it may not go on.
fn end_of_text(text: &str, kind: &Text) -> usize {
    let mut at = kind.quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(kind.quote) {
            return at + kind.quote.len();
        }
        let mut letters = rest.chars();
        match letters.next() {
            Some('\n') if !kind.spans_lines => return at,
            Some('\\') => at += 1 + letters.next().map_or(0, char::len_utf8),
            Some(letter) => at += letter.len_utf8(),
            None => break,
        }
    }
    text.len()
}

/// Lines in the making.
struct Page<'t> {
    lines: Vec<String>,
    links: std::iter::Peekable<std::slice::Iter<'t, Link>>,
    marks: &'t Marks,
}

impl Page<'_> {
    /// Adds a piece of text that begins at a byte of the whole.
    fn add(&mut self, start: usize, piece: &str, class: Class) {
        while self.links.next_if(|link| link.start < start).is_some() {}
        let link = self.links.next_if(|link| link.start == start);
        // A file that has changed since has its names elsewhere.
        let link = link.filter(|_| !piece.trim().is_empty());
        for (place, part) in piece.split('\n').enumerate() {
            if place > 0 {
                self.lines.push(String::new());
            }
            let part = part.strip_suffix('\r').unwrap_or(part);
            if !part.is_empty() {
                self.write(part, class, link);
            }
        }
    }

    fn write(&mut self, part: &str, class: Class, link: Option<&Link>) {
        let line = self.lines.last_mut().expect("there is always a line");
        if let Some(link) = link {
            line.push_str("<a href=\"");
            link.address.render_to(line);
            line.push_str("\" title=\"");
            shown(&link.title).render_to(line);
            line.push_str("\">");
        }
        if let Some(name) = class.name() {
            line.push_str("<span class=\"");
            line.push_str(name);
            line.push_str("\">");
        }
        let lowered = part.to_ascii_lowercase();
        let mut at = 0;
        while let Some((start, end)) = self.marks.first_in(&lowered[at..]) {
            shown(&part[at..at + start]).render_to(line);
            line.push_str("<mark>");
            shown(&part[at + start..at + end]).render_to(line);
            line.push_str("</mark>");
            at += end;
        }
        shown(&part[at..]).render_to(line);
        if class.name().is_some() {
            line.push_str("</span>");
        }
        if link.is_some() {
            line.push_str("</a>");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(language: Language, text: &str, question: &str) -> String {
        let lines = Painter::new(language).lines(text, &[], &Marks::of(question));
        let lines: Vec<String> = lines.into_iter().map(|line| line.0).collect();
        lines.join("\n")
    }

    #[test]
    fn comments_texts_numbers_and_words_have_their_colours() {
        for (language, text, expected) in [
            (
                Language::TypeScript,
                "const a = f('x\\'', 0x1F) // if\n/* a\nb */ Map",
                "<span class=\"k\">const</span> a = <span class=\"f\">f</span>(<span class=\"s\">'x\\''</span>, <span class=\"n\">0x1F</span>) \
                 <span class=\"c\">// if</span>\n<span class=\"c\">/* a</span>\n<span class=\"c\">b */</span> <span class=\"t\">Map</span>",
            ),
            (
                Language::Python,
                "def f():\n  '''a\n  b''' # c",
                "<span class=\"k\">def</span> <span class=\"f\">f</span>():\n  <span class=\"s\">'''a</span>\n<span class=\"s\">  b'''</span> \
                 <span class=\"c\"># c</span>",
            ),
            (
                Language::Rust,
                "fn f<'a>() { '\"' }",
                "<span class=\"k\">fn</span> f&lt;'a&gt;() { <span class=\"s\">'&quot;'</span> }",
            ),
            (
                Language::Json,
                "\"open\n1",
                "<span class=\"s\">&quot;open</span>\n<span class=\"n\">1</span>",
            ),
        ] {
            assert_eq!(painted(language, text, ""), expected, "{language}");
        }
    }

    #[test]
    fn words_of_the_question_are_marked_in_any_case() {
        assert_eq!(
            painted(
                Language::JavaScript,
                "parseBody(x)",
                "how is the BODY parsed"
            ),
            "<span class=\"f\">parse<mark>Body</mark></span>(x)"
        );
    }

    #[test]
    fn nothing_of_a_text_becomes_markup_or_turns_its_line() {
        let text = "<script>alert('&')</script>\u{202e}\u{0}";
        let shown = painted(Language::TypeScript, text, "script");
        assert!(
            !shown.contains("<script") && !shown.contains('\u{202e}'),
            "{shown}"
        );
        assert!(
            shown.contains("\\u{202e}") && shown.contains("\\u{0}"),
            "{shown}"
        );
    }

    #[test]
    fn links_stand_where_they_were_said_to() {
        let links = [(1, "/never"), (4, "/definition?symbol=f")].map(|(start, address)| Link {
            start,
            address: address.to_owned(),
            title: "a \"title\"".to_owned(),
        });
        let lines = Painter::new(Language::Go).lines("x = f(f)", &links, &Marks::default());
        assert_eq!(
            lines[0].0,
            "x = <a href=\"/definition?symbol=f\" title=\"a &quot;title&quot;\"><span class=\"f\">f</span></a>(f)"
        );
    }

    #[test]
    fn time_grows_with_the_length_alone() {
        // Ends that never come, over and over.
        let text = "/* \" ' ` ".repeat(50_000);
        assert_eq!(
            painted(Language::TypeScript, &text, "x y z")
                .lines()
                .count(),
            1
        );
        let words = "ab".repeat(400_000);
        assert!(painted(Language::Python, &words, "aba bab abab").len() > words.len());
    }
}
