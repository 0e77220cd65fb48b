//! Modules of one folder that need each other.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;

/// Returns the circles among modules that have the same parent, each with what is below it.
///
/// What a module and its parent take from each other is no circle: a child is a part of its parent.
pub(super) fn circles(sources: &[(String, Source)]) -> Vec<Vec<String>> {
    let modules: BTreeSet<Vec<String>> = sources
        .iter()
        .map(|(name, source)| module(name, &source.path))
        .collect();
    let mut needs: BTreeMap<Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (name, source) in sources {
        let from = module(name, &source.path);
        for path in &source.paths {
            let Some(to) = target(&from, path, &modules) else {
                continue;
            };
            // Where the two ways from the root part, the siblings stand.
            let n_shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
            if n_shared < from.len() && n_shared < to.len() {
                needs
                    .entry(from[..=n_shared].to_vec())
                    .or_default()
                    .insert(to[..=n_shared].to_vec());
            }
        }
    }
    let mut found = BTreeSet::new();
    for module in needs.keys() {
        let reached = reachable(module, &needs);
        let circle: Vec<&Vec<String>> = reached
            .iter()
            .filter(|other| reachable(other, &needs).contains(module))
            .collect();
        if reached.contains(module) && circle.len() > 1 {
            found.insert(
                circle
                    .iter()
                    .map(|module| module.join("::"))
                    .collect::<Vec<_>>(),
            );
        }
    }
    found.into_iter().collect()
}

/// Returns the module that a file is, from the crate on.
fn module(name: &str, path: &str) -> Vec<String> {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    let inside = inside.trim_end_matches(".rs");
    let parts = inside
        .split('/')
        .filter(|part| !matches!(*part, "lib" | "main"));
    [name].into_iter().chain(parts).map(str::to_owned).collect()
}

/// Returns the module that a path written in `from` leads to.
fn target(from: &[String], path: &str, modules: &BTreeSet<Vec<String>>) -> Option<Vec<String>> {
    let mut at = from.to_vec();
    for part in path.split("::") {
        match part {
            "crate" => at.truncate(1),
            "super" => drop(at.pop()),
            part => {
                at.push(part.to_owned());
                if !modules.contains(&at) {
                    at.pop();
                    break;
                }
            }
        }
    }
    modules.contains(&at).then_some(at)
}

fn reachable(
    from: &Vec<String>,
    needs: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
) -> BTreeSet<Vec<String>> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(module) = open.pop() {
        for next in needs.get(module).into_iter().flatten() {
            if reached.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], expected: &[&[&str]]) {
        let sources: Vec<(String, Source)> = files
            .iter()
            .map(|(path, text)| {
                (
                    "x".to_owned(),
                    Source::of(format!("crates/x/src/{path}"), text),
                )
            })
            .collect();
        assert_eq!(circles(&sources), expected, "{files:?}");
    }

    #[test]
    fn siblings_that_need_each_other_are_a_circle() {
        check(
            &[
                ("lib.rs", ""),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", "use super::a::A;"),
            ],
            &[&["x::a", "x::b"]],
        );
        check(
            &[("lib.rs", ""), ("a.rs", "use crate::b::B;"), ("b.rs", "")],
            &[],
        );
        // By what lies below them too, and never between a child and its parent.
        check(
            &[
                ("lib.rs", ""),
                ("a.rs", ""),
                ("a/c.rs", "use crate::b::B;"),
                ("b.rs", "use crate::a::A;"),
            ],
            &[&["x::a", "x::b"]],
        );
        check(
            &[
                ("lib.rs", "use crate::a::A;"),
                ("a.rs", "use crate::a::c::C;"),
                ("a/c.rs", "use super::A;"),
            ],
            &[],
        );
    }
}
