//! What comments, texts and words look like in each language.

use domain::Language;

/// A text in quotes.
pub(super) struct Text {
    /// What stands at both ends.
    pub(super) quote: &'static str,
    /// Whether it may go on in the next line.
    pub(super) spans_lines: bool,
}

pub(super) struct Syntax {
    pub(super) line_comments: &'static [&'static str],
    pub(super) block_comments: &'static [(&'static str, &'static str)],
    /// Longer quotes before their beginnings.
    pub(super) texts: &'static [Text],
    /// Whether single quotes hold one letter, or none at all.
    pub(super) has_letters: bool,
    pub(super) keywords: &'static [&'static str],
}

const fn line(quote: &'static str) -> Text {
    Text {
        quote,
        spans_lines: false,
    }
}

const fn block(quote: &'static str) -> Text {
    Text {
        quote,
        spans_lines: true,
    }
}

const SLASHES: &[&str] = &["//"];
const STARS: &[(&str, &str)] = &[("/*", "*/")];
const QUOTES: &[Text] = &[block("\"\"\""), line("\""), line("'")];

const ECMASCRIPT: Syntax = Syntax {
    line_comments: SLASHES,
    block_comments: &[("/*", "*/"), ("<!--", "-->")],
    texts: &[line("\""), line("'"), block("`")],
    has_letters: false,
    keywords: &[
        "abstract",
        "any",
        "as",
        "async",
        "await",
        "boolean",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "declare",
        "default",
        "delete",
        "do",
        "else",
        "enum",
        "export",
        "extends",
        "false",
        "finally",
        "for",
        "from",
        "function",
        "get",
        "if",
        "implements",
        "import",
        "in",
        "infer",
        "instanceof",
        "interface",
        "is",
        "keyof",
        "let",
        "namespace",
        "never",
        "new",
        "null",
        "number",
        "of",
        "override",
        "private",
        "protected",
        "public",
        "readonly",
        "return",
        "satisfies",
        "set",
        "static",
        "string",
        "super",
        "switch",
        "this",
        "throw",
        "true",
        "try",
        "type",
        "typeof",
        "undefined",
        "unknown",
        "var",
        "void",
        "while",
        "with",
        "yield",
    ],
};

/// C and what looks like it: one list of words for all, since a name that is a word elsewhere is rare.
const BRACES: Syntax = Syntax {
    line_comments: SLASHES,
    block_comments: STARS,
    texts: QUOTES,
    has_letters: false,
    keywords: &[
        "abstract",
        "as",
        "async",
        "auto",
        "await",
        "base",
        "bool",
        "boolean",
        "break",
        "byte",
        "case",
        "catch",
        "chan",
        "char",
        "class",
        "companion",
        "const",
        "constexpr",
        "continue",
        "contract",
        "data",
        "default",
        "defer",
        "delete",
        "do",
        "double",
        "else",
        "enum",
        "event",
        "explicit",
        "extends",
        "extension",
        "extern",
        "false",
        "final",
        "finally",
        "float",
        "fn",
        "for",
        "foreach",
        "friend",
        "func",
        "fun",
        "function",
        "given",
        "go",
        "goto",
        "guard",
        "if",
        "implements",
        "implicit",
        "import",
        "in",
        "inline",
        "int",
        "interface",
        "internal",
        "is",
        "lazy",
        "let",
        "long",
        "map",
        "match",
        "module",
        "mutable",
        "namespace",
        "native",
        "new",
        "nil",
        "null",
        "nullptr",
        "object",
        "operator",
        "out",
        "override",
        "package",
        "private",
        "protected",
        "protocol",
        "public",
        "range",
        "readonly",
        "record",
        "ref",
        "return",
        "sealed",
        "select",
        "self",
        "short",
        "signed",
        "sizeof",
        "static",
        "string",
        "struct",
        "super",
        "switch",
        "synchronized",
        "template",
        "this",
        "throw",
        "throws",
        "trait",
        "true",
        "try",
        "type",
        "typedef",
        "typename",
        "union",
        "unsafe",
        "unsigned",
        "using",
        "val",
        "var",
        "virtual",
        "void",
        "volatile",
        "when",
        "where",
        "while",
        "with",
        "yield",
    ],
};

const RUST: Syntax = Syntax {
    line_comments: SLASHES,
    block_comments: STARS,
    // A quote alone begins a lifetime; of letters only those that would open a text matter.
    texts: &[block("\"")],
    has_letters: true,
    keywords: &[
        "as", "async", "await", "bool", "break", "const", "continue", "crate", "dyn", "else",
        "enum", "extern", "false", "fn", "for", "i32", "i64", "if", "impl", "in", "let", "loop",
        "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self", "static", "str",
        "struct", "super", "trait", "true", "type", "u32", "u64", "u8", "union", "unsafe", "use",
        "usize", "where", "while",
    ],
};

