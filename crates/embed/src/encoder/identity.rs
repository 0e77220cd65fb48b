//! How a model is named in an index, with everything else that decides a vector's bits on one instruction set.

use std::fmt;

use super::Precision;

/// The window that an identity need not mention: that of the default model.
const DEFAULT_WINDOW: usize = 256;

/// Raised whenever the same numbers give other bits, as by another approximation of a function.
const REVISION: u32 = 3;

/// What the identity of a model says: `name@hash:numbers.revision`, then the window and the dimensions where they are out of the ordinary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity<'i> {
    /// The model's name.
    pub name: &'i str,
    /// The first digits of the hash of its weights.
    pub hash: &'i str,
    /// In which numbers it is computed.
    pub precision: Precision,
    /// Tokens that it is given at most.
    pub window: usize,
    /// Dimensions that its vectors are cut to.
    pub n_dimensions: Option<usize>,
}

impl<'i> Identity<'i> {
    /// Reads an identity; nothing where it is of another revision or no model of ours.
    pub fn parse(text: &'i str) -> Option<Identity<'i>> {
        // A folder's name is a model's, whatever signs are in it; what follows has no `@`.
        let (name, rest) = text.rsplit_once('@')?;
        let mut parts = rest.split(':');
        let (hash, numbers) = (parts.next()?, parts.next()?);
        let (numbers, revision) = numbers.split_once('.')?;
        let precision = [Precision::F32, Precision::Int8]
            .into_iter()
            .find(|precision| self::numbers(*precision) == numbers)?;
        let mut identity = Identity {
            name,
            hash,
            precision,
            window: DEFAULT_WINDOW,
            n_dimensions: None,
        };
        for part in parts {
            match part.strip_suffix('d') {
                Some(n_dimensions) => identity.n_dimensions = Some(n_dimensions.parse().ok()?),
                None => identity.window = part.parse().ok()?,
            }
        }
        (revision.parse() == Ok(REVISION)).then_some(identity)
    }
}

impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, hash, numbers) = (self.name, self.hash, numbers(self.precision));
        write!(f, "{name}@{hash}:{numbers}.{REVISION}")?;
        if self.window != DEFAULT_WINDOW {
            write!(f, ":{}", self.window)?;
        }
        match self.n_dimensions {
            Some(n_dimensions) => write!(f, ":{n_dimensions}d"),
            None => Ok(()),
        }
    }
}

/// Other numbers in any product are other bits: the word names those of the linear layers and, where they differ, of attention.
fn numbers(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "f32",
        Precision::Int8 => "int8+bf16",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_identity_says_is_read_back() {
        for name in ["all-minilm-l6-v2", "my@model:2"] {
            for precision in [Precision::F32, Precision::Int8] {
                for (window, n_dimensions) in [(256, None), (512, None), (40, Some(64))] {
                    let identity = Identity {
                        name,
                        hash: "53aa5117",
                        precision,
                        window,
                        n_dimensions,
                    };
                    assert_eq!(Identity::parse(&identity.to_string()), Some(identity));
                }
            }
        }
    }

    #[test]
    fn other_revisions_and_other_models_are_not_read() {
        for text in [
            "mock-256",
            "all-minilm-l6-v2@53aa5117:int8",
            "all-minilm-l6-v2@53aa5117:int8+bf16.2",
            "all-minilm-l6-v2@53aa5117:f16.3",
            "all-minilm-l6-v2@53aa5117:f32.3:many",
        ] {
            assert_eq!(Identity::parse(text), None, "{text}");
        }
    }
}
