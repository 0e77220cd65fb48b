//! The maps of a `package.json` from names to files: `exports`, `imports` and `typesVersions`.
//!
//! What they lead to is usually not there before a build, so no condition decides alone: all targets come back, best first.

use rustc_hash::FxHashMap;

use super::json::Json;
use super::prefixes::Prefixes;

/// The conditions under which a compiler looks at a module of a program.
const USUAL_CONDITIONS: [&str; 7] = [
    "types",
    "import",
    "module",
    "require",
    "node",
    "development",
    "default",
];

/// Targets that are looked at for one name; of more, the first.
const TARGETS_MAX: usize = 64;

/// A map, ready to be asked.
#[derive(Debug)]
pub(super) struct Map {
    exact: FxHashMap<String, Json>,
    patterns: Prefixes<Json>,
    has_subpaths: bool,
}

impl Map {
    /// Takes the entries of a map.
    pub(super) fn new(entries: &[(String, Json)]) -> Map {
        let exact = entries.iter().cloned().collect();
        // Of patterns that begin alike, the last one that matches is meant.
        let patterns = entries.iter().rev().filter_map(|(pattern, target)| {
            let (prefix, suffix) = halves(pattern)?;
            Some((prefix.to_owned(), suffix.to_owned(), target.clone()))
        });
        Map {
            exact,
            patterns: Prefixes::new(patterns),
            has_subpaths: entries.iter().any(|(key, _)| key.starts_with('.')),
        }
    }

    /// Whether some key starts with a dot.
    pub(super) fn has_subpaths(&self) -> bool {
        self.has_subpaths
    }

    /// Whether patterns were left out.
    pub(super) fn is_cut(&self) -> bool {
        self.patterns.is_cut
    }

    /// Returns the targets of `key`, which the map names exactly or by a pattern, with the pattern's `*` filled in.
    pub(super) fn select(&self, key: &str) -> Vec<String> {
        let Some((target, filling)) = self.find(key) else {
            return Vec::new();
        };
        let Some(filling) = filling else {
            return all(target);
        };
        let fill = |target: String| {
            if target.ends_with('/') {
                target + filling
            } else {
                target.replace('*', filling)
            }
        };
        all(target).into_iter().map(fill).collect()
    }

    /// Whether the map says of `key` that it leads nowhere.
    pub(super) fn is_blocked(&self, key: &str) -> bool {
        self.find(key).is_some_and(|(target, _)| is_null(target))
    }

    /// Returns what the map says of `key`, with what the `*` of its pattern stands for.
    fn find<'k>(&self, key: &'k str) -> Option<(&Json, Option<&'k str>)> {
        if let Some(target) = self.exact.get(key) {
            return Some((target, None));
        }
        let (_, filling, target) = self.patterns.matching(key).next()?;
        Some((target, Some(filling)))
    }
}

/// Whether the first condition that holds gives nothing.
fn is_null(target: &Json) -> bool {
    match target {
        Json::Null => true,
        Json::Object(entries) => {
            let mut usual = entries.iter().filter(|(condition, _)| is_usual(condition));
            usual.next().is_some_and(|(_, target)| is_null(target))
        }
        _ => false,
    }
}

/// Returns all targets under a value: those of usual conditions in the order of the file, then the others.
pub(super) fn all(target: &Json) -> Vec<String> {
    let mut found = Vec::new();
    collect(target, is_usual, &mut found);
    collect(target, |_| true, &mut found);
    found
}

fn collect(target: &Json, is_wanted: fn(&str) -> bool, found: &mut Vec<String>) {
    match target {
        Json::Text(text) if found.len() < TARGETS_MAX && !found.contains(text) => {
            found.push(text.clone());
        }
        Json::List(items) => {
            for item in items {
                collect(item, is_wanted, found);
            }
        }
        Json::Object(entries) => {
            for (condition, target) in entries {
                if is_wanted(condition) {
                    collect(target, is_wanted, found);
                }
            }
        }
        Json::Text(_) | Json::Null | Json::Flag(_) | Json::Number => {}
    }
}

fn is_usual(condition: &str) -> bool {
    // `types@>=5.0` asks for a version of the compiler; `source`, `@scope/source` are how a monorepo names its own files.
    let name = condition.split('@').next().unwrap_or(condition);
    USUAL_CONDITIONS.contains(&name) || condition.ends_with("source")
}

/// Returns what stands before and behind the `*` of a pattern, which may also end in `/`, the older form.
fn halves(pattern: &str) -> Option<(&str, &str)> {
    let old = || pattern.ends_with('/').then_some((pattern, ""));
    pattern.split_once('*').or_else(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(map: &str, key: &str, expected: &[&str]) {
        let map = Json::parse(map.as_bytes().to_vec()).unwrap();
        assert_eq!(Map::new(map.entries()).select(key), expected, "{key}");
    }

    #[test]
    fn exact_names_come_before_patterns_and_long_prefixes_before_short_ones() {
        let map = r#"{"./*": "./a/*.js", "./x/*": "./b/*.js", "./x/y": "./c.js", "./f/": "./d/"}"#;
        check(map, "./x/y", &["./c.js"]);
        check(map, "./x/z", &["./b/z.js"]);
        check(map, "./z/z", &["./a/z/z.js"]);
        check(map, "./f/g.js", &["./d/g.js"]);
        check(r#"{"./a": "./a.js"}"#, "./b", &[]);
    }

    #[test]
    fn unusual_conditions_come_last() {
        let map = r##"{"#db": {"browser": "./web.js", "node": {"import": "./node.js"}, "default": "./any.js"}}"##;
        check(map, "#db", &["./node.js", "./any.js", "./web.js"]);
    }

    #[test]
    fn null_blocks_a_name() {
        check(
            r#"{"./*": "./*.js", "./internal": null}"#,
            "./internal",
            &[],
        );
    }
}
