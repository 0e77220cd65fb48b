//! How large the files of a model may be: some times the largest that are published. What is larger, or no regular file, is refused
//! wherever a model's file is opened.

/// Descriptions: `config.json` and its kin.
pub(crate) const DESCRIPTION_MAX_BYTES: u64 = 1 << 20;

/// `tokenizer.json`.
pub(crate) const TOKENIZER_MAX_BYTES: u64 = 64 << 20;

/// The weights.
pub(crate) const WEIGHTS_MAX_BYTES: u64 = 16 << 30;
