//! Texts to token ids, cut off at the model's window, without padding and without threads: word pieces by our own tables, everything else by
//! the `tokenizers` crate.

mod bounds;
mod vocabulary;
mod wordpiece;

use std::panic;
use std::path::Path;

use tokenizers::Tokenizer as Inner;
use tokenizers::utils::parallelism::set_parallelism;

use crate::EmbedError;
use crate::limits::TOKENIZER_MAX_BYTES;
use crate::tokenizer::wordpiece::WordPiece;

/// A word that no vocabulary has, of a character for private use.
const UNKNOWN: &str = "\u{10fffd}";

/// Far more than a token of a vocabulary stands for: text beyond so many for each token of a window is not looked at.
const TOKEN_MAX_BYTES: usize = 256;

/// The tokenizer of one model.
pub(crate) struct Tokenizer {
    kind: Kind,
    /// Special tokens before every sequence.
    head: Vec<u32>,
    /// Special tokens after every sequence.
    tail: Vec<u32>,
}

enum Kind {
    WordPiece(WordPiece),
    Library(Box<Inner>),
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    pub(crate) fn open(path: &Path) -> Result<Tokenizer, EmbedError> {
        let damaged = |source| EmbedError::Tokenizer {
            path: path.to_owned(),
            source,
        };
        let json = files::read_named(path, TOKENIZER_MAX_BYTES)?;
        if let Some((tokenizer, head, tail)) = WordPiece::read(&json) {
            return Ok(Tokenizer {
                kind: Kind::WordPiece(tokenizer),
                head,
                tail,
            });
        }
        // The library panics over some damaged files.
        let tokenizer = panic::catch_unwind(|| Tokenizer::of_library(&json));
        let tokenizer = tokenizer.unwrap_or_else(|_| Err("the library gave up on it".into()));
        tokenizer.map_err(damaged)
    }

    fn of_library(json: &[u8]) -> tokenizers::Result<Tokenizer> {
        bounds::require(json)?;
        // A worker is one process of one thread; pools of the library would be threads that nothing asked for.
        set_parallelism(false);
        let mut inner = Inner::from_bytes(json)?;
        inner.with_padding(None);
        // `count_tokens` needs whole texts, so the cut is made here and not by the library.
        inner.with_truncation(None)?;
        let (head, tail) = special_tokens(&inner)?;
        // Without a token for what it does not know, it could not encode every text.
        inner.encode_fast(UNKNOWN, false)?;
        Ok(Tokenizer {
            kind: Kind::Library(Box::new(inner)),
            head,
            tail,
        })
    }

    /// Returns the number of special tokens around a sequence.
    pub(crate) fn n_special_tokens(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    /// Returns the number of tokens of `text`, special tokens not counted.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.tokens(text).len()
    }

    /// Returns the ids of `prefix` and `text` between the special tokens, `window` ids at most.
    pub(crate) fn encode(&self, prefix: &str, text: &str, window: usize) -> Vec<u32> {
        let text = match &self.kind {
            Kind::WordPiece(_) => text,
            // What it makes of a text before it cuts it can be some times the text.
            Kind::Library(_) => {
                let most = window.saturating_mul(TOKEN_MAX_BYTES);
                &text[..text.floor_char_boundary(most)]
            }
        };
        let tokens = if prefix.is_empty() {
            self.tokens(text)
        } else {
            self.tokens(&format!("{prefix}{text}"))
        };
        let room = window.saturating_sub(self.n_special_tokens());
        let kept = &tokens[..tokens.len().min(room)];
        [&self.head, kept, &self.tail].concat()
    }

    fn tokens(&self, text: &str) -> Vec<u32> {
        match &self.kind {
            Kind::WordPiece(tokenizer) => tokenizer.tokens(text),
            Kind::Library(inner) => {
                let encoding = inner
                    .encode_fast(text, false)
                    .expect("an opened tokenizer encodes any text");
                encoding.get_ids().to_vec()
            }
        }
    }
}

/// Returns what the tokenizer's template puts before and after a sequence, learnt from one that is encoded both ways.
fn special_tokens(inner: &Inner) -> tokenizers::Result<(Vec<u32>, Vec<u32>)> {
    const SAMPLE: &str = "a";
    let bare = inner.encode_fast(SAMPLE, false)?;
    let framed = inner.encode_fast(SAMPLE, true)?;
    let (bare, framed) = (bare.get_ids(), framed.get_ids());
    let start = framed
        .windows(bare.len().max(1))
        .position(|window| window == bare)
        .ok_or("its template drops tokens of the text")?;
    if framed.len() == bare.len() {
        // An empty text would have nothing to pool.
        return Err("its template adds no special tokens".into());
    }
    Ok((
        framed[..start].to_vec(),
        framed[start + bare.len()..].to_vec(),
    ))
}

#[cfg(test)]
mod tests;
