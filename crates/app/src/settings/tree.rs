//! What the `mnemo.toml` of a tree may say: that less be done than its user allows.
//!
//! Who clones a tree to index it has agreed to nothing that is in it. So a value from a tree becomes a [`Setting`]
//! by the rule of its row alone: where it is tighter than what the user's own file or nobody said. What a person says by a flag or the
//! environment, in the face of this tree, is left as it is. No key with a path, an address, a program or a model is known here.

use std::num::NonZeroUsize;
use std::path::Path;

use files::Folder;

use super::layers::{FILE_NAME, Table};
use super::row::SettingRow;
use super::{InvalidSetting, Provenance, Setting, values};

/// The file is a few lines long; a larger one is no configuration.
const MAX_BYTES: u64 = 64 << 10;

/// The file of a tree, with what nobody has taken of it yet.
pub(super) struct TreeFile {
    table: Table,
    /// What it asks for although a tree may not have it.
    in_vain: Vec<&'static str>,
}

impl TreeFile {
    /// Reads the file of the folder `tree`, if it has one, which may have the settings in `rows`.
    pub(super) fn read(
        tree: &Path,
        rows: &[SettingRow],
    ) -> Result<Option<TreeFile>, InvalidSetting> {
        let file = tree.join(FILE_NAME);
        let text = Folder::open(tree).and_then(|folder| folder.read_text(FILE_NAME, MAX_BYTES));
        Ok(Table::of(file, text, rows)?.map(|table| TreeFile {
            table,
            in_vain: Vec::new(),
        }))
    }

    /// Returns what a rule of the table of settings lets a tree do, for people.
    pub(super) const fn in_words(rule: &'static str) -> &'static str {
        match rule.as_bytes() {
            b"only" => "towards safety",
            b"lower" => "lower",
            b"narrow" => "fewer files",
            _ => "",
        }
    }

    /// Leaves a setting alone that is none of a tree's business.
    pub(super) fn never<S, P>(
        &mut self,
        name: &'static str,
        _setting: &mut S,
        _n_threads: NonZeroUsize,
        _parse: P,
    ) -> Result<(), InvalidSetting> {
        if self.table.take_text(name).is_some() {
            self.in_vain.push(name);
        }
        Ok(())
    }

    /// Takes the one value that a tree may give.
    pub(super) fn only<T: PartialEq>(
        &mut self,
        name: &'static str,
        setting: &mut Setting<T>,
        _n_threads: NonZeroUsize,
        parse: values::Parse<T>,
        allowed: T,
    ) -> Result<(), InvalidSetting> {
        match self.take(name, parse)? {
            Some(asked) if asked == allowed => {
                self.tighten(setting, asked, |asked, own| asked != own)
            }
            Some(_) => self.in_vain.push(name),
            None => {}
        }
        Ok(())
    }

    /// Takes an amount that is less than the user's own.
    pub(super) fn lower<T>(
        &mut self,
        name: &'static str,
        setting: &mut Setting<T>,
        n_threads: NonZeroUsize,
        parse: values::Parse<T>,
        is_lower: fn(&T, &T, NonZeroUsize) -> bool,
    ) -> Result<(), InvalidSetting> {
        if let Some(asked) = self.take(name, parse)? {
            self.tighten(setting, asked, |asked, own| is_lower(asked, own, n_threads));
        }
        Ok(())
    }

    /// Adds globs, each list of which leaves more out.
    pub(super) fn narrow(
        &mut self,
        name: &'static str,
        settings: &mut Vec<Setting<Vec<String>>>,
        _n_threads: NonZeroUsize,
    ) -> Result<(), InvalidSetting> {
        let provenance = self.provenance();
        let asked = self.table.take_list(name, || provenance.clone())?;
        if let Some(value) = asked
            && !settings.iter().any(Setting::is_explicit)
        {
            settings.push(Setting { value, provenance });
        }
        Ok(())
    }

    /// Returns what a person should know of what was not taken.
    pub(super) fn remark(self) -> Option<String> {
        (!self.in_vain.is_empty()).then(|| {
            format!(
                "{} is of the tree, which may only ask for less: {} ignored; set by flag, environment or in your own configuration folder",
                self.table.path().display(),
                self.in_vain.join(", ")
            )
        })
    }

    /// Takes the value where it is tighter than that of a setting that nobody made for this tree.
    fn tighten<T>(
        &self,
        setting: &mut Setting<T>,
        asked: T,
        is_tighter: impl FnOnce(&T, &T) -> bool,
    ) {
        if !setting.is_explicit() && is_tighter(&asked, &setting.value) {
            *setting = Setting {
                value: asked,
                provenance: self.provenance(),
            };
        }
    }

    fn take<T>(
        &mut self,
        name: &'static str,
        parse: values::Parse<T>,
    ) -> Result<Option<T>, InvalidSetting> {
        let text = self.table.take_text(name);
        text.map(|text| {
            parse(&text)
                .map_err(|expected| InvalidSetting::value(name, &text, self.provenance(), expected))
        })
        .transpose()
    }

    fn provenance(&self) -> Provenance {
        Provenance::Tree(self.table.path().to_owned())
    }
}
