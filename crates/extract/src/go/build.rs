//! Which files are part of a build, by their names and the constraint at their head.
//!
//! All files are read. Where several define the same name, those that a build for Linux on x86-64 takes are preferred.

use tree_sitter::Node;

const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

const PROCESSORS: &[&str] = &[
    "386", "amd64", "amd64p32", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle",
    "ppc64", "ppc64le", "riscv64", "s390x", "wasm",
];

/// Returns whether the usual build takes a file.
pub(super) fn is_usual(file_name: &str, root: Node<'_>, text: &str) -> bool {
    by_name(file_name) && constraint(root, text).is_none_or(holds)
}

/// `name_windows.go`, `name_linux_arm64_test.go`.
fn by_name(file_name: &str) -> bool {
    let stem = file_name.strip_suffix(".go").unwrap_or(file_name);
    // The order of `go help buildconstraint`: name, system, processor, `_test`.
    let stem = stem.strip_suffix("_test").unwrap_or(stem);
    // A file called `linux.go` is for every system: only what follows an underscore counts.
    let mut words = stem.split('_').skip(1).collect::<Vec<_>>();
    let mut last = words.pop();
    if let Some(processor) = last.filter(|word| PROCESSORS.contains(word)) {
        // The usual build is that for Linux on x86-64, wherever mnemo itself runs: an index must
        // not depend on that.
        if processor != "amd64" {
            return false;
        }
        last = words.pop();
    }
    last.is_none_or(|word| !SYSTEMS.contains(&word) || word == "linux")
}

/// Returns the expression of `//go:build` in front of the package clause.
fn constraint<'t>(root: Node<'_>, text: &'t str) -> Option<&'t str> {
    let mut cursor = root.walk();
    let head = root
        .named_children(&mut cursor)
        // Further below, the same words are a comment.
        .take_while(|node| node.kind() != "package_clause");
    head.filter_map(|node| text[node.byte_range()].strip_prefix("//go:build "))
        .next()
}

/// Whether an expression of tags holds: `||` binds weakest, then `&&`, then `!`.
fn holds(expression: &str) -> bool {
    let mut tokens = Vec::new();
    let mut rest = expression.trim();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' | '!' => 1,
            // Both are written twice; half of one at the very end belongs to a line that is not
            // finished.
            '|' | '&' => 2.min(rest.len()),
            _ => rest
                .find(|c: char| c.is_whitespace() || "()!|&".contains(c))
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    any(&mut tokens.iter().copied().peekable())
}

type Tokens<'a, 't> = std::iter::Peekable<std::iter::Copied<std::slice::Iter<'a, &'t str>>>;

fn any(tokens: &mut Tokens<'_, '_>) -> bool {
    let mut found = all(tokens);
    while tokens.next_if_eq(&"||").is_some() {
        found |= all(tokens);
    }
    found
}

fn all(tokens: &mut Tokens<'_, '_>) -> bool {
    let mut found = one(tokens);
    while tokens.next_if_eq(&"&&").is_some() {
        found &= one(tokens);
    }
    found
}

fn one(tokens: &mut Tokens<'_, '_>) -> bool {
    let mut is_negated = false;
    while tokens.next_if_eq(&"!").is_some() {
        is_negated = !is_negated;
    }
    let found = match tokens.next() {
        Some("(") => {
            let inner = any(tokens);
            tokens.next();
            inner
        }
        Some(tag) => {
            // Every release is taken to be out: `!go1.18` is for compilers of the past.
            matches!(tag, "linux" | "amd64" | "unix" | "cgo" | "gc") || tag.starts_with("go1")
        }
        // A broken constraint excludes nothing.
        None => true,
    };
    found != is_negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_constraints() {
        for (name, expected) in [
            ("a.go", true),
            ("windows.go", true),
            ("a_windows.go", false),
            ("a_linux.go", true),
            ("a_linux_arm64.go", false),
            ("a_amd64_test.go", true),
            ("a_darwin_test.go", false),
            ("a_unix.go", true),
        ] {
            assert_eq!(by_name(name), expected, "{name}");
        }
    }

    #[test]
    fn constraints_hold_as_written() {
        for (line, expected) in [
            ("linux", true),
            ("!windows", true),
            ("windows || darwin", false),
            ("(linux && arm64) || unix", true),
            ("!(linux && cgo)", false),
            ("ignore", false),
            ("linux&&!cgo", false),
            ("go1.21 && !race", true),
            ("(((", true),
        ] {
            assert_eq!(holds(line), expected, "{line}");
        }
    }
}
