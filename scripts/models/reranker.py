"""A reranker from the weights of the packaged model, without training: late interaction in one graph.

Query and passage come as one row, as any cross-encoder takes them (input_ids, attention_mask,
token_type_ids), and leave as logits of [pairs, 1]. Inside they do not see each other until the end:
each token attends to its own text only, and the passage gets a [CLS] of its own (at the end of the row,
with position 0), so that the encoder works as it was trained. Then every token of the query looks for its nearest token of the passage
(Khattab and Zaharia, "ColBERT", 2020), and the mean of those cosines is the score.

Rare words count more: BERT's vocabulary is sorted by frequency, so a token's place in it stands for
that. The weight was chosen among five on the questions of bench/quality (docs/search.md).

Run: python reranker.py [folder]    writes model.onnx, tokenizer.json, config.json and model.json
"""

import json
import pathlib
import sys

from steady import np
import onnxruntime
from onnx import TensorProto, helper

import bert_graph
import build as recipe_of_packages
import quantize
import reference
import source
from recipes import MINILM
from texts import texts_of

HERE = pathlib.Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "models"
NAME = "late-interaction-minilm"
PAD, CLS, SEP, MASK = 0, 101, 102, 103
# The vocabulary's own order begins here; before it stand special tokens, signs and letters.
FIRST_WORD = 1996
COMMON_WORDS = 20
LEAST_WEIGHT = 0.05
COMPARED = 20
COMPARED_TOKENS = 48


class PairGraph(bert_graph.Graph):
    def words(self) -> str:
        """The rows of the tokens, with the passage's own [CLS] behind them."""
        self.ids = self.longer("input_ids", CLS)
        self.types = self.op("Cast", [self.longer("token_type_ids", 1)], "types", to=TensorProto.FLOAT)
        self.mask = self.op("Cast", [self.longer("attention_mask", 1)], "mask", to=TensorProto.FLOAT)
        return super().words()

    def longer(self, name: str, value: int) -> str:
        """An input with one more column of this value."""
        first = self.op("Slice", [name, self.ints(0), self.ints(1), self.ints(1)], f"{name}.first")
        column = self.op("Mul", [first, self.ints(0)], f"{name}.zeros")
        column = self.op("Add", [column, self.ints(value)], f"{name}.column")
        return self.op("Concat", [name, column], f"{name}.longer", axis=1)

    def places(self) -> str:
        """Positions by token: those of the passage begin again at 1, after its [CLS]."""
        shape = self.op("Shape", ["input_ids"], "shape")
        length = self.op("Squeeze", [self.op("Slice", [shape, self.ints(1), self.ints(2)], "length")], "count")
        zero = self.constant("zero", np.array(0, np.int64))
        one = self.constant("step", np.array(1, np.int64))
        at = self.op("Range", [zero, length, one], "range")
        other = self.op("Sub", [one, "token_type_ids"], "types.query")
        own = self.op("Mul", [other, "attention_mask"], "query.inputs")
        before = self.op("ReduceSum", [own, self.ints(1)], "query.length", keepdims=1)
        shift = self.op("Mul", ["token_type_ids", self.op("Sub", [before, one], "query.end")], "shift")
        at = self.longer(self.op("Sub", [at, shift], "positions"), 0)
        return self.op("Gather", [self.constant("places", self.place_rows()), at], "places.out")

    def attention_bias(self) -> str:
        """0 for tokens of one's own text, a large negative number for all others: [pairs, 1, tokens, tokens]."""
        rows = self.op("Unsqueeze", [self.types, self.ints(2)], "types.rows")
        columns = self.op("Unsqueeze", [self.types, self.ints(1)], "types.columns")
        differs = self.op("Abs", [self.op("Sub", [rows, columns], "types.difference")], "types.differ")
        same = self.op("Sub", [self.number("one", 1.0), differs], "types.same")
        seen = self.op("Mul", [same, self.op("Unsqueeze", [self.mask, self.ints(1)], "mask.columns")], "seen")
        hidden = self.op("Sub", [self.number("one", 1.0), seen], "hidden")
        bias = self.op("Mul", [hidden, self.number("minus", -10000.0)], "bias")
        return self.op("Unsqueeze", [bias, self.ints(1)], "attention.bias")

    def score(self, x: str) -> str:
        length = self.op("ReduceL2", [x], "token.length", axes=[2], keepdims=1)
        length = self.op("Max", [length, self.number("tiny", 1e-12)], "token.divisor")
        unit = self.op("Div", [x, length], "token.unit")
        turned = self.op("Transpose", [unit], "token.turned", perm=[0, 2, 1])
        cosines = self.op("MatMul", [unit, turned], "cosines")
        # Only tokens of the passage can be met; a cosine of another is pushed below all real ones.
        inner = self.op("Gather", [self.constant("inner", self.inner()), self.ids], "inner.tokens")
        kept = self.op("Mul", [self.op("Mul", [self.types, self.mask], "passage.mask"), inner], "passage.tokens")
        away = self.op("Sub", [kept, self.number("one", 1.0)], "passage.away")
        away = self.op("Mul", [away, self.number("far", 4.0)], "passage.far")
        cosines = self.op("Add", [cosines, self.op("Unsqueeze", [away, self.ints(1)], "passage.bias")], "cosines.met")
        best = self.op("ReduceMax", [cosines], "best", axes=[2], keepdims=0)
        best = self.op("Max", [best, self.number("least", -1.0)], "best.bound")
        weight = self.op("Gather", [self.constant("rarity", self.rarity()), self.ids], "token.rarity")
        query = self.op("Sub", [self.number("one", 1.0), self.types], "query.types")
        asked = self.op("Mul", [query, self.mask], "query.tokens")
        weight = self.op("Mul", [weight, asked], "token.weight")
        total = self.op("Mul", [best, weight], "weighted")
        total = self.op("ReduceSum", [total, self.ints(1)], "weighted.sum", keepdims=1)
        weights = self.op("ReduceSum", [weight, self.ints(1)], "weight.sum", keepdims=1)
        weights = self.op("Max", [weights, self.number("tiny", 1e-12)], "weight.divisor")
        return self.op("Div", [total, weights], "logits")

    def inner(self) -> np.ndarray:
        """1 by token, 0 for the special ones."""
        inner = np.ones(len(self.weights["embeddings.word_embeddings.weight"]), np.float32)
        inner[[PAD, CLS, SEP, MASK]] = 0
        return inner

    def rarity(self) -> np.ndarray:
        place = np.maximum(np.arange(len(self.inner())) - (FIRST_WORD - 1), 0)
        weight = np.log1p(place / COMMON_WORDS) + LEAST_WEIGHT
        return weight.astype(np.float32) * self.inner()


