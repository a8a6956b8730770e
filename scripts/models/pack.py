"""The file of packed weights: native/core/encoder/weights.h says what it holds and where.

`pack` writes one; `unpack` reads one back, for the simulation and for the graph of ONNX Runtime's ops.
"""

import struct

import xxhash

from steady import np
from checkpoint import POSITIONS, TYPES, Config
from quantize import Activation, Encoder, Linear
from rounding import lanes_fit

MAGIC, VERSION = b"HAYPACK1", 1
HEADER_BYTES, ALIGNMENT, PANEL = 128, 64, 48
# magic, version, bytes of the header, bytes of the file, digest; the 13 numbers of the shape; epsilon
HEADER = struct.Struct("<8sIIQQ13If")
POOLED = ("mean", "cls")
ACTIVATIONS = ("gelu", "gelu-tanh")
HEADS = ("vector", "classifier", "pooler")
PAIRS_FIT = 1


def shape_numbers(config: Config, flags: int) -> list[int]:
    return [
        config.layers, config.heads, config.head_width, config.width, config.inner, config.words,
        config.positions, config.types, POOLED.index(config.pooled), ACTIVATIONS.index(config.activation),
        HEADS.index(config.head), config.labels, flags,
    ]


def to_panels(values: np.ndarray) -> np.ndarray:
    """[inputs, outputs] to [outputs / 48][inputs / 4][48][4], with zeros in outputs that are not there."""
    inputs, outputs = values.shape
    padded = np.pad(values, ((0, 0), (0, -outputs % PANEL)))
    return padded.reshape(inputs // 4, 4, -1, PANEL).transpose(2, 0, 3, 1)


def from_panels(panels: np.ndarray, outputs: int) -> np.ndarray:
    """The inverse of `to_panels`."""
    _, groups, _, _ = panels.shape
    return panels.transpose(1, 3, 0, 2).reshape(groups * 4, -1)[:, :outputs]


def by_head(config: Config) -> np.ndarray:
    """The columns of queries, keys and values in the order of the file: those of head 0, then of head 1."""
    return np.arange(3 * config.width).reshape(3, config.heads, config.head_width).transpose(1, 0, 2).ravel()


class Writer:
    def __init__(self):
        self.data = bytearray(HEADER_BYTES)

    def put(self, values, kind: str = "<f4") -> None:
        values = np.asarray(values)
        if kind == "<f4" and not np.isfinite(values).all():
            raise ValueError("A number of the file is not finite.")
        self.data += np.ascontiguousarray(values, dtype=kind).tobytes()
        self.data += bytes(-len(self.data) % ALIGNMENT)

    def linear(self, x: Activation, layer: Linear, after: np.ndarray | float = 1.0) -> None:
        """A layer whose results are multiplied by `after`, a number for each output."""
        scale = layer.scale * x.step
        lift = layer.bias - x.zero * layer.values.sum(axis=0, dtype=np.int64) * scale
        padding = -len(scale) % PANEL
        self.put(to_panels(layer.values), "i1")
        self.put(np.pad(scale * after, (0, padding)))
        self.put(np.pad(lift * after, (0, padding)))

    def norm(self, tensors: dict[str, np.ndarray], name: str, x: Activation | None) -> None:
        """A norm and how its result becomes the bytes of `x`; of the last one no bytes are made."""
        weight = tensors[f"{name}.weight"]
        self.put(weight)
        self.put(tensors[f"{name}.bias"])
        self.put(np.ones_like(weight) if x is None else 1 / (x.factor * x.step))
        self.put([0 if x is None else x.zero])


def pack(tensors: dict[str, np.ndarray], config: Config, encoder: Encoder) -> bytes:
    out = Writer()
    out.put(encoder.word_scale)
    out.put(encoder.words, "i1")
    places = tensors[POSITIONS]
    out.put(places + tensors[TYPES][0] if config.types == 1 else places)
    if config.types == 2:
        out.put(tensors[TYPES])
    out.norm(tensors, "embeddings.LayerNorm", encoder.layers[0].entered)
    order = by_head(config)
    fits = True
    for index, layer in enumerate(encoder.layers):
        name = f"encoder.layer.{index}"
        following = None if index + 1 == config.layers else encoder.layers[index + 1].entered
        query, key, value = (np.repeat(by, config.head_width) for by in (layer.query, layer.key, layer.value))
        after = np.concatenate([query, key, value / layer.mixed.factor])[order]
        joined = Linear(layer.joined.values[:, order], layer.joined.scale[order], layer.joined.bias[order])
        out.linear(layer.entered, joined, after)
        out.linear(layer.mixed, layer.output)
        out.linear(layer.middle, layer.up)
        out.linear(layer.inner, layer.down)
        out.norm(tensors, f"{name}.attention.output.LayerNorm", layer.middle)
        out.norm(tensors, f"{name}.output.LayerNorm", following)
        out.put(1 / (layer.inner.factor * layer.inner.step))
        out.put(np.log2(np.e) / np.sqrt(config.head_width) / (layer.query * layer.key))
        out.put(1 / (layer.value * layer.mixed.step))
        out.put([layer.inner.zero, layer.mixed.zero])
        fits = fits and all(lanes_fit(one.values) for one in (joined, layer.output, layer.up, layer.down))
    if config.head == "pooler":
        out.put(tensors["pooler.dense.weight"])
        out.put(tensors["pooler.dense.bias"])
    if config.head != "vector":
        out.put(tensors["classifier.weight"])
        out.put(tensors["classifier.bias"])
    digest = xxhash.xxh64_intdigest(bytes(out.data[HEADER_BYTES:]))
    numbers = shape_numbers(config, PAIRS_FIT if fits else 0)
    HEADER.pack_into(
        out.data, 0, MAGIC, VERSION, HEADER_BYTES, len(out.data), digest, *numbers, config.epsilon
    )
    return bytes(out.data)


class Reader:
    def __init__(self, data: bytes):
        self.data = data
        self.at = HEADER_BYTES

    def take(self, *shape: int, kind: str = "<f4") -> np.ndarray:
        count = int(np.prod(shape))
        values = np.frombuffer(self.data, kind, count, self.at).reshape(shape)
        self.at += -(-values.nbytes // ALIGNMENT) * ALIGNMENT
        return values

    def linear(self, inputs: int, outputs: int) -> dict:
        panels = -(-outputs // PANEL)
        values = from_panels(self.take(panels, inputs // 4, PANEL, 4, kind="i1"), outputs)
        scale, lift = (self.take(panels * PANEL)[:outputs] for _ in range(2))
        return {"values": values, "scale": scale, "bias": lift}

    def norm(self, width: int) -> dict:
        weight, bias, factor = (self.take(width) for _ in range(3))
        return {"weight": weight, "bias": bias, "factor": factor, "zero": float(self.take(1)[0])}


def unpack(data: bytes) -> tuple[Config, dict]:
    """The shape, and the sections by name."""
    magic, version, header, size, digest, *numbers, epsilon = HEADER.unpack_from(data)
    if (magic, version, header, size) != (MAGIC, VERSION, HEADER_BYTES, len(data)):
        raise ValueError("Not a whole file of packed weights.")
    if digest != xxhash.xxh64_intdigest(data[HEADER_BYTES:]):
        raise ValueError("The digest of the packed weights differs.")
    layers, heads, _, width, inner, words, positions, types, pooled, activation, head, labels, _ = numbers
    config = Config(
        layers, heads, width, inner, words, positions, types, POOLED[pooled], ACTIVATIONS[activation],
        HEADS[head], labels, epsilon,
    )
    of = Reader(data)
    parts = {
        "word_scale": of.take(words),
        "words": of.take(words, width, kind="i1"),
        "positions": of.take(positions, width),
        "types": of.take(2, width) if types == 2 else None,
        "norm": of.norm(width),
        "layers": [],
    }
    for _ in range(layers):
        parts["layers"].append({
            "joined": of.linear(width, 3 * width),
            "output": of.linear(width, width),
            "up": of.linear(width, inner),
            "down": of.linear(inner, width),
            "after_attention": of.norm(width),
            "after_inner": of.norm(width),
            "inner_factor": of.take(inner),
            "score_scale": of.take(heads),
            "mixed_scale": of.take(heads),
            "zeros": of.take(2),
        })
    if config.head == "pooler":
        parts["pooler"] = of.take(width, width), of.take(width)
    if config.head != "vector":
        parts["classifier"] = of.take(labels, width), of.take(labels)
    if of.at != len(data):
        raise ValueError("The file of packed weights has another length than its shape says.")
    return config, parts
