//! The table of front ends: everything that differs from language to language is a row here, and nothing else asks which language
//! a file is in.

use domain::{Facts, Family, Language, RepoPath};

use crate::ecmascript::{ASTRO, ECMASCRIPT, SVELTE, VUE};
use crate::front_end::{FrontEnd, Names};

/// Every front end of this program, by group.
const GROUPS: &[&[&FrontEnd]] = &[
    &[&ECMASCRIPT, &VUE, &SVELTE, &ASTRO],
    #[cfg(feature = "languages-typed")]
    &[
        &crate::python::PYTHON,
        &crate::go::GO,
        &crate::java::JAVA,
        &crate::rust::RUST,
    ],
    #[cfg(feature = "languages-all")]
    crate::outlined::OUTLINED,
    crate::documents::DOCUMENTS,
];

/// A table of front ends. Tests make others than [`FrontEnds::LINKED`].
pub(crate) struct FrontEnds<'a> {
    groups: &'a [&'a [&'a FrontEnd]],
}

impl<'a> FrontEnds<'a> {
    /// What this program was built with.
    pub(crate) const LINKED: FrontEnds<'static> = FrontEnds { groups: GROUPS };

    fn rows(&self) -> impl Iterator<Item = &'a FrontEnd> {
        self.groups.iter().flat_map(|group| group.iter().copied())
    }

    fn names(&self) -> impl Iterator<Item = (&'a FrontEnd, &'a Names)> {
        self.rows()
            .flat_map(|row| row.languages.iter().map(move |names| (row, names)))
    }

    /// Returns the language of a file by its name or its extension, in upper or lower case, with its front end.
    pub(crate) fn of_path(&self, path: &RepoPath) -> Option<(&'a FrontEnd, Language)> {
        let file_name = path.file_name();
        // The extension decides before the name: `Dockerfile.md` is prose.
        let by_extension = path.extension().and_then(|extension| {
            self.first(|names| {
                let mut extensions = names.extensions.iter();
                extensions.any(|known| extension.eq_ignore_ascii_case(known))
            })
        });
        by_extension.or_else(|| {
            // `Dockerfile.dev`, if no language claims `dev`.
            let stem = file_name.split('.').next().unwrap_or_default();
            self.first(|names| {
                names.file_names.contains(&file_name)
                    || (!stem.is_empty() && names.file_names.contains(&stem))
            })
        })
    }

    /// Returns the language of a script by the program that its first line names.
    pub(crate) fn of_first_line(&self, line: &str) -> Option<(&'a FrontEnd, Language)> {
        let mut words = line.strip_prefix("#!")?.split_whitespace();
        let mut program = words.next()?.rsplit('/').next()?;
        if program == "env" {
            // `#!/usr/bin/env -S NAME=value node --flag`
            program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        }
        // `python3.12`
        let version: &[char] = &['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.'];
        let program = program.trim_end_matches(version);
        self.first(|names| names.programs.contains(&program))
    }

    fn first(&self, is_wanted: impl Fn(&Names) -> bool) -> Option<(&'a FrontEnd, Language)> {
        let mut names = self.names();
        let (row, names) = names.find(|(_, names)| is_wanted(names))?;
        Some((row, names.language))
    }

    /// Returns what reads a language.
    pub(crate) fn of_language(&self, language: Language) -> Option<&'a FrontEnd> {
        let mut names = self.names();
        let found = names.find(|(_, names)| names.language == language)?;
        Some(found.0)
    }

    /// Returns what the languages of a family bring along.
    pub(crate) fn library(&self, family: Family) -> Option<&'static Facts> {
        let mut rows = self.rows().filter(|row| row.family == Some(family));
        rows.find_map(|row| row.library).map(|library| library())
    }
}

#[cfg(test)]
mod tests {
    use domain::{ChunkKind, Parser};

    use super::*;
    use crate::front_end::Reader;
    use crate::outline::{Item, Outline};
    use crate::text::LineIndex;
    use crate::{ExtractSettings, extract_with};

    /// A language in which every line is a definition called by its first word.
    struct Toy;

    impl Reader for Toy {
        fn outline(&self, path: &RepoPath, lines: &LineIndex<'_>, _: Language) -> Outline {
            let mut outline = Outline::blank(path, lines);
            outline.parser = Parser::TreeSitter;
            for line in 1..=lines.n_lines() {
                let (start, end) = (lines.line_start(line), lines.line_start(line + 1));
                let text = &lines.text()[start as usize..end as usize];
                outline.items.push(Item {
                    kind: ChunkKind::Function,
                    symbol: Some(line),
                    title: None,
                    start_byte: start,
                    end_byte: end,
                    children: Vec::new(),
                    body: None,
                });
                outline.symbols.push(domain::Symbol {
                    parent: Some(0),
                    kind: domain::SymbolKind::Function,
                    name: text
                        .split_whitespace()
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                    span: lines.span(start, end),
                    ..outline.symbols[0].clone()
                });
            }
            outline
        }
    }

    const TOY: FrontEnd = FrontEnd {
        family: None,
        version: 3,
        languages: &[Names {
            language: Language::Text,
            extensions: &["toy"],
            file_names: &["Toyfile"],
            programs: &["toy"],
        }],
        data_limit_bytes: None,
        is_test_name: |name| name.starts_with("check"),
        library: None,
        reader: &Toy,
    };

    #[test]
    fn a_language_is_one_row_of_the_table() {
        let table = FrontEnds {
            groups: &[&[&ECMASCRIPT], &[&TOY]],
        };
        let path = |text: &str| RepoPath::new(text).unwrap();
        let language = |text: &str| table.of_path(&path(text)).map(|(_, language)| language);
        assert_eq!(language("a/b.TOY"), Some(Language::Text));
        assert_eq!(language("Toyfile.local"), Some(Language::Text));
        assert_eq!(language("a.ts"), Some(Language::TypeScript));
        assert_eq!(language("a.tax"), None);
        for line in ["#!/usr/bin/toy", "#!/usr/bin/env -S toy3.1 -x"] {
            assert!(table.of_first_line(line).is_some(), "{line}");
        }
        assert!(table.of_first_line("#!/bin/other").is_none());
        assert_eq!(table.of_language(Language::Text).unwrap().version, 3);
        let settings = ExtractSettings {
            max_tokens: 200,
            count_tokens: &|text| text.split_whitespace().count(),
        };
        let text = "one 1\ntwo 2\nthree 3\n";
        let found = extract_with(&table, &path("check.toy"), text, Language::Text, &settings);
        let names: Vec<&str> = found.symbols[1..]
            .iter()
            .map(|one| one.name.as_str())
            .collect();
        assert_eq!(names, ["one", "two", "three"]);
        assert!(
            found
                .chunks
                .iter()
                .all(|chunk| chunk.kind == ChunkKind::Function)
        );
        assert!(found.chunks.iter().all(|chunk| chunk.flags.is_test));
    }
}
