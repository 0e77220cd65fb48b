//! The formats of text, a row each.

use domain::Language;

use super::{Document, Section, blocks, headings, keys, notebook, paragraphs, statements};
use crate::front_end::{FrontEnd, Names};

/// Configuration that people write is smaller.
const DATA_LIMIT_BYTES: u64 = 64 << 10;

/// Prose, schemas and migrations may be of any size.
const NO_LIMIT: Option<u64> = None;

const fn row(
    languages: &'static [Names],
    data_limit_bytes: Option<u64>,
    reader: &'static Document,
) -> FrontEnd {
    FrontEnd {
        family: None,
        version: 2,
        languages,
        data_limit_bytes,
        is_test_name: |_| false,
        library: None,
        reader,
    }
}

/// Makes a row: what files are called, and where sections begin.
macro_rules! document {
    ($language:ident, $extensions:expr, $names:expr, $limit:expr, $sections:expr) => {
        &row(
            &[Names {
                language: Language::$language,
                extensions: $extensions,
                file_names: $names,
                programs: &[],
            }],
            $limit,
            &Document {
                sections: $sections as fn(&str) -> Vec<Section>,
            },
        )
    };
}

/// Every format of text. The last one has no files of its own: it reads what `--include` names and nothing else knows.
pub(crate) const DOCUMENTS: &[&FrontEnd] = &[
    document!(
        Markdown,
        &["md", "mdx", "markdown"],
        &[],
        NO_LIMIT,
        headings::markdown
    ),
    document!(
        ReStructuredText,
        &["rst"],
        &[],
        NO_LIMIT,
        headings::restructured
    ),
    document!(
        AsciiDoc,
        &["adoc", "asciidoc"],
        &[],
        NO_LIMIT,
        headings::asciidoc
    ),
    document!(Html, &["html", "htm"], &[], NO_LIMIT, headings::html),
    document!(
        Yaml,
        &["yaml", "yml"],
        &[],
        Some(DATA_LIMIT_BYTES),
        keys::yaml
    ),
    document!(Toml, &["toml"], &[], Some(DATA_LIMIT_BYTES), keys::toml),
    document!(
        Json,
        &["json", "jsonc", "json5"],
        &[],
        Some(DATA_LIMIT_BYTES),
        keys::json
    ),
    document!(Notebook, &["ipynb"], &[], NO_LIMIT, notebook::cells),
    document!(Sql, &["sql"], &[], NO_LIMIT, statements::sql),
    document!(Protobuf, &["proto"], &[], NO_LIMIT, blocks::braces),
    document!(
        GraphQl,
        &["graphql", "graphqls", "gql"],
        &[],
        NO_LIMIT,
        blocks::braces
    ),
    document!(Prisma, &["prisma"], &[], NO_LIMIT, blocks::braces),
    document!(
        Terraform,
        &["tf", "tfvars", "hcl"],
        &[],
        NO_LIMIT,
        blocks::braces
    ),
    document!(
        Css,
        &["css", "scss", "sass", "less"],
        &[],
        NO_LIMIT,
        blocks::braces
    ),
    document!(
        Dockerfile,
        &["dockerfile"],
        &["Dockerfile", "Containerfile"],
        NO_LIMIT,
        blocks::stages
    ),
    document!(Text, &[], &[], NO_LIMIT, paragraphs::paragraphs),
];
