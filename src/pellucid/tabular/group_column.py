"""Groups of rows that are named as a column of the table: read from it, and removed from the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from pellucid.exceptions import DataError, ParameterError
from pellucid.tabular.reading.columns import read_column
from pellucid.tabular.reading.table import read_table

__all__ = ["with_groups"]


def _check_role(parameter: str, columns: Any, groups: str) -> None:
    if columns is None or isinstance(columns, str) or not hasattr(columns, "__iter__"):
        return
    for column in columns:
        if not isinstance(column, str):
            raise ParameterError(
                f"{parameter!r} must hold names of columns where 'groups' names one, since positions "
                f"change when {groups!r} is removed; got {column!r}. Name the columns, or pass the groups "
                "as an array."
            )
        if column == groups:
            raise ParameterError(
                f"{parameter!r} names the column {groups!r}, which 'groups' names and which is therefore not an "
                "input. Name it in one of them."
            )


def with_groups(
    X: Any, groups: Any, sample_weight: Any = None, roles: Mapping[str, Any] | None = None
) -> tuple[Any, Any, tuple[str, ...]]:
    """Return a table without the column that names groups, the groups, and the name of that column.

    Parameters
    ----------
    X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
        The table.
    groups : str, array-like of shape (n_rows,) or None
        The name of a column, or what ``fit`` takes.
    sample_weight : array-like of shape (n_rows,), default=None
        A row of weight 0 is absent, and needs no group.
    roles : dict of str to collection, default=None
        Other parameters that name columns, which must be by name, and other ones.

    Returns
    -------
    X : data frame, array-like or sparse matrix
        Without the column, if one is named.
    groups : array-like of shape (n_rows,) or None
        The cells, if a column is named.
    names : tuple of str
        The name of the column, or nothing.

    Raises
    ------
    ParameterError
        If there is no such column, or another parameter names it or a position.
    DataError
        If a row of a weight > 0 has no value there.
    """
    if not isinstance(groups, str):
        return X, groups, ()
    table = None if hasattr(X, "tocsr") else read_table(X)
    names = None if table is None else table.names
    if table is None or names is None:
        raise ParameterError(
            f"'groups' names the column {groups!r}, and X has no names of columns. Pass a data frame, or the "
            "groups as an array of shape (n_rows,)."
        )
    if groups not in names:
        raise ParameterError(f"'groups' names the column {groups!r}, and X has the columns {list(names)}.")
    for parameter, columns in (roles or {}).items():
        _check_role(parameter, columns, groups)
    position = names.index(groups)
    cells = table.cells(position)
    values = read_column(cells, categorical=True)
    missing = values.missing()
    if sample_weight is not None and np.shape(sample_weight) == missing.shape:
        missing &= np.asarray(sample_weight) != 0.0
    if missing.any():
        raise DataError(
            f"X: {cells.label}, which 'groups' names, has no value in row {int(np.argmax(missing))}, counted "
            f"from 0 ({int(missing.sum())} of {len(missing)} rows). Fill it in, or drop such rows."
        )
    if len(names) == 1:
        raise DataError(
            f"X has no column but {groups!r}, which 'groups' names, so there is nothing to learn from."
        )
    plain = cells.values.dtype.kind in "biu"
    found = cells.values if plain else np.array([*values.names, ""])[values.codes]
    return nw.from_native(X).drop(table.keys[position]).to_native(), found, (groups,)
