"""Columns of a table and their roles: inputs, target, weights, identifiers."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.host.counted import agreeing, counted
from pellucid.tabular.reading.readings import DOUBTFUL_MARKS, MARKS
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.wording import option

__all__ = [
    "DECIMAL_COMMA",
    "MISSING_MARKS",
    "ROW_1",
    "column",
    "columns_of",
    "comma_advice",
    "first",
    "matching_inputs",
    "numbers",
    "plain",
    "ranks",
    "read_numbers",
    "require",
    "shown",
    "weights",
]

ROW_1 = "row 1 is the first one below the column names"
MISSING_MARKS = MARKS | DOUBTFUL_MARKS
LARGEST = 1e150  # beyond it a square is infinite, and so is a variance
DECIMAL_COMMA = r"^[+-]?\d+,\d+$"


def comma_advice() -> str:
    """Return advice about decimal commas."""
    return f" (write decimals with a point, or give {option('decimal', ',')})"


def shown(names: Iterable[str], most: int = 8) -> str:
    """Return column names for a message: quoted, and not too many."""
    quoted = [repr(name) for name in names]
    more = f" and {len(quoted) - most} more" if len(quoted) > most else ""
    return ", ".join(quoted[:most]) + more


def columns_of(table: Dataset) -> str:
    """Return the columns of a table, for a message."""
    names = pl.Series(table.frame.columns)
    said = f"It has: {shown(names, 20)}."
    if (names.str.contains(r"\.") & names.cast(pl.Float64, strict=False).is_not_null()).any():
        said += " These look like values: add a first line with the column names."
    return said


def require(table: Dataset, names: Iterable[str], asking: str) -> None:
    """Raise a DataError for the first of these columns that the table does not have."""
    columns = table.frame.columns
    for name in names:
        if name not in columns:
            lower = {column.lower(): column for column in reversed(columns)}
            near = get_close_matches(name.lower(), lower, 1)
            raise DataError(
                f"{table.source} has no column {name!r}, which {asking} names."
                + (f" Did you mean {lower[near[0]]!r}?" if near else "")
                + f" {columns_of(table)}"
            )


def column(table: Dataset, name: str) -> pl.Series:
    """Return a column; raise an error with the place of a missing value."""
    held = plain(table, name)
    _refuse_missing(table, held.to_frame())
    return held


def plain(table: Dataset, name: str) -> pl.Series:
    """Return a column; refuse lists, records, bytes and objects."""
    held = table.frame[name]
    if held.dtype.is_nested() or held.dtype in (pl.Binary, pl.Object):
        raise DataError(
            f"Column {name!r} of {table.source} holds values of type {held.dtype}; accepted are numbers, "
            "text, Booleans, dates and durations. Split it into separate columns, or leave it out: "
            f"{option('drop', name)}."
        )
    return held


def numbers(table: Dataset, names: list[str]) -> pl.DataFrame:
    """Return columns as Float64; raise an error for those that are not numbers and for missing values.

    Parameters
    ----------
    table : Dataset
        The table with the columns.
    names : list of str
        Names of the columns, in the order wanted.

    Returns
    -------
    polars.DataFrame
        Finite numbers.

    Raises
    ------
    DataError
        Naming columns, rows and values, and what to do about them.
    """
    if "" in names:
        raise DataError(
            f"Column {table.frame.columns.index('') + 1} of {table.source} has no name; pandas writes its "
            f"row index like this. Give it a name, or leave it out with {option('drop', '')}."
        )
    read = {name: read_numbers(plain(table, name)) for name in names}
    problems = {name: why for name, why in read.items() if isinstance(why, str)}
    if problems:
        listed = "".join(f"\n  {name!r}: {why}" for name, why in list(problems.items())[:8])
        more = f"\n  and {len(problems) - 8} more" if len(problems) > 8 else ""
        raise DataError(
            f"{len(problems)} of the {len(names)} input columns of {table.source} "
            f"{agreeing(len(problems))} not numbers ({ROW_1}):{listed}{more}\nAn MLP takes "
            f"numeric columns only. {option('model', 'tabular')} accepts them as they are; or leave "
            f"columns out with {option('drop', *problems)}."
        )
    frame = pl.DataFrame([part for part in read.values() if isinstance(part, pl.Series)])
    _refuse_missing(table, frame)
    return frame


def weights(table: Dataset, name: str) -> NDArray[np.float64]:
    """Return the weights of the rows, which must be numbers >= 0 and not all 0."""
    values: NDArray[np.float64] = numbers(table, [name])[name].to_numpy()
    negative = np.flatnonzero(values < 0.0)
    if negative.size:
        raise DataError(
            f"The weights in column {name!r} must be >= 0; row {negative[0] + 1} has {values[negative[0]]:g} "
            f"({negative.size} negative in all; {ROW_1}). Use weight 0 for a row that should not count."
        )
    if not values.any():
        raise DataError(f"The weights in column {name!r} are all 0; at least one must be > 0.")
    return values


def ranks(table: Dataset, name: str) -> NDArray[np.intp]:
    """Return the place of each row's value among the values of a column in order, the same for the same value."""
    held = column(table, name)
    return (held.rank("dense").to_numpy() - 1).astype(np.intp)


