"""Tables made from the cells of other rows, for permutation, partial dependence and local effects.

No value is invented: each cell of a new row comes from the same column, so that dates, texts and missing values
stay valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from pellucid.core.checks import is_whole
from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular import TableEncoder
from pellucid.tabular.called_columns import check_has_one_meaning
from pellucid.tabular.reading.columns import Values
from pellucid.tabular.reading.table import read_table, unmasked

__all__ = ["Cellular"]

Rows = NDArray[np.intp]


class Cellular:
    """A table whose rows can be recombined from the cells of several.

    Parameters
    ----------
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The table; a sparse matrix becomes dense.
    encoder : TableEncoder or None
        The encoder that reads its cells, if the model has one.
    """

    def __init__(self, X: Any, encoder: TableEncoder | None = None) -> None:
        X = unmasked(X.toarray() if scipy.sparse.issparse(X) else X)
        if encoder is not None and encoder.not_inputs_ and hasattr(X, "columns"):
            whole = nw.from_native(X, eager_only=True)
            X = whole.drop(encoder.not_inputs_, strict=False).to_native()
        table = read_table(X)
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        self.frame: Any = frame if isinstance(frame, nw.DataFrame) else np.asarray(X)
        self.n_rows = len(table.rows)
        self.keys: tuple[Any, ...] = table.keys or tuple(range(len(table.columns)))
        labels = self.frame.columns if isinstance(self.frame, nw.DataFrame) else self.keys
        place = {label: at for at, label in enumerate(labels)}
        self._places = [place[key] for key in self.keys]  # the labels 0, 1, ... are positions, in any order
        self.names = table.names or tuple(f"x{j}" for j in range(len(table.columns)))
        self._encoder = encoder
        self._X = X

    def table(self, rows: Rows, columns: Mapping[int, Rows]) -> Any:
        """Return rows of the table in which some columns have the cells of other rows.

        Parameters
        ----------
        rows : ndarray of shape (n,)
            Indices of the rows.
        columns : dict of int to ndarray of shape (n,)
            For some columns, the rows whose cells they get.

        Returns
        -------
        data frame or ndarray
            A table of the user's kind.
        """
        if isinstance(self.frame, np.ndarray):
            made = self.frame[rows]
            for column, others in columns.items():
                made[:, column] = self.frame[others, column]
            return made
        if self.frame.implementation.is_pandas():  # by position, whatever the names
            native = self.frame.to_native()
            made = native.iloc[rows].copy()
            for column, others in columns.items():
                made.isetitem(self._places[column], native.iloc[others, self._places[column]].array)
            return made
        series = [
            self.frame.get_column(self.frame.columns[column])[others.tolist()]
            for column, others in columns.items()
        ]
        return self.frame[rows.tolist()].with_columns(*series).to_native()

    def read(self) -> dict[int, Values]:
        """Return the values of the cells, by the position of the column; constant columns are absent."""
        if self._encoder is None:
            return TableEncoder(sentinels=()).fit(self._X).read(self._X)
        known = self._encoder.read(self._X)
        if self._encoder.feature_names_ is None or not hasattr(self.frame, "columns"):
            return known
        place = {name: position for position, name in enumerate(self.names)}
        return {place[self._encoder.columns_[position].name]: values for position, values in known.items()}

    def position(self, column: Any, name: str = "column") -> int:
        """Return the position of a column by its name or number."""
        check_has_one_meaning(name, column, self.names)
        if isinstance(column, str) and column in self.names:
            return self.names.index(column)
        if is_whole(column, 0, len(self.names) - 1):
            return int(column)
        raise ParameterError(f"{name!r} must be one of the columns {list(self.names)[:8]}; got {column!r}.")

    def require(self, n_rows: int) -> None:
        """Refuse a table with too few rows."""
        if self.n_rows < n_rows:
            raise DataError(f"'X' must have at least {n_rows} rows; got {self.n_rows}.")


def as_codes(values: Values) -> tuple[NDArray[np.float64], bool]:
    """Return a column as numbers, NaN where missing, and whether their order means something.

    Categories are numbered in the order that a frame gives them, else by name.
    """
    if values.codes is None:
        assert values.numbers is not None
        return values.numbers, True
    in_order = values.order or tuple(sorted(set(values.names)))
    place = {name: float(at) for at, name in enumerate(in_order)}
    codes = np.array([*(place[name] for name in values.names), np.nan])[values.codes]
    return codes, values.kind == "boolean"
