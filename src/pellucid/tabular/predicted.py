"""Histograms of a model's predictions for the rows that it held out, with which later predictions are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.histograms import Histogram, histogram_of_codes, histogram_of_numbers
from pellucid.tabular.member import EncodedRows, Member

__all__ = ["counts_of_predictions", "histograms_of_predictions"]

Array = NDArray[Any]
Judged = tuple[Member, EncodedRows, Array | None]


def histograms_of_predictions(
    model: Any, judged: Sequence[Judged], *, same_rows: bool
) -> tuple[Histogram | None, ...]:
    """Return histograms of what members predict for the rows that they held out.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        The model of these members.
    judged : sequence of (Member, EncodedRows, ndarray or None)
        The members, the rows that each was judged by, and the user's weights of them.
    same_rows : bool
        True if all were judged by the same rows, of which the mean prediction counts.

    Returns
    -------
    tuple of Histogram or None
        One of the classes; else one for each label or target.
    """
    told = [member.outputs(rows.X, engine=model.engine) for member, rows, _ in judged]
    weights = [weight for _, _, weight in judged]
    if same_rows:
        told, weights = [np.mean(told, axis=0)], weights[:1]
    joined = np.concatenate(told)
    is_weighted = any(weight is not None for weight in weights)
    weight = np.concatenate([w for w in weights if w is not None]) if is_weighted else None
    if weight is not None:
        joined, weight = joined[weight > 0.0], weight[weight > 0.0]
    if not len(joined):
        return ()
    return tuple(
        histogram_of_numbers(each, weight)
        if each.dtype.kind == "f"
        else histogram_of_codes(each, _n_codes(model), weight)
        for each in _read(model, joined)
    )


def counts_of_predictions(model: Any, X: Any) -> list[Array | None]:
    """Return how many predictions for a table lie in each bin of the model's histograms.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        Fitted.
    X : data frame or array-like of shape (n_rows, n_columns)
        The table.

    Returns
    -------
    list of (ndarray of shape (n_bins,) or None)
        For each histogram; None where it was not recorded.
    """
    each = _read(model, model._joined(model._predictions(X)))
    found: list[Array | None] = []
    for held, predicted in zip(model.prediction_histograms_, each, strict=True):
        if held is None:
            found.append(None)
        elif predicted.dtype.kind == "f":
            found.append(held.counts_of_numbers(predicted))
        else:
            found.append(held.counts_of_codes(predicted))
    return found


def _read(model: Any, joined: Array) -> list[Array]:
    """Return predictions as columns: codes of classes, codes of each label, or the numbers of each target."""
    if not hasattr(model, "classes_"):
        numbers = np.asarray(model._as_predicted(joined)["predict"], np.float64)
        return list(numbers.reshape(len(joined), -1).T)
    if model._is_multilabel:
        return list((joined > 0.5).astype(np.intp).T + 1)
    return [joined.argmax(axis=1) + 1]


def _n_codes(model: Any) -> int:
    return 2 if model._is_multilabel else len(model.classes_)
