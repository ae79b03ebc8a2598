"""The predictions of a model as JSON values."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from pellucid.estimators import preparation_of
from pellucid.serving.request_rows import Request
from pellucid.tabular import TabularClassifier, TabularRegressor

__all__ = ["answers", "class_names", "has_intervals", "has_labels"]


def has_intervals(model: Any) -> bool:
    """Return whether a model predicts intervals."""
    return hasattr(model, "predict_interval")


def has_labels(model: Any) -> bool:
    """Return whether a model predicts any number of labels for a row instead of one class."""
    return hasattr(model, "classes_") and bool(preparation_of(model).is_multilabel)


def answers(model: Any, request: Request, *, with_labels: bool) -> list[dict[str, Any]]:
    """Return a prediction for each row of a request.

    Parameters
    ----------
    model : estimator
        Fitted.
    request : Request
        The rows.
    with_labels : bool
        The result of :func:`has_labels`.

    Returns
    -------
    list of dict
        ``prediction``, with ``probabilities`` by class, or with ``low`` and ``high``; null for infinity and NaN.
    """
    is_table = isinstance(model, TabularClassifier | TabularRegressor)
    X = request.table if is_table else request.table.astype(np.float64)
    found: dict[str, list[Any]] = {}
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(X)
        names = class_names(model)
        # The class of the largest probability is what ``predict`` returns, except where calibration makes a tie.
        is_plain = not with_labels and getattr(model, "temperature_", 1.0) == 1.0
        labels = model.classes_[probabilities.argmax(axis=1)] if is_plain else model.predict(X)
        found["prediction"] = _plain(labels.toarray() if hasattr(labels, "toarray") else labels)
        found["probabilities"] = [dict(zip(names, row, strict=True)) for row in _plain(probabilities)]
    else:
        found["prediction"] = _plain(np.asarray(model.predict(X)))
    if request.coverage is not None:
        ends = model.predict_interval(X, request.coverage)
        found["low"], found["high"] = _plain(ends[..., 0]), _plain(ends[..., 1])
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def class_names(model: Any) -> list[str]:
    """Return the classes of a model as the keys of their probabilities."""
    return [str(name) for name in _plain(model.classes_)]


def _plain(values: Any) -> list[Any]:
    values = np.asarray(values)
    if values.dtype.kind in "mM":  # dates, of which JSON has none, as text
        return [str(value) for value in values]
    return [_finite(value) for value in values.tolist()]


def _finite(value: Any) -> Any:
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value
