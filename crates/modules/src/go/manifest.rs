//! `go.mod`: the path of a module, and what it replaces by folders.

/// What of a manifest decides where imports lead.
#[derive(Debug, PartialEq)]
pub(super) struct Manifest {
    /// What import paths of its packages begin with.
    pub(super) path: String,
    /// Beginnings of import paths, and the folders that stand for them, from the module's own.
    pub(super) replaced: Vec<(String, String)>,
}

impl Manifest {
    /// Returns nothing where no module is declared.
    pub(super) fn parse(text: &str) -> Option<Manifest> {
        let mut manifest = Manifest {
            path: String::new(),
            replaced: Vec::new(),
        };
        let mut block = "";
        for line in text.lines() {
            let line = line.split("//").next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            match (block, &words[..]) {
                (_, [")"]) => block = "",
                ("", [word, "("]) => block = word,
                ("", ["module", path]) | ("module", [path]) => manifest.path = unquoted(path),
                ("", ["replace", rest @ ..]) | ("replace", rest) => manifest.replace(rest),
                _ => {}
            }
        }
        (!manifest.path.is_empty()).then_some(manifest)
    }

    /// `path [version] => folder`; what another module replaces lies outside.
    fn replace(&mut self, words: &[&str]) {
        let Some(arrow) = words.iter().position(|word| *word == "=>") else {
            return;
        };
        if let (Some(path), Some(folder)) = (words.first(), words.get(arrow + 1)) {
            let folder = unquoted(folder);
            if folder.starts_with("./") || folder.starts_with("../") {
                self.replaced.push((unquoted(path), folder));
            }
        }
    }
}

fn unquoted(word: &str) -> String {
    word.trim_matches(['"', '`']).to_owned()
}
