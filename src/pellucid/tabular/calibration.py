"""What rows that were held out say of predictions: a temperature for probabilities, widths for intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

__all__ = ["conformal_scores", "conformal_width", "cooled", "find_temperature", "n_exchangeable"]

Array = NDArray[Any]
COLDEST, HOTTEST = 0.2, 20.0
DOUBT = 0.3  # standard deviation of log T before any row is seen


def cooled(probabilities: Array, temperature: float, *, exclusive: bool) -> Array:
    r"""Return probabilities at another temperature.

    .. math:: p_k \propto p_k^{1/T}

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_outputs)
        Of classes, or each of a label.
    temperature : float
        T > 0; above 1 they move towards equal ones.
    exclusive : bool
        Whether the columns are classes that exclude each other.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)
        The same at temperature T.

    References
    ----------
    C. Guo et al. (2017), On calibration of modern neural networks, arXiv:1706.04599.

    Examples
    --------
    >>> import numpy as np
    >>> cooled(np.array([[0.8, 0.2]]), 2.0, exclusive=True).round(3)
    array([[0.667, 0.333]])
    """
    with np.errstate(divide="ignore"):
        log_p = np.log(probabilities) / temperature
        if not exclusive:
            return np.exp(log_p - np.logaddexp(log_p, np.log1p(-probabilities) / temperature))
    log_p = log_p - log_p.max(axis=1, keepdims=True)
    p = np.exp(log_p)
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def find_temperature(probabilities: Array, y: Array, weight: Array | None, *, exclusive: bool) -> float:
    r"""Return the temperature at which held-out targets are most likely, drawn towards 1 where rows are few.

    It minimizes :math:`\sum_i w_i \ell_i(T) + (\log T)^2 / 2 \sigma^2`, :math:`\sigma = 0.3`. Without the second
    term a dozen rows that are all right would ask for the coldest temperature.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_outputs)
        Predictions for rows that were held out.
    y : ndarray of shape (n_rows, n_outputs)
        Their targets, 0 or 1.
    weight : ndarray of shape (n_rows,) or None
        Their weights: a row of weight 2 counts as two. Where their mean is below 1 it is made 1.
    exclusive : bool
        Whether the columns are classes that exclude each other.

    Returns
    -------
    float
        Between 0.2 and 20.
    """
    tiny = np.finfo(np.float64).tiny
    weight, new = _masses(len(y), weight, None)

    def loss(log_temperature: float) -> float:
        p = cooled(probabilities, float(np.exp(log_temperature)), exclusive=exclusive)
        terms = -(y * np.log(np.maximum(p, tiny))).sum(axis=1)
        if not exclusive:
            terms -= ((1.0 - y) * np.log(np.maximum(1.0 - p, tiny))).sum(axis=1)
        return float(weight @ terms / new + 0.5 * (log_temperature / DOUBT) ** 2)

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))


def conformal_scores(y: Array, low: Array, high: Array) -> Array:
    r"""Return how far held-out targets lie outside of their intervals: :math:`\max(\ell - y, y - h)`.

    With both ends at a point prediction it is :math:`|y - \hat y|`; of a target inside it is negative.

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
    r"""Return by how much intervals must grow on either side to hold a share of new targets.

    It is the :math:`\lceil (n + 1)\,c \rceil`-th smallest of n scores: then a new target, exchangeable with those,
    lies within with probability at least c. Where n is too small for that it is infinite.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_targets)
        Of held-out rows.
    weight : ndarray of shape (n_rows,) or None
        Their weights: a row of weight 2 counts as two. The new row counts as one, or as their mean where that is
        less: else weights that sum to 1 would be those of a single row.
    coverage : float
        c in (0, 1).
    groups : ndarray of shape (n_rows,) or None, default=None
        Which rows belong together, as whole numbers. Then groups are exchangeable in place of rows: each counts
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
    weight, new, widths = *_masses(len(scores), weight, groups), []
    for column in scores.T:
        order = np.argsort(column)
        passed = np.cumsum(weight[order])
        total = passed[-1] if len(passed) else 0.0
        place = np.searchsorted(passed, (total + new) * coverage - 1e-9 * total)
        widths.append(column[order][place] if place < len(column) else np.inf)
    return np.array(widths)


def n_exchangeable(scores: Array, weight: Array | None, groups: Array | None) -> float:
    """Return how many rows or groups such scores are of, a row of weight 2 counted twice.

    Parameters
    ----------
    scores, weight, groups : ndarray or None
        As :func:`conformal_width` takes them.

    Returns
    -------
    float
        n, where n/(n + 1) is the largest coverage that can be promised.
    """
    weight, new = _masses(len(scores), weight, groups)
    return float(weight.sum() / new)


def _masses(n_rows: int, weight: Array | None, groups: Array | None) -> tuple[Array, float]:
    """Return the weight of each score, and that of a new one."""
    weight = np.ones(n_rows) if weight is None else weight
    if groups is not None:
        return weight / np.bincount(groups, weight)[groups], 1.0
    return weight, min(1.0, float(weight.mean())) if n_rows else 1.0
