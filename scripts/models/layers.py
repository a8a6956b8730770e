"""The parts of a BERT encoder in numpy, over texts packed one behind the other: rows [tokens, width]."""

import math

from steady import np

# erf as cubic pieces between exact values: within 1e-11.
EDGE, PIECES = 6, 512  # beyond EDGE it is 1; pieces for each unit
BLOCK = 16384
_GRID = np.arange(-EDGE * PIECES, EDGE * PIECES + 1) / PIECES
_VALUES = np.array([math.erf(x) for x in _GRID])
_SLOPES = np.array([2 / math.sqrt(math.pi) * math.exp(-x * x) for x in _GRID]) / PIECES


def erf(x: np.ndarray) -> np.ndarray:
    """Block by block, so that what lies between stays in the cache."""
    result = np.empty_like(x)
    given, made = x.reshape(-1), result.reshape(-1)
    for begin in range(0, x.size, BLOCK):
        made[begin : begin + BLOCK] = _erf(given[begin : begin + BLOCK])
    return result


def _erf(x: np.ndarray) -> np.ndarray:
    at = (np.clip(x, -EDGE, EDGE) + EDGE) * PIECES
    left = np.minimum(at.astype(np.int32), len(_GRID) - 2)
    t = at - left
    a, b = _VALUES[left], _VALUES[left + 1]
    da, db = _SLOPES[left], _SLOPES[left + 1]
    rise = b - a
    return a + t * (da + t * (3 * rise - 2 * da - db + t * (da + db - 2 * rise)))


def gelu(x: np.ndarray, kind: str) -> np.ndarray:
    if kind == "gelu-tanh":
        return x * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))
    return x * 0.5 * (1 + erf(x * (1 / math.sqrt(2))))


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, epsilon: float) -> np.ndarray:
    centred = x - x.mean(-1, keepdims=True)
    spread = (centred * centred).mean(-1, keepdims=True)
    return centred / np.sqrt(spread + epsilon) * weight + bias


def softmax(x: np.ndarray) -> np.ndarray:
    shifted = np.exp(x - x.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def spans(lengths: list[int]) -> list[slice]:
    ends = np.cumsum(lengths).tolist()
    return [slice(end - length, end) for length, end in zip(lengths, ends)]


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray, lengths: list[int], heads: int) -> np.ndarray:
    """What each token takes from its own text's tokens; all [tokens, width]."""
    result = np.empty_like(v)
    width = v.shape[1] // heads
    for span in spans(lengths):
        for head in range(heads):
            at = slice(head * width, (head + 1) * width)
            shares = softmax(q[span, at] @ k[span, at].T * (1 / math.sqrt(width)))
            result[span, at] = shares @ v[span, at]
    return result
