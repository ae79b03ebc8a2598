"""Rows of a column for statistics: its values, and the number of rows that each represents.

In memory there is an entry for each row. A column that was read in pieces has an entry for each different
value, with its number of rows as weight, or entries of a sample: since a weight of 2 is the row twice, the same
statistics serve both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.brief import brief
from pellucid.core.repetition import n_repeated
from pellucid.tabular.reading.columns import Values

__all__ = ["ColumnRows"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ColumnRows:
    """Values of a column with the rows that they stand for.

    Parameters
    ----------
    values : Values
        The entries.
    weight : ndarray of shape (n_entries,) or None
        Positive weights of the entries; None for one row each.
    n_rows : float or None, default=None
        The number of rows that all entries stand for. None: each entry is a row, and its weight says how often it
        counts, see :func:`pellucid.core.repetition.n_repeated`.
    n_distinct : int or None, default=None
        The number of different categories of the column, of which the entries may lack some; None to count them.
    """

    values: Values
    weight: Array | None = None
    n_rows: float | None = None
    n_distinct: int | None = None

    __repr__ = brief

    @property
    def n_categories(self) -> int:
        """The number of different categories."""
        return len(set(self.values.names)) if self.n_distinct is None else self.n_distinct

    def repeated(self, marked: NDArray[np.bool_] | None = None) -> float:
        """Return the number of rows that the marked entries represent; of all entries for None."""
        weight: Any = self.weight
        n = len(self.values.missing()) if marked is None else int(marked.sum())
        part = weight if weight is None or marked is None else weight[marked]
        if self.n_rows is None or weight is None:
            return n_repeated(n, part)
        return self.n_rows if marked is None else self.n_rows * float(part.sum()) / float(weight.sum())

    def of(self, values: Values) -> ColumnRows:
        """Return the same rows with another reading of their values."""
        return replace(self, values=values)

    def in_order(self) -> ColumnRows:
        """Return the same rows; numbers without weights are sorted, so that statistics take half the time."""
        numbers = self.values.numbers
        if self.weight is not None or numbers is None or self.values.codes is not None:
            return self
        return self.of(replace(self.values, numbers=np.sort(numbers)))
