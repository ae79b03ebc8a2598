"""Ranges of numbers that were rounded on the way: the arithmetic for judging rounded answers.

A student may round any result to the decimals that the sheet asks for, or keep more of them. So a result that
is used again is known only to lie in a range. The formulas of an exercise run on plain arrays, and unchanged
on arrays of ranges; every product, sum and function value may have been rounded before it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Range", "Value", "around", "is_short", "stack", "through"]

Array = NDArray[np.floating]
SLACK = 1e-9  # share of a unit of the last decimal that floating point may lose
MORE = 6  # decimals beyond those asked for that are still told apart


class Range:
    """Array of ranges, each from ``low`` to ``high``.

    Parameters
    ----------
    low, high : ndarray
        The ends, of the same shape.
    digits : int
        The decimals to which results may be rounded.

    Examples
    --------
    >>> x = around(np.array([0.996]), 3)
    >>> slope = x * (1.0 - x)
    >>> bool(slope.low < 0.003984 < slope.high)
    True
    """

    __array_ufunc__ = None  # so that ndarray + Range calls the range

    def __init__(self, low: Any, high: Any, digits: int) -> None:
        self.low, self.high = np.asarray(low, float), np.asarray(high, float)
        self.digits = digits

    def rounded(self) -> Range:
        """Return the ranges widened to what rounding to that many decimals, or to more, may give.

        Rounding is monotone, and leaves an end that has no more decimals unchanged.
        """
        half = 0.5 * 10.0**-self.digits
        low = np.where(is_short(self.low, self.digits), self.low, self.low - half)
        high = np.where(is_short(self.high, self.digits), self.high, self.high + half)
        return Range(low, high, self.digits)

    def holds(self, values: Array) -> NDArray[np.bool_]:
        """Return which of some numbers lie in their range; NaN does not."""
        slack = SLACK * 10.0**-self.digits + 1e-12 * np.abs(values)
        return np.asarray((values >= self.low - slack) & (values <= self.high + slack))

    # ---- arithmetic -----------------------------------------------------------------------------------

    def __add__(self, other: Value) -> Range:
        low, high = ends(other)
        return Range(self.low + low, self.high + high, self.digits)

    def __neg__(self) -> Range:
        return Range(-self.high, -self.low, self.digits)

    def __sub__(self, other: Value) -> Range:
        return self + (-other)

    def __rsub__(self, other: Value) -> Range:
        return -self + other

    def __mul__(self, other: Value) -> Range:
        low, high = ends(other)
        products = [self.low * low, self.low * high, self.high * low, self.high * high]
        return Range(np.minimum.reduce(products), np.maximum.reduce(products), self.digits).rounded()

    def __truediv__(self, other: Value) -> Range:
        low, high = ends(other)  # positive, or negative, throughout
        parts = [self.low / low, self.low / high, self.high / low, self.high / high]
        return Range(np.minimum.reduce(parts), np.maximum.reduce(parts), self.digits).rounded()

    def __matmul__(self, other: Value) -> Range:
        other = other if isinstance(other, Range) else Range(other, other, self.digits)
        return (self[:, :, None] * other[None, :, :]).sum(1)

    def __rmatmul__(self, other: Array) -> Range:
        return Range(other, other, self.digits) @ self

    __radd__, __rmul__ = __add__, __mul__

    # ---- shape ----------------------------------------------------------------------------------------

    def __getitem__(self, place: Any) -> Range:
        return Range(self.low[place], self.high[place], self.digits)

    @property
    def T(self) -> Range:  # noqa: N802
        """The transpose."""
        return Range(self.low.T, self.high.T, self.digits)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of both ends."""
        return self.low.shape

    def sum(self, axis: int, *, keepdims: bool = False) -> Range:
        """Return sums along an axis."""
        low, high = self.low.sum(axis, keepdims=keepdims), self.high.sum(axis, keepdims=keepdims)
        return Range(low, high, self.digits).rounded()


Value = Array | Range
"""An array, or an array of ranges: what a formula takes and returns."""


def ends(value: Any) -> tuple[Any, Any]:
    """Return the lower and the upper ends of a value."""
    return (value.low, value.high) if isinstance(value, Range) else (value, value)


def is_short(values: Any, digits: int) -> NDArray[np.bool_]:
    """Return which numbers have no more than the given decimals."""
    return np.asarray(np.abs(values - np.round(values, digits)) < SLACK * 10.0**-digits)


def around(values: Array, digits: int) -> Range:
    """Return the ranges of numbers as they were written, with at least the given decimals."""
    half = np.zeros(np.shape(values))
    for written in range(digits + MORE, digits - 1, -1):
        half = np.where(is_short(values, written), 0.5 * 10.0**-written, half)
    return Range(values - half, values + half, digits)


def stack(*parts: Value) -> Any:
    """Return values one below the other."""
    ranges = [part for part in parts if isinstance(part, Range)]
    if not ranges:
        return np.vstack(parts)  # type: ignore[arg-type]
    lows, highs = zip(*map(ends, parts), strict=True)
    return Range(np.vstack(lows), np.vstack(highs), ranges[0].digits)


def through(value: Value, function: Callable[[Any], Any], *, falling: bool = False) -> Any:
    """Return a monotone function of a value, whose result may be rounded."""
    if not isinstance(value, Range):
        return function(value)
    first, last = (value.high, value.low) if falling else (value.low, value.high)
    return Range(function(first), function(last), value.digits).rounded()
