"""Short members, which the preset "fast" trains in place of one network if there are few rows."""

from __future__ import annotations

from typing import Any

from pellucid.tabular.members.recipe import epochs_of_as_many_steps

__all__ = ["N_SHORT", "short_settings", "wants_short_members"]

FEW = 2000  # rows; with more, such small steps take longer than the one network
N_SHORT = 5
EPOCHS, LONGEST, BATCH = 32, 256, 16


def wants_short_members(estimator: Any, n_rows: int, n_earlier: int) -> bool:
    """Return whether an estimator trains five short networks.

    They take about as long as one, hold out every row once, and their mean is better.

    Parameters
    ----------
    estimator : TabularClassifier or TabularRegressor
        With its options; those for the number of networks and the length of training are respected.
    n_rows : int
        The number of rows of the fit, each repeated as often as its weight says.
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


def short_settings(n_rows: int, n_repeated: int) -> dict[str, Any]:
    """Return the training settings of short networks, in place of the recipe's.

    Parameters
    ----------
    n_rows : int
        The rows to learn from.
    n_repeated : int
        Their number when each is repeated as often as its weight says. There are as many steps as with these.

    Returns
    -------
    dict
        Epochs and rows per step; none for more than 2,000 rows, to which a warm start may go on.
    """
    if n_repeated > FEW:
        return {}
    epochs = epochs_of_as_many_steps(EPOCHS, n_rows, n_repeated, BATCH)
    return {"n_epochs": min(LONGEST, epochs), "batch_size": BATCH}
