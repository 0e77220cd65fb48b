//! Our word pieces against the library's, id by id.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Kind, Tokenizer};
use crate::models::{DEFAULT_MODEL, ModelStore, ModelStoreSettings, TOKENIZER_FILE};

/// Folders whose `tokenizer.json` describes word pieces.
const FIXTURES: &[&str] = &["nomic", "jina"];

fn both(path: &Path) -> [Tokenizer; 2] {
    let ours = Tokenizer::open(path).unwrap();
    assert!(
        matches!(ours.kind, Kind::WordPiece(_)),
        "{}",
        path.display()
    );
    let json = fs_err::read(path).unwrap();
    [ours, Tokenizer::of_library(&json).unwrap()]
}

fn tokenizers() -> Vec<[Tokenizer; 2]> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let paths = FIXTURES.iter().map(|name| {
        fixtures
            .join(format!("small-{name}"))
            .join("tokenizer.json")
    });
    paths
        .chain(default_model())
        .map(|path| both(&path))
        .collect()
}

/// The default model's, where it has been fetched.
#[expect(
    clippy::disallowed_methods,
    reason = "the program's own cache, as the program finds it"
)]
fn default_model() -> Option<PathBuf> {
    let cache = match std::env::var_os("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache"),
    };
    let store = ModelStore::new(ModelStoreSettings::new(cache.join("mnemo")));
    let model = store.find(DEFAULT_MODEL).ok()??;
    Some(model.directory.join(TOKENIZER_FILE))
}

fn check([ours, library]: &[Tokenizer; 2], text: &str) {
    assert_eq!(ours.tokens(text), library.tokens(text), "{text:?}");
}

#[test]
fn frames_are_those_of_the_library() {
    for [ours, library] in tokenizers() {
        assert_eq!(ours.head, library.head);
        assert_eq!(ours.tail, library.tail);
    }
}

#[test]
fn difficult_texts_have_the_tokens_of_the_library() {
    let long = "a".repeat(150);
    let texts = [
        "",
        " ",
        "\t\n\r ",
        "const x = [1, 2];",
        "[CLS] a [SEP][MASK]x[UNK]",
        "[CLS",
        "[[CLS]]",
        "<s></s>",
        "<mask>",
        "Ünïcödé ÀÉ ñ ǅ İ ẞ ß",
        "漢字かな交じり文 한국어 \u{f900}",
        "e\u{301}\u{323} \u{0}a\u{fffd}b\u{85}c\u{200b}d\u{ad}e",
        "a\u{a0}b\u{3000}c\u{2028}d",
        "naïve—“quoted”… ¿qué? ¡sí!",
        "😀👩‍👩‍👧 e⃣",
        "##ing ## #",
        &long,
        "1_000 $x _a",
        "\u{1e9b}\u{323}",
    ];
    for tokenizers in tokenizers() {
        texts.iter().for_each(|text| check(&tokenizers, text));
    }
}

#[test]
fn other_settings_are_those_of_the_library_or_left_to_it() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small-nomic/tokenizer.json");
    let json: Value = serde_json::from_slice(&fs_err::read(path).unwrap()).unwrap();
    let token = |normalized: bool| {
        json!([{
            "id": 2, "content": "[CLS]", "single_word": false, "lstrip": false, "rstrip": false, "normalized": normalized, "special": !normalized,
        }])
    };
    let normalizer = |strips: Value, lowers: bool| {
        json!({
            "type": "BertNormalizer", "clean_text": false, "handle_chinese_chars": false, "strip_accents": strips, "lowercase": lowers,
        })
    };
    let frame = |kind: &str| json!({"type": kind, "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]});
    let roberta = json!({
        "type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2], "trim_offsets": true, "add_prefix_space": false,
    });
    let cases = [
        ("added_tokens", token(false), true),
        ("added_tokens", token(true), false),
        ("normalizer", normalizer(json!(null), false), true),
        ("normalizer", normalizer(json!(true), false), true),
        ("normalizer", normalizer(json!(false), true), true),
        ("normalizer", json!({"type": "Lowercase"}), false),
        ("pre_tokenizer", json!({"type": "Whitespace"}), false),
        ("post_processor", frame("BertProcessing"), true),
        ("post_processor", roberta, true),
    ];
    for (field, value, is_ours) in cases {
        let mut changed = json.clone();
        changed[field] = value.clone();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer.json");
        fs_err::write(&path, changed.to_string()).unwrap();
        let ours = Tokenizer::open(&path).unwrap();
        assert_eq!(matches!(ours.kind, Kind::WordPiece(_)), is_ours, "{value}");
        let library = Tokenizer::of_library(changed.to_string().as_bytes()).unwrap();
        assert_eq!(
            (&ours.head, &ours.tail),
            (&library.head, &library.tail),
            "{value}"
        );
        let pair = [ours, library];
        for text in [
            "[CLS]the[CLS",
            "The É \u{0}a\u{200b}漢字",
            "a b\u{85}c [SEP]",
        ] {
            check(&pair, text);
        }
    }
}

#[test]
fn code_has_the_tokens_of_the_library() {
    let Some(path) = default_model() else {
        eprintln!("not run: the default model is not here");
        return;
    };
    let tokenizers = both(&path);
    for file in walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")) {
        if let Ok(text) = fs_err::read_to_string(file) {
            check(&tokenizers, &text);
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(walk(&path)),
            false => files.extend(
                path.extension()
                    .is_some_and(|ending| ending == "rs")
                    .then_some(path),
            ),
        }
    }
    files
}

proptest! {
    #[test]
    fn any_text_has_the_tokens_of_the_library(texts in proptest::collection::vec("\\PC{0,40}|.{0,40}|[a-c# \\[\\]CLSé漢]{0,30}", 1..20)) {
        thread_local! {
            static TOKENIZERS: Vec<[Tokenizer; 2]> = tokenizers();
        }
        TOKENIZERS.with(|all| {
            for tokenizers in all {
                texts.iter().for_each(|text| check(tokenizers, text));
            }
        });
    }
}
