"""The target column: which task it sets, and its values as the estimators take them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pellucid.cli.columns import ROW_1, column, numbers
from pellucid.cli.tables import Table
from pellucid.exceptions import DataError

__all__ = ["CLASSIFICATION", "REGRESSION", "TASKS", "as_classes", "decide", "values"]

CLASSIFICATION, REGRESSION = TASKS = ("classification", "regression")
MOST_CLASSES = 20  # of integers, before they are taken for quantities

Values = NDArray[Any]


def decide(table: Table, target: str, asked: str | None = None) -> tuple[str, str]:
    """Return the task: the one asked for, else the one that the values of the target suggest.

    Parameters
    ----------
    table : Table
        The table.
    target : str
        One of its columns.
    asked : str, optional
        The task, where the user says it.

    Returns
    -------
    task : str
        Classification for text, truth values, and integers of at most 20 kinds that repeat.
    reason : str
        Why.
    """
    held = column(table, target)
    kinds = held.n_unique()
    if held.len() < 2:
        raise DataError(f"{table.source} has 1 row. Learning takes at least 2, and more to hold some out.")
    if kinds == 1:
        raise DataError(
            f"The target {target!r} is {held[0]!r} in every row of {table.source}: there is nothing to learn. "
            "Check how the rows were selected, or name another column with --target."
        )
    if asked:
        return asked, "as --task says"
    if not held.dtype.is_numeric():
        what = "truth values" if held.dtype == pl.Boolean else "words"
        return CLASSIFICATION, f"{target!r} holds {kinds} different {what}"
    if held.dtype.is_integer() and kinds <= MOST_CLASSES and 2 * kinds <= held.len():
        return CLASSIFICATION, f"{target!r} holds {kinds} different whole numbers"
    return REGRESSION, f"{target!r} holds numbers"


def values(table: Table, target: str, task: str) -> Values:
    """Return the target as classes or as numbers, or say what it holds instead."""
    held = column(table, target)
    if task == CLASSIFICATION:
        return as_classes(held)
    if held.dtype == pl.String and held.cast(pl.Float64, strict=False).null_count():
        row = (held.cast(pl.Float64, strict=False).is_null().arg_max() or 0) + 1
        raise DataError(
            f"The target {target!r} must be numbers for a regression; row {row} has {held[row - 1]!r} ({ROW_1}). "
            "Use --task classification for words."
        )
    return numbers(table, [target])[target].to_numpy()


def as_classes(held: pl.Series) -> Values:
    """Return classes as text, truth values or integers; other numbers are refused."""
    if held.dtype == pl.Boolean or held.dtype.is_integer():
        return held.to_numpy()
    if held.dtype.is_numeric():
        whole = held.cast(pl.Int64, strict=False)
        if whole.null_count() or not (whole == held).all():
            raise DataError(
                f"The target {held.name!r} holds numbers with a fraction, such as {_fraction(held)}, which are no "
                "classes. Use --task regression, or turn them into classes before."
            )
        return whole.to_numpy()
    return np.array(held.cast(pl.String).to_list(), dtype=str)


def _fraction(held: pl.Series) -> Any:
    return held.filter(held != held.round())[0]
