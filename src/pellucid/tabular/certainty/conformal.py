"""Conformal prediction: from the errors on held-out rows to the widths of intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["conformal_scores", "conformal_width", "masses", "n_exchangeable"]

Array = NDArray[Any]


def conformal_scores(y: Array, low: Array, high: Array) -> Array:
    r"""Return how far held-out targets lie outside their intervals: :math:`\max(\ell - y, y - h)`.

    With both ends at a point prediction it is :math:`|y - \hat y|`; for a target inside, it is negative.

    Parameters
    ----------
    y, low, high : ndarray of shape (n_rows, n_targets)
        Targets, and the ends of their intervals.

    Returns
    -------
    ndarray of shape (n_rows, n_targets)
        The scores.

    References
    ----------
    Y. Romano, E. Patterson, E. Candès (2019), Conformalized quantile regression, arXiv:1905.03222.
    """
    return np.asarray(np.maximum(low - y, y - high))


def conformal_width(
    scores: Array, weight: Array | None, coverage: float, *, groups: Array | None = None
) -> Array:
    r"""Return by how much intervals must grow on either side to contain a share of new targets.

    It is the :math:`\lceil (n + 1)\,c \rceil`-th smallest of n scores: then a new target, exchangeable with those,
    lies within with probability at least c. If n is too small for that, it is infinite.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_targets)
        Of held-out rows.
    weight : ndarray of shape (n_rows,) or None
        Their weights: a row of weight 2 counts as two. The new row counts as one, or as their mean if that is
        less: else weights that sum to 1 would be those of a single row.
    coverage : float
        c in (0, 1).
    groups : ndarray of shape (n_rows,) or None, default=None
        The group of each row, as whole numbers. Then groups are exchangeable in place of rows: each counts
        as one, which its rows share, and so does that of the new row.

    Returns
    -------
    ndarray of shape (n_targets,)
        The growth.

    References
    ----------
    V. Vovk, A. Gammerman, G. Shafer (2005), Algorithmic learning in a random world, section 2.2. For groups:
    Y. Lee, R. Barber, R. Willett (2023), Distribution-free inference with hierarchical data, arXiv:2306.06342.

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.arange(1.0, 10.0)[:, None]
    >>> conformal_width(scores, None, 0.8), conformal_width(scores, None, 0.95)
    (array([8.]), array([inf]))
    """
    weight, new, widths = *masses(len(scores), weight, groups), []
    for column in scores.T:
        order = np.argsort(column)
        passed = np.cumsum(weight[order])
        total = passed[-1] if len(passed) else 0.0
        place = np.searchsorted(passed, (total + new) * coverage - 1e-9 * total)
        widths.append(column[order][place] if place < len(column) else np.inf)
    return np.array(widths)


def n_exchangeable(scores: Array, weight: Array | None, groups: Array | None) -> float:
    """Return the number of rows or groups behind such scores, with a row of weight 2 counted twice.

    Parameters
    ----------
    scores, weight, groups : ndarray or None
        As :func:`conformal_width` takes them.

    Returns
    -------
    float
        n, where n/(n + 1) is the largest coverage that can be promised.
    """
    weight, new = masses(len(scores), weight, groups)
    return float(weight.sum() / new)


def masses(n_rows: int, weight: Array | None, groups: Array | None) -> tuple[Array, float]:
    """Return the weight of each score, and that of a new one."""
    weight = np.ones(n_rows) if weight is None else weight
    if groups is not None:
        return weight / np.bincount(groups, weight)[groups], 1.0
    return weight, min(1.0, float(weight.mean())) if n_rows else 1.0
