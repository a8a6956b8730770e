"""A BERT encoder as an ONNX graph of plain ops, pooled and normalised at the end.

Queries, keys and values are one matrix product, the attention scale is folded into the query
weights, and the only token type's row into the position table. Inputs: input_ids and
attention_mask (int64 [texts, tokens]); output: sentence_embedding (float [texts, width]).

As int8, activations are smoothed and quantised with the fixed ranges of calibration.json, and
multiplied by ONNX Runtime's own op for that (com.microsoft.MatMulIntegerToFloat).
"""

import dataclasses
import json

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from quantize import LINEAR_LIMIT, TABLE_LIMIT, quantize

OPSET = 17  # the first with LayerNormalization
IR_VERSION = 8


@dataclasses.dataclass(frozen=True)
class Config:
    layers: int
    heads: int
    width: int
    epsilon: float


def config_of(text: bytes) -> Config:
    """The fields of the checkpoint's config.json that the graph needs."""
    fields = json.loads(text)
    return Config(
        fields["num_hidden_layers"], fields["num_attention_heads"], fields["hidden_size"],
        fields["layer_norm_eps"],
    )


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, weights: dict[str, np.ndarray], config: Config, calibration: dict | None):
        self.weights = weights
        self.config = config
        self.calibration = calibration  # None = float32
        self.ids = "input_ids"
        self.linear_inputs = []
        self.nodes = []
        self.constants = {}

    def op(self, kind: str, inputs: list[str], name: str, outputs: int = 1, **attributes):
        names = [name] if outputs == 1 else [f"{name}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, **attributes))
        return name if outputs == 1 else names

    def constant(self, name: str, values: np.ndarray) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def ints(self, *values: int) -> str:
        return self.constant("ints." + "_".join(map(str, values)), np.array(values, np.int64))

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, np.float32))

    def linear(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """x @ weight.T + bias; `weight` as the checkpoint has it, [out, in]."""
        self.linear_inputs.append(x)
        bias = self.constant(f"{name}.bias", bias)
        if self.calibration is None:
            weight = self.constant(f"{name}.weight", weight.T)
            return self.op("Add", [self.op("MatMul", [x, weight], f"{name}.product"), bias], f"{name}.out")
        factor = np.array(self.calibration[x]["factor"], np.float32)
        values, scale = quantize((weight * factor).T, axis=0, limit=LINEAR_LIMIT)
        q, q_scale, q_zero = self.quantized(x, factor)
        return self.op(
            "MatMulIntegerToFloat",
            [q, self.constant(f"{name}.weight", values), q_scale,
             self.constant(f"{name}.scale", scale[0]), q_zero, "", bias],
            f"{name}.out", domain="com.microsoft",
        )

    def quantized(self, x: str, factor: np.ndarray) -> tuple[str, str, str]:
        """x divided by its factors, as uint8 with a fixed scale and zero point."""
        low, high = self.calibration[x]["low"], self.calibration[x]["high"]
        step = (max(high, 0) - min(low, 0)) / 255
        scale = self.constant(f"{x}.scale", np.array(step, np.float32))
        zero = self.constant(f"{x}.zero", np.array(round(-min(low, 0) / step), np.uint8))
        smooth = self.op("Mul", [x, self.constant(f"{x}.factor", 1 / factor)], f"{x}.smooth")
        return self.op("QuantizeLinear", [smooth, scale, zero], f"{x}.quantized"), scale, zero

    def norm(self, x: str, name: str) -> str:
        return self.op(
            "LayerNormalization",
            [x, self.constant(f"{name}.weight", self.weights[f"{name}.weight"]),
             self.constant(f"{name}.bias", self.weights[f"{name}.bias"])],
            f"{name}.out", axis=-1, epsilon=self.config.epsilon,
        )

    def words(self) -> str:
        words = self.weights["embeddings.word_embeddings.weight"]
        if self.calibration is None:
            return self.op("Gather", [self.constant("words", words), self.ids], "words.out")
        values, scale = quantize(words, axis=1, limit=TABLE_LIMIT)
        rows = self.op("Gather", [self.constant("words", values), self.ids], "words.rows")
        rows = self.op("Cast", [rows], "words.float", to=TensorProto.FLOAT)
        scale = self.constant("words.scale", scale)
        scales = self.op("Gather", [scale, self.ids], "words.scales")
        return self.op("Mul", [rows, scales], "words.out")

    def places(self) -> str:
        shape = self.op("Shape", ["input_ids"], "shape")
        length = self.op("Slice", [shape, self.ints(1), self.ints(2)], "length")
        places = self.constant("places", self.place_rows())
        return self.op("Slice", [places, self.ints(0), length, self.ints(0)], "places.out")

    def place_rows(self) -> np.ndarray:
        places = self.weights["embeddings.position_embeddings.weight"]
        return places + self.weights["embeddings.token_type_embeddings.weight"][0]

    def embeddings(self) -> str:
        rows = self.words()
        return self.norm(self.op("Add", [rows, self.places()], "embedded"), "embeddings.LayerNorm")

    def attention_bias(self) -> str:
        """0 for tokens, a large negative number for padding, as [texts, 1, 1, tokens]."""
        mask = self.op("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
        padding = self.op("Sub", [self.number("one", 1.0), mask], "padding")
        bias = self.op("Mul", [padding, self.number("minus", -10000.0)], "bias")
        return self.op("Unsqueeze", [bias, self.ints(1, 2)], "attention.bias")

    def heads(self, x: str, name: str, order: list[int]) -> str:
        shape = self.ints(0, 0, self.config.heads, self.config.width // self.config.heads)
        split = self.op("Reshape", [x, shape], f"{name}.split")
        return self.op("Transpose", [split], f"{name}.heads", perm=order)

    def attention(self, x: str, layer: str, bias: str) -> str:
        scale = 1 / np.sqrt(self.config.width // self.config.heads)
        own = f"{layer}.attention.self"
        parts = ("query", "key", "value")
        factors = (np.float32(scale), np.float32(1), np.float32(1))
        weight = [self.weights[f"{own}.{part}.weight"] * by for part, by in zip(parts, factors)]
        offset = [self.weights[f"{own}.{part}.bias"] * by for part, by in zip(parts, factors)]
        joined = self.linear(x, f"{own}.joined", np.concatenate(weight), np.concatenate(offset))
        width = self.config.width
        thirds = self.ints(width, width, width)
        q, k, v = self.op("Split", [joined, thirds], f"{own}.parts", outputs=3, axis=2)
        q = self.heads(q, f"{own}.query", [0, 2, 1, 3])
        k = self.heads(k, f"{own}.key", [0, 2, 3, 1])
        v = self.heads(v, f"{own}.value", [0, 2, 1, 3])
        scores = self.op("MatMul", [q, k], f"{own}.scores")
        scores = self.op("Add", [scores, bias], f"{own}.masked")
        scores = self.op("Softmax", [scores], f"{own}.shares", axis=-1)
        mixed = self.op("MatMul", [scores, v], f"{own}.mixed")
        mixed = self.op("Transpose", [mixed], f"{own}.back", perm=[0, 2, 1, 3])
        return self.op("Reshape", [mixed, self.ints(0, 0, width)], f"{own}.out")

    def gelu(self, x: str, name: str) -> str:
        """x / 2 * (1 + erf(x / sqrt 2)), in the form the runtime fuses."""
        inner = self.op("Div", [x, self.number("sqrt2", float(np.sqrt(2)))], f"{name}.inner")
        inner = self.op("Erf", [inner], f"{name}.erf")
        inner = self.op("Add", [inner, self.number("one", 1.0)], f"{name}.plus")
        inner = self.op("Mul", [x, inner], f"{name}.times")
        return self.op("Mul", [inner, self.number("half", 0.5)], f"{name}.out")

    def dense(self, x: str, name: str) -> str:
        return self.linear(x, name, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def layer(self, x: str, index: int, bias: str) -> str:
        name = f"encoder.layer.{index}"
        mixed = self.dense(self.attention(x, name, bias), f"{name}.attention.output.dense")
        x = self.op("Add", [mixed, x], f"{name}.attention.sum")
        x = self.norm(x, f"{name}.attention.output.LayerNorm")
        inner = self.gelu(self.dense(x, f"{name}.intermediate.dense"), f"{name}.gelu")
        inner = self.dense(inner, f"{name}.output.dense")
        return self.norm(self.op("Add", [inner, x], f"{name}.sum"), f"{name}.output.LayerNorm")

    def pooled(self, x: str) -> str:
        """The mean over the tokens, scaled to length 1: the mean's divisor cancels, a sum will do."""
        row = self.op("Unsqueeze", ["mask", self.ints(1)], "mask.row")
        total = self.op("MatMul", [row, x], "pool.total")
        total = self.op("Squeeze", [total, self.ints(1)], "pool.sum")
        length = self.op("ReduceL2", [total], "pool.length", axes=[1], keepdims=1)
        length = self.op("Max", [length, self.number("tiny", 1e-12)], "pool.divisor")
        return self.op("Div", [total, length], "sentence_embedding")


def build(
    weights: dict[str, np.ndarray], config: Config, calibration: dict | None = None, observed: bool = False
) -> bytes:
    """The serialised model, int8 with `calibration`, else float32; same inputs, same bytes.

    observed: every input of a linear layer becomes an output too, named "<input>.seen".
    """
    graph = Graph(weights, config, calibration)
    graph.pooled(encoded(graph))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [
        helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["texts", config.width])
    ]
    if observed:
        for name in dict.fromkeys(graph.linear_inputs):
            seen = graph.op("Identity", [name], f"{name}.seen")
            outputs.append(helper.make_tensor_value_info(seen, TensorProto.FLOAT, ["texts", "tokens", None]))
    return serialised(graph, inputs, outputs)


def encoded(graph: Graph) -> str:
    """The token vectors of the last layer."""
    x = graph.embeddings()
    bias = graph.attention_bias()
    for index in range(graph.config.layers):
        x = graph.layer(x, index, bias)
    return x


def serialised(graph: Graph, inputs: list, outputs: list) -> bytes:
    opsets = [helper.make_opsetid("", OPSET)]
    if graph.calibration is not None:
        opsets.append(helper.make_opsetid("com.microsoft", 1))
    model = helper.make_model(
        helper.make_graph(graph.nodes, "encoder", inputs, outputs, list(graph.constants.values())),
        opset_imports=opsets,
        producer_name="haypile",
        ir_version=IR_VERSION,
    )
    checker.check_model(model)
    return model.SerializeToString(deterministic=True)
