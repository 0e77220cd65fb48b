//! What lexical search means, whatever the backend: words, fields, weights and the formula's constants.
//!
//! A backend stores the words of each chunk's [`texts`] and scores a query by BM25 as `conformance` spells it out: the frequency of a word in a
//! chunk is the sum over its occurrences of the weight of their field, a chunk's length is its number of words in all fields, and
//! numbers of chunks and mean length are those of the generation alone.

use std::borrow::Cow;

use domain::{Chunk, RepoPath};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// What an occurrence counts in each field, in the order of [`texts`]: name, qualified name, path, signature, doc, source. The nearer to a
/// name, the more it says.
pub(crate) const WEIGHTS: [u32; 6] = [8, 4, 3, 2, 2, 1];

/// BM25's saturation of repeated words; the usual value.
pub(crate) const SATURATION: f64 = 1.2;
/// BM25's correction for the length of a chunk; the usual value.
pub(crate) const LENGTH_CORRECTION: f64 = 0.75;
/// Weight of a word that more than half of the chunks have, which the formula would make negative.
pub(crate) const COMMON_WORD_WEIGHT: f64 = 1e-6;

/// Goes up whenever a chunk gives other words than before: what older versions stored cannot be found any more.
pub const WORDS_VERSION: u32 = 4;

/// Longer runs are data, such as keys and pictures in base 64.
const MAX_IDENTIFIER_BYTES: usize = 128;

/// Returns the texts of a chunk's fields, in the order of [`WEIGHTS`].
pub(crate) fn texts<'t>(path: &'t RepoPath, chunk: &'t Chunk) -> [&'t str; 6] {
    [
        &chunk.name,
        &chunk.qualified_name,
        path.as_str(),
        &chunk.signature,
        &chunk.doc,
        &chunk.source,
    ]
}

/// Returns the words of a chunk by field, separated by spaces.
pub(crate) fn fields(path: &RepoPath, chunk: &Chunk) -> [String; 6] {
    texts(path, chunk).map(spaced_words)
}

/// Returns the words of a text that lexical search knows, in order and lower-cased: each identifier and number whole, followed by
/// its parts where it has several. Parts end at case, digits, `_` and `$`. English endings are taken off, since questions say
/// "handles" and "handling" where names say `handle`.
///
/// `getUserIDs_2` gives `getuserids_2 get user id 2`. Where a script has no spaces, every two characters in a row are a word too, and every
/// ideograph: `审批流程` gives `审批流程 审批 批流 流程 审 批 流 程`. Composed and decomposed letters give the same words.
pub fn code_words(text: &str) -> Vec<String> {
    spaced_words(text)
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect()
}

/// Returns the distinct words of a query, sorted, so that the order in which scores are added does not depend on the query's.
pub(crate) fn query_words(words: &[String]) -> Vec<String> {
    let mut words: Vec<String> = words.iter().flat_map(|word| code_words(word)).collect();
    words.sort();
    words.dedup();
    words
}

/// Returns a text with composed letters: an `e` followed by an accent is `é`.
pub fn composed(text: &str) -> Cow<'_, str> {
    match text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfc().collect()),
    }
}

/// Returns an identifier of `text`, or a part of one, that lexical search knows as `word`, as it is written there.
pub fn written<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut known = String::new();
    let mut is_known_as_word = |part: &&str| {
        known.clear();
        push_lowercase(part, &mut known);
        known.trim_end() == word
    };
    identifiers(text)
        .flat_map(|identifier| std::iter::once(identifier).chain(parts(identifier)))
        .find(|part| is_known_as_word(part))
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
}

/// Whether a byte is one of an identifier, or may be a part of a character that is.
const MAY_BE_PART: [bool; 256] = {
    let mut may_be = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let ascii = byte as u8;
        may_be[byte] =
            byte >= 0x80 || ascii.is_ascii_alphanumeric() || ascii == b'_' || ascii == b'$';
        byte += 1;
    }
    may_be
};

/// Visits the identifiers of a text whose letters are composed. Decides by bytes where it can, since nearly all of code is ASCII.
pub(crate) fn for_each_identifier<'t>(text: &'t str, mut visit: impl FnMut(&'t str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !MAY_BE_PART[usize::from(bytes[at])] {
            at += 1;
            continue;
        }
        let start = at;
        let mut is_ascii = true;
        while at < bytes.len() && MAY_BE_PART[usize::from(bytes[at])] {
            is_ascii &= bytes[at].is_ascii();
            at += 1;
        }
        // Whatever ends a run is ASCII, and so no part of a character.
        match is_ascii {
            true => visit(&text[start..at]),
            false => identifiers(&text[start..at])
                .filter(|identifier| !identifier.is_empty())
                .for_each(&mut visit),
        }
    }
}

