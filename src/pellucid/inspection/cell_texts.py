"""Texts for the cells of a table."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from pellucid.tabular.reading.columns import read_column
from pellucid.tabular.reading.table import Table, read_table

__all__ = ["cell_texts", "dense_table"]


def dense_table(X: Any) -> Table:
    """Return a table; a sparse one becomes dense numbers."""
    return read_table(X.toarray() if issparse(X) else X)


def cell_texts(X: Any, columns: tuple[str, ...], names: tuple[str, ...] | None) -> list[tuple[str, ...]]:
    """Return a text for every cell.

    Parameters
    ----------
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The table.
    columns : tuple of str
        The columns in the model's order.
    names : tuple of str or None
        The same if the model knows columns by name, None if it knows them by position.

    Returns
    -------
    list of tuple of str
        One tuple for each row.
    """
    table = dense_table(X)
    others = () if names is None else [name for name in table.names or () if name not in names]
    table = table.without(others).ordered(names, len(columns))
    return list(zip(*(_texts(table, place) for place in range(len(columns))), strict=True))


def _texts(table: Table, place: int) -> list[str]:
    cells = table.cells(place)
    missing = read_column(cells, categorical=True).missing()
    values: NDArray[Any] = cells.values
    if values.dtype.kind == "M":
        values = values.astype("datetime64[s]").astype(str)
    texts = [_text(value) for value in values.tolist()]
    return ["missing" if gone else text for gone, text in zip(missing, texts, strict=True)]


def _text(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    return str(value).removesuffix("T00:00:00")
