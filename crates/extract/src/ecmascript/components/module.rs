//! The module that a component is read as, made piece by piece.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::{Dialect, Parts, expressions};

/// The text of the module, and which of it is copied from where in the file.
pub(super) struct Module<'a> {
    file: &'a str,
    text: String,
    dialect: Dialect,
    copies: Vec<Copied>,
    /// Where the names of rendered components stand in the file.
    tags: FxHashSet<usize>,
}

/// A piece of the file in the module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Copied {
    /// First byte in the module.
    pub(super) at: usize,
    /// First byte in the file.
    pub(super) from: usize,
    pub(super) n_bytes: usize,
}

impl<'a> Module<'a> {
    /// Returns the module of a file: its scripts, then a function called `name` that does what the markup does.
    pub(super) fn of(file: &'a str, parts: &Parts, name: &str) -> Module<'a> {
        let mut module = Module {
            file,
            text: String::with_capacity(file.len()),
            dialect: parts.dialect,
            copies: Vec::new(),
            tags: FxHashSet::default(),
        };
        for script in &parts.scripts {
            module.copy(script.clone());
            module.add("\n");
        }
        for source in &parts.script_files {
            module.add("import \"");
            module.copy(source.clone());
            module.add("\";\n");
        }
        // By text, since nothing is parsed yet: a comment that says so costs the template its
        // default export, no more.
        let has_default =
            module.text.contains("export default") || module.text.contains("as default");
        let export = if has_default { "" } else { "export default " };
        // A script may declare the name itself, and then it is that which is meant.
        let name = match declares(&module.text, name) && has_default {
            true => "_render",
            false => name,
        };
        module.add(&format!(";\n{export}async function {name}() {{\n"));
        if let (Some(render), Some(template)) = (parts.render, &parts.template) {
            render(file, template.clone(), &mut module);
        }
        module.add("\n}\n");
        module
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn copies(&self) -> &[Copied] {
        &self.copies
    }

    pub(super) fn tags(&self) -> &FxHashSet<usize> {
        &self.tags
    }

    /// Appends text that does not stand in the file.
    pub(super) fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a piece of the file.
    pub(super) fn copy(&mut self, range: Range<usize>) {
        self.copies.push(Copied {
            at: self.text.len(),
            from: range.start,
            n_bytes: range.len(),
        });
        self.text.push_str(&self.file[range]);
    }

    /// Appends an expression as a statement, if it is one; handlers may be statements.
    pub(super) fn expression(&mut self, range: Range<usize>) {
        let text = &self.file[range.clone()];
        let (before, after) = if expressions::is_expression(text, self.dialect) {
            // In brackets, so that an object literal is no block; a semicolon first, in case the
            // script before has none.
            (";(", ");\n")
        } else if expressions::is_statements(text, self.dialect) {
            // The line end closes a comment.
            (";(() => {", "\n});\n")
        } else {
            return;
        };
        self.add(before);
        self.copy(range);
        self.add(after);
    }

    /// Appends a scope in which a pattern takes the elements of an iterable; returns whether there is one to close.
    pub(super) fn each(&mut self, pattern: Range<usize>, iterable: Range<usize>) -> bool {
        let is_read = expressions::is_pattern(&self.file[pattern.clone()], self.dialect)
            && expressions::is_expression(&self.file[iterable.clone()], self.dialect);
        if is_read {
            self.add(";for (const ");
            self.copy(pattern);
            self.add(" of (");
            self.copy(iterable);
            self.add(")) {\n");
        }
        is_read
    }

    /// Declares names in the scope at hand about which nothing is known.
    pub(super) fn unknown(&mut self, pattern: Range<usize>) {
        if expressions::is_pattern(&self.file[pattern.clone()], self.dialect) {
            self.add("let ");
            self.copy(pattern);
            self.add(" = null;\n");
        }
    }

    /// Appends the use of a component, whose name in the module may be written otherwise than in the file.
    pub(super) fn component(&mut self, tag: Range<usize>, name: &str) {
        if !expressions::is_expression(name, self.dialect) {
            return;
        }
        self.add(";");
        // The name that is looked up is the last of `a.B`.
        let last = name.rfind('.').map_or(0, |dot| dot + 1);
        let in_file = self.file[tag.clone()].rfind('.').map_or(0, |dot| dot + 1);
        self.add(&name[..last]);
        self.copies.push(Copied {
            at: self.text.len(),
            from: tag.start + in_file,
            // `<my-button>` is longer than `MyButton`; positions within it must not leave the tag.
            n_bytes: (name.len() - last).min(tag.len() - in_file),
        });
        self.tags.insert(tag.start + in_file);
        self.add(&name[last..]);
        // As a call; `in_file` makes a rendering of it by its place.
        self.add("();\n");
    }

    /// Whether a name stands anywhere in the scripts.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.text.contains(name)
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.dialect
    }
}

fn declares(text: &str, name: &str) -> bool {
    ["const ", "let ", "var ", "function ", "class ", "import "]
        .iter()
        .any(|word| text.contains(&format!("{word}{name}")))
}
