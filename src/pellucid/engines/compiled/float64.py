"""The names of :mod:`pellucid.core.elementary` in float64.

This text is compiled as part of generated modules. ``exp``, ``expm1`` and ``tanh`` are series on a reduced
argument, so that a loop over them vectorizes; ``log``, ``log1p`` and ``erf`` are the C library's.

References
----------
W. J. Cody and W. Waite (1980), Software Manual for the Elementary Functions: the reduction of exp.
"""

import math

import numpy as np
from numba import njit

from pellucid.engines.compiled.intrinsics import as_float64, as_int64

__all__ = [
    "absolute", "erf", "exp", "expm1", "heaviside", "log", "log1p", "maximum", "minimum", "sqrt", "tanh", "where",
]  # fmt: skip

REAL = np.float64
# Said, since Numba hands the caller's fastmath down: reordered, exp overflows and log1p is wrong.
EXACT = {"error_model": "numpy", "inline": "never", "forceinline": True, "fastmath": {"contract"}}

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693145751953125, 1.4286068203094173e-06
TWO_PI = 6.283185307179586
LARGEST_EXPONENT, SMALLEST_EXPONENT = 709.782712893384, -745.1332191019412


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
def _expm1_reduced(r):
    """Return exp(r) - 1 for |r| <= ln(2)/2, by the first terms of its series."""
    p = 1.6059043836821613e-10
    p = p * r + 2.08767569878681e-09
    p = p * r + 2.505210838544172e-08
    p = p * r + 2.755731922398589e-07
    p = p * r + 2.7557319223985893e-06
    p = p * r + 2.48015873015873e-05
    p = p * r + 0.0001984126984126984
    p = p * r + 0.001388888888888889
    p = p * r + 0.008333333333333333
    p = p * r + 0.041666666666666664
    p = p * r + 0.16666666666666666
    p = p * r + 0.5
    return p * r * r + r


@njit(**EXACT)
def _power(n):
    """Return 2**n for a whole n between -1022 and 1023, by its exponent field.

    Added to 1.5 * 2**52, a whole number stands in the last bits; a conversion would not vectorize.
    """
    return as_float64((as_int64(n + 6755399441055744.0) + np.int64(1023)) << np.int64(52))


@njit(**EXACT)
def exp(x):
    clipped = LARGEST_EXPONENT if x > LARGEST_EXPONENT else x
    clipped = SMALLEST_EXPONENT if clipped < SMALLEST_EXPONENT else clipped
    n = np.floor(clipped * LOG2_E + 0.5)
    r = clipped - n * LN2_HIGH - n * LN2_LOW
    half = np.floor(0.5 * n)  # in two factors, since n reaches 1024 and falls to -1075
    value = (_expm1_reduced(r) + 1.0) * _power(half) * _power(n - half)
    value = np.inf if x > LARGEST_EXPONENT else value
    value = 0.0 if x < SMALLEST_EXPONENT else value
    return x if x != x else value


@njit(**EXACT)
def _expm1_near(x):
    """Return exp(x) - 1 as 2**n (exp(r) - 1) + (2**n - 1), for |x| <= 40."""
    n = np.floor(x * LOG2_E + 0.5)
    power = _power(n)
    return power * _expm1_reduced(x - n * LN2_HIGH - n * LN2_LOW) + (power - 1.0)


@njit(**EXACT)
def expm1(x):
    t = 40.0 if x > 40.0 else x
    t = -40.0 if t < -40.0 else t
    near = _expm1_near(t)
    far = exp(x)  # beyond 40 the 1 is lost in it
    value = far if x > 40.0 else near
    return x if x != x else value


@njit(**EXACT)
def log(x):
    return np.log(x)


@njit(**EXACT)
def log1p(x):
    return np.log1p(x)


@njit(**EXACT)
def tanh(x):
    t = 20.0 if abs(x) > 20.0 else abs(x)
    e = _expm1_near(2.0 * t)
    value = e / (e + 2.0)
    value = -value if x < 0.0 else value
    return x if x != x else value


@njit(**EXACT)
def erf(x):
    return math.erf(x)


@njit(**EXACT)
def cos_turn(r):
    return math.cos(TWO_PI * r)


@njit(**EXACT)
def sin_turn(r):
    return math.sin(TWO_PI * r)


@njit(**EXACT)
def nearest(x):
    return np.rint(x)
