"""What the exact encoder does with the calibration texts, layer by layer: ranges and second moments.

The texts go through packed one behind the other, a few thousand tokens at once.
"""

import dataclasses

from steady import np
import layers
from checkpoint import POSITIONS, TYPES, WORDS, Config

TOKENS_AT_ONCE = 4096


@dataclasses.dataclass
class Seen:
    """Of the input of one linear layer, by channel."""

    low: np.ndarray
    high: np.ndarray
    count: int
    products: np.ndarray  # sums of the products of two channels

    @staticmethod
    def nothing(channels: int) -> "Seen":
        zeros = np.zeros(channels)
        return Seen(zeros.copy(), zeros.copy(), 0, np.zeros((channels, channels)))

    def add(self, x: np.ndarray) -> None:
        self.low = np.minimum(self.low, x.min(axis=0))
        self.high = np.maximum(self.high, x.max(axis=0))
        self.count += len(x)
        self.products += x.T @ x

    @property
    def largest(self) -> np.ndarray:
        return np.maximum(-self.low, self.high)

    @property
    def moments(self) -> np.ndarray:
        """Means of the products of two channels."""
        return self.products / self.count


@dataclasses.dataclass
class SeenLayer:
    entered: Seen
    joined: np.ndarray  # the largest query, key and value by column
    mixed: Seen
    middle: Seen
    inner: Seen


def nothing_seen(config: Config) -> list[SeenLayer]:
    def seen(channels: int) -> Seen:
        return Seen.nothing(channels)

    width = config.width
    return [
        SeenLayer(seen(width), np.zeros(3 * width), seen(width), seen(width), seen(config.inner))
        for _ in range(config.layers)
    ]


def joined_of(tensors: dict[str, np.ndarray], layer: str, kind: str) -> np.ndarray:
    """Weight or bias of query, key and value as one."""
    return np.concatenate([tensors[f"{layer}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")])


def see(tensors: dict[str, np.ndarray], config: Config, ids, types, lengths: list[int], seen: list[SeenLayer]) -> None:
    """Adds what one batch shows to `seen`."""

    def norm(x, name):
        return layers.layer_norm(x, tensors[f"{name}.weight"], tensors[f"{name}.bias"], config.epsilon)

    def dense(x, name):
        return x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]

    places = np.concatenate([np.arange(length) for length in lengths])
    x = norm(tensors[WORDS][ids] + tensors[POSITIONS][places] + tensors[TYPES][types], "embeddings.LayerNorm")
    for index, found in enumerate(seen):
        name = f"encoder.layer.{index}"
        found.entered.add(x)
        joined = x @ joined_of(tensors, name, "weight").T + joined_of(tensors, name, "bias")
        found.joined = np.maximum(found.joined, np.abs(joined).max(axis=0))
        mixed = layers.attention(*np.split(joined, 3, axis=1), lengths, config.heads)
        found.mixed.add(mixed)
        x = norm(x + dense(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        found.middle.add(x)
        inner = layers.gelu(dense(x, f"{name}.intermediate.dense"), config.activation)
        found.inner.add(inner)
        x = norm(x + dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")


def calibrate(
    tensors: dict[str, np.ndarray], config: Config, texts: list[list[int]], types: list[list[int]] | None = None
) -> list[SeenLayer]:
    """texts: token ids with the special tokens; types: a token type for each, else all 0."""
    seen = nothing_seen(config)
    types = types or [[0] * len(ids) for ids in texts]
    begin = 0
    while begin < len(texts):
        end, tokens = begin, 0
        while end < len(texts) and (end == begin or tokens + len(texts[end]) <= TOKENS_AT_ONCE):
            tokens += len(texts[end])
            end += 1
        batch = texts[begin:end]
        see(tensors, config, np.concatenate(batch), np.concatenate(types[begin:end]), [len(ids) for ids in batch], seen)
        begin = end
    return seen
