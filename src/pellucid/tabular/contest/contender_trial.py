"""One fit of one contender on one split: its score and its duration."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing as take_rows

from pellucid.host.interruptions import raised_after
from pellucid.host.quiet import quiet
from pellucid.tabular.contest.contenders import Contender, Request
from pellucid.tabular.contest.plain_matrix import PlainMatrix
from pellucid.tabular.metrics import METRICS, Answers

__all__ = ["ComparedTable", "Trial", "run_trial"]

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class ComparedTable:
    """A table in both forms, with its targets.

    Parameters
    ----------
    X : data frame or array-like of shape (n_rows, n_columns)
        As it came.
    plain : PlainMatrix
        As the others take it.
    y : ndarray of shape (n_rows,)
        Classes or numbers.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    groups : ndarray of shape (n_rows,) or None
        Rows that stay together, within the training rows, too.
    in_time : bool
        True if the rows are in order of time.
    """

    X: Any
    plain: PlainMatrix
    y: NDArray[Any]
    weight: NDArray[np.float64] | None
    groups: NDArray[Any] | None
    in_time: bool


@dataclass(frozen=True)
class Trial:
    """Result of a fit.

    Parameters
    ----------
    scores : dict of str to float or None
        By the name of the metric.
    fit_seconds, predict_seconds : float
        Wall time; that of predicting is of one call for all test rows.
    error : str, default=""
        Why there are no scores.
    answers : Answers or None, default=None
        Its predictions for the test rows.
    groups : ndarray of shape (n_test,) or None, default=None
        The group of each test row.
    """

    scores: dict[str, float | None] = field(default_factory=dict)
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    error: str = ""
    answers: Answers | None = field(default=None, repr=False)
    groups: NDArray[Any] | None = field(default=None, repr=False)


def run_trial(contender: Contender, asked: Request, data: ComparedTable, training: Rows, test: Rows) -> Trial:
    """Fit a contender to the training rows, and judge it by the test rows.

    Parameters
    ----------
    contender : Contender
        The contender.
    asked : Request
        The task.
    data : ComparedTable
        The table.
    training, test : ndarray of int
        Rows.

    Returns
    -------
    Trial
        With ``error`` where the contender could not do it.
    """
    y, classes = data.y, None
    targets = y[training]
    if asked.task == "classification":
        classes, targets = np.unique(targets, return_inverse=True)
    rows = data.X if contender.is_ours else data.plain.values
    given: dict[str, Any] = {}
    if contender.is_ours and data.groups is not None and not data.in_time:
        given["groups"] = data.groups[training]
    try:
        model = contender.build(asked)
        if contender.is_ours and data.in_time:
            model.set_params(validation="time")
        if data.weight is not None:  # in a pipeline, the last step takes them
            steps = getattr(model, "steps", None)
            given[f"{steps[-1][0]}__sample_weight" if steps else "sample_weight"] = data.weight[training]
        with quiet():
            started = perf_counter()
            with raised_after():  # a model that Ctrl-C ended early is not compared, and no others are trained
                model.fit(take_rows(rows, training), targets, **given)
            fitted = perf_counter()
            shown = take_rows(rows, test)
            predicted = np.asarray(model.predict(shown))
            ended = perf_counter()
            probabilities = (
                np.asarray(model.predict_proba(shown), np.float64) if asked.task == "classification" else None
            )
        if classes is not None:
            predicted = classes[predicted.astype(np.intp)]
        weight = None if data.weight is None else data.weight[test]
        answers = Answers(y[test], predicted, weight, probabilities, classes)
        scores = {m.name: m.measure(answers) for m in METRICS.values() if m.task == asked.task}
    except Exception as error:  # another library may raise anything; the others continue
        if contender.is_ours:
            raise
        return Trial(
            error=f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
        )
    together = None if data.groups is None else data.groups[test]
    return Trial(scores, fitted - started, ended - fitted, answers=answers, groups=together)
