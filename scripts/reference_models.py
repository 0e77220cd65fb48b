"""Encoders in double precision, one text at a time, written from the papers and the models' config.json in plain NumPy.

BERT (Devlin et al. 2018), MPNet (Song et al. 2020), NomicBERT (Nussbaum et al. 2024), JinaBERT v2 (Günther et al. 2023, and the model card of the code model)
and ModernBERT (Warner et al. 2024). Nothing of it is shared with the program: it is what the program is compared with.
"""

import json
import math
import struct

import numpy as np

erf = np.vectorize(math.erf, otypes=[np.float64])

DECODERS = {
    "F32": lambda data: np.frombuffer(data, dtype="<f4"),
    "F16": lambda data: np.frombuffer(data, dtype="<f2"),
    "BF16": lambda data: (np.frombuffer(data, dtype="<u2").astype("<u4") << 16).view("<f4"),
}


def read_tensors(path):
    """Returns the tensors of a safetensors file as arrays of doubles."""
    data = path.read_bytes()
    (header_length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + header_length])
    body = data[8 + header_length :]
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in DECODERS:
            continue
        start, end = entry["data_offsets"]
        values = DECODERS[entry["dtype"]](body[start:end]).reshape(entry["shape"])
        tensors[name.removeprefix("bert.")] = values.astype(np.float64)
    return tensors


def gelu(values):
    return values * 0.5 * (1 + erf(values / math.sqrt(2)))


def silu(values):
    return values / (1 + np.exp(-values))


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def rotate(heads, theta):
    """Turns heads of tokens of dimensions: the plane of a dimension and its like in the other half, by an angle that grows with the token's place."""
    half = heads.shape[-1] // 2
    speeds = theta ** -(np.arange(half) / half)
    angles = np.arange(heads.shape[1])[:, None] * speeds[None, :]
    turned = (heads[..., :half] + 1j * heads[..., half:]) * np.exp(1j * angles)
    return np.concatenate([turned.real, turned.imag], axis=-1)


class Bert:
    EPSILON = "layer_norm_eps"

    def __init__(self, directory):
        self.config = json.loads((directory / "config.json").read_text())
        self.tensors = read_tensors(directory / "model.safetensors")

    def linear(self, name, rows):
        return rows @ self.tensors[f"{name}.weight"].T + self.tensors.get(f"{name}.bias", 0.0)

    def normalize(self, name, rows):
        mean = rows.mean(axis=-1, keepdims=True)
        variance = ((rows - mean) ** 2).mean(axis=-1, keepdims=True)
        scaled = (rows - mean) / np.sqrt(variance + self.config[self.EPSILON])
        return scaled * self.tensors[f"{name}.weight"] + self.tensors.get(f"{name}.bias", 0.0)

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
        mixed = self.mix(*heads, self.distance_bias(len(rows)))
        return self.normalize(f"{name}.output.LayerNorm", self.linear(f"{name}.output.dense", mixed) + rows)

    def mix(self, queries, keys, values, bias=0.0):
        """Returns rows of all heads; queries, keys and values are heads of tokens of dimensions."""
        scores = queries @ keys.transpose(0, 2, 1) / math.sqrt(queries.shape[-1]) + bias
        mixed = softmax(scores) @ values
        return mixed.transpose(1, 0, 2).reshape(queries.shape[1], -1)

    def layer(self, name, rows):
        rows = self.attend(f"{name}.attention", rows)
        inner = gelu(self.linear(f"{name}.intermediate.dense", rows))
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


class Nomic(Bert):
    """Rotary positions, and SiLU-gated units; normalised after each half of a layer."""

    EPSILON = "layer_norm_epsilon"

    def layer(self, name, rows):
        n_heads = self.config["n_head"]
        # Queries, keys and values, then heads, then dimensions.
        fused = self.linear(f"{name}.attn.Wqkv", rows).reshape(len(rows), 3, n_heads, -1)
        queries, keys, values = fused.transpose(1, 2, 0, 3)
        theta = self.config["rotary_emb_base"]
        mixed = self.mix(rotate(queries, theta), rotate(keys, theta), values)
        rows = self.normalize(f"{name}.norm1", rows + self.linear(f"{name}.attn.out_proj", mixed))
        inner = self.linear(f"{name}.mlp.fc11", rows) * silu(self.linear(f"{name}.mlp.fc12", rows))
        return self.normalize(f"{name}.norm2", rows + self.linear(f"{name}.mlp.fc2", inner))

    def vector(self, ids):
        rows = self.tensors["embeddings.word_embeddings.weight"][ids]
        rows = self.normalize("emb_ln", rows + self.tensors["embeddings.token_type_embeddings.weight"][0])
        for index in range(self.config["n_layer"]):
            rows = self.layer(f"encoder.layers.{index}", rows)
        mean = rows.mean(axis=0)
        return mean / np.linalg.norm(mean)


