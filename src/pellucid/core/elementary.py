"""The small language in which pellucid writes its element-wise equations.

An activation, a loss term or an optimizer's update is a plain function made of arithmetic, comparisons,
float literals (``1.0``, never ``1``; integers only as exponents), float module constants, other such
functions, and the names of this module. No ``np.``, no ``math.``, no ``if``, no ``where`` of two
literals. Such a function runs alike on scalars and arrays, keeps the dtype it is given, turns NaN into
NaN, and can be compiled as it stands: what the reader sees is what runs.
"""

from numpy import absolute, exp, expm1, heaviside, log, log1p, maximum, minimum, sqrt, tanh, where
from scipy.special import erf

__all__ = [
    "absolute",
    "erf",
    "exp",
    "expm1",
    "heaviside",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "sqrt",
    "tanh",
    "where",
]
