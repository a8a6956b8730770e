"""A BERT encoder as an ONNX graph of plain ops, pooled at the end: float32, or with a packed model's integers.

Queries, keys and values are one matrix product, and the attention scale is folded into the query
weights. With one token type its row is folded into the position table. Inputs: input_ids,
attention_mask and, with two token types, token_type_ids (int64 [texts, tokens]). Output:
sentence_embedding (float [texts, width], length 1), or logits (float [texts, labels]) of a cross-encoder.

As int8, activations are quantised with the fixed factors and ranges of the packed model, and multiplied
by ONNX Runtime's own op for that (com.microsoft.MatMulIntegerToFloat); attention stays in floats.
"""

from onnx import TensorProto, checker, helper, numpy_helper

from steady import np
import operator_graph
from checkpoint import POSITIONS, TYPES, WORDS, Config
from quantize import Activation, Encoder, Linear

OPSET = 17  # the first with LayerNormalization
IR_VERSION = 8


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, weights: dict[str, np.ndarray], config: Config, encoder: Encoder | None):
        self.weights = weights
        self.config = config
        self.encoder = encoder  # None = float32
        self.ids = "input_ids"
        self.nodes = []
        self.constants = {}

    def op(self, kind: str, inputs: list[str], name: str, outputs: int = 1, **attributes):
        names = [name] if outputs == 1 else [f"{name}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, **attributes))
        return name if outputs == 1 else names

    def constant(self, name: str, values: np.ndarray) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.array(values, order="C"), name)
        return name

    def ints(self, *values: int) -> str:
        return self.constant("ints." + "_".join(map(str, values)), np.array(values, np.int64))

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, np.float32))

    def linear(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray) -> str:
        """x @ weight.T + bias; `weight` as the checkpoint has it, [out, in]."""
        weight = self.constant(f"{name}.weight", weight.T)
        product = self.op("MatMul", [x, weight], f"{name}.product")
        return self.op("Add", [product, self.constant(f"{name}.bias", bias)], f"{name}.out")

    def bytes_linear(self, x: str, name: str, given: Activation, linear: Linear, by: np.ndarray | float = 1.0) -> str:
        """The results of the integers, multiplied by `by`, a number for each output."""
        smooth = self.constant(f"{x}.factor", (1 / given.factor).astype(np.float32))
        smooth = self.op("Mul", [x, smooth], f"{x}.smooth")
        step = self.constant(f"{x}.scale", np.array(given.step, np.float32))
        zero = self.constant(f"{x}.zero", np.array(given.zero, np.uint8))
        return self.op(
            "MatMulIntegerToFloat",
            [self.op("QuantizeLinear", [smooth, step, zero], f"{x}.quantized"),
             self.constant(f"{name}.weight", linear.values), step,
             self.constant(f"{name}.scale", (linear.scale * by).astype(np.float32)), zero, "",
             self.constant(f"{name}.bias", (linear.bias * by).astype(np.float32))],
            f"{name}.out", domain="com.microsoft",
        )

    def norm(self, x: str, name: str) -> str:
        return self.op(
            "LayerNormalization",
            [x, self.constant(f"{name}.weight", self.weights[f"{name}.weight"]),
             self.constant(f"{name}.bias", self.weights[f"{name}.bias"])],
            f"{name}.out", axis=-1, epsilon=self.config.epsilon,
        )

    def words(self) -> str:
        if self.encoder is None:
            return self.op("Gather", [self.constant("words", self.weights[WORDS]), self.ids], "words.out")
        rows = self.op("Gather", [self.constant("words", self.encoder.words), self.ids], "words.rows")
        rows = self.op("Cast", [rows], "words.float", to=TensorProto.FLOAT)
        scale = self.constant("words.scale", self.encoder.word_scale[:, None])
        scales = self.op("Gather", [scale, self.ids], "words.scales")
        return self.op("Mul", [rows, scales], "words.out")

    def places(self) -> str:
        shape = self.op("Shape", ["input_ids"], "shape")
        length = self.op("Slice", [shape, self.ints(1), self.ints(2)], "length")
        places = self.constant("places", self.place_rows())
        return self.op("Slice", [places, self.ints(0), length, self.ints(0)], "places.out")

    def place_rows(self) -> np.ndarray:
        places = self.weights[POSITIONS]
        return places + self.weights[TYPES][0] if self.config.types == 1 else places

    def embeddings(self) -> str:
        rows = self.op("Add", [self.words(), self.places()], "embedded")
        if self.config.types == 2:
            types = self.op("Gather", [self.constant("types", self.weights[TYPES]), "token_type_ids"], "types.rows")
            rows = self.op("Add", [rows, types], "embedded.typed")
        return self.norm(rows, "embeddings.LayerNorm")

    def attention_bias(self) -> str:
        """0 for tokens, a large negative number for padding, as [texts, 1, 1, tokens]."""
        mask = self.op("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
        padding = self.op("Sub", [self.number("one", 1.0), mask], "padding")
        bias = self.op("Mul", [padding, self.number("minus", -10000.0)], "bias")
        return self.op("Unsqueeze", [bias, self.ints(1, 2)], "attention.bias")

    def heads(self, x: str, name: str, order: list[int]) -> str:
        shape = self.ints(0, 0, self.config.heads, self.config.head_width)
        split = self.op("Reshape", [x, shape], f"{name}.split")
        return self.op("Transpose", [split], f"{name}.heads", perm=order)

    def joined(self, x: str, layer: str, index: int) -> str:
        own = f"{layer}.attention.self"
        by = np.ones(3 * self.config.width, np.float32)
        by[: self.config.width] = 1 / np.sqrt(self.config.head_width)
        if self.encoder is not None:
            packed = self.encoder.layers[index]
            return self.bytes_linear(x, f"{own}.joined", packed.entered, packed.joined, by)
        parts = ("query", "key", "value")
        weight, bias = (
            np.concatenate([self.weights[f"{own}.{part}.{kind}"] for part in parts]) for kind in ("weight", "bias")
        )
        return self.linear(x, f"{own}.joined", weight * by[:, None], bias * by)

    def attention(self, x: str, layer: str, index: int, bias: str) -> str:
        own = f"{layer}.attention.self"
        joined = self.joined(x, layer, index)
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
        return self.tanh_gelu(x, name) if self.config.activation == "gelu-tanh" else self.erf_gelu(x, name)

    def erf_gelu(self, x: str, name: str) -> str:
        """x / 2 * (1 + erf(x / sqrt 2)), in the form the runtime fuses."""
        inner = self.op("Div", [x, self.number("sqrt2", float(np.sqrt(2)))], f"{name}.inner")
        return self.half_of(x, self.op("Erf", [inner], f"{name}.erf"), name)

    def tanh_gelu(self, x: str, name: str) -> str:
        """x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))"""
        cube = self.op("Mul", [self.op("Mul", [x, x], f"{name}.square"), x], f"{name}.cube")
        bent = self.op("Mul", [cube, self.number("bend", 0.044715)], f"{name}.bent")
        inner = self.op("Add", [x, bent], f"{name}.sum")
        inner = self.op("Mul", [inner, self.number("steep", float(np.sqrt(2 / np.pi)))], f"{name}.inner")
        return self.half_of(x, self.op("Tanh", [inner], f"{name}.tanh"), name)

    def half_of(self, x: str, share: str, name: str) -> str:
        share = self.op("Add", [share, self.number("one", 1.0)], f"{name}.plus")
        share = self.op("Mul", [x, share], f"{name}.times")
        return self.op("Mul", [share, self.number("half", 0.5)], f"{name}.out")

    def dense(self, x: str, name: str, packed: tuple[Activation, Linear] | None = None) -> str:
        if packed is not None:
            return self.bytes_linear(x, name, *packed)
        return self.linear(x, name, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def layer(self, x: str, index: int, bias: str) -> str:
        name = f"encoder.layer.{index}"
        output = up = down = None
        if self.encoder is not None:
            of = self.encoder.layers[index]
            output, up, down = (of.mixed, of.output), (of.middle, of.up), (of.inner, of.down)
        mixed = self.dense(self.attention(x, name, index, bias), f"{name}.attention.output.dense", output)
        x = self.op("Add", [mixed, x], f"{name}.attention.sum")
        x = self.norm(x, f"{name}.attention.output.LayerNorm")
        inner = self.gelu(self.dense(x, f"{name}.intermediate.dense", up), f"{name}.gelu")
        inner = self.dense(inner, f"{name}.output.dense", down)
        return self.norm(self.op("Add", [inner, x], f"{name}.sum"), f"{name}.output.LayerNorm")

    def finished(self, x: str) -> None:
        """From the token vectors to the model's output."""
        if self.config.head != "vector":
            self.classified(self.first(x))
        elif self.config.pooled == "cls":
            self.unit(self.first(x))
        else:
            self.unit(self.total(x))

    def first(self, x: str) -> str:
        return self.op("Gather", [x, self.constant("first", np.array(0, np.int64))], "pool.first", axis=1)

    def total(self, x: str) -> str:
        """The sum over the tokens: the mean's divisor cancels when it is scaled to length 1."""
        row = self.op("Unsqueeze", ["mask", self.ints(1)], "mask.row")
        return self.op("Squeeze", [self.op("MatMul", [row, x], "pool.total"), self.ints(1)], "pool.sum")

    def unit(self, row: str) -> str:
        length = self.op("ReduceL2", [row], "pool.length", axes=[1], keepdims=1)
        length = self.op("Max", [length, self.number("tiny", 1e-12)], "pool.divisor")
        return self.op("Div", [row, length], "sentence_embedding")

    def classified(self, row: str) -> str:
        if self.config.head == "pooler":
            row = self.op("Tanh", [self.dense(row, "pooler.dense")], "pooler.out")
        return self.op("Identity", [self.dense(row, "classifier")], "logits")


def build(weights: dict[str, np.ndarray], config: Config, encoder: Encoder | None = None) -> bytes:
    """The serialised model, int8 with the integers of `encoder`, else float32; same inputs, same bytes."""
    graph = Graph(weights, config, encoder)
    graph.finished(encoded(graph))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in operator_graph.inputs_of(config)
    ]
    output, numbers = operator_graph.output_of(config)
    return serialised(graph, inputs, [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["texts", numbers])])


def encoded(graph: Graph) -> str:
    """The token vectors of the last layer."""
    x = graph.embeddings()
    bias = graph.attention_bias()
    for index in range(graph.config.layers):
        x = graph.layer(x, index, bias)
    return x


def serialised(graph: Graph, inputs: list, outputs: list) -> bytes:
    opsets = [helper.make_opsetid("", OPSET)]
    if graph.encoder is not None:
        opsets.append(helper.make_opsetid("com.microsoft", 1))
    model = helper.make_model(
        helper.make_graph(graph.nodes, "encoder", inputs, outputs, list(graph.constants.values())),
        opset_imports=opsets,
        producer_name="haypile",
        ir_version=IR_VERSION,
    )
    checker.check_model(model)
    return model.SerializeToString(deterministic=True)
