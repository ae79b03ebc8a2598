"""Measures of the quality of predictions, one table for classes and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from pellucid.estimators.whole_numbers import of_one_type

__all__ = ["METRICS", "Answers", "Metric"]


@dataclass(frozen=True)
class Answers:
    """True targets of the test rows, and the predictions of a model for them.

    Parameters
    ----------
    y, predicted : ndarray of shape (n_rows,)
        Classes or numbers.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.
    probabilities : ndarray of shape (n_rows, n_classes) or None
        Of the classes.
    classes : ndarray of shape (n_classes,) or None
        Those that the model knows, in order.
    """

    y: NDArray[Any]
    predicted: NDArray[Any]
    weight: NDArray[np.float64] | None
    probabilities: NDArray[np.float64] | None = None
    classes: NDArray[Any] | None = None


@dataclass(frozen=True)
class Metric:
    """A row of the table.

    Parameters
    ----------
    name, label : str
        The names by which it is requested and shown.
    task : {"classification", "regression"}
        The kind of prediction that it judges.
    sign : int
        +1 where more is better, -1 where less is.
    measure : callable
        From answers to a number; None if it is not defined.
    """

    name: str
    label: str
    task: str
    sign: int
    measure: Callable[[Answers], float | None]


def _knows_all(a: Answers) -> bool:
    return a.classes is not None and bool(np.isin(*of_one_type(a.y, a.classes)).all())


def _has_both_classes(a: Answers) -> bool:
    return a.classes is not None and len(a.classes) == len(np.unique(a.y)) == 2 and _knows_all(a)


def _mean(values: NDArray[Any], a: Answers) -> float:
    """Return the weighted mean; scikit-learn's measures check and convert for far longer than they compute."""
    if a.weight is not None and not a.weight.any():
        return np.nan
    return float(np.average(values, weights=a.weight))


def _log_loss(a: Answers) -> float | None:
    if a.classes is None or not _knows_all(a):
        return None
    p: Any = a.probabilities
    p = p / p.sum(axis=1, keepdims=True)  # in float32 the sum is 1 except for its last digits
    own = p[np.arange(len(p)), np.argmax(a.y[:, None] == a.classes, axis=1)]
    least = np.finfo(own.dtype).eps
    return _mean(-np.log(np.clip(own, least, 1.0 - least)), a)


def _auc(a: Answers) -> float | None:
    if a.classes is None or not _has_both_classes(a):
        return None
    p: Any = a.probabilities
    return float(roc_auc_score(a.y == a.classes[1], p[:, 1], sample_weight=a.weight))


def _average_precision(a: Answers) -> float | None:
    if a.classes is None or not _has_both_classes(a):
        return None
    rare = int((a.y == a.classes[1]).mean() <= 0.5)
    p: Any = a.probabilities
    return float(average_precision_score(a.y == a.classes[rare], p[:, rare], sample_weight=a.weight))


def _r2(a: Answers) -> float | None:
    if len(a.y) < 2 or np.ptp(a.y) == 0.0:
        return None
    variance = _mean((a.y - _mean(a.y, a)) ** 2, a)
    return 1.0 - _mean((a.y - a.predicted) ** 2, a) / variance if variance > 0.0 else None


METRICS: dict[str, Metric] = {
    row.name: row
    for row in (
        Metric("accuracy", "accuracy", "classification", +1,
               lambda a: _mean(a.y == a.predicted, a)),
        Metric("log_loss", "log loss", "classification", -1, _log_loss),
        Metric("auc", "AUC", "classification", +1, _auc),
        Metric("average_precision", "average precision", "classification", +1, _average_precision),
        Metric("rmse", "RMSE", "regression", -1,
               lambda a: float(np.sqrt(_mean((a.y - a.predicted) ** 2, a)))),
        Metric("mae", "MAE", "regression", -1,
               lambda a: _mean(np.abs(a.y - a.predicted), a)),
        Metric("r2", "R²", "regression", +1, _r2),
    )
}  # fmt: skip
