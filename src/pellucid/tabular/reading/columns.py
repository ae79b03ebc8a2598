"""Kinds of column, and the conversion of cells to numbers or labels.

================  ==========================================  ====================================
kind              cells                                       read as
================  ==========================================  ====================================
``numeric``       integers, floats, decimals                  float64
``boolean``       True and False                              the labels ``False`` and ``True``
``categorical``   text; categories and enumerations of a      labels: a text for each category
                  frame; what the user calls categorical
``date``          dates and times without a time zone         days since 1970-01-01
``zoned date``    times with a time zone                      the same, in UTC
``duration``      differences of times                        seconds
``text``          what the user calls text                    labels, whose n-grams count
``empty``         nothing that says what it is                missing
================  ==========================================  ====================================

None, NaN, pandas' NA and NaT and Polars' null are missing wherever they stand, and so are the texts that
:data:`pellucid.tabular.reading.readings.MARKS` lists, unless the frame itself declares the column's categories.
Text that is numbers, dates, times or Booleans is read by :class:`pellucid.tabular.reading.readings.Reading`.
"""

from __future__ import annotations

import numbers
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from itertools import compress, filterfalse
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import DataError
from pellucid.tabular.reading.dates import days_of_array, days_of_dates, seconds_of_array
from pellucid.tabular.reading.identity import category_of, category_of_text
from pellucid.tabular.reading.readings import Reading, is_mark
from pellucid.tabular.reading.table import Cells

__all__ = ["LABELED", "LARGEST", "WORDS", "Values", "read_column", "read_text"]

LABELED = ("boolean", "categorical")

WORDS = {
    "numeric": "numbers",
    "boolean": "True and False",
    "categorical": "text",
    "date": "dates without a time zone",
    "zoned date": "dates with a time zone",
    "duration": "durations",
    "text": "free text",
}

# Kinds of objects; the first row that fits applies, since a bool is an int to Python, and a timedelta64 a number
# to NumPy.
OF_TYPE: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool, np.bool_), "boolean"),
    ((timedelta, np.timedelta64), "duration"),
    ((numbers.Real, Decimal), "numeric"),
    ((str,), "categorical"),
    ((date, np.datetime64), "date"),  # a datetime is a date
)


LARGEST = np.finfo(np.float64).max / 2  # the distance of two numbers must be finite too


