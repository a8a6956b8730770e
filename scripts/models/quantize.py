"""The integers of an encoder, found layer by layer over calibration texts.

The encoder runs twice side by side: exactly, and as it will run, with bytes for activations and the
weights rounded so far. Each linear layer is fitted to give, from the inputs it will get, what the exact
layer gives from the exact ones: the spread by its weights, the mean by its bias. So it also makes up for
part of what was lost before it.

Activations are smoothed first: each channel is divided by a factor that the weights which read it take
over, so that a few channels with large values do not use up the range (Xiao et al., "SmoothQuant",
2022). Ranges are fixed: a text's vector does not depend on the texts beside it.
"""

import dataclasses

from steady import np
import layers
from checkpoint import POSITIONS, TYPES, WORDS, Config
from rounding import LINEAR_LIMIT, TABLE_LIMIT, damped, quantize, rounded

SMOOTHING = 0.7
# Shorts of attention: products of two of these, summed over a head, stay within 32 bits.
SCORE_LIMIT = {32: 8191, 64: 5792}
VALUE_LIMIT = 1023
VALUE_ROOM = 1.25  # how far beyond the largest seen a value may go
ROWS_AT_ONCE = 8192


@dataclasses.dataclass
class Activation:
    """A byte is round(x / factor / step + zero), held within 0 to 255."""

    factor: np.ndarray  # [channels]
    step: float
    zero: int

    def bytes_of(self, x: np.ndarray) -> np.ndarray:
        by = (1 / (self.factor * self.step)).astype(x.dtype)
        return np.clip(np.rint(x * by + self.zero), 0, 255)


@dataclasses.dataclass
class Linear:
    """(bytes - zero) * step @ values * scale + bias; the factors are in the values."""

    values: np.ndarray  # int8 [inputs, outputs]
    scale: np.ndarray  # [outputs]
    bias: np.ndarray  # [outputs]

    def of(self, given: np.ndarray, x: Activation) -> np.ndarray:
        weights = (self.values * (self.scale * x.step)).astype(given.dtype)
        return (given - x.zero) @ weights + self.bias.astype(given.dtype)


@dataclasses.dataclass
class Layer:
    entered: Activation
    joined: Linear  # query, key, value: 3 * width outputs
    query: np.ndarray  # [heads]: from a number to a short
    key: np.ndarray
    value: np.ndarray  # of the smoothed values
    mixed: Activation
    output: Linear
    middle: Activation
    up: Linear
    inner: Activation
    down: Linear


@dataclasses.dataclass
class Encoder:
    words: np.ndarray  # int8 [words, width]
    word_scale: np.ndarray  # [words]
    layers: list[Layer]


@dataclasses.dataclass
class Sample:
    """Calibration texts, packed one behind the other."""

    ids: np.ndarray
    types: np.ndarray
    lengths: list[int]

    @staticmethod
    def of(texts: list[list[int]], types: list[list[int]] | None = None) -> "Sample":
        ids = np.concatenate([np.array(text, np.int64) for text in texts])
        given = np.zeros_like(ids) if types is None else np.concatenate([np.array(one, np.int64) for one in types])
        return Sample(ids, given, [len(text) for text in texts])


