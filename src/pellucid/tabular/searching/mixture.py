"""Mixture of attempts: shares by held-out rows, and predictions for rows that did not influence them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.members.member import weighted_sum
from pellucid.tabular.members.targets import Targets
from pellucid.tabular.searching.greedy import greedy_shares

__all__ = ["Candidates"]

Array = NDArray[Any]
PARTS = 5  # of held-out rows if there are no folds
MOST = 20_000  # rows that choose shares
LEAST = 0.03  # the smallest share that is worth its time
TINY = np.finfo(np.float64).tiny
DOUBT = 0.2  # the standard deviation of shares before any row is seen


@dataclass(frozen=True)
class Candidates:
    r"""Predictions of attempts for the held-out rows.

    Shares s minimize the loss of the mixture on n rows, shrunk towards equal ones if rows are few:

    .. math:: n\,\bar\ell(s) + \frac{\lVert s \rVert^2}{2 \cdot 0.2^2}

    with :math:`\tfrac n2 \log \bar\ell` in place of the first term for squared errors, whose unit is unknown.

    Parameters
    ----------
    predictions : ndarray of shape (n_trials, n_rows, n_outputs)
        In the units of the targets.
    targets : Targets
        On the scale of all rows.
    y : ndarray of shape (n_rows, n_targets)
        The targets.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    part : ndarray of shape (n_rows,)
        The part of each row: the fold that holds it out, or a number by its group.
    """

    predictions: Array
    targets: Targets
    y: Array
    weight: Array | None
    part: NDArray[np.intp]

    def shares(self, rows: Array | None = None) -> NDArray[np.float64]:
        """Return the shares of the attempts chosen by some rows, or by all."""
        places = np.arange(len(self.y)) if rows is None else np.flatnonzero(rows)
        places = places[:: -(-len(places) // MOST)]
        y, weight = self.y[places], None if self.weight is None else self.weight[places]
        if weight is not None and not weight.any():
            weight = None

        is_squared = self.targets.loss.name == "squared_error"

        def loss(mean: Array) -> float:
            found = self.targets.data_loss(self.targets.restore(mean), y, weight)
            return 0.5 * float(np.log(max(found, TINY))) if is_squared else found

        doubt = 0.5 / (DOUBT**2 * self._n_rows(rows))
        shares = greedy_shares(self.predictions[:, places], loss, doubt=doubt)
        shares = np.where(shares < LEAST, 0.0, shares)
        return np.asarray(shares / shares.sum())

    def _n_rows(self, rows: Array | None) -> int:
        """Return the number of rows that choose shares."""
        return len(self.y) if rows is None else int(np.count_nonzero(rows))

    def loss(self, shares: Array) -> float:
        """Return the mean loss of the mixture with these shares."""
        mixture = weighted_sum(shares, self.predictions)
        losses = self.targets.row_losses(self.targets.restore(mixture), self.y)
        return float(
            np.average(losses, weights=self.weight if self.weight is None or self.weight.any() else None)
        )

    def unseen(self) -> Array:
        """Return the mixture's predictions, those of each part with the shares that the other parts choose."""
        found = np.empty(self.predictions.shape[1:])
        for number in np.unique(self.part):
            own = self.part == number
            shares = self.shares(None if own.all() else ~own)
            found[own] = weighted_sum(shares, self.predictions[:, own])
        return found
