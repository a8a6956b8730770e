"""The tensors of a published BERT, by the names its checkpoint gives them, and the numbers of its shape."""

import dataclasses
import json
import re

from steady import np
from recipes import Shape

WORDS = "embeddings.word_embeddings.weight"
POSITIONS = "embeddings.position_embeddings.weight"
TYPES = "embeddings.token_type_embeddings.weight"


@dataclasses.dataclass(frozen=True)
class Config:
    layers: int
    heads: int
    width: int
    inner: int
    words: int
    positions: int
    types: int
    pooled: str
    activation: str
    head: str
    labels: int
    epsilon: float

    @property
    def head_width(self) -> int:
        return self.width // self.heads


def config_of(tensors: dict[str, np.ndarray], shape: Shape) -> Config:
    layers = 1 + max(int(name.split(".")[2]) for name in tensors if name.startswith("encoder.layer."))
    words, width = tensors[WORDS].shape
    return Config(
        layers=layers,
        heads=shape.heads,
        width=width,
        inner=len(tensors["encoder.layer.0.intermediate.dense.weight"]),
        words=words,
        positions=len(tensors[POSITIONS]),
        types=shape.types,
        pooled=shape.pooled,
        activation=shape.activation,
        head=shape.head,
        labels=0 if shape.head == "vector" else len(tensors["classifier.weight"]),
        epsilon=shape.epsilon,
    )


def of_file(name: str, data: bytes) -> dict[str, np.ndarray]:
    """float32 tensors; a linear layer's weight is [outputs, inputs]."""
    return of_onnx(data) if name.endswith(".onnx") else of_safetensors(data)


def of_safetensors(data: bytes) -> dict[str, np.ndarray]:
    """Length of the header, header in JSON, raw numbers."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length :]
    result = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            continue  # position_ids, the only integer tensor, is not needed
        begin, end = entry["data_offsets"]
        values = np.frombuffer(body[begin:end], dtype="<f4").reshape(entry["shape"])
        result[name.removeprefix("bert.")] = values
    return result


def of_onnx(data: bytes) -> dict[str, np.ndarray]:
    """Of an exported float32 graph. Exporters keep the names of all but the matrices, which they turn
    round and number; a matrix is known by its product, a node named after the module it was."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load_from_string(data).graph
    kept = {tensor.name: tensor for tensor in graph.initializer}
    result = {}
    for name, tensor in kept.items():
        if re.search(r"\.(weight|bias)$", name):
            result[name.removeprefix("bert.")] = numpy_helper.to_array(tensor)
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in kept:
            module = node.name.strip("/").removesuffix("/MatMul").replace("/", ".").removeprefix("bert.")
            result[f"{module}.weight"] = numpy_helper.to_array(kept[node.input[1]]).T
    return result
