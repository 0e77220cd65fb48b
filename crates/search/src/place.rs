//! Reads places of files as compilers, runners and stack traces write them. Pure.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    /// A path as it was given: relative, absolute or cut; with `/` between its components and without scheme, host and query.
    pub(crate) path: String,
    /// 1-based.
    pub(crate) line: u32,
}

/// A path with an ending, then its line in one of the usual forms. In turn: `:12:5`, `(12,5)`, `:[12,5]` of Maven, `:line 12` of .NET,
/// ` on line 12` of PHP, ` line 12` of Perl, `: line 12` of ESLint's compact form and of shells, ` 12:5` of webpack and Dart, and `#L12` of
/// addresses.
static PATH_AND_LINE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?x)
        (?P<path> [^\s"'`<>|]*? [^\s"'`<>|/\\.:] \. [A-Za-z][A-Za-z0-9]{0,11} )
        (?: \? [^\s:()"'`]* )?
        (?:
            : (?P<colon> \d+ ) \b
          | \( (?P<parentheses> \d+ ) (?: [,:] [\d,:]+ )? \)
          | :\[ (?P<brackets> \d+ ) , \d+ \]
          | (?: : | :\s | \s on\s | \s ) line \s (?P<word> \d+ ) \b
          | \s (?P<space> \d+ ) : \d+ \b
          | \# L (?P<address> \d+ ) \b
        )"#,
    )
});

/// `File "path", line 12`, as Python and OCaml write frames; the path may have spaces.
static QUOTED_PATH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"File "(?P<path>[^"\n]+)", line (?P<word>\d+)"#));

/// A line that is a path, as ESLint and stylelint head what they say about it, and the first remark below.
static HEADED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*(?P<path>\S+\.[A-Za-z][A-Za-z0-9]{0,11})[ \t]*\r?\n[ \t]+(?P<word>\d+):\d+[ \t]",
    )
});

/// The scheme and host, or what bundlers write in their place.
static ORIGIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:file://|webpack(?:-internal)?://[^/]*/|package:|[A-Za-z][A-Za-z0-9+.-]*://[^/]*/)",
    )
});

