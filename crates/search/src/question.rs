//! Reads a question: which words to look for, which names, phrases and places it gives, and what it excludes. Pure.

use std::collections::HashSet;

/// Words that say nothing about code but stand in every sentence. A question of nothing else keeps them.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "been", "being", "but", "by", "can", "could", "did",
    "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it",
    "its", "may", "me", "my", "no", "not", "of", "on", "or", "our", "s", "should", "so", "such",
    "t", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "to", "under", "up", "us", "use", "used", "using", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "why", "will", "with", "would", "you", "your",
];

/// A question taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    /// What is embedded: everything but what is excluded.
    pub(crate) meaning: String,
    /// What is looked for by words.
    pub(crate) words: Vec<String>,
    /// Identifiers that it spells out: as written where a capital stands inside, else lower-cased and meant in any case.
    pub(crate) names: HashSet<String>,
    /// Texts in double quotes, lower-cased.
    pub(crate) phrases: Vec<String>,
    /// Words after a `-`, lower-cased: a hit holds none of them.
    pub(crate) excluded: Vec<String>,
    /// Files with a line, as compilers and stack traces give them.
    pub(crate) places: Vec<Place>,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// A path as it was given: relative, absolute or cut.
    pub(crate) path: String,
    /// 1-based.
    pub(crate) line: u32,
}

impl Place {
    /// Whether `path` of a repository may be meant: one of the two ends with the other, component by component.
    pub(crate) fn is_in(&self, path: &str) -> bool {
        let ends_with = |long: &str, short: &str| {
            long.strip_suffix(short)
                .is_some_and(|front| front.is_empty() || front.ends_with('/'))
        };
        ends_with(&self.path, path) || ends_with(path, &self.path)
    }
}

/// Takes a question apart.
pub(crate) fn read(text: &str) -> Question {
    let (excluded, kept): (Vec<&str>, Vec<&str>) = text
        .split_whitespace()
        .partition(|word| excluded_word(word).is_some());
    // A question of nothing but exclusions is a text with dashes.
    if kept.is_empty() {
        return read_kept(text, text.split_whitespace().collect());
    }
    let mut question = read_kept(&kept.join(" "), kept);
    let excluded = excluded.into_iter().filter_map(excluded_word);
    question.excluded = excluded.map(str::to_lowercase).collect();
    question
}

fn read_kept(meaning: &str, words: Vec<&str>) -> Question {
    let is_single = words.len() == 1;
    let mut names = HashSet::new();
    for word in &words {
        names.extend(spelled_names(word, is_single));
    }
    let mut places: Vec<Place> = words.iter().filter_map(|word| place(word)).collect();
    places.extend(traceback_places(meaning));
    let pieces = meaning.split(|c: char| !is_name_character(c));
    let pieces = pieces.filter(|piece| !piece.is_empty());
    let said = |piece: &&str| !STOP_WORDS.contains(&piece.to_lowercase().as_str());
    let mut told: Vec<String> = pieces.clone().filter(said).map(str::to_owned).collect();
    if told.is_empty() {
        told = pieces.map(str::to_owned).collect();
    }
    Question {
        meaning: meaning.to_owned(),
        words: told,
        names,
        phrases: phrases(meaning)
            .into_iter()
            // The path of a traceback is quoted, but nothing that a hit would hold.
            .filter(|phrase| {
                !places
                    .iter()
                    .any(|place| place.path.to_lowercase() == *phrase)
            })
            .collect(),
        excluded: Vec::new(),
        places,
    }
}

fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Returns the word behind a single dash; `--flag`, `-1` and a dash between spaces exclude nothing.
fn excluded_word(word: &str) -> Option<&str> {
    let excluded = word.strip_prefix('-')?;
    excluded
        .starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$')
        .then_some(excluded)
}

