"""What members say of rows that they did not learn from, and how much more that varies than what all say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.members import Held, Member

__all__ = ["Judgement", "judged_by_others"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Judgement:
    """Predictions for rows that were held out.

    Parameters
    ----------
    held : Held
        The rows.
    predictions : ndarray of shape (n_rows, n_outputs)
        Means over the members that did not learn from them.
    excess : ndarray of shape (n_outputs,)
        The root of what their mean square error is larger by than that of the mean over all members, on rows
        that no member learned from; in the units of the predictions, whose squares may overflow.
    """

    held: Held
    predictions: Array
    excess: Array


def judged_by_others(rows: Held, kept: Sequence[tuple[Member, NDArray[np.intp]]]) -> Judgement:
    r"""Return what members say of rows that they did not learn from.

    Let members vary by :math:`s^2` about their common mean. The mean of the v members that did not learn from a
    row then has a square error that is :math:`(1/v - 1/k)\, s^2` larger than that of all k on a new row.
    :math:`s^2` is half the mean square difference between a member that learned from a row and one that did not.

    Parameters
    ----------
    rows : Held
        All rows.
    kept : sequence of (Member, ndarray of int)
        The members, and the rows that each did not learn from.

    Returns
    -------
    Judgement
        For the rows that some member did not learn from.
    """
    shape = len(rows.y), kept[0][0].targets.n_outputs
    # Of members without the row and with it: how many, and sums of predictions, of their differences from those
    # of the first member (in which nothing cancels that all have in common), and of the squares of these.
    votes, told = np.zeros((2, shape[0], 1)), np.zeros(shape)
    sums, squares = np.zeros((2, *shape)), np.zeros((2, *shape))
    first, unit = None, np.zeros(shape[1], np.intc)
    for member, out in kept:
        learned = np.ones(shape[0], np.intp)
        learned[out] = 0
        outputs, everyone = member.outputs(rows.X), np.arange(shape[0])
        if first is None:
            first, unit = outputs, np.frexp(np.abs(outputs).max(axis=0))[1]
        difference = np.ldexp(outputs - first, -unit)
        votes[learned, everyone] += 1.0
        told[out] += outputs[out]
        sums[learned, everyone] += difference
        squares[learned, everyone] += difference**2
    seen = np.flatnonzero(votes[0])
    both = np.flatnonzero(votes.min(axis=0))
    excess = np.zeros(shape[1])
    if len(both):
        means, of_squares = sums[:, both] / votes[:, both], squares[:, both] / votes[:, both]
        variance = np.maximum(of_squares.sum(axis=0) / 2.0 - means[0] * means[1], 0.0)
        share = 1.0 / votes[0, both] - 1.0 / len(kept)
        excess = np.average(
            share * variance, axis=0, weights=None if rows.weight is None else rows.weight[both]
        )
    return Judgement(rows.take(seen), told[seen] / votes[0, seen], np.ldexp(np.sqrt(excess), unit))