def matching_inputs(table: Dataset, expected: list[str] | None, n_inputs: int, others: set[str]) -> list[str]:
    """Return the columns that a model takes, in its order, whatever the order of the table.

    Parameters
    ----------
    table : Dataset
        New data.
    expected : list of str or None
        The names in training; None if it has none.
    n_inputs : int
        Number of inputs.
    others : set of str
        Columns that are known to be something else.

    Returns
    -------
    list of str
        Columns of the table.

    Raises
    ------
    DataError
        Naming the columns that are missing.
    """
    columns = table.frame.columns
    if expected is None:
        expected = [name for name in columns if name not in others]
        if len(expected) != n_inputs:
            raise DataError(
                f"The model takes {counted(n_inputs, 'input')} and was trained without column names; "
                f"{table.source} has {counted(len(expected), 'column')} that could be inputs: {shown(expected)}. "
                f"Leave out others with {option('drop')}."
            )
    missing = [name for name in expected if name not in columns]
    if missing:
        raise DataError(
            f"{table.source} lacks {len(missing)} of the {n_inputs} input columns of the model: "
            f"{shown(missing)}. {columns_of(table)}"
        )
    return expected


def read_numbers(values: pl.Series) -> pl.Series | str:
    """Return a column as Float64, or a description of what it holds instead."""
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64)
    if values.null_count() == values.len():
        return "all values are missing"
    if values.dtype != pl.String:
        return f"{values.dtype} values, such as {values.drop_nulls()[0]} in row {first(values.is_not_null())}"
    read = values.str.strip_chars().cast(pl.Float64, strict=False)
    unread = read.is_null() & values.is_not_null()
    if not unread.any():
        return read
    row = first(unread)
    value, n_unread = values[row - 1], int(unread.sum())
    n_given = values.len() - values.null_count()
    if 2 * n_unread > n_given:
        comma = comma_advice() if values.str.contains(DECIMAL_COMMA).all() else ""
        return f"text, such as {value!r} in row {row}{comma}"
    mark = ", a missing value" if value.strip().lower() in MISSING_MARKS else ""
    return f"text in {n_unread} of {values.len()} rows, the first {value!r}{mark} in row {row}"


def _refuse_missing(table: Dataset, frame: pl.DataFrame) -> None:
    """Raise a DataError that names the columns and rows with missing or infinite values."""
    found = []
    for values in frame:
        bad = values.is_null()
        if values.dtype.is_float():
            bad = bad | (values.abs() > LARGEST).fill_null(value=True)  # NaN is the largest in Polars
        if bad.any():
            row = first(bad)
            value = values[row - 1]
            what = "missing" if value is None or value != value else f"{value:g}"
            found.append(
                f"\n  {values.name!r}: {int(bad.sum())} of {len(values)}, the first ({what}) in row {row}"
            )
    if found:
        more = f"\n  and {counted(len(found) - 8, 'more column')}" if len(found) > 8 else ""
        raise DataError(
            f"{table.source} has values that are missing, infinite or beyond {LARGEST:g} "
            f"({ROW_1}):{''.join(found[:8])}{more}\n"
            "They are not imputed: fill them in, rescale them, or leave out these rows or columns; among "
            f"inputs {option('model', 'tabular')} accepts missing values."
        )


def first(mask: pl.Series) -> int:
    """Return the first row where the mask is true, counting from 1."""
    return (mask.arg_max() or 0) + 1