def products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a.T @ b, added up in double precision."""
    total = np.zeros((a.shape[1], b.shape[1]))
    for begin in range(0, len(a), ROWS_AT_ONCE):
        total += a[begin : begin + ROWS_AT_ONCE].T @ b[begin : begin + ROWS_AT_ONCE]
    return total


class Fit:
    def __init__(self, tensors: dict[str, np.ndarray], config: Config, sample: Sample):
        self.tensors = tensors
        self.config = config
        self.sample = sample

    def norm(self, x: np.ndarray, name: str) -> np.ndarray:
        return layers.layer_norm(
            x, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"], self.config.epsilon
        )

    def activation(self, x: np.ndarray, weight: np.ndarray) -> Activation:
        """Factors and range of what a layer with this weight [outputs, inputs] reads."""
        largest = np.abs(x).max(axis=0).astype(np.float64)
        reader = np.abs(weight).max(axis=0).astype(np.float64)
        factor = np.maximum(largest, 1e-3) ** SMOOTHING / np.maximum(reader, 1e-4) ** (1 - SMOOTHING)
        factor /= np.exp(np.log(factor).mean())
        low = min((x.min(axis=0) / factor).min(), 0)
        high = max((x.max(axis=0) / factor).max(), 0)
        step = float(max(high - low, 1e-6) / 255)
        return Activation(factor, step, round(-low / step))

    def linear(self, x: Activation, given: np.ndarray, exact: np.ndarray, weight, bias) -> Linear:
        """Fitted to give from the bytes `given` what weight [outputs, inputs] and bias give from `exact`."""
        seen = (given - x.zero) * np.float32(x.step)
        told = exact / x.factor.astype(np.float32)
        weights = (weight * x.factor).T.astype(np.float64)
        seen_mean, told_mean = (rows.mean(axis=0, dtype=np.float64) for rows in (seen, told))
        seen -= seen_mean.astype(np.float32)
        lost = told - told_mean.astype(np.float32) - seen
        covariance = products(seen, seen)
        target = weights + np.linalg.solve(damped(covariance), products(seen, lost)) @ weights
        _, scale = quantize(target, axis=0, limit=LINEAR_LIMIT)
        scale = scale[0].astype(np.float64)
        values = rounded(target, scale, covariance)
        kept = values * scale
        return Linear(values, scale, bias + told_mean @ weights - seen_mean @ kept)

    def attention(self, joined: np.ndarray) -> np.ndarray:
        q, k, v = np.split(joined, 3, axis=1)
        return layers.attention(q, k, v, self.sample.lengths, self.config.heads)

    def scales(self, joined: np.ndarray, mixed: Activation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each head, what makes shorts of queries, keys and values."""
        largest = np.abs(joined).max(axis=0).astype(np.float64)
        q, k, v = np.split(largest, 3)
        v = v / mixed.factor
        top = [np.maximum(part.reshape(self.config.heads, -1).max(axis=1), 1e-6) for part in (q, k, v)]
        half = SCORE_LIMIT[self.config.head_width] / 2
        return half / top[0], half / top[1], VALUE_LIMIT / (VALUE_ROOM * top[2])

    def read(self, exact: np.ndarray, near: np.ndarray, names: list[str]):
        """The linear layer of these modules: what it reads, its integers, and what it makes of both rows."""
        weight, bias = (np.concatenate([self.tensors[f"{name}.{kind}"] for name in names]) for kind in ("weight", "bias"))
        x = self.activation(near, weight)
        given = x.bytes_of(near)
        linear = self.linear(x, given, exact, weight, bias)
        return x, linear, exact @ weight.T + bias, linear.of(given, x)

    def layer(self, name: str, exact: np.ndarray, near: np.ndarray) -> tuple[Layer, np.ndarray, np.ndarray]:
        """The layer, and what it makes of both rows."""
        parts = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
        entered, joined, *made = self.read(exact, near, parts)
        mixed, output, *summed = self.read(*map(self.attention, made), [f"{name}.attention.output.dense"])
        scales = self.scales(made[1], mixed)
        exact, near = (self.norm(a + b, f"{name}.attention.output.LayerNorm") for a, b in zip((exact, near), summed))
        middle, up, *made = self.read(exact, near, [f"{name}.intermediate.dense"])
        gone = [layers.gelu(rows, self.config.activation) for rows in made]
        inner, down, *summed = self.read(*gone, [f"{name}.output.dense"])
        exact, near = (self.norm(a + b, f"{name}.output.LayerNorm") for a, b in zip((exact, near), summed))
        return Layer(entered, joined, *scales, mixed, output, middle, up, inner, down), exact, near

    def encoder(self, told=lambda line: None) -> Encoder:
        words, word_scale = quantize(self.tensors[WORDS], axis=1, limit=TABLE_LIMIT)
        word_scale = word_scale[:, 0]
        ids, types = self.sample.ids, self.sample.types
        places = np.concatenate([np.arange(length) for length in self.sample.lengths])
        rest = self.tensors[POSITIONS][places] + self.tensors[TYPES][types]
        exact = self.norm(self.tensors[WORDS][ids] + rest, "embeddings.LayerNorm")
        near = self.norm(words[ids] * word_scale[ids, None] + rest, "embeddings.LayerNorm")
        done = []
        for index in range(self.config.layers):
            layer, exact, near = self.layer(f"encoder.layer.{index}", exact, near)
            done.append(layer)
            told(f"layer {index}: cosine of the rows {cosine(exact, near):.5f}")
        return Encoder(words, word_scale, done)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    dots = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    return float(dots.mean())
