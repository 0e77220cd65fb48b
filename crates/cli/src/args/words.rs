//! Words that a flag knows, for the completions of shells.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

/// Offers words and takes any text: the settings decide whether it is valid, alike for flags, environment and files.
#[derive(Clone, Debug)]
pub(super) struct Words(pub(super) Vec<&'static str>);

impl TypedValueParser for Words {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().copied().map(PossibleValue::new)))
    }
}

/// Takes the fixed words of an enum.
pub(super) fn one_of<T: Copy + Send + Sync + 'static>(
    all: &[T],
    word: fn(T) -> &'static str,
    from_word: fn(&str) -> Option<T>,
) -> impl TypedValueParser<Value = T> + use<T> {
    PossibleValuesParser::new(all.iter().map(|one| word(*one)))
        .map(move |word| from_word(&word).expect("only words of the enum get here"))
}
