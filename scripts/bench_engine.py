"""Embeds texts with ONNX Runtime or PyTorch, driven by `cargo xtask bench embed` like the encoder itself.

    python3 -m pip install numpy tokenizers onnxruntime    # or torch
    python3 scripts/bench_engine.py onnx|torch MODEL_DIRECTORY INPUTS.jsonl [--graph MODEL.onnx] [--window 256]
    python3 scripts/bench_engine.py ceiling MODEL_DIRECTORY

One thread. Prints `ready` with its plan once the plan is chosen: one text at a time, or texts sorted by length and padded in batches,
whichever is the fastest of several tries. Then every line `run` on the standard input embeds all texts once and prints seconds, processor
seconds and tokens as JSON; `vectors FILE` writes the vectors as little-endian 32-bit floats in the order of the texts.

`ceiling` prints how many multiplications per processor second large products of matrices reach on one thread, and how many the linear layers
of the model need for a token.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import numpy as np
from tokenizers import Tokenizer

PLANS = (1, 4, 8, 16, 32)


def onnx_engine(arguments):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(arguments.graph, options, providers=["CPUExecutionProvider"])
    return lambda ids, lengths: session.run(None, {"input_ids": ids, "lengths": lengths})[0]


def torch_engine(arguments):
    import torch
    from onnx_export import read_tensors

    torch.set_num_threads(1)
    config = json.loads((arguments.model_directory / "config.json").read_text())
    tensors = read_tensors(arguments.model_directory / "model.safetensors")
    tensors = {name: torch.from_numpy(values.copy()) for name, values in tensors.items()}
    n_heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    functional = torch.nn.functional

    def linear(name, rows):
        return functional.linear(rows, tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    def normalize(name, rows):
        return functional.layer_norm(rows, rows.shape[-1:], tensors[f"{name}.weight"], tensors[f"{name}.bias"], epsilon)

    def layer(name, rows, mask):
        batch, length, width = rows.shape
        parts = [
            linear(f"{name}.attention.self.{part}", rows).view(batch, length, n_heads, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        ]
        mixed = functional.scaled_dot_product_attention(*parts, attn_mask=mask).transpose(1, 2).reshape(rows.shape)
        rows = normalize(f"{name}.attention.output.LayerNorm", rows + linear(f"{name}.attention.output.dense", mixed))
        inner = functional.gelu(linear(f"{name}.intermediate.dense", rows))
        return normalize(f"{name}.output.LayerNorm", rows + linear(f"{name}.output.dense", inner))

    @torch.inference_mode()
    def run(ids, lengths):
        rows = tensors["embeddings.word_embeddings.weight"][torch.from_numpy(ids)]
        rows = rows + tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
        rows = normalize("embeddings.LayerNorm", rows + tensors["embeddings.token_type_embeddings.weight"][0])
        mask = None
        if len(set(lengths)) > 1:
            mask = (torch.arange(ids.shape[1]) < torch.from_numpy(lengths)[:, None])[:, None, None]
        for index in range(config["num_hidden_layers"]):
            rows = layer(f"encoder.layer.{index}", rows, mask)
        return rows.numpy()

    return run


class Embedding:
    def __init__(self, arguments):
        self.engine = {"onnx": onnx_engine, "torch": torch_engine}[arguments.engine](arguments)
        self.tokenizer = Tokenizer.from_file(str(arguments.model_directory / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(arguments.window)
        lines = arguments.inputs.read_text(encoding="utf-8").rstrip("\n").split("\n")
        self.texts = [json.loads(line) for line in lines]

    def run(self, batch_size, step=1):
        """Returns the vectors of every `step`-th text and the number of tokens."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(self.texts[::step])]
        order = range(len(ids)) if batch_size == 1 else sorted(range(len(ids)), key=lambda index: len(ids[index]))
        vectors = [None] * len(ids)
        for start in range(0, len(ids), batch_size):
            batch = order[start : start + batch_size]
            lengths = np.array([len(ids[index]) for index in batch], dtype=np.int32)
            padded = np.zeros((len(batch), lengths.max()), dtype=np.int64)
            for row, index in enumerate(batch):
                padded[row, : lengths[row]] = ids[index]
            hidden = self.engine(padded, lengths)
            for row, index in enumerate(batch):
                mean = hidden[row, : lengths[row]].mean(axis=0)
                vectors[index] = mean / np.linalg.norm(mean)
        return vectors, sum(map(len, ids))


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def ceiling(arguments):
    import onnxruntime
    from onnx import TensorProto, helper

    size = 1024
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1

    def peak(kind, types, inputs):
        """Returns multiplications per processor second, with a weight that is known beforehand as in a model."""
        weight = helper.make_tensor("b", types[1], inputs[1].shape, inputs[1].tobytes(), raw=True)
        a = helper.make_tensor_value_info("a", types[0], [size, size])
        y = helper.make_tensor_value_info("y", types[2], [size, size])
        graph = helper.make_graph([helper.make_node(kind, ["a", "b"], ["y"])], kind, [a], [y], [weight])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        run = lambda: session.run(None, {"a": inputs[0]})
        return size**3 / min(timed(run)[1] for _ in range(20))

    config = json.loads((arguments.model_directory / "config.json").read_text())
    width, inner = config["hidden_size"], config["intermediate_size"]
    figures = {
        "f32": peak("MatMul", [TensorProto.FLOAT] * 3, [np.ones((size, size), np.float32)] * 2),
        "int8": peak(
            "MatMulInteger",
            [TensorProto.UINT8, TensorProto.INT8, TensorProto.INT32],
            [np.ones((size, size), np.uint8), np.ones((size, size), np.int8)],
        ),
        "products_per_token": config["num_hidden_layers"] * (4 * width * width + 2 * width * inner),
    }
    print(json.dumps(figures))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("engine", choices=["onnx", "torch", "ceiling"])
    parser.add_argument("model_directory", type=Path)
    parser.add_argument("inputs", type=Path, nargs="?")
    parser.add_argument("--graph")
    parser.add_argument("--window", type=int, default=256)
    arguments = parser.parse_args()

    if arguments.engine == "ceiling":
        return ceiling(arguments)
    embedding = Embedding(arguments)
    embedding.run(1)
    plans = {plan: min(timed(lambda: embedding.run(plan, step=4))[1] for _ in range(2)) for plan in PLANS}
    plan = min(plans, key=plans.get)
    words = "one at a time" if plan == 1 else f"sorted, {plan} at a time"
    print(json.dumps({"ready": words}), flush=True)
    for line in sys.stdin:
        match line.split(maxsplit=1):
            case ["run"]:
                wall, cpu, (vectors, n_tokens) = timed(lambda: embedding.run(plan))
                print(json.dumps({"seconds": wall, "cpu_seconds": cpu, "tokens": n_tokens}), flush=True)
            case ["vectors", path]:
                vectors, _ = embedding.run(plan)
                Path(path.strip()).write_bytes(np.stack(vectors).astype("<f4").tobytes())
                print("{}", flush=True)


if __name__ == "__main__":
    main()
