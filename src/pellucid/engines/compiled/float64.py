"""The names of :mod:`pellucid.core.elementary` in float64, by the C library.

This text is compiled as part of generated modules.
"""

import math

import numpy as np
from numba import njit

__all__ = [
    "absolute", "erf", "exp", "expm1", "heaviside", "log", "log1p", "maximum", "minimum", "sqrt", "tanh", "where",
]  # fmt: skip

REAL = np.float64
# Said, since Numba hands the caller's fastmath down: reordered, exp overflows and log1p is wrong.
EXACT = {"error_model": "numpy", "inline": "never", "fastmath": {"contract"}}


@njit(**EXACT)
def absolute(x):
    return abs(x)


@njit(**EXACT)
def where(condition, x, y):
    return x if condition else y


@njit(**EXACT)
def maximum(x, y):
    return y if (x < y) | (y != y) else x


@njit(**EXACT)
def minimum(x, y):
    return y if (x > y) | (y != y) else x


@njit(**EXACT)
def heaviside(x, at_zero):
    side = 1.0 if x > 0.0 else x  # NaN stays
    side = 0.0 if x < 0.0 else side
    return at_zero if x == 0.0 else side


@njit(**EXACT)
def sqrt(x):
    return np.sqrt(x)


@njit(**EXACT)
def exp(x):
    return np.exp(x)


@njit(**EXACT)
def expm1(x):
    return np.expm1(x)


@njit(**EXACT)
def log(x):
    return np.log(x)


@njit(**EXACT)
def log1p(x):
    return np.log1p(x)


@njit(**EXACT)
def tanh(x):
    return np.tanh(x)


@njit(**EXACT)
def erf(x):
    return math.erf(x)
