"""Predictions of an estimator for tables over two of its columns, with the others held fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError, ParameterError
from pellucid.plotting.grids import axis_over, plane_through
from pellucid.tabular.called_columns import check_has_one_meaning
from pellucid.tabular.reading.table import read_table

__all__ = ["TablePlane", "over_table"]

Array = NDArray[np.floating]


@dataclass(frozen=True)
class TablePlane:
    """Predictions over two columns.

    Parameters
    ----------
    x0, x1 : ndarray of shape (resolution,)
        The values of both columns.
    values : ndarray of shape (resolution, resolution, n_outputs)
        Probabilities or predictions.
    features : (str, str)
        The names of the columns.
    points : ndarray of shape (n_rows, 2)
        The user's rows.
    """

    x0: Array
    x1: Array
    values: Array
    features: tuple[str, str]
    points: Array


def over_table(model: Any, X: Any, features: Any, resolution: int) -> TablePlane:
    """Compute the predictions of an estimator for tables over two columns of numbers.

    Parameters
    ----------
    model : TabularClassifier or TabularRegressor
        A fitted estimator.
    X : data frame or array-like of shape (n_rows, n_columns)
        The table. In all other columns the plane has the cells of one of its rows: the one whose encoded cells are
        nearest to their medians.
    features : (int or str, int or str) or None
        The two columns; None for the first two that hold numbers.
    resolution : int
        Grid points along each axis.

    Returns
    -------
    TablePlane
        The grid and the predictions.

    Raises
    ------
    ParameterError, DataError
        If there are no such columns of numbers, or the table is sparse.
    """
    if hasattr(X, "tocsr"):
        raise DataError(
            "'X' must be a data frame or a dense array to be drawn over two columns; it is sparse."
        )
    encoded = model.encode(X)
    frame = nw.from_native(X, eager_only=True) if hasattr(X, "columns") else np.asarray(X)
    pair = _two_columns(model, features)
    names = [column.name for column in model.encoder_.columns_]
    labels = read_table(X).keys or range(len(names))
    keys = [next((label for label in labels if str(label) == names[j]), labels[j]) for j in pair]
    points = np.column_stack([_numbers(frame, key) for key in keys])
    x0, x1 = (axis_over(column[np.isfinite(column)], resolution) for column in points.T)
    typical = int(np.square(encoded - np.median(encoded, axis=0)).sum(axis=1).argmin())
    cells = plane_through(np.zeros(2), (0, 1), x0, x1)
    table = _repeated(frame, typical, dict(zip(keys, cells.T, strict=True)))
    predict = getattr(model, "predict_proba", model.predict)
    values = np.asarray(predict(table), np.float64).reshape(len(x1), len(x0), -1)
    return TablePlane(x0, x1, values, (names[pair[0]], names[pair[1]]), points)


def _two_columns(model: Any, features: Any) -> tuple[int, int]:
    columns = model.encoder_.columns_
    numeric = [j for j, column in enumerate(columns) if column.kind == "numeric" and column.reading is None]
    given = numeric[:2] if features is None else list(np.atleast_1d(np.asarray(features, object)))
    by_name = {column.name: j for j, column in enumerate(columns)}
    for item in () if features is None else given:
        check_has_one_meaning("features", item, list(by_name))
    found = [by_name.get(item, item) for item in given]
    if len(found) != 2 or found[0] == found[1] or not all(j in numeric for j in found):
        names = [columns[j].name for j in numeric]
        raise ParameterError(
            f"'features' must be two different columns of numbers, of {names} here; got {features!r}."
        )
    return int(found[0]), int(found[1])


def _numbers(frame: Any, key: Any) -> Array:
    column = frame[:, key] if isinstance(frame, np.ndarray) else frame.get_column(key).to_numpy()
    return np.asarray(column, np.float64)


def _repeated(frame: Any, row: int, columns: dict[Any, Array]) -> Any:
    """Return a table that repeats one row, with these columns replaced."""
    rows = np.full(len(next(iter(columns.values()))), row)
    if isinstance(frame, np.ndarray):
        table = frame[rows]
        for key, values in columns.items():
            table[:, key] = values
        return table
    series = [nw.new_series(key, values, backend=frame.implementation) for key, values in columns.items()]
    return frame[rows].with_columns(*series).to_native()
