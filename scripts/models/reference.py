"""A second, independent computation of the encoder: plain numpy, written from the BERT paper."""

import math

import numpy as np


def layer_norm(x, weights, name, epsilon):
    mean = x.mean(-1, keepdims=True)
    spread = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) / np.sqrt(spread + epsilon) * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def dense(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def softmax(x):
    shifted = np.exp(x - x.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


erf = np.vectorize(math.erf, otypes=[np.float64])


def encode(ids: list[int], weights: dict[str, np.ndarray], config) -> np.ndarray:
    """The token vectors of one text, in double precision."""
    x = (
        weights["embeddings.word_embeddings.weight"][ids].astype(np.float64)
        + weights["embeddings.position_embeddings.weight"][: len(ids)]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    x = layer_norm(x, weights, "embeddings.LayerNorm", config.epsilon)
    size = config.width // config.heads
    for index in range(config.layers):
        layer = f"encoder.layer.{index}"
        mixed = np.zeros_like(x)
        parts = {p: dense(x, weights, f"{layer}.attention.self.{p}") for p in ("query", "key", "value")}
        for head in range(config.heads):
            at = slice(head * size, (head + 1) * size)
            shares = softmax(parts["query"][:, at] @ parts["key"][:, at].T / math.sqrt(size))
            mixed[:, at] = shares @ parts["value"][:, at]
        x = layer_norm(
            x + dense(mixed, weights, f"{layer}.attention.output.dense"),
            weights, f"{layer}.attention.output.LayerNorm", config.epsilon,
        )
        inner = dense(x, weights, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1 + erf(inner / math.sqrt(2)))
        x = layer_norm(
            x + dense(inner, weights, f"{layer}.output.dense"),
            weights, f"{layer}.output.LayerNorm", config.epsilon,
        )
    return x


def embed(ids: list[int], weights: dict[str, np.ndarray], config) -> np.ndarray:
    """The unit vector of one text, in double precision."""
    mean = encode(ids, weights, config).mean(axis=0)
    return mean / np.linalg.norm(mean)


def late_interaction(query: list[int], passage: list[int], rarity: np.ndarray, weights, config) -> float:
    """Weighted mean over the query's tokens of the best cosine with a token of the passage.

    Both with [CLS] first and [SEP] last, which take no part in it.
    """
    asked, told = (encode(ids, weights, config)[1:-1] for ids in (query, passage))
    asked, told = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (asked, told))
    return float(np.average((asked @ told.T).max(axis=1), weights=rarity[query[1:-1]]))