fn spaced_words(text: &str) -> String {
    let text = composed(text);
    let mut words = String::with_capacity(text.len() * 2);
    for_each_identifier(&text, |identifier| push_words(identifier, &mut words));
    words
}

/// Appends the words of an identifier, each with a space behind it.
pub(crate) fn push_words(identifier: &str, words: &mut String) {
    match identifier.len() <= MAX_IDENTIFIER_BYTES {
        true => push_identifier(identifier, words),
        // A paragraph of such a script is no data, but too long for a word.
        false => parts(identifier)
            .filter(|part| is_unspaced(part))
            .for_each(|part| push_pieces(part, words)),
    }
}

fn push_identifier(identifier: &str, words: &mut String) {
    let mut parts = parts(identifier);
    let Some(first) = parts.next() else { return };
    push_lowercase(identifier, words);
    let is_whole = first.len() == identifier.len();
    for part in std::iter::once(first).chain(parts) {
        if is_unspaced(part) {
            push_pieces(part, words);
        } else if !is_whole {
            push_lowercase(part, words);
        }
    }
}

fn is_unspaced(part: &str) -> bool {
    part.chars()
        .next()
        .is_some_and(|c| class(c) == Class::Unspaced)
}

/// Adds what can be looked for of a run in a script without spaces: two characters in a row, as is usual where no dictionary says where
/// words end, and single ideographs, which are words themselves.
fn push_pieces(run: &str, words: &mut String) {
    let starts: Vec<usize> = run.char_indices().map(|(at, _)| at).collect();
    let ends = starts.iter().skip(2).copied().chain([run.len()]);
    for (start, end) in starts.iter().zip(ends) {
        push_lowercase(&run[*start..end], words);
    }
    let ideographs = run.chars().filter(|c| is_ideograph(*c));
    for ideograph in ideographs.filter(|_| starts.len() > 1) {
        words.push(ideograph);
        words.push(' ');
    }
}

/// Han characters: CJK Unified Ideographs, their extensions and the compatibility ones.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character is of a script whose words stand in a row: Han, Hiragana, Katakana, Thai, Lao, Myanmar, Khmer; and Hangul, whose words
/// carry their endings with them.
fn is_of_unspaced_script(c: char) -> bool {
    is_ideograph(c)
        || matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{312f}' | '\u{31f0}'..='\u{31ff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff66}'..='\u{ff9f}')
}

fn push_lowercase(word: &str, words: &mut String) {
    let start = words.len();
    match word.is_ascii() {
        true => words.extend(
            word.bytes()
                .map(|byte| char::from(byte.to_ascii_lowercase())),
        ),
        false => words.extend(word.chars().flat_map(char::to_lowercase)),
    }
    let stem_bytes = stem(&words[start..]).len();
    words.truncate(start + stem_bytes);
    words.push(' ');
}

/// Fewer letters than these before an ending are no word: `this`, `need`, `ring`.
const STEM_MIN_BYTES: usize = 3;

/// Takes the endings of plurals and verbs off a lower-cased word: `routes`, `routed` and `routing` all give `rout`.
///
/// Cuts only, so that it costs nothing to index; what it makes need not be a word, only the same for words that belong together.
fn stem(word: &str) -> &str {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word;
    }
    let cut = |ending: &str| {
        let stem = word.strip_suffix(ending)?;
        (stem.len() >= STEM_MIN_BYTES).then_some(stem)
    };
    let stem = match ["ings", "ing", "ed"].into_iter().find_map(cut) {
        Some(stem) => single_consonant(stem),
        None => singular(word),
    };
    match stem.strip_suffix(['e', 'y']) {
        Some(shorter) if shorter.len() >= STEM_MIN_BYTES => shorter,
        _ => stem,
    }
}

/// Takes the ending of a plural off.
fn singular(word: &str) -> &str {
    let is_singular = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    if is_singular || word.len() <= STEM_MIN_BYTES {
        return word;
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return stem;
    }
    let takes_es = ["sses", "xes", "ches", "shes", "zes"];
    if takes_es.iter().any(|end| word.ends_with(end)) {
        return &word[..word.len() - 2];
    }
    word.strip_suffix('s').unwrap_or(word)
}