/// Returns the identifiers of a word that nobody writes in a sentence: with a capital inside, `_` or `$`, or before a parenthesis. A single
/// word is always one. The last of several joined by dots is none for that: it may be a file's ending.
fn spelled_names(word: &str, is_single: bool) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = word;
    while let Some(start) = rest.find(is_name_character) {
        rest = &rest[start..];
        let end = rest.find(|c| !is_name_character(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let is_called = after.starts_with('(');
        if is_single || is_called || is_spelled(name) {
            names.push(as_meant(name));
        }
        rest = after;
    }
    names
}

/// `getCookie` is not `GetCookie`, but who writes `Flush` may have begun a sentence with `flush`.
fn as_meant(name: &str) -> String {
    match name.chars().skip(1).any(char::is_uppercase) {
        true => name.to_owned(),
        false => name.to_lowercase(),
    }
}

fn is_spelled(name: &str) -> bool {
    let mut previous = None;
    name.chars().any(|c| {
        let rises = previous.is_some_and(char::is_lowercase) && c.is_uppercase();
        previous = Some(c);
        rises || c == '_' || c == '$'
    })
}

fn phrases(text: &str) -> Vec<String> {
    let quoted = text.split('"').skip(1).step_by(2);
    let quoted = quoted.map(|phrase| phrase.trim().to_lowercase());
    // An odd quote opens nothing.
    let n_pairs = text.matches('"').count() / 2;
    quoted
        .take(n_pairs)
        .filter(|phrase| !phrase.is_empty())
        .collect()
}

/// Reads `path:line` and `path:line:column`, in parentheses or not.
fn place(word: &str) -> Option<Place> {
    let word = word.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | ';' | '"' | '\''));
    let (path, rest) = split_line(word)?;
    let (path, line) = match split_line(path) {
        Some((path, line)) => (path, line),
        None => (path, rest),
    };
    let path = path.strip_prefix("file://").unwrap_or(path);
    path.contains('.').then(|| Place {
        path: path.replace('\\', "/"),
        line,
    })
}

/// Reads `File "path", line 12`, as Python writes the frames of a traceback.
fn traceback_places(text: &str) -> Vec<Place> {
    let frames = text.split("File \"").skip(1);
    let read = |frame: &str| {
        let (path, rest) = frame.split_once('"')?;
        let number = rest.strip_prefix(", line ")?;
        let digits = number
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(number.len());
        Some(Place {
            path: path.replace('\\', "/"),
            line: number[..digits].parse().ok()?,
        })
    };
    frames.filter_map(read).collect()
}

fn split_line(text: &str) -> Option<(&str, u32)> {
    let (front, number) = text.rsplit_once(':')?;
    Some((front, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let mut names: Vec<String> = read(text).names.into_iter().collect();
        names.sort();
        names
    }

    #[test]
    fn sentences_lose_their_filling() {
        assert_eq!(
            read("how is the update queue drained").words,
            ["update", "queue", "drained"]
        );
        assert_eq!(read("to be or not").words, ["to", "be", "or", "not"]);
        assert!(read("").words.is_empty());
    }

    #[test]
    fn names_are_told_from_words() {
        assert_eq!(names("what does parseBody do with a File"), ["parseBody"]);
        assert_eq!(names("flush"), ["flush"]);
        assert_eq!(names("flush the queue"), [""; 0]);
        assert_eq!(names("call flush() twice"), ["flush"]);
        assert_eq!(
            names("MAX_SIZE of HonoRequest.header"),
            ["HonoRequest", "MAX_SIZE"]
        );
        assert_eq!(names("Context.render"), ["context", "render"]);
    }

    #[test]
    fn exclusions_and_phrases_are_taken_out() {
        let question = read("router -test \"not Found\" --flag -1 a-b");
        assert_eq!(question.excluded, ["test"]);
        assert_eq!(question.phrases, ["not found"]);
        assert_eq!(question.meaning, "router \"not Found\" --flag -1 a-b");
        assert_eq!(read("-only").excluded, [""; 0]);
        assert_eq!(read("an odd \" quote").phrases, [""; 0]);
    }

    #[test]
    fn places_of_stack_traces_are_read() {
        let places = |text: &str| -> Vec<(String, u32)> {
            let places = read(text).places.into_iter();
            places.map(|place| (place.path, place.line)).collect()
        };
        let expected = [("/app/src/hono.ts".to_owned(), 12)];
        assert_eq!(places("at Hono.fetch (/app/src/hono.ts:12:7)"), expected);
        assert_eq!(places("/app/src/hono.ts:12"), expected);
        assert_eq!(places("file:///app/src/hono.ts:12:7"), expected);
        assert_eq!(places("note: 5 and 10:30"), []);
        assert_eq!(
            places(
                "Traceback:\n  File \"/app/src/a.py\", line 12, in f\n    g()\n  File \"b.py\", line 3\n"
            ),
            [("/app/src/a.py".to_owned(), 12), ("b.py".to_owned(), 3)]
        );
        assert_eq!(
            read("File \"/app/src/a.py\", line 12, in f").phrases,
            [""; 0]
        );
    }

    #[test]
    fn places_match_whole_components() {
        let place = |path: &str| Place {
            path: path.to_owned(),
            line: 1,
        };
        assert!(place("/app/src/hono.ts").is_in("src/hono.ts"));
        assert!(place("hono.ts").is_in("src/hono.ts"));
        assert!(!place("/app/src/hono.ts").is_in("no.ts"));
        assert!(!place("no.ts").is_in("src/hono.ts"));
    }
}
