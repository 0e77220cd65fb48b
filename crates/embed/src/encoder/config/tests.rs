use serde_json::{Value, json};

use super::*;

fn bert() -> Value {
    json!({
        "model_type": "bert", "hidden_act": "gelu", "vocab_size": 100, "max_position_embeddings": 512, "type_vocab_size": 2,
        "hidden_size": 384, "intermediate_size": 1536, "num_hidden_layers": 6, "num_attention_heads": 12, "layer_norm_eps": 1e-12,
    })
}

fn jina() -> Value {
    with(
        bert(),
        json!({
            "position_embedding_type": "alibi", "feed_forward_type": "geglu",
            "auto_map": {"AutoModel": "jinaai/jina-bert-v2-qk-post-norm--modeling_bert.JinaBertModel"},
        }),
    )
}

fn nomic() -> Value {
    json!({
        "model_type": "nomic_bert", "activation_function": "swiglu", "vocab_size": 100, "type_vocab_size": 2, "n_positions": 8192,
        "max_trained_positions": 2048, "n_embd": 768, "n_inner": 3072, "n_layer": 12, "n_head": 12, "layer_norm_epsilon": 1e-12,
        "rotary_emb_fraction": 1.0, "rotary_emb_base": 1000, "rotary_emb_scale_base": null, "qkv_proj_bias": false,
        "mlp_fc1_bias": false, "mlp_fc2_bias": true,
    })
}

fn modern() -> Value {
    json!({
        "model_type": "modernbert", "hidden_activation": "gelu", "vocab_size": 100, "max_position_embeddings": 8192,
        "hidden_size": 768, "intermediate_size": 1152, "num_hidden_layers": 4, "num_attention_heads": 12, "norm_eps": 1e-5,
        "local_attention": 128, "global_attn_every_n_layers": 3, "global_rope_theta": 160000.0, "local_rope_theta": 10000.0,
        "position_embedding_type": "absolute",
    })
}

/// Returns `config` with the fields of `changes` replaced or added.
fn with(mut config: Value, changes: Value) -> Value {
    let fields = config.as_object_mut().unwrap();
    fields.extend(changes.as_object().unwrap().clone());
    config
}

fn read(config: &Value) -> Result<Dimensions, EmbedError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs_err::write(&path, config.to_string()).unwrap();
    Dimensions::read(&path)
}

#[test]
fn unsupported_setting_is_refused_by_name() {
    let mpnet = || with(bert(), json!({"model_type": "mpnet"}));
    let cases = [
        (bert(), json!({"model_type": "gpt2"}), "model_type = gpt2"),
        (bert(), json!({"hidden_act": "relu"}), "hidden_act = relu"),
        (
            bert(),
            json!({"position_embedding_type": "relative_key"}),
            "position_embedding_type = relative_key",
        ),
        (bert(), json!({"hidden_size": 100}), "hidden_size = 100"),
        (
            bert(),
            json!({"num_attention_heads": 5}),
            "num_attention_heads = 5",
        ),
        (bert(), json!({"layer_norm_eps": 0.0}), "layer_norm_eps = 0"),
        (bert(), json!({"vocab_size": 0}), "vocab_size = 0"),
        (
            bert(),
            json!({"num_hidden_layers": 100_000}),
            "num_hidden_layers = 100000",
        ),
        (
            mpnet(),
            json!({"relative_attention_num_buckets": 16}),
            "relative_attention_num_buckets = 16",
        ),
        (
            mpnet(),
            json!({"max_position_embeddings": 2}),
            "max_position_embeddings = 2",
        ),
        (
            jina(),
            json!({"feed_forward_type": "original"}),
            "feed_forward_type = original",
        ),
        (
            jina(),
            json!({"auto_map": {"AutoModel": "other"}}),
            "auto_map = ",
        ),
        (nomic(), json!({"prenorm": true}), "prenorm = true"),
        (nomic(), json!({"causal": true}), "causal = true"),
        (
            nomic(),
            json!({"rotary_emb_interleaved": true}),
            "rotary_emb_interleaved = true",
        ),
        (
            nomic(),
            json!({"rotary_emb_fraction": 0.5}),
            "rotary_emb_fraction = 0.5",
        ),
        (
            nomic(),
            json!({"rotary_emb_scale_base": 512}),
            "rotary_emb_scale_base = 512",
        ),
        (
            nomic(),
            json!({"activation_function": "gelu_new"}),
            "activation_function = gelu_new",
        ),
        (
            nomic(),
            json!({"num_experts": 8, "moe_every_n_layers": 2}),
            "num_experts = 8",
        ),
        (
            modern(),
            json!({"hidden_activation": "relu"}),
            "hidden_activation = relu",
        ),
        (
            modern(),
            json!({"local_attention": 0}),
            "local_attention = 0",
        ),
        (
            modern(),
            json!({"layer_types": ["full_attention"]}),
            "layer_types = 1",
        ),
        (
            modern(),
            json!({"rope_parameters": {"full_attention": {"rope_type": "yarn", "rope_theta": 1e4}}}),
            "rope_parameters = ",
        ),
        (
            modern(),
            json!({"global_rope_theta": -1.0}),
            "global_rope_theta = -1",
        ),
    ];
    for (config, changes, expected) in cases {
        assert!(read(&config).is_ok(), "{config}");
        let error = read(&with(config, changes)).unwrap_err().to_string();
        assert!(
            error.contains(expected) && error.contains("config.json"),
            "{error}"
        );
    }
}

#[test]
fn missing_and_mistyped_fields_are_named() {
    for (config, field) in [
        (bert(), "hidden_size"),
        (jina(), "feed_forward_type"),
        (nomic(), "n_inner"),
        (modern(), "norm_eps"),
    ] {
        for wrong in [Value::Null, json!({"a": 1})] {
            let error = read(&with(config.clone(), json!({ field: wrong }))).unwrap_err();
            let text = domain::one_line(&error);
            assert!(text.contains(field), "{text}");
        }
    }
}

#[test]
fn layers_of_modernbert_look_far_or_near() {
    let check = |changes: Value, expected: [(f32, Option<usize>); 4]| {
        let layers = expected.map(|(theta, farthest)| RotaryLayer { theta, farthest });
        let found = read(&with(modern(), changes)).unwrap().positions;
        assert_eq!(found, Positions::Rotary(layers.to_vec()));
    };
    let (global, local) = ((160_000.0, None), (10_000.0, Some(64)));
    check(json!({}), [global, local, local, global]);
    let every_second = json!({"global_attn_every_n_layers": 2, "local_attention": 64});
    let near = (10_000.0, Some(32));
    check(every_second, [global, near, global, near]);
    let kinds = json!({
        "layer_types": ["sliding_attention", "full_attention", "full_attention", "sliding_attention"],
        "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 80000.0}},
    });
    let global = (80_000.0, None);
    check(kinds, [local, global, global, local]);
}

#[test]
fn nomic_is_not_stretched_beyond_what_it_was_trained_for() {
    assert_eq!(read(&nomic()).unwrap().n_positions, 2048);
    let short = with(nomic(), json!({"n_positions": 512}));
    assert_eq!(read(&short).unwrap().n_positions, 512);
    let biases = read(&nomic()).unwrap().biases;
    assert!(!biases.attention && !biases.expand && biases.contract);
}

#[test]
fn both_kinds_of_jina_are_distinguished() {
    assert_eq!(read(&jina()).unwrap().family, Family::JinaCode);
    let plain = json!({"auto_map": null, "_name_or_path": "jinaai/jina-bert-implementation"});
    assert_eq!(read(&with(jina(), plain)).unwrap().family, Family::Jina);
}
