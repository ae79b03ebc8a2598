"""Sets of numbers: what an activation puts out, what a loss takes, what targets may be."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

__all__ = ["NON_NEGATIVE", "POSITIVE", "REAL", "SIMPLEX", "UNIT", "UNIT_CLOSED", "Interval"]


@dataclass(frozen=True)
class Interval:
    """An interval of the real line, or (``simplex=True``) rows of positive numbers that sum to one.

    Parameters
    ----------
    low, high : float
        The ends.
    closed : {"", "low", "high", "both"}, default=""
        The ends that belong to it.
    simplex : bool, default=False
        True if each row, besides, sums to one.

    Examples
    --------
    >>> Interval(0.0, 1.0).within(Interval(0.0, 1.0, "both"))
    True
    >>> str(Interval(0.0, float("inf"), "low"))
    '[0, inf)'
    """

    low: float
    high: float
    closed: str = ""
    simplex: bool = False

    def within(self, other: "Interval") -> bool:
        """Return whether every number of this interval belongs to another.

        Parameters
        ----------
        other : Interval
            The other.

        Returns
        -------
        bool
            True if the interval contains the number.
        """
        if other.simplex and not self.simplex:
            return False
        low_fits = self.low > other.low or (self.low == other.low and (other.has_low or not self.has_low))
        high_fits = self.high < other.high or (
            self.high == other.high and (other.has_high or not self.has_high)
        )
        return low_fits and high_fits

    def contains(self, values: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return whether each entry lies in the interval; sums are not looked at.

        Parameters
        ----------
        values : ndarray
            Numbers.

        Returns
        -------
        ndarray of bool
            Of the same shape; False for NaN.
        """
        above = (values >= self.low) if self.has_low else (values > self.low)
        below = (values <= self.high) if self.has_high else (values < self.high)
        return np.asarray(above & below)

    @property
    def has_low(self) -> bool:
        """True if the lower end belongs to the interval."""
        return self.closed in ("low", "both")

    @property
    def has_high(self) -> bool:
        """True if the upper end belongs to the interval."""
        return self.closed in ("high", "both")

    def __str__(self) -> str:
        if self.simplex:
            return "positive rows that sum to 1"
        if self == REAL:
            return "the real numbers"
        left, right = "[" if self.has_low else "(", "]" if self.has_high else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"


REAL = Interval(-inf, inf)
POSITIVE = Interval(0.0, inf)
NON_NEGATIVE = Interval(0.0, inf, "low")
UNIT = Interval(0.0, 1.0)
UNIT_CLOSED = Interval(0.0, 1.0, "both")
SIMPLEX = Interval(0.0, 1.0, simplex=True)
