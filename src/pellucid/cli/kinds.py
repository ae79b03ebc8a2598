"""The columns of a file as estimators for tables take them: numbers, text, truth values, dates, missing values.

A Parquet file says what its columns are. Of a CSV file, a column is numbers or dates where every value is one,
text otherwise; a column that is mostly one and not quite is asked about. What a model learned with it reads
again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from pellucid.cli.columns import MISSING_MARKS, ROW_1, first, plain
from pellucid.cli.tables import CODE, Table
from pellucid.cli.target import CLASS_NAMES
from pellucid.exceptions import DataError

__all__ = ["NUMERIC", "TEXT", "Asked", "read_kinds"]

NUMERIC, TEXT, DATE = "numeric", "categorical", "date"  # as pellucid.tabular calls them
MARKS = sorted(MISSING_MARKS - CLASS_NAMES)  # which are no categories
DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
)
ZONED = ("%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z")


def _numbers(values: pl.Series) -> pl.Series:
    return values.str.strip_chars().cast(pl.Float64, strict=False)


def _dates(values: pl.Series, formats: tuple[str, ...], zone: str | None) -> pl.Series:
    """Return what one of the formats reads, the one that reads most."""
    kind = pl.Datetime("us", zone)
    read = [values.str.strptime(kind, form, strict=False) for form in formats]
    return min(read, key=pl.Series.null_count)


READERS: dict[str, tuple[str, Callable[[pl.Series], pl.Series]]] = {
    NUMERIC: ("numbers", _numbers),
    DATE: ("dates", partial(_dates, formats=DATES, zone=None)),
    "zoned date": ("dates with a time zone", partial(_dates, formats=ZONED, zone="UTC")),
}


@dataclass(frozen=True)
class Asked:
    """What is known of columns before they are read.

    Parameters
    ----------
    kinds : dict of str to str
        Kinds by column: those that a model learned, or those that the user says.
    forced : frozenset of str
        Columns of numbers in which everything else is missing.
    """

    kinds: Mapping[str, str]
    forced: frozenset[str] = frozenset()


def read_kinds(table: Table, names: list[str], asked: Asked) -> pl.DataFrame:
    """Return columns as an estimator for tables takes them.

    Parameters
    ----------
    table : Table
        Whose columns.
    names : list of str
        Which, in the order that is wanted.
    asked : Asked
        What is known of them.

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
            f"Column {table.frame.columns.index('') + 1} of {table.source} has no name; pandas writes its row "
            "index like this. Give it a name, or leave it out with --drop ''."
        )
    return pl.DataFrame([_finite(table, _read(table, plain(table, name), asked)) for name in names])


def _read(table: Table, values: pl.Series, asked: Asked) -> pl.Series:
    kind = asked.kinds.get(values.name)
    if values.dtype != pl.String:
        if values.name in asked.forced and not (values.dtype.is_numeric() or values.dtype == pl.Boolean):
            raise DataError(f"--numeric {values.name}: {table.source} has {values.dtype} values there.")
        return values.cast(pl.Float64) if values.name in asked.forced else values
    plain = values.str.strip_chars()
    given = values.set(plain.str.to_lowercase().is_in(MARKS), None)
    if values.name in asked.forced:
        return _numbers(given)
    if kind == TEXT or given.null_count() == given.len():
        return given
    if kind in READERS:
        read = READERS[kind][1](given)
        if (unread := read.is_null() & given.is_not_null()).any():
            raise _unread(table, given, unread, READERS[kind][0])
        return read
    return _inferred(table, given)


def _inferred(table: Table, given: pl.Series) -> pl.Series:
    """Return a column of text as what all of it can be read as, or say where most of it can."""
    is_code = given.str.contains(CODE).any()
    for kind, (words, read) in READERS.items():
        if kind == NUMERIC and is_code:
            continue
        found = read(given)
        unread = found.is_null() & given.is_not_null()
        if not unread.any():
            return found
        if 2 * int(unread.sum()) < given.len() - given.null_count():
            raise _mostly(table, given, unread, words)
    return given


def _unread(table: Table, given: pl.Series, unread: pl.Series, words: str) -> DataError:
    row = first(unread)
    return DataError(
        f"Column {given.name!r} held {words} when the model was trained; {table.source} has {given[row - 1]!r} in "
        f"row {row} ({int(unread.sum())} of {given.len()} rows; {ROW_1}). Leave it empty where it is not known."
    )


def _mostly(table: Table, given: pl.Series, unread: pl.Series, words: str) -> DataError:
    row = first(unread)
    advice = f"--numeric {given.name} takes what is no number for missing, " if words == "numbers" else ""
    return DataError(
        f"Column {given.name!r} of {table.source} holds mostly {words}, and text in {int(unread.sum())} of "
        f"{given.len()} rows, the first {given[row - 1]!r} in row {row} ({ROW_1}). {advice}--categorical "
        f"{given.name} takes every value for a name of a category, --drop {given.name} leaves it out."
    )


def _finite(table: Table, values: pl.Series) -> pl.Series:
    """Refuse infinities, with the row of the file."""
    if values.dtype.is_float() and (infinite := values.is_infinite().fill_null(value=False)).any():
        row = first(infinite)
        raise DataError(
            f"Column {values.name!r} of {table.source} has {values[row - 1]:g} in row {row} "
            f"({int(infinite.sum())} of {values.len()} rows; {ROW_1}). Put a number there, or nothing."
        )
    return values
