"""Makes the package of a model's whole weights: the published tensors in float32, in ONNX Runtime's own ops.

Run: python whole.py NAME [--out FOLDER]      writes FOLDER/NAME-fp32 (default: build/models)

It needs numpy and onnx alone. 90 MB are too many for the repository: the package is made where it is published.
"""

import argparse
import pathlib

import steady  # noqa: F401  before whatever imports numpy
import bert_graph
import checkpoint
import package
import source
from recipes import RECIPES, Recipe

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "models"
PACKAGES = ROOT / "models"


def make(recipe: Recipe, out: pathlib.Path) -> pathlib.Path:
    files = source.fetch(recipe.archive, BUILD)
    tensors = checkpoint.of_file(recipe.weights, files[recipe.weights])
    config = checkpoint.config_of(tensors, recipe.shape)
    made = package.whole_files(recipe, config, bert_graph.build(tensors, config), files["tokenizer.json"])
    folder = out / f"{recipe.name}-fp32"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        (folder / name).write_bytes(data)
        print(f"{folder.name}/{name}: {len(data):,} bytes, SHA-256 {source.sha256(data)}")
    for name in ("LICENSE",):
        (folder / name).write_bytes((PACKAGES / recipe.name / name).read_bytes())
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RECIPES, metavar="NAME")
    parser.add_argument("--out", type=pathlib.Path, default=BUILD)
    arguments = parser.parse_args()
    make(RECIPES[arguments.name], arguments.out)


if __name__ == "__main__":
    main()
