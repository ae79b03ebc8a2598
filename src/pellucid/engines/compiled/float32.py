"""The names of :mod:`pellucid.core.elementary` in float32, written so that a loop over them vectorizes.

This text is compiled as part of generated modules. The C library's functions stand in a loop as calls, one
number at a time; a polynomial does not. Each agrees with the exact value to a few units in the last place,
keeps NaN, and reaches infinity and zero where float32 does.

References
----------
S. Moshier, Cephes Mathematical Library: ``expf``, ``logf`` (ranges and polynomials).
Eigen, ``generic_fast_tanh_float`` and ``generic_fast_erf_float`` (rational minimax coefficients).
"""

import numpy as np
from numba import njit

from pellucid.engines.compiled.intrinsics import as_float32, as_int32

__all__ = [
    "absolute", "erf", "exp", "expm1", "heaviside", "log", "log1p", "maximum", "minimum", "sqrt", "tanh", "where",
]  # fmt: skip

REAL = np.float32
# Said, since Numba hands the caller's fastmath down: reordered, exp overflows and log1p is wrong.
EXACT = {"error_model": "numpy", "inline": "never", "forceinline": True, "fastmath": {"contract"}}

LOG2_E = REAL(1.44269504088896341)
LN2_HIGH, LN2_LOW = REAL(0.693359375), REAL(-2.12194440e-4)
LARGEST_EXPONENT, SMALLEST_EXPONENT = REAL(89.0), REAL(-104.0)  # of exp: infinity and 0
SQRT_HALF = REAL(0.707106781186547524)


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
    side = REAL(1.0) if x > REAL(0.0) else x  # NaN stays
    side = REAL(0.0) if x < REAL(0.0) else side
    return at_zero if x == REAL(0.0) else side


@njit(**EXACT)
def sqrt(x):
    return np.sqrt(x)


@njit(**EXACT)
def parts_of_exp(x):
    """Return p and two powers of 2 with exp(x) = (1 + p) times both.

    Where x is clipped, the powers overflow to infinity or fall to 0 by themselves; NaN passes.
    """
    clipped = LARGEST_EXPONENT if x > LARGEST_EXPONENT else x
    clipped = SMALLEST_EXPONENT if clipped < SMALLEST_EXPONENT else clipped
    n = np.floor(clipped * LOG2_E + REAL(0.5))
    r = clipped - n * LN2_HIGH - n * LN2_LOW
    p = REAL(1.9875691500e-4)
    p = p * r + REAL(1.3981999507e-3)
    p = p * r + REAL(8.3334519073e-3)
    p = p * r + REAL(4.1665795894e-2)
    p = p * r + REAL(1.6666665459e-1)
    p = p * r + REAL(5.0000001201e-1)
    p = p * r * r + r
    # 2**n in two factors, since n reaches 128 and falls to -150, beyond what one exponent field holds.
    exponent = np.int32(n)
    half = exponent >> np.int32(1)
    power_1 = as_float32((half + np.int32(127)) << np.int32(23))
    power_2 = as_float32((exponent - half + np.int32(127)) << np.int32(23))
    return p, power_1, power_2


@njit(**EXACT)
def exp(x):
    p, power_1, power_2 = parts_of_exp(x)
    return (p + REAL(1.0)) * power_1 * power_2


@njit(**EXACT)
def expm1(x):
    # 2**n (1 + p) - 1 = 2**n p + (2**n - 1); a loop that takes exp too computes the parts once.
    p, power_1, power_2 = parts_of_exp(x)
    power = power_1 * power_2
    near = p * power + (power - REAL(1.0))
    return near if x < REAL(32.0) else (p + REAL(1.0)) * power_1 * power_2


@njit(**EXACT)
def log(x):
    # x = m 2**e with m in [sqrt(1/2), sqrt(2)); a denormal x is scaled up first.
    tiny = x < REAL(1.17549435e-38)
    scaled = x * REAL(8388608.0) if tiny else x
    bits = as_int32(scaled)
    e = REAL((bits >> np.int32(23)) - np.int32(126)) - (REAL(23.0) if tiny else REAL(0.0))
    m = as_float32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F000000))
    low = m < SQRT_HALF
    e = e - REAL(1.0) if low else e
    t = (m + m if low else m) - REAL(1.0)
    square = t * t
    p = REAL(7.0376836292e-2)
    p = p * t - REAL(1.1514610310e-1)
    p = p * t + REAL(1.1676998740e-1)
    p = p * t - REAL(1.2420140846e-1)
    p = p * t + REAL(1.4249322787e-1)
    p = p * t - REAL(1.6668057665e-1)
    p = p * t + REAL(2.0000714765e-1)
    p = p * t - REAL(2.4999993993e-1)
    p = p * t + REAL(3.3333331174e-1)
    value = p * t * square + e * LN2_LOW - REAL(0.5) * square + t + e * LN2_HIGH
    value = x if (x == REAL(np.inf)) | (x != x) else value
    value = REAL(-np.inf) if x == REAL(0.0) else value
    return REAL(np.nan) if x < REAL(0.0) else value


