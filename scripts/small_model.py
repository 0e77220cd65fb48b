"""Writes a small model of seeded random weights and texts for it: what the encoder's tests compare with `reference_vectors.py`.

    python3 -m pip install numpy tokenizers
    python3 scripts/small_model.py FAMILY DIRECTORY [--base [--corpus SOURCES]]
    python3 scripts/reference_vectors.py DIRECTORY DIRECTORY/inputs.jsonl DIRECTORY/vectors.f32 --window 160

The texts have every length that fits, from the empty one on, in steps that grow. The tensors have the names, and the tokenizers the
kinds, of the published models of each family. `--base` gives the model the sizes of those instead: for figures of memory and speed. A tokenizer of their
size is then trained on the files below SOURCES.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

WINDOW = 160
BERT_SIZES = {
    "vocab_size": 64,
    "max_position_embeddings": 162,
    "pad_token_id": 1,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}
BERT = {
    "model_type": "bert",
    "hidden_act": "gelu",
    **BERT_SIZES,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}
MPNET = {
    "model_type": "mpnet",
    "hidden_act": "gelu",
    **BERT_SIZES,
    "relative_attention_num_buckets": 32,
    "layer_norm_eps": 1e-05,
}
NOMIC = {
    "model_type": "nomic_bert",
    "activation_function": "swiglu",
    "vocab_size": 64,
    "type_vocab_size": 2,
    "n_positions": 8192,
    "max_trained_positions": 2048,
    "n_embd": 64,
    "n_inner": 128,
    "n_layer": 2,
    "n_head": 2,
    "layer_norm_epsilon": 1e-12,
    "prenorm": False,
    "rotary_emb_fraction": 1.0,
    "rotary_emb_base": 1000,
    "rotary_emb_interleaved": False,
    "rotary_emb_scale_base": None,
    "rotary_scaling_factor": None,
    "qkv_proj_bias": False,
    "mlp_fc1_bias": False,
    "mlp_fc2_bias": False,
    # The same again, as newer copies of the published models have it.
    "hidden_act": "silu",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 2048,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1000},
}
JINA = {
    "model_type": "bert",
    "auto_map": {"AutoModel": "jinaai/jina-bert-implementation--modeling_bert.JinaBertModel"},
    "hidden_act": "gelu",
    "feed_forward_type": "reglu",
    "position_embedding_type": "alibi",
    **BERT_SIZES,
    "max_position_embeddings": 8192,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
}
JINA_CODE = {
    **JINA,
    "auto_map": {"AutoModel": "jinaai/jina-bert-v2-qk-post-norm--modeling_bert.JinaBertModel"},
    "feed_forward_type": "geglu",
    "vocab_size": 272,
}
MODERN = {
    "model_type": "modernbert",
    "hidden_activation": "gelu",
    "vocab_size": 272,
    "max_position_embeddings": 8192,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "norm_eps": 1e-05,
    "norm_bias": False,
    "attention_bias": False,
    "mlp_bias": False,
    "local_attention": 48,
    "global_attn_every_n_layers": 2,
    "global_rope_theta": 160000.0,
    "local_rope_theta": 10000.0,
    "position_embedding_type": "absolute",
    "pad_token_id": 0,
}
LENGTHS = [*range(20), *range(20, 40, 3), *range(40, WINDOW - 1, 17), WINDOW - 2]


def around(layer, width):
    """Attention as BERT names it."""
    for part in ("query", "key", "value"):
        yield f"{layer}.attention.self.{part}", (width, width)
    yield f"{layer}.attention.output.dense", (width, width)
    yield f"{layer}.attention.output.LayerNorm", width


def bert(config):
    width, inner = config["hidden_size"], config["intermediate_size"]
    yield "embeddings.word_embeddings.weight", (config["vocab_size"], width)
    yield "embeddings.position_embeddings.weight", (config["max_position_embeddings"], width)
    yield "embeddings.token_type_embeddings.weight", (config["type_vocab_size"], width)
    yield "embeddings.LayerNorm", width
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        yield from around(layer, width)
        yield f"{layer}.intermediate.dense", (inner, width)
        yield f"{layer}.output.dense", (width, inner)
        yield f"{layer}.output.LayerNorm", width


def mpnet(config):
    width, inner = config["hidden_size"], config["intermediate_size"]
    yield "embeddings.word_embeddings.weight", (config["vocab_size"], width)
    yield "embeddings.position_embeddings.weight", (config["max_position_embeddings"], width)
    yield "embeddings.LayerNorm", width
    yield "encoder.relative_attention_bias.weight", (32, config["num_attention_heads"])
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        for part in "qkvo":
            yield f"{layer}.attention.attn.{part}", (width, width)
        yield f"{layer}.attention.LayerNorm", width
        yield f"{layer}.intermediate.dense", (inner, width)
        yield f"{layer}.output.dense", (width, inner)
        yield f"{layer}.output.LayerNorm", width


def nomic(config):
    width, inner = config["n_embd"], config["n_inner"]
    yield "embeddings.word_embeddings.weight", (config["vocab_size"], width)
    yield "embeddings.token_type_embeddings.weight", (config["type_vocab_size"], width)
    yield "emb_ln", width
    for index in range(config["n_layer"]):
        layer = f"encoder.layers.{index}"
        yield f"{layer}.attn.Wqkv.weight", (3 * width, width)
        yield f"{layer}.attn.out_proj.weight", (width, width)
        yield f"{layer}.mlp.fc11.weight", (inner, width)
        yield f"{layer}.mlp.fc12.weight", (inner, width)
        yield f"{layer}.mlp.fc2.weight", (width, inner)
        yield f"{layer}.norm1", width
        yield f"{layer}.norm2", width


def jina(config):
    width, inner = config["hidden_size"], config["intermediate_size"]
    is_code = "qk-post-norm" in config["auto_map"]["AutoModel"]
    yield "embeddings.word_embeddings.weight", (config["vocab_size"], width)
    yield "embeddings.token_type_embeddings.weight", (config["type_vocab_size"], width)
    yield "embeddings.LayerNorm", width
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        yield from around(layer, width)
        if is_code:
            yield f"{layer}.attention.self.layer_norm_q", width
            yield f"{layer}.attention.self.layer_norm_k", width
            yield f"{layer}.layer_norm_1", width
            yield f"{layer}.mlp.up_gated_layer.weight", (2 * inner, width)
            yield f"{layer}.mlp.down_layer", (width, inner)
            yield f"{layer}.layer_norm_2", width
        else:
            yield f"{layer}.mlp.gated_layers.weight", (2 * inner, width)
            yield f"{layer}.mlp.wo", (width, inner)
            yield f"{layer}.mlp.layernorm", width


def modern(config):
    width, inner = config["hidden_size"], config["intermediate_size"]
    yield "embeddings.tok_embeddings.weight", (config["vocab_size"], width)
    yield "embeddings.norm.weight", width
    for index in range(config["num_hidden_layers"]):
        layer = f"layers.{index}"
        if index > 0:
            yield f"{layer}.attn_norm.weight", width
        yield f"{layer}.attn.Wqkv.weight", (3 * width, width)
        yield f"{layer}.attn.Wo.weight", (width, width)
        yield f"{layer}.mlp_norm.weight", width
        yield f"{layer}.mlp.Wi.weight", (2 * inner, width)
        yield f"{layer}.mlp.Wo.weight", (width, inner)
    yield "final_norm.weight", width


def is_table(name):
    return "embeddings.weight" in name or "bias.weight" in name


def tensors(shapes, generator):
    """Weights large enough that every part of the model shows in its vectors."""
    for name, shape in shapes:
        if isinstance(shape, int):
            bare = name.removesuffix(".weight")
            yield f"{bare}.weight", generator.normal(1, 0.2, shape)
            if bare == name:
                yield f"{bare}.bias", generator.normal(0, 0.2, shape)
        elif is_table(name):
            yield name, generator.normal(0, 1, shape)
        else:
            bare = name.removesuffix(".weight")
            yield f"{bare}.weight", generator.normal(0, 1.2 / shape[1] ** 0.5, shape)
            if bare == name:
                yield f"{bare}.bias", generator.normal(0, 0.2, shape[0])


def encoded(values, kind):
    if kind == "BF16":
        # The upper half of a float, rounded.
        return ((values.astype("<f4").view("<u4") + 0x8000) >> 16).astype("<u2").tobytes()
    return values.astype({"F32": "<f4", "F16": "<f2"}[kind]).tobytes()


def write_tensors(path, shapes, kind, generator):
    header, parts, n_bytes = {}, [], 0
    for name, values in tensors(shapes, generator):
        data = encoded(values, kind)
        header[name] = {"dtype": kind, "shape": values.shape, "data_offsets": [n_bytes, n_bytes + len(data)]}
        parts.append(data)
        n_bytes += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(parts)


def framed(made, first, last):
    ids = [(token, made.token_to_id(token)) for token in (first, last)]
    made.post_processor = processors.TemplateProcessing(f"{first} $A {last}", special_tokens=ids)
    return made


def word_level(config):
    special = ["<s>", "<pad>", "</s>", "[UNK]"]
    words = special + [f"w{index}" for index in range(config["vocab_size"] - len(special))]
    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return framed(made, "<s>", "</s>")


def word_piece(config):
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *(f"##{letter}" for letter in letters), "the", "##ing"]
    made = Tokenizer(models.WordPiece({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    return framed(made, "[CLS]", "[SEP]")


def byte_pairs(special):
    """Bytes are words, and some pairs of them."""
    words = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    merges = [("r", "e"), ("re", "t"), ("Ġ", "i"), ("Ġi", "f")]
    words += ["".join(pair) for pair in merges]
    made = Tokenizer(models.BPE({word: index for index, word in enumerate(words)}, merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return made


def roberta(config):
    made = byte_pairs(["<s>", "<pad>", "</s>", "<unk>"])
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return made


def modern_bytes(config):
    return framed(byte_pairs(["[PAD]", "[UNK]", "[CLS]", "[SEP]"]), "[CLS]", "[SEP]")


def train(made, config, corpus):
    """Gives a tokenizer as many words as the model has, from source files."""
    is_source = lambda path: path.suffix in (".ts", ".tsx", ".js", ".md") and path.is_file()
    files = [str(path) for path in sorted(corpus.rglob("*")) if is_source(path)]
    vocabulary = sorted(made.get_vocab().items(), key=lambda entry: entry[1])
    kinds = {"WordPiece": trainers.WordPieceTrainer, "BPE": trainers.BpeTrainer}
    kind = kinds[type(made.model).__name__]
    special = [word for word, _ in vocabulary[:4]]
    made.train(files, kind(vocab_size=config["vocab_size"], special_tokens=special, show_progress=False))
    return made


def words(generator, length):
    return " ".join(f"w{word}" for word in generator.integers(0, 60, length))


def letters(generator, length):
    """A word of two to five letters is as many tokens."""
    text = "".join(chr(97 + letter) for letter in generator.integers(0, 26, length))
    places = [index for index in range(2, length) if generator.random() < 0.3]
    return "".join(f" {letter}" if index in places else letter for index, letter in enumerate(text))


def code(generator, length):
    alphabet = "return if(x) {é}; =+"
    return "".join(alphabet[index] for index in generator.integers(0, len(alphabet), length))[: max(0, length - length // 8)]


# Configuration, tensors, the type of their numbers, tokenizer, texts.
FAMILIES = {
    "bert": (BERT, bert, "F32", word_piece, letters),
    "mpnet": (MPNET, mpnet, "F32", word_level, words),
    "nomic": (NOMIC, nomic, "F32", word_piece, letters),
    "jina": (JINA, jina, "F32", word_piece, letters),
    "jina-code": (JINA_CODE, jina, "F16", roberta, code),
    "modern": (MODERN, modern, "BF16", modern_bytes, code),
}
BERT_BASE = {"vocab_size": 30528, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
BASE = {
    "bert": {**BERT_BASE, "max_position_embeddings": 512},
    "mpnet": {**BERT_BASE, "vocab_size": 30527, "max_position_embeddings": 514},
    "nomic": {**BERT_BASE, "vocab_size": 30528, "n_embd": 768, "n_inner": 3072, "n_layer": 12, "n_head": 12},
    "jina": BERT_BASE,
    "jina-code": {**BERT_BASE, "vocab_size": 61056},
    "modern": {
        **BERT_BASE,
        "vocab_size": 50368,
        "intermediate_size": 1152,
        "num_hidden_layers": 22,
        "local_attention": 128,
        "global_attn_every_n_layers": 3,
    },
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("family", choices=FAMILIES)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--base", action="store_true", help="the sizes of published models")
    parser.add_argument("--corpus", type=Path, help="source files that a tokenizer of that size is trained on")
    arguments = parser.parse_args()

    config, shapes, kind, tokenizer, make_text = FAMILIES[arguments.family]
    if arguments.base:
        config = {**config, **BASE[arguments.family]}
    directory = arguments.directory
    directory.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(7)
    (directory / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    made = tokenizer(FAMILIES[arguments.family][0])
    if arguments.corpus:
        made = train(made, config, arguments.corpus)
    made.save(str(directory / "tokenizer.json"))
    write_tensors(directory / "model.safetensors", shapes(config), kind, generator)
    texts = [make_text(generator, length) for length in LENGTHS]
    (directory / "inputs.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))


if __name__ == "__main__":
    main()
