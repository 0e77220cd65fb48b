//! What is sent to a service and what may come back.
//!
//! An answer is a stranger's: its vectors are counted, put in order, measured and scaled before anybody sees them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{Protocol, RemoteSettings};
use crate::Role;

/// The body of a request for vectors.
#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    OpenAi {
        model: &'a str,
        input: &'a [String],
        encoding_format: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        dimensions: Option<usize>,
        #[serde(skip_serializing_if = "Option::is_none")]
        input_type: Option<&'a str>,
    },
    TextEmbeddingsInference {
        inputs: &'a [String],
        truncate: bool,
    },
}

/// Writes the request for the vectors of `inputs`.
pub(super) fn request(settings: &RemoteSettings, inputs: &[String], role: Role) -> Vec<u8> {
    let input_type = match role {
        Role::Document => Some("document"),
        Role::Query => Some("query"),
        Role::Whole => None,
    };
    let body = match settings.protocol {
        Protocol::OpenAi => Body::OpenAi {
            model: &settings.model,
            input: inputs,
            // A third of the bytes of numbers in decimal, and exact.
            encoding_format: "base64",
            dimensions: settings.requested_dimensions,
            input_type: input_type.filter(|_| settings.sends_input_type),
        },
        Protocol::TextEmbeddingsInference => Body::TextEmbeddingsInference {
            inputs,
            truncate: true,
        },
    };
    serde_json::to_vec(&body).expect("strings and numbers always serialize")
}

