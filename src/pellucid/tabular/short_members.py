"""Short members: what the preset "fast" trains in the place of one network where rows are few."""

from __future__ import annotations

from typing import Any

__all__ = ["FEW", "N_SHORT", "SHORT", "wants_short_members"]

FEW = 2000  # rows; with more, steps of so few rows take longer than the one network
N_SHORT = 5
SHORT: dict[str, Any] = {"n_epochs": 32, "batch_size": 16}


def wants_short_members(estimator: Any, n_rows: int, n_earlier: int) -> bool:
    """Return whether an estimator trains five short networks.

    They take about as long as one, hold out every row once, and their mean is better. Where a warm start
    goes on with five to more rows, the recipe for so many rows says how they are trained.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        With its options; those for the number of networks and the length of training are respected.
    n_rows : int
        The number of rows of the fit.
    n_earlier : int
        The number of networks that a warm start goes on with; 0 if there are none.

    Returns
    -------
    bool
        True with the preset fast and at most 2,000 rows, or where a warm start goes on with short networks.
    """
    is_open = estimator.n_members == "auto" and estimator.ensemble == "independent"
    if estimator.preset != "fast" or not is_open:
        return False
    if n_earlier:
        return n_earlier == N_SHORT
    return n_rows <= FEW and estimator.max_iter is None and estimator.batch_size is None