const PYTHON: Syntax = Syntax {
    line_comments: &["#"],
    block_comments: &[],
    texts: &[block("\"\"\""), block("'''"), line("\""), line("'")],
    has_letters: false,
    keywords: &[
        "and", "as", "assert", "async", "await", "break", "case", "class", "continue", "def",
        "del", "elif", "else", "except", "False", "finally", "for", "from", "global", "if",
        "import", "in", "is", "lambda", "match", "None", "nonlocal", "not", "or", "pass", "raise",
        "return", "self", "True", "try", "type", "while", "with", "yield",
    ],
};

/// Languages whose comments begin with a hash.
const HASHES: Syntax = Syntax {
    line_comments: &["#"],
    block_comments: &[],
    texts: &[line("\""), line("'")],
    has_letters: false,
    keywords: &[
        "alias",
        "and",
        "begin",
        "break",
        "case",
        "class",
        "def",
        "defmodule",
        "defp",
        "do",
        "done",
        "else",
        "elseif",
        "elsif",
        "end",
        "ensure",
        "esac",
        "export",
        "false",
        "fi",
        "fn",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "local",
        "module",
        "my",
        "next",
        "nil",
        "not",
        "null",
        "or",
        "our",
        "param",
        "raise",
        "require",
        "rescue",
        "return",
        "self",
        "struct",
        "sub",
        "then",
        "true",
        "unless",
        "until",
        "use",
        "when",
        "while",
        "yield",
    ],
};

const PHP: Syntax = Syntax {
    line_comments: &["//", "#"],
    ..BRACES
};

/// Languages whose comments begin with two dashes.
const DASHES: Syntax = Syntax {
    line_comments: &["--"],
    block_comments: &[("--[[", "]]"), ("{-", "-}"), ("/*", "*/")],
    texts: &[line("\"")],
    has_letters: true,
    keywords: &[
        "and", "as", "ALTER", "AND", "AS", "BY", "case", "class", "CREATE", "data", "DELETE",
        "deriving", "do", "DROP", "else", "elseif", "end", "false", "for", "FROM", "function",
        "GROUP", "if", "import", "in", "INDEX", "INSERT", "instance", "INTO", "JOIN", "KEY", "let",
        "local", "module", "newtype", "nil", "not", "NOT", "NULL", "of", "ON", "or", "OR", "ORDER",
        "PRIMARY", "repeat", "return", "SELECT", "SET", "TABLE", "then", "true", "type", "until",
        "UPDATE", "VALUES", "where", "WHERE", "while",
    ],
};

const OCAML: Syntax = Syntax {
    line_comments: &[],
    block_comments: &[("(*", "*)")],
    texts: &[block("\"")],
    has_letters: true,
    keywords: &[
        "and",
        "as",
        "begin",
        "class",
        "else",
        "end",
        "exception",
        "false",
        "fun",
        "function",
        "if",
        "in",
        "include",
        "let",
        "match",
        "module",
        "mutable",
        "of",
        "open",
        "rec",
        "sig",
        "struct",
        "then",
        "true",
        "try",
        "type",
        "val",
        "when",
        "with",
    ],
};

const SEMICOLONS: Syntax = Syntax {
    line_comments: &[";"],
    block_comments: &[],
    texts: &[block("\"")],
    has_letters: false,
    keywords: &[
        "def", "defn", "defmacro", "do", "false", "fn", "if", "let", "nil", "ns", "true", "when",
    ],
};

const ERLANG: Syntax = Syntax {
    line_comments: &["%"],
    block_comments: &[],
    texts: &[line("\""), line("'")],
    has_letters: false,
    keywords: &[
        "after", "case", "catch", "end", "fun", "if", "of", "receive", "try", "when",
    ],
};

/// Text of people: quotes are apostrophes there.
const PROSE: Syntax = Syntax {
    line_comments: &[],
    block_comments: &[("<!--", "-->")],
    texts: &[],
    has_letters: false,
    keywords: &[],
};

pub(super) fn of(language: Language) -> &'static Syntax {
    match language {
        Language::TypeScript
        | Language::Tsx
        | Language::JavaScript
        | Language::Jsx
        | Language::Vue
        | Language::Svelte
        | Language::Astro => &ECMASCRIPT,
        Language::Python => &PYTHON,
        Language::Rust => &RUST,
        Language::Php => &PHP,
        Language::Ruby
        | Language::Bash
        | Language::Elixir
        | Language::R
        | Language::Julia
        | Language::Perl
        | Language::PowerShell
        | Language::Yaml
        | Language::Toml => &HASHES,
        Language::Lua | Language::Haskell | Language::Sql => &DASHES,
        Language::OCaml => &OCAML,
        Language::Clojure => &SEMICOLONS,
        Language::Erlang => &ERLANG,
        Language::Markdown | Language::ReStructuredText | Language::AsciiDoc | Language::Html => {
            &PROSE
        }
        _ => &BRACES,
    }
}
