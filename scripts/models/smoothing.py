"""By what each channel of an activation is divided before it becomes a byte; the weights that read it take it over.

A few channels with large values would use up the range of the bytes (Xiao et al., "SmoothQuant", 2022).
A larger factor makes the bytes of all channels finer and the weights of its own coarser, so the factors
are sought that lose least. What is lost, as a variance summed over the outputs (but for 1/12 everywhere):

    bytes    step² · Σ over channels (factor² · Σ over outputs weight²)
    weights  LEFT · Σ over outputs scale² · Σ over channels (mean square / factor²)

where step is the range of x / factor by 255, and scale the largest |weight · factor| of an output by 64.
The range is that of all that was seen: measured, any clipping loses more than finer bytes gain.
"""

from steady import np
from rounding import LINEAR_LIMIT

# The share of the rounding errors of weights that compensation leaves, about.
LEFT = 0.4
# Where the search begins: largest ** s / largest reading weight ** (1 - s), the best of these.
STRENGTHS = np.arange(50, 101, 5) / 100
STEPS, RATE = 250, 0.03
LOOK_EVERY = 10
SHARPNESS = 40.0  # of the smooth maxima that the search follows


class Loss:
    """Of one activation: low, high and mean square by channel, weight [outputs, inputs]."""

    def __init__(self, low: np.ndarray, high: np.ndarray, square: np.ndarray, weight: np.ndarray):
        self.low, self.high, self.square = low, high, square
        self.weight = np.abs(weight).astype(np.float64)
        self.power = (self.weight**2).sum(axis=0)
        self.log_weight = np.log(np.maximum(self.weight, 1e-9)).astype(np.float32)
        self.log_ends = [np.log(np.maximum(end, 1e-9)) for end in (high, -low)]

    def of(self, factor: np.ndarray) -> float:
        step = ((self.high / factor).max() - (self.low / factor).min()) / 255
        scale = (self.weight * factor).max(axis=1) / LINEAR_LIMIT
        by_bytes = step**2 * (factor**2 * self.power).sum()
        return by_bytes + LEFT * (scale**2).sum() * (self.square / factor**2).sum()

    def slope(self, log_factor: np.ndarray) -> np.ndarray:
        """Of the loss's logarithm, with the maxima made smooth."""
        factor2 = np.exp(2 * log_factor)
        ends, pulls = zip(*(smooth_max(end - log_factor) for end in self.log_ends))
        width = sum(ends)
        own = factor2 * self.power
        by_bytes = (width / 255) ** 2 * own.sum()
        bytes_slope = 2 * (width / 255) ** 2 * own
        bytes_slope -= 2 * by_bytes / width * sum(end * pull for end, pull in zip(ends, pulls))
        top, pull = smooth_max(self.log_weight + log_factor.astype(np.float32))
        scale2 = (top[:, 0].astype(np.float64) / LINEAR_LIMIT) ** 2
        share = self.square / factor2
        by_weights = LEFT * scale2.sum() * share.sum()
        weights_slope = 2 * LEFT * ((scale2 @ pull) * share.sum() - scale2.sum() * share)
        return (bytes_slope + weights_slope) / (by_bytes + by_weights)


def smooth_max(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest of numbers given by their logarithms, along the last axis, and how much each has part in it."""
    top = logs.max(axis=-1, keepdims=True)
    parts = np.exp(logs.dtype.type(SHARPNESS) * (logs - top))
    return np.exp(top), parts / parts.sum(axis=-1, keepdims=True)


def factors(low: np.ndarray, high: np.ndarray, square: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """A factor for each channel of what a layer with this weight [outputs, inputs] reads."""
    loss = Loss(low, high, square, weight)
    largest = np.maximum(np.maximum(-low, high), 1e-3)
    reader = np.maximum(loss.weight.max(axis=0), 1e-4)
    begun = [largest**strength / reader ** (1 - strength) for strength in STRENGTHS]
    best = min((factor / np.exp(np.log(factor).mean()) for factor in begun), key=loss.of)
    least = loss.of(best)
    at = np.log(best)
    mean, spread = np.zeros_like(at), np.zeros_like(at)
    for step in range(1, STEPS + 1):  # Adam (Kingma and Ba, 2015), its rate falling to nothing
        slope = loss.slope(at)
        mean = 0.9 * mean + 0.1 * slope
        spread = 0.99 * spread + 0.01 * slope**2
        move = mean / (1 - 0.9**step) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-9)
        at = at - RATE * (1 - (step - 1) / STEPS) * move
        if step % LOOK_EVERY == 0 and loss.of(np.exp(at)) < least:
            best = np.exp(at)
            least = loss.of(best)
    return best
