//! Flags of settings, made of the table of settings.

use std::fmt::Debug;
use std::marker::PhantomData;

use app::{Flag, FlagGroup, FlagValue, Overrides, SETTINGS, SettingRow};
use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, ValueHint};

use super::words::Words;

/// Chooses the settings whose flags a command takes.
pub(crate) trait Choice {
    fn has(row: &SettingRow, flag: &Flag) -> bool;
}

/// What the flags of some settings say.
#[derive(Clone, Debug)]
pub(crate) struct SettingFlags<C> {
    overrides: Overrides,
    choice: PhantomData<C>,
}

impl<C: Choice> SettingFlags<C> {
    /// Adds what was said.
    pub(crate) fn apply(&self, overrides: &mut Overrides) {
        overrides.extend(&self.overrides);
    }

    fn rows() -> impl Iterator<Item = (&'static SettingRow, Flag)> {
        let with_flag = SETTINGS.iter().filter_map(|row| Some((row, row.flag?)));
        with_flag.filter(|(row, flag)| C::has(row, flag))
    }
}

/// The flags of all commands that embed.
pub(crate) type EmbeddingFlags = SettingFlags<Embedding>;

/// Names types that choose a group.
macro_rules! groups {
    ($($(#[$doc:meta])* $name:ident),+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub(crate) struct $name;

            impl Choice for $name {
                fn has(_: &SettingRow, flag: &Flag) -> bool {
                    flag.group == FlagGroup::$name
                }
            }
        )+
    };
}

groups!(
    /// What every command takes.
    Global,
    /// How long a run waits.
    Index,
    /// Where workers are.
    Engine,
    /// What a run may use of the machine.
    Resources,
    /// Which files are indexed.
    Selection,
    /// How texts become vectors.
    Embedding
);

/// Where the files of a model lie.
#[derive(Clone, Debug)]
pub(crate) struct ModelFolder;

impl Choice for ModelFolder {
    fn has(row: &SettingRow, _: &Flag) -> bool {
        row.name == "model_dir"
    }
}

/// How texts become vectors, and on how many threads.
#[derive(Clone, Debug)]
pub(crate) struct Serving;

impl Choice for Serving {
    fn has(row: &SettingRow, flag: &Flag) -> bool {
        flag.group == FlagGroup::Embedding || row.name == "threads"
    }
}

impl<C: Choice> Args for SettingFlags<C> {
    fn augment_args(command: Command) -> Command {
        SettingFlags::<C>::rows().fold(command, |command, (row, flag)| command.arg(arg(row, flag)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<C: Choice> FromArgMatches for SettingFlags<C> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut overrides = Overrides::default();
        for (row, flag) in SettingFlags::<C>::rows() {
            match flag.takes {
                FlagValue::Nothing => {
                    // A flag that is not given says nothing, so that the layers below it decide.
                    let text = matches.get_flag(row.name).then(|| "true".to_owned());
                    overrides.set(row.name, text);
                }
                FlagValue::Globs => {
                    let globs = matches.get_many::<String>(row.name).unwrap_or_default();
                    overrides.set_list(row.name, globs.cloned().collect());
                }
                _ => overrides.set(row.name, matches.get_one::<String>(row.name).cloned()),
            }
        }
        Ok(SettingFlags {
            overrides,
            choice: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn arg(row: &SettingRow, flag: Flag) -> Arg {
    let arg = Arg::new(row.name).long(row.flag_name).help(help(row));
    let arg = match flag.group {
        FlagGroup::Global => arg.global(true).help_heading("Global options"),
        _ => arg,
    };
    if flag.takes == FlagValue::Nothing {
        return arg.action(ArgAction::SetTrue);
    }
    let arg = arg.value_name(flag.value);
    match flag.takes {
        FlagValue::Globs => arg.action(ArgAction::Append),
        FlagValue::Url => arg.value_hint(ValueHint::Url),
        FlagValue::File => arg.value_hint(ValueHint::FilePath),
        FlagValue::Folder => arg.value_hint(ValueHint::DirPath),
        takes => arg
            // A negative amount is refused by the settings, which say what an amount is.
            .allow_hyphen_values(takes == FlagValue::Amount)
            .value_parser(value_parser(flag))
            // The name of the value lists them.
            .hide_possible_values(true),
    }
}

fn help(row: &SettingRow) -> String {
    match row.default {
        // That a switch is off is no news.
        "" | "false" => row.help.to_owned(),
        default => format!("{} [default: {default}]", row.help),
    }
}

fn value_parser(flag: Flag) -> ValueParser {
    let words: Vec<&'static str> = words(flag.value).collect();
    match words.is_empty() {
        true => ValueParser::string(),
        false => ValueParser::new(Words(words)),
    }
}

/// The words among the values that a flag can have, such as `auto` in `N|auto`.
fn words(value: &'static str) -> impl Iterator<Item = &'static str> {
    value
        // What a person fills in stands in capitals.
        .split('|')
        .filter(|word| word.starts_with(|letter: char| letter.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use app::{SECRETS, Settings};

    use super::*;

    /// Returns the table of settings of `docs/configuration.md`.
    fn settings_table() -> String {
        let mut table = "| setting | flag | variables | default | a tree may | what it is for |\n| --- | --- | --- | --- | --- | --- |\n".to_owned();
        for row in SETTINGS {
            let flag = row.flag.map_or_else(String::new, |flag| {
                format!("`--{} {}", row.flag_name, flag.value)
                    .trim_end()
                    .to_owned()
                    + "`"
            });
            let variables: Vec<String> = row
                .variables
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            let cells = [
                format!("`{}`", row.name),
                flag,
                variables.join(", "),
                row.default.to_owned(),
                row.tree.to_owned(),
                row.help.to_owned(),
            ];
            let cells = cells.map(|cell| cell.replace('|', "\\|"));
            table += &format!("| {} |\n", cells.join(" | "));
        }
        table
    }

    fn secrets_table() -> String {
        let rows = SECRETS
            .iter()
            .map(|secret| format!("| `{}` | {} |\n", secret.variable, secret.help));
        "| variable | what it is for |\n| --- | --- |\n".to_owned() + &rows.collect::<String>()
    }

    #[test]
    fn documentation_lists_every_setting() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/configuration.md");
        testkit::check_section(page.as_ref(), "settings", &settings_table());
        testkit::check_section(page.as_ref(), "secrets", &secrets_table());
    }

    #[test]
    fn words_that_shells_are_offered_are_those_of_the_settings() {
        for row in SETTINGS {
            for word in row.flag.into_iter().flat_map(|flag| words(flag.value)) {
                let mut overrides = Overrides::default();
                overrides.set(row.name, Some(word.to_owned()));
                Settings::resolve(&overrides, None).unwrap();
            }
        }
    }
}
