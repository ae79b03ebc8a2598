"""Partial dependence and accumulated local effects for numbers, dates and categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.checks import check_whole
from pellucid.exceptions import DataError, ParameterError
from pellucid.host.quiet import quiet
from pellucid.inspection.cell_texts import cell_texts
from pellucid.inspection.cells import Cellular, as_codes
from pellucid.inspection.effects import Effect
from pellucid.inspection.level_order import level_order
from pellucid.inspection.predicting import Predict, predictor_of

__all__ = ["KINDS", "effect"]

Array = NDArray[np.float64]
KINDS = ("ale", "partial dependence")
MISSING = "missing"


def effect(
    model: Any,
    X: Any,
    column: str | int,
    *,
    kind: str = "ale",
    output: Any = None,
    n_points: int = 20,
    n_rows: int = 1000,
) -> Effect:
    r"""Return how predictions change with the values of one column.

    .. math:: \operatorname{PD}_j(v) = \operatorname{mean}_i F(v, x_{i,-j}), \qquad
              \operatorname{ALE}_j(e_k) = \sum_{l \le k} \operatorname{mean}_{x_{ij} \in (e_{l-1}, e_l]}
              \bigl[F(e_l, x_{i,-j}) - F(e_{l-1}, x_{i,-j})\bigr] - c

    Partial dependence gives every row every value, even if columns are correlated and no such row exists.
    Accumulated local effects (ALE) move each row only to the ends of its own interval, and c makes their mean 0.
    For categories, neighbors follow the order that a data frame declares, or else are those whose rows are most
    alike in the other columns; for additive models the order does not matter. Values are cells of the table
    itself. Missing cells are a separate value in partial dependence, and are left out of ALE.

    Parameters
    ----------
    model : estimator or Network
        A fitted model; any scikit-learn model works.
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The rows.
    column : str or int
        Name or position of the column.
    kind : {"ale", "partial dependence"}, default="ale"
        The kind of effect.
    output : class, str or int, default=None
        The class or the index of the target; None for the second of two classes or the first target.
    n_points : int, default=20
        The largest number of values of a number or date, taken at its quantiles.
    n_rows : int, default=1000
        The largest number of rows used, evenly spaced.

    Returns
    -------
    Effect
        Values and effects.

    Raises
    ------
    ParameterError
        If an option is not accepted, or there is no such column.
    DataError
        If the column has fewer than two values.

    References
    ----------
    J. Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of Statistics 29,
    1189-1232. D. Apley and J. Zhu (2020), Visualizing the effects of predictor variables in black box
    supervised learning models, JRSS B 82, 1059-1086.

    Examples
    --------
    >>> import pandas as pd
    >>> from pellucid import TabularRegressor
    >>> from pellucid.inspection import effect
    >>> X = pd.DataFrame({"rooms": [1.0, 2.0, 3.0, 4.0] * 20, "near": ["sea", "lake"] * 40})
    >>> model = TabularRegressor("fast", max_iter=5, random_state=0).fit(X, X["rooms"])
    >>> effect(model, X, "near").labels
    ('lake', 'sea')
    """
    if kind not in KINDS:
        raise ParameterError(f"'kind' must be one of {', '.join(map(repr, KINDS))}; got {kind!r}.")
    check_whole("n_points", n_points, 2)
    check_whole("n_rows", n_rows, 1)
    predict, quantity = predictor_of(model, output)
    cells = Cellular(X, getattr(model, "encoder_", None))
    at = cells.position(column)
    read = cells.read()
    if at not in read:
        raise DataError(
            f"'column' must have at least two values; column {cells.names[at]!r} is constant, or text that "
            "differs in every row, so it was left out."
        )
    values, _ = as_codes(read[at])
    is_ordered = read[at].codes is None
    rows = np.arange(cells.n_rows)[:: -(-cells.n_rows // n_rows)]
    with quiet():
        if kind == "partial dependence":
            marks = _marks(values, n_points, is_ordered=is_ordered)
            found = _dependence(predict, cells, at, rows, marks)
            counts = _rows_at(values[marks], values[rows])
        elif is_ordered:
            marks = _marks(values, n_points, is_ordered=True, with_missing=False)
            found, counts = _ale_of_numbers(predict, cells, at, rows, values, marks)
        else:
            marks = _marks(values, n_points, is_ordered=False, with_missing=False)
            order = level_order(read, at, values[marks])
            marks = marks[order]
            found, counts = _ale_of_categories(predict, cells, at, rows, values, marks)
    labels = [texts[at] for texts in cell_texts(cells.table(marks, {}), cells.names, None)]
    places = values[marks] if is_ordered else np.arange(len(marks), dtype=np.float64)
    return Effect(cells.names[at], kind, tuple(labels), places, found, counts, is_ordered, quantity)


def _marks(values: Array, n_points: int, *, is_ordered: bool, with_missing: bool = True) -> NDArray[np.intp]:
    """Return rows whose cells are the values to show: quantiles of numbers, or categories; and a missing one."""
    known = np.flatnonzero(~np.isnan(values))
    in_order = known[np.argsort(values[known], kind="stable")]
    if is_ordered:
        in_order = in_order[
            np.linspace(0, len(in_order) - 1, min(n_points, len(in_order))).round().astype(np.intp)
        ]
    first = np.unique(values[in_order], return_index=True)[1]
    marks = in_order[np.sort(first)]
    missing = np.flatnonzero(np.isnan(values))[: int(with_missing)]
    if len(marks) + len(missing) < 2:
        raise DataError("'column' must have at least two values.")
    return np.concatenate([marks, missing]).astype(np.intp)


def _rows_at(marks: Array, values: Array) -> NDArray[np.intp]:
    """Return the number of values nearest to each mark; a missing mark comes last and counts missing values."""
    shown, known = marks[~np.isnan(marks)], values[~np.isnan(values)]
    counts = np.bincount(np.abs(known[:, None] - shown).argmin(axis=1), minlength=len(marks))
    counts[len(shown) :] = len(values) - len(known)
    return counts


def _dependence(
    predict: Predict, cells: Cellular, at: int, rows: NDArray[np.intp], marks: NDArray[np.intp]
) -> Array:
    return np.array([predict(cells.table(rows, {at: np.full(len(rows), mark)})).mean() for mark in marks])


def _ale_of_numbers(
    predict: Predict, cells: Cellular, at: int, rows: NDArray[np.intp], values: Array, marks: NDArray[np.intp]
) -> tuple[Array, NDArray[np.intp]]:
    rows = rows[~np.isnan(values[rows])]
    interval = np.clip(np.searchsorted(values[marks], values[rows], side="left"), 1, len(marks) - 1)
    steps = predict(cells.table(rows, {at: marks[interval]})) - predict(
        cells.table(rows, {at: marks[interval - 1]})
    )
    counts = np.bincount(interval, minlength=len(marks))
    total = np.cumsum(np.bincount(interval, steps, len(marks)) / np.maximum(counts, 1))
    middle = (total[1:] + total[:-1]) / 2.0
    return total - counts[1:] @ middle / max(1, counts.sum()), counts


def _ale_of_categories(
    predict: Predict, cells: Cellular, at: int, rows: NDArray[np.intp], values: Array, marks: NDArray[np.intp]
) -> tuple[Array, NDArray[np.intp]]:
    level = np.full(len(rows), -1)
    for place, mark in enumerate(marks):
        level[values[rows] == values[mark]] = place
    total = np.zeros(len(marks))
    for place in range(1, len(marks)):
        near = rows[(level == place) | (level == place - 1)]
        both = [predict(cells.table(near, {at: np.full(len(near), marks[p])})) for p in (place - 1, place)]
        total[place] = total[place - 1] + (float((both[1] - both[0]).mean()) if len(near) else 0.0)
    counts = np.bincount(level[level >= 0], minlength=len(marks))
    return total - counts @ total / max(1, counts.sum()), counts
