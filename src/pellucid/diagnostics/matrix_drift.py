"""Columns of an estimator for matrices as columns of a table, so that drift has one set of verdicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse
from sklearn.utils.validation import check_is_fitted

from pellucid.estimators import MLPClassifier, MLPRegressor, Perceptron
from pellucid.estimators.checked_arrays import numbers
from pellucid.estimators.fit_summary import FitSummary
from pellucid.tabular.encoding.features import Column
from pellucid.tabular.encoding.histograms import Histogram
from pellucid.tabular.reading.columns import Values

__all__ = ["columns_of_matrix", "is_matrix_model"]


def is_matrix_model(model: Any) -> bool:
    """Return whether it is an estimator that takes a matrix of numbers.

    Parameters
    ----------
    model : object
        Any model.

    Returns
    -------
    bool
        True for the MLP estimators and the perceptron.
    """
    return isinstance(model, MLPClassifier | MLPRegressor | Perceptron)


def columns_of_matrix(model: Any, X: Any) -> tuple[list[Column], list[Values]]:
    """Return the columns that a model was fitted to, as far as it recorded them, and new values of each.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor or Perceptron
        Fitted.
    X : array-like or sparse matrix of shape (n_rows, n_columns)
        New rows; NaN counts as missing.

    Returns
    -------
    columns : list of Column
        With range and histogram.
    values : list of Values
        The numbers of each.

    Raises
    ------
    DataError
        If the matrix does not fit the model.
    """
    check_is_fitted(model)
    X = numbers(model, X, reset=False)
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        names = [f"x{place}" for place in range(model.n_features_in_)]
    summary = getattr(model, "fit_summary_", None)
    columns = [_column(str(name), place, summary) for place, name in enumerate(names)]
    rows = X.tocsc() if scipy.sparse.issparse(X) else X
    return columns, [_values(rows, place) for place in range(len(columns))]


def _column(name: str, place: int, summary: FitSummary | None) -> Column:
    column = Column(name, "numeric", missing_share=0.0)  # fit refuses missing values
    if summary is None:
        return column
    low, high = float(summary.low[place]), float(summary.high[place])
    low_high = (low, high) if low < high else (None, None)
    return replace(column, low=low_high[0], high=low_high[1], histogram=_histogram(place, summary))


def _histogram(place: int, summary: FitSummary) -> Histogram | None:
    if not len(summary.bounds):
        return None
    below, total = summary.below[place], summary.n_rows
    kept = below < total
    if not kept.any():
        return None
    counts = np.diff(below[kept], prepend=0.0, append=total)
    return Histogram(tuple(summary.bounds[place][kept].tolist()), tuple((counts / total).tolist()), total)


def _values(rows: Any, place: int) -> Values:
    column = rows[:, [place]].toarray()[:, 0] if scipy.sparse.issparse(rows) else rows[:, place]
    return Values("numeric", column, None, (), frozenset({"numeric"}))
