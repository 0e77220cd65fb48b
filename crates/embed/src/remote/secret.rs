//! A key that cannot be printed by accident.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A key that never shows: it has no `Display`, and its `Debug` says only that there is one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes a key, without the line break that files end with.
    pub fn new(text: &str) -> Secret {
        Secret(text.trim().to_owned())
    }

    /// Returns the key, to be sent.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns whether it can stand in a header: visible ASCII, and at least one character of it.
    pub(super) fn is_sendable(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
