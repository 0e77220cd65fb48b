//! What a `tokenizer.json` may do to a text before it is cut into tokens.
//!
//! Its normaliser rewrites the text, and can be a list of rules of which each doubles what the one before has made. A model's folder may be
//! anybody's, so only the rules that models have are taken, and only as far as a text cannot become many times as long.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// How many times as long all rules together may make a text. The vocabularies of XLM-R come to 165: a ligature of three bytes that stands for
/// a sentence, and a mark of three bytes in the place of blanks.
const FACTOR_MAX: usize = 256;

/// Rules of one list; published ones have up to seven.
const RULES_MAX: usize = 32;

/// Longest text that is put in front of another.
const PREPENDED_MAX_BYTES: usize = 64;

/// Longest pattern of a rule.
const PATTERN_MAX_BYTES: usize = 4096;

/// Canonical and compatible forms of Unicode, in UTF-8: U+FDFA becomes 33 bytes of 3.
const UNICODE_FACTOR: usize = 11;

#[derive(Deserialize)]
struct Described {
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
}

/// Refuses a tokenizer whose rules are unknown, or could make a text too long.
pub(super) fn require(json: &[u8]) -> Result<(), String> {
    let described: Described = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if let Some(normalizer) = &described.normalizer {
        factor(normalizer)?;
    }
    if let Some(splitter) = &described.pre_tokenizer {
        require_splitter(splitter)?;
    }
    Ok(())
}

/// Returns how many times as long a rule can make a text, apart from some bytes in front of it.
fn factor(rule: &Value) -> Result<usize, String> {
    let factor = match kind(rule)? {
        "Sequence" => {
            let rules = list(rule, "normalizers")?;
            let mut product = 1_usize;
            for rule in rules {
                product = bounded(product.saturating_mul(factor(rule)?))?;
            }
            product
        }
        "NFC" | "NFD" | "NFKC" | "NFKD" | "BertNormalizer" => UNICODE_FACTOR,
        "Lowercase" => 3,
        "ByteLevel" => 2,
        "Strip" | "StripAccents" | "Nmt" => 1,
        "Prepend" => match text(rule, "prepend").len() {
            0..=PREPENDED_MAX_BYTES => 1,
            _ => return Err("its normaliser puts a long text in front".to_owned()),
        },
        "Replace" => replacing(rule)?,
        "Precompiled" => longest_of_map(text(rule, "precompiled_charsmap"))?,
        other => return Err(format!("its normaliser is a {other:?}, as no model's is")),
    };
    bounded(factor)
}

fn bounded(factor: usize) -> Result<usize, String> {
    match factor <= FACTOR_MAX {
        true => Ok(factor),
        false => Err(format!(
            "its normaliser can make a text more than {FACTOR_MAX} times as long"
        )),
    }
}

fn replacing(rule: &Value) -> Result<usize, String> {
    let content = text(rule, "content").len();
    let pattern = &rule["pattern"];
    let (literal, expression) = (text(pattern, "String"), text(pattern, "Regex"));
    if literal.len().max(expression.len()) > PATTERN_MAX_BYTES {
        return Err("its normaliser looks for a long pattern".to_owned());
    }
    Ok(match literal.len() {
        // A pattern may stand for nothing, and so before every byte.
        0 => content.saturating_add(1),
        n_bytes => content.div_ceil(n_bytes).max(1),
    })
}

/// Returns the longest text that a map from characters to texts has: their texts end with a zero, after a table whose length comes first.
fn longest_of_map(encoded: &str) -> Result<usize, String> {
    let unreadable = || "its map of characters cannot be read".to_owned();
    let bytes = STANDARD.decode(encoded).map_err(|_| unreadable())?;
    let (length, rest) = bytes.split_at_checked(4).ok_or_else(unreadable)?;
    let table = u32::from_le_bytes(length.try_into().map_err(|_| unreadable())?) as usize;
    let texts = rest.get(table..).ok_or_else(unreadable)?;
    let longest = texts.split(|byte| *byte == 0).map(<[u8]>::len).max();
    Ok(longest.unwrap_or(1).max(1))
}