#[derive(Deserialize)]
struct OpenAiAnswer {
    data: Vec<OpenAiVector>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct OpenAiVector {
    index: Option<usize>,
    embedding: Numbers,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Numbers {
    Decimal(Vec<f32>),
    Base64(String),
}

#[derive(Deserialize)]
struct Usage {
    prompt_tokens: Option<usize>,
    total_tokens: Option<usize>,
}

/// An answer that holds together.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    /// One unit vector per input, in the order of the inputs.
    pub(super) vectors: Vec<Vec<f32>>,
    /// As the service counted.
    pub(super) n_tokens: Option<usize>,
}

/// Reads the answer to a request for `n_inputs` vectors. Fails with what is wrong unless there is one finite vector per input, all of the
/// same length and of `n_dimensions` where these are known.
pub(super) fn answer(
    protocol: Protocol,
    bytes: &[u8],
    n_inputs: usize,
    n_dimensions: Option<usize>,
) -> Result<Answer, String> {
    let unreadable = |error: serde_json::Error| format!("not the JSON of embeddings ({error})");
    let (vectors, n_tokens) = match protocol {
        Protocol::TextEmbeddingsInference => {
            (serde_json::from_slice(bytes).map_err(unreadable)?, None)
        }
        Protocol::OpenAi => {
            let answer: OpenAiAnswer = serde_json::from_slice(bytes).map_err(unreadable)?;
            let usage = answer.usage;
            let n_tokens = usage.and_then(|usage| usage.prompt_tokens.or(usage.total_tokens));
            (in_order(answer.data, n_inputs)?, n_tokens)
        }
    };
    let vectors: Vec<Vec<f32>> = vectors;
    if vectors.len() != n_inputs {
        return Err(format!("{} vectors for {n_inputs} inputs", vectors.len()));
    }
    let expected = n_dimensions.or_else(|| vectors.first().map(Vec::len));
    let vectors = vectors
        .into_iter()
        .map(|vector| match Some(vector.len()) == expected {
            true => unit(vector),
            false => Err(format!(
                "a vector of {} dimensions where {} were expected",
                vector.len(),
                expected.unwrap_or(0)
            )),
        })
        .collect::<Result<_, _>>()?;
    Ok(Answer { vectors, n_tokens })
}

/// Puts vectors where their indices say; a service that gives no index keeps the order of the inputs.
fn in_order(data: Vec<OpenAiVector>, n_inputs: usize) -> Result<Vec<Vec<f32>>, String> {
    let mut places: Vec<Option<Vec<f32>>> = vec![None; n_inputs];
    for (position, item) in data.into_iter().enumerate() {
        let index = item.index.unwrap_or(position);
        let place = places
            .get_mut(index)
            .ok_or_else(|| format!("a vector for input {index} of {n_inputs}"))?;
        if place.replace(numbers(item.embedding)?).is_some() {
            return Err(format!("two vectors for input {index}"));
        }
    }
    places
        .into_iter()
        .enumerate()
        .map(|(index, place)| place.ok_or_else(|| format!("no vector for input {index}")))
        .collect()
}

fn numbers(numbers: Numbers) -> Result<Vec<f32>, String> {
    let text = match numbers {
        Numbers::Decimal(values) => return Ok(values),
        Numbers::Base64(text) => text,
    };
    let bytes = STANDARD
        .decode(text)
        .map_err(|error| format!("a vector that is not base64 ({error})"))?;
    let (words, rest) = bytes.as_chunks::<4>();
    match rest {
        [] => Ok(words.iter().copied().map(f32::from_le_bytes).collect()),
        _ => Err("a vector of base64 that ends within a number".to_owned()),
    }
}

/// Scales a vector to unit length, in double precision so that one that has it already stays as it is to the last bits.
fn unit(mut vector: Vec<f32>) -> Result<Vec<f32>, String> {
    let norm = vector
        .iter()
        .map(|&value| f64::from(value) * f64::from(value))
        .sum::<f64>()
        .sqrt();
    if !norm.is_finite() || norm == 0.0 {
        return Err("a vector that is empty, zero or not finite".to_owned());
    }
    // Within the rounding of its own sum it is of unit length: another service's bits are kept.
    const ROUNDING: f64 = 1e-6;
    if (norm - 1.0).abs() > ROUNDING {
        for value in &mut vector {
            *value = (f64::from(*value) / norm) as f32;
        }
    }
    Ok(vector)
}

/// Returns what a service said about its refusal, on one short line.
pub(super) fn complaint(bytes: &[u8]) -> String {
    const LONGEST: usize = 200;
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Complaint {
        OpenAi { error: Message },
        Plain { error: String },
        Detail { detail: String },
        Message(Message),
    }
    #[derive(Deserialize)]
    struct Message {
        message: String,
    }
    let text = match serde_json::from_slice(bytes) {
        Ok(
            Complaint::OpenAi {
                error: Message { message },
            }
            | Complaint::Message(Message { message }),
        ) => message,
        Ok(Complaint::Plain { error: text } | Complaint::Detail { detail: text }) => text,
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openai(text: &str) -> Result<Answer, String> {
        answer(Protocol::OpenAi, text.as_bytes(), 2, Some(2))
    }

    #[test]
    fn vectors_stand_where_their_index_says() {
        let text = r#"{"data": [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1, 0]}], "usage": {"prompt_tokens": 7}}"#;
        let expected = Answer {
            vectors: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
            n_tokens: Some(7),
        };
        assert_eq!(openai(text), Ok(expected));
    }

    #[test]
    fn base64_is_read_to_the_last_bit() {
        let bytes: Vec<u8> = [0.6f32, 0.8].iter().flat_map(|v| v.to_le_bytes()).collect();
        let text = format!(
            r#"{{"data": [{{"embedding": "{0}"}}, {{"embedding": "{0}"}}]}}"#,
            STANDARD.encode(bytes)
        );
        assert_eq!(openai(&text).unwrap().vectors, vec![vec![0.6, 0.8]; 2]);
    }

    #[test]
    fn vectors_are_scaled_to_unit_length() {
        let answer = answer(Protocol::TextEmbeddingsInference, b"[[3, 4]]", 1, None);
        assert_eq!(answer.unwrap().vectors, [[0.6, 0.8]]);
    }

    #[test]
    fn answers_that_do_not_hold_together_are_refused() {
        let of = |data: &str| openai(&format!(r#"{{"data": [{data}]}}"#)).unwrap_err();
        let good = r#"{"index": 0, "embedding": [1, 0]}"#;
        let nan = STANDARD.encode([0, 0, 0xc0, 0x7f, 0, 0, 0, 0]);
        let nan = format!(r#"{good}, {{"index": 1, "embedding": "{nan}"}}"#);
        for (data, expected) in [
            ("", "no vector for input 0"),
            (good, "no vector for input 1"),
            (&format!("{good}, {good}"), "two vectors for input 0"),
            (
                r#"{"index": 2, "embedding": [1, 0]}"#,
                "a vector for input 2 of 2",
            ),
            (
                &format!(r#"{good}, {{"index": 1, "embedding": [1]}}"#),
                "a vector of 1 dimensions",
            ),
            (
                &format!(r#"{good}, {{"index": 1, "embedding": [0, 0]}}"#),
                "a vector that is empty",
            ),
            (
                &format!(r#"{good}, {{"index": 1, "embedding": [NaN, 0]}}"#),
                "not the JSON",
            ),
            (
                &format!(r#"{good}, {{"index": 1, "embedding": [null, 0]}}"#),
                "not the JSON",
            ),
            (
                &format!(r#"{good}, {{"index": 1, "embedding": "AAA="}}"#),
                "a vector of base64 that ends",
            ),
            (&nan, "a vector that is empty, zero or not finite"),
        ] {
            let error = of(data);
            assert!(error.starts_with(expected), "{data}: {error}");
        }
        assert!(openai("<html>").unwrap_err().starts_with("not the JSON"));
    }

    #[test]
    fn complaints_are_one_short_line() {
        for (text, expected) in [
            (
                r#"{"error": {"message": "bad\nmodel", "type": "x"}}"#,
                "bad model",
            ),
            (
                r#"{"error": "too long", "error_type": "Validation"}"#,
                "too long",
            ),
            (r#"{"detail": "Not Found"}"#, "Not Found"),
            (r#"{"object": "error", "message": "no"}"#, "no"),
            ("plain\u{1b}[31m text", "plain [31m text"),
        ] {
            assert_eq!(complaint(text.as_bytes()), expected);
        }
        assert_eq!(complaint("x".repeat(1000).as_bytes()).len(), 200);
    }
}
