//! JSON as configuration files have it: comments, trailing commas, and an order of keys that matters.
//!
//! The conditions of `exports` are tried in the order in which they are written, which `serde_json::Value` forgets. Every getter
//! treats a value of an unexpected type as absent, so that one odd field does not cost the others.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Json {
    /// `null`, or a key that is not there.
    #[default]
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// Any number: no option of ours is one.
    Number,
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in the order of the file.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a file's bytes; an empty file is an empty object, as for the compiler.
    pub(super) fn parse(mut bytes: Vec<u8>) -> Result<Json, serde_json::Error> {
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes[..3].fill(b' ');
        }
        // Fails only on a comment that never ends; what stands before it may be whole all the same, and the parser finds out.
        json_strip_comments::strip_slice(&mut bytes).ok();
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Json::Object(Vec::new()));
        }
        serde_json::from_slice(&bytes)
    }

    /// Returns the value of a key; of the last one where a key is written twice.
    pub(super) fn get(&self, key: &str) -> &Json {
        self.entries()
            .iter()
            .rfind(|(name, _)| name == key)
            .map_or(&Json::Null, |(_, value)| value)
    }

    /// Returns the text of a string.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the truth of a boolean.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Json::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    /// Returns the items of an array; nothing when it is no array.
    pub(super) fn items(&self) -> Option<&[Json]> {
        match self {
            Json::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the strings of an array; nothing when it is no array.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        let items = self.items()?;
        let texts = items.iter().filter_map(Json::text);
        Some(texts.map(str::to_owned).collect())
    }

    /// Returns keys and values; none when it is no object.
    pub(super) fn entries(&self) -> &[(String, Json)] {
        match self {
            Json::Object(entries) => entries,
            _ => &[],
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Json {
        Json::parse(text.as_bytes().to_vec()).expect("the text is JSON with comments")
    }

    #[test]
    fn comments_trailing_commas_and_a_byte_order_mark_are_no_errors() {
        let json = parse("\u{feff}{ // why\n \"a\": [\"/* no comment */\", 1,], /* x */ }");
        assert_eq!(json.get("a").texts().unwrap(), ["/* no comment */"]);
    }

    #[test]
    fn keys_keep_their_order_and_the_last_of_two_counts() {
        let json = parse(r#"{"z": true, "a": "1", "a": "2"}"#);
        assert_eq!(json.entries()[0].0, "z");
        assert_eq!(json.get("a").text(), Some("2"));
    }

    #[test]
    fn a_value_of_another_type_is_absent() {
        let json = parse(r#"{"a": 1, "b": null}"#);
        assert_eq!(json.get("a").text(), None);
        assert_eq!(json.get("b").flag(), None);
        assert!(json.get("c").entries().is_empty());
    }

    #[test]
    fn an_empty_file_is_an_empty_object() {
        assert_eq!(parse(" \n"), Json::Object(Vec::new()));
        assert!(Json::parse(b"{\"a\": ".to_vec()).is_err());
        assert!(Json::parse(b"{ /* never closed }".to_vec()).is_err());
    }
}
