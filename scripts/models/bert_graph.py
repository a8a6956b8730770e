"""A BERT encoder as an ONNX graph of plain ops, pooled and normalised at the end.

Queries, keys and values are one matrix product, the attention scale is folded into the query
weights, and the only token type's row into the position table. Inputs: input_ids and
attention_mask (int64 [texts, tokens]); output: sentence_embedding (float [texts, width]).
"""

import dataclasses

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
    positions: int
    epsilon: float


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, weights: dict[str, np.ndarray], config: Config, int8: bool):
        self.weights = weights
        self.config = config
        self.int8 = int8
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
        if not self.int8:
            product = self.op("MatMul", [x, self.constant(f"{name}.weight", weight.T)], f"{name}.product")
        else:
            values, scale = quantize(weight.T, axis=0, limit=LINEAR_LIMIT)
            q, q_scale, q_zero = self.quantized_input(x)
            total = self.op(
                "MatMulInteger",
                [q, self.constant(f"{name}.weight", values), q_zero,
                 self.constant("zero", np.array(0, np.int8))],
                f"{name}.total",
            )
            as_float = self.op("Cast", [total], f"{name}.float", to=TensorProto.FLOAT)
            both = self.op("Mul", [q_scale, self.constant(f"{name}.scale", scale[0])], f"{name}.both")
            product = self.op("Mul", [as_float, both], f"{name}.product")
        return self.op("Add", [product, self.constant(f"{name}.bias", bias)], f"{name}.out")

    def quantized_input(self, x: str) -> list[str]:
        return self.op("DynamicQuantizeLinear", [x], f"{x}.quantized", outputs=3)

    def norm(self, x: str, name: str) -> str:
        return self.op(
            "LayerNormalization",
            [x, self.constant(f"{name}.weight", self.weights[f"{name}.weight"]),
             self.constant(f"{name}.bias", self.weights[f"{name}.bias"])],
            f"{name}.out", axis=-1, epsilon=self.config.epsilon,
        )

    def embeddings(self) -> str:
        words = self.weights["embeddings.word_embeddings.weight"]
        if self.int8:
            values, scale = quantize(words, axis=1, limit=TABLE_LIMIT)
            rows = self.op("Gather", [self.constant("words", values), "input_ids"], "words.rows")
            rows = self.op("Cast", [rows], "words.float", to=TensorProto.FLOAT)
            scales = self.op("Gather", [self.constant("words.scale", scale), "input_ids"], "words.scales")
            rows = self.op("Mul", [rows, scales], "words.out")
        else:
            rows = self.op("Gather", [self.constant("words", words), "input_ids"], "words.out")
        places = self.weights["embeddings.position_embeddings.weight"]
        places = places + self.weights["embeddings.token_type_embeddings.weight"][0]
        shape = self.op("Shape", ["input_ids"], "shape")
        length = self.op("Slice", [shape, self.ints(1), self.ints(2)], "length")
        places = self.op("Slice", [self.constant("places", places), self.ints(0), length, self.ints(0)], "places.out")
        return self.norm(self.op("Add", [rows, places], "embedded"), "embeddings.LayerNorm")

    def attention_bias(self) -> str:
        """0 for tokens, a large negative number for padding, as [texts, 1, 1, tokens]."""
        mask = self.op("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
        padding = self.op("Sub", [self.number("one", 1.0), mask], "padding")
        bias = self.op("Mul", [padding, self.number("minus", -10000.0)], "bias")
        return self.op("Unsqueeze", [bias, self.ints(1, 2)], "attention.bias")

    def heads(self, x: str, name: str, order: list[int]) -> str:
        split = self.op("Reshape", [x, self.ints(0, 0, self.config.heads, self.config.width // self.config.heads)], f"{name}.split")
        return self.op("Transpose", [split], f"{name}.heads", perm=order)

    def attention(self, x: str, layer: str, bias: str) -> str:
        scale = 1 / np.sqrt(self.config.width // self.config.heads)
        own = f"{layer}.attention.self"
        parts = [(self.weights[f"{own}.{p}.weight"], self.weights[f"{own}.{p}.bias"]) for p in ("query", "key", "value")]
        parts[0] = (parts[0][0] * np.float32(scale), parts[0][1] * np.float32(scale))
        joined = self.linear(x, f"{own}.joined", np.concatenate([w for w, _ in parts]), np.concatenate([b for _, b in parts]))
        width = self.config.width
        q, k, v = self.op("Split", [joined, self.ints(width, width, width)], f"{own}.parts", outputs=3, axis=2)
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
        x = self.norm(self.op("Add", [mixed, x], f"{name}.attention.sum"), f"{name}.attention.output.LayerNorm")
        inner = self.gelu(self.dense(x, f"{name}.intermediate.dense"), f"{name}.gelu")
        inner = self.dense(inner, f"{name}.output.dense")
        return self.norm(self.op("Add", [inner, x], f"{name}.sum"), f"{name}.output.LayerNorm")

    def pooled(self, x: str) -> str:
        """The mean over the tokens, scaled to length 1: the mean's divisor cancels, a sum will do."""
        row = self.op("Unsqueeze", ["mask", self.ints(1)], "mask.row")
        total = self.op("Squeeze", [self.op("MatMul", [row, x], "pool.total"), self.ints(1)], "pool.sum")
        length = self.op("ReduceL2", [total], "pool.length", axes=[1], keepdims=1)
        length = self.op("Max", [length, self.number("tiny", 1e-12)], "pool.divisor")
        return self.op("Div", [total, length], "sentence_embedding")


def build(weights: dict[str, np.ndarray], config: Config, int8: bool) -> bytes:
    """The serialised model; the same inputs give the same bytes."""
    graph = Graph(weights, config, int8)
    x = graph.embeddings()
    bias = graph.attention_bias()
    for index in range(config.layers):
        x = graph.layer(x, index, bias)
    graph.pooled(x)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["texts", config.width])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "encoder", inputs, [output], list(graph.constants.values())),
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="haypile",
        ir_version=IR_VERSION,
    )
    checker.check_model(model)
    return model.SerializeToString(deterministic=True)
