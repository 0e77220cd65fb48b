//! The wildcards of `include` and `exclude`: `*` and `?` within a component, `**` across components, everything else literal.
//!
//! No general glob library: brackets and braces are ordinary letters here, and folders such as `[slug]` are common.

/// A compiled pattern over repository-relative paths.
#[derive(Clone, Debug)]
pub(super) struct Wildcards {
    components: Vec<Component>,
}

#[derive(Clone, Debug)]
enum Component {
    AnyFolders,
    Name(String),
}

/// What may follow in a path when the pattern has ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Anything,
    Nothing,
}

impl Wildcards {
    /// Compiles a pattern that is relative to the repository's root.
    pub(super) fn new(pattern: &str) -> Wildcards {
        let names = pattern.split('/').filter(|name| !name.is_empty());
        let components = names.map(|name| match name {
            "**" => Component::AnyFolders,
            name => Component::Name(name.to_owned()),
        });
        Wildcards {
            components: components.collect(),
        }
    }

    /// Whether the pattern names `path`; also a path below it, if its last component looks like a folder.
    ///
    /// That is the compiler's reading of `include`: `src` means `src/**/*`, `src/*.ts` means what it says.
    pub(super) fn includes(&self, path: &str) -> bool {
        let names_folder = match self.components.last() {
            Some(Component::Name(name)) => !name.contains(['.', '*', '?']),
            Some(Component::AnyFolders) | None => true,
        };
        if names_folder {
            self.matches(path, Rest::Anything)
        } else {
            self.matches(path, Rest::Nothing)
        }
    }

    /// Whether the pattern names `path` or a folder above it: the compiler's reading of `exclude`.
    pub(super) fn excludes(&self, path: &str) -> bool {
        self.matches(path, Rest::Anything)
    }

    /// On a mismatch, the last `**` swallows one more component. Earlier ones need not: what they could still swallow, the last
    /// one can too, which keeps the time bounded for patterns of many.
    fn matches(&self, path: &str, allowed: Rest) -> bool {
        let (mut at, mut rest) = (0, path);
        let mut retry = None;
        loop {
            match self.components.get(at) {
                None if rest.is_empty() || allowed == Rest::Anything => return true,
                Some(Component::AnyFolders) => {
                    at += 1;
                    retry = Some((at, rest));
                    continue;
                }
                Some(Component::Name(name)) if !rest.is_empty() => {
                    let (first, below) = split_first(rest);
                    if name_matches(name.as_bytes(), first.as_bytes()) {
                        (at, rest) = (at + 1, below);
                        continue;
                    }
                }
                _ => {}
            }
            match retry {
                Some((after, from)) if !from.is_empty() => {
                    let (_, below) = split_first(from);
                    (at, rest) = (after, below);
                    retry = Some((after, below));
                }
                _ => return false,
            }
        }
    }
}

fn split_first(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

/// The same for the letters of one component and `*`.
fn name_matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at_pattern, mut at_name) = (0, 0);
    let mut retry = None;
    while at_name < name.len() {
        match pattern.get(at_pattern) {
            Some(b'*') => {
                retry = Some((at_pattern + 1, at_name + 1));
                at_pattern += 1;
            }
            Some(&letter) if letter == b'?' || letter == name[at_name] => {
                at_pattern += 1;
                at_name += 1;
            }
            _ => {
                let Some((after_star, next)) = retry else {
                    return false;
                };
                (at_pattern, at_name) = (after_star, next);
                retry = Some((after_star, next + 1));
            }
        }
    }
    pattern[at_pattern..].iter().all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, included: &[&str], not_included: &[&str]) {
        let wildcards = Wildcards::new(pattern);
        for path in included {
            assert!(wildcards.includes(path), "{pattern} includes {path}");
        }
        for path in not_included {
            assert!(
                !wildcards.includes(path),
                "{pattern} does not include {path}"
            );
        }
    }

    #[test]
    fn include_reads_patterns_as_the_compiler_does() {
        check("src", &["src/a.ts", "src/b/c.ts"], &["srcs/a.ts", "a.ts"]);
        check("src/*", &["src/a.ts"], &["src/b/c.ts"]);
        check("src/*.ts", &["src/a.ts", "src/a.b.ts"], &["src/a.tsx"]);
        check("src/**/*", &["src/a.ts", "src/b/c.ts"], &["lib/a.ts"]);
        check("**/*.test.ts", &["a.test.ts", "b/c.test.ts"], &["a.ts"]);
        check(
            "packages/*/src",
            &["packages/a/src/b.ts"],
            &["packages/a/b.ts"],
        );
        check("app/[slug]/*", &["app/[slug]/page.ts"], &["app/s/page.ts"]);
        check("", &["a.ts", "b/c.ts"], &[]);
        check("a?.ts", &["ab.ts"], &["a.ts", "abc.ts"]);
    }

    #[test]
    fn many_wildcards_take_no_long_time() {
        let pattern = "**/a/".repeat(40) + "*b*b*b*b*b*b*b*.ts";
        let path = "a/".repeat(200) + &"b".repeat(2000);
        assert!(!Wildcards::new(&pattern).includes(&path));
    }

    #[test]
    fn exclude_covers_everything_below_what_it_names() {
        let excludes = |pattern: &str, path: &str| Wildcards::new(pattern).excludes(path);
        assert!(excludes("**/__tests__", "src/__tests__/a.ts"));
        assert!(excludes("dist-*", "dist-cjs/a.ts"));
        assert!(!excludes("src/*.ts", "src/b/c.ts"));
    }
}
