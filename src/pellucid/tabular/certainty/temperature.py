"""Temperature of probabilities: the confidence of predictions, adjusted to the held-out rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from pellucid.tabular.certainty.conformal import masses

__all__ = ["cooled", "find_temperature"]

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
        True if the columns are mutually exclusive classes.

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
    return np.asanyarray(p / p.sum(axis=1, keepdims=True))


def find_temperature(probabilities: Array, y: Array, weight: Array | None, *, exclusive: bool) -> float:
    r"""Return the temperature at which held-out targets are most likely, shrunk towards 1 if rows are few.

    It minimizes :math:`\sum_i w_i \ell_i(T) + (\log T)^2 / 2 \sigma^2`, :math:`\sigma = 0.3`. Without the second
    term, a dozen rows that are all right would call for the lowest temperature.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_outputs)
        Predictions for rows that were held out.
    y : ndarray of shape (n_rows, n_outputs)
        Their targets, 0 or 1.
    weight : ndarray of shape (n_rows,) or None
        Their weights: a row of weight 2 counts as two. Where their mean is below 1 it is made 1.
    exclusive : bool
        True if the columns are mutually exclusive classes.

    Returns
    -------
    float
        Between 0.2 and 20.
    """
    tiny = np.finfo(np.float64).tiny
    weight, new = masses(len(y), weight, None)

    def loss(log_temperature: float) -> float:
        p = cooled(probabilities, float(np.exp(log_temperature)), exclusive=exclusive)
        terms = -(y * np.log(np.maximum(p, tiny))).sum(axis=1)
        if not exclusive:
            terms -= ((1.0 - y) * np.log(np.maximum(1.0 - p, tiny))).sum(axis=1)
        return float(weight @ terms / new + 0.5 * (log_temperature / DOUBT) ** 2)

    found = minimize_scalar(loss, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")
    return float(np.exp(found.x))
