//! BERT's tokenizer, as `tokenizer.json` describes it: text is cleaned, split at spaces and punctuation, and each word cut into the longest
//! known pieces from the left (Devlin et al., "BERT", 2019; Wu et al., 2016, for word pieces).
//!
//! The `tokenizers` crate does the same and is what every other tokenizer is left to; its tables take ten times the memory, in every
//! worker, and its time counts beside a fast encoder. Tests hold the two against each other, id by id.

use serde::Deserialize;
use unicode_categories::UnicodeCategories;
use unicode_normalization_alignments::UnicodeNormalization;

use super::vocabulary::Vocabulary;

/// The parts of a `tokenizer.json` that decide. What has another shape does not deserialize and is not for this tokenizer.
#[derive(Deserialize)]
struct File {
    added_tokens: Vec<AddedToken>,
    normalizer: Normalizer,
    pre_tokenizer: PreTokenizer,
    post_processor: PostProcessor,
    model: Model,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum Normalizer {
    BertNormalizer {
        clean_text: bool,
        handle_chinese_chars: bool,
        strip_accents: Option<bool>,
        lowercase: bool,
    },
}

#[derive(Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
enum PreTokenizer {
    BertPreTokenizer {},
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum PostProcessor {
    #[serde(rename = "TemplateProcessing")]
    Template {
        single: Vec<TemplatePart>,
        special_tokens: std::collections::HashMap<String, SpecialToken>,
    },
    #[serde(rename = "BertProcessing", alias = "RobertaProcessing")]
    Bert {
        cls: (String, u32),
        sep: (String, u32),
    },
}

#[derive(Deserialize)]
enum TemplatePart {
    SpecialToken { id: String },
    Sequence {},
}

#[derive(Deserialize)]
struct SpecialToken {
    ids: Vec<u32>,
}

#[derive(Deserialize)]
struct Model {
    unk_token: String,
    continuing_subword_prefix: String,
    max_input_chars_per_word: usize,
    vocab: Vocabulary,
}

/// A tokenizer with its tables.
pub(super) struct WordPiece {
    vocabulary: Vocabulary,
    /// Put before a piece that does not begin its word.
    prefix: String,
    max_characters: usize,
    unknown: u32,
    /// Texts that are a token wherever they stand, with their ids.
    added: Vec<(String, u32)>,
    cleans: bool,
    splits_ideographs: bool,
    strips_accents: bool,
    lowers: bool,
}

/// A tokenizer and the special tokens before and after a sequence.
pub(super) type Framed = (WordPiece, Vec<u32>, Vec<u32>);

impl WordPiece {
    /// Reads a `tokenizer.json`; nothing for one that describes another kind of tokenizer.
    pub(super) fn read(json: &[u8]) -> Option<Framed> {
        let file: File = serde_json::from_slice(json).ok()?;
        let is_plain = |token: &AddedToken| {
            let is_special_case =
                token.single_word || token.lstrip || token.rstrip || token.normalized;
            !is_special_case && !token.content.is_empty()
        };
        if !file.added_tokens.iter().all(is_plain) {
            return None;
        }
        let (head, tail) = frame(file.post_processor)?;
        let PreTokenizer::BertPreTokenizer {} = file.pre_tokenizer;
        let Normalizer::BertNormalizer {
            clean_text,
            handle_chinese_chars,
            strip_accents,
            lowercase,
        } = file.normalizer;
        let added = file.added_tokens.into_iter();
        let tokenizer = WordPiece {
            unknown: file.model.vocab.id(&file.model.unk_token)?,
            vocabulary: file.model.vocab,
            prefix: file.model.continuing_subword_prefix,
            max_characters: file.model.max_input_chars_per_word,
            added: added.map(|token| (token.content, token.id)).collect(),
            cleans: clean_text,
            splits_ideographs: handle_chinese_chars,
            strips_accents: strip_accents.unwrap_or(lowercase),
            lowers: lowercase,
        };
        Some((tokenizer, head, tail))
    }

    /// Returns the ids of a text, without special tokens around it.
    pub(super) fn tokens(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 3);
        let mut rest = text;
        while let Some((start, end, id)) = self.next_added(rest) {
            self.push_text(&rest[..start], &mut ids);
            ids.push(id);
            rest = &rest[end..];
        }
        self.push_text(rest, &mut ids);
        ids
    }

