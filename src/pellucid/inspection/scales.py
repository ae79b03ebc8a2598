r"""Scales on which a prediction is explained, with their derivatives.

=============  =====================================  ==============================================
scale          of a classifier                        of a regressor
=============  =====================================  ==============================================
``prediction`` the probability                        the number, in the units of the target
``log-odds``   :math:`\log p - \log(1 - p)`           not offered
=============  =====================================  ==============================================
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SCALES", "at_temperature", "log_odds"]

Array = NDArray[Any]
SCALES = ("prediction", "log-odds")
TINY = 1e-100  # smaller probabilities are replaced by this one


def at_temperature(P: Array, T: float, k: int, *, exclusive: bool) -> tuple[Array, Array, Array]:
    r"""Return the probability of a class at a temperature, its complement, and the derivatives of its log-odds.

    .. math:: c_k = \frac{p_k^{1/T}}{\sum_j p_j^{1/T}}, \qquad
              \frac{\partial \log (c_k / (1 - c_k))}{\partial p_j} = \frac{\delta_{jk} - c_j}{T\, p_j\, (1 - c_k)}

    Parameters
    ----------
    P : ndarray of shape (n_rows, n_classes)
        Probabilities of the model before its temperature.
    T : float
        The temperature.
    k : int
        Index of the class.
    exclusive : bool
        True if the classes are mutually exclusive; otherwise each is either present or not.

    Returns
    -------
    p, rest : ndarray of shape (n_rows,)
        :math:`c_k` and :math:`1 - c_k`.
    slopes : ndarray of shape (n_rows, n_classes)
        The derivatives of the log-odds with respect to P.
    """
    pair = P if exclusive else np.column_stack([P[:, k], 1.0 - P[:, k]])
    at = k if exclusive else 0
    logs = np.log(np.maximum(pair, TINY)) / T
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    c = powers / powers.sum(axis=1, keepdims=True)
    rest = np.maximum(np.delete(c, at, axis=1).sum(axis=1), TINY)
    slopes = (np.arange(c.shape[1]) == at) - c
    slopes = slopes / (T * np.maximum(pair, TINY) * rest[:, None])
    if not exclusive:
        back = np.zeros_like(P)
        back[:, k] = slopes[:, 0] - slopes[:, 1]
        slopes = back
    return np.maximum(c[:, at], TINY), rest, slopes


def log_odds(p: Array, rest: Array) -> Array:
    """Return the log-odds of probabilities and their complements."""
    return np.asarray(np.log(p) - np.log(rest))
