"""Weights as int8 with scales, symmetric, in numpy."""

import numpy as np

# 7 bits: on CPUs with AVX2 and without VNNI the product of an unsigned and a signed byte is summed
# in pairs into 16 bits. 255 * 64 * 2 = 32,640 fits; 255 * 127 * 2 does not, and saturates.
LINEAR_LIMIT = 64
TABLE_LIMIT = 127


def quantize(weights: np.ndarray, axis: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """int8 values and float32 scales; one scale for each slice that `axis` runs through."""
    largest = np.abs(weights).max(axis=axis, keepdims=True)
    scale = np.where(largest > 0, largest / limit, 1).astype(np.float32)
    values = np.clip(np.rint(weights / scale), -limit, limit).astype(np.int8)
    return values, scale