/// A frame of the Java machine in front of its file: `com.example.Type.method(`.
static JAVA_FRAME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:^|/)(?P<package>(?:[a-z_][a-z0-9_]*\.)+)[^(/]*\($"));

/// More places than these are a log rather than a trace.
const MAX_PLACES: usize = 64;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern that the tests compile")
}

/// Returns the places that a text names, in order, each once.
pub(crate) fn places(text: &str) -> Vec<Place> {
    let mut found: Vec<(usize, Place)> = Vec::new();
    for form in [&QUOTED_PATH, &HEADED, &PATH_AND_LINE] {
        let captures = form.captures_iter(text).take(MAX_PLACES);
        found.extend(
            captures.filter_map(|captures| Some((captures.get(0)?.start(), place(&captures)?))),
        );
    }
    found.sort_by_key(|(start, _)| *start);
    let mut seen = HashSet::new();
    let places = found.into_iter().map(|(_, place)| place);
    places.filter(|place| seen.insert(place.clone())).collect()
}

/// Whether a text is the path of one of these places, written in any case.
pub(crate) fn is_path_of(places: &[Place], text: &str) -> bool {
    let cleaned = clean(text).map(|path| path.to_lowercase());
    cleaned.is_some_and(|text| places.iter().any(|place| place.path.to_lowercase() == text))
}

fn place(captures: &Captures<'_>) -> Option<Place> {
    let groups = [
        "colon",
        "parentheses",
        "brackets",
        "word",
        "space",
        "address",
    ];
    let line = groups.iter().find_map(|group| captures.name(group))?;
    Some(Place {
        path: clean(captures.name("path")?.as_str())?,
        line: line.as_str().parse().ok()?,
    })
}

/// Takes everything off a path that is not part of it; nothing where it has no file.
fn clean(text: &str) -> Option<String> {
    let mut path = text;
    let mut package = None;
    // What stands before a parenthesis that is not closed is the function's name; folders may have pairs of them in theirs.
    if let Some(open) = unclosed(path) {
        let frame = JAVA_FRAME.captures(&path[..=open]);
        package = frame.map(|frame| frame["package"].replace('.', "/"));
        path = &path[open + 1..];
    }
    // Firefox and Safari: `name@http://…`.
    if let Some((_, address)) = path
        .split_once('@')
        .filter(|(_, rest)| rest.contains("://"))
    {
        path = address;
    }
    let path = ORIGIN.replace(path, "").replace('\\', "/");
    let path = path.trim_start_matches("./");
    // The name of a host is followed by its port.
    if path.is_empty() || path.contains("://") {
        return None;
    }
    Some(match package {
        Some(package) if !path.contains('/') => format!("{package}{path}"),
        _ => path.to_owned(),
    })
}

fn unclosed(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '(' => open.push(at),
            ')' => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

impl Place {
    /// Returns how well `path` of a repository fits: the number of last components that both have, counted one more where one of the two is
    /// at its end. 0 where `path` cannot be meant: names that are alike in folders that are not.
    pub(crate) fn fit(&self, path: &str) -> usize {
        let common = self
            .path
            .rsplit('/')
            .zip(path.rsplit('/'))
            .take_while(|(given, known)| given == known)
            .count();
        let shorter = self.path.split('/').count().min(path.split('/').count());
        match common {
            0 => 0,
            _ if common == shorter => common + 1,
            // Another root was around the tree where the trace comes from.
            _ if common > 1 => common,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found = places(text).into_iter();
        let found: Vec<String> = found
            .map(|place| format!("{}:{}", place.path, place.line))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn places_are_read_as_tools_write_them() {
        let one: &[(&str, &str)] = &[
            // tsc, MSBuild, esbuild, swc, Deno, Bun
            (
                "src/a.ts(700,12): error TS2345: Argument of type",
                "src/a.ts:700",
            ),
            ("src/a.ts:700:12 - error TS2345: Argument", "src/a.ts:700"),
            (
                "✘ [ERROR] Could not resolve \"x\"\n\n    src/a.ts:700:12:",
                "src/a.ts:700",
            ),
            ("src/a.ts:700:12: ERROR: Expected \";\"", "src/a.ts:700"),
            ("    at file:///app/src/a.ts:700:12", "/app/src/a.ts:700"),
            ("      at load (/app/src/a.ts:700:12)", "/app/src/a.ts:700"),
            (
                "Program.cs(12,5,12,9): error CS0103: The name",
                "Program.cs:12",
            ),
            (
                "   at App.Main() in C:\\app\\Program.cs:line 12",
                "C:/app/Program.cs:12",
            ),
            // bundlers and runners
            ("ERROR in ./src/a.ts 700:12-30", "src/a.ts:700"),
            ("ERROR in ./src/a.ts:700:12", "src/a.ts:700"),
            (" @ ./src/index.js 3:0-24", "src/index.js:3"),
            ("File: /app/src/App.vue:12:5", "/app/src/App.vue:12"),
            ("/src/App.vue?t=1700000000:12:5", "/src/App.vue:12"),
            (
                "    at Object.<anonymous> (src/a.test.ts:12:5)",
                "src/a.test.ts:12",
            ),
            (" ❯ src/a.test.ts:12:5", "src/a.test.ts:12"),
            (" FAIL  src/a.test.ts:12", "src/a.test.ts:12"),
            (
                "/app/src/a.ts\n  700:12  error  Unexpected any  no-explicit-any",
                "/app/src/a.ts:700",
            ),
            (
                "src/a.ts: line 700, col 12, Error - Unexpected any",
                "src/a.ts:700",
            ),
            // engines
            (
                "at Hono.fetch (file:///app/src/hono.ts:12:7)",
                "/app/src/hono.ts:12",
            ),
            (
                "    at async handler (webpack-internal:///(rsc)/./src/a.ts:12:7)",
                "(rsc)/./src/a.ts:12",
            ),
            ("at x (webpack:///./src/a.ts?abcd:12:7)", "src/a.ts:12"),
            (
                "at render (http://localhost:5173/src/a.ts?t=17:12:7)",
                "src/a.ts:12",
            ),
            (
                "render@http://localhost:3000/static/a.js:12:7",
                "static/a.js:12",
            ),
            (
                "at Page (/app/src/app/(shop)/[id]/page.tsx:12:7)",
                "/app/src/app/(shop)/[id]/page.tsx:12",
            ),
            // other languages
            (
                "  File \"/app/my src/a.py\", line 12, in f",
                "/app/my src/a.py:12",
            ),
            ("tests/test_a.py:12: AssertionError", "tests/test_a.py:12"),
            ("\t/app/cmd/main.go:12 +0x1d", "/app/cmd/main.go:12"),
            ("./main.go:12:5: undefined: x", "main.go:12"),
            (
                "\tat com.example.app.Main.run(Main.java:12)",
                "com/example/app/Main.java:12",
            ),
            (
                "[ERROR] /app/src/Main.java:[12,5] cannot find symbol",
                "/app/src/Main.java:12",
            ),
            ("  --> src/main.rs:12:5", "src/main.rs:12"),
            (
                "thread 'main' panicked at src/main.rs:12:5:",
                "src/main.rs:12",
            ),
            (
                "PHP Fatal error:  boom in /app/a.php on line 12",
                "/app/a.php:12",
            ),
            ("#0 /app/a.php(12): run()", "/app/a.php:12"),
            ("app/a.rb:12:in 'run'", "app/a.rb:12"),
            ("boom at lib/A.pm line 12.", "lib/A.pm:12"),
            ("File \"bin/a.ml\", line 12, characters 3-9:", "bin/a.ml:12"),
            ("#1 main (package:app/a.dart:12:5)", "app/a.dart:12"),
            ("a.sh: line 12: x: command not found", "a.sh:12"),
            (
                "see https://host.org/me/repo/blob/main/src/a.ts#L12-L20",
                "me/repo/blob/main/src/a.ts:12",
            ),
        ];
        for (text, expected) in one {
            check(text, &[expected]);
        }
    }

    #[test]
    fn frames_are_kept_in_order_and_once() {
        check(
            "Error: x\n  at b (/app/b.ts:2:1)\n  at a (/app/a.ts:1:1)\n  at b (/app/b.ts:2:1)\n  at node:internal/x:1:2",
            &["/app/b.ts:2", "/app/a.ts:1"],
        );
    }

    #[test]
    fn numbers_and_addresses_are_no_places() {
        for text in [
            "note: 5 and 10:30",
            "http://localhost.local:3000/",
            "version 1.2:3",
            "e.g. 12:30",
            "a.ts",
            "",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn places_fit_paths_by_their_ends() {
        let fit = |given: &str, known: &str| {
            let path = given.to_owned();
            Place { path, line: 1 }.fit(known)
        };
        assert_eq!(fit("/app/src/hono.ts", "src/hono.ts"), 3);
        assert_eq!(fit("hono.ts", "src/hono.ts"), 2);
        assert_eq!(fit("/app/src/hono.ts", "packages/core/src/hono.ts"), 2);
        assert_eq!(fit("/app/src/hono.ts", "packages/core/lib/hono.ts"), 0);
        assert_eq!(fit("/app/src/hono.ts", "no.ts"), 0);
        assert_eq!(fit("no.ts", "src/hono.ts"), 0);
    }
}
