"""The encoder in plain numpy and double precision, written from the BERT paper: what the graphs are compared with."""

from steady import np
import layers
from checkpoint import POSITIONS, TYPES, WORDS


def dense(x, tensors, name):
    return x @ tensors[f"{name}.weight"].T.astype(np.float64) + tensors[f"{name}.bias"]


def encode(ids: list[int], tensors: dict[str, np.ndarray], config, types: list[int] | None = None) -> np.ndarray:
    """The token vectors of one text."""

    def norm(x, name):
        return layers.layer_norm(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"], config.epsilon)

    x = tensors[WORDS][ids].astype(np.float64) + tensors[POSITIONS][: len(ids)]
    x = norm(x + tensors[TYPES][types or [0] * len(ids)], "embeddings.LayerNorm")
    for index in range(config.layers):
        layer = f"encoder.layer.{index}"
        parts = [dense(x, tensors, f"{layer}.attention.self.{part}") for part in ("query", "key", "value")]
        mixed = layers.attention(*parts, [len(ids)], config.heads)
        x = norm(x + dense(mixed, tensors, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        inner = layers.gelu(dense(x, tensors, f"{layer}.intermediate.dense"), config.activation)
        x = norm(x + dense(inner, tensors, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    return x


def pooled(x: np.ndarray, tensors: dict[str, np.ndarray], config) -> np.ndarray:
    """What a text's token vectors become: a unit vector, or the numbers of a classifier."""
    if config.head == "vector":
        row = x.mean(axis=0) if config.pooled == "mean" else x[0]
        return row / max(np.linalg.norm(row), 1e-12)
    row = x[0]
    if config.head == "pooler":
        row = np.tanh(dense(row, tensors, "pooler.dense"))
    return dense(row, tensors, "classifier")


def embed(ids: list[int], tensors: dict[str, np.ndarray], config, types: list[int] | None = None) -> np.ndarray:
    return pooled(encode(ids, tensors, config, types), tensors, config)


def late_interaction(query: list[int], passage: list[int], rarity: np.ndarray, tensors, config) -> float:
    """Weighted mean over the query's tokens of the best cosine with a token of the passage.

    Both with [CLS] first and [SEP] last, which take no part in it.
    """
    asked, told = (encode(ids, tensors, config)[1:-1] for ids in (query, passage))
    asked, told = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (asked, told))
    return float(np.average((asked @ told.T).max(axis=1), weights=rarity[query[1:-1]]))
