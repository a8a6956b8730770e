"""Makes the files of a model package from the published weights.

Run: python build.py NAME...           writes models/NAME, compares it, prints what it found
     python build.py --check NAME...   builds in memory and compares with the committed checksums
     --out FOLDER                      writes FOLDER/NAME instead
     --stock FOLDER                    also writes FOLDER/NAME/model.onnx of ONNX Runtime's own ops, with the same integers

Without names: all models that have a folder in models/.
"""

import argparse
import dataclasses
import json
import pathlib
import sys

from steady import np
import onnxruntime
import tokenizers

import bert_graph
import calibrate
import checkpoint
import pack
import package
import quantize
import reference
import reference_packed
import source
from card import Compared, card_of
from recipes import RECIPES, Recipe
from texts import texts_of

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "models"
PACKAGES = ROOT / "models"
# Texts are cut here for calibrating and comparing, however long the model's own may be.
MOST_TOKENS = 256
QUESTIONS = 4  # one text in so many is read as a question
COMPARED = 300
COMPARED_WITH_NUMPY = 40


@dataclasses.dataclass
class Made:
    """A published model and its integers."""

    recipe: Recipe
    files: dict[str, bytes]
    tensors: dict[str, np.ndarray]
    config: checkpoint.Config
    tokenizer: tokenizers.Tokenizer
    encoder: quantize.Encoder


def tokenised(recipe: Recipe, tokenizer, phase: int) -> list[list[int]]:
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    prefixes = [recipe.passage] * (QUESTIONS - 1) + [recipe.query]
    return [
        tokenizer.encode(prefixes[index % QUESTIONS] + text).ids
        for index, (_, text) in enumerate(texts_of(phase))
    ]


def session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def vectors(run: onnxruntime.InferenceSession, texts: list[list[int]]) -> np.ndarray:
    rows = []
    for ids in texts:
        one = np.array([ids])
        rows.append(run.run(None, {"input_ids": one, "attention_mask": np.ones_like(one)})[0][0])
    return np.array(rows)


def compared(name: str, a: np.ndarray, b: np.ndarray) -> Compared:
    cosines = (a * b).sum(axis=1)
    print(f"{name}: cosine mean {cosines.mean():.5f}, minimum {cosines.min():.5f} over {len(cosines)} texts")
    return Compared(name, float(cosines.mean()), float(cosines.min()), len(cosines))


def compare(of: Made, stock: bytes, packed: bytes) -> list[Compared]:
    """On texts that calibration has not seen."""
    texts = tokenised(of.recipe, of.tokenizer, phase=1)
    texts = [texts[i * len(texts) // COMPARED] for i in range(min(COMPARED, len(texts)))]
    some = texts[:: max(1, len(texts) // COMPARED_WITH_NUMPY)][:COMPARED_WITH_NUMPY]
    fp32 = session(bert_graph.build(of.tensors, of.config))
    from_fp32 = vectors(fp32, some)
    from_numpy = np.array([reference.embed(ids, of.tensors, of.config) for ids in some])
    parts = pack.unpack(packed)
    simulated = np.array([reference_packed.embed(ids, *parts) for ids in some])
    return [
        compared("fp32 graph against a separate numpy computation", from_fp32, from_numpy),
        compared("packed, simulated in numpy, against fp32", simulated, from_fp32),
        compared("the same integers in ONNX Runtime's own ops, against fp32", vectors(session(stock), texts), vectors(fp32, texts)),
    ]


def integers_of(recipe: Recipe) -> Made:
    files = source.fetch(recipe.archive, BUILD)
    tensors = checkpoint.of_file(recipe.weights, files[recipe.weights])
    config = checkpoint.config_of(tensors, recipe.shape)
    tokenizer = tokenizers.Tokenizer.from_str(files["tokenizer.json"].decode())
    seen = calibrate.calibrate(tensors, config, tokenised(recipe, tokenizer, phase=0))
    return Made(recipe, files, tensors, config, tokenizer, quantize.encoder_of(tensors, config, seen))


def make(recipe: Recipe, arguments) -> None:
    of = integers_of(recipe)
    packed = pack.pack(of.tensors, of.config, of.encoder)
    made = package.files(recipe, of.config, packed, of.files["tokenizer.json"])
    for name, data in made.items():
        print(f"{recipe.name}/{name}: {len(data):,} bytes, SHA-256 {source.sha256(data)}")
    if arguments.check:
        committed = PACKAGES / recipe.name / "checksums.json"
        if json.loads(committed.read_text()) != json.loads(made["checksums.json"]):
            sys.exit(f"{recipe.name} differs from {committed}.")
        print("the same as the committed files")
        return
    stock = bert_graph.build(of.tensors, of.config, of.encoder)
    write(arguments.out / recipe.name, made)
    if arguments.stock is not None:
        write(arguments.stock / recipe.name, {"model.onnx": stock, "tokenizer.json": of.files["tokenizer.json"]})
    card = card_of(recipe, of.config, len(packed), compare(of, stock, packed))
    write(arguments.out / recipe.name, {"README.md": card.encode()})


def write(folder: pathlib.Path, contents: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*RECIPES, []], metavar="NAME")
    parser.add_argument("--check", action="store_true", help="compare with the committed checksums only")
    parser.add_argument("--out", type=pathlib.Path, default=PACKAGES)
    parser.add_argument("--stock", type=pathlib.Path, help="a folder for the graphs of ONNX Runtime's own ops")
    arguments = parser.parse_args()
    for name in arguments.names or [name for name in RECIPES if (PACKAGES / name).is_dir()]:
        make(RECIPES[name], arguments)


if __name__ == "__main__":
    main()
