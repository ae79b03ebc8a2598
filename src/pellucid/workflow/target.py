"""Target column: the task that it determines, and its values in the form for the estimators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.tabular.reading.readings import DOUBTFUL_MARKS
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.typed import typed
from pellucid.workflow.table_columns import MISSING_MARKS, ROW_1, column, comma_advice, first, read_numbers
from pellucid.workflow.texts import learned, read_by
from pellucid.workflow.wording import option

__all__ = [
    "CLASSIFICATION",
    "REGRESSION",
    "TASKS",
    "as_classes",
    "as_text",
    "decide",
    "values",
    "with_target",
]

CLASSIFICATION, REGRESSION = TASKS = ("classification", "regression")
MOST_CLASSES = 20  # of integers; with more, they are treated as quantities

CLASS_NAMES = DOUBTFUL_MARKS  # which may mean a class as well as a missing value

Values = NDArray[Any]


def decide(table: Dataset, target: str, asked: str | None = None) -> tuple[str, str]:
    """Return the task: the requested one, or else the one that the values of the target suggest.

    Parameters
    ----------
    table : Dataset
        The table.
    target : str
        One of its columns.
    asked : str, optional
        The task, if the user gives it.

    Returns
    -------
    task : str
        Classification for text, Booleans, and integers of at most 20 kinds that repeat.
    reason : str
        The reason for the task.
    """
    held = _known(table, target)
    kinds = held.n_unique()
    if held.len() < 2:
        raise DataError(f"{table.source} has 1 row. Training needs at least 2, and more to hold some out.")
    if kinds == 1:
        raise DataError(
            f"The target {target!r} is {held[0]!r} in every row of {table.source}: there is nothing to "
            f"learn. Check how the rows were selected, or name another column with {option('target')}."
        )
    if asked:
        return asked, f"as {option('task')} says"
    if not held.dtype.is_numeric():
        _refuse_doubtful(table, held)
        what = "Booleans" if held.dtype == pl.Boolean else "words"
        return CLASSIFICATION, f"{target!r} holds {kinds} different {what}"
    if kinds <= MOST_CLASSES and 2 * kinds <= held.len() and (held == held.cast(pl.Float64).round()).all():
        return CLASSIFICATION, f"{target!r} holds {kinds} different whole numbers"
    return REGRESSION, f"{target!r} holds numbers"


def _known(table: Dataset, target: str) -> pl.Series:
    try:
        return column(table, target)
    except DataError as error:
        if not table.frame[target].null_count():
            raise
        raise DataError(
            f"{error}\nIn the target {target!r}, {option('drop_missing_target')} leaves out the rows "
            "without a value."
        ) from error


def with_target(table: Dataset, target: str) -> Dataset:
    """Return the rows whose target is known; marks such as NA are unknown."""
    held = table.frame[target]
    missing = held.is_null()
    if held.dtype == pl.String:
        missing = missing | held.str.strip_chars().str.to_lowercase().is_in(
            sorted(MISSING_MARKS - CLASS_NAMES)
        )
    elif held.dtype.is_float():
        missing = missing | held.is_nan()
    if missing.all():
        raise DataError(f"The target {target!r} of {table.source} is missing in every row.")
    frame = table.frame.filter(~missing.fill_null(value=True))
    if held.dtype == pl.String:  # without the marks it may be numbers
        frame = frame.with_columns(typed(frame.select(target), (), (), table.dialect.decimal))
    return replace(table, frame=frame)


def values(table: Dataset, target: str, task: str) -> Values:
    """Return the target as classes or as numbers; raise an error that describes other contents."""
    held = column(table, target)
    if task == CLASSIFICATION:
        return as_classes(held)
    read = read_numbers(held)
    if isinstance(read, str) and held.dtype == pl.String:
        read = _written(table, held, read)
    if isinstance(read, str):
        raise DataError(
            f"The target {target!r} of {table.source} must be numbers for a regression; it holds {read} "
            f"({ROW_1}). Name another column with {option('target')}, or use "
            f"{option('task', 'classification')} for words."
        )
    return read.to_numpy()


def _written(table: Dataset, held: pl.Series, otherwise: str) -> pl.Series | str:
    """Read numbers as people write them, with currencies or commas; or describe what the target holds instead."""
    readings = [reading for reading in learned(held).readings if reading.kind == "numeric"]
    if len(readings) > 1:
        raise DataError(
            f"The target {held.name!r} of {table.source} is ambiguous, for example {held[0]!r}. Give the "
            f"decimal mark with {option('decimal')}."
        )
    return read_by(held, readings[0]) if readings else otherwise


def _refuse_doubtful(table: Dataset, held: pl.Series) -> None:
    """Refuse values that are neither numbers nor plausible classes, unless the user declares them."""
    text = as_text(held).str.strip_chars()
    read = text.cast(pl.Float64, strict=False)
    missing = text.str.to_lowercase().is_in(MISSING_MARKS - CLASS_NAMES)
    n_rows, n_numbers = held.len(), held.len() - read.null_count()
    reads = [reading for reading in learned(text).readings if reading.kind == "numeric"]
    if n_rows < 2 * n_numbers < 2 * n_rows:
        row = first(read.is_null())
        why = f"numbers in {n_numbers} of {n_rows} rows, and text such as {held[row - 1]!r} in row {row}"
        advice = (
            f"Enter numbers, or leave out these rows; {option('drop_missing_target')} leaves out those "
            "marked as NA."
        )
    elif missing.any():
        row = first(missing)
        why = (
            f"{held[row - 1]!r} in row {row} and {missing.sum()} of {n_rows} such rows in all, as if missing"
        )
        advice = f"{option('drop_missing_target')} leaves these rows out."
    elif reads:
        comma = comma_advice() if any(reading.decimal == "," for reading in reads) else ""
        why = f"formatted numbers, such as {str(held[0])!r} in row 1{comma}"
        advice = f"To use them as numbers, give {option('task', 'regression')}."
    elif 2 * held.n_unique() > max(n_rows, 4):
        why = f"{held.n_unique()} different values in {n_rows} rows, such as {str(held[0])!r} in row 1"
        advice = f"Name another column with {option('target')}."
    else:
        return
    raise DataError(
        f"The target {held.name!r} of {table.source} is neither numbers nor clearly classes ({ROW_1}). It "
        f"holds {why}. {advice} If these are classes nevertheless, give {option('task', 'classification')}."
    )


def as_classes(held: pl.Series) -> Values:
    """Return classes as text, Booleans or integers; other numbers are refused."""
    if held.dtype == pl.Boolean or held.dtype.is_integer():
        return held.to_numpy()
    if held.dtype.is_numeric():
        whole = held.cast(pl.Int64, strict=False)
        if whole.null_count() or not (whole == held).all():
            raise DataError(
                f"The target {held.name!r} holds numbers with a fraction, such as {_fraction(held)}, which "
                f"are not classes. Use {option('task', 'regression')}, or convert them to classes first."
            )
        return whole.to_numpy()
    return np.array(as_text(held).to_list(), dtype=str)


def as_text(held: pl.Series) -> pl.Series:
    """Return the target as text; durations are refused."""
    if held.dtype == pl.Duration:
        raise DataError(
            f"The target {held.name!r} holds durations, such as {held[0]}; accepted are numbers, text and "
            "Booleans. Save it as a number, for example of seconds."
        )
    return held.cast(pl.String)


def _fraction(held: pl.Series) -> Any:
    return held.filter(held != held.round())[0]
