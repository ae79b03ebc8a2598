"""Predictions for held-out rows that do not depend on those rows, not even by the choice of the epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief

__all__ = ["Judgement", "Unseen", "judged_unseen", "scores_without", "scores_without_parts"]

Array = NDArray[Any]
PARTS = 5  # parts into which a scorer's rows are divided, each left out once


@dataclass(frozen=True)
class Judgement:
    """Held-out rows and the predictions for them.

    Parameters
    ----------
    y : ndarray of shape (n_rows, n_targets)
        Their targets.
    weight : ndarray of shape (n_rows,) or None
        The user's weights.
    groups : ndarray of shape (n_rows,) or None
        The group of each row, as whole numbers from 0.
    predictions : ndarray of shape (n_rows, n_outputs)
        Means over the members that held a row out.
    X : ndarray or CSR array of shape (n_rows, n_encoded)
        The rows, encoded.
    by : ndarray of shape (n_rows,) or None, default=None
        The category of each row within which coverage is requested, as integers.
    """

    y: Array
    weight: Array | None
    groups: Array | None
    predictions: Array
    X: Any
    by: Array | None = None


@dataclass
class Unseen:
    """For each held-out row, the prediction of the epoch that is best by the other held-out rows.

    A row that helps to choose the epoch is fitted a little better than a new row, the more so the fewer rows
    choose. Left out of the choice, it is predicted like a new one. Each epoch is examined when it ends, so only
    the best so far is kept.

    Parameters
    ----------
    best : ndarray of shape (n_rows,) or None, default=None
        The highest score so far for each row; None before the first epoch, and where training is over.
    predictions : ndarray of shape (n_rows, n_outputs)
        The predictions of that epoch.
    """

    best: Array | None = None
    predictions: Array = field(default_factory=lambda: np.empty((0, 0)))

    __repr__ = brief

    def look(self, scores: Array, predictions: Array) -> None:
        """Take the predictions of this epoch if it is at least as good as all before.

        Examining an epoch twice has no effect, so training can continue after an interruption here.

        Parameters
        ----------
        scores : ndarray of shape (n_rows,)
            For each held-out row the score of the others; greater is better.
        predictions : ndarray of shape (n_rows, n_outputs)
            In the units of the targets.
        """
        if self.best is None:
            self.predictions, self.best = predictions.copy(), scores.copy()
            return
        better = (scores >= self.best) | np.isnan(self.best)
        self.best[better], self.predictions[better] = scores[better], predictions[better]

    def copy(self) -> Unseen:
        """Return a copy that later epochs do not change."""
        return Unseen(None if self.best is None else self.best.copy(), self.predictions.copy())


def scores_without(losses: Array, weight: Array | None, groups: Array | None) -> Array:
    """Return for each row the negative mean loss of all rows except those of its group.

    Parameters
    ----------
    losses : ndarray of shape (n_rows,)
        The loss of each row.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    groups : ndarray of shape (n_rows,) or None
        The group of each row, as whole numbers; None if each row is a group of its own.

    Returns
    -------
    ndarray of shape (n_rows,)
        The scores; 0 if no other row is left.

    Examples
    --------
    >>> import numpy as np
    >>> scores_without(np.array([1.0, 2.0, 6.0]), None, None)
    array([-4. , -3.5, -1.5])
    """
    weight = np.ones(len(losses)) if weight is None else weight
    own, weighted = weight, weight * losses
    if groups is not None:
        own, weighted = (np.bincount(groups, w)[groups] for w in (own, weighted))
    left = weight.sum() - own
    alone = left <= 1e-12 * weight.sum()
    return np.where(alone, 0.0, (weighted - weight @ losses) / np.where(alone, 1.0, left))


def scores_without_parts(score: Callable[[Array], float], n_rows: int, groups: Array | None) -> Array:
    """Return for each row a score of the rows outside its part, for scores that are not means over rows.

    Parameters
    ----------
    score : callable
        From places of rows to their score.
    n_rows : int
        The number of rows.
    groups : ndarray of shape (n_rows,) or None
        The group of each row, as whole numbers.

    Returns
    -------
    ndarray of shape (n_rows,)
        The scores; 0 if no other row is left.
    """
    part = (np.arange(n_rows) if groups is None else groups) % PARTS
    scores = np.zeros(n_rows)
    for number in np.unique(part):
        others = np.flatnonzero(part != number)
        if len(others):
            scores[part == number] = score(others)
    return scores


def judged_unseen(
    y: Array,
    weight: Array | None,
    groups: Array | None,
    unseen: Sequence[tuple[Array, Array]],
    X: Any,
    by: Array | None = None,
) -> Judgement:
    """Return the members' predictions for the rows that they held out.

    Parameters
    ----------
    y : ndarray of shape (n_rows, n_targets)
        The targets of all rows.
    weight : ndarray of shape (n_rows,) or None
        The user's weights of all rows.
    groups : ndarray of shape (n_rows,) or None
        The group of each row.
    unseen : sequence of (ndarray of shape (n_held,), ndarray of shape (n_held, n_outputs))
        The rows that each member held out, and its predictions for them.
    X : ndarray or CSR array of shape (n_rows, n_encoded)
        All rows, encoded.
    by : ndarray of shape (n_rows,) or None, default=None
        The category of each row within which coverage is requested.

    Returns
    -------
    Judgement
        Of the rows that some member held out.
    """
    votes, told = np.zeros((len(y), 1)), np.zeros((len(y), unseen[0][1].shape[1]))
    for rows, predictions in unseen:
        votes[rows] += 1.0
        told[rows] += predictions
    seen = np.flatnonzero(votes)
    codes = None if groups is None else np.unique(groups[seen], return_inverse=True)[1]
    weight, by = (None if each is None else each[seen] for each in (weight, by))
    return Judgement(y[seen], weight, codes, told[seen] / votes[seen], X[seen], by)
