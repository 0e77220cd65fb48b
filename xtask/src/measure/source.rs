//! What one file holds.

/// A file of shipped code, counted.
#[derive(Default)]
pub(super) struct Source {
    pub(super) path: String,
    /// All lines before the tests.
    pub(super) n_lines: usize,
    /// Lines that are neither empty nor comments.
    pub(super) n_code: usize,
    /// Lines of documentation.
    pub(super) n_docs: usize,
    /// Lines of other comments inside functions.
    pub(super) n_comments_inside: usize,
    /// Blocks, functions and implementations that are `unsafe`.
    pub(super) n_unsafe: usize,
    /// Whether it begins with what the module is for.
    pub(super) has_head: bool,
    pub(super) functions: Vec<Function>,
    /// Paths that begin at the crate or above, as written: `crate::a::b`, `super::c`.
    pub(super) paths: Vec<String>,
}

/// A function.
pub(super) struct Function {
    /// The line that it begins on, from 1.
    pub(super) line: usize,
    pub(super) n_lines: usize,
}

impl Source {
    /// Counts a file up to its tests, which are its last module.
    pub(super) fn of(path: String, text: &str) -> Source {
        let lines: Vec<&str> = text.lines().collect();
        let lines = &lines[..start_of_tests(&lines)];
        let mut source = Source {
            path,
            n_lines: lines.len(),
            has_head: lines.iter().any(|line| line.starts_with("//!")),
            functions: functions(lines),
            ..Source::default()
        };
        for (index, line) in lines.iter().enumerate() {
            source.count(index, line.trim());
        }
        source
    }

    fn count(&mut self, index: usize, line: &str) {
        let is_doc =
            line.starts_with("//!") || line.starts_with("///") && !line.starts_with("////");
        if is_doc {
            self.n_docs += 1;
        } else if line.starts_with("//") {
            let is_inside = |function: &Function| {
                (function.line..function.line + function.n_lines).contains(&(index + 1))
            };
            self.n_comments_inside += usize::from(self.functions.iter().any(is_inside));
        } else if !line.is_empty() {
            self.n_code += 1;
            self.n_unsafe += ["unsafe {", "unsafe fn ", "unsafe impl "]
                .iter()
                .map(|word| line.matches(word).count())
                .sum::<usize>();
            self.paths.extend(paths(line));
        }
    }
}

/// Returns where the module of tests begins, or the end.
fn start_of_tests(lines: &[&str]) -> usize {
    // An import, a function or a module in a file of its own for tests alone may stand anywhere: what follows it is shipped.
    let begins = |pair: &[&str]| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    };
    let start = lines.windows(2).position(begins);
    start.unwrap_or(lines.len())
}

/// Returns the functions with a body.
fn functions(lines: &[&str]) -> Vec<Function> {
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if !begins_function(line) {
            continue;
        }
        let indentation = line.len() - line.trim_start().len();
        let ends = |line: &&str| {
            let text = line.trim_start();
            line.len() - text.len() == indentation && (text.starts_with('}') || text.ends_with(';'))
        };
        let n_more = match line.ends_with('}') || line.ends_with(';') {
            true => Some(0),
            false => lines[index + 1..].iter().position(ends).map(|n| n + 1),
        };
        let Some(n_more) = n_more else { continue };
        // A declaration of a trait has no body.
        if !lines[index + n_more].trim_end().ends_with(';') {
            found.push(Function {
                line: index + 1,
                n_lines: n_more + 1,
            });
        }
    }
    found
}

fn begins_function(line: &str) -> bool {
    const BEFORE: &[&str] = &[
        "pub",
        "pub(crate)",
        "pub(super)",
        "const",
        "async",
        "unsafe",
        "extern",
        "\"C\"",
        "default",
    ];
    let mut words = line.split_whitespace();
    let first = words.find(|word| !BEFORE.contains(word) && !word.starts_with("pub(in"));
    first == Some("fn")
}

/// Returns the paths in a line that begin at the crate or above.
fn paths(line: &str) -> impl Iterator<Item = String> {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ':');
    let words = line.split(move |letter| !is_part(letter));
    words
        .filter(|word| word.starts_with("crate::") || word.starts_with("super::"))
        .map(|word| word.trim_end_matches(':').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "//! Counts.\n\nuse crate::a::{B, C};\nuse super::d;\n#[cfg(test)]\nmod more;\n\n/// Adds.\npub(crate) const fn add(a: u8) -> u8 {\n    // Cannot overflow: why.\n    a + 1\n}\n\n\
        trait T {\n    fn none(&self);\n    fn long(\n        a: u8,\n    ) -> u8;\n}\n\nimpl X {\n    unsafe fn one(&self) {}\n}\n\n#[cfg(test)]\nmod tests {\n    fn more() {}\n}\n";

    #[test]
    fn files_are_counted_up_to_their_tests() {
        let source = Source::of("x.rs".to_owned(), TEXT);
        assert!(source.has_head);
        assert_eq!(
            (source.n_docs, source.n_comments_inside, source.n_unsafe),
            (2, 1, 1)
        );
        let lengths: Vec<usize> = source
            .functions
            .iter()
            .map(|function| function.n_lines)
            .collect();
        assert_eq!(lengths, [4, 1]);
        assert_eq!(source.paths, ["crate::a", "super::d"]);
    }
}
