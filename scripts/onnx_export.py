"""Writes a BERT model as ONNX, in 32-bit floats and in 8 bits, so that ONNX Runtime can be measured beside the encoder.

    python3 -m pip install numpy onnx onnxruntime
    python3 scripts/onnx_export.py MODEL_DIRECTORY OUTPUT_DIRECTORY

The graph uses the fused operators that ONNX Runtime brings for this family (attention, residual with normalisation, GELU), which is what
its own optimiser makes of an export; the 8-bit model is what its dynamic quantisation makes of that, one scale an output channel.
Writes f32.onnx and int8.onnx.
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

FUSED = "com.microsoft"


def read_tensors(path):
    """Returns the tensors of a safetensors file."""
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
        tensors[name.removeprefix("bert.")] = values
    return tensors


class Graph:
    def __init__(self, config, tensors):
        self.config, self.tensors = config, tensors
        self.nodes, self.weights = [], {}

    def weight(self, name, values):
        self.weights[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def tensor(self, name):
        return self.weight(name, self.tensors[name])

    def node(self, kind, inputs, output, domain="", **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], output, domain=domain, **attributes))
        return output

    def linear(self, name, rows):
        """Returns the product without its bias, and the bias."""
        weight = self.weight(f"{name}.weight", self.tensors[f"{name}.weight"].T)
        return self.node("MatMul", [rows, weight], f"{name}.product"), self.tensor(f"{name}.bias")

    def add_and_normalize(self, name, rows, residual, bias):
        weights = [self.tensor(f"{name}.{part}") for part in ("weight", "bias")]
        inputs = [rows, residual, *weights, bias]
        return self.node("SkipLayerNormalization", inputs, name, FUSED, epsilon=self.config["layer_norm_eps"])

    def embed(self):
        words = self.node("Gather", [self.tensor("embeddings.word_embeddings.weight"), "input_ids"], "words")
        positions = self.tensors["embeddings.position_embeddings.weight"]
        positions = positions + self.tensors["embeddings.token_type_embeddings.weight"][0]
        length = self.node("Gather", [self.node("Shape", ["input_ids"], "shape"), self.weight("one", np.array([1]))], "length")
        start = self.weight("start", np.array([0]))
        positions = self.node("Slice", [self.weight("positions.all", positions), start, length], "positions")
        rows = self.node("Add", [words, positions], "embedded")
        weights = [self.tensor(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
        return self.node("LayerNormalization", [rows, *weights], "hidden", epsilon=self.config["layer_norm_eps"])

    def layer(self, name, rows, mask):
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self.tensors[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self.tensors[f"{part}.bias"] for part in parts])
        inputs = [rows, self.weight(f"{name}.qkv", weight), self.weight(f"{name}.qkv.bias", bias), mask]
        n_heads = self.config["num_attention_heads"]
        attended = self.node("Attention", inputs, f"{name}.attended", FUSED, num_heads=n_heads)
        merged, bias = self.linear(f"{name}.attention.output.dense", attended)
        rows = self.add_and_normalize(f"{name}.attention.output.LayerNorm", merged, rows, bias)
        inner, bias = self.linear(f"{name}.intermediate.dense", rows)
        inner = self.node("BiasGelu", [inner, bias], f"{name}.gelu", FUSED)
        outer, bias = self.linear(f"{name}.output.dense", inner)
        return self.add_and_normalize(f"{name}.output.LayerNorm", outer, rows, bias)

    def model(self):
        rows = self.embed()
        # The key lengths stand for the mask: tokens of a sequence come first, padding behind them.
        for index in range(self.config["num_hidden_layers"]):
            rows = self.layer(f"encoder.layer.{index}", rows, "lengths")
        inputs = [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
        ]
        output = helper.make_tensor_value_info(rows, TensorProto.FLOAT, ["batch", "tokens", self.config["hidden_size"]])
        graph = helper.make_graph(self.nodes, "bert", inputs, [output], list(self.weights.values()))
        versions = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
        return helper.make_model(graph, opset_imports=versions, ir_version=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model_directory", type=Path)
    parser.add_argument("output_directory", type=Path)
    arguments = parser.parse_args()

    config = json.loads((arguments.model_directory / "config.json").read_text())
    graph = Graph(config, read_tensors(arguments.model_directory / "model.safetensors"))
    arguments.output_directory.mkdir(parents=True, exist_ok=True)
    single = arguments.output_directory / "f32.onnx"
    onnx.save(graph.model(), single)
    operators = ["MatMul", "Attention"]
    int8 = arguments.output_directory / "int8.onnx"
    options = {"DefaultTensorType": TensorProto.FLOAT}
    quantize_dynamic(
        single, int8, op_types_to_quantize=operators, per_channel=True, weight_type=QuantType.QInt8, extra_options=options
    )


if __name__ == "__main__":
    main()