fn require_splitter(rule: &Value) -> Result<(), String> {
    match kind(rule)? {
        "Sequence" => list(rule, "pretokenizers")?
            .iter()
            .try_for_each(require_splitter),
        "BertPreTokenizer" | "ByteLevel" | "CharDelimiterSplit" | "Digits" | "Metaspace"
        | "Punctuation" | "UnicodeScripts" | "Whitespace" | "WhitespaceSplit" => Ok(()),
        "Split" => {
            let pattern = &rule["pattern"];
            let n_bytes = text(pattern, "String").len() + text(pattern, "Regex").len();
            match n_bytes <= PATTERN_MAX_BYTES {
                true => Ok(()),
                false => Err("it cuts at a long pattern".to_owned()),
            }
        }
        other => Err(format!("it cuts by a {other:?}, as no model does")),
    }
}

fn list<'r>(rule: &'r Value, field: &str) -> Result<&'r [Value], String> {
    let rules = rule[field].as_array().map_or(&[][..], Vec::as_slice);
    match rules.len() <= RULES_MAX {
        true => Ok(rules),
        false => Err(format!("it has more than {RULES_MAX} rules")),
    }
}

fn kind(rule: &Value) -> Result<&str, String> {
    let kind = rule["type"].as_str();
    kind.ok_or_else(|| "it has a rule without a type".to_owned())
}

fn text<'r>(rule: &'r Value, field: &str) -> &'r str {
    rule[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(normalizer: Value, expected: Result<(), &str>) {
        let described = json!({"normalizer": normalizer, "pre_tokenizer": {"type": "ByteLevel"}});
        let found = require(described.to_string().as_bytes());
        match (&found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
            _ => panic!("{normalizer}: {found:?}"),
        }
    }

    fn replace(pattern: Value, content: &str) -> Value {
        json!({"type": "Replace", "pattern": pattern, "content": content})
    }

    fn map(texts: &[&str]) -> Value {
        let mut bytes = 4_u32.to_le_bytes().to_vec();
        bytes.extend([0; 4]);
        texts.iter().for_each(|text| {
            bytes.extend(text.as_bytes());
            bytes.push(0);
        });
        json!({"type": "Precompiled", "precompiled_charsmap": STANDARD.encode(bytes)})
    }

    #[test]
    fn rules_of_models_are_taken_and_those_that_multiply_are_not() {
        let doubling = replace(json!({"String": "a"}), "aa");
        let blanks = replace(json!({"Regex": " {2,}"}), "▁");
        let sequence = |rules: &[Value]| json!({"type": "Sequence", "normalizers": rules});
        check(Value::Null, Ok(()));
        check(json!({"type": "BertNormalizer", "lowercase": true}), Ok(()));
        check(json!({"type": "NFC"}), Ok(()));
        check(
            sequence(&[map(&["fi", &"x".repeat(33)]), blanks.clone()]),
            Ok(()),
        );
        check(sequence(&[doubling.clone(), doubling.clone()]), Ok(()));
        check(sequence(&vec![doubling; 9]), Err("256 times"));
        check(sequence(&vec![blanks; 4]), Ok(()));
        check(
            replace(json!({"String": ""}), &"x".repeat(500)),
            Err("256 times"),
        );
        check(
            replace(json!({"Regex": "a|"}), &"x".repeat(500)),
            Err("256 times"),
        );
        check(map(&["fi", &"x".repeat(5000)]), Err("256 times"));
        check(
            json!({"type": "Precompiled", "precompiled_charsmap": "//8="}),
            Err("map"),
        );
        check(
            json!({"type": "Prepend", "prepend": "x".repeat(1000)}),
            Err("in front"),
        );
        check(json!({"type": "Python"}), Err("Python"));
        let nested = (0..9).fold(replace(json!({"String": "a"}), "aa"), |rule, _| {
            sequence(&[rule.clone(), rule])
        });
        check(nested, Err("256 times"));
    }
}