/// `stopped` is `stop`; but `call` and `miss` end so themselves.
fn single_consonant(stem: &str) -> &str {
    match stem.as_bytes() {
        [.., a, b] if a == b && !b"lsz".contains(b) && stem.len() > STEM_MIN_BYTES => {
            &stem[..stem.len() - 1]
        }
        _ => stem,
    }
}

/// Returns the pieces between changes of case and kind: `HTMLPage2` gives `HTML`, `Page`, `2`.
fn parts(identifier: &str) -> impl Iterator<Item = &str> {
    let mut rest = identifier.trim_start_matches(['_', '$']);
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (part, after) = rest.split_at(first_part_end(rest));
        rest = after.trim_start_matches(['_', '$']);
        Some(part)
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Class {
    Upper,
    Lower,
    Digit,
    Joint,
    Unspaced,
}

fn class(c: char) -> Class {
    match c {
        '_' | '$' => Class::Joint,
        _ if !c.is_ascii() && is_of_unspaced_script(c) => Class::Unspaced,
        _ if c.is_numeric() => Class::Digit,
        _ if c.is_uppercase() => Class::Upper,
        _ => Class::Lower,
    }
}

fn first_part_end(text: &str) -> usize {
    let mut characters = text.char_indices().map(|(at, c)| (at, class(c))).peekable();
    let Some((_, mut previous)) = characters.next() else {
        return 0;
    };
    while let Some((at, current)) = characters.next() {
        let next = characters.peek().map(|&(_, class)| class);
        let ends = match (previous, current) {
            // The last capital of several begins the next word: `HTML|Page`.
            (Class::Upper, Class::Upper) => next == Some(Class::Lower),
            (Class::Upper, Class::Lower) => false,
            _ => previous != current,
        };
        if ends {
            return at;
        }
        previous = current;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(code_words(text).join(" "), expected, "{text:?}");
    }

    #[test]
    fn identifiers_stay_whole_and_fall_into_parts() {
        check("getUserID_2", "getuserid_2 get user id 2");
        check("HTMLPage", "htmlpag html pag");
        check("utf8", "utf8 utf 8");
        check("Hono", "hono");
        check("$state", "$state stat");
        check("a-b", "a b");
        check("x", "x");
        check("ÄpfelUndÖl", "äpfelundöl äpfel und öl");
    }

    #[test]
    fn paths_and_operators_separate() {
        check("src/router/reg-exp.ts", "src router reg exp ts");
        check("port === 3000 && !done()", "port 3000 don");
        check("__ $ _ -- \u{0}\n", "");
        check(&"A1b2".repeat(100), "");
    }

    #[test]
    fn words_that_belong_together_have_one_stem() {
        for family in [
            "route routes routed routing routings",
            "stop stops stopped stopping",
            "match matches matched matching",
            "query queries",
            "call calls called calling",
            "class classes",
            "parse parses parsed parsing",
        ] {
            let mut stems = code_words(family);
            stems.dedup();
            assert_eq!(stems.len(), 1, "{family} gives {stems:?}");
        }
        check(
            "this need ring status axis bus",
            "this need ring status axis bus",
        );
        check("handlesRequests", "handlesrequest handl request");
    }

    #[test]
    fn scripts_without_spaces_are_found_in_parts() {
        check("审批流程", "审批流程 审批 批流 流程 审 批 流 程");
        check("审批", "审批 审批 审 批");
        check("用户Id", "用户id 用户 用 户 id");
        check("登", "登 登");
        check("テスト", "テスト テス スト");
        check("ไทย", "ไทย ไท ทย");
        check("검색어", "검색어 검색 색어");
        let paragraph = "设".repeat(MAX_IDENTIFIER_BYTES);
        assert!(code_words(&paragraph).contains(&"设设".to_owned()));
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        assert_eq!(code_words("Me\u{301}tre\u{301}"), code_words("Métré"));
        check("Ame\u{301}lie", "amélie");
    }

    #[test]
    fn words_are_found_as_they_are_written() {
        let text = "export function createMiddleware(handlers) {}";
        assert_eq!(written(text, "middlewar"), Some("Middleware"));
        assert_eq!(written(text, "handler"), Some("handlers"));
        assert_eq!(written(text, "creat"), Some("create"));
        assert_eq!(written(text, "rout"), None);
    }

    #[test]
    fn words_of_a_query_are_distinct() {
        let words = ["parseBody".to_owned(), "body parse".to_owned()];
        assert_eq!(query_words(&words), ["bod", "pars", "parsebod"]);
    }
}
