//! Words that were retired: one word per idea, and none that makes a reader stop.
//!
//! What is listed here was replaced everywhere; the glossary in `ARCHITECTURE.md` has the words that stay.

use super::{File, lines};

/// Retired words and phrases, each with what is said instead. A phrase stands for itself as whole words, in any case, and in identifiers
/// with underscores for spaces.
const RETIRED: &[(&str, &str)] = &[
    ("not to be had", "not available"),
    ("sent away", "stopped"),
    ("turned round", "inverted"),
    ("bytes a token", "bytes per token"),
    ("bytes a line", "bytes per line"),
    ("connection a worker", "connection per worker"),
    ("given back", "reclaimed"),
    ("examination", "checks"),
    ("tells", "says, shows or reports"),
    ("is told", "is reported, or is called with"),
    ("are told", "are reported"),
    ("told apart", "distinguished"),
    ("be had", "available"),
    ("gives back", "returns, or reclaims"),
    ("gave back", "returned, or reclaimed"),
    ("recipe", "weights"),
    ("ingredient", "feature"),
    ("ingredients", "features"),
    ("desk", "query service"),
    ("desks", "query services"),
];

/// Files that may use retired words: notes are never rewritten, licences are not ours, and this list has to name them.
const EXEMPT: &[&str] = &["docs/notes/", "LICENSE", "xtask/src/tidy/words.rs"];

/// No retired word stands in a document, a source file or an expected output.
pub(super) fn no_retired_words(files: &[File]) -> Vec<String> {
    let mut complaints = Vec::new();
    for suffix in [".md", ".rs", ".snap", ".toml"] {
        let lines = lines(files, suffix);
        for (place, line) in
            lines.filter(|(place, _)| !EXEMPT.iter().any(|exempt| place.starts_with(exempt)))
        {
            let line = spaced(line);
            let found = RETIRED
                .iter()
                .filter(|(word, _)| line.contains(&format!(" {word} ")));
            complaints.extend(
                found.map(|(word, instead)| format!("{place}: {word:?} was retired: {instead}")),
            );
        }
    }
    complaints
}

/// Returns the words of a line, lowercase, with a space around each; punctuation stands as a word of its own, since no phrase goes over it.
fn spaced(line: &str) -> String {
    let spell = |letter: char| match letter {
        _ if letter.is_alphanumeric() => letter.to_lowercase().to_string(),
        '_' | '-' => " ".to_owned(),
        _ if letter.is_whitespace() => " ".to_owned(),
        _ => " . ".to_owned(),
    };
    let spelt: String = line.chars().map(spell).collect();
    let words: Vec<&str> = spelt.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_rule;

    #[test]
    fn retired_words_are_found_as_whole_words() {
        let check = |path: &str, text: &str, expected: Option<&str>| {
            check_rule(no_retired_words, &[(path, text)], expected)
        };
        check(
            "a.md",
            "It was sent away here.",
            Some("a.md:1: \"sent away\""),
        );
        check(
            "a.rs",
            "const BYTES_A_TOKEN: usize = 4;",
            Some("bytes per token"),
        );
        check("a.rs", "let unsent_away = 1;", None);
        check("a.rs", "// As bytes: a line of it.", None);
        check("docs/notes/a.md", "It was sent away.", None);
        check("a.json", "sent away", None);
    }
}