@njit(**EXACT)
def log1p(x):
    # W. Kahan's correction: log(u) is that of a rounded u = 1 + x; x / (u - 1) puts the rounding right.
    u = REAL(1.0) + x
    v = u - REAL(1.0)
    corrected = log(u) * (x / (REAL(1.0) if v == REAL(0.0) else v))
    corrected = x if v == REAL(0.0) else corrected
    return x if x == REAL(np.inf) else corrected


@njit(**EXACT)
def tanh(x):
    t = REAL(7.90531110763549805) if x > REAL(7.90531110763549805) else x
    t = REAL(-7.90531110763549805) if t < REAL(-7.90531110763549805) else t
    s = t * t
    p = REAL(-2.76076847742355e-16)
    p = p * s + REAL(2.00018790482477e-13)
    p = p * s + REAL(-8.60467152213735e-11)
    p = p * s + REAL(5.12229709037114e-08)
    p = p * s + REAL(1.48572235717979e-05)
    p = p * s + REAL(6.37261928875436e-04)
    p = p * s + REAL(4.89352455891786e-03)
    q = REAL(1.19825839466702e-06)
    q = q * s + REAL(1.18534705686654e-04)
    q = q * s + REAL(2.26843463243900e-03)
    q = q * s + REAL(4.89352518554385e-03)
    value = t * p / q
    value = x if abs(x) < REAL(4e-4) else value
    value = (
        REAL(1.0) if (x > REAL(9.02)) | (value > REAL(1.0)) else value
    )  # exactly, since mish multiplies 1 - t*t
    return REAL(-1.0) if (x < REAL(-9.02)) | (value < REAL(-1.0)) else value


@njit(**EXACT)
def erf(x):
    t = REAL(4.0) if x > REAL(4.0) else x
    t = REAL(-4.0) if t < REAL(-4.0) else t
    s = t * t
    p = REAL(-2.72614225801306e-10)
    p = p * s + REAL(2.77068142495902e-08)
    p = p * s + REAL(-2.10102402082508e-06)
    p = p * s + REAL(-5.69250639462346e-05)
    p = p * s + REAL(-7.34990630326855e-04)
    p = p * s + REAL(-2.95459980854025e-03)
    p = p * s + REAL(-1.60960333262415e-02)
    q = REAL(-1.45660718464996e-05)
    q = q * s + REAL(-2.13374055278905e-04)
    q = q * s + REAL(-1.68282697438203e-03)
    q = q * s + REAL(-7.37332916720468e-03)
    q = q * s + REAL(-1.42647390514189e-02)
    value = t * p / q
    value = x * REAL(1.1283791670955126) if abs(x) < REAL(2e-4) else value  # 2/sqrt(pi)
    value = REAL(1.0) if value > REAL(1.0) else value
    return REAL(-1.0) if value < REAL(-1.0) else value


@njit(**EXACT)
def cos_turn(r):
    """Return cos(2πr) for |r| <= 1/2, to 4e-7: a polynomial in r², fitted at Chebyshev's points."""
    s = r * r
    p = REAL(6.52865815859772)
    p = p * s + REAL(-25.967599246353988)
    p = p * s + REAL(60.16763095031856)
    p = p * s + REAL(-85.45013953079334)
    p = p * s + REAL(64.93911745988933)
    p = p * s + REAL(-19.739204499453727)
    return p * s + REAL(1.0)


@njit(**EXACT)
def sin_turn(r):
    """Return sin(2πr) for |r| <= 1/2, to 4e-7, likewise."""
    s = r * r
    p = REAL(3.238137505559824)
    p = p * s + REAL(-14.899846664237026)
    p = p * s + REAL(42.025926984683025)
    p = p * s + REAL(-76.70301535367784)
    p = p * s + REAL(81.60513138578506)
    p = p * s + REAL(-41.341700405317205)
    return r * (p * s + REAL(6.2831853025115))


@njit(**EXACT)
def nearest(x):
    return np.rint(x)
