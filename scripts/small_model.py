"""Writes a small MPNet model of seeded random weights and texts for it: what the encoder's tests compare with `reference_vectors.py`.

    python3 -m pip install numpy tokenizers
    python3 scripts/small_model.py DIRECTORY
    python3 scripts/reference_vectors.py DIRECTORY DIRECTORY/inputs.jsonl DIRECTORY/vectors.f32 --window 160

The texts have every length that fits, from the empty one on, in steps that grow.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers, processors

CONFIG = {
    "model_type": "mpnet",
    "hidden_act": "gelu",
    "vocab_size": 64,
    "max_position_embeddings": 162,
    "pad_token_id": 1,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "relative_attention_num_buckets": 32,
    "layer_norm_eps": 1e-05,
}
SPECIAL = ["<s>", "<pad>", "</s>", "[UNK]"]
LENGTHS = [*range(20), *range(20, 40, 3), *range(40, 159, 17), 158]


def shapes():
    width, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]
    yield "embeddings.word_embeddings.weight", (CONFIG["vocab_size"], width)
    yield "embeddings.position_embeddings.weight", (CONFIG["max_position_embeddings"], width)
    yield "embeddings.LayerNorm", width
    yield "encoder.relative_attention_bias.weight", (32, CONFIG["num_attention_heads"])
    for index in range(CONFIG["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        for part in "qkvo":
            yield f"{layer}.attention.attn.{part}", (width, width)
        yield f"{layer}.attention.LayerNorm", width
        yield f"{layer}.intermediate.dense", (inner, width)
        yield f"{layer}.output.dense", (width, inner)
        yield f"{layer}.output.LayerNorm", width


def tensors(generator):
    """Weights large enough that every part of the model shows in its vectors."""
    for name, shape in shapes():
        if name.endswith("weight"):
            yield name, generator.normal(0, 1, shape)
        elif name.endswith("LayerNorm"):
            yield f"{name}.weight", generator.normal(1, 0.2, shape)
            yield f"{name}.bias", generator.normal(0, 0.2, shape)
        else:
            yield f"{name}.weight", generator.normal(0, 1.2 / shape[1] ** 0.5, shape)
            yield f"{name}.bias", generator.normal(0, 0.2, shape[0])


def write_tensors(path, generator):
    header, body = {}, b""
    for name, values in tensors(generator):
        data = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def tokenizer():
    words = SPECIAL + [f"w{index}" for index in range(CONFIG["vocab_size"] - len(SPECIAL))]
    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    made.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory

    directory.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(7)
    (directory / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    tokenizer().save(str(directory / "tokenizer.json"))
    write_tensors(directory / "model.safetensors", generator)
    n_words = CONFIG["vocab_size"] - len(SPECIAL)
    texts = [" ".join(f"w{word}" for word in generator.integers(0, n_words, length)) for length in LENGTHS]
    (directory / "inputs.jsonl").write_text("".join(json.dumps(text) + "\n" for text in texts))


if __name__ == "__main__":
    main()