@dataclass(frozen=True)
class Values:
    """Values read from the cells of a column.

    Parameters
    ----------
    kind : str
        A row of the table above.
    numbers : ndarray of shape (n_rows,) or None
        Numbers, days or seconds, NaN where missing; None for labels.
    codes : ndarray of shape (n_rows,) or None
        The index of each row's text, -1 where missing; None for numbers.
    texts : tuple of str
        The texts, as written.
    found : frozenset of str
        The kinds of the single cells: one categorical column may hold text and numbers.
    order : tuple of str, default=()
        The names of all categories, where the frame puts them in order.
    """

    kind: str
    numbers: NDArray[np.float64] | None
    codes: NDArray[np.intp] | None
    texts: tuple[str, ...]
    found: frozenset[str]
    order: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the categories that the texts stand for."""
        return tuple(map(category_of_text, self.texts))

    @property
    def is_text(self) -> bool:
        """True if every known value is text."""
        return self.kind == "categorical" and self.found == {"categorical"}

    def missing(self) -> NDArray[np.bool_]:
        """Return which rows have no value."""
        if self.codes is not None:
            return self.codes < 0
        assert self.numbers is not None
        return np.isnan(self.numbers)


def read_column(cells: Cells, *, categorical: bool = False) -> Values:
    """Return the values of the cells of a column.

    Parameters
    ----------
    cells : Cells
        The column.
    categorical : bool, default=False
        True to read numbers as categories, too.

    Returns
    -------
    Values
        Numbers or labels.

    Raises
    ------
    DataError
        If a cell is infinite or nothing that a column can hold, or two cells are of different kinds.
    """
    categorical = categorical or cells.declared == "categorical"
    letter = cells.values.dtype.kind
    if letter in "OUT":
        return _read_objects(cells, categorical=categorical)
    if letter not in KINDS_OF_ARRAYS:
        raise DataError(
            f"X: {cells.label} is of type {cells.values.dtype}. {UNREADABLE.get(letter, ACCEPTED)}"
        )
    kind, to_numbers = KINDS_OF_ARRAYS[letter]
    if cells.declared == "zoned date":
        kind = cells.declared
    if kind == "boolean" or categorical:
        if kind == "numeric":
            _finite(to_numbers(cells.values), cells)
        codes, texts = _labels_of_array(cells.values)
        found = frozenset((kind,) if texts else ())
        return Values("categorical" if categorical else kind, None, codes, texts, found, _order(cells))
    return _as_numbers(kind, to_numbers(cells.values), cells)


def read_text(values: Values, reading: Reading, cells: Cells) -> tuple[Values, NDArray[np.bool_]]:
    """Return text as a reading converts it, and the rows that it cannot read.

    Parameters
    ----------
    values : Values
        Text.
    reading : Reading
        The reading.
    cells : Cells
        The column.

    Returns
    -------
    values : Values
        Of the kind of the reading, missing if it cannot read a text.
    unread : ndarray of shape (n_rows,)
        True where a text is neither read nor a mark of a missing value.
    """
    assert values.codes is not None
    read = reading.read(values.texts)
    is_foreign = [
        value != value and not is_mark(text, doubtful=True)
        for value, text in zip(read, values.texts, strict=True)
    ]
    unread = np.array([*is_foreign, False], bool)[values.codes]
    numbers = np.array([*read, np.nan])[values.codes]
    if reading.kind != "boolean":
        return _as_numbers(reading.kind, numbers, cells), unread
    codes = np.where(np.isnan(numbers), -1.0, numbers).astype(np.intp)
    return Values("boolean", None, codes, ("False", "True"), frozenset({"boolean"})), unread


# ---- arrays of one dtype --------------------------------------------------------------------------------


def _floats(values: NDArray[Any]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # a long double beyond float64 is found as infinity
        return values.astype(np.float64)


KINDS_OF_ARRAYS: dict[str, tuple[str, Callable[[NDArray[Any]], NDArray[np.float64]]]] = {
    "f": ("numeric", _floats),
    "i": ("numeric", _floats),
    "u": ("numeric", _floats),
    "b": ("boolean", _floats),
    "M": ("date", days_of_array),
    "m": ("duration", seconds_of_array),
}
ACCEPTED = "Convert it to numbers, text, dates or Booleans, or leave the column out."
UNREADABLE = {
    "c": "Complex data not supported: split it into two columns, such as X.real and X.imag.",
    "S": "Decode it: X.astype(str).",
}


def _labels_of_array(values: NDArray[Any]) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    distinct, codes = np.unique(values, return_inverse=True)
    known = ~(np.isnat(distinct) if distinct.dtype.kind in "Mm" else np.isnan(distinct))
    names = tuple(map(category_of, distinct[known]))
    return np.where(known, np.arange(len(distinct)), -1)[codes], names  # NaN sorts last


def _order(cells: Cells) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(category_of, cells.order)))


# ---- Python objects, looked at where they differ ----------------------------------------------------------


def _read_objects(cells: Cells, *, categorical: bool) -> Values:
    values = cells.values.tolist()
    types = set(map(type, values))
    if not categorical and types <= {int, float, NoneType}:  # the common case, and the fast one
        with suppress(OverflowError):
            return _as_numbers("numeric", cells.values.astype(np.float64), cells)
    is_missing = _is_missing if cells.declared == "categorical" else _is_missing_or_mark
    try:
        places = {value: place for place, value in enumerate(dict.fromkeys(values))}
    except TypeError as error:
        raise _unreadable(cells, next(i for i, v in enumerate(values) if not _is_hashable(v))) from error
    known = np.array([not is_missing(value) for value in places], bool)
    present = list(compress(places, known))
    # True == 1 is one entry of the dict, so if there are Booleans every cell is asked.
    has_truths = bool(types & {bool, np.bool_})
    kinds = set(map(_kind, filterfalse(is_missing, values) if has_truths else present))
    if bytes in types or (
        None in kinds and not categorical
    ):  # a category can be any object, such as an interval
        raise _unreadable(cells, next(i for i, v in enumerate(values) if not (is_missing(v) or _kind(v))))
    found = frozenset(kind or "categorical" for kind in kinds)
    categorical = categorical or found == {"categorical"}
    if len(found) > 1 and not categorical:
        raise _mixed(cells, values)
    kind = "categorical" if categorical else next(iter(found), "empty")
    at = np.fromiter(map(places.__getitem__, values), np.intp, len(values))
    if kind in LABELED:
        if "numeric" in found:
            as_number = [_float(value) if _kind(value) == "numeric" else 0.0 for value in places]
            _finite(np.array(as_number)[at], cells)
        codes = np.where(known, np.cumsum(known) - 1, -1)
        texts = tuple(value if type(value) is str else category_of(value) for value in present)
        return Values(kind, None, codes[at], texts, found, _order(cells))
    read = np.full(len(places), np.nan)
    if present:
        read[known] = FROM_OBJECTS[kind](present)
    return _as_numbers(kind, read[at], cells)


def _as_numbers(kind: str, values: NDArray[np.float64], cells: Cells) -> Values:
    if np.isnan(values).all():  # a float column without a value may be text that is all missing
        kind = "empty"
    return Values(kind, _finite(values, cells), None, (), frozenset((kind,)) - {"empty"})


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number that float64 does not reach
        return np.inf


FROM_OBJECTS: dict[str, Callable[[list[Any]], Any]] = {
    "numeric": lambda values: list(map(_float, values)),
    "date": days_of_dates,
    "zoned date": days_of_dates,
    "duration": lambda values: seconds_of_array(np.array(values, "timedelta64[us]")),
}


@cache
def _kind_of_type(of: Hashable) -> str | None:
    return next((kind for types, kind in OF_TYPE if isinstance(of, type) and issubclass(of, types)), None)


def _kind(value: Any) -> str | None:
    kind = _kind_of_type(value.__class__)
    return "zoned date" if kind == "date" and getattr(value, "tzinfo", None) is not None else kind


@cache
def _is_na(of: type) -> bool:
    return of.__name__ == "NAType"  # pandas.NA, for which even x != x is not true


def _is_missing(value: Any) -> bool:
    return value is None or _is_na(value.__class__) or bool(value != value)


def _is_missing_or_mark(value: Any) -> bool:
    return is_mark(value) if isinstance(value, str) else _is_missing(value)


def _is_hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


# ---- what is wrong with a cell ----------------------------------------------------------------------------


def _finite(values: NDArray[np.float64], cells: Cells) -> NDArray[np.float64]:
    infinite = np.abs(values) > LARGEST
    if infinite.any():
        raise DataError(
            f"Input X contains infinity, or a number beyond {LARGEST:.2g}, in row "
            f"{cells.rows[infinite.argmax()]} of {cells.label} ({int(infinite.sum())} of {len(values)} "
            "rows). Replace it with a smaller number, or with None if it is unknown."
        )
    return values


def _unreadable(cells: Cells, row: int) -> DataError:
    return DataError(
        f"X: {cells.label} holds an object of type {type(cells.values[row]).__name__} in row {cells.rows[row]}. "
        f"{ACCEPTED}"
    )


def _mixed(cells: Cells, values: list[Any]) -> DataError:
    kinds = [None if _is_missing(value) else _kind(value) for value in values]
    first = next(i for i, kind in enumerate(kinds) if kind)
    other = next(i for i, kind in enumerate(kinds) if kind not in (None, kinds[first]))
    said = [f"{values[i]!r} in row {cells.rows[i]}" for i in (first, other)]
    words = [WORDS[str(kinds[i])] for i in (first, other)]
    return DataError(
        f"X: {cells.label} holds {words[0]} and {words[1]}: {said[0]}, {said[1]}. A column must be of one "
        "kind: name it in 'categorical' ('categorical_features' of an estimator) to read every cell as a "
        "category, or convert it, for example with pandas.to_numeric(..., errors='coerce')."
    )
