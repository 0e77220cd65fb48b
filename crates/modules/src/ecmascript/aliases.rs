//! The option `paths`: other names of modules, and where to look for them.

use rustc_hash::FxHashMap;

use super::json::Json;
use super::prefixes::Prefixes;

/// Places that are looked at for one name; of more, the first.
const TARGETS_MAX: usize = 64;

/// A compiled `paths`.
#[derive(Debug)]
pub(super) struct Aliases {
    exact: FxHashMap<String, Vec<String>>,
    /// The compiler takes the most specific pattern and no other.
    patterns: Prefixes<Vec<String>>,
    /// Some of it was left out.
    pub(super) is_cut: bool,
}

impl Aliases {
    /// Compiles the option; nothing when it is not an object.
    pub(super) fn new(json: &Json) -> Option<Aliases> {
        let Json::Object(entries) = json else {
            return None;
        };
        let mut exact = FxHashMap::default();
        let mut patterns = Vec::new();
        let mut is_cut = false;
        for (name, targets) in entries {
            let mut targets = targets.texts().unwrap_or_default();
            is_cut |= targets.len() > TARGETS_MAX;
            targets.truncate(TARGETS_MAX);
            match name.split_once('*') {
                Some((prefix, suffix)) => {
                    patterns.push((prefix.to_owned(), suffix.to_owned(), targets));
                }
                None => drop(exact.insert(name.clone(), targets)),
            }
        }
        let patterns = Prefixes::new(patterns);
        Some(Aliases {
            exact,
            is_cut: is_cut || patterns.is_cut,
            patterns,
        })
    }

    /// Returns where to look for `specifier`, in order, as written but for `*`.
    pub(super) fn targets(&self, specifier: &str) -> Vec<String> {
        if let Some(targets) = self.exact.get(specifier) {
            return targets.clone();
        }
        let found = self.patterns.matching(specifier).next();
        found.map_or_else(Vec::new, |(_, filling, targets)| {
            let targets = targets.iter();
            targets
                .map(|target| target.replacen('*', filling, 1))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_alias_answers_alone() {
        let text =
            r#"{"*": ["any/*"], "@a/*": ["a/*", "b/*"], "@a/x": ["x"], "@a/*.css": ["css/*"]}"#;
        let aliases = Aliases::new(&Json::parse(text.as_bytes().to_vec()).unwrap()).unwrap();
        assert_eq!(aliases.targets("@a/x"), ["x"]);
        assert_eq!(aliases.targets("@a/y/z"), ["a/y/z", "b/y/z"]);
        assert_eq!(aliases.targets("react"), ["any/react"]);
    }
}
