//! The columns of the table of settings.

/// A setting as data: all but its type.
#[derive(Clone, Copy, Debug)]
pub struct SettingRow {
    /// Its name, which is the key in `mnemo.toml`.
    pub name: &'static str,
    /// Its name with dashes for underscores, as flags are written.
    pub flag_name: &'static str,
    /// The environment variables that set it; the first that is set wins.
    pub variables: &'static [&'static str],
    /// The flag that sets it.
    pub flag: Option<Flag>,
    /// What holds where nobody says anything, for people; empty for nothing.
    pub default: &'static str,
    /// What the file of a tree may do.
    pub tree: &'static str,
    /// What it is for, as `--help` says it.
    pub help: &'static str,
}

/// The flag of a setting.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The commands that take it.
    pub group: FlagGroup,
    /// What its value looks like; its lowercase words are offered by shells.
    pub value: &'static str,
    /// What kind of value that is.
    pub takes: FlagValue,
}

/// Commands that take the same flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagGroup {
    /// Every command.
    Global,
    /// Those that index.
    Index,
    /// Those that index by workers of this machine or others.
    Engine,
    /// Those that index, and forecasts of it.
    Resources,
    /// Those that choose files.
    Selection,
    /// Those that embed.
    Embedding,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagValue {
    /// Nothing: it switches on.
    Nothing,
    /// A word, a number or a name.
    Word,
    /// An amount, of which a wrong one may begin with a dash.
    Amount,
    /// An address.
    Url,
    /// A path of a file.
    File,
    /// A path of a folder.
    Folder,
    /// A glob, and the flag may be repeated.
    Globs,
}
