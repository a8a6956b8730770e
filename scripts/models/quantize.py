"""The integers of an encoder, from its tensors and what calibration has seen.

The ranges of activations are fixed: a text's vector does not depend on the texts beside it.
"""

import dataclasses

from steady import np
from calibrate import Seen, SeenLayer, joined_of
from checkpoint import WORDS, Config
from rounding import LINEAR_LIMIT, TABLE_LIMIT, quantize, rounded
from smoothing import factors

# Shorts of attention: products of two of these, summed over a head, stay within 32 bits.
SCORE_LIMIT = {32: 8191, 64: 5792}
VALUE_LIMIT = 1023
VALUE_ROOM = 1.25  # how far beyond the largest seen a value may go


@dataclasses.dataclass
class Activation:
    """A byte is round(x / factor / step + zero), held within 0 to 255."""

    factor: np.ndarray  # [channels]
    step: float
    zero: int


@dataclasses.dataclass
class Linear:
    """(bytes - zero) * step @ values * scale + bias; the factors are in the values."""

    values: np.ndarray  # int8 [inputs, outputs]
    scale: np.ndarray  # [outputs]
    bias: np.ndarray  # [outputs]


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


def activation(seen: Seen, weight: np.ndarray) -> Activation:
    """Factors and range of what a layer with this weight [outputs, inputs] reads."""
    factor = factors(seen.low, seen.high, np.diag(seen.moments), weight)
    low, high = (seen.low / factor).min(), (seen.high / factor).max()
    step = float(max(high - low, 1e-6) / 255)
    return Activation(factor, step, round(-low / step))


def linear(x: Activation, seen: Seen, weight: np.ndarray, bias: np.ndarray) -> Linear:
    weights = (weight * x.factor).T.astype(np.float64)
    _, scale = quantize(weights, axis=0, limit=LINEAR_LIMIT)
    scale = scale[0].astype(np.float64)
    return Linear(rounded(weights, scale, seen.moments / np.outer(x.factor, x.factor)), scale, bias.astype(np.float64))


def read(seen: Seen, weight: np.ndarray, bias: np.ndarray) -> tuple[Activation, Linear]:
    x = activation(seen, weight)
    return x, linear(x, seen, weight, bias)


def scales(joined: np.ndarray, mixed: Activation, config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each head, what makes shorts of queries, keys and values."""
    q, k, v = np.split(joined.astype(np.float64), 3)
    q, k, v = (
        np.maximum(part.reshape(config.heads, -1).max(axis=1), 1e-6) for part in (q, k, v / mixed.factor)
    )
    half = SCORE_LIMIT[config.head_width] / 2
    return half / q, half / k, VALUE_LIMIT / (VALUE_ROOM * v)


def layer_of(tensors: dict[str, np.ndarray], config: Config, name: str, seen: SeenLayer) -> Layer:
    def of(module: str) -> tuple[np.ndarray, np.ndarray]:
        return tensors[f"{name}.{module}.weight"], tensors[f"{name}.{module}.bias"]

    entered, joined = read(seen.entered, joined_of(tensors, name, "weight"), joined_of(tensors, name, "bias"))
    mixed, output = read(seen.mixed, *of("attention.output.dense"))
    middle, up = read(seen.middle, *of("intermediate.dense"))
    inner, down = read(seen.inner, *of("output.dense"))
    return Layer(entered, joined, *scales(seen.joined, mixed, config), mixed, output, middle, up, inner, down)


def encoder_of(tensors: dict[str, np.ndarray], config: Config, seen: list[SeenLayer]) -> Encoder:
    words, word_scale = quantize(tensors[WORDS], axis=1, limit=TABLE_LIMIT)
    layers = [layer_of(tensors, config, f"encoder.layer.{index}", found) for index, found in enumerate(seen)]
    return Encoder(words, word_scale[:, 0], layers)
