"""Rows for a program: the user's table as its inputs, and rows made from a model's column summaries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exports.far_dates import REACH, check_dates
from pellucid.exports.program import DAY, Input, Program
from pellucid.tabular.reading.columns import LARGEST, Values

__all__ = ["feed", "made_rows"]

Array = NDArray[Any]
EXTREMES = (0.0, -1.0, 1.0, 1e-6, -1e3, 1e6, 1e9 + 1.0)
MADE = 200
YEARS = (-719_162.0, 2_932_896.0)  # days from 1970-01-01 to 0001-01-01 and to 9999-12-31


def feed(model: Any, program: Program, X: Any) -> dict[str, Array]:
    """Return a table as the inputs of a program.

    Parameters
    ----------
    model : estimator or Network
        The model that the program was made from; its encoder reads the table.
    program : Program
        The program.
    X : data frame or array-like of shape (n_rows, n_columns)
        The table.

    Returns
    -------
    dict of str to ndarray
        A vector per column, of float64, int64 or text; or the matrix ``"X"``.
    """
    if program.inputs[0].kind == "matrix":
        rows = X.toarray() if hasattr(X, "toarray") else X
        return {"X": np.asarray(rows, np.float64)}
    read = model.encoder_.read(X)
    n_rows = len(next(iter(read.values())).missing())
    return {
        one.name: _cells(one, read[place]) if place in read else _nothing(one, n_rows)
        for place, one in enumerate(program.inputs)
    }


def made_rows(program: Program, *, n_rows: int = MADE, seed: int = 0) -> dict[str, Array]:
    """Return rows made from the summaries of columns: values in range, extremes, missing and unknown ones.

    Parameters
    ----------
    program : Program
        The program.
    n_rows : int, default=200
        The number of rows.
    seed : int, default=0
        Seed of the draws.

    Returns
    -------
    dict of str to ndarray
        Inputs of the program.
    """
    rng = np.random.default_rng(seed)
    if program.inputs[0].kind == "matrix":
        X = rng.normal(size=(n_rows, program.inputs[0].width))
        X[: len(EXTREMES)] = 1e-3 * np.array(EXTREMES[:n_rows])[:, None]
        return {"X": X}
    return {one.name: _made(one, n_rows, rng) for one in program.inputs}


def _cells(one: Input, values: Values) -> Array:
    if one.kind == "text":
        assert values.codes is not None or values.numbers is not None
        if values.codes is None:
            return _nothing(one, len(values.missing()))
        names = np.array([*values.names, one.missing], object)
        return names[values.codes]
    if one.kind == "boolean":
        return _nothing(one, len(values.missing())) if values.codes is None else _truths(values)
    assert values.numbers is not None
    if one.kind == "date":
        known = ~np.isnan(values.numbers)
        check_dates("data", one.name, values.numbers[known])
        micro = np.full(len(known), one.missing, np.int64)
        micro[known] = _microseconds(values.numbers[known])
        return micro
    return values.numbers


def _microseconds(days: Array) -> Array:
    """Return whole microseconds for days; if these are too coarse for that, whole milliseconds or seconds."""
    found = np.rint(days * float(DAY)).astype(np.int64)
    for unit in (1_000, 1_000_000):
        rounded = np.rint(days * (DAY / unit)).astype(np.int64) * unit
        rest = rounded % DAY
        found = np.where((rounded - rest) / DAY + rest / DAY == days, rounded, found)
    return found


def _truths(values: Values) -> Array:
    assert values.codes is not None
    return np.array([*(float(name == "True") for name in values.names), np.nan])[values.codes]


def _nothing(one: Input, n_rows: int) -> Array:
    types = {"text": object, "date": np.int64}
    return np.full(n_rows, one.missing, types.get(one.kind, np.float64))


def _made(one: Input, n_rows: int, rng: np.random.Generator) -> Array:
    is_missing = rng.random(n_rows) < 0.1
    if one.kind == "text":
        texts = np.array([*one.categories, "a category that fit did not see"], object)
        cells = texts[rng.integers(0, len(texts), n_rows)]
        cells[is_missing] = one.missing
        return cells
    if one.kind == "boolean":
        return np.where(is_missing, np.nan, rng.integers(0, 2, n_rows).astype(np.float64))
    low, high = (0.0, 1.0) if one.low is None or one.high is None else (one.low, one.high)
    wide = 0.1 * (high - low)
    first, last = -float(LARGEST), float(LARGEST)
    if one.kind == "date":
        first, last = YEARS if one.unit else (-REACH, REACH)  # a calendar names the years of a time zone
    low, high = max(low - wide, first), min(high + wide, last)
    numbers = rng.uniform(low, max(low, high), n_rows)
    if one.kind == "date":
        return np.where(is_missing, one.missing, np.rint(numbers * float(DAY)).astype(np.int64))
    numbers[: len(EXTREMES)] = EXTREMES[:n_rows]
    if one.unit:  # whole microseconds, which a duration holds
        numbers = np.rint(numbers * 1e6) / 1e6
    return np.where(is_missing, np.nan, rng.permutation(numbers))
