"""The polynomials in native/core/encoder/body_rows.inc. Run: python fit_encoder.py

Phi is approached by 1/2 + z * p(z * z), z being x clipped to +-END. At +-END it is held to 1 and 0, so
that a large x keeps no error. 2^f is approached over [-1/2, 1/2] by its relative error. Both by
weighted least squares whose weights grow where the error is largest (Lawson, 1961).
"""

import math

import numpy as np

END = 4.0
POINTS = 4000


def approach(basis: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients with about the least largest |basis @ c - target| * weight."""
    emphasis = np.ones(len(target))
    best, least = None, math.inf
    for _ in range(600):
        by = weight * np.sqrt(emphasis)
        found = np.linalg.lstsq(basis * by[:, None], target * by, rcond=None)[0]
        error = np.abs(basis @ found - target) * weight
        if error.max() < least:
            best, least = found, error.max()
        emphasis *= error / error.max() + 1e-3
        emphasis /= emphasis.sum()
    return best


def phi(x: np.ndarray) -> np.ndarray:
    return np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in x])


def phi_tanh(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def fit_phi(kind, degree: int) -> np.ndarray:
    """Coefficients of p, lowest power first; p(u) = p(END^2) + (u - END^2) * s(u)."""
    x = np.linspace(1e-3, END, POINTS)
    u = x * x
    end = 0.5 / END
    s = approach((u - END * END)[:, None] * u[:, None] ** np.arange(degree), (kind(x) - 0.5) / x - end, u)
    p = np.zeros(degree + 1)
    p[0] = end
    p[1:] += s
    p[:-1] -= END * END * s
    return p


def largest_error(kind, p: np.ndarray) -> float:
    x = np.linspace(-12, 12, 240001)
    z = np.clip(x, -END, END).astype(np.float32).astype(np.float64)
    return np.abs(x * (0.5 + z * np.polyval(p[::-1], z * z)) - x * kind(x)).max()


def main() -> None:
    for name, kind in (("GELU", phi), ("GELU by tanh", phi_tanh)):
        for degree in (5, 6, 7):
            p = fit_phi(kind, degree).astype(np.float32).astype(np.float64)
            print(f"{name}, degree {degree}: off by at most {largest_error(kind, p):.1e}")
            print("   ", ", ".join(f"{v:.9g}f" for v in p[::-1]))
    f = np.linspace(-0.5, 0.5, POINTS + 1)
    for degree in (3, 4):
        p = approach(f[:, None] ** np.arange(degree + 1), 2**f, 2**-f).astype(np.float32)
        error = np.abs(np.polyval(p[::-1].astype(np.float64), f) / 2**f - 1).max()
        print(f"2^f, degree {degree}: relative error at most {error:.1e}")
        print("   ", ", ".join(f"{v:.9g}f" for v in p[::-1]))


if __name__ == "__main__":
    main()
