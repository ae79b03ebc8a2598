"""Greedy selection of a mixture: shares of models by what they predict for held-out rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["greedy_shares"]

Array = NDArray[Any]
PICKS = 40


def greedy_shares(
    predictions: Array, loss: Callable[[Array], float], *, n_picks: int = PICKS
) -> NDArray[np.float64]:
    r"""Return the shares of models in a mixture that is grown one pick at a time.

    .. math:: m_t = \arg\min_m \bar\ell\Bigl(\tfrac1t \bigl(f_m + \sum_{u<t} f_{m_u}\bigr)\Bigr)

    A model may be picked again. The shares are the frequencies of the first t picks, for the t with the smallest
    loss. Picking by turns overfits few held-out rows less than minimizing over all weights.

    Parameters
    ----------
    predictions : ndarray of shape (n_models, n_rows, n_outputs)
        Predictions for rows from which the models did not learn.
    loss : callable
        From predictions of shape (n_rows, n_outputs) to their mean loss.
    n_picks : int, default=40
        The number of picks, >= 1.

    Returns
    -------
    ndarray of shape (n_models,)
        Shares >= 0 with the sum 1.

    References
    ----------
    R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes (2004), Ensemble selection from libraries of models, ICML.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array([[1.0], [2.0]])
    >>> told = np.array([[[0.0], [1.0]], [[2.0], [3.0]], [[9.0], [9.0]]])
    >>> greedy_shares(told, lambda mean: float(((mean - y) ** 2).mean()))
    array([0.5, 0.5, 0. ])
    """
    counts, total = np.zeros(len(predictions)), np.zeros(predictions.shape[1:])
    best, lowest = counts, np.inf
    for number in range(1, n_picks + 1):
        losses = [loss((total + each) / number) for each in predictions]
        pick = int(np.argmin(losses))
        counts, total = counts.copy(), total + predictions[pick]
        counts[pick] += 1.0
        if losses[pick] < lowest - 1e-12 * abs(lowest if lowest < np.inf else 0.0):
            best, lowest = counts, losses[pick]
    return np.asarray(best / best.sum())
