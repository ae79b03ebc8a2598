"""Judge of a member: from its outputs for held-out rows to the validation loss and score of an epoch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing as take_rows

from pellucid.estimators.scoring import score_of
from pellucid.exceptions import DataError
from pellucid.tabular.members.given_rows import GivenRows, part_of
from pellucid.tabular.members.judgement import Judgement, judged_unseen, scores_without, scores_without_parts
from pellucid.tabular.members.member import EncodedRows, Member
from pellucid.tabular.members.probe import fitted_so_far
from pellucid.tabular.members.targets import mean_loss

__all__ = ["HeldOut", "judge_of", "judged"]

Array = NDArray[Any]
Judge = Callable[[Member], Callable[[Array], tuple[float, float]]]


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


def judge_of(estimator: Any, held: HeldOut) -> Judge:
    """Return a function that judges a member after each epoch by its outputs for held-out rows.

    The loss, and the score if no ``scoring`` is given, weigh classes as training does. What a member predicts for
    the rows is added to its record ``unseen``, if it keeps one.

    Parameters
    ----------
    estimator : BaseTabular
        Says what a score is.
    held : HeldOut
        The rows.

    Returns
    -------
    callable
        From a member to what takes its outputs to the validation loss and the score.
    """
    rows, y, given = held.rows, held.y, held.given
    score: Any = None if estimator.scoring is None else score_of(estimator, held.name)
    X = None if score is None else held.read()

    def judge(member: Member) -> Callable[[Array], tuple[float, float]]:
        targets, unseen = member.targets, member.unseen
        encoded = targets.encode(rows.y, np.float64)

        def by_losses(outputs: Array) -> tuple[float, float]:
            predictions = targets.decode(outputs)
            losses = kept = targets.losses(outputs, encoded)
            if targets.low is not None:  # predictions are kept within the range of the targets
                kept = targets.losses(targets.restore(predictions), encoded)
            if unseen is not None:
                unseen.look(scores_without(kept, rows.weight, held.groups), predictions)
            return mean_loss(losses, rows.weight), -mean_loss(kept, rows.weight)

        def by_score(outputs: Array) -> tuple[float, float]:
            predictions = targets.decode(outputs)

            def scored(predictions: Array, X: Any, y: Any, given: Array | None) -> float:
                answers = estimator._as_predicted(predictions)
                return float(score(fitted_so_far(estimator, member, X, answers), X, y, given))

            def score_of_part(part: Array) -> float:
                try:
                    return scored(predictions[part], take_rows(X, part), y[part], part_of(given, part))
                except DataError:  # it lacks a class
                    return float("nan")

            if unseen is not None:
                unseen.look(scores_without_parts(score_of_part, len(rows.y), held.groups), predictions)
            return mean_loss(targets.losses(outputs, encoded), rows.weight), scored(predictions, X, y, given)

        return by_losses if score is None else by_score

    return judge


def judged(
    told: Sequence[tuple[Array, Array]],
    rows: EncodedRows,
    given: GivenRows,
    own: tuple[EncodedRows, GivenRows] | None,
    by_codes: Callable[[Any], Array | None],
) -> Judgement:
    """Return the members' predictions for the rows that they held out.

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
        From a table to the category of each row within which coverage is requested, or None.

    Returns
    -------
    Judgement
        Of the rows that some member held out.
    """
    groups = given.groups
    if own is not None:
        (rows, given), groups = own, None
    return judged_unseen(rows.y, given.given, groups, told, rows.X, by_codes(given.X))