    /// Returns where the first added token stands, the longest of several at one place.
    fn next_added(&self, text: &str) -> Option<(usize, usize, u32)> {
        let found = self.added.iter().filter_map(|(content, id)| {
            let start = text.find(content.as_str())?;
            Some((start, start + content.len(), *id))
        });
        found.min_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)))
    }

    fn push_text(&self, text: &str, ids: &mut Vec<u32>) {
        let text = self.normalized(text);
        for run in text.split(char::is_whitespace) {
            let mut start = 0;
            for (at, mark) in run.match_indices(is_punctuation) {
                self.push_word(&run[start..at], ids);
                self.push_word(mark, ids);
                start = at + mark.len();
            }
            self.push_word(&run[start..], ids);
        }
    }

    fn normalized(&self, text: &str) -> String {
        if text.is_ascii() {
            let kept = text.chars().filter(|c| !self.cleans || !is_control(*c));
            return match self.lowers {
                true => kept.map(|c| c.to_ascii_lowercase()).collect(),
                false => kept.collect(),
            };
        }
        let mut normalized = String::with_capacity(text.len());
        for c in text.chars() {
            if self.cleans && (c == '\0' || c == char::REPLACEMENT_CHARACTER || is_control(c)) {
                continue;
            }
            match self.splits_ideographs && is_ideograph(c) {
                true => normalized.extend([' ', c, ' ']),
                false => normalized.push(c),
            }
        }
        if self.strips_accents {
            let decomposed = normalized.nfd().map(|(c, _)| c);
            normalized = decomposed.filter(|c| !c.is_mark_nonspacing()).collect();
        }
        if self.lowers {
            normalized = normalized.chars().flat_map(char::to_lowercase).collect();
        }
        normalized
    }

    fn push_word(&self, word: &str, ids: &mut Vec<u32>) {
        if word.is_empty() {
            return;
        }
        let first = ids.len();
        let is_long =
            word.len() > self.max_characters && word.chars().nth(self.max_characters).is_some();
        let mut rest = if is_long { "" } else { word };
        let mut prefix = "";
        while !rest.is_empty() {
            let Some((id, n_bytes)) = self.vocabulary.longest(prefix, rest) else {
                ids.truncate(first);
                break;
            };
            ids.push(id);
            rest = &rest[n_bytes..];
            prefix = &self.prefix;
        }
        if ids.len() == first {
            ids.push(self.unknown);
        }
    }
}

/// Returns the special tokens before and after a sequence; nothing for a template with other than one place for it, or without any.
fn frame(post_processor: PostProcessor) -> Option<(Vec<u32>, Vec<u32>)> {
    let (single, special_tokens) = match post_processor {
        PostProcessor::Bert { cls, sep } => {
            return Some((vec![cls.1], vec![sep.1]));
        }
        PostProcessor::Template {
            single,
            special_tokens,
        } => (single, special_tokens),
    };
    let mut sides = vec![Vec::new()];
    for part in &single {
        match part {
            TemplatePart::SpecialToken { id } => {
                sides.last_mut()?.extend(&special_tokens.get(id)?.ids);
            }
            TemplatePart::Sequence {} => sides.push(Vec::new()),
        }
    }
    let [head, tail] = <[Vec<u32>; 2]>::try_from(sides).ok()?;
    // An empty text would have nothing to pool.
    (!head.is_empty() || !tail.is_empty()).then_some((head, tail))
}

fn is_control(c: char) -> bool {
    !matches!(c, '\t' | '\n' | '\r') && c.is_other()
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || (!c.is_ascii() && c.is_punctuation())
}

/// Whether a character is in a block of CJK ideographs, in the ranges that BERT was trained with.
fn is_ideograph(c: char) -> bool {
    matches!(
        u32::from(c),
        0x4e00..=0x9fff
            | 0x3400..=0x4dbf
            | 0x2_0000..=0x2_a6df
            | 0x2_a700..=0x2_b73f
            | 0x2_b740..=0x2_b81f
            | 0x2_b920..=0x2_ceaf
            | 0xf900..=0xfaff
            | 0x2_f800..=0x2_fa1f
    )
}
