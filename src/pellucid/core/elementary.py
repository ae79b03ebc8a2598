"""The small language in which pellucid writes its element-wise equations.

An activation, a loss term or an optimizer's update is a plain function made of arithmetic, comparisons,
float literals (``1.0``, never ``1``; integers only as exponents), float module constants, other such
functions, and the names of this module. No ``np.``, no ``math.``, no ``if``, no ``where`` of two
literals. Such a function runs alike on scalars and arrays, keeps the dtype it is given, turns NaN into
NaN, and can be compiled as it stands: what the reader sees is what runs.
"""

from typing import Any

from numpy import (
    absolute,
    cos,
    exp,
    expm1,
    heaviside,
    log,
    log1p,
    maximum,
    minimum,
    pi,
    rint,
    sin,
    sqrt,
    tanh,
    where,
)
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
nearest = rint
FOR_LOOPS = ("cos_turn", "nearest", "sin_turn")  # of layers, in addition to these


def cos_turn(r: Any) -> Any:
    """Return cos(2πr) for |r| <= 1/2."""
    return cos(2.0 * pi * r)


def sin_turn(r: Any) -> Any:
    """Return sin(2πr) for |r| <= 1/2."""
    return sin(2.0 * pi * r)
