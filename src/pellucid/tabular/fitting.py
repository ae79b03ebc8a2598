"""The columns of a table as fit sees them: each is read, then measured.

Text that can be read in two ways waits for the other columns: a comma that is certainly a decimal mark in one of
them is one in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.repetition import n_repeated
from pellucid.tabular.columns import Values, read_column, read_text
from pellucid.tabular.features import Column, fit_column
from pellucid.tabular.readings import Reading, Readings, learn_reading
from pellucid.tabular.remarks import ENOUGH, on_reading, remarks
from pellucid.tabular.table import Cells, Table

__all__ = ["Fitted", "Read", "fit_columns", "read_columns"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Read:
    """A column of a table, read.

    Parameters
    ----------
    position : int
        Its place in the table.
    cells : Cells
        Its cells.
    values : Values
        The values read from them.
    reading : Reading or None
        The reading of its text; None if it needs none or has none.
    is_named : bool
        True if the user or the frame calls it categorical.
    notes : list of str
        The reading of its text.
    in_doubt : bool
        True if the user should decide on that.
    """

    position: int
    cells: Cells
    values: Values
    reading: Reading | None
    is_named: bool
    notes: list[str]
    in_doubt: bool


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
    table: Table, named: set[int], weight: Array | None, *, decimal: str, dates: str, **limits: Any
) -> Fitted:
    """Read and measure the columns of a table.

    Parameters
    ----------
    table : Table
        The rows that count.
    named : set of int
        The positions of the columns that the user calls categorical.
    weight : ndarray of shape (n_rows,) or None
        Positive weights of the rows.
    decimal, dates : str
        Options of :func:`pellucid.tabular.readings.learn_reading`.
    **limits
        Options of :func:`pellucid.tabular.features.fit_column`.

    Returns
    -------
    Fitted
        Columns in the order of the table.
    """
    n_rows = n_repeated(len(table.rows), weight)
    found: dict[int, tuple[Column, list[str], list[str]]] = {}
    for read in read_columns(table, named, decimal=decimal, dates=dates):
        name = f"x{read.position}" if table.names is None else table.names[read.position]
        column = Column(name, named=read.is_named, reading=read.reading)
        column = fit_column(column, read.values, weight, **limits)
        notes = read.notes + remarks(column, read.values, read.cells.label, n_rows)
        found[read.position] = column, notes, read.notes if read.in_doubt else []
    columns, said, doubts = zip(*(found[position] for position in sorted(found)), strict=True)
    return Fitted(columns, tuple(chain(*said)), tuple(chain(*doubts)))


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
        Options of :func:`pellucid.tabular.readings.learn_reading`.

    Yields
    ------
    Read
        One for each column.
    """
    waiting: list[tuple[int, Cells, Values, Readings]] = []
    certain: list[Reading] = []
    for position in range(len(table.columns)):
        cells = table.cells(position)
        is_named = position in named or cells.declared == "categorical"
        values, learned = read_column(cells, categorical=position in named), Readings()
        if values.is_text and not is_named:
            learned = learn_reading(values.texts, decimal=decimal, dates=dates)
        if len(learned.readings) > 1:
            waiting.append((position, cells, values, learned))
            continue
        certain += learned.readings if learned.is_telling else ()
        yield _read(position, cells, values, learned, certain, is_named=is_named)
    for position, cells, values, learned in waiting:
        yield _read(position, cells, values, learned, certain, is_named=False)


def _read(
    position: int,
    cells: Cells,
    values: Values,
    learned: Readings,
    certain: list[Reading],
    *,
    is_named: bool,
) -> Read:
    reading, in_doubt = _settled(learned, certain)
    notes = on_reading(learned, reading, cells.label, len(values.texts), in_doubt=in_doubt)
    if reading is not None:
        values, _ = read_text(values, reading, cells)
    return Read(position, cells, values, reading, is_named, notes, in_doubt)


def _settled(learned: Readings, certain: list[Reading]) -> tuple[Reading | None, bool]:
    """Return the reading that is taken, and whether the user should decide on it."""
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
