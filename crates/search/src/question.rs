//! Reads a question: which words to look for, which names, phrases and places it gives, and what it excludes. Pure.

use std::collections::HashSet;

use crate::message::{Message, without_prefix};
use crate::place::{self, Place};

/// Words that say nothing about code but stand in every sentence. A question of nothing else keeps them.
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "been", "being", "but", "by", "can", "could", "did",
    "do", "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it",
    "its", "may", "me", "my", "no", "not", "of", "on", "or", "our", "s", "should", "so", "such",
    "t", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "to", "under", "up", "us", "use", "used", "using", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "why", "will", "with", "would", "you", "your",
];

/// What files of code and what lies beside it end with: no names of members.
const FILE_ENDINGS: &[&str] = &[
    "astro", "c", "cc", "cfg", "cjs", "cpp", "cs", "css", "cts", "d", "go", "h", "hpp", "html",
    "ini", "java", "js", "json", "jsx", "kt", "lock", "lua", "md", "mjs", "mts", "php", "proto",
    "py", "rb", "rs", "scala", "scss", "sh", "sql", "svelte", "swift", "toml", "ts", "tsx", "txt",
    "vue", "xml", "yaml", "yml",
];

/// What questions about how something is done begin with.
const INTERROGATIVES: &[&str] = &["how", "where", "when", "which", "why", "who", "what"];

/// A question taken apart.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// Files with a line, as compilers and stack traces give them, in order.
    pub(crate) places: Vec<Place>,
    /// The text whose origin may be asked for.
    pub(crate) message: Message,
    /// Whether it says itself that it is a message, as `Error: ` in front does, or comes with a trace.
    pub(crate) is_reported: bool,
    /// Whether it asks where or how something is done.
    pub(crate) is_about_doing: bool,
    /// Names with the one that they belong to, as `reply.send`, lower-cased.
    pub(crate) dotted: Vec<(String, String)>,
}

/// Returns what a question lacks that can be looked for, as what follows "the question"; nothing where it has a word.
pub fn lack(text: &str) -> Option<&'static str> {
    let mut words = text.split_whitespace();
    let excludes = words.clone().any(|word| excluded_word(word).is_some());
    let asks = |word: &str| excluded_word(word).is_none() && word.contains(is_name_character);
    match (words.any(asks), excludes) {
        (true, _) => None,
        (false, true) => Some("only says what is left out, not what to look for"),
        (false, false) => Some("has no word to look for"),
    }
}

/// Takes a question apart.
pub(crate) fn read(text: &str) -> Question {
    let (excluded, kept): (Vec<&str>, Vec<&str>) = text
        .split_whitespace()
        .partition(|word| excluded_word(word).is_some());
    let places = place::places(text);
    // A question of nothing but exclusions is a text with dashes.
    if kept.is_empty() {
        return read_kept(text, places);
    }
    let kept = match excluded.is_empty() {
        true => text.to_owned(),
        false => kept.join(" "),
    };
    let mut question = read_kept(&kept, places);
    let excluded = excluded.into_iter().filter_map(excluded_word);
    question.excluded = excluded.map(str::to_lowercase).collect();
    question
}

fn read_kept(text: &str, places: Vec<Place>) -> Question {
    let meaning = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_single = !meaning.contains(' ');
    let mut names = HashSet::new();
    for word in meaning.split(' ') {
        match (dotted(word), is_single) {
            // Of a name with its owner the name is asked for, and the owner only helps to find it.
            (Some((_, name)), true) => names.extend([name]),
            _ => names.extend(spelled_names(word, is_single)),
        }
    }
    let kept = without_frames(text, &places);
    let said = without_prefix(&kept);
    let is_reported = said.len() < kept.trim_start().len() || (kept.len() < text.len());
    let phrases = match is_reported {
        // What a message has in quotes was filled in as often as not.
        true => Vec::new(),
        false => phrases(&meaning),
    };
    let pieces = said.split(|c: char| !is_name_character(c));
    let pieces = pieces.filter(|piece| !piece.is_empty());
    let is_telling = |piece: &&str| !is_stop_word(&piece.to_lowercase());
    let mut words: Vec<String> = pieces
        .clone()
        .filter(is_telling)
        .map(str::to_owned)
        .collect();
    // "to be or not" has nothing else to look for.
    if words.is_empty() {
        words = pieces.map(str::to_owned).collect();
    }
    Question {
        words,
        names,
        phrases: phrases
            .into_iter()
            // The path of a traceback is quoted, but nothing that a hit would hold.
            .filter(|phrase| !place::is_path_of(&places, phrase))
            .collect(),
        excluded: Vec::new(),
        message: Message::read(said, is_stop_word),
        is_reported,
        is_about_doing: begins_with_interrogative(&meaning),
        dotted: meaning.split(' ').filter_map(dotted).collect(),
        places,
        meaning,
    }
}