class Jina(Bert):
    """BERT without learnt positions: scores fall with distance, at a slope of its own in every head; gated units."""

    ACTIVATIONS = {"reglu": lambda values: np.maximum(values, 0), "geglu": gelu}

    def embed(self, ids):
        rows = self.tensors["embeddings.word_embeddings.weight"][ids]
        return rows + self.tensors["embeddings.token_type_embeddings.weight"][0]

    def slopes(self, n_heads):
        """As in the paper on ALiBi: 2^(-8 i / n); between powers of two, every other slope of the next one fills up."""
        power = 2 ** math.floor(math.log2(n_heads))
        slopes = [2 ** (-8 * index / power) for index in range(1, power + 1)]
        more = [2 ** (-8 * index / (2 * power)) for index in range(1, 2 * power + 1)]
        return np.array(slopes + more[::2][: n_heads - power])

    def distance_bias(self, n_tokens):
        places = np.arange(n_tokens)
        distance = np.abs(places[None, :] - places[:, None])
        return -self.slopes(self.config["num_attention_heads"])[:, None, None] * distance

    def units(self, name, rows):
        """What is gated: the first half goes through the activation."""
        gate, other = np.split(self.linear(name, rows), 2, axis=-1)
        return self.ACTIVATIONS[self.config["feed_forward_type"]](gate) * other

    def layer(self, name, rows):
        rows = self.attend(f"{name}.attention", rows)
        inner = self.units(f"{name}.mlp.gated_layers", rows)
        return self.normalize(f"{name}.mlp.layernorm", rows + self.linear(f"{name}.mlp.wo", inner))


class JinaCode(Jina):
    """Queries and keys are normalised over all heads, the input of attention is added twice, and the last half goes through the activation."""

    def linear(self, name, rows):
        made = super().linear(name, rows)
        for part, norm in (("query", "layer_norm_q"), ("key", "layer_norm_k")):
            if name.endswith(f"self.{part}"):
                return self.normalize(f"{name.removesuffix(part)}{norm}", made)
        return made

    def layer(self, name, rows):
        rows = self.normalize(f"{name}.layer_norm_1", rows + self.attend(f"{name}.attention", rows))
        up, gate = np.split(self.linear(f"{name}.mlp.up_gated_layer", rows), 2, axis=-1)
        inner = up * self.ACTIVATIONS[self.config["feed_forward_type"]](gate)
        return self.normalize(f"{name}.layer_norm_2", rows + self.linear(f"{name}.mlp.down_layer", inner))


class Modern(Bert):
    """Normalised before each half of a layer and at the end; rotary positions; most layers look only at near tokens; GELU-gated units."""

    EPSILON = "norm_eps"

    def layer(self, index, rows):
        config, name = self.config, f"layers.{index}"
        is_global = index % config["global_attn_every_n_layers"] == 0
        theta = config["global_rope_theta"] if is_global else config["local_rope_theta"]
        places = np.arange(len(rows))
        is_far = np.abs(places[None, :] - places[:, None]) > config["local_attention"] // 2
        bias = np.where(is_far & (not is_global), -np.inf, 0.0)
        # The embeddings are normalised, so the first layer does not do it again.
        normal = self.normalize(f"{name}.attn_norm", rows) if index else rows
        fused = self.linear(f"{name}.attn.Wqkv", normal).reshape(len(rows), 3, config["num_attention_heads"], -1)
        queries, keys, values = fused.transpose(1, 2, 0, 3)
        mixed = self.mix(rotate(queries, theta), rotate(keys, theta), values, bias)
        rows = rows + self.linear(f"{name}.attn.Wo", mixed)
        gate, other = np.split(self.linear(f"{name}.mlp.Wi", self.normalize(f"{name}.mlp_norm", rows)), 2, axis=-1)
        return rows + self.linear(f"{name}.mlp.Wo", gelu(gate) * other)

    def vector(self, ids):
        rows = self.normalize("embeddings.norm", self.tensors["embeddings.tok_embeddings.weight"][ids])
        for index in range(self.config["num_hidden_layers"]):
            rows = self.layer(index, rows)
        mean = self.normalize("final_norm", rows).mean(axis=0)
        return mean / np.linalg.norm(mean)


FAMILIES = {"bert": Bert, "mpnet": Mpnet, "nomic_bert": Nomic, "modernbert": Modern}


def open_model(directory):
    """Returns the model in a folder; its method `vector` takes the ids of one text."""
    config = json.loads((directory / "config.json").read_text())
    if config.get("position_embedding_type") == "alibi":
        is_code = "qk-post-norm" in config["auto_map"]["AutoModel"]
        return (JinaCode if is_code else Jina)(directory)
    return FAMILIES[config["model_type"]](directory)
