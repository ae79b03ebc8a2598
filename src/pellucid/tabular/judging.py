"""The judge of a member: from its outputs for held-out rows to the validation loss and the score of an epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing as take_rows

from pellucid.estimators.scoring import score_of
from pellucid.exceptions import DataError
from pellucid.tabular.given_rows import GivenRows, part_of
from pellucid.tabular.judgement import Judgement, judged_unseen, scores_without, scores_without_parts
from pellucid.tabular.member import EncodedRows, Member
from pellucid.tabular.probe import fitted_so_far

__all__ = ["HeldOut", "judged", "judges"]

Array = NDArray[Any]
Judge = Callable[[Member, Array], tuple[float, float]]
Without = Callable[[Member, Array], Array]


@dataclass(frozen=True)
class HeldOut:
    """Rows by which a member is judged.

    Parameters
    ----------
    rows : EncodedRows
        Encoded.
    read : callable
        Returns them as a scorer sees them.
    y, given : ndarray of shape (n_rows,) or None
        Their targets, and the user's weights.
    name : str
        Their name in messages.
    groups : ndarray of shape (n_rows,) or None, default=None
        The group of each row, as whole numbers.
    """

    rows: EncodedRows
    read: Callable[[], Any]
    y: Any
    given: Array | None
    name: str
    groups: Array | None = None


def judges(estimator: Any, held: HeldOut) -> tuple[Judge, Without | None]:
    """Return what computes the validation loss and the score of a member's outputs for held-out rows.

    The loss, and the score if no ``scoring`` is given, weigh classes as training does.

    Parameters
    ----------
    estimator : BaseTabular
        Says what a score is.
    held : HeldOut
        The rows.

    Returns
    -------
    judge : callable
        From a member and its outputs to loss and score.
    without : callable or None
        From the same to a score for each row, that of those outside its group; None if nobody wants it.
    """
    rows, y, given = held.rows, held.y, held.given
    score: Any = None if estimator.scoring is None else score_of(estimator, held.name)
    X = None if score is None else held.read()

    def scored(member: Member, outputs: Array, X: Any, y: Any, given: Array | None) -> float:
        answers = estimator._as_predicted(member.targets.decode(outputs))
        return float(score(fitted_so_far(estimator, member, X, answers), X, y, given))

    def judge(member: Member, outputs: Array) -> tuple[float, float]:
        targets = member.targets
        loss = targets.data_loss(outputs, rows.y, rows.weight)
        if score is None:
            losses = estimator._row_losses(targets, rows.y, outputs)
            return loss, -float(np.average(losses, weights=rows.weight))
        return loss, scored(member, outputs, X, y, given)

    def without(member: Member, outputs: Array) -> Array:
        if score is None:
            losses = estimator._row_losses(member.targets, rows.y, outputs)
            return scores_without(losses, rows.weight, held.groups)

        def score_of_part(part: Array) -> float:
            try:
                return scored(member, outputs[part], take_rows(X, part), y[part], part_of(given, part))
            except DataError:  # it lacks a class
                return float("nan")

        return scores_without_parts(score_of_part, len(rows.y), held.groups)

    return judge, without if estimator._records_unseen else None


def judged(
    told: Sequence[tuple[Array, Array]],
    rows: EncodedRows,
    given: GivenRows,
    own: tuple[EncodedRows, GivenRows] | None,
    by_codes: Callable[[Any], Array | None],
) -> Judgement:
    """Return what members say of the rows that they held out.

    Parameters
    ----------
    told : sequence of (ndarray, ndarray)
        For each member, the places of the rows that it held out, and its predictions for them.
    rows : EncodedRows
        All rows, encoded.
    given : GivenRows
        The rows of the fit.
    own : (EncodedRows, GivenRows) or None
        The user's own rows to be judged by.
    by_codes : callable
        From a table to the category of each row by which coverage is asked for, or None.

    Returns
    -------
    Judgement
        Of the rows that some member held out.
    """
    groups = given.groups
    if own is not None:
        (rows, given), groups = own, None
    return judged_unseen(rows.y, given.given, groups, told, rows.X, by_codes(given.X))
