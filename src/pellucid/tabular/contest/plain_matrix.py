"""Table in the form for boosted trees and linear models: numbers, and codes of categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.tabular.encoding.fitting import read_columns
from pellucid.tabular.reading.dates import cycle_parts
from pellucid.tabular.reading.table import read_table

__all__ = ["PlainMatrix", "plain_matrix"]


@dataclass(frozen=True)
class PlainMatrix:
    """Numbers and codes; nothing is learned from the rows except the names of the categories.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        NaN where missing; categories as codes from 0.
    cardinalities : tuple of int
        The number of categories of each column; 0 for numbers.
    """

    values: NDArray[np.float64]
    cardinalities: tuple[int, ...]

    def categorical(self, most: float = np.inf) -> list[int]:
        """Return the positions of the columns with at most this many categories."""
        return [i for i, count in enumerate(self.cardinalities) if 0 < count <= most]


def plain_matrix(X: Any, categorical: str | Sequence[str | int] = "auto") -> PlainMatrix:
    """Return a table as numbers and codes.

    Parameters
    ----------
    X : data frame or array-like of shape (n_rows, n_columns)
        The table.
    categorical : "auto" or list of str or int, default="auto"
        Numeric columns to treat as categories.

    Returns
    -------
    PlainMatrix
        Dates give days, and month, day of week and hour as sine and cosine, as :class:`TableEncoder` does.

    Examples
    --------
    >>> plain_matrix([[1.5, "b"], [None, "a"]]).values
    array([[1.5, 1. ],
           [nan, 0. ]])
    """
    table = read_table(X)
    named = set() if isinstance(categorical, str) else set(categorical)
    names = [None] * len(table.columns) if table.names is None else table.names
    positions = {position for position, name in enumerate(names) if {name, position} & named}
    columns = sorted(read_columns(table, positions), key=attrgetter("position"))
    parts, cardinalities = [], []
    for read in (column.values for column in columns):
        if read.codes is not None:
            texts = sorted(set(read.names))
            place = {text: code for code, text in enumerate(texts)}
            codes = np.array([*(place[text] for text in read.names), np.nan])  # the last is that of -1
            parts.append(codes[read.codes])
            cardinalities.append(len(texts))
            continue
        assert read.numbers is not None
        cycles = cycle_parts(read.numbers) if read.kind in ("date", "zoned date") else {}
        parts += [read.numbers, *cycles.values()]
        cardinalities += [0] * (1 + len(cycles))
    return PlainMatrix(np.column_stack(parts), tuple(cardinalities))
