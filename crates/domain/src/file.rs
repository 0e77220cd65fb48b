//! Indexed files: their language, their hash and their stamp.

use serde::{Deserialize, Serialize};

use crate::{ContentHash, RepoPath, words};

words! {
    /// The language a file is written in, as its name says.
    Language {
        /// `.ts`, `.mts`, `.cts` and declaration files.
        TypeScript = "typescript",
        /// `.tsx`.
        Tsx = "tsx",
        /// `.js`, `.mjs`, `.cjs`.
        JavaScript = "javascript",
        /// `.jsx`.
        Jsx = "jsx",
        /// `.py`, `.pyw` and stubs, `.pyi`.
        Python = "python",
        /// Vue components.
        Vue = "vue",
        /// Svelte components.
        Svelte = "svelte",
        /// Astro components.
        Astro = "astro",
        /// `.c` and headers.
        C = "c",
        /// C++.
        Cpp = "cpp",
        /// C#.
        CSharp = "csharp",
        /// PHP.
        Php = "php",
        /// Ruby.
        Ruby = "ruby",
        /// Kotlin.
        Kotlin = "kotlin",
        /// Swift.
        Swift = "swift",
        /// Scala.
        Scala = "scala",
        /// Shell scripts.
        Bash = "bash",
        /// Lua.
        Lua = "lua",
        /// Elixir.
        Elixir = "elixir",
        /// Haskell.
        Haskell = "haskell",
        /// OCaml.
        OCaml = "ocaml",
        /// Dart.
        Dart = "dart",
        /// Zig.
        Zig = "zig",
        /// R.
        R = "r",
        /// Julia.
        Julia = "julia",
        /// Perl.
        Perl = "perl",
        /// Objective-C.
        ObjectiveC = "objective-c",
        /// PowerShell.
        PowerShell = "powershell",
        /// Groovy.
        Groovy = "groovy",
        /// Solidity.
        Solidity = "solidity",
        /// Erlang.
        Erlang = "erlang",
        /// Clojure.
        Clojure = "clojure",
        /// Go.
        Go = "go",
        /// Java.
        Java = "java",
        /// Rust.
        Rust = "rust",
        /// Markdown.
        Markdown = "markdown",
        /// reStructuredText.
        ReStructuredText = "restructuredtext",
        /// AsciiDoc.
        AsciiDoc = "asciidoc",
        /// HTML.
        Html = "html",
        /// YAML.
        Yaml = "yaml",
        /// TOML.
        Toml = "toml",
        /// JSON.
        Json = "json",
        /// Jupyter notebooks.
        Notebook = "notebook",
        /// SQL.
        Sql = "sql",
        /// Protocol Buffers.
        Protobuf = "protobuf",
        /// GraphQL.
        GraphQl = "graphql",
        /// Prisma schemas.
        Prisma = "prisma",
        /// Terraform and other HCL.
        Terraform = "terraform",
        /// CSS and what is compiled to it.
        Css = "css",
        /// Dockerfiles.
        Dockerfile = "dockerfile",
        /// Any other text that `--include` names.
        Text = "text",
    }
}

words! {
    /// A group of languages whose files can refer to each other, and which share the rules of modules. Files of two families never
    /// resolve into each other.
    Family {
        /// TypeScript and JavaScript.
        Ecmascript = "ecmascript",
        /// Python.
        Python = "python",
        /// Go.
        Go = "go",
        /// Java.
        Java = "java",
        /// Rust.
        Rust = "rust",
    }
}

words! {
    /// Which parser gave a file its chunks and symbols.
    Parser {
        /// The fast parser, with scopes.
        Oxc = "oxc",
        /// A grammar of tree-sitter, which tolerates errors: the only one of a language, or where the fast one cannot read a file.
        TreeSitter = "tree-sitter",
        /// Python's, which goes on after syntax errors.
        Ruff = "ruff",
        /// None: blocks of lines.
        Lines = "lines",
    }
}

/// What the file system said about a file when its bytes were read: a fast hint that it is unchanged, never the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FileStamp {
    /// Size in bytes.
    pub n_bytes: u64,
    /// Modification time in nanoseconds since 1970; `None` when the file was so young that a later write could carry the same
    /// time ("racily clean"), so that only the hash can tell.
    pub modified_ns: Option<i64>,
}

/// One indexed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Where it is.
    pub path: RepoPath,
    /// Hash of exactly the bytes that were indexed.
    pub hash: ContentHash,
    /// Size and time of those bytes.
    pub stamp: FileStamp,
    /// The language it was read as.
    pub language: Language,
    /// Version of the front end that read it: another one may make something else of the same bytes.
    pub front_end: u32,
    /// Which parser read it.
    pub parser: Parser,
    /// Whether its path says that it is a test.
    pub is_test: bool,
    /// Whether its head says that a program wrote it.
    pub is_generated: bool,
    /// Number of lines.
    pub n_lines: u32,
    /// Something a person should know although the file is indexed, such as "syntax error on line 3".
    pub note: Option<String>,
}
