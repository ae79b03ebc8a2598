r"""Linear separability and the widest margin, both for rows :math:`z_i = y_i (x_i, 1)` of one sign.

Weights :math:`v` get row i right where :math:`v \cdot z_i > 0`; the margin of :math:`v` is
:math:`\min_i v \cdot z_i / \lVert v \rVert`.
"""

from __future__ import annotations

from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog, nnls

__all__ = ["margin", "separability", "separator", "widest_separator"]

Array = NDArray[np.float64]


def separability(rows: Array, known: Array | None = None) -> tuple[bool, float, float]:
    r"""Return whether rows are linearly separable, the length of the longest, and the widest margin.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_weights)
        The rows :math:`z_i`.
    known : ndarray of shape (n_weights,), optional
        Weights that get every row right, if there are such at hand; else a linear program looks for them.

    Returns
    -------
    (bool, float, float)
        The margin is 0 where the rows are not separable.
    """
    radius = float(np.linalg.norm(rows, axis=1).max())
    found = separator(rows) if known is None else known
    if found is None:
        return False, radius, 0.0
    # Of exact numbers 0 <= γ <= R; of rounded ones too.
    return True, radius, float(np.clip(margin(rows, widest_separator(rows, found)), 0.0, radius))


def margin(rows: Array, v: Array) -> float:
    """Return the smallest distance of a row from the plane of ``v``, negative on its wrong side."""
    length = float(np.linalg.norm(v))
    return float((rows @ v).min()) / length if length else 0.0


def separator(rows: Array) -> Array | None:
    r"""Return weights that get every row right, or None if there are none.

    The linear program :math:`v \cdot z_i \ge 1` for all i has a solution just where they exist.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_weights)
        The rows :math:`z_i`.

    Returns
    -------
    ndarray of shape (n_weights,) or None
        The weights.
    """
    # Other units for a column change its weight, not whether there is a plane; the solver wants all alike.
    units = np.abs(rows).max(axis=0)
    units[units == 0.0] = 1.0
    result = linprog(np.zeros(rows.shape[1]), -rows / units, -np.ones(len(rows)), bounds=(None, None))
    if result.status != 0:
        return None
    found = np.asarray(result.x * (units.min() / units))  # as small as can be: products stay finite
    return found if margin(rows, found) > 0.0 else None


def widest_separator(rows: Array, known: Array) -> Array:
    r"""Return the separator of the widest margin.

    The shortest :math:`v` with :math:`v \cdot z_i \ge 1` has it. It is a least distance problem, which
    non-negative least squares solve: with :math:`E = [Z^T; 1^T]` and :math:`f = (0, …, 0, 1)` the residual
    of :math:`\min_{\alpha \ge 0} \lVert E\alpha - f \rVert` points along :math:`v`.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_weights)
        The rows :math:`z_i`.
    known : ndarray of shape (n_weights,)
        A separator, returned where rounding finds no wider one.

    Returns
    -------
    ndarray of shape (n_weights,)
        The weights.

    References
    ----------
    C. Lawson and R. Hanson (1974), Solving Least Squares Problems, chapter 23.
    """
    scaled = rows / np.linalg.norm(rows, axis=1).max()
    system = np.vstack([scaled.T, np.ones(len(rows))])
    target = np.append(np.zeros(rows.shape[1]), 1.0)
    found = known
    with suppress(RuntimeError):  # too many iterations
        found = (target - system @ nnls(system, target)[0])[:-1]
    return max(known, -found, found, key=lambda v: margin(rows, v))
