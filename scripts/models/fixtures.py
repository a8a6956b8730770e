"""Makes test/fixtures/encoder: small random encoders of every form, and what they give.

Run: python fixtures.py

A folder each, usable as a model folder: weights.bin, model.onnx, tokenizer.json, model.json. Beside them
the texts as raw little-endian numbers, one behind the other (ids.i32, types.u8, lengths.u32), and for each
text the output of the float32 graph in ONNX Runtime (fp32.f32) and of the simulation of the packed
integers (packed.f32), [texts, numbers].
"""

from steady import np
import tokenizers
from tokenizers import models, normalizers, pre_tokenizers, processors

import bert_graph
import build
import calibrate
import checkpoint
import operator_graph
import pack
import package
import quantize
import reference_packed
from checkpoint import POSITIONS, TYPES, WORDS
from recipes import Shape

FOLDER = build.ROOT / "test" / "fixtures" / "encoder"
SEED = 13
WORD_COUNT = 200
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CALIBRATION_TEXTS = 60

# name -> layers, width, inner width, positions, labels, shape
FORMS = {
    "mean": (2, 64, 128, 64, 0, Shape(heads=2)),
    "cls-tanh": (1, 128, 96, 32, 0, Shape(heads=2, pooled="cls", activation="gelu-tanh", types=2)),
    "pooler": (2, 96, 64, 48, 1, Shape(heads=3, head="pooler", types=2)),
    "classifier": (2, 64, 160, 40, 2, Shape(heads=2, head="classifier", activation="gelu-tanh")),
}


def random_tensors(draw: np.random.Generator, layers: int, width: int, inner: int, positions: int, labels: int, shape: Shape):
    def matrix(outputs: int, inputs: int, spread: float = 1.0) -> np.ndarray:
        return (draw.standard_normal((outputs, inputs)) * spread / np.sqrt(inputs)).astype(np.float32)

    def vector(count: int, centre: float = 0.0) -> np.ndarray:
        return (centre + 0.2 * draw.standard_normal(count)).astype(np.float32)

    tensors = {
        WORDS: matrix(WORD_COUNT, width, np.sqrt(width)),
        POSITIONS: matrix(positions, width, np.sqrt(width) / 2),
        TYPES: matrix(2, width, np.sqrt(width) / 2),
    }

    def dense(name: str, outputs: int, inputs: int, spread: float = 1.0) -> None:
        tensors[f"{name}.weight"] = matrix(outputs, inputs, spread)
        tensors[f"{name}.bias"] = vector(outputs)

    def norm(name: str) -> None:
        tensors[f"{name}.weight"] = vector(width, 1.0)
        tensors[f"{name}.bias"] = vector(width)

    norm("embeddings.LayerNorm")
    for index in range(layers):
        name = f"encoder.layer.{index}"
        for part, spread in (("query", 1.5), ("key", 1.5), ("value", 1.0)):
            dense(f"{name}.attention.self.{part}", width, width, spread)
        dense(f"{name}.attention.output.dense", width, width)
        norm(f"{name}.attention.output.LayerNorm")
        dense(f"{name}.intermediate.dense", inner, width)
        dense(f"{name}.output.dense", width, inner)
        norm(f"{name}.output.LayerNorm")
    if shape.head == "pooler":
        dense("pooler.dense", width, width)
    if labels > 0:
        dense("classifier", labels, width)
    return tensors


def random_texts(draw: np.random.Generator, lengths: list[int]) -> tuple[list[list[int]], list[list[int]]]:
    """Ids, and types that turn from 0 to 1 somewhere."""
    ids = [draw.integers(0, WORD_COUNT, length).tolist() for length in lengths]
    types = []
    for length in lengths:
        first = int(draw.integers(1, length + 1))
        types.append([0] * first + [1] * (length - first))
    return ids, types


def compared_lengths(positions: int) -> list[int]:
    """On both sides of what registers and panels hold, and the longest."""
    return [n for n in (1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 47) if n < positions] + [positions, 1, 5]


def tokenizer() -> bytes:
    """A WordPiece tokenizer of as many words as the models have rows."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    signs = [*letters, *"0123456789"]
    words = "the of and to in is that it for on with as was at by this be are from or an have not you which".split()
    words += "def return self if else import class none true false value name list type data file".split()
    words = SPECIAL + signs + [f"##{sign}" for sign in signs] + list(".,:;!?()[]{}<>=+-*/_\"'#@") + words
    words += [f"word{index}" for index in range(WORD_COUNT - len(words))]
    made = tokenizers.Tokenizer(models.WordPiece({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0", pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", SPECIAL.index("[CLS]")), ("[SEP]", SPECIAL.index("[SEP]"))],
    )
    made.add_special_tokens(SPECIAL)
    return made.to_str(pretty=False).encode()


def fp32_outputs(tensors, config, ids, types) -> np.ndarray:
    run = build.session(bert_graph.build(tensors, config))
    rows = []
    for text, its in zip(ids, types):
        feed = {"input_ids": [text], "attention_mask": [[1] * len(text)], "token_type_ids": [its]}
        rows.append(run.run(None, {name: np.array(feed[name]) for name in operator_graph.inputs_of(config)})[0][0])
    return np.array(rows)


def make(name: str, seed: int) -> dict[str, bytes]:
    layers, width, inner, positions, labels, shape = FORMS[name]
    draw = np.random.default_rng(seed)
    tensors = random_tensors(draw, layers, width, inner, positions, labels, shape)
    config = checkpoint.config_of(tensors, shape)
    seen, seen_types = random_texts(draw, draw.integers(1, positions + 1, CALIBRATION_TEXTS).tolist())
    ids, types = random_texts(draw, compared_lengths(positions))
    if config.types == 1:
        seen_types, types = ([[0] * len(text) for text in texts] for texts in (seen, ids))
    encoder = quantize.encoder_of(tensors, config, calibrate.calibrate(tensors, config, seen, seen_types))
    packed = pack.pack(tensors, config, encoder)
    parts = pack.unpack(packed)
    simulated = np.array([reference_packed.embed(text, *parts, its) for text, its in zip(ids, types)])
    exact = fp32_outputs(tensors, config, ids, types)
    print(f"{name}: {len(packed):,} bytes, largest difference of packed to fp32 {np.abs(simulated - exact).max():.4f}")
    described = {
        "name": f"tiny-{name}",
        "kind": "embedding" if config.head == "vector" else "reranker",
        "dimensions": config.width,
        "maxTokens": config.positions,
        "positions": config.positions,
        "pooling": "graph",
        "prefixes": {"query": "", "passage": ""},
        "weights": operator_graph.FILE,
        "vectors": "packed-1",
    }
    return {
        operator_graph.FILE: packed,
        "model.onnx": operator_graph.build(config, len(packed)),
        "tokenizer.json": tokenizer(),
        "model.json": package.as_json(described),
        "ids.i32": np.concatenate(ids).astype("<i4").tobytes(),
        "types.u8": np.concatenate(types).astype("u1").tobytes(),
        "lengths.u32": np.array([len(text) for text in ids], "<u4").tobytes(),
        "fp32.f32": exact.astype("<f4").tobytes(),
        "packed.f32": simulated.astype("<f4").tobytes(),
    }


def main() -> None:
    for index, name in enumerate(FORMS):
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        for file, data in make(name, SEED + index).items():
            (folder / file).write_bytes(data)


if __name__ == "__main__":
    main()
