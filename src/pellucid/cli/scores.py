"""How good predictions are, as plain numbers, beside what one would reach without any inputs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    mean_absolute_error,
    r2_score,
    root_mean_squared_error,
)

from pellucid.cli.target import CLASSIFICATION, Values
from pellucid.exceptions import DataError

__all__ = ["Baseline", "confusion", "measure"]

Weights = NDArray[np.float64] | None


@dataclass(frozen=True)
class Baseline:
    """The best guess without inputs: the most frequent class, or the mean, of the training rows.

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
        """Return its guess and its scores on some rows."""
        return asdict(self) | measure(y, np.full(len(y), self.predicts, dtype=None), task, weight)


def measure(y: Values, predicted: Values, task: str, weight: Weights) -> dict[str, Any]:
    """Return the scores of predictions.

    Parameters
    ----------
    y, predicted : ndarray of shape (n_rows,)
        What is true, and what was predicted.
    task : str
        Classification or regression.
    weight : ndarray of shape (n_rows,) or None
        Weights of the rows.

    Returns
    -------
    dict
        ``accuracy``; or ``rmse``, ``mae`` and ``r2``, None where it is not defined.
    """
    if weight is not None and not weight.any():
        raise DataError("The rows to be scored all have weight 0. Use another --seed, or other weights.")
    if task == CLASSIFICATION:
        return {"accuracy": float(accuracy_score(y, predicted, sample_weight=weight))}
    defined = len(y) > 1 and np.ptp(y) > 0.0
    return {
        "rmse": float(root_mean_squared_error(y, predicted, sample_weight=weight)),
        "mae": float(mean_absolute_error(y, predicted, sample_weight=weight)),
        "r2": float(r2_score(y, predicted, sample_weight=weight)) if defined else None,
    }


def confusion(y: Values, predicted: Values, classes: Values, weight: Weights) -> dict[str, Any]:
    """Return the confusion table: ``counts[i][j]`` is the weight of class i predicted as class j.

    Classes that the model does not know come last.
    """
    every = [*classes.tolist(), *np.setdiff1d(y, classes).tolist()]
    counts = confusion_matrix(y, predicted, labels=every, sample_weight=weight)
    return {"classes": every, "counts": counts.tolist()}
