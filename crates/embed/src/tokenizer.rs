//! Texts to token ids: the `tokenizers` crate, cut off at the model's window, without padding and without threads.

use std::path::Path;

use tokenizers::Tokenizer as Inner;
use tokenizers::utils::parallelism::set_parallelism;

use crate::EmbedError;

/// The tokenizer of one model.
pub(crate) struct Tokenizer {
    inner: Inner,
    /// Special tokens before every sequence.
    head: Vec<u32>,
    /// Special tokens after every sequence.
    tail: Vec<u32>,
}

impl Tokenizer {
    /// Reads a `tokenizer.json`.
    pub(crate) fn open(path: &Path) -> Result<Tokenizer, EmbedError> {
        let damaged = |source| EmbedError::Tokenizer {
            path: path.to_owned(),
            source,
        };
        // A worker is one process of one thread; pools of the library would be threads that nothing asked for.
        set_parallelism(false);
        let mut inner = Inner::from_bytes(fs_err::read(path)?).map_err(damaged)?;
        inner.with_padding(None);
        // `count_tokens` needs whole texts, so the cut is made here and not by the library.
        inner.with_truncation(None).map_err(damaged)?;
        let (head, tail) = special_tokens(&inner).map_err(damaged)?;
        Ok(Tokenizer { inner, head, tail })
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
        let encoding = self
            .inner
            .encode_fast(text, false)
            .expect("an opened tokenizer encodes any text");
        encoding.get_ids().to_vec()
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
