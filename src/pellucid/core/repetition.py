"""Weights as repetitions: how many rows weighted rows stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["n_repeated"]

MOST = 1000.0  # the mean beyond which whole weights are shares of a population, and not counts of rows


def n_repeated(n_rows: int, sample_weight: NDArray[Any] | None) -> int:
    """Return how many rows there are when each is repeated as often as its weight says.

    Weights that are whole numbers count rows. Others, such as weights that sum to 1, only compare rows: then there
    are as many as without them. The same holds for whole weights beyond 1,000 on average, such as those of a
    survey whose rows stand for thousands of people.

    Parameters
    ----------
    n_rows : int
        The rows.
    sample_weight : ndarray of shape (n_rows,) or None
        Their weights.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> import numpy as np
    >>> n_repeated(3, np.array([2.0, 2.0, 1.0])), n_repeated(3, np.array([0.4, 0.4, 0.2]))
    (5, 3)
    """
    if sample_weight is None or n_rows == 0:
        return n_rows
    is_count = bool((sample_weight == np.floor(sample_weight)).all()) and sample_weight.mean() <= MOST
    return int(sample_weight.sum()) if is_count else n_rows
