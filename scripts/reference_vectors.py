"""Computes reference vectors of a model in double precision, independently of the encoder.

    python3 -m pip install numpy tokenizers
    python3 scripts/reference_vectors.py MODEL_DIRECTORY INPUTS.jsonl VECTORS.f32 [--ids IDS.json] [--window 256]

INPUTS holds one JSON string a line. VECTORS gets one vector an input: little-endian 32-bit floats, mean of all tokens, of unit length.
IDS gets the token ids of every input as one JSON list of lists. The models are in `reference_models.py`. With `--transformers` the vectors are also computed
by the library of that name, where it knows the architecture, and the largest difference of a value is printed: a check of the reference itself.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from reference_models import open_model


def largest_difference(directory, ids, vectors):
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(directory, dtype=torch.float64, attn_implementation="eager").eval()
    largest = 0.0
    with torch.no_grad():
        for own, vector in zip(ids, vectors):
            mean = model(torch.tensor([own])).last_hidden_state[0].mean(axis=0).numpy()
            largest = max(largest, np.abs(mean / np.linalg.norm(mean) - vector).max())
    return largest


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model_directory", type=Path)
    parser.add_argument("inputs", type=Path)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--ids", type=Path)
    parser.add_argument("--window", type=int, default=256)
    parser.add_argument("--transformers", action="store_true")
    arguments = parser.parse_args()

    tokenizer = Tokenizer.from_file(str(arguments.model_directory / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(arguments.window)
    # Lines end with "\n" alone: the inputs may hold other characters that Python takes for line ends.
    lines = arguments.inputs.read_text(encoding="utf-8").rstrip("\n").split("\n")
    ids = [tokenizer.encode(json.loads(line)).ids for line in lines]

    model = open_model(arguments.model_directory)
    vectors = np.stack([model.vector(each) for each in ids]).astype("<f4")
    arguments.vectors.write_bytes(vectors.tobytes())
    if arguments.ids:
        arguments.ids.write_text(json.dumps(ids, separators=(",", ":")) + "\n")
    if arguments.transformers:
        print("largest difference:", largest_difference(arguments.model_directory, ids, vectors))


if __name__ == "__main__":
    main()
