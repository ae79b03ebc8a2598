r"""Exponential, logarithm and probabilities that keep the order of their arguments in every bit.

A library's exponential is accurate except for its last bit, so :math:`e^x > e^y` is possible for x < y. Here x is
first rounded to a multiple of :math:`2^{-30}`. Between two of these the exponential grows by a million times its
error, and equal arguments have equal results: only additions, products and quotients are used, which are rounded
in the same way on every machine and at every place of an array.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "RISING_OUTPUTS",
    "cooled_in_order",
    "rising_exp",
    "rising_log",
    "rising_logistic",
    "rising_softmax",
]

Array = NDArray[Any]
GRID = 2.0**30
FAR = 800.0  # beyond which the exponential is 0 or infinite
LN2, LN2_REST = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # their sum; the first has 32 bits
EXP = [1.0 / factorial(k) for k in range(13, -1, -1)]
ATANH = [1.0 / k for k in range(23, 0, -2)]


def _polynomial(x: Array, coefficients: list[float]) -> Array:
    total = np.full(x.shape, coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total


def rising_exp(x: Array) -> Array:
    r"""Return :math:`e^x` within a relative error of :math:`2^{-31}`; it never falls where x rises.

    Parameters
    ----------
    x : ndarray
        Numbers.

    Returns
    -------
    ndarray
        In float64.

    Examples
    --------
    >>> import numpy as np
    >>> rising_exp(np.array([-np.inf, 0.0, 1.0])).round(6)
    array([0.      , 1.      , 2.718282])
    """
    x = np.rint(np.clip(np.asarray(x, np.float64), -FAR, FAR) * GRID) / GRID
    n = np.rint(x / (LN2 + LN2_REST))
    rest = (x - n * LN2) - n * LN2_REST
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return np.asarray(np.ldexp(_polynomial(rest, EXP), n.astype(np.int32)))


def rising_log(x: Array) -> Array:
    r"""Return :math:`\log x`, with x rounded to 30 bits; it never falls where x rises.

    Parameters
    ----------
    x : ndarray
        Finite numbers >= 0.

    Returns
    -------
    ndarray
        In float64; -inf for 0.

    Examples
    --------
    >>> import numpy as np
    >>> rising_log(np.array([0.0, 1.0, 2.0])).round(6)
    array([    -inf, 0.      , 0.693147])
    """
    x = np.asarray(x, np.float64)
    part, n = np.frexp(x)
    part = np.rint(part * GRID) / GRID
    is_low = part < 0.7071
    part, n = np.where(is_low, 2.0 * part, part), n - is_low
    s = (part - 1.0) / (part + 1.0)
    log = 2.0 * s * _polynomial(s * s, ATANH) + n * (LN2 + LN2_REST)
    return np.where(x == 0.0, -np.inf, log)


def rising_logistic(z: Array) -> Array:
    r"""Return :math:`1 / (1 + e^{-z})`; it never falls where z rises.

    The smaller of p and 1 - p is computed, and the other from it, so that both add up to exactly 1.

    Parameters
    ----------
    z : ndarray
        Log-odds.

    Returns
    -------
    ndarray
        In float64.
    """
    z = np.asarray(z, np.float64)
    smaller = 1.0 / (1.0 + rising_exp(np.abs(z)))
    return np.where(z < 0.0, smaller, 1.0 - smaller)


def _pair(odds: Array) -> Array:
    """Return the probabilities of two classes, given the log-odds of the second; they add up to exactly 1."""
    return np.column_stack([rising_logistic(-odds), rising_logistic(odds)])


def rising_softmax(z: Array) -> Array:
    """Return the softmax of two scores: the second never falls where its score rises and the other falls.

    Parameters
    ----------
    z : ndarray of shape (n_rows, 2)
        Scores.

    Returns
    -------
    ndarray of shape (n_rows, 2)
        In float64; each row adds up to exactly 1.
    """
    z = np.asarray(z, np.float64)
    return _pair(z[:, 1] - z[:, 0])


RISING_OUTPUTS = {"softmax": rising_softmax, "logistic": rising_logistic, "exp": rising_exp}


def cooled_in_order(probabilities: Array, temperature: float, *, exclusive: bool) -> Array:
    r"""Return probabilities at another temperature, as :func:`cooled` does, with the order exact to the last bit.

    .. math:: \log\frac{p'}{1 - p'} = \frac1T \log\frac p{1 - p}

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_outputs)
        Of two classes, or each of a label.
    temperature : float
        T > 0.
    exclusive : bool
        True for two classes.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
        The same at temperature T.
    """
    if exclusive:
        return _pair((rising_log(probabilities[:, 1]) - rising_log(probabilities[:, 0])) / temperature)
    return rising_logistic((rising_log(probabilities) - rising_log(1.0 - probabilities)) / temperature)
