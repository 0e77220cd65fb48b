//! The option `paths`: other names of modules, and where to look for them.

use rustc_hash::FxHashMap;

use super::json::Json;

/// A compiled `paths`.
#[derive(Debug)]
pub(super) struct Aliases {
    exact: FxHashMap<String, Vec<String>>,
    /// Longest prefix first: the compiler takes the most specific pattern and no other.
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    prefix: String,
    suffix: String,
    targets: Vec<String>,
}

impl Aliases {
    /// Compiles the option; nothing when it is not an object.
    pub(super) fn new(json: &Json) -> Option<Aliases> {
        let Json::Object(entries) = json else {
            return None;
        };
        let mut exact = FxHashMap::default();
        let mut patterns = Vec::new();
        for (name, targets) in entries {
            let targets = targets.texts().unwrap_or_default();
            match name.split_once('*') {
                Some((prefix, suffix)) => patterns.push(Pattern {
                    prefix: prefix.to_owned(),
                    suffix: suffix.to_owned(),
                    targets,
                }),
                None => drop(exact.insert(name.clone(), targets)),
            }
        }
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.prefix.len()));
        Some(Aliases { exact, patterns })
    }

    /// Returns where to look for `specifier`, in order, as written but for `*`.
    pub(super) fn targets(&self, specifier: &str) -> Vec<String> {
        if let Some(targets) = self.exact.get(specifier) {
            return targets.clone();
        }
        self.patterns
            .iter()
            .find_map(|pattern| pattern.targets(specifier))
            .unwrap_or_default()
    }
}

impl Pattern {
    fn targets(&self, specifier: &str) -> Option<Vec<String>> {
        let rest = specifier.strip_prefix(self.prefix.as_str())?;
        let filling = rest.strip_suffix(self.suffix.as_str())?;
        let targets = self.targets.iter();
        Some(
            targets
                .map(|target| target.replacen('*', filling, 1))
                .collect(),
        )
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