def build(weights: dict[str, np.ndarray], config: bert_graph.Config, encoder: quantize.Encoder) -> bytes:
    graph = PairGraph(weights, config, encoder)
    graph.score(bert_graph.encoded(graph))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["pairs", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["pairs", 1])]
    return bert_graph.serialised(graph, inputs, outputs)


def compare(model: bytes, weights: dict[str, np.ndarray], config, tokenizer) -> None:
    """The graph against a separate computation in numpy, where the two texts are encoded apart."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(COMPARED_TOKENS)
    texts = [tokenizer.encode(text).ids for kind, text in texts_of(phase=1) if kind == "function"]
    texts = texts[: 2 * COMPARED]
    run = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rarity = PairGraph(weights, config, None).rarity()
    scores = []
    for query, passage in zip(texts[:COMPARED], texts[COMPARED:]):
        ids = np.array([query + passage[1:]])
        types = np.array([[0] * len(query) + [1] * (len(passage) - 1)])
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        told = reference.late_interaction(query, passage, rarity, weights, config)
        scores.append((run.run(None, feed)[0][0][0], told))
    ours, theirs = np.array(scores).T
    print(
        f"int8 graph against numpy: correlation {np.corrcoef(ours, theirs)[0, 1]:.4f}, "
        f"largest difference {np.abs(ours - theirs).max():.4f} over {len(scores)} pairs"
    )


def main() -> None:
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else BUILD / NAME
    made = recipe_of_packages.integers_of(MINILM)
    files, weights, config = made.files, made.tensors, made.config
    described = {"name": NAME, "kind": "reranker", "maxTokens": 512, "quantisation": "int8", "licence": "Apache-2.0"}
    published = json.loads(files["config.json"])
    published["architectures"] = ["BertForSequenceClassification"]
    published["id2label"] = {"0": "LABEL_0"}
    written = {
        "model.onnx": build(weights, config, made.encoder),
        "tokenizer.json": files["tokenizer.json"],
        "config.json": (json.dumps(published, indent=2) + "\n").encode(),
        "model.json": (json.dumps(described, indent=2) + "\n").encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in written.items():
        (folder / name).write_bytes(data)
        print(f"{folder / name}: {len(data):,} bytes, SHA-256 {source.sha256(data)}")
    compare(written["model.onnx"], weights, config, made.tokenizer)


if __name__ == "__main__":
    main()
