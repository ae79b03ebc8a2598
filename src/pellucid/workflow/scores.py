"""Scores of predictions, as plain numbers, next to those of a constant prediction."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix

from pellucid.estimators.whole_numbers import of_one_type
from pellucid.exceptions import DataError
from pellucid.tabular.contest.sampling import score_interval, surely_better
from pellucid.tabular.metrics import METRICS, Answers
from pellucid.workflow.fit import Model
from pellucid.workflow.origin import TABULAR, Examples, Origin
from pellucid.workflow.target import CLASSIFICATION, Values
from pellucid.workflow.wording import option

__all__ = ["Baseline", "confusion", "measure", "score"]

Weights = NDArray[np.float64] | None


@dataclass(frozen=True)
class Baseline:
    """The best constant prediction: the most frequent class, or the mean, of the training rows.

    Parameters
    ----------
    predicts : str, bool, int or float
        The guess.
    """

    predicts: str | bool | int | float

    @classmethod
    def of(cls, y: Values, task: str, weight: Weights) -> Baseline:
        """Return the baseline of some training rows."""
        if task != CLASSIFICATION:
            return cls(float(np.average(y, weights=weight)))
        classes, codes = np.unique(y, return_inverse=True)
        return cls(classes[np.bincount(codes, weights=weight).argmax()].item())

    def measure(self, y: Values, task: str, weight: Weights) -> dict[str, Any]:
        """Return its prediction and its scores on some rows."""
        return asdict(self) | measure(y, np.full(len(y), self.predicts, dtype=None), task, weight)

    def is_beaten(self, answers: Answers, task: str) -> bool:
        """Return whether a model is better by more than the sampling of the rows explains, by any usual score.

        Its probabilities are compared with the shares of the classes among these very rows.

        Parameters
        ----------
        answers : Answers
            True targets and the model's predictions.
        task : str
            Classification or regression.

        Returns
        -------
        bool
            False also where the rows are too few to say.
        """
        guess = replace(answers, predicted=np.full(len(answers.y), self.predicts, dtype=None))
        names = ["rmse"] if task != CLASSIFICATION else ["accuracy"]
        if answers.classes is not None and answers.probabilities is not None:
            held = answers.y[:, None] == answers.classes
            shares = np.average(held, axis=0, weights=answers.weight)
            shares = (shares + 1e-9) / (shares + 1e-9).sum()
            guess = replace(guess, probabilities=np.tile(shares, (len(answers.y), 1)))
            names += ["log_loss", "auc"]
        return any(surely_better(METRICS[name], answers, guess) for name in names)


def measure(
    y: Values,
    predicted: Values,
    task: str,
    weight: Weights,
    *,
    classes: Any = None,
    probabilities: Any = None,
) -> dict[str, Any]:
    """Return the scores of predictions.

    Parameters
    ----------
    y, predicted : ndarray of shape (n_rows,)
        True and predicted targets.
    task : str
        Classification or regression.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    classes : ndarray of shape (n_classes,), optional
        Those that the model knows, with ``probabilities`` of shape (n_rows, n_classes).

    Returns
    -------
    dict
        ``accuracy``, with probabilities also ``log_loss``, ``auc`` and ``average_precision``; or ``rmse``, ``mae``
        and ``r2``; None if it is not defined.
    """
    if weight is not None and not weight.any():
        raise DataError(
            f"All rows to be scored have weight 0. Use another {option('seed')}, or other weights."
        )
    names = [row.name for row in METRICS.values() if row.task == task]
    if task == CLASSIFICATION and probabilities is None:
        names = ["accuracy"]
    answers = Answers(y, predicted, weight, probabilities, classes)
    return {name: METRICS[name].measure(answers) for name in names}


def confusion(y: Values, predicted: Values, classes: Values, weight: Weights) -> dict[str, Any]:
    """Return the confusion table: ``counts[i][j]`` is the weight of class i predicted as class j.

    Classes that the model does not know come last.
    """
    every = [*classes.tolist(), *np.setdiff1d(*of_one_type(y, classes)).tolist()]
    counts = confusion_matrix(y, predicted, labels=every, sample_weight=weight)
    return {"classes": every, "counts": counts.tolist()}


def _intervals(scores: dict[str, Any], answers: Answers) -> dict[str, list[float]]:
    found = {name: score_interval(METRICS[name], answers) for name in METRICS if scores.get(name) is not None}
    return {name: list(ends) for name, ends in found.items() if ends is not None and np.isfinite(ends).all()}


def score(
    model: Model, origin: Origin, examples: Examples, *, with_intervals: bool = False
) -> dict[str, Any]:
    """Return the scores of a model on some rows, with the confusion table, and those of the baseline.

    Parameters
    ----------
    model : Model
        Fitted.
    origin : Origin
        Its task and baseline.
    examples : Examples
        The rows.
    with_intervals : bool, default=False
        True to add the 95 % ``intervals`` of the scores, which take 30 times as long as these.

    Returns
    -------
    dict
        ``rows``, the scores, ``confusion`` for classes; ``baseline``, and whether it is surely beaten, where one
        is known.
    """
    y, weight = examples.y, examples.weight
    if origin.model == TABULAR and origin.task == CLASSIFICATION:
        probabilities = model.predict_proba(examples.inputs)
        predicted = model.classes_[probabilities.argmax(axis=1)]
        more = {"classes": model.classes_, "probabilities": probabilities}
    else:
        predicted, more = model.predict(examples.inputs), {}
    found = {"rows": len(examples)} | measure(y, predicted, origin.task, weight, **more)
    if with_intervals:
        found["intervals"] = _intervals(found, Answers(y, predicted, weight, **more))
    if origin.task == CLASSIFICATION:
        found["confusion"] = confusion(y, predicted, model.classes_, weight)
    if origin.baseline is not None:
        guess = Baseline(origin.baseline)
        found["baseline"] = guess.measure(y, origin.task, weight)
        found["beats_guessing"] = guess.is_beaten(Answers(y, predicted, weight, **more), origin.task)
    return found
