//! The maps of a `package.json` from names to files: `exports`, `imports` and `typesVersions`.
//!
//! What they lead to is usually not there before a build, so no condition decides alone: all targets come back, best first.

use super::json::Json;

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

/// Returns the targets of `key`, which a map names exactly or by a pattern, with the pattern's `*` filled in.
pub(super) fn select(map: &[(String, Json)], key: &str) -> Vec<String> {
    let Some((target, filling)) = find(map, key) else {
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

/// Whether a map says of `key` that it leads nowhere.
pub(super) fn is_blocked(map: &[(String, Json)], key: &str) -> bool {
    find(map, key).is_some_and(|(target, _)| is_null(target))
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

/// Returns what a map says of `key`, with what the `*` of its pattern stands for.
fn find<'m, 'k>(map: &'m [(String, Json)], key: &'k str) -> Option<(&'m Json, Option<&'k str>)> {
    if let Some((_, target)) = map.iter().rfind(|(name, _)| name == key) {
        return Some((target, None));
    }
    let best = map
        .iter()
        .filter_map(|(pattern, target)| Some((wildcard(pattern, key)?, pattern, target)))
        .max_by_key(|(_, pattern, _)| prefix(pattern).len());
    best.map(|(filling, _, target)| (target, Some(filling)))
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
        Json::Text(text) if !found.contains(text) => found.push(text.clone()),
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

/// Returns what the `*` of `pattern` stands for in `key`; a pattern may also end in `/`, the older form.
fn wildcard<'k>(pattern: &str, key: &'k str) -> Option<&'k str> {
    let (prefix, suffix) = match pattern.split_once('*') {
        Some(halves) => halves,
        None if pattern.ends_with('/') => (pattern, ""),
        None => return None,
    };
    key.strip_prefix(prefix)?.strip_suffix(suffix)
}

fn prefix(pattern: &str) -> &str {
    pattern.split('*').next().unwrap_or(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(map: &str, key: &str, expected: &[&str]) {
        let map = Json::parse(map.as_bytes().to_vec()).unwrap();
        assert_eq!(select(map.entries(), key), expected, "{key}");
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
