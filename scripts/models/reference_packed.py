"""What a file of packed weights means, in plain numpy: every integer as in native/core/encoder.

Sums of integers are exact here; what lies between is in double precision, so a result differs from the
C++ one where a number falls on the other side of a rounding.
"""

from steady import np
import layers
from quantize import SCORE_LIMIT, VALUE_LIMIT

SHARE_LIMIT = 16383


def bytes_of(x: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(x), 0, 255)


def linear(given: np.ndarray, layer: dict) -> np.ndarray:
    """Sums of bytes times weights, exact in double precision, then scaled."""
    return given @ layer["values"].astype(np.float64) * layer["scale"] + layer["bias"]


def norm(x: np.ndarray, of: dict, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """The rows and their bytes."""
    y = layers.layer_norm(x, of["weight"].astype(np.float64), of["bias"], epsilon)
    return y, bytes_of(y * of["factor"] + of["zero"])


def mixed(joined: np.ndarray, layer: dict, config) -> np.ndarray:
    """Bytes of what each token of one text takes from the others, head by head."""
    width = config.head_width
    limit = SCORE_LIMIT[width]
    result = np.empty((len(joined), config.width))
    for head in range(config.heads):
        q, k, v = (np.rint(part) for part in np.split(joined[:, 3 * width * head : 3 * width * (head + 1)], 3, axis=1))
        q, k, v = np.clip(q, -limit, limit), np.clip(k, -limit, limit), np.clip(v, -VALUE_LIMIT, VALUE_LIMIT)
        scores = q @ k.T * layer["score_scale"][head]
        shares = np.rint(SHARE_LIMIT * np.exp2(scores - scores.max(axis=1, keepdims=True)))
        taken = shares @ v / shares.sum(axis=1, keepdims=True)
        result[:, width * head : width * (head + 1)] = bytes_of(taken * layer["mixed_scale"][head] + layer["zeros"][1])
    return result


def encode(ids: list[int], config, parts: dict, types: list[int] | None = None) -> np.ndarray:
    """The token vectors of one text."""
    x = parts["words"][ids] * parts["word_scale"][ids, None].astype(np.float64) + parts["positions"][: len(ids)]
    if config.types == 2:
        x = x + parts["types"][types or [0] * len(ids)]
    x, given = norm(x, parts["norm"], config.epsilon)
    for layer in parts["layers"]:
        given = mixed(linear(given, layer["joined"]), layer, config)
        x, given = norm(x + linear(given, layer["output"]), layer["after_attention"], config.epsilon)
        inner = layers.gelu(linear(given, layer["up"]), config.activation)
        given = bytes_of(inner * layer["inner_factor"] + layer["zeros"][0])
        x, given = norm(x + linear(given, layer["down"]), layer["after_inner"], config.epsilon)
    return x


def embed(ids: list[int], config, parts: dict, types: list[int] | None = None) -> np.ndarray:
    x = encode(ids, config, parts, types)
    if config.head == "vector":
        row = x.mean(axis=0) if config.pooled == "mean" else x[0]
        return row / max(np.linalg.norm(row), 1e-12)
    row = x[0]
    if config.head == "pooler":
        weight, bias = parts["pooler"]
        row = np.tanh(weight @ row + bias)
    weight, bias = parts["classifier"]
    return weight @ row + bias
