"""Computes reference vectors of a BERT or MPNet model in double precision, independently of the encoder.

    python3 -m pip install numpy tokenizers
    python3 scripts/reference_vectors.py MODEL_DIRECTORY INPUTS.jsonl VECTORS.f32 [--ids IDS.json] [--window 256]

INPUTS holds one JSON string a line. VECTORS gets one vector an input: little-endian 32-bit floats, mean of all tokens, of unit length.
IDS gets the token ids of every input as one JSON list of lists. The forward pass is written from the papers (Devlin et al. 2018, Song et al. 2020) and the
model's config.json in plain NumPy, one text at a time; nothing of it is shared with the program.
"""

import argparse
import json
import math
import struct
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

erf = np.vectorize(math.erf, otypes=[np.float64])


def read_tensors(path):
    """Returns the tensors of a safetensors file as arrays of doubles."""
    data = path.read_bytes()
    (header_length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + header_length])
    body = data[8 + header_length :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = entry["data_offsets"]
        values = np.frombuffer(body[start:end], dtype="<f4").reshape(entry["shape"])
        tensors[name.removeprefix("bert.")] = values.astype(np.float64)
    return tensors


class Bert:
    def __init__(self, directory):
        self.config = json.loads((directory / "config.json").read_text())
        self.tensors = read_tensors(directory / "model.safetensors")

    def linear(self, name, rows):
        return rows @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def normalize(self, name, rows):
        mean = rows.mean(axis=-1, keepdims=True)
        variance = ((rows - mean) ** 2).mean(axis=-1, keepdims=True)
        scaled = (rows - mean) / np.sqrt(variance + self.config["layer_norm_eps"])
        return scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"]

    def distance_bias(self, n_tokens):
        return 0.0

    def embed(self, ids):
        rows = self.tensors["embeddings.word_embeddings.weight"][ids]
        rows = rows + self.tensors["embeddings.position_embeddings.weight"][: len(ids)]
        return rows + self.tensors["embeddings.token_type_embeddings.weight"][0]

    def attend(self, name, rows):
        n_heads = self.config["num_attention_heads"]
        heads = [
            self.linear(f"{name}.self.{part}", rows).reshape(len(rows), n_heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        ]
        queries, keys, values = heads
        scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(queries.shape[-1]) + self.distance_bias(len(rows))
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed = (weights @ values).transpose(1, 0, 2).reshape(len(rows), -1)
        return self.normalize(f"{name}.output.LayerNorm", self.linear(f"{name}.output.dense", mixed) + rows)

    def layer(self, name, rows):
        rows = self.attend(f"{name}.attention", rows)
        inner = self.linear(f"{name}.intermediate.dense", rows)
        inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
        return self.normalize(f"{name}.output.LayerNorm", self.linear(f"{name}.output.dense", inner) + rows)

    def vector(self, ids):
        rows = self.normalize("embeddings.LayerNorm", self.embed(ids))
        for index in range(self.config["num_hidden_layers"]):
            rows = self.layer(f"encoder.layer.{index}", rows)
        mean = rows.mean(axis=0)
        return mean / np.linalg.norm(mean)


class Mpnet(Bert):
    """BERT without token types, with a bias by distance, and with positions that begin behind that of padding."""

    NAMES = {"self.query": "attn.q", "self.key": "attn.k", "self.value": "attn.v", "output.dense": "attn.o", "output.LayerNorm": "LayerNorm"}

    def __init__(self, directory):
        super().__init__(directory)
        for index in range(self.config["num_hidden_layers"]):
            for bert, mpnet in self.NAMES.items():
                for part in ("weight", "bias"):
                    name = f"encoder.layer.{index}.attention"
                    self.tensors[f"{name}.{bert}.{part}"] = self.tensors[f"{name}.{mpnet}.{part}"]

    def embed(self, ids):
        first = self.config["pad_token_id"] + 1
        positions = self.tensors["embeddings.position_embeddings.weight"][first : first + len(ids)]
        return self.tensors["embeddings.word_embeddings.weight"][ids] + positions

    def distance_bias(self, n_tokens, n_buckets=32, farthest=128):
        """Returns heads of queries of keys; near distances have a bucket each, farther ones share them logarithmically."""
        places = np.arange(n_tokens)
        distance = places[None, :] - places[:, None]
        half = n_buckets // 2
        near = half // 2
        size = np.maximum(np.abs(distance), 1)
        far = near + np.floor(np.log(size / near) / math.log(farthest / near) * (half - near) + 1e-9).astype(int)
        buckets = np.where(np.abs(distance) < near, np.abs(distance), np.minimum(far, half - 1))
        buckets = buckets + np.where(distance > 0, half, 0)
        return self.tensors["encoder.relative_attention_bias.weight"][buckets].transpose(2, 0, 1)


FAMILIES = {"bert": Bert, "mpnet": Mpnet}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model_directory", type=Path)
    parser.add_argument("inputs", type=Path)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--ids", type=Path)
    parser.add_argument("--window", type=int, default=256)
    arguments = parser.parse_args()

    tokenizer = Tokenizer.from_file(str(arguments.model_directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(arguments.window)
    # Lines end with "\n" alone: the inputs may hold other characters that Python takes for line ends.
    lines = arguments.inputs.read_text(encoding="utf-8").rstrip("\n").split("\n")
    ids = [tokenizer.encode(json.loads(line)).ids for line in lines]

    config = json.loads((arguments.model_directory / "config.json").read_text())
    model = FAMILIES[config["model_type"]](arguments.model_directory)
    vectors = np.stack([model.vector(each) for each in ids]).astype("<f4")
    arguments.vectors.write_bytes(vectors.tobytes())
    if arguments.ids:
        arguments.ids.write_text(json.dumps(ids, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
