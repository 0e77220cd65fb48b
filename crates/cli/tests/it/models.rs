//! Other models than the default one: small ones of random weights, in folders that have the names of known models.

use std::path::Path;

use crate::program::{Answer, Mnemo};

/// A tree, and beside it a folder of models: `(name, fixture)` each.
fn with_models(models: &[(&str, &str)]) -> Mnemo {
    let mnemo = Mnemo::new();
    mnemo.write(
        "tree/src/greet.ts",
        "/** Greets somebody by name. */\nexport function greet(name: string) {\n  return `hello ${name}`\n}\n",
    );
    mnemo.write(
        "tree/src/add.ts",
        "export const add = (a: number, b: number) => a + b\n",
    );
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../embed/tests/fixtures");
    for (name, fixture) in models {
        let directory = mnemo.home.path().join("models").join(name);
        std::fs::create_dir_all(&directory).unwrap();
        for file in ["config.json", "tokenizer.json", "model.safetensors"] {
            std::fs::copy(fixtures.join(fixture).join(file), directory.join(file)).unwrap();
        }
    }
    mnemo
}

fn run(mnemo: &Mnemo, arguments: &[&str]) -> Answer {
    let models = ["--embeddings", "real", "--model-dir", "models"];
    mnemo.run(&[arguments, &models].concat())
}

fn with_the_pair() -> Mnemo {
    with_models(&[
        ("nomic-embed-text-v1.5", "small-nomic"),
        ("jina-embeddings-v2-base-code", "small-jina-code"),
    ])
}

fn index(mnemo: &Mnemo, arguments: &[&str]) {
    let arguments = [&["index", "tree", "--workers", "2"], arguments].concat();
    let answer = run(mnemo, &arguments);
    assert_eq!(answer.status(), 0, "{}", answer.talk());
}

/// Returns the models that the vectors of the index are from.
fn models_of(mnemo: &Mnemo) -> Vec<String> {
    let rows = mnemo.run(&["export", "--what", "vectors"]).data();
    let model = |row: &str| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        row["model"].as_str().unwrap().to_owned()
    };
    let mut models: Vec<String> = rows.lines().map(model).collect();
    models.sort();
    models.dedup();
    models
}

#[test]
fn pair_embeds_texts_by_one_model_and_code_by_the_other() {
    let mnemo = with_the_pair();
    let pair = ["--models", "nomic+jina"];
    index(&mnemo, &pair);
    let models = models_of(&mnemo);
    assert!(
        models[0].starts_with("jina-embeddings-v2-base-code@") && models[0].ends_with(":512"),
        "{models:?}"
    );
    assert!(
        models[1].starts_with("nomic-embed-text-v1.5@"),
        "{models:?}"
    );
    assert_eq!(models.len(), 2);
    let search = ["search", "greet somebody", "--mode", "semantic", "--json"];
    let found = run(&mnemo, &[&search[..], &pair].concat()).json();
    assert_eq!(found["complete"], true, "{found}");
    assert!(!found["results"].as_array().unwrap().is_empty(), "{found}");
    // The other way around is another profile, and so a new generation.
    index(&mnemo, &["--models", "jina+nomic"]);
    let found = run(&mnemo, &[&search[..], &pair].concat());
    assert!(
        found.data().contains("words alone") || found.talk().contains("words alone"),
        "{} {}",
        found.data(),
        found.talk()
    );
}

#[test]
fn search_uses_the_models_of_the_index_unless_others_are_named() {
    let mnemo = with_the_pair();
    let other = ["--precision", "f32", "--window", "40", "--dimensions", "64"];
    index(&mnemo, &[&["--models", "nomic+jina"], &other[..]].concat());
    let remark_of = |flags: &[&str]| {
        let search = ["search", "greet somebody", "--json"];
        let found = run(&mnemo, &[&search[..], flags].concat()).json();
        found["remark"].as_str().unwrap_or("").to_owned()
    };
    assert_eq!(remark_of(&[]), "");
    assert_eq!(remark_of(&["--models", "nomic+jina"]), "");
    for otherwise in [
        ["--models", "jina+nomic"],
        ["--models", "jina"],
        ["--precision", "int8"],
        ["--window", "50"],
        ["--dimensions", "128"],
    ] {
        let remark = remark_of(&otherwise);
        assert!(remark.contains("words alone"), "{otherwise:?}: {remark}");
    }
}

#[test]
fn vectors_are_cut_in_the_models_that_are_made_for_it() {
    let mnemo = with_the_pair();
    index(&mnemo, &["--models", "nomic+jina", "--dimensions", "64"]);
    let models = models_of(&mnemo);
    assert!(
        models[0].ends_with(":512") && models[1].ends_with(":512:64d"),
        "{models:?}"
    );
    let refused = run(
        &mnemo,
        &["index", "tree", "--models", "jina", "--dimensions", "64"],
    );
    assert_eq!(refused.status(), 3);
    let talk = refused.talk();
    assert!(
        talk.contains("jina-embeddings-v2-base-code cannot be cut to 64")
            && talk.contains("nomic-embed-text-v1.5 (to 512, 256, 128, 64)"),
        "{talk}"
    );
}

#[test]
fn window_bounds_chunks_and_is_part_of_the_identity() {
    let mnemo = with_the_pair();
    index(&mnemo, &["--models", "jina", "--window", "40"]);
    let models = models_of(&mnemo);
    assert!(
        models[0].ends_with(":40") && models.len() == 1,
        "{models:?}"
    );
    let refused = run(
        &mnemo,
        &["index", "tree", "--models", "jina", "--window", "9000"],
    );
    assert_eq!(refused.status(), 3);
    assert!(
        refused.talk().contains("8192 positions"),
        "{}",
        refused.talk()
    );
}

#[test]
fn model_that_is_nowhere_says_where_to_put_it() {
    let mnemo = with_models(&[]);
    let arguments = [
        "index",
        "tree",
        "--models",
        "gte-modernbert",
        "--embeddings",
        "real",
    ];
    let mut command = mnemo.command(&arguments);
    let answer = Answer(command.env("MNEMO_OFFLINE", "1").output().unwrap());
    assert_eq!(answer.status(), 3);
    let talk = answer.talk();
    for expected in [
        "Alibaba-NLP/gte-modernbert-base",
        "a folder called gte-modernbert-base",
        "--model-dir",
    ] {
        assert!(talk.contains(expected), "{talk}");
    }
}
