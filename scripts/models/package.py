"""The files of a model package."""

import json

import operator_graph
import source
from checkpoint import Config
from recipes import Recipe


PACKED = {
    "quantisation": "int8",
    "weights": operator_graph.FILE,
    # The number format of the vectors; those of different formats are not compared.
    "vectors": "packed-1",
}
WHOLE = {"quantisation": "fp32", "vectors": "fp32"}


def description(recipe: Recipe, config: Config, form: dict[str, str] = PACKED) -> bytes:
    """model.json: what Haypile reads of a model beside its weights and its tokenizer."""
    comparable = recipe.comparable if form is PACKED else ()
    fields = {
        "name": recipe.name,
        "kind": "embedding" if config.head == "vector" else "reranker",
        "dimensions": config.width,
        "maxTokens": recipe.max_tokens,
        "positions": config.positions,
        "pooling": "graph",
        "prefixes": {"query": recipe.query, "passage": recipe.passage},
        **form,
        **({"comparable": list(comparable)} if comparable else {}),
        "licence": recipe.licence,
        "source": {
            "package": recipe.archive.package,
            "upstream": recipe.upstream,
            **({"revision": recipe.revision} if recipe.revision else {}),
            "digests": {name: digest for name, (_, digest) in recipe.archive.entries.items()},
        },
    }
    return as_json(fields)


def as_json(value) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def files(recipe: Recipe, config: Config, packed: bytes, tokenizer: bytes) -> dict[str, bytes]:
    """The files by name, with checksums.json for all others."""
    made = {
        "model.onnx": operator_graph.build(config, len(packed)),
        operator_graph.FILE: packed,
        "tokenizer.json": tokenizer,
        "model.json": description(recipe, config),
    }
    return with_sums(made)


def whole_files(recipe: Recipe, config: Config, graph: bytes, tokenizer: bytes) -> dict[str, bytes]:
    """The same of the whole weights, which lie in the graph."""
    return with_sums({
        "model.onnx": graph,
        "tokenizer.json": tokenizer,
        "model.json": description(recipe, config, WHOLE),
    })


def with_sums(made: dict[str, bytes]) -> dict[str, bytes]:
    sums = {name: {"bytes": len(data), "sha256": source.sha256(data)} for name, data in made.items()}
    return {**made, "checksums.json": as_json(sums)}
