"""Histograms of a model's predictions for its held-out rows, with which later predictions are compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.encoding.histograms import Histogram, histogram_of_codes, histogram_of_numbers
from pellucid.tabular.members.member import EncodedRows, Member

__all__ = ["counts_of_predictions", "histograms_of_predictions"]

Array = NDArray[Any]
MOST_ROWS = 10_000  # that are predicted for the histograms
Judged = tuple[Member, EncodedRows, Array | None]


def histograms_of_predictions(
    model: Any, judged: Sequence[Judged], *, same_rows: bool
) -> tuple[Histogram | None, ...]:
    """Return histograms of the ensemble's predictions for the rows that each member held out.

    Later predictions are means over the members too. A row is new to the member that held it out; a histogram of
    single members' predictions would be wider.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        The model of these members.
    judged : sequence of (Member, EncodedRows, ndarray or None)
        The members, the rows that each was judged by, and the user's weights of them.
    same_rows : bool
        True if all were judged by the same rows.

    Returns
    -------
    tuple of Histogram or None
        One of the classes; else one for each label or target.
    """
    held = {id(rows): (rows, weight) for _, rows, weight in judged[: 1 if same_rows else None]}
    n_parts = len(judged) if same_rows else len(held)  # the recipes of a search hold out the same folds
    parts = [_some(rows.X, weight, n_parts) for rows, weight in held.values()]
    told = [
        model._joined(
            model._mixed(np.stack([member.outputs(X, engine=model.engine) for member, _, _ in judged]), X)
        )
        for X, _ in parts
        if X.shape[0]
    ]
    weights = [weight for X, weight in parts if X.shape[0]]
    if not told:
        return ()
    joined = np.concatenate(told)
    weight: Array | None = None if weights[0] is None else np.concatenate(weights)  # type: ignore[arg-type]
    return tuple(
        histogram_of_numbers(each, weight)
        if each.dtype.kind == "f"
        else histogram_of_codes(each, _n_codes(model), weight)
        for each in _read(model, joined)
    )


def _some(X: Any, weight: Array | None, n_parts: int) -> tuple[Any, Array | None]:
    """Return rows with a positive weight, at most MOST_ROWS of all parts, evenly spaced."""
    rows = np.arange(X.shape[0]) if weight is None else np.flatnonzero(weight > 0.0)
    rows = rows[:: 1 + len(rows) * n_parts // MOST_ROWS]
    return X[rows], None if weight is None else weight[rows]


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
