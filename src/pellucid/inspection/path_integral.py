r"""Integral of a gradient along straight paths, refined until it is the difference of the values at their ends.

.. math:: F(x) - F(b) = \sum_j \int_0^1 (x_j - b_j)\, \partial_j F(b + t (x - b))\, dt

On every part of a path both sides are known, so the error of a quadrature is known exactly, not estimated:
the parts with the largest errors are halved until the rest is within the tolerance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

__all__ = ["integrated"]

Array = NDArray[np.float64]
Evaluate = Callable[[NDArray[np.intp], Array], tuple[Array, Array]]

_PLACES, _WEIGHTS = np.polynomial.legendre.leggauss(5)
PLACES, WEIGHTS = 0.5 * (_PLACES + 1.0), 0.5 * _WEIGHTS  # on (0, 1); the third place is the middle
MIDDLE = 2
MOST = 200  # parts of a path, on average
ROUNDS = 24  # of halving: parts shorter than 2⁻²⁴ of a path can only hold jumps


def integrated(evaluate: Evaluate, ends: Array, weight: Array, tolerance: float) -> tuple[Array, float]:
    """Return the weighted sum over paths of the integrals of each column, and the error of its total.

    Parameters
    ----------
    evaluate : callable
        From numbers of paths, shape (n,), and places on them in [0, 1], shape (n,), to the values, shape (n,),
        and the derivative along the path that each column contributes, shape (n, n_columns).
    ends : ndarray of shape (n_paths, 2)
        The values at both ends of each path.
    weight : ndarray of shape (n_paths,)
        Weights of the paths.
    tolerance : float
        The weighted sum of the absolute errors of all parts is within it, if the values are continuous.

    Returns
    -------
    total : ndarray of shape (n_columns,)
        The weighted sums.
    error : float
        The bound on the error that was reached.
    """
    parts = _Parts.of(evaluate, np.arange(len(ends)), np.zeros(len(ends)), np.ones(len(ends)), ends, weight)
    for _ in range(ROUNDS):
        if parts.error <= tolerance or len(parts.path) > MOST * len(ends):
            break
        order = np.argsort(-np.abs(parts.errors))
        beyond = np.sqrt(np.cumsum(parts.errors[order][::-1] ** 2)[::-1])  # of each part and all smaller ones
        n_worst = int(np.count_nonzero(beyond > 0.5 * tolerance))
        parts = parts.halved(order[: max(1, n_worst)], evaluate, weight)
    return weight[parts.path] @ parts.each, parts.error


@dataclass(frozen=True)
class _Parts:
    """Parts of paths, with their integrals and errors."""

    path: NDArray[np.intp]
    low: Array
    width: Array
    ends: Array
    middle: Array
    each: Array
    errors: Array

    @property
    def error(self) -> float:
        """The root of the sum of squares of the errors, or their sum if it is larger."""
        return float(max(np.sqrt(self.errors @ self.errors), abs(self.errors.sum())))

    @classmethod
    def of(
        cls, evaluate: Evaluate, path: NDArray[np.intp], low: Array, width: Array, ends: Array, weight: Array
    ) -> _Parts:
        """Integrate over parts of paths."""
        at = low[:, None] + width[:, None] * PLACES
        values, slopes = evaluate(np.repeat(path, len(PLACES)), at.ravel())
        each = np.einsum("g,sgc->sc", WEIGHTS, slopes.reshape(*at.shape, -1)) * width[:, None]
        errors = weight[path] * (ends[:, 1] - ends[:, 0] - each.sum(axis=1))
        return cls(path, low, width, ends, values.reshape(at.shape)[:, MIDDLE], each, errors)

    def halved(self, worst: NDArray[np.intp], evaluate: Evaluate, weight: Array) -> _Parts:
        """Return all parts, some of them in two halves."""
        path, half = np.tile(self.path[worst], 2), np.tile(self.width[worst] / 2, 2)
        low = np.concatenate([self.low[worst], self.low[worst] + self.width[worst] / 2])
        first = np.column_stack([self.ends[worst, 0], self.middle[worst]])
        second = np.column_stack([self.middle[worst], self.ends[worst, 1]])
        new = _Parts.of(evaluate, path, low, half, np.concatenate([first, second]), weight)
        kept = np.ones(len(self.path), bool)
        kept[worst] = False
        return _Parts(
            *(
                np.concatenate([getattr(self, field.name)[kept], getattr(new, field.name)])
                for field in fields(self)
            )
        )
