"""Columns of a file in the form for estimators for tables: numbers, Booleans, dates, or text.

A Parquet file declares the types of its columns. In a CSV file, plain numbers and dates in ISO 8601 are read here,
whole columns at a time; all other text goes to the estimator, which learns how to read it and remembers that
(:mod:`pellucid.tabular.reading.readings`). A column that is almost but not entirely numbers or dates is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.tabular.reading.readings import Reading
from pellucid.workflow.input_files.dataset import Dataset
from pellucid.workflow.input_files.typed import CODE, truths
from pellucid.workflow.table_columns import MISSING_MARKS, ROW_1, column, first, plain, ranks
from pellucid.workflow.target import CLASS_NAMES
from pellucid.workflow.texts import learned, read_by
from pellucid.workflow.wording import option

__all__ = ["TEXT", "KnownColumns", "read_kinds", "times"]

SAMPLE = 300  # rows that show whether checking all of them is worthwhile
TEXT = "categorical"  # as pellucid.tabular calls it
MARKS = sorted(MISSING_MARKS - CLASS_NAMES)  # which are not categories
DATES = {  # by what all of a column looks like
    "%Y-%m-%d": r"^\d{4}-\d{1,2}-\d{1,2}$",
    "%Y/%m/%d": r"^\d{4}/\d{1,2}/\d{1,2}$",
    "%d.%m.%Y": r"^\d{1,2}\.\d{1,2}\.\d{4}$",
    "%Y-%m-%d %H:%M": r"^\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}$",
    "%Y-%m-%dT%H:%M": r"^\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{2}$",
    "%Y-%m-%d %H:%M:%S%.f": r"^\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}:\d{2}(\.\d+)?$",
    "%Y-%m-%dT%H:%M:%S%.f": r"^\d{4}-\d{1,2}-\d{1,2}T\d{1,2}:\d{2}:\d{2}(\.\d+)?$",
}
ZONED = {
    "%Y-%m-%d %H:%M:%S%.f%#z": r"^\d{4}-\d{1,2}-\d{1,2} [\d:.]+(Z|[+-]\d\d:?\d*)$",
    "%Y-%m-%dT%H:%M:%S%.f%#z": r"^\d{4}-\d{1,2}-\d{1,2}T[\d:.]+(Z|[+-]\d\d:?\d*)$",
}


def _numbers(values: pl.Series) -> pl.Series | None:
    if values.str.contains(CODE).any():
        return None
    return values.str.strip_chars().cast(pl.Float64, strict=False)


def _dates(values: pl.Series) -> pl.Series | None:
    return _by_format(values, DATES, None)


def _zoned_dates(values: pl.Series) -> pl.Series | None:
    return _by_format(values, ZONED, "UTC")


def _by_format(values: pl.Series, formats: Mapping[str, str], zone: str | None) -> pl.Series | None:
    for form, looks in formats.items():
        if values.head(50).str.contains(looks).all() and values.str.contains(looks).all():
            return values.str.strptime(pl.Datetime("us", zone), form, strict=False)
    return None


# What whole columns are read as by Polars, by the kind that the estimator gives them.
FAST: dict[str, Callable[[pl.Series], pl.Series | None]] = {
    "numeric": _numbers,
    "boolean": truths,
    "date": _dates,
    "zoned date": _zoned_dates,
}


@dataclass(frozen=True)
class KnownColumns:
    """Knowledge of columns before they are read.

    Parameters
    ----------
    kinds : dict of str to str
        Kinds by column: those that a model learned, or those that the user says.
    forced : frozenset of str, default=frozenset()
        Columns of numbers in which everything else is missing.
    readings : dict of str to Reading, default={}
        The reading of text columns that a model learned.
    decimal, dates : str, default="auto"
        Options of :func:`pellucid.tabular.reading.readings.learn_reading`.
    """

    kinds: Mapping[str, str]
    forced: frozenset[str] = frozenset()
    readings: Mapping[str, Reading] = field(default_factory=dict)
    decimal: str = "auto"
    dates: str = "auto"


def read_kinds(table: Dataset, names: list[str], asked: KnownColumns) -> pl.DataFrame:
    """Return columns as an estimator for tables takes them.

    Parameters
    ----------
    table : Dataset
        The table with the columns.
    names : list of str
        Names of the columns, in the order wanted.
    asked : KnownColumns
        The knowledge of them.

    Returns
    -------
    polars.DataFrame
        With nulls where values are missing.

    Raises
    ------
    DataError
        Naming the column, the row and the value that cannot be read, and what to do.
    """
    if "" in names:
        raise DataError(
            f"Column {table.frame.columns.index('') + 1} of {table.source} has no name; pandas writes its "
            f"row index like this. Give it a name, or leave it out with {option('drop', '')}."
        )
    return pl.DataFrame([_finite(table, _read(table, plain(table, name), asked)) for name in names])


def _read(table: Dataset, values: pl.Series, asked: KnownColumns) -> pl.Series:
    kind = asked.kinds.get(values.name)
    if values.dtype != pl.String:
        if values.name in asked.forced and not (values.dtype.is_numeric() or values.dtype == pl.Boolean):
            raise DataError(
                f"{option('numeric', values.name)}: {table.source} has {values.dtype} values there."
            )
        return values.cast(pl.Float64) if values.name in asked.forced else values
    stripped = values.str.strip_chars()
    given = values.set(stripped.str.to_lowercase().is_in(MARKS), None)
    if values.name in asked.forced:
        return _forced(given, asked)
    if kind in (TEXT, "text") or given.null_count() == given.len():
        return given
    for known, read in FAST.items():
        if kind in (None, known):
            found = read(given)
            if found is not None and found.null_count() == given.null_count():
                return found
    if kind in FAST or kind == "duration":
        _check_readable(table, given, asked.readings.get(values.name, Reading(kind)))
    elif kind is None:
        _refuse_mixed(table, given, asked)
    return given


def times(table: Dataset, name: str, dates: str) -> NDArray[np.intp]:
    """Return the place of each row in time, the same for the same time.

    Parameters
    ----------
    table : Dataset
        The table.
    name : str
        A column of numbers, dates or times, also as text.
    dates : str
        Option of :func:`pellucid.tabular.reading.readings.learn_reading`.

    Returns
    -------
    ndarray of shape (n_rows,)
        From 0.
    """
    held = column(table, name)
    if held.dtype != pl.String:
        return ranks(table, name)
    readings = learned(held, dates=dates).readings
    if len(readings) == 1:
        held = read_by(held, readings[0]).alias(name)
        return ranks(replace(table, frame=held.to_frame()), name)
    if readings:
        raise DataError(
            f"Column {name!r} of {table.source}, which {option('time')} names, holds dates whose order of "
            f"day and month is not certain, such as {held[0]!r}. Give {option('dates', 'dmy')} or "
            f"{option('dates', 'mdy')}."
        )
    numbers = held.cast(pl.Int64, strict=False)  # such as 007, which is not a number elsewhere
    if not numbers.null_count():
        return ranks(replace(table, frame=numbers.to_frame()), name)
    row = first(held.is_not_null())
    raise DataError(
        f"Column {name!r} of {table.source}, which {option('time')} names, is neither numbers nor dates: "
        f"it holds {held[row - 1]!r} in row {row} ({ROW_1}). Write dates as 2024-01-31."
    )


def _forced(given: pl.Series, asked: KnownColumns) -> pl.Series:
    """Return numbers, and null for all other text."""
    can = learned(given, decimal=asked.decimal)
    found = [*can.readings, *([can.nearly] if can.nearly else [])]
    numeric = [reading for reading in found if reading.kind == "numeric"]
    decimal = "." if asked.decimal == "auto" else asked.decimal
    reading = asked.readings.get(given.name) or (numeric[0] if numeric else Reading("numeric", decimal))
    return read_by(given, reading)


def _check_readable(table: Dataset, given: pl.Series, reading: Reading) -> None:
    """Raise a DataError if no cell can be read as the model learned the column."""
    read = read_by(given, reading)
    if read.null_count() < read.len():
        return
    row = first(given.is_not_null())
    raise DataError(
        f"Column {given.name!r} held {reading.words} when the model was trained; {table.source} has "
        f"{given[row - 1]!r} in row {row}, which cannot be read as such ({ROW_1}). Leave it empty if it is "
        "unknown."
    )


def _refuse_mixed(table: Dataset, given: pl.Series, asked: KnownColumns) -> None:
    """Raise a DataError if most values are numbers or dates, and the others text."""
    can = learned(given, decimal=asked.decimal, dates=asked.dates)
    if can.readings:
        return
    sample = given.drop_nulls().gather_every(1 + given.len() // SAMPLE)
    for reading in [can.nearly] if can.nearly else [Reading("numeric"), Reading("date")]:
        if 3 * read_by(sample, reading).null_count() > 2 * sample.len():
            continue
        is_text = given.is_not_null() & ~given.str.strip_chars().str.to_lowercase().is_in(sorted(CLASS_NAMES))
        unread = read_by(given, reading).is_null() & is_text
        if reading.kind == "numeric" and given.str.contains(CODE).any():
            continue
        if 2 * int(unread.sum()) < int(is_text.sum()):
            raise _mostly(table, given, unread, reading)


def _mostly(table: Dataset, given: pl.Series, unread: pl.Series, reading: Reading) -> DataError:
    row = first(unread)
    is_numeric = reading.kind == "numeric"
    advice = f"{option('numeric', given.name)} treats other text as missing, " if is_numeric else ""
    return DataError(
        f"Column {given.name!r} of {table.source} holds mostly {reading.words}, and text in "
        f"{int(unread.sum())} of {given.len()} rows, the first {given[row - 1]!r} in row {row} ({ROW_1}). "
        f"{advice}{option('categorical', given.name)} treats every value as a category, "
        f"{option('drop', given.name)} leaves it out."
    )


def _finite(table: Dataset, values: pl.Series) -> pl.Series:
    """Refuse infinities, with the row of the file."""
    if values.dtype.is_float() and (infinite := values.is_infinite().fill_null(value=False)).any():
        row = first(infinite)
        raise DataError(
            f"Column {values.name!r} of {table.source} has {values[row - 1]:g} in row {row} "
            f"({int(infinite.sum())} of {values.len()} rows; {ROW_1}). Enter a number, or leave it empty."
        )
    return values
