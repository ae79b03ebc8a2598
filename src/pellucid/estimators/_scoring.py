"""A scorer as training asks it: with weights where it takes them, and with every class known."""

from __future__ import annotations

import copy
from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import check_scoring

from pellucid.exceptions import DataError

__all__ = ["Score", "score_of"]

Score = Callable[[Any, Any, Any, "NDArray[Any] | None"], float]


def score_of(estimator: Any, where: str) -> Score:
    """Return what scores a fitted model on rows that were held out.

    Parameters
    ----------
    estimator : estimator
        Its ``scoring`` is the scorer, of which None is its own ``score``; its ``classes_`` are known.
    where : str
        What an error calls the rows.

    Returns
    -------
    callable
        ``score(model, X, y, sample_weight)`` returns the score, greater is better. It raises a DataError where
        the rows lack a class and the score is not defined without.
    """
    scorer = check_scoring(estimator, estimator.scoring)
    takes_weights = _takes_weights(scorer)

    def score(model: Any, X: Any, y: Any, sample_weight: Any) -> float:
        classes = getattr(estimator, "classes_", None)
        absent = [] if classes is None else _absent(y, classes)
        weights = {"sample_weight": sample_weight} if takes_weights and sample_weight is not None else {}
        used, problem = _with_labels(scorer, classes) if absent else scorer, None
        try:
            value = float(used(model, X, y, **weights))
        except (ValueError, UndefinedMetricWarning) as error:
            if not absent:
                raise
            value, problem = float("nan"), error
        if absent and np.isnan(value):
            raise DataError(
                f"scoring={estimator.scoring!r} is not defined for {where}, in which the classes {absent} are "
                "missing or alone. Use scoring='neg_log_loss', which needs no row of each class, or a larger "
                "validation_fraction, or pass validation_data."
            ) from problem
        return value

    return score


def _takes_weights(scorer: Any) -> bool:
    """Return whether a scorer has a use for ``sample_weight``."""
    if hasattr(scorer, "_accept_sample_weight"):
        return bool(scorer._accept_sample_weight())
    try:
        return "sample_weight" in signature(scorer).parameters
    except ValueError:  # a builtin that does not say
        return False


def _absent(y: NDArray[Any], classes: NDArray[Any]) -> list[Any]:
    """Return the classes that no row has; of labels, those that all rows have or none."""
    if y.ndim == 2:
        return [label for label, column in enumerate(y.T) if (column == column[0]).all()]
    missing: list[Any] = np.setdiff1d(classes, y).tolist()
    return missing


def _with_labels(scorer: Any, classes: NDArray[Any]) -> Any:
    """Return the scorer with the classes that its probabilities are of, where it takes them."""
    function, options = getattr(scorer, "_score_func", None), getattr(scorer, "_kwargs", {})
    if function is None or "labels" in options or "labels" not in signature(function).parameters:
        return scorer
    if scorer._response_method == "predict":
        return scorer
    twin = copy.copy(scorer)
    twin._kwargs = {**options, "labels": classes}
    return twin