/// Returns the lines of a trace that name no place, which say what went wrong; the whole text where each names one.
fn without_frames(text: &str, places: &[Place]) -> String {
    if places.is_empty() {
        return text.to_owned();
    }
    let kept = text.lines().filter(|line| place::places(line).is_empty());
    let kept = kept.collect::<Vec<_>>().join("\n");
    match kept.trim().is_empty() {
        true => text.to_owned(),
        false => kept,
    }
}

fn begins_with_interrogative(meaning: &str) -> bool {
    let first = meaning.split(|c: char| !c.is_alphabetic()).next();
    first.is_some_and(|first| INTERROGATIVES.contains(&first.to_lowercase().as_str()))
}

fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.contains(&word)
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

/// Reads `reply.send`, `Reply.prototype.send()` or `Reply#send`; the end of a file's name is no name.
fn dotted(word: &str) -> Option<(String, String)> {
    let word =
        word.trim_matches(|c: char| matches!(c, '`' | '"' | '\'' | ',' | ';' | '?' | '!' | '.'));
    let word = word.split_once('(').map_or(word, |(name, _)| name);
    let (owner, name) = word.rsplit_once(['.', '#'])?;
    let owner = owner.strip_suffix(".prototype").unwrap_or(owner);
    let owner = owner.rsplit('.').next().unwrap_or(owner);
    let is_name = |text: &str| {
        text.chars().all(is_name_character) && text.starts_with(|c: char| !c.is_numeric())
    };
    (is_name(owner)
        && is_name(name)
        && name.len() > 1
        && !FILE_ENDINGS.contains(&name.to_lowercase().as_str()))
    .then(|| (owner.to_lowercase(), name.to_lowercase()))
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
    fn names_are_distinguished_from_words() {
        assert_eq!(names("what does parseBody do with a File"), ["parseBody"]);
        assert_eq!(names("flush"), ["flush"]);
        assert_eq!(names("flush the queue"), [""; 0]);
        assert_eq!(names("call flush() twice"), ["flush"]);
        assert_eq!(
            names("MAX_SIZE of HonoRequest.header"),
            ["HonoRequest", "MAX_SIZE"]
        );
        assert_eq!(names("Context.render"), ["render"]);
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
    fn questions_without_a_word_are_refused() {
        assert_eq!(lack("???"), Some("has no word to look for"));
        assert!(lack("-express -test").is_some_and(|lack| lack.contains("left out")));
        for text in ["router -express", "--flag", "$", "审批", "-1"] {
            assert_eq!(lack(text), None, "{text}");
        }
    }

    #[test]
    fn members_are_distinguished_from_files() {
        let pair = |text: &str| dotted(text).map(|(owner, name)| format!("{owner} {name}"));
        for text in [
            "reply.send",
            "Reply.send()",
            "`Reply.prototype.send`",
            "app.Reply#send?",
        ] {
            assert_eq!(pair(text).as_deref(), Some("reply send"), "{text}");
        }
        for text in ["reply.ts", "lib/reply.send", "3.5", "send", ".send", "e.g."] {
            assert_eq!(pair(text), None, "{text}");
        }
    }

    #[test]
    fn traces_are_asked_for_what_went_wrong() {
        let trace = "Error: no such route\n    at find (/app/src/a.ts:12:7)\n    at run (/app/src/b.ts:3:1)";
        assert_eq!(read(trace).words, ["route"]);
        assert_eq!(read(trace).places.len(), 2);
        assert_eq!(read("at find (/app/src/a.ts:12:7)").words[0], "find");
        assert_eq!(read("TypeError: x is not a y").words, ["x", "y"]);
        assert_eq!(read("Error: ").words, ["Error"]);
        assert_eq!(
            read("File \"/app/src/a.py\", line 12, in f").phrases,
            [""; 0]
        );
    }
}
