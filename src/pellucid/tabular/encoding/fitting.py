"""Columns of a table during fit: each is read, then measured.

Text that can be read in two ways waits for the other columns: a comma that is certainly a decimal mark in one
column is one in all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.exceptions import ParameterError
from pellucid.tabular.encoding.column_fit import fit_column
from pellucid.tabular.encoding.features import Column
from pellucid.tabular.encoding.remarks import ENOUGH, on_reading, remarks
from pellucid.tabular.encoding.text_values import WRITTEN, as_text
from pellucid.tabular.reading.column_rows import ColumnRows
from pellucid.tabular.reading.columns import WORDS, Values, read_column, read_text
from pellucid.tabular.reading.readings import Reading, Readings, learn_reading
from pellucid.tabular.reading.table import Cells, Table

__all__ = ["Fitted", "Found", "Read", "find_columns", "fit_columns", "read_columns", "settle"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """A column of a table before its text is read.

    Parameters
    ----------
    position : int
        Its place in the table.
    cells : Cells
        Its cells, which may be gone where they were read in pieces.
    rows : ColumnRows
        The values read from them.
    is_named : bool
        True if the user or the frame calls it categorical.
    """

    position: int
    cells: Cells
    rows: ColumnRows
    is_named: bool


@dataclass(frozen=True)
class Read(Found):
    """A column of a table, read.

    Parameters
    ----------
    position, cells, rows, is_named
        As of :class:`Found`; its text is read.
    reading : Reading or None
        The reading of its text; None if it needs none or has none.
    notes : list of str
        The reading of its text.
    in_doubt : bool
        True if the user should decide on that.
    """

    reading: Reading | None
    notes: list[str]
    in_doubt: bool

    @property
    def values(self) -> Values:
        """The values read from its cells."""
        return self.rows.values


@dataclass(frozen=True)
class Fitted:
    """Columns of a fitted table, with notes and doubts.

    Parameters
    ----------
    columns : tuple of Column
        The columns.
    notes : tuple of str
        Remarks for the user.
    doubts : tuple of str
        Those of the notes that the user should decide on.
    """

    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    doubts: tuple[str, ...]


def fit_columns(
    found: Iterable[Found], names: Sequence[str] | None, *, decimal: str, dates: str, **limits: Any
) -> Fitted:
    """Measure the columns of a table.

    Parameters
    ----------
    found : iterable of Found
        The columns, of a table in memory or of one that was read in pieces.
    names : sequence of str or None
        Their names.
    decimal, dates : str
        Options of :func:`pellucid.tabular.reading.readings.learn_reading`.
    **limits
        Options of :func:`pellucid.tabular.encoding.column_fit.fit_column`.

    Returns
    -------
    Fitted
        Columns in the order of the table.
    """
    fitted: dict[int, tuple[Column, list[str], list[str]]] = {}
    for read in settle(found, decimal=decimal, dates=dates):
        name = f"x{read.position}" if names is None else names[read.position]
        column = fit_column(Column(name, named=read.is_named, reading=read.reading), read.rows, **limits)
        notes = read.notes + remarks(column, read.rows, read.cells.label)
        fitted[read.position] = column, notes, read.notes if read.in_doubt else []
    columns, said, doubts = zip(*(fitted[position] for position in sorted(fitted)), strict=True)
    return Fitted(columns, tuple(chain(*said)), tuple(chain(*doubts)))


def find_columns(
    table: Table, named: set[int], weight: Array | None = None, texts: Collection[int] = ()
) -> Iterator[Found]:
    """Yield the columns of a table in memory, one at a time.

    Parameters
    ----------
    table : Table
        The rows that count.
    named : set of int
        The positions of the columns that the user calls categorical.
    weight : ndarray of shape (n_rows,), default=None
        Positive weights of the rows.
    texts : collection of int, default=()
        The positions of the columns that the user calls text.

    Yields
    ------
    Found
        One for each column.
    """
    for position in range(len(table.columns)):
        cells = table.cells(position)
        is_named = position in named or cells.declared == "categorical"
        is_text = position in texts
        values = read_column(cells, categorical=position in named or is_text)
        if is_text:
            foreign = [kind for kind in values.found if kind not in WRITTEN]
            if foreign:
                raise ParameterError(
                    f"'text_columns' must name text columns; {cells.label} holds {WORDS[foreign[0]]}. "
                    "Leave it out of 'text_columns', or convert it to text."
                )
            values = as_text(values)
        yield Found(position, cells, ColumnRows(values, weight), is_named)


def read_columns(
    table: Table, named: set[int], *, decimal: str = "auto", dates: str = "auto"
) -> Iterator[Read]:
    """Yield the columns of a table, read; those whose text can be read in two ways come last.

    Parameters
    ----------
    table : Table
        The table.
    named : set of int
        The positions of the columns that the user calls categorical.
    decimal, dates : str, default="auto"
        Options of :func:`pellucid.tabular.reading.readings.learn_reading`.

    Yields
    ------
    Read
        One for each column.
    """
    return settle(find_columns(table, named), decimal=decimal, dates=dates)


def settle(found: Iterable[Found], *, decimal: str, dates: str) -> Iterator[Read]:
    """Yield columns with their text read; those whose text can be read in two ways come last.

    Parameters
    ----------
    found : iterable of Found
        The columns.
    decimal, dates : str
        Options of :func:`pellucid.tabular.reading.readings.learn_reading`.

    Yields
    ------
    Read
        One for each column.
    """
    waiting: list[tuple[Found, Readings]] = []
    certain: list[Reading] = []
    for column in found:
        values, learned = column.rows.values, Readings()
        if values.is_text and not column.is_named:
            learned = learn_reading(values.texts, decimal=decimal, dates=dates)
        if len(learned.readings) > 1:
            waiting.append((column, learned))
            continue
        certain += learned.readings if learned.is_telling else ()
        yield _read(column, learned, certain)
    for column, learned in waiting:
        yield _read(column, learned, certain)


def _read(column: Found, learned: Readings, certain: list[Reading]) -> Read:
    reading, in_doubt = _settled(learned, certain)
    rows, cells = column.rows, column.cells
    notes = on_reading(learned, reading, cells.label, len(rows.values.texts), in_doubt=in_doubt)
    if reading is not None:
        rows = rows.of(read_text(rows.values, reading, cells)[0])
    return Read(column.position, cells, rows, column.is_named, reading, notes, in_doubt)


def _settled(learned: Readings, certain: list[Reading]) -> tuple[Reading | None, bool]:
    """Return the chosen reading, and whether the user should confirm it."""
    if not learned.readings:
        return None, learned.n_read >= ENOUGH
    first = learned.readings[0]
    if len(learned.readings) == 1:
        return first, False
    usual = {reading.convention for reading in certain if reading.kind == first.kind} - {""}
    if len(usual) == 1:
        for reading in learned.readings:
            if reading.convention in usual:
                return reading, False
    is_plain = (
        first.kind == "numeric" and "," not in learned.example
    )  # 1.234 is a number as computers write it
    return first, not is_plain
