"""Chunk: rows of a source that are in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chunk"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Chunk:
    """Rows of a source that are in memory.

    Parameters
    ----------
    X : pyarrow.Table, pandas.DataFrame or ndarray of shape (n_rows, n_columns)
        The inputs.
    y : ndarray of shape (n_rows,) or (n_rows, n_targets)
        The targets, as stored.
    weight, groups, times : ndarray of shape (n_rows,) or None
        Positive weights, the group of each row, and its time as a number, NaN where missing.
    places : ndarray of shape (n_rows,)
        The place of each row among all rows of all files.
    name : str
        Its name in messages.
    rows : ndarray of shape (n_rows,), default=None
        The number of each row among the rows of that name, from 0, for messages; None for all of them.
    """

    X: Any
    y: Array
    weight: Array | None
    groups: Array | None
    times: Array | None
    places: NDArray[np.int64]
    name: str
    rows: NDArray[np.intp] | None = None

    def take(self, rows: Array) -> Chunk:
        """Return some of the rows."""
        weight, groups, times = (
            None if a is None else a[rows] for a in (self.weight, self.groups, self.times)
        )
        X = self.X[rows] if isinstance(self.X, np.ndarray) else self.X.take(rows)
        return Chunk(X, self.y[rows], weight, groups, times, self.places[rows], self.name)
