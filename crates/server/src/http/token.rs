//! The secret that a client shows.

use std::fs::File;
use std::io::{self, Read};

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use thiserror::Error;

/// Bytes of chance in a token: as many as nobody guesses.
const N_RANDOM_BYTES: usize = 32;

/// A token that a person chose has this many characters at least.
const CHARACTERS_MIN: usize = 16;

/// What a client has to show: `Authorization: Bearer TOKEN`. Does not show itself by `Debug`.
pub struct Token {
    text: String,
}

/// A text that is no token.
#[derive(Debug, Error)]
#[error("a token needs {CHARACTERS_MIN} visible ASCII characters at least")]
pub struct InvalidToken;

impl Token {
    /// Makes a token that nobody else knows.
    pub fn fresh() -> io::Result<Token> {
        let mut bytes = [0; N_RANDOM_BYTES];
        File::options()
            .read(true)
            .open("/dev/urandom")?
            .read_exact(&mut bytes)?;
        let text = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Token { text })
    }

    /// Takes a token that the person who starts the server gives.
    pub fn given(text: &str) -> Result<Token, InvalidToken> {
        let is_long = text.len() >= CHARACTERS_MIN;
        match is_long && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Token {
                text: text.to_owned(),
            }),
            false => Err(InvalidToken),
        }
    }

    /// Returns the token itself, for the person who started the server.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_shown_in(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        });
        shown.is_some_and(|shown| self.is(shown))
    }

    /// Returns what stands for the token in a cookie: who reads it there cannot show the token itself.
    pub(super) fn ticket(&self) -> String {
        blake3::derive_key("mnemo 2026-11-29 cookie of the page", self.text.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    pub(super) fn is_ticket(&self, shown: &str) -> bool {
        blake3::hash(shown.as_bytes()) == blake3::hash(self.ticket().as_bytes())
    }

    /// Compares in a time that says nothing about where the first difference is: hashes, whose comparison takes the same for all.
    pub(super) fn is(&self, shown: &str) -> bool {
        blake3::hash(shown.as_bytes()) == blake3::hash(self.text.as_bytes())
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_shown(token: &Token, header: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, header.parse().unwrap());
        token.is_shown_in(&headers)
    }

    #[test]
    fn only_the_token_itself_is_taken() {
        let token = Token::fresh().unwrap();
        let text = token.text();
        assert_eq!(text.len(), 2 * N_RANDOM_BYTES);
        assert!(is_shown(&token, &format!("Bearer {text}")));
        assert!(is_shown(&token, &format!("bearer  {text}")));
        for wrong in ["", "Bearer", "Bearer ", "Basic x", &text[1..], text] {
            assert!(!is_shown(&token, wrong), "{wrong}");
        }
        assert!(!is_shown(&token, &format!("Bearer {}", &text[1..])));
        assert!(!token.is_shown_in(&HeaderMap::new()));
        assert_ne!(Token::fresh().unwrap().text(), text);
    }

    #[test]
    fn given_tokens_are_long_and_can_be_sent() {
        assert!(Token::given("0123456789abcdef").is_ok());
        for text in ["", "short", "0123456789abcde\n", "0123456789 abcdef"] {
            assert!(Token::given(text).is_err(), "{text:?}");
        }
    }
}
