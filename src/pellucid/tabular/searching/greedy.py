"""Greedy selection of a mixture: shares of models by their predictions for held-out rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["greedy_shares"]

Array = NDArray[Any]
PICKS = 40
TINY = 1e-12  # a smaller improvement counts as none


def greedy_shares(
    predictions: Array, loss: Callable[[Array], float], *, doubt: float = 0.0, n_picks: int = PICKS
) -> NDArray[np.float64]:
    r"""Return the shares of models in a mixture that is grown one pick at a time.

    .. math:: J(s) = \ell\Bigl(\sum_m s_m f_m\Bigr) + d \sum_m s_m^2

    Each pick adds 1/t to the share of the model with which J is smallest then; a model may be picked again. The
    shares are those after the number of picks t with the smallest J. Picking one at a time overfits few held-out
    rows less than minimizing over all shares, and so does the second term, which prefers equal ones.

    Parameters
    ----------
    predictions : ndarray of shape (n_models, n_rows, n_outputs)
        Predictions for rows from which the models did not learn.
    loss : callable
        From predictions of shape (n_rows, n_outputs) to a loss.
    doubt : float, default=0.0
        The weight d >= 0 of the second term.
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
        squares = (counts @ counts + 2.0 * counts + 1.0) / number**2
        costs = [
            loss((total + each) / number) + doubt * square
            for each, square in zip(predictions, squares, strict=True)
        ]
        pick = int(np.argmin(costs))
        counts, total = counts.copy(), total + predictions[pick]
        counts[pick] += 1.0
        if costs[pick] < lowest - TINY * abs(costs[pick]):
            best, lowest = counts, costs[pick]
    return np.asarray(best / best.sum())
