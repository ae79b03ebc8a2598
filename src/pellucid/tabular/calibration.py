"""What rows that were held out say of predictions: a temperature for probabilities, widths for intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

__all__ = ["conformal_scores", "conformal_width", "cooled", "find_temperature"]

Array = NDArray[Any]
COLDEST, HOTTEST = 0.2, 20.0


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
    """Return the temperature at which held-out targets are most likely.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_outputs)
        Predictions for rows that were held out.
    y : ndarray of shape (n_rows, n_outputs)
        Their targets, 0 or 1.
    weight : ndarray of shape (n_rows,) or None
        Their weights.
    exclusive : bool
        Whether the columns are classes that exclude each other.

    Returns
    -------
    float
        Between 0.2 and 20.
    """
    tiny = np.finfo(np.float64).tiny

    def loss(log_temperature: float) -> float:
        p = cooled(probabilities, float(np.exp(log_temperature)), exclusive=exclusive)
        terms = -(y * np.log(np.maximum(p, tiny))).sum(axis=1)
        if not exclusive:
            terms -= ((1.0 - y) * np.log(np.maximum(1.0 - p, tiny))).sum(axis=1)
        return float(np.average(terms, weights=weight))

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


def conformal_width(scores: Array, weight: Array | None, coverage: float) -> Array:
    r"""Return by how much intervals must grow on either side to hold a share of new targets.

    It is the :math:`\lceil (n + 1)\,c \rceil`-th smallest of n scores: then a new target, exchangeable with those,
    lies within with probability at least c. Where n is too small for that, the largest.

    Parameters
    ----------
    scores : ndarray of shape (n_rows, n_targets)
        Of held-out rows.
    weight : ndarray of shape (n_rows,) or None
        Their weights: a row of weight 2 counts as two. The new row counts as one, or as their mean where that is
        less: else weights that sum to 1 would be those of a single row, and the growth the largest score.
    coverage : float
        c in (0, 1).

    Returns
    -------
    ndarray of shape (n_targets,)
        The growth.

    References
    ----------
    V. Vovk, A. Gammerman, G. Shafer (2005), Algorithmic learning in a random world, section 2.2 ("split").

    Examples
    --------
    >>> import numpy as np
    >>> conformal_width(np.arange(1.0, 10.0)[:, None], None, 0.8)
    array([8.])
    """
    weight = np.ones(len(scores)) if weight is None else weight
    new, widths = min(1.0, float(weight.mean())), []
    for column in scores.T:
        order = np.argsort(column)
        passed = np.cumsum(weight[order])
        wanted = min((passed[-1] + new) * coverage, passed[-1])
        widths.append(column[order][np.searchsorted(passed, wanted - 1e-9 * passed[-1])])
    return np.array(widths)
