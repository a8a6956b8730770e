"""Weights to int8: one scale for each output, symmetric, within the bounds of AVX2.

The code for AVX2 without VNNI multiplies unsigned bytes by signed ones and adds two groups of four
products in 16 bits. In each group of 8 inputs one lane sums inputs 0, 1, 4, 5 and the other 2, 3, 6, 7.
So the positive weights of a lane may add up to at most LANE_LIMIT, and the negative ones to at least
-LANE_LIMIT: 255 * 128 fits into 16 bits, whatever the activations are. No weight is beyond LINEAR_LIMIT,
which keeps pairs of products within 16 bits as well.
"""

from steady import np

LINEAR_LIMIT = 64
LANE_LIMIT = 128
TABLE_LIMIT = 127
DAMPING = 0.01
BLOCK = 128


def quantize(weights: np.ndarray, axis: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 values and float32 scales; one scale for each slice that `axis` runs through."""
    largest = np.abs(weights).max(axis=axis, keepdims=True)
    scale = np.where(largest > 0, largest / limit, 1).astype(np.float32)
    values = np.clip(np.rint(weights / scale), -limit, limit).astype(np.int8)
    return values, scale


class Lanes:
    """How much each lane of 16 bits can still take, by output."""

    def __init__(self, inputs: int, outputs: int):
        self.left = np.full((-(-inputs // 8), 2, 2, outputs), float(LANE_LIMIT))

    def take(self, index: int, values: np.ndarray) -> np.ndarray:
        """The weights of one input, held within the bounds."""
        up, down = self.left[index // 8, index // 2 % 2]
        kept = np.clip(values, -np.minimum(LINEAR_LIMIT, down), np.minimum(LINEAR_LIMIT, up))
        up -= np.maximum(kept, 0)
        down -= np.maximum(-kept, 0)
        return kept


def damped(moments: np.ndarray) -> np.ndarray:
    return moments + DAMPING * np.mean(np.diag(moments)) * np.eye(len(moments))


def rounded(weights: np.ndarray, scale: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """int8 of [inputs, outputs] weights; `moments`: second moments of the inputs over calibration texts.

    One input after the other, the largest first. What rounding one does to the
    outputs is made up for by the inputs still to come, as far as they vary with it (Frantar et al.,
    "GPTQ", 2022).
    """
    inputs, outputs = weights.shape
    order = np.argsort(-np.diag(moments), kind="stable")
    inverse = np.linalg.inv(damped(moments[np.ix_(order, order)]))
    upper = np.linalg.cholesky((inverse + inverse.T) / 2).T
    left = weights[order] / scale
    values = np.zeros((inputs, outputs), np.int8)
    lanes = Lanes(inputs, outputs)
    for begin in range(0, inputs, BLOCK):
        end = min(begin + BLOCK, inputs)
        errors = np.zeros((end - begin, outputs))
        for i in range(begin, end):
            kept = lanes.take(order[i], np.rint(left[i]))
            values[order[i]] = kept
            errors[i - begin] = (left[i] - kept) / upper[i, i]
            left[i + 1 : end] -= np.outer(upper[i, i + 1 : end], errors[i - begin])
        left[end:] -= upper[begin:end, end:].T @ errors
    return values


def lanes_fit(values: np.ndarray) -> bool:
    """Whether [inputs, outputs] weights keep both bounds."""
    inputs, outputs = values.shape
    padded = np.zeros((-(-inputs // 8) * 8, outputs), np.int64)
    padded[:inputs] = values
    lanes = padded.reshape(-1, 2, 2, 2, outputs)  # group, half, lane, place, output
    sums = [np.maximum(sign * lanes, 0).sum(axis=(1, 3)).max() for sign in (1, -1)]
    return max(sums) <= LANE_LIMIT and np.abs(padded).max() <= LINEAR_LIMIT
